"""The rows of the table `sla`.

| row | pk | sk | holds |
|---|---|---|---|
| clock | `CASE#<case>` | `<no>` | the clock; `version` is its lock |
| pointer | `DUE#<yyyymmddHH>` | `<instant>#<case>#<no>` | the next rung of a running clock |
| board | `AG#<agency>` and `AG#ALL` | `<due_at>#<case>#<no>` | a running clock, for lists |
| watermark | `SWEEP` | `WATERMARK` | first hour that may still hold pointers |

Pointer and board rows follow from the clock alone and change in the same commit as it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from city.adapters.table import (
    ABSENT,
    Check,
    CommitConflict,
    Delete,
    Operation,
    Put,
    Row,
    Table,
)
from city.kernel.clock import stamp
from city.sla.model import BoardItem, Clock
from city.sla.rules import hour

ALL = "ALL"
WATERMARK = ("SWEEP", "WATERMARK")
_AFTER_ALL = "~"  # sorts after every character of our keys


@dataclass(frozen=True, slots=True)
class Held:
    """A clock as stored, with the version it was read at."""

    clock: Clock
    version: int


def clock_key(case_id: str, assignment_no: int) -> tuple[str, str]:
    """The key of a clock."""
    return f"CASE#{case_id}", f"{assignment_no:04}"


class Clocks:
    """The clocks of the city."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, case_id: str, assignment_no: int) -> Held | None:
        """One clock, or None."""
        row = self._table.get(*clock_key(case_id, assignment_no))
        return _held(row) if row else None

    def save(self, before: Held | None, after: Clock) -> None:
        """Write a clock and what follows from it.

        Raises:
            CommitConflict: somebody else changed the clock since it was read.
        """
        self._table.commit(*changes(before, after))

    def due(self, hour_name: str, now: datetime, limit: int) -> list[Row]:
        """Pointers of one hour whose instant is before `now`, earliest first."""
        rows, _ = self._table.query(f"DUE#{hour_name}", until=stamp(now), limit=limit)
        return rows

    def pointed_at(self, pointers: list[Row]) -> dict[tuple[str, str], Held]:
        """The clocks of some pointers, by `clock_key`."""
        keys = [clock_key(row.doc["case_id"], row.doc["assignment_no"]) for row in pointers]
        return {key: _held(row) for key, row in self._table.get_many(keys).items()}

    def drop(self, pointer: Row, held: Held | None) -> None:
        """Remove a pointer that its clock does not own, if the clock is still as it was read."""
        key = clock_key(pointer.doc["case_id"], pointer.doc["assignment_no"])
        expect = held.version if held else ABSENT
        try:
            self._table.commit(Delete(pointer.pk, pointer.sk), Check(*key, expect))
        except CommitConflict:
            return

    def watermark(self) -> Row | None:
        """Where the next sweep begins (`doc["hour"]`); None before the first clock ran."""
        return self._table.get(*WATERMARK)

    def begin(self, now: datetime) -> None:
        """Set the first watermark, an hour back, unless there is one."""
        if self.watermark() is None:
            self._move(None, hour(now - timedelta(hours=1)))

    def move_watermark(self, seen: Row, hour_name: str) -> None:
        """Let later sweeps begin at `hour_name`; a sweep that raced with us may win."""
        if hour_name != seen.doc["hour"]:
            self._move(seen, hour_name)

    def board(
        self, agency: str, *, since: str | None, until: str | None, limit: int
    ) -> tuple[list[BoardItem], str | None]:
        """Running clocks of an agency (or `ALL`) by due time: keys after `since`, up to `until`."""
        last = None if until is None else until + _AFTER_ALL
        if since and last and since > last:  # a cursor of another filter; DynamoDB would refuse it
            return [], None
        rows, after = self._table.query(f"AG#{agency}", after=since, until=last, limit=limit)
        return [BoardItem.model_validate(row.doc) for row in rows], after

    def _move(self, seen: Row | None, hour_name: str) -> None:
        version = seen.version if seen else 0
        row = Row(*WATERMARK, {"hour": hour_name}, version + 1)
        try:
            self._table.commit(Put(row, version if seen else ABSENT))
        except CommitConflict:
            return


def changes(before: Held | None, after: Clock) -> list[Operation]:
    """The operations of one commit that bring the stored clock and its rows to `after`."""
    version = before.version if before else 0
    row = Row(
        *clock_key(after.case_id, after.assignment_no), after.model_dump(mode="json"), version + 1
    )
    stood = {(r.pk, r.sk): r for r in _followers(before.clock)} if before else {}
    stands = {(r.pk, r.sk): r for r in _followers(after)}
    return [
        Put(row, version if before else ABSENT),
        *(Delete(*key) for key in stood if key not in stands),
        *(Put(r) for key, r in stands.items() if stood.get(key) != r),
    ]


def is_own(pointer: Row, clock: Clock) -> bool:
    """Whether a pointer row is the one that its clock has now."""
    own = _pointer(clock)
    return own is not None and (own.pk, own.sk) == (pointer.pk, pointer.sk)


def _held(row: Row) -> Held:
    return Held(Clock.model_validate(row.doc), row.version)


def _followers(clock: Clock) -> list[Row]:
    if clock.status != "running":
        return []
    item = BoardItem(
        case_id=clock.case_id,
        assignment_no=clock.assignment_no,
        agency_id=clock.agency_id,
        lead=clock.lead,
        due_at=clock.due_at,
        rung=clock.rungs[-1] if clock.rungs else None,
    ).model_dump(mode="json", exclude={"overdue"})
    sk = f"{stamp(clock.due_at)}#{clock.case_id}#{clock.assignment_no:04}"
    pointer = _pointer(clock)
    boards = (f"AG#{clock.agency_id}", f"AG#{ALL}") if clock.listed else ()
    return [*(Row(board, sk, item) for board in boards), *([pointer] if pointer else [])]


def _pointer(clock: Clock) -> Row | None:
    if clock.pointer is None:
        return None
    return Row(
        f"DUE#{clock.pointer.hour}",
        f"{stamp(clock.pointer.at)}#{clock.case_id}#{clock.assignment_no:04}",
        {"case_id": clock.case_id, "assignment_no": clock.assignment_no},
    )
