"""Faces that are looked for: what a camera's worker may be told, and whose word counts.

Nothing of the list leaves here unless all of it holds at that moment: the camera's flag, a legal
basis in force, two different people behind the entry, and its time. Vectors are kept sealed.
"""

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from city.adapters.acts import did
from city.adapters.sealed import unseal
from city.adapters.table import ABSENT, CommitConflict, Put, Row, retrying
from city.cameras.desk import Desk
from city.cameras.model import Camera, FacesBasis
from city.cameras.store import doc
from city.contracts.cameras import Detection, FacesBasisRecorded
from city.contracts.violations import FACES_SEALED_FOR, FaceListChanged, FaceSought
from city.contracts.watching import FaceList, FaceWanted
from city.kernel.ids import derived_id
from city.kernel.people import Principal
from city.kernel.problems import Conflict, invalid
from city.kernel.text import Text

FACE_LIST = "face-list"
FACE_NAME = Text(
    vi="Có thể là người cần tìm (chưa xác định)", en="Maybe a wanted person (not identified)"
)
ATTEMPTS = 5


class Sought(BaseModel, frozen=True):
    """The newest list; `sealed` holds its vectors. `version` only grows."""

    version: int = 0
    sealed: str = ""
    entries: tuple[FaceSought, ...] = ()


def sought(desk: Desk) -> Sought:
    """The list as it was last told."""
    row = desk.store.table.get("FACES", "LIST")
    return Sought.model_validate(row.doc) if row else Sought()


def version(desk: Desk) -> int:
    """A number that grows with every change of basis or list: part of each configuration's."""
    row = desk.store.table.get("FACES", "BASIS")
    return (row.version if row else 0) + sought(desk).version


def basis_now(desk: Desk) -> FacesBasis | None:
    """The legal basis, if one is in force at this moment."""
    basis = desk.store.faces_basis()
    return basis if basis is not None and basis.holds(desk.now) else None


def record(desk: Desk, basis: FacesBasis, who: Principal) -> FacesBasis:
    """Record the legal basis in place of the one before; everybody hears of it.

    Raises:
        Invalid: it ends before it begins.
        Conflict: others record one again and again.
    """
    if basis.valid_until <= basis.valid_from:
        raise invalid("valid_until", "Phải sau ngày bắt đầu.", "Must be after its beginning.")
    kept = basis.model_copy(update={"recorded_by": who.user_id, "recorded_at": desk.now})

    def once() -> None:
        row = desk.store.table.get("FACES", "BASIS")
        number = row.version + 1 if row else 1
        put = Put(Row("FACES", "BASIS", doc(kept), number), row.version if row else ABSENT)
        told = FacesBasisRecorded(
            version=number, reference=kept.reference, issued_by=kept.issued_by,
            valid_from=kept.valid_from, valid_until=kept.valid_until, at=desk.now,
        )  # fmt: skip
        event_id = derived_id(desk.now, "faces-basis", str(number))
        act = did(desk.now, who.user_id, f"faces-basis-{number}", "record", kept.reference)
        desk.outbox.commit([put, *act], [(event_id, told, desk.now)])

    try:
        retrying(ATTEMPTS, once)
    except CommitConflict as error:
        raise Conflict from error
    return kept


def take_list(desk: Desk, event: FaceListChanged) -> bool:
    """Take the newest list over; an older one changes nothing."""
    row = desk.store.table.get("FACES", "LIST")
    if row is not None and event.version <= row.version:
        return False
    fresh = Sought(version=event.version, sealed=event.sealed, entries=event.entries)
    put = Put(Row("FACES", "LIST", doc(fresh), event.version), row.version if row else ABSENT)
    try:
        desk.store.commit([put])
    except CommitConflict as error:
        raise Conflict from error
    return True


def rule_of(desk: Desk, camera: Camera) -> FaceList | None:
    """The rule that a camera's worker gets; None unless everything that it needs is there."""
    if not camera.faces or (basis := basis_now(desk)) is None:
        return None
    told = sought(desk)
    ends = {each.entry: min(each.until, basis.valid_until) for each in told.entries}
    if not any(end > desk.now for end in ends.values()):
        return None
    opened = json.loads(unseal(desk.secret, FACES_SEALED_FOR, told.sealed))
    wanted = [one for each in opened if (one := _wanted(desk, each, ends, basis)) is not None]
    if not wanted:
        return None
    return FaceList(
        rule_id=FACE_LIST, version=max(1, told.version), name_vi=FACE_NAME.vi,
        name_en=FACE_NAME.en, valid_from=basis.valid_from, wanted=tuple(wanted),
        valid_until=max(one.until for one in wanted),
    )  # fmt: skip


def _wanted(
    desk: Desk, told: dict[str, Any], ends: dict[str, datetime], basis: FacesBasis
) -> FaceWanted | None:
    """An entry of the list, if two people stand behind it and its time is not over."""
    until = ends.get(told["entry"])
    asked, released = told["asked_by"], told["released_by"]
    if until is None or until <= desk.now or not asked or not released or asked == released:
        return None
    return FaceWanted.model_validate({**told, "basis": basis.reference, "until": until})


def may_tell(desk: Desk, camera: Camera, detection: Detection) -> bool:
    """Whether a likeness is taken in: the same that a worker needs to be told of the face."""
    if not camera.faces or basis_now(desk) is None:
        return False
    listed = {each.entry for each in sought(desk).entries if each.until > desk.now}
    return detection.said in listed
