"""Workers take cameras over and say how it goes. The epoch decides who may speak for a camera."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from city.adapters.sealed import unseal
from city.adapters.table import Check, CommitConflict, Put, Row, retrying
from city.cameras import faces
from city.cameras.desk import SEALED_FOR, Desk
from city.cameras.model import Camera, Heard, Job, Lease
from city.cameras.refusals import Disabled, JobOver, OldGeneration, Superseded
from city.cameras.store import Store, doc, until
from city.contracts.cameras import (
    CameraConfig,
    CameraHealth,
    HealthReport,
    JobHealth,
    Orders,
    RecordingSearched,
    TakeOver,
)
from city.contracts.watching import Rule, WatchList
from city.kernel.calendar import CalendarNotCovered, WorkingCalendar
from city.kernel.clock import local_date
from city.kernel.ids import derived_id
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.text import Text

ATTEMPTS = 5
A_COMMIT = 50
AROUND = timedelta(days=40)  # a camera is held for hours; the window is for weeks
WATCH_LIST = "watch-list"
WATCH_NAME = Text(vi="Tìm biển số theo lệnh", en="Plate search under warrant")


def take_over(desk: Desk, fleet: str, camera_id: str, ask: TakeOver) -> CameraConfig:
    """Give a camera to a worker under the next epoch, or tell its holder what changed.

    Raises:
        NotFound: no such camera or job.
        Disabled, JobOver: the message may die.
        OldGeneration: another message is the camera's.
        Superseded: the asker does not hold it any more.
        Conflict: several take it at once, again and again.
    """
    if ask.job_id is not None:
        return _job(desk, camera_id, ask.job_id, ask.worker)
    try:
        return retrying(ATTEMPTS, lambda: _taken(desk, fleet, camera_id, ask))
    except CommitConflict as error:
        raise Conflict from error


def _taken(desk: Desk, fleet: str, camera_id: str, ask: TakeOver) -> CameraConfig:
    camera = desk.camera(camera_id)
    if not camera.enabled:
        raise Disabled
    lease = desk.store.leases([camera_id]).get(camera_id)
    if ask.held_epoch is not None:
        if lease is None or (lease.epoch, lease.worker) != (ask.held_epoch, ask.worker):
            raise Superseded
        return config(desk, camera, lease.epoch)
    if ask.generation != camera.generation:
        raise OldGeneration(current=camera.generation)
    if lease is None:
        after = Lease(
            camera_id=camera_id, epoch=1, worker=ask.worker, fleet=fleet,
            generation=ask.generation, taken_at=desk.now,
        )  # fmt: skip
    else:
        after = lease.taken(ask.worker, fleet, ask.generation, desk.now)
    desk.store.commit([Check("CAMERAS", camera_id, camera.version), Store.put_lease(after)])
    return config(desk, camera, after.epoch)


def config(desk: Desk, camera: Camera, epoch: int) -> CameraConfig:
    """All that a worker needs to watch a camera. Faces only while their legal basis lasts."""
    rules = rules_of(desk, camera)
    return CameraConfig(
        camera_id=camera.id,
        config_version=camera.config_version + lists_version(desk),
        epoch=epoch,
        source=unseal(desk.secret, SEALED_FOR, camera.sealed).decode(),
        place=(camera.lat, camera.lon),
        sample_fps=camera.sample_fps,
        sampling=camera.sampling,
        model=camera.model,
        rules=rules,
        read_plates=camera.read_plates,
        faces=camera.faces and faces.basis_now(desk) is not None,
        simulated=camera.simulated,
        calendar=days_around(desk, rules, desk.now),
    )


def days_around(desk: Desk, rules: Sequence[Rule], at: datetime) -> WorkingCalendar | None:
    """Which days are worked around a moment, if the hours of a rule depend on it."""
    if all(hours.on_days_off for rule in rules for hours in rule.hours):
        return None
    try:
        return desk.city().calendar.between(local_date(at - AROUND), local_date(at + AROUND))
    except CalendarNotCovered:
        return None  # the worker takes Saturdays and Sundays as off


def lists_version(desk: Desk) -> int:
    """What all lists add to the number of each camera's configuration, whether it reads them or
    not: a camera that ceases to read one must not get a lower number, or no worker would renew."""
    return desk.store.watched().version + faces.version(desk)


def rules_of(desk: Desk, camera: Camera) -> tuple[Rule, ...]:
    """The rules in force, with the plates and faces that are looked for where that is allowed."""
    listed = tuple(r for r in camera.rules if r.valid_until is None or r.valid_until > desk.now)
    if (likenesses := faces.rule_of(desk, camera)) is not None:
        listed = (*listed, likenesses)
    watched = desk.store.watched()
    if not (camera.read_plates and watched.plate_hashes):
        return listed
    looked_for = WatchList(
        rule_id=WATCH_LIST, version=max(1, watched.version), name_vi=WATCH_NAME.vi,
        name_en=WATCH_NAME.en, valid_from=desk.now, plate_hashes=watched.plate_hashes,
        salt=watched.salt,
    )  # fmt: skip
    return (*listed, looked_for)


def _job(desk: Desk, camera_id: str, job_id: str, worker: str) -> CameraConfig:
    """A recording's configuration; the camera's own epoch is left alone."""
    job = desk.store.job(job_id)
    if job is None or job.camera_id != camera_id:
        raise NotFound(what="việc / job")
    if job.state in ("done", "failed"):
        raise JobOver
    camera = desk.camera(camera_id)
    taken, write = Store.put_job(job.model_copy(update={"state": "running", "worker": worker}))
    try:
        desk.store.commit([write])
    except CommitConflict as error:
        raise Conflict from error
    return CameraConfig(
        camera_id=camera_id, config_version=camera.config_version, epoch=taken.version,
        source=job.recording_key, place=(camera.lat, camera.lon), sample_fps=camera.sample_fps,
        sampling="steady", model=camera.model, rules=job.rules,
        read_plates=camera.read_plates or job.search_id is not None,
        simulated=camera.simulated, calendar=days_around(desk, job.rules, job.recorded_from),
    )  # fmt: skip


def report(desk: Desk, fleet: str, worker: str, told: HealthReport) -> Orders:
    """Keep what a worker says of its cameras; tell it which to let go and which have changed.

    Raises:
        Invalid: it reports under another name.
    """
    if told.worker != worker:
        raise invalid("worker", "Tên máy không khớp đường dẫn.", "Not the worker of this address.")
    ids = [each.camera_id for each in told.cameras]
    cameras, leases = desk.store.cameras(ids), desk.store.leases(ids)
    lists = lists_version(desk)
    drop: list[str] = []
    renew: list[str] = []
    kept: list[CameraHealth] = []
    for each in told.cameras:
        camera, lease = cameras.get(each.camera_id), leases.get(each.camera_id)
        holds = lease is not None and (lease.epoch, lease.worker) == (each.epoch, worker)
        if camera is None or not camera.enabled or not holds:
            drop.append(each.camera_id)
            continue
        kept.append(_plain(each))
        if each.config_version < camera.config_version + lists:
            renew.append(each.camera_id)
    _keep(desk, fleet, told, kept)
    for job in told.jobs:
        _progress(desk, worker, job)
    return Orders(drop=tuple(drop), renew=tuple(renew))


def _plain(health: CameraHealth) -> CameraHealth:
    """A worker names no other camera's picture, and says why in few words."""
    own = health.thumbnail_key == f"thumbnails/{health.camera_id}.jpg"
    return health.model_copy(
        update={
            "thumbnail_key": health.thumbnail_key if own else None,
            "reason": health.reason[:200] if health.reason else None,
        }
    )


def _keep(desk: Desk, fleet: str, told: HealthReport, kept: Sequence[CameraHealth]) -> None:
    for first in range(0, len(kept), A_COMMIT):
        heard = [
            Heard(health=each, worker=told.worker, at=desk.now)
            for each in kept[first : first + A_COMMIT]
        ]
        desk.store.commit([Put(Row("HEALTH", each.health.camera_id, doc(each))) for each in heard])
    about = told.model_dump(mode="json", exclude={"cameras", "jobs", "at"})
    about |= {"fleet": fleet, "cameras": len(kept), "at": desk.now.isoformat()}
    ttl = until(desk.now, timedelta(days=1))
    desk.store.commit([Put(Row("WORKERS", told.worker, about, ttl=ttl))])


def _progress(desk: Desk, worker: str, told: JobHealth) -> None:
    """How far a recording is. Its end is final; a late word about it changes nothing."""
    job: Job | None = desk.store.job(told.job_id)
    if job is None or job.state in ("done", "failed") or job.worker not in (None, worker):
        return
    changed = job.model_copy(
        update={
            "state": told.state, "frames": told.frames, "watched_until": told.watched_until,
            "reason": told.reason[:200] if told.reason else None,
        }
    )  # fmt: skip
    over = told.state in ("done", "failed") and job.search_id is not None
    try:
        desk.outbox.commit([Store.put_job(changed)[1]], [_searched(desk, changed)] if over else [])
    except CommitConflict:
        return  # the next report says it again


def _searched(desk: Desk, job: Job) -> tuple[str, RecordingSearched, datetime]:
    """What is told when a recording was looked through."""
    told = RecordingSearched(
        search_id=str(job.search_id), camera_id=job.camera_id, found=job.found,
        frames=job.frames, failed=job.state == "failed", at=desk.now,
    )  # fmt: skip
    return derived_id(job.at, job.id, "searched"), told, desk.now
