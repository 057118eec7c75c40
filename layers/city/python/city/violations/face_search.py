"""Searching for a face: what it needs beside purpose, warrant and two people.

A legal basis in force (recorded in the unit `cameras`, told here), at most ten faces together, a
photo that lies encrypted and goes with the search. Nothing biometric exists before the release:
only then an enroller gets the photo and answers with a vector, which is kept sealed, told to the
unit `cameras` sealed, and dropped at the end. A hit is a candidate that a person has to judge.
"""

import hashlib
import hmac
import json
import secrets
from base64 import b64encode
from datetime import timedelta

from city.adapters.sealed import seal, unseal
from city.adapters.table import ABSENT, CommitConflict, Delete, Put, Row, retrying
from city.contracts.cameras import DetectionMade, FacesBasisRecorded
from city.contracts.violations import FACES_SEALED_FOR, FaceListChanged, FaceSought
from city.contracts.watching import FACES_MOST
from city.kernel.clock import stamp
from city.kernel.ids import derived_id
from city.kernel.page import PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import NotFound, invalid
from city.violations import face_photo
from city.violations.desk import Desk
from city.violations.face_models import (
    Basis,
    Enrolled,
    FaceHit,
    FaceHits,
    ReferencePhoto,
    ToEnrol,
    ToEnrolList,
)
from city.violations.refusals import NoBasis, NotReleased, TooManyFaces
from city.violations.search_chain import ATTEMPTS, changes, found, noted, save
from city.violations.search_models import NewSearch, Search
from city.violations.store import doc

VECTOR_FOR = "face-vector"
PHOTO_FOR = "face-photo"
MOST_OPEN = 30  # asked for or released, together
UNDECIDED = timedelta(days=7)  # then the request lapses and its photo goes
GIVEN_AGAIN = timedelta(minutes=2)  # to another enroller, if the first did not answer


def take_basis(desk: Desk, event: FacesBasisRecorded) -> bool:
    """Take the newest basis over; an older one changes nothing."""
    row = desk.store.table.get("BASIS", "NOW")
    if row is not None and event.version <= row.version:
        return False
    told = Basis(
        version=event.version, reference=event.reference, issued_by=event.issued_by,
        valid_from=event.valid_from, valid_until=event.valid_until,
    )  # fmt: skip
    put = Put(Row("BASIS", "NOW", doc(told), event.version), row.version if row else ABSENT)
    desk.store.commit([put])
    return True


def basis_now(desk: Desk) -> Basis | None:
    """The legal basis, if one is in force at this moment."""
    basis = desk.store.one(Basis, "BASIS", "NOW")
    return basis if basis is not None and basis.holds(desk.now) else None


def require_basis(desk: Desk) -> Basis:
    """The legal basis.

    Raises:
        NoBasis: none is in force.
    """
    basis = basis_now(desk)
    if basis is None:
        raise NoBasis
    return basis


def photo_of(desk: Desk, new: NewSearch) -> bytes:
    """The photo that is asked with, made anew from its pixels.

    Raises:
        NoBasis, TooManyFaces, Invalid: it may not be asked for, ends after the basis, or is no
            picture.
    """
    _within(require_basis(desk), new)
    if len(_open(desk)) >= MOST_OPEN:
        raise TooManyFaces(most=MOST_OPEN)
    return face_photo.clean(str(new.photo))


def keep_photo(desk: Desk, id_: str, photo: bytes) -> Put:
    """Store the photo encrypted; the write returned says that it is there."""
    desk.evidence.write(face_photo.key(id_), bytes.fromhex(seal(desk.secret, PHOTO_FOR, photo)))
    return Put(Row("FACES", id_, {}), ABSENT)


def forget_photo(desk: Desk, id_: str) -> None:
    """Remove the photo, then the word that it is there: whoever dies in between begins again."""
    desk.evidence.remove(face_photo.key(id_))
    desk.store.commit([Delete("FACES", id_)])


def released(desk: Desk, search: Search) -> dict[str, object]:
    """What a release adds to a search for a face.

    Raises:
        NoBasis, Invalid, TooManyFaces: no basis, one that ends before, or ten faces already.
    """
    _within(require_basis(desk), search)
    if not desk.now < search.until:
        raise invalid("until", "Thời hạn đã qua.", "Its time is over.")
    if sum(each.active(desk.now) for each in _open(desk)) >= FACES_MOST:
        raise TooManyFaces(most=FACES_MOST)
    return {"enrolment": "waiting"}


def _within(basis: Basis, search: NewSearch | Search) -> None:
    if search.until > basis.valid_until:
        raise invalid(
            "until",
            "Không được quá thời hạn của căn cứ pháp lý.",
            "Must not be later than the end of the legal basis.",
        )


def next_photo(desk: Desk, enroller: str) -> ToEnrolList:
    """The next released search without a vector; whom its photo is given to is written down."""
    if basis_now(desk) is None:
        return ToEnrolList(items=[])
    for search in _open(desk):
        again = search.given_at is None or desk.now - search.given_at >= GIVEN_AGAIN
        if not (_may(desk, search) and search.enrolment == "waiting" and again):
            continue
        entry = desk.entry(None, "photo_given", enroller=enroller)
        after = search.model_copy(update={"given_at": desk.now})
        _, operations = changes(search, after, entry)
        try:
            desk.store.commit(operations)
        except CommitConflict:
            continue  # another enroller has it
        photo = b64encode(_photo(desk, search.id)).decode()
        return ToEnrolList(items=[ToEnrol(search_id=search.id, photo=photo)])
    return ToEnrolList(items=[])


def enrol(desk: Desk, id_: str, told: Enrolled, enroller: str) -> None:
    """Keep the vector of a search, sealed, and let cameras know.

    Raises:
        NotFound, NotReleased: no such search, or nothing is awaited for it (any more).
        Conflict: somebody changed it just now.
    """
    before = found(desk, id_)
    if basis_now(desk) is None or not _may(desk, before) or before.enrolment != "waiting":
        raise NotReleased
    vector = None
    if told.vector is not None:
        rounded = [round(x, 6) for x in told.vector]
        vector = seal(desk.secret, VECTOR_FOR, json.dumps(rounded).encode())
    state = told.miss or "done"
    after = before.model_copy(update={"enrolment": state, "model": told.model, "vector": vector})
    action = "enrolled" if vector else "not_enrolled"
    entry = desk.entry(None, action, enroller=enroller, model=told.model, result=state)
    save(desk, before, after, entry, None)
    renew_list(desk)


def renew_list(desk: Desk) -> int:
    """Tell cameras which faces are looked for now; how many. Nothing that is not in force."""

    def once() -> int:
        row = desk.store.table.get("FACELIST", "NOW")
        version = row.version + 1 if row else 1
        wanted = _wanted(desk)
        event = FaceListChanged(
            version=version, at=desk.now, sealed=_sealed(desk, wanted),
            entries=tuple(FaceSought(entry=each.id, until=each.until) for each in wanted),
        )  # fmt: skip
        fresh = Row("FACELIST", "NOW", {"entries": [each.id for each in wanted]}, version)
        put = Put(fresh, row.version if row else ABSENT)
        event_id = derived_id(desk.now, "face-list", str(version))
        desk.outbox.commit([put], [(event_id, event, desk.now)])
        return len(wanted)

    return retrying(ATTEMPTS, once)


def _wanted(desk: Desk) -> list[Search]:
    if basis_now(desk) is None:
        return []
    there = [each for each in _open(desk) if _may(desk, each) and each.vector is not None]
    return sorted(there, key=lambda each: (each.decided_at or each.asked_at, each.id))[:FACES_MOST]


def _sealed(desk: Desk, wanted: list[Search]) -> str:
    salt = secrets.token_hex(16)

    def mark(person: str | None) -> str:
        # Workers see that two differ, not who they are.
        return hmac.new(salt.encode(), str(person).encode(), hashlib.sha256).hexdigest()[:32]

    told = [
        {
            "entry": each.id, "model": each.model, "asked_by": mark(each.asked_by),
            "released_by": mark(each.decided_by),
            "vector": json.loads(unseal(desk.secret, VECTOR_FOR, str(each.vector))),
        }
        for each in wanted
    ]  # fmt: skip
    return seal(desk.secret, FACES_SEALED_FOR, json.dumps(told).encode())


def hit(desk: Desk, event: DetectionMade) -> int:
    """A worker saw a likeness: an entry of its search, once."""
    seen = event.detection
    key = f"HIT#{seen.said}", seen.detection_id
    search = desk.store.one(Search, f"SEARCH#{seen.said}", "META")
    if search is None or search.kind != "face" or desk.store.table.get(*key) is not None:
        return 0
    if not _may(desk, search):
        return 0  # over by now: nobody is to learn of it
    metric = "distance" if "distance" in seen.measures else "cosine"
    told = FaceHit(
        detection_id=seen.detection_id, case_id=event.incident_id, camera_id=seen.camera_id,
        at=seen.at, score=seen.score, metric=metric, measure=seen.measures.get(metric, 0.0),
        line=seen.measures.get("line", 0.0),
    )  # fmt: skip
    entry = desk.entry(
        None, "hit", case=event.incident_id, camera=seen.camera_id, detection=seen.detection_id,
        likeness={metric: told.measure, "line": told.line},
    )  # fmt: skip
    rows = [
        Put(Row(*key, doc(told)), ABSENT),
        Put(Row(f"HITS#{search.id}", f"{stamp(seen.at)}#{seen.detection_id}", doc(told))),
    ]
    try:
        noted(desk, search.id, entry, None, hits=1, more=rows)
    except CommitConflict:
        if desk.store.table.get(*key) is None:
            raise
        return 0
    return 1


def hits(desk: Desk, id_: str, query: PageQuery, who: Principal) -> FaceHits:
    """Candidates of a search, newest first; the look is written down.

    Raises:
        NotFound: no such search, or not one for a face.
    """
    if found(desk, id_).kind != "face":
        raise NotFound(what="lệnh tìm / search")
    after = decode_cursor(query.cursor).get("a")
    rows, more = desk.store.rows(f"HITS#{id_}", after, query.limit, reverse=True)
    entry = desk.entry(who, "looked", hits=len(rows))
    return FaceHits(
        items=[FaceHit.model_validate(row.doc) for row in rows],
        entry=noted(desk, id_, entry, who, hits=0).seq,
        next_cursor=encode_cursor({"a": more}) if more else None,
    )


def photo(desk: Desk, id_: str, who: Principal) -> ReferencePhoto:
    """The photo of a search that is asked for or in force; the look is written down first.

    Raises:
        NotFound: no such search, or its photo is gone.
    """
    search = found(desk, id_)
    if desk.store.table.get("FACES", id_) is None or search.state not in ("asked", "released"):
        raise NotFound(what="ảnh / photo")
    entry = noted(desk, id_, desk.entry(who, "photo_read"), who, hits=0).seq
    return ReferencePhoto(data=b64encode(_photo(desk, id_)).decode(), entry=entry)


def over(desk: Desk, search: Search) -> None:
    """A search for a face has ended: cameras forget it, and its photo goes."""
    renew_list(desk)
    forget_photo(desk, search.id)


def lapsed(desk: Desk) -> list[Search]:
    """Searches for faces that must end: their time or basis is over, or nobody decided."""
    lawful = basis_now(desk) is not None
    return [
        each
        for each in _open(desk)
        if (each.state == "asked" and _stale(desk, each))
        or (each.state == "released" and not (lawful and each.active(desk.now)))
    ]


def _stale(desk: Desk, search: Search) -> bool:
    return desk.now >= min(search.until, search.asked_at + UNDECIDED)


def tidy(desk: Desk) -> None:
    """What somebody who died left: photos of searches that are over, a list that is out of date."""
    rows, _ = desk.store.rows("FACES", None, 10 * MOST_OPEN)
    for row in rows:
        if found(desk, row.sk).state not in ("asked", "released"):
            forget_photo(desk, row.sk)
    told = desk.store.table.get("FACELIST", "NOW")
    if told is not None and told.doc["entries"] != [each.id for each in _wanted(desk)]:
        renew_list(desk)


def _open(desk: Desk) -> list[Search]:
    """Searches for faces that are asked for or released, the oldest first."""
    rows, _ = desk.store.rows("FACES", None, 10 * MOST_OPEN)
    held = desk.store.table.get_many([(f"SEARCH#{row.sk}", "META") for row in rows])
    searches = [Search.model_validate(row.doc) for row in held.values()]
    return sorted(
        (each for each in searches if each.state in ("asked", "released")), key=lambda each: each.id
    )


def _may(desk: Desk, search: Search) -> bool:
    """Whether a face search is in force: released by another than asked, in its time. The basis is
    the caller's to ask for."""
    two = search.decided_by is not None and search.decided_by != search.asked_by
    return search.kind == "face" and two and search.active(desk.now)


def _photo(desk: Desk, id_: str) -> bytes:
    try:
        sealed = desk.evidence.read(face_photo.key(id_))
    except LookupError as error:
        raise NotFound(what="ảnh / photo") from error
    return unseal(desk.secret, PHOTO_FOR, sealed.hex())
