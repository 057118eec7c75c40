"""What the use cases lean on, and the unit's own rows.

| pk | sk | row |
|---|---|---|
| `U#<owner>` | `ACC#<account>` | a remembered customer code |
| `U#<owner>` | `TOLD#<account>#<bill>` | a reminder that was sent |
| `U#<owner>` | `PLAN#<account>#<bill>` | what autopay is going to do about a bill |
| `U#<owner>` | `LOOKUPS#<hour>` | counter of look-ups |
| `ROUND#<shard>` | `<time>#<owner>#<account>` | when the clock looks an account up |
| `P#<payment>` | `<time>#<n>` | what was asked and answered |
| `P#<payment>` | `PROPOSAL` | how somebody would settle a case |
| `DESK` | `<payment>` | payments whose outcome nobody knows: a hint, the ledger is the truth |
| `BREAKER` | `<biller>` | failures in a row |
| `BY#<account>` | | what an administrator did: see `city.adapters.acts` |

Money is the ledger's alone; nothing here guards it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, CommitConflict, Delete, Put, Row, Table, everything
from city.billers.port import Biller
from city.billers.traits import NoSuchBiller, Register, Traits
from city.bills.model import Attempt
from city.kernel.clock import stamp
from city.kernel.problems import invalid
from city.ledger.book import Ledger

ATTEMPTS_KEEP = timedelta(days=730)
BREAK_AFTER = 5  # failures in a row
BREAK_FRESH = timedelta(seconds=2)
BREAK_FOR, BREAK_MOST = timedelta(seconds=30), timedelta(minutes=5)


class Later(Protocol):
    """A queue that delivers after a delay."""

    def send_all(self, bodies: Sequence[dict[str, Any]], delay_s: int = 0) -> None:
        """Send, each to be seen after the delay."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything of one request. `biller` opens the line to a biller by its id."""

    ledger: Ledger
    table: Table
    outbox: Outbox
    register: Register
    biller: Callable[[str], Biller]
    to_pay: Later
    secret: str
    base_url: str

    @property
    def now(self) -> datetime:
        """This moment."""
        return self.ledger.now()

    def traits(self, biller: str) -> Traits:
        """A biller that can be paid now.

        Raises:
            Invalid: there is none by this name.
        """
        try:
            return self.register.traits(biller, self.now)
        except NoSuchBiller as fault:
            raise invalid(
                "biller", "Không có nhà cung cấp này.", "There is no such biller."
            ) from fault

    def noted(self, payment_id: str, what: str, outcome: str, note: str = "") -> None:
        """Remember what was asked and answered. Evidence for people, never a condition."""
        told = Attempt.model_validate(
            {"at": self.now, "what": what, "outcome": outcome, "note": note[:500]}
        )
        ttl = int((self.now + ATTEMPTS_KEEP).timestamp())
        key = f"{stamp(self.now)}#{self.ledger.new_id(self.now)}"
        row = Row(f"P#{payment_id}", key, told.model_dump(mode="json"), ttl=ttl)
        self.table.commit(Put(row))

    def attempts(self, payment_id: str) -> list[Attempt]:
        """All of that, oldest first."""
        rows = everything(self.table, f"P#{payment_id}", prefix="2")
        return [Attempt.model_validate(row.doc) for row in rows]

    def again(self, payment_id: str, at: datetime) -> None:
        """Wake the saga then; what is further off than the queue can wait is the sweep's."""
        delay = max(0, int((at - self.now).total_seconds()) + 1)
        if delay <= 900:
            self.to_pay.send_all([{"payment_id": payment_id}], delay_s=delay)


_Seen = dict[tuple[str, str], tuple[datetime, Row | None]]
_seen: "WeakKeyDictionary[Table, _Seen]" = WeakKeyDictionary()  # of this process


class Breaker:
    """Stops asking a biller that does not answer. It says nothing about payments: while it is open
    no new one is begun, and none that waits grows old by it. A process looks again after
    `BREAK_FRESH`: that much later it learns what others have counted."""

    def __init__(self, desk: Desk, biller: str) -> None:
        self._desk, self._key = desk, ("BREAKER", biller)
        self._whole = False  # no failure was counted when somebody looked

    def _look(self) -> Row | None:
        kept = _seen.setdefault(self._desk.table, {})
        at, row = kept.get(self._key, (None, None))
        if at is None or not at <= self._desk.now < at + BREAK_FRESH:
            row = self._desk.table.get(*self._key)
            kept[self._key] = (self._desk.now, row)
        return row

    def _forget(self) -> None:
        _seen.get(self._desk.table, {}).pop(self._key, None)

    def open_until(self) -> datetime | None:
        """Until when nobody asks; None when anybody may."""
        row = self._look()
        self._whole = row is None
        until = row.doc.get("until") if row else None
        at = datetime.fromisoformat(until) if until else None
        return at if at and at > self._desk.now else None

    def failed(self) -> None:
        """No answer. After five in a row it opens, for longer each time."""
        self._forget()
        row = self._desk.table.get(*self._key)
        count = (row.doc["failures"] if row else 0) + 1
        doc: dict[str, Any] = {"failures": count}
        if count >= BREAK_AFTER:
            span = min(BREAK_FOR * 2 ** min(count - BREAK_AFTER, 10), BREAK_MOST)
            doc["until"] = stamp(self._desk.now + span)
        version = row.version if row else 0
        try:
            after = Row(*self._key, doc, version=version + 1)
            self._desk.table.commit(Put(after, version or ABSENT))
        except CommitConflict:
            return  # somebody counted in the same moment: one of them is enough

    def worked(self) -> None:
        """An answer, whatever it said. A failure that was counted since it was looked at stays
        until the next answer."""
        if not self._whole and self._desk.table.get(*self._key):
            self._desk.table.commit(Delete(*self._key))
            self._forget()
