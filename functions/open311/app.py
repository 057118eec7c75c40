"""What wakes `open311`: other cities' and partners' programs. The second face of `reports`."""

import hmac
import os
from collections.abc import Callable
from typing import Any

from city.adapters.blob import media_url
from city.adapters.http import Reply, Request, Unit
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.kernel.clock import utc_now
from city.kernel.ids import is_ulid, new_id
from city.kernel.problems import Problem
from city.open311 import service
from city.open311.render import MEDIA_TYPES, Format, document, errors
from city.open311.service import Fault, Filters, Seen
from city.reporters.store import Reporters
from city.reports import search
from city.reports.model import Report
from city.reports.redact import mask
from city.reports.service import Desk, NewReport, PlaceBody, found, submit
from city.reports.store import Reports
from city.reports.workflow import STATES

app = Unit("open311")
BASE = "/open311/v2"
KINDS = ("application/json", "text/xml")
TOWN_HALL = (16.4637, 107.5909)  # where a report without coordinates is filed until located


def desk() -> Desk:
    """Everything the reports' service needs, in this process, now."""
    return Desk(
        reports=Reports(table("reports"), outbox("reports")),
        vault=Reporters(table("reporters")),
        city=reference(),
        secret=settings().token_secret,
        now=utc_now(),
        new_id=new_id,
    )


def _split(name: str) -> tuple[str, Format]:
    """A resource and the format its extension asks for."""
    stem, _, extension = name.rpartition(".")
    if stem and extension == "json":
        return stem, "json"
    if stem and extension == "xml":
        return stem, "xml"
    # Whoever asks for no known format gets XML, the standard's first.
    return name or "nothing", "xml"


def _answer(fmt: Format, root: str, act: Callable[[], Any], status: int = 200) -> Reply:
    """The document that `act` makes, or the standard's error document."""
    try:
        body = document(root, act(), fmt)
    except Fault as fault:
        note(fault=fault.code)
        body, status = errors(fault.code, fault.description, fmt), fault.code
    except Problem as problem:
        said = "; ".join([problem.message.en, *(f"{e.field}: {e.en}" for e in problem.errors)])
        code = 400 if problem.status == 422 else problem.status
        body, status = errors(code, said, fmt), code
    return Reply(body, status, media_type=MEDIA_TYPES[fmt])


def _jurisdiction(request: Request) -> None:
    service.check_jurisdiction((request.query.get("jurisdiction_id") or [""])[-1])


@app.get(BASE + "/{name}", media_types=KINDS)
def top(name: str, request: Request) -> Reply:
    """`discovery`, `services` or `requests`, as .json or .xml."""
    resource, fmt = _split(name)
    if resource == "discovery":
        return _answer(fmt, "discovery", _discovery)
    if resource == "services":
        return _answer(fmt, "services", lambda: _services(request))
    if resource == "requests":
        return _answer(fmt, "service_requests", lambda: _requests(request))
    return _answer(fmt, "errors", lambda: _unknown(resource))


@app.post(BASE + "/{name}", status=201, media_types=KINDS)
def create(name: str, request: Request) -> Reply:
    """`requests`: file a report; needs an api_key."""
    resource, fmt = _split(name)
    if resource != "requests":
        return _answer(fmt, "errors", lambda: _unknown(resource))
    return _answer(fmt, "service_requests", lambda: [_create(request)], 201)


@app.get(BASE + "/services/{name}", media_types=KINDS)
def definition(name: str, request: Request) -> Reply:
    """The attributes of one service."""
    code, fmt = _split(name)
    return _answer(fmt, "service_definition", lambda: _definition(code, request))


@app.get(BASE + "/requests/{name}", media_types=KINDS)
def single(name: str, request: Request) -> Reply:
    """One report (or several, by comma)."""
    ids, fmt = _split(name)
    return _answer(fmt, "service_requests", lambda: _single(ids, request))


@app.get(BASE + "/tokens/{name}", media_types=KINDS)
def token(name: str) -> Reply:
    """The report of a token. We answer with the id at once, so a token is the id."""
    given, fmt = _split(name)
    return _answer(fmt, "service_requests", lambda: [_token(given)])


def _unknown(resource: str) -> Any:
    raise Fault(404, f"there is no {resource[:60]}")


def _discovery() -> Any:
    key = os.environ.get("OPEN311_KEY", "")
    notice = (
        f"Sandbox: use api_key={key}"
        if settings().sandbox and key
        else "Ask the IOC for a key: 19001075"
    )
    return service.discovery(
        settings().public_base_url, sandbox=settings().sandbox, key_notice=notice
    )


def _services(request: Request) -> Any:
    _jurisdiction(request)
    return [service.service_entry(category) for category in reference().categories]


def _definition(code: str, request: Request) -> Any:
    _jurisdiction(request)
    category = reference().category(code)
    if category is None:
        raise Fault(404, f"service_code {code[:60]} was not found")
    return service.definition(category)


def _create(request: Request) -> Any:
    fields = service.form(request.raw_body, request.headers.get("content-type", ""))
    fields = {**{k: v[-1] for k, v in request.query.items()}, **fields}
    _check_key(fields.get("api_key", "").strip())
    service.check_jurisdiction(fields.get("jurisdiction_id"))
    posted = service.posted(fields)
    at = desk()
    category = at.city.category(posted.service_code)
    if category is None:
        raise Fault(404, f"service_code {posted.service_code[:60]} was not found")
    lat, lon = (posted.lat, posted.lon) if posted.lat is not None else TOWN_HALL
    words = posted.description or category.hint.vi
    body = NewReport(
        category=posted.service_code,
        text=words if len(words) >= 10 else f"{category.name.vi}: {words}".ljust(10, "."),
        place=PlaceBody(lat=lat or 0.0, lon=lon or 0.0, address=posted.address),
        photos=[],
        accept_terms=True,
        urgency=posted.urgency,
    )
    who = posted.contact.get("account_id") or posted.contact.get("device_id") or "anonymous"
    report = submit(
        at,
        body,
        f"open311:{who}",
        key=request.idempotency_key,
        channel="open311",
        contact=posted.contact,
        media_url=posted.media_url,
    )
    note(report_id=report.id)
    notice = "" if posted.lat is not None else "Trung tâm sẽ xác định vị trí / will be located"
    return {"service_request_id": report.id, "service_notice": notice, "account_id": ""}


def _check_key(given: str) -> None:
    held = os.environ.get("OPEN311_KEY", "")
    if not held or not hmac.compare_digest(given.encode(), held.encode()):
        raise Fault(403, "api_key is missing or not valid; see key_service of the discovery")


def _requests(request: Request) -> Any:
    _jurisdiction(request)
    at = desk()
    asked = service.filters(request.query, at.now)
    if asked.ids:
        return _listed(at, asked.ids[: service.MOST])
    query = search.MapQuery.model_validate(
        {
            "limit": service.MOST,
            "from": asked.start,
            "to": asked.end,
            "category": asked.codes or None,
        }
    )
    ids: list[str] = []
    for card in _cards(at, query):
        if _wanted(card, asked):
            ids.append(card["id"])
        if len(ids) >= asked.page * asked.page_size:
            break
    first = (asked.page - 1) * asked.page_size
    return _listed(at, ids[first : first + asked.page_size])


def _cards(at: Desk, query: search.MapQuery) -> Any:
    while True:
        cards, cursor = search.page(at.reports, query)
        yield from cards
        if cursor is None:
            return
        query = query.model_copy(update={"cursor": cursor})


def _wanted(card: dict[str, Any], asked: Filters) -> bool:
    opened = "open" if service.is_open(STATES[card["state"]].bucket) else "closed"
    updated = service.moment(card["upd"], "updated")
    return (
        (not asked.statuses or opened in asked.statuses)
        and (
            asked.updated_after is None or (updated is not None and updated >= asked.updated_after)
        )
        and (
            asked.updated_before is None
            or (updated is not None and updated <= asked.updated_before)
        )
    )


def _listed(at: Desk, ids: list[str]) -> list[Any]:
    held = at.reports.get_many([i for i in dict.fromkeys(ids) if is_ulid(i)])
    shown = [held[i] for i in ids if i in held and not held[i].hidden]
    return [service.entry(_seen(report), at.city) for report in shown]


def _single(ids: str, request: Request) -> Any:
    _jurisdiction(request)
    listed = _listed(desk(), [part.strip() for part in ids.split(",")])
    if not listed:
        raise Fault(404, f"service_request_id {ids[:60]} was not found")
    return listed


def _token(given: str) -> Any:
    found(desk(), given)
    return {"service_request_id": given, "token": given}


def _seen(report: Report) -> Seen:
    key = next((p.key for p in report.photos if p.key), None)
    return Seen(
        id=report.id,
        bucket=report.bucket,
        state_name=STATES[report.state].name.vi,
        category=report.category,
        text=mask(report.text),
        agencies=[a.agency_id for a in report.current],
        submitted_at=report.submitted_at,
        updated_at=report.updated_at,
        due_at=report.due_at,
        address=mask(report.place.address),
        lat=report.place.lat,
        lon=report.place.lon,
        media_url=media_url(key) if key else report.external_media_url or "",
    )
