"""Searches under warrant: purpose and warrant, asked by one, released by another, written down.

Of plates, a `history` search looks once through what cameras saw before; a `watch` lets workers
look out from now on; a `recording` lets one look through a file. Workers get salted hashes, never
a plate or a reason. A `face` search needs more: see `face_search`. Every hit and every miss is an
entry of the search's chain.
"""

import json
import secrets
from datetime import datetime, timedelta

from city.adapters.sealed import seal, unseal
from city.adapters.table import ABSENT, CommitConflict, Put, Row, retrying
from city.contracts.cameras import DetectionMade, RecordingSearched
from city.contracts.violations import RecordingSearchReleased, WatchListChanged
from city.contracts.watching import plate_hash
from city.kernel.clock import stamp
from city.kernel.ids import derived_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import Conflict, invalid
from city.violations import face_search
from city.violations.desk import Desk
from city.violations.refusals import NotReleased, SamePerson
from city.violations.search_chain import ATTEMPTS, changes, found, noted, save
from city.violations.search_models import (
    LASTING,
    PURPOSE_NAMES,
    Decision,
    Found,
    NewSearch,
    Results,
    Search,
    SearchView,
)

SEALED_FOR = "plate-search"
LONGEST = timedelta(days=30)
ACTIVE_MOST = 500  # searches in force together
PLATES_MOST = 2_000


def ask(desk: Desk, new: NewSearch, who: Principal) -> SearchView:
    """Ask for a search; it does nothing until somebody else releases it.

    Raises:
        Invalid: it ends before it begins, lasts too long, or a watch has ended already.
        NoBasis, TooManyFaces: see `face_search`.
    """
    if new.until <= new.since:
        raise invalid("until", "Phải sau thời điểm đầu.", "Must be after the beginning.")
    if new.kind in LASTING and not desk.now < new.until <= desk.now + LONGEST:
        raise invalid("until", "Trong vòng 30 ngày tới.", "Within the next 30 days.")
    plates = sorted(set(new.plates))
    photo = face_search.photo_of(desk, new) if new.kind == "face" else None
    search = Search(
        id=desk.new_id(desk.now), sealed=_seal(desk, plates), plates=len(plates),
        asked_by=who.user_id, asked_at=desk.now,
        **new.model_dump(exclude={"plates", "photo"}),
    )  # fmt: skip
    entry = desk.entry(who, "asked", purpose=new.purpose.value, warrant=new.warrant)
    search, operations = changes(None, search, entry)
    if photo is not None:
        operations.append(face_search.keep_photo(desk, search.id, photo))
    desk.store.commit([*operations, Put(Row("SEARCHES", search.id, {}), ABSENT)])
    return view(desk, search)


def decide(desk: Desk, id_: str, body: Decision, who: Principal) -> SearchView:
    """Release or refuse a search; never one's own.

    Raises:
        NotFound, Conflict: no such search, or it was decided already.
        SamePerson: whoever asked does not release.
        Invalid, NoBasis, TooManyFaces: a face may not be searched for, see `face_search`.
    """
    before = found(desk, id_)
    if before.state != "asked":
        raise Conflict
    if before.asked_by == who.user_id:
        raise SamePerson
    faced = face_search.released(desk, before) if before.kind == "face" and body.release else {}
    after = before.model_copy(
        update={
            **faced, "state": "released" if body.release else "refused", "decided_by": who.user_id,
            "decided_at": desk.now, "note": body.note,
        }
    )  # fmt: skip
    entry = desk.entry(who, after.state, note=body.note)
    told = [_recording(desk, after)] if body.release and after.kind == "recording" else []
    stored = save(desk, before, after, entry, who, told)
    if stored.kind == "watch" and stored.state == "released":
        renew_list(desk)
    if stored.kind == "face" and stored.state == "refused":
        face_search.forget_photo(desk, id_)
    return view(desk, stored)


def _recording(desk: Desk, search: Search) -> RecordingSearchReleased:
    """What a worker is to look for in a recording."""
    salt = secrets.token_hex(16)
    return RecordingSearchReleased(
        search_id=search.id, camera_id=str(search.camera_id),
        recording_key=str(search.recording_key), recorded_from=search.since, salt=salt,
        plate_hashes=tuple(sorted(plate_hash(p, salt) for p in _plates(desk, search))),
        by=str(search.decided_by), at=desk.now,
    )  # fmt: skip


def searched(desk: Desk, event: RecordingSearched) -> bool:
    """A plate was seen in a recording, or its end was reached: an entry for each, once."""
    what = event.detection_id or "END"
    key = f"HIT#{event.search_id}", what
    if desk.store.one(Search, f"SEARCH#{event.search_id}", "META") is None:
        return False
    if desk.store.table.get(*key) is not None:
        return False
    if event.detection_id is not None:
        entry = desk.entry(
            None, "hit", plate_seen=True, camera=event.camera_id, detection=event.detection_id,
            seen_at=event.seen_at.isoformat() if event.seen_at else None,
        )  # fmt: skip
    else:
        missed = "failed" if event.failed else ("watched" if event.found else "miss")
        entry = desk.entry(None, missed, frames=event.frames, found=event.found)
    hits = int(event.detection_id is not None)
    noted(desk, event.search_id, entry, None, hits=hits, more=[Put(Row(*key, {}), ABSENT)])
    return True


def end(desk: Desk, id_: str, who: Principal | None) -> SearchView:
    """End a search before its time, or at it; a watch without any hit ends as a miss. With a face
    its photo and vector go.

    Raises:
        NotFound, NotReleased, Conflict: no such search, not in force, or changed just now.
    """
    before = found(desk, id_)
    if before.state != "released":
        raise NotReleased
    action = "ended" if before.hits or before.kind not in LASTING else "miss"
    after = before.model_copy(update={"state": "ended", "vector": None})
    stored = save(desk, before, after, desk.entry(who, action, hits=before.hits), who)
    if stored.kind == "watch":
        renew_list(desk)
    if stored.kind == "face":
        face_search.over(desk, stored)
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
        who, "hit" if items else "looked" if position else "miss", hits=len(items),
        missed=len(missed), cases=[each.violation_id for each in items],
    )  # fmt: skip
    stored = noted(desk, id_, entry, who, hits=len(items))
    more = {"p": index, "a": after} if index < len(plates) else None
    return Results(
        items=items, missed=missed, entry=stored.seq,
        next_cursor=encode_cursor(more) if more else None,
    )  # fmt: skip


def hit(desk: Desk, event: DetectionMade) -> int:
    """A worker saw what is looked for: an entry for every search it belongs to."""
    if event.detection.kind == "face_list":
        return face_search.hit(desk, event)
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
            noted(desk, search.id, entry, None, hits=1, more=[Put(Row(*key, {}), ABSENT)])
        except CommitConflict:
            if desk.store.table.get(*key) is None:
                raise
        hits += 1
    return hits


def tend(desk: Desk) -> int:
    """End watches whose time is over; how many."""
    over = [each for each in _watches(desk) if not each.active(desk.now)]
    for search in (*over, *face_search.lapsed(desk)):
        if search.state == "asked":
            save(desk, search, search.model_copy(update={"state": "ended"}),
                  desk.entry(None, "lapsed"), None)  # fmt: skip
        else:
            end(desk, search.id, None)
    face_search.tidy(desk)
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


def listing(desk: Desk, query: PageQuery) -> Page[SearchView]:
    """Searches, newest first."""
    after = decode_cursor(query.cursor).get("a")
    rows, more = desk.store.rows("SEARCHES", after, query.limit, reverse=True)
    items = [view(desk, found(desk, row.sk)) for row in rows]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def view(desk: Desk, search: Search) -> SearchView:
    """A search with its plates."""
    told = search.model_dump(
        exclude={"sealed", "plates", "given_at", "vector", "seq", "chain", "version"}
    )
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
