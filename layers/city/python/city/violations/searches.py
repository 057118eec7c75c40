"""Searches for plates: purpose and warrant, asked by one, released by another, all written down.

A `history` search looks once through what cameras saw before; a `watch` lets workers look out from
now on. Workers get salted hashes, never a plate or a reason. Every hit and every miss is an entry
of the search's chain.
"""

import json
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, field_validator

from city.adapters.sealed import seal, unseal
from city.adapters.table import ABSENT, CommitConflict, Delete, Operation, Put, Row
from city.contracts.cameras import DetectionMade
from city.contracts.violations import WatchListChanged
from city.contracts.watching import plate_hash
from city.kernel.clock import stamp
from city.kernel.ids import derived_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.text import Text
from city.violations.desk import Desk
from city.violations.model import Entry
from city.violations.refusals import NotReleased, SamePerson
from city.violations.store import Store, doc, retrying

SEALED_FOR = "plate-search"
LONGEST = timedelta(days=30)
ATTEMPTS = 6
ACTIVE_MOST = 500  # searches in force together
PLATES_MOST = 2_000
Plate = Annotated[str, Field(pattern=r"^[0-9A-Z]{4,12}$")]


class Purpose(StrEnum):
    """For what a plate may be looked for. Wire values are stable."""

    CRIMINAL_INQUIRY = "criminal_inquiry"
    HIT_AND_RUN = "hit_and_run"
    STOLEN_VEHICLE = "stolen_vehicle"
    MISSING_PERSON = "missing_person"
    RESCUE = "rescue"


PURPOSE_NAMES: dict[Purpose, Text] = {
    Purpose.CRIMINAL_INQUIRY: Text(vi="Điều tra hình sự", en="Criminal inquiry"),
    Purpose.HIT_AND_RUN: Text(vi="Gây tai nạn rồi bỏ chạy", en="Hit and run"),
    Purpose.STOLEN_VEHICLE: Text(vi="Xe bị mất cắp", en="Stolen vehicle"),
    Purpose.MISSING_PERSON: Text(vi="Tìm người mất tích", en="Missing person"),
    Purpose.RESCUE: Text(vi="Cứu nạn khẩn cấp", en="Rescue"),
}

SearchState = Literal["asked", "released", "refused", "ended"]


def _normal(plates: list[str]) -> list[str]:
    return [plate.upper().replace("-", "").replace(".", "").replace(" ", "") for plate in plates]


class NewSearch(BaseModel, frozen=True, extra="forbid"):
    """What is asked for. A search of the past has a beginning; a watch ends within 30 days."""

    kind: Literal["history", "watch"]
    plates: list[Plate] = Field(min_length=1, max_length=20)
    purpose: Purpose
    warrant: str = Field(min_length=5, max_length=120)
    issued_by: str = Field(min_length=2, max_length=120)
    since: AwareDatetime
    until: AwareDatetime

    _plates = field_validator("plates", mode="before")(
        lambda given: _normal(given) if isinstance(given, list) else given
    )


class Decision(BaseModel, frozen=True, extra="forbid"):
    """A second person's word."""

    release: bool
    note: str | None = Field(None, max_length=500)


class Search(BaseModel, frozen=True):
    """One search. `sealed` holds the plates, encrypted."""

    id: str
    kind: Literal["history", "watch"]
    sealed: str
    plates: int
    purpose: Purpose
    warrant: str
    issued_by: str
    since: datetime
    until: datetime
    state: SearchState = "asked"
    asked_by: str
    asked_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None
    hits: int = 0
    seq: int = 0
    chain: str = ""
    version: int = 1

    def active(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.state == "released" and (self.kind == "history" or now < self.until)


class SearchView(BaseModel, frozen=True):
    """A search as those see it who may."""

    id: str
    kind: Literal["history", "watch"]
    plates: list[str]
    purpose: Purpose
    purpose_name: Text
    warrant: str
    issued_by: str
    since: datetime
    until: datetime
    state: SearchState
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    hits: int


class Found(BaseModel, frozen=True):
    """A plate that a camera saw."""

    plate: str
    violation_id: str
    camera_id: str
    at: datetime


class Results(BaseModel, frozen=True):
    """What one look through the past found; `entry` is the line that says so."""

    items: list[Found]
    missed: list[str]
    entry: int
    next_cursor: str | None = None


def ask(desk: Desk, new: NewSearch, who: Principal) -> SearchView:
    """Ask for a search; it does nothing until somebody else releases it.

    Raises:
        Invalid: it ends before it begins, lasts too long, or a watch has ended already.
    """
    if new.until <= new.since:
        raise invalid("until", "Phải sau thời điểm đầu.", "Must be after the beginning.")
    if new.kind == "watch" and not desk.now < new.until <= desk.now + LONGEST:
        raise invalid("until", "Trong vòng 30 ngày tới.", "Within the next 30 days.")
    plates = sorted(set(new.plates))
    search = Search(
        id=desk.new_id(desk.now), sealed=_seal(desk, plates), plates=len(plates),
        asked_by=who.user_id, asked_at=desk.now,
        **new.model_dump(exclude={"plates"}),
    )  # fmt: skip
    entry = desk.entry(who, "asked", purpose=new.purpose.value, warrant=new.warrant)
    search, operations = _changes(None, search, entry)
    desk.store.commit([*operations, Put(Row("SEARCHES", search.id, {}), ABSENT)])
    return view(desk, search)


def decide(desk: Desk, id_: str, body: Decision, who: Principal) -> SearchView:
    """Release or refuse a search; never one's own.

    Raises:
        NotFound, Conflict: no such search, or it was decided already.
        SamePerson: whoever asked does not release.
        Invalid: too many plates are looked for already.
    """
    before = found(desk, id_)
    if before.state != "asked":
        raise Conflict
    if before.asked_by == who.user_id:
        raise SamePerson
    after = before.model_copy(
        update={
            "state": "released" if body.release else "refused", "decided_by": who.user_id,
            "decided_at": desk.now, "note": body.note,
        }
    )  # fmt: skip
    entry = desk.entry(who, after.state, note=body.note)
    stored = _save(desk, before, after, entry, who)
    if stored.kind == "watch" and stored.state == "released":
        renew_list(desk)
    return view(desk, stored)


def end(desk: Desk, id_: str, who: Principal | None) -> SearchView:
    """End a search before its time, or at it; a watch without any hit ends as a miss.

    Raises:
        NotFound, NotReleased, Conflict: no such search, not in force, or changed just now.
    """
    before = found(desk, id_)
    if before.state != "released":
        raise NotReleased
    action = "ended" if before.hits or before.kind == "history" else "miss"
    after = before.model_copy(update={"state": "ended"})
    stored = _save(desk, before, after, desk.entry(who, action, hits=before.hits), who)
    if stored.kind == "watch":
        renew_list(desk)
    return view(desk, stored)


def results(desk: Desk, id_: str, query: PageQuery, who: Principal) -> Results:
    """Look through the past for the plates of a released search. Each look is written down.

    Raises:
        NotFound, NotReleased: no such search, or not in force.
    """
    search = found(desk, id_)
    if not search.active(desk.now) or search.kind != "history":
        raise NotReleased
    position = decode_cursor(query.cursor)
    plates = _plates(desk, search)
    items: list[Found] = []
    index, after = int(position.get("p", 0)), position.get("a")
    first = index
    while index < len(plates) and len(items) < query.limit:
        room = query.limit - len(items)
        rows, after = desk.store.table.query(
            f"PLATE#{plates[index]}", after=after or stamp(search.since),
            until=f"{stamp(search.until)}~", limit=room,
        )  # fmt: skip
        items += [
            Found(
                plate=plates[index], violation_id=row.doc["id"], camera_id=row.doc["camera_id"],
                at=datetime.fromisoformat(row.doc["at"]),
            )
            for row in rows
        ]  # fmt: skip
        index += after is None
    seen = {each.plate for each in items}
    missed = [plate for plate in plates[first:index] if plate not in seen and not position]
    entry = desk.entry(
        who, "hit" if items else "miss", hits=len(items), missed=len(missed),
        cases=[each.violation_id for each in items],
    )  # fmt: skip
    stored = _noted(desk, id_, entry, who, hits=len(items))
    more = {"p": index, "a": after} if index < len(plates) else None
    return Results(
        items=items, missed=missed, entry=stored.seq,
        next_cursor=encode_cursor(more) if more else None,
    )  # fmt: skip


def hit(desk: Desk, event: DetectionMade) -> int:
    """A worker saw a plate that is looked for: an entry for every search it belongs to."""
    plate = event.detection.plate.text if event.detection.plate else None
    if plate is None:
        return 0
    hits = 0
    for search in _active(desk):
        if plate not in _plates(desk, search):
            continue
        key = f"HIT#{search.id}", event.detection.detection_id
        if desk.store.table.get(*key) is not None:
            continue
        entry = desk.entry(
            None, "hit", case=event.incident_id, camera=event.detection.camera_id,
            detection=event.detection.detection_id,
        )  # fmt: skip
        try:
            _noted(desk, search.id, entry, None, hits=1, more=[Put(Row(*key, {}), ABSENT)])
        except CommitConflict:
            if desk.store.table.get(*key) is None:
                raise
        hits += 1
    return hits


def tend(desk: Desk) -> int:
    """End watches whose time is over; how many."""
    over = [each for each in _watches(desk) if not each.active(desk.now)]
    for search in over:
        end(desk, search.id, None)
    return len(over)


def renew_list(desk: Desk) -> int:
    """Tell cameras which plates are looked for now, under a new salt; how many."""

    def once() -> int:
        row = desk.store.table.get("WATCH", "NOW")
        version = int(row.doc["version"]) + 1 if row else 1
        plates = {plate for search in _active(desk) for plate in _plates(desk, search)}
        salt = secrets.token_hex(16)
        event = WatchListChanged(
            version=version, salt=salt, at=desk.now,
            plate_hashes=tuple(sorted(plate_hash(p, salt) for p in plates)[:PLATES_MOST]),
        )  # fmt: skip
        fresh = Row("WATCH", "NOW", {"version": version}, version)
        put = Put(fresh, row.version if row else ABSENT)
        desk.outbox.commit(
            [put], [(derived_id(desk.now, "watch-list", str(version)), event, desk.now)]
        )
        return len(plates)

    return retrying(ATTEMPTS, once)


def found(desk: Desk, id_: str) -> Search:
    """A search.

    Raises:
        NotFound: there is none of this id.
    """
    search = desk.store.one(Search, f"SEARCH#{id_}", "META")
    if search is None:
        raise NotFound(what="lệnh tìm / search")
    return search


def listing(desk: Desk, query: PageQuery) -> Page[SearchView]:
    """Searches, newest first."""
    after = decode_cursor(query.cursor).get("a")
    rows, more = desk.store.rows("SEARCHES", after, query.limit, reverse=True)
    items = [view(desk, found(desk, row.sk)) for row in rows]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def view(desk: Desk, search: Search) -> SearchView:
    """A search with its plates."""
    told = search.model_dump(exclude={"sealed", "plates", "seq", "chain", "version"})
    return SearchView(
        **told, plates=_plates(desk, search), purpose_name=PURPOSE_NAMES[search.purpose]
    )


def _seal(desk: Desk, plates: list[str]) -> str:
    return seal(desk.secret, SEALED_FOR, json.dumps(plates).encode())


def _plates(desk: Desk, search: Search) -> list[str]:
    plates: list[str] = json.loads(unseal(desk.secret, SEALED_FOR, search.sealed))
    return plates


def _watches(desk: Desk) -> list[Search]:
    """Watches that are released, in force or over."""
    rows, _ = desk.store.rows("WATCHES", None, ACTIVE_MOST)
    held = desk.store.table.get_many([(f"SEARCH#{row.sk}", "META") for row in rows])
    return [Search.model_validate(row.doc) for row in held.values()]


def _active(desk: Desk) -> list[Search]:
    return [each for each in _watches(desk) if each.active(desk.now)]


def _changes(before: Search | None, after: Search, entry: Entry) -> tuple[Search, list[Operation]]:
    linked = entry.model_copy(update={"seq": after.seq + 1}).chained(after.chain)
    version = before.version + 1 if before else 1
    fresh = after.model_copy(update={"seq": linked.seq, "chain": linked.hash, "version": version})
    expect = before.version if before else ABSENT
    operations: list[Operation] = [
        Put(Row(f"SEARCH#{fresh.id}", f"E#{linked.seq:06}", doc(linked)), ABSENT),
        Put(Row(f"SEARCH#{fresh.id}", "META", doc(fresh), version), expect),
    ]
    return fresh, operations


def _save(desk: Desk, before: Search, after: Search, entry: Entry, who: Principal | None) -> Search:
    stored, operations = _changes(before, after, entry)
    if stored.kind == "watch":
        if stored.state == "released":
            operations.append(Put(Row("WATCHES", stored.id, {}), ABSENT))
        elif before.state == "released":
            operations.append(Delete("WATCHES", stored.id))
    if who is not None:
        operations.append(Store.did(desk.now, who.user_id, stored.id, entry.action))
    try:
        desk.store.commit(operations)
    except CommitConflict as error:
        raise Conflict from error
    return stored


def _noted(
    desk: Desk, id_: str, entry: Entry, who: Principal | None, *, hits: int,
    more: list[Any] | None = None,
) -> Search:  # fmt: skip
    def once() -> Search:
        before = found(desk, id_)
        after = before.model_copy(update={"hits": before.hits + hits})
        stored, operations = _changes(before, after, entry)
        if who is not None:
            done = f"{id_}#{stored.seq}"
            operations.append(Store.did(desk.now, who.user_id, done, entry.action))
        desk.store.commit([*operations, *(more or [])])
        return stored

    return retrying(ATTEMPTS, once)
