"""The rows of the table `vessels`.

| row | pk | sk | holds |
|---|---|---|---|
| track | `TRACK#<boat>#<yyyymm>` | `<epoch ms>#<device>` | a position; never changed, 36 months |
| fleet | `FLEET` | `<boat>` | the window of positions, the state, open cases |
| outages | `OUTAGES` | `NOW` | vendors that are out, and the last ones that were |
| outage | `OUTAGES` | `AT#<since>#<id>` | each outage, for lists |
| case | `CASE#<id>` | `META`, `E#<seq>` | the case and its hash-chained steps |
| cases | `CASES#OPEN`, `CASES#ALL` | `<id>` | for lists; an id begins with its time |
| cases of a boat | `BOAT#<boat>` | `CASE#<id>` | the same by boat |
| recall | `RECALL#<id>` | `META`, `BOAT#<boat>` | a recall and what each boat answered |
| recalls | `RECALLS`, `RECALLS#OPEN` | `<id>` | for lists |
| look | `LOOKS#<yyyymm>` | `<at>#<id>` | who looked at the fleet, and for what |
| acts | `BY#<account>` | | what somebody did: see `city.adapters.acts` |
| gateway | `GATEWAY#<id>` | `KEY`, `RATE#<minute>` | keyed hashes; positions of this minute |
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from city.adapters.acts import did
from city.adapters.table import (
    ABSENT,
    Add,
    Delete,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.kernel.clock import stamp
from city.vessels.cases import Case, Entry
from city.vessels.model import Fix, State
from city.vessels.moments import moment
from city.vessels.sailing import Sailing
from city.vessels.watch import Outage, Told
from city.vessels.workflow import CaseState

Key = tuple[str, str]
DAY_S = 86_400
MONTH_DAYS = 31  # at least a month: what the law asks for is a minimum
RATE_TTL_S = 600
FLEET_BOUND = 3_000
OUTAGES_KEPT = 60


class Live(BaseModel, frozen=True):
    """A boat as it is followed. `cases` are open ones: `silence` or a zone's id to a case's id."""

    boat: str
    sailing: Sailing = Sailing()
    told: Told = Told()
    seen: tuple[Any, ...] | None = None
    state: State = State.UNKNOWN
    since: int = -1
    near: bool = False
    cases: dict[str, str] = {}
    lines: dict[str, str] = {}

    @property
    def last_seen(self) -> Fix | None:
        """The newest position of AIS, counted or not."""
        return Fix(*self.seen) if self.seen else None


class Outages(BaseModel, frozen=True):
    """Standing outages and the newest ended ones."""

    listed: tuple[Outage, ...] = ()

    @property
    def standing(self) -> dict[str, Outage]:
        """By vendor."""
        return {each.vendor: each for each in self.listed if each.ended is None}


def track_key(fix: Fix) -> Key:
    """The key of a position."""
    return f"TRACK#{fix.boat}#{moment(fix.t):%Y%m}", f"{fix.t:013}#{fix.device}"


def track_row(fix: Fix, received: int, gateway: str, keep_months: int) -> Row:
    """A position as it is kept."""
    doc = {"fix": fix.packed(), "rx": received, "gateway": gateway}
    return Row(*track_key(fix), doc, ttl=fix.t // 1000 + keep_months * MONTH_DAYS * DAY_S)


def case_rows(before: Case | None, after: Case, entry: Entry) -> tuple[Case, list[Operation]]:
    """A step of a case with its entry and lists, on condition that nobody stepped first."""
    linked = entry.chained(before.chain if before else "")
    stored = after.model_copy(update={"chain": linked.hash})
    card = case_card(stored)
    meta = Row(f"CASE#{stored.id}", "META", _doc(stored), stored.version)
    operations: list[Operation] = [
        Put(meta, before.version if before else ABSENT),
        Put(Row(f"CASE#{stored.id}", f"E#{linked.seq:06}", _doc(linked)), ABSENT),
        Put(Row("CASES#ALL", stored.id, card)),
        Put(Row(f"BOAT#{stored.boat}", f"CASE#{stored.id}", card)),
        *did(linked.at, linked.by, f"{stored.code}/{linked.seq}", linked.action, linked.note),
    ]
    if stored.state is CaseState.CLOSED:
        operations.append(Delete("CASES#OPEN", stored.id))
    else:
        operations.append(Put(Row("CASES#OPEN", stored.id, card)))
    return stored, operations


def case_card(case: Case) -> dict[str, Any]:
    """What lists show of a case."""
    wanted = {
        "id", "code", "boat", "kind", "zone", "state", "stage", "grave", "over", "opened_at",
        "updated_at", "done",
    }  # fmt: skip
    return case.model_dump(mode="json", include=wanted)


def _doc(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_defaults=True)


class Store:
    """The unit's table, by what its rows mean."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def live(self, boat: str) -> tuple[Live, int]:
        """A boat as followed, and its row's version (0 for none)."""
        row = self.table.get("FLEET", boat)
        return (Live.model_validate(row.doc), row.version) if row else (Live(boat=boat), 0)

    def fleet(self) -> dict[str, Live]:
        """Every boat that was ever heard of."""
        rows = everything(self.table, "FLEET", bound=FLEET_BOUND)
        return {row.sk: Live.model_validate(row.doc) for row in rows}

    def put_live(self, live: Live, version: int) -> Put:
        """The row of a boat, if nobody changed it since."""
        row = Row("FLEET", live.boat, _doc(live), version + 1)
        return Put(row, version or ABSENT)

    def stored(self, fixes: Iterable[Fix]) -> set[Key]:
        """The keys of those positions that are in the track already."""
        return set(self.table.get_many([track_key(fix) for fix in fixes]))

    def track(
        self, boat: str, month: str, *, after: str | None, until: str | None, limit: int
    ) -> tuple[list[Row], str | None]:
        """Positions of a month in order of time."""
        return self.table.query(f"TRACK#{boat}#{month}", after=after, until=until, limit=limit)

    def outages(self) -> tuple[Outages, int]:
        """Outages as known, and their row's version."""
        row = self.table.get("OUTAGES", "NOW")
        return (Outages.model_validate(row.doc), row.version) if row else (Outages(), 0)

    def put_outages(self, outages: Outages, version: int, changed: Iterable[Outage]) -> None:
        """Keep what changed.

        Raises:
            CommitConflict: another run was quicker.
        """
        kept = Outages(listed=outages.listed[-OUTAGES_KEPT:])
        rows = [Row("OUTAGES", f"AT#{each.since:013}#{each.id}", _doc(each)) for each in changed]
        now = Row("OUTAGES", "NOW", _doc(kept), version + 1)
        self.table.commit(Put(now, version or ABSENT), *(Put(row) for row in rows))

    def outage_list(self, after: str | None, limit: int) -> tuple[list[Outage], str | None]:
        """Outages, newest first."""
        rows, more = self.table.query(
            "OUTAGES", prefix="AT#", after=after, limit=limit, reverse=True
        )
        return [Outage.model_validate(row.doc) for row in rows], more

    def case(self, case_id: str) -> Case | None:
        """A case."""
        row = self.table.get(f"CASE#{case_id}", "META")
        return Case.model_validate(row.doc) if row else None

    def timeline(
        self, case_id: str, after: str | None, limit: int
    ) -> tuple[list[Entry], str | None]:
        """Steps of a case in order."""
        rows, more = self.table.query(f"CASE#{case_id}", prefix="E#", after=after, limit=limit)
        return [Entry.model_validate(row.doc) for row in rows], more

    def cards(
        self, pk: str, *, prefix: str = "", after: str | None = None, limit: int
    ) -> tuple[list[tuple[str, dict[str, Any]]], str | None]:
        """Rows of a list with their sort keys, newest first."""
        rows, more = self.table.query(pk, prefix=prefix, after=after, limit=limit, reverse=True)
        return [(row.sk, row.doc) for row in rows], more

    def look(self, at: datetime, look_id: str, doc: dict[str, Any]) -> None:
        """Remember who looked at the fleet, for two years."""
        ttl = int(at.timestamp()) + 731 * DAY_S
        row = Row(f"LOOKS#{at:%Y%m}", f"{stamp(at)}#{look_id}", doc, ttl=ttl)
        self.table.commit(Put(row), *did(at, doc["by"], look_id, "look", doc["purpose"], ttl))

    def count(self, gateway: str, minute: int, number: int, most: int) -> bool:
        """Count a gateway's positions of a minute; False, and nothing counted, if over `most`."""
        key = (f"GATEWAY#{gateway}", f"RATE#{minute}")
        row = self.table.get(*key)
        if (row.counters.get("n", 0) if row else 0) + number > most:
            return False
        self.table.commit(Add(*key, {"n": number}, ttl=minute * 60 + RATE_TTL_S))
        return True

    def commit(self, operations: Sequence[Operation]) -> None:
        """See `Table.commit`."""
        self.table.commit(*operations)
