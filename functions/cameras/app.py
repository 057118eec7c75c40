"""Triggers of the unit `cameras`."""

from typing import Any

from city.adapters import acts
from city.adapters.blob import PrivateObjects
from city.adapters.gateways import GatewayKeys, new_secret
from city.adapters.http import Reply, Request, Unit
from city.adapters.queue import Queue
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.cameras import (
    detectors,
    faces,
    intake,
    registry,
    rules,
    signals,
    tending,
    views,
    workers,
)
from city.cameras import view_models as models
from city.cameras.desk import Desk
from city.cameras.model import FacesBasis, FacesBasisNow
from city.cameras.store import Store
from city.contracts.cameras import CameraConfig, Detection, HealthReport, Orders, TakeOver
from city.contracts.envelope import CloudEvent
from city.contracts.privacy import PersonalDataRequested
from city.contracts.signals import PhaseReport, SignalHeads
from city.contracts.violations import (
    FaceListChanged,
    RecordingSearchReleased,
    ThresholdAccepted,
    WatchListChanged,
)
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.kernel.problems import NotFound

app = Unit("cameras")
events = app.events
PRIVATE = {"Cache-Control": "private, no-store"}


def desk() -> Desk:
    """Everything the use cases need, in this process, now."""
    return Desk(
        store=Store(table("cameras")),
        outbox=outbox("cameras"),
        assignments=Queue("camera-assignments"),
        readings=Queue("sensing-readings"),
        pictures=PrivateObjects(settings().evidence_bucket),
        secret=settings().token_secret,
        now=utc_now(),
        new_id=new_id,
        city=reference,
    )


def _keys() -> GatewayKeys:
    return GatewayKeys("cameras", table("cameras"), settings().token_secret)


def _gateways() -> GatewayKeys:
    """Controllers' gateways: on a shelf of their own, so that none of them is a fleet."""
    secret = settings().token_secret
    return GatewayKeys("signals", table("cameras"), secret, shelf="SIGNALKEY")


def _fleet(request: Request) -> str:
    return _keys().verify(request.headers.get("x-api-key", ""), utc_now())


@app.post("/v1/camera-workers/cameras/{camera_id}/lease", idempotent=False, shape=CameraConfig)
def lease(camera_id: str, body: TakeOver, request: Request) -> Reply:
    """Take a camera over (X-API-Key of the fleet): its configuration under the next epoch."""
    fleet = _fleet(request)
    note(fleet=fleet, camera_id=camera_id)
    return Reply(workers.take_over(desk(), fleet, camera_id, body), headers=PRIVATE)


@app.post("/v1/camera-workers/{worker}/health", idempotent=False)
def health(worker: str, body: HealthReport, request: Request) -> Orders:
    """Report on cameras and jobs; the answer says which to let go and which have changed."""
    fleet = _fleet(request)
    orders = workers.report(desk(), fleet, worker, body)
    note(fleet=fleet, cameras=len(body.cameras), dropped=len(orders.drop))
    return orders


@app.post("/v1/camera-workers/fleets/{fleet}/key", status=201, idempotent=False)
def new_key(fleet: str) -> models.NewKey:
    """Give a fleet of workers a new key; the old one is good for another week."""
    if not fleet.replace("-", "").isalnum() or len(fleet) > 40:
        raise NotFound(what="nhóm máy / fleet")
    return models.NewKey(key=_keys().replace(fleet, new_secret(), utc_now()))


@app.delete("/v1/camera-workers/fleets/{fleet}/key", status=204)
def revoke_key(fleet: str) -> Reply:
    """End all keys of a fleet at once."""
    _keys().revoke(fleet, utc_now())
    return Reply(status=204)


@app.get("/v1/camera-workers/signals", shape=SignalHeads)
def phases(query: signals.HeadsQuery, request: Request) -> Reply:
    """What signal heads showed in the last two minutes (X-API-Key of the fleet)."""
    _fleet(request)
    return Reply(signals.heads(desk(), query.heads), headers=PRIVATE)


@app.post("/v1/signals/{id}/phases", idempotent=False)
def report_phases(id: str, body: PhaseReport, request: Request) -> signals.PhasesTaken:  # noqa: A002
    """Tell what a controller's signal groups show (X-API-Key of its gateway), every second."""
    gateway = _gateways().verify(request.headers.get("x-api-key", ""), utc_now())
    taken = signals.take(desk(), gateway, id, body)
    note(controller=id, changed=taken.changed, lag_s=taken.lag_s)
    return taken


@app.get("/v1/signals", shape=Page[signals.SignalView])
def signal_list(query: PageQuery) -> Reply:
    """Traffic signal controllers and what their heads show."""
    return Reply(signals.views(desk(), query), headers=PRIVATE)


@app.get("/v1/signals/{id}", shape=signals.SignalView)
def signal(id: str) -> Reply:  # noqa: A002
    """One controller, when it was heard of, and what its heads show."""
    return Reply(signals.view(desk(), id), headers=PRIVATE)


@app.put("/v1/signals/{id}")
def set_signal(id: str, body: signals.NewSignal) -> signals.SignalView:  # noqa: A002
    """Register a traffic signal controller, or change its settings."""
    return signals.register(desk(), id, body)


@app.post("/v1/signals/gateways/{gateway}/key", status=201, idempotent=False)
def new_signal_key(gateway: str) -> models.NewKey:
    """Give a gateway of controllers a new key; the old one is good for another week."""
    if not gateway.replace("-", "").isalnum() or len(gateway) > 40:
        raise NotFound(what="cổng / gateway")
    return models.NewKey(key=_gateways().replace(gateway, new_secret(), utc_now()))


@app.delete("/v1/signals/gateways/{gateway}/key", status=204)
def revoke_signal_key(gateway: str) -> Reply:
    """End all keys of a gateway at once."""
    _gateways().revoke(gateway, utc_now())
    return Reply(status=204)


@app.get("/v1/cameras", shape=Page[models.CameraCard])
def listing(query: models.WallQuery, who: Principal) -> Reply:
    """The wall: cameras with their states; with `pictures` the look is written down."""
    return Reply(views.wall(desk(), query, who), headers=PRIVATE)


@app.post("/v1/cameras", status=201)
def register(body: registry.NewCamera) -> models.CameraView:
    """Register a camera; it starts switched off, its source is kept sealed."""
    at = desk()
    return views.one(at, registry.register(at, body).id)


@app.get("/v1/cameras/summary", shape=models.Summary)
def summary() -> Reply:
    """The wall in numbers, with the workers heard of in the last five minutes."""
    return Reply(views.summary(desk()), headers=PRIVATE)


@app.get("/v1/cameras/models", shape=Page[detectors.DetectorView])
def model_list(query: PageQuery) -> Reply:
    """The detectors that a camera may be watched with."""
    return Reply(detectors.listing(desk(), query), headers=PRIVATE)


@app.get("/v1/cameras/looks", shape=Page[models.Look])
def looks(query: models.LooksQuery) -> Reply:
    """Who looked at pictures, newest first."""
    return Reply(views.looks(desk(), query), headers=PRIVATE)


@app.get("/v1/cameras/faces-basis", shape=FacesBasisNow)
def faces_basis() -> Reply:
    """The legal basis of searching faces, if one is in force."""
    return Reply(FacesBasisNow(in_force=faces.basis_now(desk())), headers=PRIVATE)


@app.put("/v1/cameras/faces-basis")
def set_faces_basis(body: FacesBasis, who: Principal) -> FacesBasis:
    """Record the legal basis of searching faces."""
    return faces.record(desk(), body, who)


@app.get("/v1/cameras/{id}", shape=models.CameraView)
def show(id: str) -> Reply:  # noqa: A002 - the path's own word
    """One camera with its settings and rules in force."""
    return Reply(views.one(desk(), id), headers=PRIVATE)


@app.patch("/v1/cameras/{id}")
def change(id: str, body: registry.CameraChange) -> models.CameraView:  # noqa: A002
    """Change a camera's settings; faces need a legal basis in force."""
    at = desk()
    return views.one(at, registry.change(at, id, body).id)


@app.post("/v1/cameras/{id}/enable")
def enable(id: str) -> models.CameraView:  # noqa: A002
    """Switch a camera on: its message goes into the workers' queue."""
    at = desk()
    return views.one(at, registry.switch(at, id, "enable").id)


@app.post("/v1/cameras/{id}/disable")
def disable(id: str) -> models.CameraView:  # noqa: A002
    """Switch a camera off: its worker lets go with the next report."""
    at = desk()
    return views.one(at, registry.switch(at, id, "disable").id)


@app.get("/v1/cameras/{id}/still", shape=models.Still)
def still(id: str, who: Principal) -> Reply:  # noqa: A002
    """The address of the last still, good for two minutes; the look is written down."""
    return Reply(views.still(desk(), id, who), headers=PRIVATE)


@app.get("/v1/cameras/{id}/rules", shape=Page[models.RuleView])
def rule_list(id: str, query: PageQuery) -> Reply:  # noqa: A002
    """Every version of a camera's rules."""
    return Reply(views.rules(desk(), id, query), headers=PRIVATE)


@app.post("/v1/cameras/{id}/rules", status=201)
def draft_rule(id: str, body: rules.NewRule, who: Principal) -> models.RuleView:  # noqa: A002
    """Write the next version of a rule; it is a draft."""
    at = desk()
    return views.rule_view(at, rules.draft(at, id, body.root, who))


@app.post("/v1/cameras/{id}/rules/{rule_id}/{number}/trial", status=202)
def try_rule(
    id: str,  # noqa: A002
    rule_id: str,
    number: str,
    body: rules.Trial,
    who: Principal,
) -> models.JobView:
    """Try a version on a recording: what would it have caught?"""
    at = desk()
    made = rules.try_out(at, id, rule_id, _number(number), body, who)
    return views.job(at, id, made.id, PageQuery(cursor=None, limit=20))


@app.post("/v1/cameras/{id}/rules/{rule_id}/{number}/publish")
def publish_rule(id: str, rule_id: str, number: str, who: Principal) -> models.RuleView:  # noqa: A002
    """Let a tried version go live in place of the one before."""
    at = desk()
    return views.rule_view(at, rules.publish(at, id, rule_id, _number(number), who))


@app.post("/v1/cameras/{id}/rules/{rule_id}/{number}/retire")
def retire_rule(
    id: str,  # noqa: A002
    rule_id: str,
    number: str,
    body: rules.Note,
    who: Principal,
) -> models.RuleView:
    """End a version of a rule."""
    at = desk()
    return views.rule_view(at, rules.retire(at, id, rule_id, _number(number), body, who))


def _number(given: str) -> int:
    if not given.isdigit():
        raise NotFound(what="quy tắc / rule")
    return int(given)


@app.post("/v1/cameras/{id}/recordings", status=201, idempotent=False)
def recording(id: str, body: rules.NewRecording) -> rules.RecordingForm:  # noqa: A002
    """A form with which a recording is sent, to try rules on."""
    return rules.recording(desk(), id, body)


@app.get("/v1/cameras/{id}/jobs", shape=Page[models.JobView])
def job_list(id: str) -> Reply:  # noqa: A002
    """A camera's newest jobs."""
    return Reply(views.jobs(desk(), id), headers=PRIVATE)


@app.get("/v1/cameras/{id}/jobs/{job_id}", shape=models.JobView)
def job(id: str, job_id: str, query: PageQuery) -> Reply:  # noqa: A002
    """A job with what the rule would have caught."""
    return Reply(views.job(desk(), id, job_id, query), headers=PRIVATE)


@app.receive("camera-detections")
def receive(message: dict[str, Any]) -> None:
    """A worker saw something."""
    detection = Detection.model_validate(message)
    outcome = intake.take(desk(), detection)
    note(camera_id=detection.camera_id, rule=detection.rule_id, became=outcome)


@app.listen(WatchListChanged)
def on_watch_list(event: WatchListChanged, _: CloudEvent) -> None:
    """Other plates are looked for."""
    note(version=event.version, taken=rules.take_watch_list(desk(), event))


@app.listen(FaceListChanged)
def on_face_list(event: FaceListChanged, _: CloudEvent) -> None:
    """Other faces are looked for."""
    note(version=event.version, taken=faces.take_list(desk(), event))


@app.listen(RecordingSearchReleased)
def on_search(event: RecordingSearchReleased, _: CloudEvent) -> None:
    """A recording is to be looked through for plates."""
    note(search_id=event.search_id, sent=rules.take_search(desk(), event))


@app.listen(ThresholdAccepted)
def on_threshold(event: ThresholdAccepted, _: CloudEvent) -> None:
    """A person accepted another threshold for a rule."""
    made = rules.take_threshold(desk(), event)
    note(camera_id=event.camera_id, rule=event.rule_id, version=made.rule.version if made else None)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    acts.hand_over(asked, "cameras")


@app.every(minutes=1)
def tend() -> None:
    """Send lost messages again, and tell who is silent."""
    sent, told = tending.tend(desk())
    note(sent=sent, told=told)
