"""The wall, a camera, its rules and jobs. Whoever gets a picture is written down."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from city.adapters.sealed import unseal
from city.adapters.table import everything
from city.cameras import view_models as models
from city.cameras.desk import SEALED_FOR, Desk
from city.cameras.model import KIND_NAMES, Camera, Heard, Job, Lease, RuleVersion, wall_state
from city.contracts.cameras import Detection
from city.kernel import policy
from city.kernel.ids import derived_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import NotFound

STILL_S = 120
LOOK_EVERY_S = 300
WORKERS_BOUND = 1_000
SILENT_SHOWN = 20


def wall(desk: Desk, query: models.WallQuery, who: Principal) -> Page[models.CameraCard]:
    """Cameras in order of their ids."""
    heard, today = desk.store.heard(), desk.store.counts(desk.now)
    after = str(decode_cursor(query.cursor).get("a", ""))
    fitting = [
        camera
        for id_, camera in sorted(desk.store.cameras().items())
        if id_ > after and _fits(camera, heard.get(id_), query, desk.now)
    ]
    shown = fitting[: query.limit]
    stills: dict[str, models.Still] = {}
    if query.pictures and policy.allows(who, "cameras:still", Resource(), desk.now):
        stills = _stills(desk, shown, heard, who)
    cards = [
        _card(desk, each, heard.get(each.id), today.get(each.id, {}), stills.get(each.id))
        for each in shown
    ]
    more = encode_cursor({"a": shown[-1].id}) if len(fitting) > len(shown) else None
    return Page(items=cards, next_cursor=more)


def _fits(camera: Camera, heard: Heard | None, query: models.WallQuery, now: datetime) -> bool:
    words = (query.q or "").casefold()
    named = f"{camera.id} {camera.name.vi} {camera.name.en}".casefold()
    return (
        (query.kind is None or camera.kind is query.kind)
        and (query.ward is None or camera.ward == query.ward)
        and (query.state is None or wall_state(camera, heard, now) == query.state)
        and words in named
    )


def _card(
    desk: Desk,
    camera: Camera,
    heard: Heard | None,
    today: dict[str, int],
    still: models.Still | None,
) -> models.CameraCard:
    health = heard.health if heard else None
    return models.CameraCard(
        id=camera.id, name=camera.name, kind=camera.kind, kind_name=KIND_NAMES[camera.kind],
        lat=camera.lat, lon=camera.lon, ward=camera.ward, enabled=camera.enabled,
        state=wall_state(camera, heard, desk.now),
        last_frame_at=health.last_frame_at if health else None,
        heard_at=heard.at if heard else None,
        fps=health.fps if health else 0.0,
        sampled=health.sampled if health else 0,
        dropped=health.dropped if health else 0,
        reconnects=health.reconnects if health else 0,
        drift_s=health.drift_s if health else 0.0,
        worker=heard.worker if heard else None,
        reason=health.reason if health else None,
        rules=len(camera.rules), read_plates=camera.read_plates, faces=camera.faces,
        simulated=camera.simulated, demo=camera.demo, today=today, still=still,
    )  # fmt: skip


def _stills(
    desk: Desk, cameras: Sequence[Camera], heard: dict[str, Heard], who: Principal
) -> dict[str, models.Still]:
    """Addresses of the last stills, once it is written down who looks."""
    keys = {
        each.id: key
        for each in cameras
        if (word := heard.get(each.id)) and (key := word.health.thumbnail_key)
    }
    if not keys:
        return {}
    looked(desk, who, "wall", sorted(keys))
    until = desk.now + timedelta(seconds=STILL_S)
    return {
        id_: models.Still(url=desk.pictures.address(key, STILL_S), expires_at=until)
        for id_, key in keys.items()
    }


def looked(desk: Desk, who: Principal, what: str, cameras: Sequence[str]) -> None:
    """Write down who looks at which pictures: a line in five minutes for the same ones."""
    slot = desk.now - timedelta(seconds=desk.now.timestamp() % LOOK_EVERY_S)
    slot = slot.replace(microsecond=0)
    role = min(who.roles - {"citizen"}, default="citizen")
    told = {"by": who.user_id, "role": role, "what": what, "cameras": list(cameras)}
    desk.store.look(slot, derived_id(slot, who.user_id, what, *cameras), told)


def one(desk: Desk, camera_id: str) -> models.CameraView:
    """A camera with its settings and rules.

    Raises:
        NotFound: there is none.
    """
    camera = desk.camera(camera_id)
    heard = desk.store.heard([camera_id]).get(camera_id)
    lease: Lease | None = desk.store.leases([camera_id]).get(camera_id)
    today = desk.store.counts(desk.now).get(camera_id, {})
    source = unseal(desk.secret, SEALED_FOR, camera.sealed).decode()
    card = _card(desk, camera, heard, today, None)
    return models.CameraView(
        **card.model_dump(),
        sample_fps=camera.sample_fps, sampling=camera.sampling, model=camera.model,
        generation=camera.generation, config_version=camera.config_version,
        epoch=lease.epoch if lease else None, taken_at=lease.taken_at if lease else None,
        source_kind=source.partition(":")[0] if ":" in source else "recording",
        live_rules=camera.rules, version=camera.version,
    )  # fmt: skip


def still(desk: Desk, camera_id: str, who: Principal) -> models.Still:
    """The address of a camera's last still; the look is written down.

    Raises:
        NotFound: there is no camera, or no still of it.
    """
    camera = desk.camera(camera_id)
    found = _stills(desk, [camera], desk.store.heard([camera_id]), who)
    if camera_id not in found:
        raise NotFound(what="ảnh / still")
    return found[camera_id]


def rules(desk: Desk, camera_id: str, query: PageQuery) -> Page[models.RuleView]:
    """Every version of a camera's rules, by rule.

    Raises:
        NotFound: no such camera.
    """
    desk.camera(camera_id)
    after = decode_cursor(query.cursor).get("a")
    found, more = desk.store.rules(camera_id, after, query.limit)
    items = [rule_view(desk, each) for each in found]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def rule_view(desk: Desk, version: RuleVersion) -> models.RuleView:
    """One version, with how its trial stands."""
    job = desk.store.job(version.job_id) if version.job_id else None
    told = version.model_dump(exclude={"camera_id", "version", "rule"})
    return models.RuleView(**told, rule=version.rule, tried=job.state if job else None)


def jobs(desk: Desk, camera_id: str) -> Page[models.JobView]:
    """A camera's newest jobs.

    Raises:
        NotFound: no such camera.
    """
    desk.camera(camera_id)
    return Page(items=[_job(each, [], None) for each in desk.store.jobs(camera_id, 20)])


def job(desk: Desk, camera_id: str, job_id: str, query: PageQuery) -> models.JobView:
    """A job with what it caught, in the recording's order.

    Raises:
        NotFound: no such job.
    """
    found = desk.store.job(job_id)
    if found is None or found.camera_id != camera_id:
        raise NotFound(what="việc / job")
    after = decode_cursor(query.cursor).get("a")
    rows, more = desk.store.table.query(
        f"JOB#{job_id}", prefix="D#", after=after, limit=query.limit
    )
    caught = [Detection.model_validate(row.doc) for row in rows]
    return _job(found, caught, encode_cursor({"a": more}) if more else None)


def _job(found: Job, caught: list[Detection], cursor: str | None) -> models.JobView:
    told = found.model_dump(exclude={"recording_key", "worker", "version", "rules"})
    return models.JobView(**told, rules=found.rules, caught=caught, next_cursor=cursor)


def summary(desk: Desk) -> models.Summary:
    """The wall in numbers."""
    cameras, heard = desk.store.cameras(), desk.store.heard()
    states = Counter(wall_state(each, heard.get(id_), desk.now) for id_, each in cameras.items())
    today: Counter[str] = Counter()
    for counts in desk.store.counts(desk.now).values():
        today.update(counts)
    rows = everything(desk.store.table, "WORKERS", bound=WORKERS_BOUND)
    fresh = desk.now - timedelta(minutes=5)
    workers = [models.WorkerView.model_validate(row.doc) for row in rows]
    told = desk.store.times("SILENT")
    silent = sorted((at, id_) for id_, at in told.items() if id_ in cameras)
    return models.Summary(
        cameras=len(cameras), by_state=dict(states),
        by_kind=dict(Counter(each.kind.value for each in cameras.values())),
        today=dict(today), waiting=desk.assignments.waiting(),
        workers=[each for each in workers if each.at >= fresh],
        silent=[
            models.SilentCamera(id=id_, name=cameras[id_].name, told_at=at)
            for at, id_ in silent[:SILENT_SHOWN]
        ],
        silent_in_all=len(silent), at=desk.now,
    )  # fmt: skip


def looks(desk: Desk, query: models.LooksQuery) -> Page[models.Look]:
    """Who looked at pictures in a month, newest first."""
    after = decode_cursor(query.cursor).get("a")
    rows, more = desk.store.looks(query.month or f"{desk.now:%Y%m}", after, query.limit)
    items = [models.Look(at=row.sk.partition("#")[0], **row.doc) for row in rows]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)
