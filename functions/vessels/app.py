"""Triggers of the unit `vessels`."""

from typing import Any

from city.adapters.gateways import GatewayKeys, new_secret
from city.adapters.holder import handle
from city.adapters.http import Reply, Request, Unit
from city.adapters.parts import BucketParts
from city.adapters.queue import Queue, Sender
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.privacy import PersonalDataRequested
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.kernel.problems import NotFound, invalid
from city.vessels import (
    case_views,
    documents,
    following,
    handling,
    holding,
    intake,
    looking,
    recalls,
    sweeping,
    tracks,
    views,
)
from city.vessels import view_models as models
from city.vessels.desk import Desk
from city.vessels.model import Fix
from city.vessels.store import Store
from pydantic import BaseModel, RootModel

app = Unit("vessels")
events = app.events
PRIVATE = {"Cache-Control": "private, no-store"}
BRIEFLY = {"Cache-Control": "public, max-age=60"}
GEOJSON = "application/geo+json"
GPX = "application/gpx+xml"


class CaseAction(RootModel[dict[str, Any]]):
    """The fields of the action."""


class GatewayKey(BaseModel, frozen=True):
    """A gateway's new key; it is shown this once."""

    key: str


def positions_queue() -> Sender:
    """Where accepted positions wait."""
    return Queue("vessels-positions")


def desk() -> Desk:
    """Everything the use cases need, in this process, now."""
    now, held = utc_now(), table("vessels")
    return Desk(Store(held), outbox("vessels"), documents.book(held, now), now, new_id)


def _keys() -> GatewayKeys:
    return GatewayKeys("vessels", table("vessels"), settings().token_secret)


@app.post("/v1/vessel-positions/batch", status=202, idempotent=False, shape=intake.PositionReceipt)
def batch(body: intake.PositionBatch, request: Request) -> Reply:
    """Take in up to 500 positions of a gateway (X-API-Key): terminals' or AIS sentences."""
    at = desk()
    gateway = _keys().verify(request.headers.get("x-api-key", ""), at.now)
    told = intake.take(at.store, positions_queue(), at.book, gateway, body, at.now)
    note(gateway=gateway, accepted=told.accepted, rejected=told.rejected)
    return Reply(told, status=202)


@app.get("/v1/vessels", shape=Page[models.BoatCard])
def listing(query: models.FleetQuery, who: Principal) -> Reply:
    """Boats and their states, without positions."""
    return Reply(views.fleet(desk(), query, who), headers=PRIVATE)


@app.get("/v1/vessels/map", media_types=(GEOJSON,), shape=models.FeatureCollection)
def on_map(query: models.MapQuery, who: Principal) -> Reply:
    """Newest positions as GeoJSON; the purpose is kept with who looked."""
    drawn = views.on_map(desk(), query, who)
    return Reply(drawn, headers=PRIVATE, media_type=GEOJSON)


@app.get("/v1/vessels/zones", media_types=(GEOJSON,), shape=models.FeatureCollection)
def zones() -> Reply:
    """Lines and ports as GeoJSON, with their sources."""
    return Reply(views.zones(desk()), headers=BRIEFLY, media_type=GEOJSON)


@app.get("/v1/vessels/rules", shape=models.RulesView)
def rules() -> Reply:
    """Duties, limits, deadlines and fines as data, with their documents."""
    return Reply(views.rules(desk()), headers=BRIEFLY)


@app.get("/v1/statistics/vessels", shape=models.FleetFigures)
def statistics() -> Reply:
    """Counts of boats, cases and recalls."""
    return Reply(views.figures(desk()), headers=BRIEFLY)


@app.get("/v1/vessels/{id}", shape=models.BoatView)
def show(id: str, query: looking.PurposeQuery, who: Principal) -> Reply:  # noqa: A002
    """One boat with its position; its owner learns who looked."""
    return Reply(views.one(desk(), id, query, who), headers=PRIVATE)


def _track(action: str, boat_id: str, query: tracks.TrackQuery, who: Principal) -> tracks.Track:
    at = desk()
    boat = at.boat(boat_id)
    at.require(who, f"vessels:{action}", boat.account)
    looking.looked(at, boat, who, query.purpose, "vessel_track")
    return tracks.track(at, boat, query)


def _kept(found: tracks.Track) -> dict[str, str]:
    more = {"X-Next-Cursor": found.next_cursor} if found.next_cursor else {}
    return {**PRIVATE, "X-Track-SHA256": found.sha256, **more}


@app.get("/v1/vessels/{id}/track", shape=tracks.Track)
def track(id: str, query: tracks.TrackQuery, who: Principal) -> Reply:  # noqa: A002
    """A stretch of a boat's track."""
    found = _track("track", id, query, who)
    return Reply(found, headers=_kept(found))


@app.get("/v1/vessels/{id}/track.csv", media_types=("text/csv",))
def track_csv(id: str, query: tracks.TrackQuery, who: Principal) -> Reply:  # noqa: A002
    """The same as CSV; X-Next-Cursor goes on."""
    found = _track("track_csv", id, query, who)
    return Reply(tracks.as_csv(found), headers=_kept(found), media_type="text/csv; charset=utf-8")


@app.get("/v1/vessels/{id}/track.geojson", media_types=(GEOJSON,))
def track_geojson(id: str, query: tracks.TrackQuery, who: Principal) -> Reply:  # noqa: A002
    """The same as GeoJSON."""
    found = _track("track_geojson", id, query, who)
    return Reply(tracks.as_geojson(found), headers=_kept(found), media_type=GEOJSON)


@app.get("/v1/vessels/{id}/track.gpx", media_types=(GPX,))
def track_gpx(id: str, query: tracks.TrackQuery, who: Principal) -> Reply:  # noqa: A002
    """The same as GPX 1.1."""
    found = _track("track_gpx", id, query, who)
    return Reply(tracks.as_gpx(found), headers=_kept(found), media_type=GPX)


@app.post("/v1/vessels/{id}/reports", status=204)
def report(id: str, body: handling.BoatReport, who: Principal) -> Reply:  # noqa: A002
    """Note a report by radio, or that a boat left or entered a port."""
    handling.report(desk(), id, body, who)
    return Reply(status=204)


@app.get("/v1/me/vessels", shape=Page[models.MyBoat])
def mine(who: Principal) -> Reply:
    """One's own boats, with cases and recalls."""
    return Reply(views.mine(desk(), who), headers=PRIVATE)


@app.get("/v1/vessel-cases", shape=Page[models.CaseCard])
def cases(query: models.CasesQuery, who: Principal) -> Reply:
    """Cases, newest first."""
    return Reply(case_views.cases(desk(), query, who), headers=PRIVATE)


@app.get("/v1/vessel-cases/{id}", shape=models.CaseView)
def case(id: str, who: Principal) -> Reply:  # noqa: A002
    """One case with deadlines and what may be done."""
    shown = case_views.case_view(desk(), id, who)
    return Reply(shown, headers={**PRIVATE, "ETag": f'"{shown.version}"'})


@app.get("/v1/vessel-cases/{id}/timeline", shape=Page[models.StepView])
def timeline(id: str, query: PageQuery, who: Principal) -> Reply:  # noqa: A002
    """Every step of a case, hash-chained."""
    return Reply(case_views.timeline(desk(), id, query, who), headers=PRIVATE)


@app.post("/v1/vessel-cases/{id}/actions/{action}", shape=models.CaseView)
def act(
    id: str,  # noqa: A002
    action: str,
    body: CaseAction,
    who: Principal,
    request: Request,
) -> Reply:
    """Take a step of a case; a 409 says what is possible instead."""
    at = desk()
    note(case_id=id, action=action)
    handling.act(at, id, action, body.root, who, _version(request))
    shown = case_views.case_view(at, id, who)
    return Reply(shown, headers={**PRIVATE, "ETag": f'"{shown.version}"'})


def _version(request: Request) -> int | None:
    given = request.headers.get("if-match", "").strip().strip('"')
    if not given or given == "*":
        return None
    if not given.isdigit():
        raise invalid("If-Match", "If-Match phải là số phiên bản.", "If-Match must be a version.")
    return int(given)


@app.get("/v1/vessel-outages", shape=Page[models.OutageView])
def outages(query: PageQuery, who: Principal) -> Reply:
    """Providers whose boats fell silent together."""
    return Reply(views.outages(desk(), query, who), headers=PRIVATE)


@app.get("/v1/vessel-recalls", shape=Page[models.RecallView])
def recall_list(query: PageQuery, who: Principal) -> Reply:
    """Recalls, newest first, with how many boats answered."""
    return Reply(case_views.recall_list(desk(), query, who), headers=PRIVATE)


@app.post("/v1/vessel-recalls", status=201)
def recall(body: recalls.NewRecall, who: Principal) -> models.RecallView:
    """Call the boats of an area back."""
    at = desk()
    made = recalls.order(at, body, who)
    note(recall_id=made.id, boats=len(made.boats))
    return case_views.recall_view(at, made)


@app.get("/v1/vessel-recalls/{id}", shape=models.RecallView)
def recall_of(id: str, who: Principal) -> Reply:  # noqa: A002
    """One recall."""
    at = desk()
    at.require(who, "vessels:recall_of")
    return Reply(case_views.recall_view(at, recalls.found(at, id)), headers=PRIVATE)


@app.get("/v1/vessel-recalls/{id}/boats", shape=Page[models.CalledBoat])
def called(id: str, query: models.CalledQuery, who: Principal) -> Reply:  # noqa: A002
    """Boats that were called, with their answers or without."""
    return Reply(case_views.called(desk(), id, query, who), headers=PRIVATE)


@app.post("/v1/vessel-recalls/{id}/revise")
def revise(id: str, body: recalls.Revision, who: Principal) -> models.RecallView:  # noqa: A002
    """Change what a recall says; boats new in its area are called too."""
    at = desk()
    return case_views.recall_view(at, recalls.revise(at, id, body, who))


@app.post("/v1/vessel-recalls/{id}/cancel")
def withdraw(id: str, body: recalls.Withdrawal, who: Principal) -> models.RecallView:  # noqa: A002
    """Withdraw a recall; everybody who was called hears of it."""
    at = desk()
    return case_views.recall_view(at, recalls.cancel(at, id, body, who))


@app.post("/v1/vessel-recalls/{id}/answers")
def answer(id: str, body: recalls.NewAnswer, who: Principal) -> recalls.Answered:  # noqa: A002
    """Answer for one's boat, or note what a boat said by radio."""
    return recalls.answer(desk(), id, body, who)


@app.post("/v1/vessel-gateways/{gateway}/key", status=201, idempotent=False)
def new_key(gateway: str) -> GatewayKey:
    """Give a gateway a new key; the old one is good for another week."""
    at = desk()
    if gateway not in at.book.gateway:
        raise NotFound(what=gateway)
    return GatewayKey(key=_keys().replace(gateway, new_secret(), at.now))


@app.delete("/v1/vessel-gateways/{gateway}/key", status=204)
def revoke_key(gateway: str) -> Reply:
    """End all keys of a gateway at once."""
    _keys().revoke(gateway, utc_now())
    return Reply(status=204)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    at = desk()
    handle(
        asked,
        "vessels",
        export=lambda subject: holding.export(at, subject),
        erase=lambda subject: holding.erase(at, subject),
        parts=BucketParts(),
        outbox=outbox("vessels"),
    )


@app.receive("vessels-positions")
def receive(message: dict[str, Any]) -> None:
    """Store positions and judge their boats."""
    fixes = [Fix.unpacked(raw) for raw in message["positions"]]
    fresh = following.keep(desk(), fixes, int(message["received_at"]), message["gateway"])
    note(gateway=message["gateway"], fresh=fresh)


@app.every(minutes=5)
def sweep() -> None:
    """Look who is late or silent, and which provider is out."""
    outages_changed, boats = sweeping.sweep(desk())
    note(outages=outages_changed, boats=boats)
