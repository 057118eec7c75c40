"""Triggers of the unit `violations`."""

from city.adapters import acts
from city.adapters.blob import PrivateObjects
from city.adapters.gateways import GatewayKeys, new_secret
from city.adapters.http import Reply, Request, Unit
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.contracts.cameras import (
    DetectionMade,
    EvidenceCame,
    FacesBasisRecorded,
    RecordingSearched,
)
from city.contracts.envelope import CloudEvent
from city.contracts.privacy import PersonalDataRequested
from city.contracts.violations import ViolationJudged
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.kernel.problems import NotFound
from city.violations import (
    custody,
    face_models,
    face_search,
    holding,
    intake,
    pack,
    precision,
    retention,
    reviewing,
    search_chain,
    search_models,
    searches,
    views,
)
from city.violations import view_models as models
from city.violations.desk import Desk
from city.violations.store import Store

app = Unit("violations")
events = app.events
PRIVATE = {"Cache-Control": "private, no-store"}
BRIEFLY = {"Cache-Control": "public, max-age=60"}


def desk() -> Desk:
    """Everything the use cases need, in this process, now."""
    return Desk(
        store=Store(table("violations")),
        outbox=outbox("violations"),
        evidence=PrivateObjects(settings().evidence_bucket),
        packs=PrivateObjects(settings().exports_bucket),
        agency=lambda id_: reference().agency(id_),
        secret=settings().token_secret,
        now=utc_now(),
        new_id=new_id,
    )


@app.get("/v1/violations", shape=Page[models.Card])
def listing(query: models.QueueQuery) -> Reply:
    """What waits for review, the most severe and oldest first; or judged cases of a month."""
    return Reply(views.listing(desk(), query), headers=PRIVATE)


@app.get("/v1/violations/choices")
def choices() -> models.Choices:
    """Reasons, outcomes, purposes and states with their names."""
    return views.choices()


@app.get("/v1/violations/statistics", shape=models.Figures)
def statistics() -> Reply:
    """How many detections, confirmed, denied and transferred cases, in all and by year."""
    return Reply(views.figures(desk()), headers=BRIEFLY)


@app.get("/v1/violations/handed", shape=Page[models.Card])
def handed(query: PageQuery, who: Principal) -> Reply:
    """Cases that were handed to one's own agency."""
    if not who.unit:
        raise NotFound(what="cơ quan / agency")
    return Reply(views.handed(desk(), who.unit, query), headers=PRIVATE)


@app.post("/v1/violations/next", idempotent=False, shape=models.Cases)
def next_ones(body: reviewing.Next, who: Principal) -> Reply:
    """Claim the next cases (one to judge, others to load ahead): ten minutes are yours alone."""
    at = desk()
    found = reviewing.next_ones(at, body, who)
    return Reply(models.Cases(items=[views.one(at, each, who) for each in found]), headers=PRIVATE)


@app.get("/v1/violations/precision", shape=Page[precision.Precision])
def precision_table(query: precision.PrecisionQuery) -> Reply:
    """How often each rule at each camera is right, with Wilson's interval and proposals."""
    return Reply(precision.table(desk(), query), headers=PRIVATE)


@app.post("/v1/violations/precision/{camera_id}/{rule_id}/{number}/accept")
def accept(
    camera_id: str, rule_id: str, number: str, body: precision.Accept, who: Principal
) -> precision.Precision:
    """Take another threshold over: it becomes the rule's next version."""
    if not number.isdigit():
        raise NotFound(what="quy tắc / rule")
    return precision.accept(desk(), camera_id, rule_id, int(number), body, who)


@app.get("/v1/violations/searches", shape=Page[search_models.SearchView])
def search_list(query: PageQuery) -> Reply:
    """Searches under warrant, newest first."""
    return Reply(searches.listing(desk(), query), headers=PRIVATE)


@app.post("/v1/violations/searches", status=201)
def ask_search(body: search_models.NewSearch, who: Principal) -> search_models.SearchView:
    """Ask for a search, with purpose and warrant; a second person must release it."""
    return searches.ask(desk(), body, who)


@app.get("/v1/violations/searches/{id}", shape=search_models.SearchView)
def search(id: str) -> Reply:  # noqa: A002 - the path's own word
    """One search."""
    at = desk()
    return Reply(searches.view(at, search_chain.found(at, id)), headers=PRIVATE)


@app.post("/v1/violations/searches/{id}/decide")
def decide_search(
    id: str,  # noqa: A002
    body: search_models.Decision,
    who: Principal,
) -> search_models.SearchView:
    """Release or refuse a search; never one's own."""
    return searches.decide(desk(), id, body, who)


@app.post("/v1/violations/searches/{id}/end")
def end_search(id: str, who: Principal) -> search_models.SearchView:  # noqa: A002
    """End a search before its time."""
    return searches.end(desk(), id, who)


@app.post("/v1/violations/searches/{id}/results", idempotent=False, shape=search_models.Results)
def search_results(id: str, body: PageQuery, who: Principal) -> Reply:  # noqa: A002
    """Look through the past for the plates of a released search; the look is written down."""
    return Reply(searches.results(desk(), id, body, who), headers=PRIVATE)


@app.get("/v1/violations/searches/{id}/audit", shape=custody.Custody)
def search_audit(id: str, query: PageQuery) -> Reply:  # noqa: A002
    """Everything that was done with a search, hash-chained: every hit and every miss."""
    at = desk()
    search_chain.found(at, id)
    return Reply(custody.chain(at, f"SEARCH#{id}", query), headers=PRIVATE)


@app.get("/v1/violations/searches/{id}/photo", shape=face_models.ReferencePhoto)
def search_photo(id: str, who: Principal) -> Reply:  # noqa: A002
    """The photo that a face is searched with; who looks is written down first."""
    return Reply(face_search.photo(desk(), id, who), headers=PRIVATE)


@app.get("/v1/violations/searches/{id}/hits", shape=face_models.FaceHits)
def search_hits(id: str, query: PageQuery, who: Principal) -> Reply:  # noqa: A002
    """Likenesses that cameras saw: candidates for a person's judgment; the look is written down."""
    return Reply(face_search.hits(desk(), id, query, who), headers=PRIVATE)


def _keys() -> GatewayKeys:
    return GatewayKeys("violations", table("violations"), settings().token_secret)


def _enroller(request: Request) -> str:
    return _keys().verify(request.headers.get("x-api-key", ""), utc_now())


@app.post("/v1/violations/faces/next", idempotent=False, shape=face_models.ToEnrolList)
def next_photo(request: Request) -> Reply:
    """The next released photo that has no vector (X-API-Key of the enroller), at most one."""
    return Reply(face_search.next_photo(desk(), _enroller(request)), headers=PRIVATE)


@app.post("/v1/violations/faces/{id}/vector", status=204, idempotent=False)
def enrol(id: str, body: face_models.Enrolled, request: Request) -> Reply:  # noqa: A002
    """The vector of a released photo (X-API-Key of the enroller), or why there is none."""
    face_search.enrol(desk(), id, body, _enroller(request))
    return Reply(status=204)


@app.post("/v1/violations/faces/enrollers/{name}/key", status=201, idempotent=False)
def new_enroller_key(name: str) -> face_models.EnrollerKey:
    """Give an enroller a new key; the old one is good for another week."""
    if not name.replace("-", "").isalnum() or len(name) > 40:
        raise NotFound(what="máy lập véc-tơ / enroller")
    return face_models.EnrollerKey(key=_keys().replace(name, new_secret(), utc_now()))


@app.delete("/v1/violations/faces/enrollers/{name}/key", status=204)
def revoke_enroller_key(name: str) -> Reply:
    """End all keys of an enroller at once."""
    _keys().revoke(name, utc_now())
    return Reply(status=204)


@app.get("/v1/violations/{id}", shape=models.CaseView)
def show(id: str, who: Principal) -> Reply:  # noqa: A002
    """One case, without its files."""
    at = desk()
    violation = at.violation(id)
    at.require(who, "violations:show", violation)
    return Reply(views.one(at, violation, who), headers=PRIVATE)


@app.post("/v1/violations/{id}/claim")
def claim(id: str, who: Principal) -> models.CaseView:  # noqa: A002
    """Look at a case: for ten minutes nobody else may judge it."""
    at = desk()
    return views.one(at, reviewing.claim(at, id, who), who)


@app.post("/v1/violations/{id}/release")
def release(id: str, who: Principal) -> models.CaseView:  # noqa: A002
    """Give a case back unjudged."""
    at = desk()
    return views.one(at, reviewing.release(at, id, who), who)


@app.get("/v1/violations/{id}/evidence", shape=custody.Evidence)
def evidence(id: str, who: Principal) -> Reply:  # noqa: A002
    """Stills and clip by addresses good for five minutes; who asks is written down first."""
    return Reply(custody.evidence(desk(), id, who), headers=PRIVATE)


@app.get("/v1/violations/{id}/custody", shape=custody.Custody)
def custody_of(id: str, query: PageQuery) -> Reply:  # noqa: A002
    """The chain of custody: every step, every look, and whether the chain holds."""
    at = desk()
    at.violation(id)
    return Reply(custody.chain(at, f"V#{id}", query), headers=PRIVATE)


@app.post("/v1/violations/{id}/actions/{action}")
def act(id: str, action: str, body: models.Action, who: Principal) -> models.CaseView:  # noqa: A002
    """Confirm, deny with a reason, transfer, or note the authority's outcome."""
    at = desk()
    note(violation_id=id, action=action)
    return views.one(at, reviewing.act(at, id, action, dict(body.root), who), who)


@app.get("/v1/violations/{id}/pack", shape=pack.PackView)
def evidence_pack(id: str, who: Principal) -> Reply:  # noqa: A002
    """The evidence pack (PDF, clip, stills, manifest) by an address good for five minutes."""
    return Reply(pack.give(desk(), id, who), headers=PRIVATE)


@app.listen(DetectionMade)
def on_detection(event: DetectionMade, _: CloudEvent) -> None:
    """A camera's detection was taken in."""
    note(violation_id=event.incident_id, kind=event.detection.kind)
    note(fresh=intake.take(desk(), event))


@app.listen(EvidenceCame)
def on_evidence(event: EvidenceCame, _: CloudEvent) -> None:
    """The evidence of a detection came."""
    note(violation_id=event.incident_id, fresh=intake.join(desk(), event))


@app.listen(RecordingSearched)
def on_searched(event: RecordingSearched, _: CloudEvent) -> None:
    """A plate was seen in a recording, or its end was reached."""
    note(search_id=event.search_id, fresh=searches.searched(desk(), event))


@app.listen(FacesBasisRecorded)
def on_basis(event: FacesBasisRecorded, _: CloudEvent) -> None:
    """The legal basis of searching faces was recorded."""
    note(version=event.version, taken=face_search.take_basis(desk(), event))


@app.listen(ViolationJudged)
def on_judged(event: ViolationJudged, _: CloudEvent) -> None:
    """A case was handed over: its pack is made."""
    if event.step == "transferred":
        made = pack.keep(desk(), event.violation_id)
        note(violation_id=event.violation_id, bytes=len(made.data))


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    acts.hand_over(asked, "violations", holding.LAW)


@app.every(minutes=10)
def sweep() -> None:
    """Remove evidence whose time is over, and end searches whose time is over."""
    at = desk()
    note(erased=retention.sweep(at), ended=searches.tend(at))
