"""The rows of the table `violations`.

| row | pk | sk | holds |
|---|---|---|---|
| violation | `V#<id>` | `META`, `E#<seq>`, `D#<detection>` | the case, its chain, detections |
| queue | `QUEUE` | `<rank>#<received>#<id>` | what waits, the most severe and oldest first |
| lists | `ALL#<yyyymm>`, `HANDED#<agency>` | `<id or time>` | for lists |
| due | `DUE` | `<due>#<id>` | when evidence is to go |
| plate | `PLATE#<plate>` | `<at>#<id>` | past detections of a plate; gone with the evidence |
| figures | `FIGURES` | `<camera>#<rule>#<version>` | answers by rule and camera, by score |
| totals | `TOTALS` | `ALL`, `<year>` | how many of what |
| officer | `BY#<account>` | `<at>#<id>` | what somebody did; for their own data export |
| search | `SEARCH#<id>` | `META`, `E#<seq>` | a search under warrant and its audit |
| searches | `SEARCHES` | `<id>` | for lists |
| list | `WATCH`, `FACELIST` | `NOW` | the version of the list that workers have |
| face | `FACES` | `<search>` | that a photo lies in the bucket; gone with it |
| basis | `BASIS` | `NOW` | the legal basis of searching faces, as told |
| hits | `HIT#<search>`, `HITS#<search>` | `<detection>`, `<at>#<detection>` | likenesses |
| key | `GATEWAY#<enroller>` | `KEY` | keyed hashes of an enroller's keys |
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from city.adapters.table import ABSENT, Add, Delete, Operation, Put, Row, Table
from city.kernel.clock import local_date, stamp
from city.violations.model import Entry, Kept, State, Violation

M = TypeVar("M", bound=BaseModel)
DAY = timedelta(days=1)


def doc(model: BaseModel) -> dict[str, Any]:
    """A model as a row's document."""
    return model.model_dump(mode="json")


def _due_key(violation: Violation) -> str | None:
    return f"{stamp(violation.due)}#{violation.id}" if violation.due else None


def card(violation: Violation) -> dict[str, Any]:
    """What lists keep of a case."""
    wanted = {
        "id", "camera_id", "camera_name", "rule_id", "rule_name", "kind", "severity", "score",
        "state", "started_at", "received_at", "detections", "evidence", "claim", "handed_to",
        "handed_at", "outcome", "simulated", "place", "ward",
    }  # fmt: skip
    return violation.model_dump(mode="json", include=wanted)


def changes(
    before: Violation | None, after: Violation, entry: Entry | None
) -> tuple[Violation, list[Operation]]:
    """The writes that turn one state of a case into the next, if nobody changed it meanwhile."""
    fresh = after
    operations: list[Operation] = []
    if entry is not None:
        linked = entry.model_copy(update={"seq": after.seq + 1}).chained(after.chain)
        fresh = after.model_copy(update={"seq": linked.seq, "chain": linked.hash})
        operations.append(Put(Row(f"V#{fresh.id}", f"E#{linked.seq:06}", doc(linked)), ABSENT))
    if before is not None:
        fresh = fresh.model_copy(update={"version": before.version + 1})
    meta = Row(f"V#{fresh.id}", "META", doc(fresh), fresh.version)
    operations.append(Put(meta, before.version if before else ABSENT))
    operations += _listed(before, fresh)
    return fresh, operations


def _plate_key(violation: Violation) -> tuple[str, str] | None:
    if violation.plate is None:
        return None
    return f"PLATE#{violation.plate}", f"{stamp(violation.started_at)}#{violation.id}"


def _listed(before: Violation | None, after: Violation) -> list[Operation]:
    """The rows of lists, which all follow from the case; what did not change is not written."""
    operations: list[Operation] = []
    told = card(after)
    same = before is not None and card(before) == told
    was = before.place_in_queue if before and before.state is State.WAITING else None
    now = after.place_in_queue if after.state is State.WAITING else None
    if was and was != now:
        operations.append(Delete("QUEUE", was))
    if now and not (same and was == now):
        operations.append(Put(Row("QUEUE", now, told)))
    due_was, due_now = (_due_key(before) if before else None), _due_key(after)
    if due_was != due_now:
        if due_was:
            operations.append(Delete("DUE", due_was))
        if due_now:
            operations.append(Put(Row("DUE", due_now, {"id": after.id})))
    plate_was, plate_now = (_plate_key(before) if before else None), _plate_key(after)
    if plate_was != plate_now:
        if plate_was:
            operations.append(Delete(*plate_was))
        if plate_now:
            seen = {"id": after.id, "camera_id": after.camera_id, "at": stamp(after.started_at)}
            operations.append(Put(Row(*plate_now, seen)))
    if same:
        return operations
    month = f"ALL#{local_date(after.received_at):%Y%m}"
    operations.append(Put(Row(month, f"{stamp(after.received_at)}#{after.id}", told)))
    if after.handed_to and after.handed_at:
        sk = f"{stamp(after.handed_at)}#{after.id}"
        operations.append(Put(Row(f"HANDED#{after.handed_to}", sk, told)))
    return operations


class Store:
    """The unit's table, by what its rows mean."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def one(self, model: type[M], pk: str, sk: str) -> M | None:
        """A row as a model."""
        row = self.table.get(pk, sk)
        return model.model_validate(row.doc) if row else None

    def violation(self, id_: str) -> Violation | None:
        """A case."""
        return self.one(Violation, f"V#{id_}", "META")

    def kept(self, id_: str, detection_id: str) -> Kept | None:
        """A detection of a case."""
        return self.one(Kept, f"V#{id_}", f"D#{detection_id}")

    def detections(self, id_: str, after: str | None, limit: int) -> tuple[list[Kept], str | None]:
        """Detections of a case."""
        rows, more = self.table.query(f"V#{id_}", prefix="D#", after=after, limit=limit)
        return [Kept.model_validate(row.doc) for row in rows], more

    @staticmethod
    def put_kept(id_: str, kept: Kept, *, new: bool) -> Put:
        """A detection of a case, if nobody changed it since it was read."""
        stored = kept if new else kept.model_copy(update={"version": kept.version + 1})
        row = Row(f"V#{id_}", f"D#{kept.detection_id}", doc(stored), stored.version)
        return Put(row, ABSENT if new else kept.version)

    def entries(self, pk: str, after: str | None, limit: int) -> tuple[list[Entry], str | None]:
        """Entries of a chain, in order; `pk` is `V#<id>` or `SEARCH#<id>`."""
        rows, more = self.table.query(pk, prefix="E#", after=after, limit=limit)
        return [Entry.model_validate(row.doc) for row in rows], more

    def rows(
        self, pk: str, after: str | None, limit: int, *, reverse: bool = False
    ) -> tuple[list[Row], str | None]:
        """Rows of a list."""
        return self.table.query(pk, after=after, limit=limit, reverse=reverse)

    def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """`(sort key, id)` of cases whose evidence is to go."""
        rows, _ = self.table.query("DUE", until=stamp(now), limit=limit)
        return [(row.sk, row.doc["id"]) for row in rows]

    @staticmethod
    def total(at: datetime, **numbers: int) -> list[Operation]:
        """Add to the totals and to those of the year."""
        year = f"{local_date(at):%Y}"
        return [Add("TOTALS", "ALL", numbers), Add("TOTALS", year, numbers)]

    def commit(self, operations: Sequence[Operation]) -> None:
        """See `Table.commit`."""
        self.table.commit(*operations)
