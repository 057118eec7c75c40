"""What wakes `reports`: people over HTTP, events of media and sla, the clock."""

from typing import Any

from city.adapters.blob import media_url
from city.adapters.holder import Erased, handle
from city.adapters.http import Reply, Request, Unit
from city.adapters.parts import BucketParts
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.media import MediaReady, MediaRefused
from city.contracts.privacy import PersonalDataRequested, RetentionDue
from city.contracts.sla import ClockEscalated
from city.kernel.clock import stamp, utc_now
from city.kernel.ids import is_ulid, new_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import AGENCY, IOC, STAFF, Principal
from city.kernel.problems import invalid
from city.kernel.text import Text
from city.reporters.store import Reporters
from city.reports import rights, search, service
from city.reports.fields import Rate
from city.reports.model import Report
from city.reports.packed import Points, pack
from city.reports.service import Desk, NewReport
from city.reports.store import Reports, card
from city.reports.views import (
    ActionView,
    Card,
    NearCard,
    ReportView,
    TimelineView,
    Viewer,
    WorkCard,
    action_views,
    card_fields,
    report_view,
    timeline_view,
    work_card,
)
from city.reports.workflow import STATES, State
from pydantic import BaseModel, RootModel

app = Unit("reports")
events = app.events
BRIEFLY = {"Cache-Control": "public, max-age=30"}


def desk() -> Desk:
    """Everything the service needs, in this process, now."""
    return Desk(
        reports=Reports(table("reports"), outbox("reports")),
        vault=Reporters(table("reporters")),
        city=reference(),
        secret=settings().token_secret,
        now=utc_now(),
        new_id=new_id,
    )


def shown(at: Desk, report: Report, who: Principal | None) -> ReportView:
    """A report as its caller may see it."""
    note(report_id=report.id, state=report.state.value)
    bond = at.vault.bond(report.id, who.user_id) if who else None
    mine = bond == "reporter"
    viewer: Viewer = "public"
    if mine:
        viewer = "reporter"
    if who and who.has(AGENCY) and who.unit in {a.agency_id for a in report.assignments}:
        viewer = "agency"
    if who and who.has(IOC):
        viewer = "centre"
    allowed = service.open_actions(at, report, who)
    return report_view(
        report,
        card(report),
        at.city,
        at.now,
        media_url,
        viewer=viewer,
        mine=mine,
        followed=bond == "follower",
        allowed=allowed,
    )


class ReasonItem(BaseModel):
    """A reason code in words."""

    code: str
    vi: str
    en: str


class StateItem(BaseModel):
    """A state in words and its step on the bridge."""

    code: State
    name: Text
    step: int


class AllowedActions(BaseModel):
    """What the caller may do with a report now."""

    state: State
    allowed: list[ActionView]


class ActionBody(RootModel[dict[str, Any]]):
    """The fields of the action; `GET /v1/reports/{id}/actions` gives each one's JSON Schema."""


class SuggestionView(search.Suggestion):
    """A suggestion with look-alike reports."""

    duplicates: list[NearCard]


class FeatureCollection(BaseModel):
    """GeoJSON (RFC 7946) with the cursor as a foreign member."""

    type: str = "FeatureCollection"
    features: list[dict[str, Any]]
    next_cursor: str | None


@app.get("/v1/reports/reasons")
def reasons() -> Reply:
    """Reason codes for refusing, returning, extending, rating and reopening."""
    lists = {
        name: [ReasonItem(code=r.code, vi=r.vi, en=r.en).model_dump() for r in listed]
        for name, listed in reference().reasons.items()
    }
    return Reply(lists)


@app.get("/v1/reports/states")
def states() -> Page[StateItem]:
    """The states of the workflow in words."""
    return Page(
        items=[StateItem(code=s, name=known.name, step=known.step) for s, known in STATES.items()]
    )


@app.post("/v1/reports", status=201, shape=ReportView)
def submit(body: NewReport, who: Principal, request: Request) -> Reply:
    """Report a problem."""
    at = desk()
    report = service.submit(at, body, who.user_id, key=request.idempotency_key)
    return Reply(shown(at, report, who), 201, {"Location": f"/v1/reports/{report.id}"})


@app.get("/v1/reports")
def listing(query: search.ListQuery) -> Page[Card]:
    """Public list of reports, newest first."""
    at = desk()
    cards, cursor = search.page(at.reports, query)
    return Page(
        items=[Card(**card_fields(c, at.city, at.now, media_url)) for c in cards],
        next_cursor=cursor,
    )


@app.get(
    "/v1/reports.geojson",
    media_types=("application/geo+json",),
    shape=FeatureCollection,
)
def on_map(query: search.MapQuery) -> Reply:
    """Public reports as GeoJSON points."""
    at = desk()
    cards, cursor = search.page(at.reports, query)
    features = []
    for c in cards:
        shown_card = Card(**card_fields(c, at.city, at.now, media_url)).model_dump(mode="json")
        features.append(
            {
                "type": "Feature",
                "id": c["id"],
                "geometry": {"type": "Point", "coordinates": [c["lon"], c["lat"]]},
                "properties": {k: v for k, v in shown_card.items() if k != "place"},
            }
        )
    body = FeatureCollection(features=features, next_cursor=cursor)
    return Reply(body, media_type="application/geo+json")


@app.get("/v1/reports/points", shape=Points)
def points(query: search.PointsQuery) -> Reply:
    """Public reports as points in columns, thousands at a time: for maps of everything."""
    at = desk()
    cards, cursor = search.page(at.reports, query)
    return Reply(pack(cards, stamp(at.now), cursor), headers=BRIEFLY)


@app.get("/v1/reports/nearby")
def nearby(query: search.NearQuery) -> Page[NearCard]:
    """Live reports around a point: is it known already?"""
    at = desk()
    return Page(items=_near(at, search.near(at.reports, query)))


def _near(at: Desk, pairs: list[tuple[dict[str, Any], int]]) -> list[NearCard]:
    return [
        NearCard(**card_fields(c, at.city, at.now, media_url), distance_m=metres)
        for c, metres in pairs
    ]


@app.get("/v1/reports/{id}", shape=ReportView)
def show(id: str, who: Principal | None) -> Reply:  # noqa: A002 - the path's own word
    """One report."""
    at = desk()
    report = service.visible(at, service.found(at, id), who)
    return Reply(shown(at, report, who), headers={"ETag": f'"{report.version}"'})


@app.get("/v1/reports/{id}/timeline")
def timeline(id: str, query: PageQuery, who: Principal | None) -> Page[TimelineView]:  # noqa: A002
    """Every step of a report in plain words, hash-chained."""
    at = desk()
    report = service.visible(at, service.found(at, id), who)
    entries, following = at.reports.timeline(
        report.id, limit=query.limit, after=decode_cursor(query.cursor).get("a")
    )
    inside = who is not None and who.has(STAFF)
    return Page(
        items=[timeline_view(e, report, at.city, media_url, inside=inside) for e in entries],
        next_cursor=encode_cursor({"a": following}) if following else None,
    )


@app.get("/v1/reports/{id}/actions")
def actions(id: str, who: Principal | None) -> AllowedActions:  # noqa: A002
    """What the caller may do with a report now."""
    at = desk()
    report = service.visible(at, service.found(at, id), who)
    return AllowedActions(
        state=report.state, allowed=action_views(service.open_actions(at, report, who))
    )


@app.post("/v1/reports/{id}/actions/{action}")
def act(id: str, action: str, body: ActionBody, who: Principal, request: Request) -> ReportView:  # noqa: A002
    """Take a step of the workflow; a 409 says what is possible instead."""
    at = desk()
    note(report_id=id, action=action)
    report = service.act(at, id, action, body.root, who, if_match=_version(request))
    return shown(at, report, who)


def _version(request: Request) -> int | None:
    given = request.headers.get("if-match", "").strip().strip('"')
    if not given or given == "*":
        return None
    if not given.isdigit():
        raise invalid("If-Match", "If-Match phải là số phiên bản.", "If-Match must be a version.")
    return int(given)


@app.post("/v1/reports/{id}/ratings", status=201)
def rate(id: str, body: Rate, who: Principal) -> ReportView:  # noqa: A002
    """Rate a published result; a second rating replaces the first."""
    at = desk()
    return shown(at, service.rate(at, id, body, who), who)


@app.post("/v1/reports/{id}/follow", status=204)
def follow(id: str, who: Principal) -> Reply:  # noqa: A002
    """Get told about every public step of a report."""
    at = desk()
    report = service.visible(at, service.found(at, id), who)
    at.vault.link(report.id, who.user_id, "follower", at.now)
    return Reply(status=204)


@app.delete("/v1/reports/{id}/follow", status=204)
def unfollow(id: str, who: Principal) -> Reply:  # noqa: A002
    """Stop following a report."""
    at = desk()
    at.vault.unfollow(service.found(at, id).id, who.user_id)
    return Reply(status=204)


@app.get("/v1/reports/{id}/suggestion")
def suggest(id: str) -> SuggestionView:  # noqa: A002
    """Who should act, by which dated rule, and what looks like the same matter."""
    at = desk()
    report = service.found(at, id)
    return SuggestionView(
        **search.suggestion(at, report).model_dump(),
        duplicates=_near(at, search.similar(at, report)),
    )


@app.get("/v1/work")
def work(query: search.WorkQuery, who: Principal) -> Page[WorkCard]:
    """What waits for the caller's desk, most pressing first."""
    at = desk()
    cards, cursor = search.work(at, query, who)
    return Page(items=[work_card(c, at.city, at.now, media_url) for c in cards], next_cursor=cursor)


@app.get("/v1/me/reports")
def mine(query: PageQuery, who: Principal) -> Page[Card]:
    """The reports that the caller made or follows, newest first."""
    at = desk()
    bonds, following = at.vault.reports_of(
        who.user_id, limit=query.limit, after=decode_cursor(query.cursor).get("a")
    )
    stored = at.reports.get_many([report_id for report_id, _ in bonds])
    return Page(
        items=[
            Card(**card_fields(card(stored[report_id]), at.city, at.now, media_url))
            for report_id, _ in bonds
            if report_id in stored
        ],
        next_cursor=encode_cursor({"a": following}) if following else None,
    )


@app.listen(MediaReady, MediaRefused)
def picture_done(event: MediaReady | MediaRefused, _: CloudEvent) -> None:
    """A picture's intake ended."""
    service.picture_done(desk(), event)


@app.listen(ClockEscalated)
def escalate(event: ClockEscalated, _: CloudEvent) -> None:
    """A clock reached a rung of the ladder; other units' cases bear a prefix."""
    if not is_ulid(event.case_id):
        return
    note(report_id=event.case_id, rung=event.rung)
    service.escalate(desk(), event)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants what they reported, or wants to be forgotten: their reports stay, nobody's."""
    at = desk()
    handle(
        asked,
        "reports",
        export=lambda subject: rights.export(at, subject, media_url),
        erase=lambda subject: Erased(at.vault.forget(subject)),
        parts=BucketParts(),
        outbox=outbox("reports"),
    )


@app.listen(RetentionDue)
def forget(due: RetentionDue, _: CloudEvent) -> None:
    """The law's time for knowing who reported is over; other holders' rows are theirs."""
    if (due.holder, due.kind) == ("reports", "reporters"):
        note(forgotten=service.forget_reporters(desk(), due.before))


@app.every(minutes=60)
def close() -> None:
    """Close what was published long enough ago."""
    note(closed=service.close_due(desk()))
