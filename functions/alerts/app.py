"""Triggers of the unit `alerts`."""

from typing import Any

from city.adapters import acts
from city.adapters.http import Reply, Request, Unit
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.alerts import (
    detections,
    documents,
    episodes,
    feed,
    figures,
    nearby,
    service,
    tending,
    views,
)
from city.alerts import recompute as recomputing
from city.alerts import view_models as models
from city.alerts.capxml import MEDIA_TYPE
from city.alerts.desk import Desk, found
from city.alerts.fields import CapImport, Detection, Draft, NewDraft
from city.alerts.model import TimelineEntry
from city.alerts.store import Alerts
from city.contracts.envelope import CloudEvent
from city.contracts.privacy import PersonalDataRequested
from city.contracts.reports import REPORT_EVENTS, ReportChanged
from city.contracts.sensing import EpisodeChanged
from city.contracts.violations import HazardConfirmed
from city.kernel.clock import local_date, utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import IOC, Principal
from city.kernel.problems import NotFound, invalid
from pydantic import BaseModel, RootModel

app = Unit("alerts")
events = app.events

BRIEFLY = "public, max-age=15, stale-while-revalidate=30"
FOREVER = "public, max-age=31536000, immutable"


class ActionBody(RootModel[dict[str, Any]]):
    """The fields of the action."""


class FeatureCollection(BaseModel):
    """GeoJSON (RFC 7946)."""

    type: str = "FeatureCollection"
    features: list[dict[str, Any]]


def desk() -> Desk:
    """Everything the use cases need, in this process, now."""
    now = utc_now()
    held = table("alerts")
    return Desk(
        alerts=Alerts(held, outbox("alerts")),
        book=documents.book(held, now),
        city=reference(),
        base_url=settings().public_base_url,
        now=now,
        new_id=new_id,
    )


def _cached(request: Request, body: str, media_type: str, how: str = BRIEFLY) -> Reply:
    """The body with its ETag, or 304 for who holds it already."""
    tag = feed.tag(body)
    headers = {"ETag": tag, "Cache-Control": how}
    held = {each.strip().removeprefix("W/") for each in _if_none_match(request).split(",")}
    if tag in held or "*" in held:
        return Reply(status=304, headers=headers)
    return Reply(body, headers=headers, media_type=media_type)


def _if_none_match(request: Request) -> str:
    return request.headers.get("if-none-match", "")


def _json(request: Request, body: BaseModel) -> Reply:
    return _cached(request, body.model_dump_json(), "application/json")


@app.get("/v1/alert-kinds", shape=Page[models.KindView])
def kinds(request: Request) -> Reply:
    """Kinds of hazard: their fields, styles and life cycles."""
    at = desk()
    listed = [views.kind_view(kind) for kind in at.book.kinds_on(local_date(at.now))]
    return _json(request, Page(items=listed))


@app.get("/v1/alerts", shape=Page[models.AlertView])
def listing(query: models.AlertQuery, request: Request) -> Reply:
    """Warnings in force, or all ever released, newest first."""
    return _json(request, views.listing(desk(), query))


@app.get("/v1/alerts.atom", media_types=(feed.FEED_TYPE,))
def atom(request: Request) -> Reply:
    """The Atom index of public CAP messages."""
    at = desk()
    return _cached(request, feed.atom(at, at.base_url), feed.FEED_TYPE)


@app.get("/v1/alerts/near", shape=Page[models.AlertView])
def near(query: models.NearQuery) -> Reply:
    """Warnings in force at a point; the point is not kept and the answer not shared."""
    return Reply(views.near(desk(), query), headers={"Cache-Control": "private, max-age=15"})


@app.get("/v1/alerts/map", media_types=("application/geo+json",), shape=FeatureCollection)
def on_map(query: models.MapQuery, request: Request) -> Reply:
    """Warnings in force as GeoJSON."""
    drawn = FeatureCollection.model_validate(views.on_map(desk(), query))
    return _cached(request, drawn.model_dump_json(), "application/geo+json")


@app.get("/v1/alerts/cap/{identifier}", media_types=(MEDIA_TYPE,))
def document(identifier: str, request: Request, who: Principal | None) -> Reply:
    """One message as its CAP 1.2 document, exactly as it went out."""
    held = desk().alerts.document(identifier)
    if held is None or not (held["public"] or (who and who.has(IOC))):
        raise NotFound(what=f"bản tin / message {identifier[:80]}")
    how = FOREVER if held["public"] else "private, no-store"
    return _cached(request, held["xml"], MEDIA_TYPE, how)


@app.get("/v1/alerts/{id}", shape=models.AlertDetail)
def show(id: str, request: Request) -> Reply:  # noqa: A002 - the path's own word
    """One released warning with all its messages."""
    return _json(request, views.detail(desk(), id))


@app.get("/v1/statistics/alerts")
def statistics(query: figures.FiguresQuery) -> figures.Figures:
    """Warnings by kind, and how many detections were confirmed."""
    return figures.figures(desk(), query)


@app.get("/v1/alert-drafts")
def drafts(query: models.DeskQuery) -> Page[models.DeskCard]:
    """The operators' list: what is drafted, in force, or to be reviewed."""
    return views.desk_list(desk(), query)


@app.post("/v1/alert-drafts", status=201)
def draft(body: NewDraft, who: Principal) -> models.DraftView:
    """Draft a warning by hand."""
    at = desk()
    return _shown(at, service.draft(at, body, who).id, who)


@app.post("/v1/alert-drafts/detections", status=201)
def detect(body: Detection, who: Principal) -> models.DraftView:
    """Take in a detection; it waits for somebody to confirm or deny it."""
    at = desk()
    return _shown(at, detections.detect(at, body).id, who)


@app.post("/v1/alert-drafts/import", status=201)
def import_cap(body: CapImport, who: Principal) -> models.DraftView:
    """Draft a warning from another service's CAP message."""
    at = desk()
    return _shown(at, service.import_cap(at, body, who).id, who)


@app.get("/v1/alert-drafts/{id}", shape=models.DraftView)
def draft_of(id: str, who: Principal) -> Reply:  # noqa: A002
    """A warning as operators see it, with findings and what may be done."""
    shown = _shown(desk(), id, who)
    return Reply(shown, headers={"ETag": f'"{shown.version}"'})


@app.patch("/v1/alert-drafts/{id}")
def edit(id: str, body: Draft, who: Principal, request: Request) -> models.DraftView:  # noqa: A002
    """Change what lies on the desk; whoever approved it must look again."""
    raw = body.model_dump(mode="json", exclude_unset=True)
    return _acted(id, "edit", raw, who, request)


@app.get("/v1/alert-drafts/{id}/preview")
def preview(id: str) -> models.Preview:  # noqa: A002
    """The next message in both languages and as CAP, with what the linter finds."""
    at = desk()
    return views.preview_view(at, found(at, id))


@app.get("/v1/alert-drafts/{id}/timeline")
def timeline(id: str, query: PageQuery) -> Page[TimelineEntry]:  # noqa: A002
    """Every step of a warning, hash-chained."""
    at = desk()
    return views.timeline(at, found(at, id), query)


@app.get("/v1/alert-drafts/{id}/recompute")
def recompute(id: str) -> recomputing.Recomputed:  # noqa: A002
    """Make a rule's draft again from its readings and tables, and compare."""
    at = desk()
    return recomputing.recompute(at, found(at, id))


@app.post("/v1/alerts/{id}/actions/{action}")
def act(
    id: str,  # noqa: A002
    action: str,
    body: ActionBody,
    who: Principal,
    request: Request,
) -> models.DraftView:
    """Take a step of a warning's life; a 409 says what is possible instead."""
    return _acted(id, action, body.root, who, request)


def _acted(
    warning_id: str, action: str, raw: dict[str, Any], who: Principal, request: Request
) -> models.DraftView:
    at = desk()
    note(alert_id=warning_id, action=action)
    service.act(at, warning_id, action, raw, who, if_match=_version(request))
    return _shown(at, warning_id, who)


def _shown(at: Desk, warning_id: str, who: Principal) -> models.DraftView:
    warning = found(at, warning_id)
    note(alert_id=warning.id, state=warning.state.value, kind=warning.kind)
    return views.draft_view(at, warning, who.user_id)


def _version(request: Request) -> int | None:
    given = request.headers.get("if-match", "").strip().strip('"')
    if not given or given == "*":
        return None
    if not given.isdigit():
        raise invalid("If-Match", "If-Match phải là số phiên bản.", "If-Match must be a version.")
    return int(given)


@app.listen(EpisodeChanged)
def on_episode(event: EpisodeChanged, _: CloudEvent) -> None:
    """An episode of sensing changed."""
    note(episode_id=event.episode_id, seq=event.seq)
    warning = episodes.on_episode(desk(), event)
    note(alert_id=warning.id if warning else None)


@app.listen(HazardConfirmed)
def on_hazard(event: HazardConfirmed, _: CloudEvent) -> None:
    """A person saw fire or smoke on a camera; it waits here like any detection."""
    note(violation_id=event.violation_id, alert_id=detections.on_hazard(desk(), event).id)


@app.listen(REPORT_EVENTS["submit"])
def on_report(event: ReportChanged, _: CloudEvent) -> None:
    """A citizen reported something; several near one another make a draft."""
    note(report_id=event.report_id)
    nearby.on_report(desk(), event)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    acts.hand_over(asked, "alerts")


@app.every(minutes=1)
def expire() -> None:
    """End what has expired; propose the updates that are due."""
    ended, reminded = tending.tend(desk())
    note(ended=ended, reminded=reminded)
