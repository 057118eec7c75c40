"""Who gets the evidence, and that it is written down before they do."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from city.adapters.acts import did
from city.adapters.table import retrying
from city.contracts.cameras import Box, EvidenceItem
from city.kernel.chain import first_broken
from city.kernel.page import PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.violations.desk import Desk
from city.violations.model import Entry, Violation
from city.violations.refusals import EvidenceGone
from city.violations.store import changes

ADDRESS_S = 300
ATTEMPTS = 5
FILES = 60
CHAIN_BOUND = 5_000


class EvidenceFile(BaseModel, frozen=True):
    """A file with an address that is good for five minutes."""

    role: Literal["before", "at", "after", "annotated", "clip"]
    url: str
    sha256: str
    size: int
    content_type: str
    taken_at: datetime
    signed_at: datetime
    detection_id: str
    boxes: tuple[Box, ...]


class Evidence(BaseModel, frozen=True):
    """The files of a case; `entry` is the line of the chain of custody that says who got them."""

    files: list[EvidenceFile]
    expires_at: datetime
    entry: int


class Custody(BaseModel, frozen=True):
    """A part of the chain. `broken_at` is the first entry that does not fit, over all of it."""

    items: list[Entry]
    next_cursor: str | None
    broken_at: int | None


def evidence(desk: Desk, id_: str, who: Principal) -> Evidence:
    """Addresses of a case's files, once it is written down who asks.

    Raises:
        NotFound, Forbidden: no such case, or not for this person.
        EvidenceGone: it was removed when its time was over.
    """
    violation = desk.violation(id_)
    desk.require(who, "violations:evidence", violation)
    if violation.erased_at is not None:
        raise EvidenceGone
    found = items_of(desk, id_)
    keys = [item.sha256 for _, item, _ in found]
    after = noted(desk, id_, who, "evidence_read", files=keys)
    files = [
        EvidenceFile(
            **item.model_dump(exclude={"key"}),
            url=desk.evidence.address(item.key, ADDRESS_S),
            detection_id=detection_id,
            boxes=boxes,
        )
        for detection_id, item, boxes in found
    ]
    until = desk.now + timedelta(seconds=ADDRESS_S)
    return Evidence(files=files, expires_at=until, entry=after.seq)


def items_of(desk: Desk, id_: str) -> list[tuple[str, EvidenceItem, tuple[Box, ...]]]:
    """`(detection, file, boxes)` of the first sixty files of a case."""
    found: list[tuple[str, EvidenceItem, tuple[Box, ...]]] = []
    after: str | None = None
    while len(found) < FILES:
        kept, after = desk.store.detections(id_, after, 100)
        for each in kept:
            boxes = each.detection.boxes if each.detection else ()
            found += [(each.detection_id, item, boxes) for item in each.evidence]
        if after is None:
            break
    return found[:FILES]


def noted(desk: Desk, id_: str, who: Principal | None, action: str, **data: object) -> Violation:
    """Write a line into the chain of custody; the case is otherwise as it was.

    Raises:
        NotFound: no such case.
        CommitConflict: others kept changing it.
    """

    def once() -> Violation:
        before = desk.violation(id_)
        entry = desk.entry(who, action, **data)
        after, operations = changes(before, before, entry)
        if who is not None:
            operations += did(desk.now, who.user_id, f"{id_}#{after.seq}", action)
        desk.store.commit(operations)
        return after

    return retrying(ATTEMPTS, once)


def chain(desk: Desk, pk: str, query: PageQuery) -> Custody:
    """Entries in order, and whether the whole chain holds."""
    after = decode_cursor(query.cursor).get("a")
    items, more = desk.store.entries(pk, after, query.limit)
    return Custody(
        items=items, next_cursor=encode_cursor({"a": more}) if more else None,
        broken_at=broken(desk, pk),
    )  # fmt: skip


def whole(desk: Desk, pk: str) -> list[Entry]:
    """All entries of a chain, up to five thousand."""
    found: list[Entry] = []
    after: str | None = None
    while len(found) < CHAIN_BOUND:
        entries, after = desk.store.entries(pk, after, 500)
        found += entries
        if after is None:
            break
    return found


def broken(desk: Desk, pk: str) -> int | None:
    """The first entry of a chain that does not fit; None while it holds."""
    after, before, seen = None, "", 0
    while seen < CHAIN_BOUND:
        entries, after = desk.store.entries(pk, after, 500)
        fault = first_broken(entries, before)
        if fault is not None or after is None:
            return fault
        before, seen = entries[-1].hash, seen + len(entries)
    return None
