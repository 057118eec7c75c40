"""Every minute: cameras without a message get one again, and silence is told. May run twice."""

from contextlib import suppress
from datetime import datetime, timedelta

from city.adapters.table import ABSENT, CommitConflict, Delete, Operation, Put, Row
from city.cameras import faces
from city.cameras.desk import Desk
from city.cameras.model import (
    NEVER,
    SILENT_AFTER,
    UNWATCHED_AFTER,
    Camera,
    Heard,
    last_picture,
    last_sign,
)
from city.cameras.registry import assign, changed
from city.cameras.store import Store
from city.contracts.cameras import CamerasFellSilent
from city.kernel.clock import stamp
from city.kernel.ids import derived_id
from city.kernel.problems import Conflict

A_RUN = 200
TOLD_AT_ONCE = 40
# A message dies after the queue's retention (14 days) however often it was received.
MESSAGE_AGES = timedelta(days=7)
RENEWED_A_RUN = 50
ORPHANED = timedelta(days=1)


def tend(desk: Desk) -> tuple[int, int]:
    """Send what is missing, then tell of silence: (messages sent, cameras told of)."""
    enabled = {id_: each for id_, each in desk.store.cameras().items() if each.enabled}
    heard, sent = desk.store.heard(), desk.store.times("SENT")
    missing = _lost(desk, enabled, heard, sent)
    if missing:
        assign(desk, missing)
    ageing = [
        each for id_, each in enabled.items()
        if desk.now - sent.get(id_, each.enabled_at or NEVER) > MESSAGE_AGES
        and each not in missing
    ][:RENEWED_A_RUN]  # fmt: skip
    renewed = [fresh for each in ageing if (fresh := _renewed(desk, each))]
    if renewed:
        assign(desk, renewed)
    _end_faces(desk, enabled)
    _remove_orphans(desk)
    return len(missing) + len(renewed), _silence(desk, enabled, heard)


def _remove_orphans(desk: Desk) -> None:
    """Files of refused detections go after a day, unless the successor's detection has them."""
    rows, _ = desk.store.table.query("ORPHANS", until=stamp(desk.now - ORPHANED), limit=A_RUN)
    for row in rows:
        if desk.store.table.get(f"SEEN#{row.doc['detection']}", "NOW") is None:
            for key in row.doc["keys"]:
                desk.pictures.remove(key)
        desk.store.commit([Delete(row.pk, row.sk)])


def _end_faces(desk: Desk, enabled: dict[str, Camera]) -> None:
    """Faces end with their legal basis: the configuration changes, and workers hear of it."""
    flagged = [each for each in enabled.values() if each.faces]
    if flagged and faces.basis_now(desk) is None:
        for camera in flagged[:A_RUN]:
            with suppress(Conflict):  # somebody changes it right now; the next run looks again
                changed(desk, camera, faces=False)


def _lost(
    desk: Desk, enabled: dict[str, Camera], heard: dict[str, Heard], sent: dict[str, datetime]
) -> list[Camera]:
    """Cameras whose message is lost, those silent for longest first.

    A camera that nobody watches may simply wait in the queue for a free worker: only as many
    messages are sent as the queue lacks.
    """

    def unheard(camera: Camera) -> bool:
        return desk.now - last_sign(camera, heard.get(camera.id)) > UNWATCHED_AFTER

    unwatched = [each for each in enabled.values() if unheard(each)]
    if not unwatched:
        return []
    lacking = len(unwatched) - desk.assignments.waiting()
    again = desk.now - UNWATCHED_AFTER
    due = [each for each in unwatched if sent.get(each.id, NEVER) <= again]
    due.sort(key=lambda each: (last_sign(each, heard.get(each.id)), each.id))
    return due[: max(0, min(lacking, A_RUN))]


def _renewed(desk: Desk, camera: Camera) -> Camera | None:
    """The camera's next generation: the message that ages dies when it is next received."""
    fresh = camera.model_copy(update={"generation": camera.generation + 1})
    stored, write = Store.put_camera(fresh)
    try:
        desk.store.commit([write])
    except CommitConflict:
        return None  # somebody changes it right now; a minute is nothing to a week
    return stored


def _silence(desk: Desk, enabled: dict[str, Camera], heard: dict[str, Heard]) -> int:
    told = desk.store.times("SILENT")

    def dark(camera: Camera) -> bool:
        return desk.now - last_picture(camera, heard.get(camera.id)) > SILENT_AFTER

    silent = [id_ for id_, each in enabled.items() if dark(each) and id_ not in told]
    back = [id_ for id_ in told if id_ not in enabled or not dark(enabled[id_])]
    news = [(id_, True) for id_ in sorted(silent)] + [(id_, False) for id_ in sorted(back)]
    for first in range(0, min(len(news), A_RUN), TOLD_AT_ONCE):
        _tell(desk, enabled, news[first : first + TOLD_AT_ONCE])
    return min(len(news), A_RUN)


def _tell(desk: Desk, enabled: dict[str, Camera], news: list[tuple[str, bool]]) -> None:
    told_at = {"at": stamp(desk.now)}
    operations: list[Operation] = [
        Put(Row("SILENT", id_, told_at), ABSENT) if fell else Delete("SILENT", id_, 1)
        for id_, fell in news
    ]
    silent = tuple(id_ for id_, fell in news if fell)
    back = tuple(id_ for id_, fell in news if not fell and id_ in enabled)
    sweep = derived_id(desk.now, "silence", *silent, "|", *back)
    told = CamerasFellSilent(
        sweep_id=sweep, silent=silent, back=back, at=desk.now,
        names={id_: enabled[id_].name.vi for id_ in (*silent, *back)},
    )  # fmt: skip
    try:
        desk.outbox.commit(operations, [(sweep, told, desk.now)])
    except CommitConflict:
        return  # another run told it
