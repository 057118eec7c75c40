"""Grants in the table `grants`.

U#<person>   G#<grant>            the grant (the truth); SEQ counts changes of the active set
U#<person>   OPEN#<role>#<unit>   at most one open grant of a role at an organisation
O#<unit>     G#<grant>            whose it is, for the organisation's list
DUE#<hour>   <time>#<grant>       when a grant begins or ends; the sweep reads due hours only
SWEEP        MARK                 the first hour that may still hold something
CODE         <hash>               invitation codes
BY#<account>                      what somebody did about others' roles: `city.adapters.acts`
"""

from datetime import datetime, timedelta

from city.adapters.acts import did
from city.adapters.outbox import Outbox
from city.adapters.table import (
    ABSENT,
    Add,
    CommitConflict,
    Delete,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.contracts.grants import GrantsChanged
from city.grants.model import CODE_LIFE, OPEN, Grant
from city.kernel.clock import stamp
from city.kernel.ids import derived_id

HOUR = timedelta(hours=1)


class Grants:
    """The table of grants."""

    def __init__(self, table: Table, outbox: Outbox) -> None:
        self._table, self._outbox = table, outbox

    @property
    def table(self) -> Table:
        """The rows, for those who read what somebody did."""
        return self._table

    def of(self, subject: str) -> list[Grant]:
        """Everything a person was ever granted, oldest first."""
        rows = everything(self._table, f"U#{subject}", prefix="G#")
        return [Grant.model_validate(row.doc) for row in rows]

    def get(self, subject: str, grant_id: str) -> tuple[Grant, int] | None:
        """A grant and its version."""
        row = self._table.get(f"U#{subject}", f"G#{grant_id}")
        return (Grant.model_validate(row.doc), row.version) if row else None

    def at(self, unit: str, grant_id: str) -> tuple[Grant, int] | None:
        """A grant of an organisation."""
        row = self._table.get(f"O#{unit}", f"G#{grant_id}")
        return self.get(row.doc["subject"], grant_id) if row else None

    def members(self, unit: str, after: str | None, limit: int) -> tuple[list[Grant], str | None]:
        """An organisation's grants, newest first."""
        rows, more = self._table.query(
            f"O#{unit}", prefix="G#", after=after, limit=limit, reverse=True
        )
        found = self._table.get_many([(f"U#{row.doc['subject']}", row.sk) for row in rows])
        grants = [Grant.model_validate(row.doc) for row in found.values()]
        return sorted(grants, key=lambda g: g.id, reverse=True), more

    def open_grant(self, subject: str, role: str, unit: str | None) -> str | None:
        """The id of the open grant of a role, if there is one."""
        row = self._table.get(f"U#{subject}", _open_key(role, unit))
        return str(row.doc["grant"]) if row else None

    def save(self, before: Grant | None, version: int, after: Grant, now: datetime) -> None:
        """Keep a change with all that follows from it, and say so if the active set changed.

        Raises:
            CommitConflict: something of it changed in the meantime.
        """
        pk, sk = f"U#{after.subject}", f"G#{after.id}"
        row = Row(pk, sk, after.model_dump(mode="json"), version=max(version, 0) + 1)
        operations: list[Operation] = [Put(row, version)]
        if before is None:
            marker = Row(pk, _open_key(after.role, after.unit), {"grant": after.id})
            operations.append(Put(marker, ABSENT))
            if after.unit:
                operations.append(Put(Row(f"O#{after.unit}", sk, {"subject": after.subject})))
        elif after.state not in OPEN:
            operations.append(Delete(pk, _open_key(after.role, after.unit)))
        due = _due(after)
        if due and due != (_due(before) if before else None):
            operations.append(Put(_pointer(after, due)))
        step = after.history[-1]
        if step.by != after.subject:  # one's own roles are in one's own grants
            about = f"{after.unit}/{after.id}"
            operations += did(step.at, step.by, about, f"{step.what} {after.role}", step.note)
        # Who listens was told of a grant until its end came: an end that the clock finds counts.
        told_of = before is not None and before.state == "active" and before.valid_from <= now
        if told_of == after.holds(now) and not (
            before and told_of and before.wire() != after.wire()
        ):
            self._table.commit(*operations)
            return
        # The counter is read before the other grants: a change between the two fails the commit.
        counter = self._table.get(pk, "SEQ")
        seen = counter.version if counter else ABSENT
        seq = max(seen, 0) + 1
        operations.append(Put(Row(pk, "SEQ", version=seq), seen))
        others = [g for g in self.of(after.subject) if g.id != after.id]
        told = GrantsChanged(
            subject=after.subject,
            seq=seq,
            grants=tuple(g.wire() for g in (*others, after) if g.holds(now)),
            at=now,
        )
        event_id = derived_id(now, after.subject, str(seq))
        self._outbox.commit(operations, [(event_id, told, now)])

    def due(self, now: datetime, limit: int) -> tuple[list[Row], Row | None]:
        """Pointers whose time has come, and the sweep's mark."""
        mark = self._table.get("SWEEP", "MARK")
        found: list[Row] = []
        hour = datetime.fromisoformat(mark.doc["hour"]) if mark else now - 48 * HOUR
        while hour <= now and len(found) < limit:
            rows, _ = self._table.query(
                f"DUE#{hour:%Y%m%d%H}", until=f"{stamp(now)}~", limit=limit - len(found)
            )
            found += rows
            hour += HOUR
        return found, mark

    def done(self, pointer: Row) -> None:
        """A pointer has been served."""
        self._table.commit(Delete(pointer.pk, pointer.sk))

    def move_mark(self, mark: Row | None, hour: datetime) -> None:
        """Remember the first hour that may still hold something."""
        version = mark.version if mark else ABSENT
        row = Row("SWEEP", "MARK", {"hour": hour.isoformat()}, version=max(version, 0) + 1)
        try:
            self._table.commit(Put(row, version))
        except CommitConflict:
            return  # another sweep moved it; the next one goes on from there

    def keep_code(self, code_hash: str, subject: str, now: datetime) -> bool:
        """Keep an invitation code; False when these letters are somebody's already."""
        held = self._table.get("CODE", code_hash)
        if held and held.doc["until"] > stamp(now):
            return False
        doc = {"subject": subject, "until": stamp(now + CODE_LIFE)}
        ttl = int((now + CODE_LIFE).timestamp()) + 60
        version = held.version if held else ABSENT
        row = Row("CODE", code_hash, doc, version=max(version, 0) + 1, ttl=ttl)
        try:
            self._table.commit(Put(row, version))
        except CommitConflict:
            return False
        return True

    def take_code(self, code_hash: str, now: datetime) -> str | None:
        """Whose code it is; a code is good once."""
        row = self._table.get("CODE", code_hash)
        if row is None or row.doc["until"] <= stamp(now):
            return None
        try:
            self._table.commit(Delete("CODE", code_hash, row.version))
        except CommitConflict:
            return None
        return str(row.doc["subject"])

    def tries(self, who: str, now: datetime) -> int:
        """Count an attempt to use a code; how many there were in these ten minutes."""
        key = (f"TRIES#{who}", now.strftime("%Y%m%d%H") + str(now.minute // 10))
        self._table.commit(Add(*key, {"n": 1}, ttl=int(now.timestamp()) + 3600))
        row = self._table.get(*key)
        return row.counters["n"] if row else 1


def _open_key(role: str, unit: str | None) -> str:
    return f"OPEN#{role}#{unit or '-'}"


def _due(grant: Grant) -> datetime | None:
    """When the clock has something to do: begin a scheduled grant, end an active one."""
    if grant.state == "scheduled":
        return grant.valid_from
    return grant.valid_to if grant.state == "active" else None


def _pointer(grant: Grant, due: datetime) -> Row:
    key = f"{stamp(due)}#{grant.id}"
    return Row(f"DUE#{due:%Y%m%d%H}", key, {"subject": grant.subject, "grant": grant.id})
