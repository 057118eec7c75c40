"""Finding reports: filtered lists, what is near, the work of a desk, whom to dispatch to."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from city.kernel.clock import HUE, local_date, stamp
from city.kernel.geo import Box, cells_around, distance_m
from city.kernel.ids import public_code
from city.kernel.page import PageQuery, decode_cursor, encode_cursor
from city.kernel.people import IOC, Principal
from city.kernel.problems import Forbidden
from city.kernel.text import Text, plain
from city.reports.model import Report
from city.reports.service import Desk
from city.reports.store import GEO_CELL, Reports
from city.reports.workflow import State

EXAMINE = 6000  # cards looked at for one page: a rare filter gives a short page and a cursor
CHUNK = 1000
MAX_RADIUS_M = 2000
SIMILAR_RADIUS_M = 150


class ListQuery(PageQuery):
    """Filters of the public list. `bbox` is west,south,east,north in degrees (RFC 7946)."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    category: list[str] | None = None
    ward: list[str] | None = None
    state: list[State] | None = None
    agency: str | None = None
    since: datetime | date | None = Field(None, alias="from")
    until: datetime | date | None = Field(None, alias="to")
    bbox: str | None = None
    code: str | None = None
    q: str | None = Field(None, max_length=100)

    @field_validator("bbox")
    @classmethod
    def _box(cls, value: str | None) -> str | None:
        if value is not None:
            box(value)
        return value

    @field_validator("state", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return [str(v).upper() for v in value] if isinstance(value, list) else value


class MapQuery(ListQuery):
    """The same filters, for maps: bigger pages."""

    limit: int = Field(500, ge=1, le=1000)


class PointsQuery(ListQuery):
    """The same filters, for points without words: a page is all that is looked at for one."""

    limit: int = Field(EXAMINE, ge=1, le=EXAMINE)


def box(words: str) -> Box:
    """A bounding box from its text.

    Raises:
        ValueError: not four numbers in order.
    """
    try:
        west, south, east, north = (float(part) for part in words.split(","))
    except ValueError as error:
        raise ValueError(
            "bbox gồm bốn số: tây,nam,đông,bắc.|bbox is four numbers: west,south,east,north."
        ) from error
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("bbox sai thứ tự.|bbox is out of order.")
    return Box(west, south, east, north)


def _edge(value: datetime | date | None, *, end: bool) -> str | None:
    """A filter's moment as text; a bare day means its first or last moment in Huế."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=HUE)
        value += timedelta(days=1, milliseconds=-1) if end else timedelta()
    elif value.tzinfo is None:
        value = value.replace(tzinfo=HUE)
    return stamp(value)


def _matches(query: ListQuery, card: dict[str, Any], frame: Box | None) -> bool:
    since, until = _edge(query.since, end=False), _edge(query.until, end=True)
    wanted = plain(query.q).split() if query.q else []
    return (
        (not query.category or card["cat"] in query.category)
        and (not query.ward or card["ward"] in query.ward)
        and (not query.state or card["state"] in query.state)
        and (query.agency is None or query.agency in [a for a, _ in card["ag"]])
        and (since is None or card["sub"] >= since)
        and (until is None or card["sub"] <= until)
        and (frame is None or frame.holds(card["lat"], card["lon"]))
        and (query.code is None or public_code("PA", card["id"]) == query.code.upper().strip())
        and (not wanted or _says(card, wanted))
    )


def _says(card: dict[str, Any], words: list[str]) -> bool:
    """Whether a card has every word, with or without its diacritics."""
    held = plain(f"{card['title']} {card['addr']}")
    return all(word in held for word in words)


def _filtered(query: ListQuery) -> bool:
    given = query.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    return bool(given)


def _months(reports: Reports, query: ListQuery, at: str | None) -> Iterator[str]:
    since, until = _edge(query.since, end=False), _edge(query.until, end=True)
    oldest = _month(since) if since else "000000"
    newest = at or (_month(until) if until else "999999")
    for month in reports.months():
        if oldest <= month <= newest:
            yield month


def _month(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(HUE).strftime("%Y%m")


def page(reports: Reports, query: ListQuery) -> tuple[list[dict[str, Any]], str | None]:
    """One page of cards, newest first, and the cursor of the next.

    Months are read from the newest; a filter is applied to cards as they come. At most `EXAMINE`
    cards are looked at for one page, so that no request grows with the archive.
    """
    position = decode_cursor(query.cursor)
    frame = box(query.bbox) if query.bbox else None
    chunk = CHUNK if _filtered(query) else min(query.limit, CHUNK)
    found: list[dict[str, Any]] = []
    examined = 0
    after = position.get("a")
    for month in _months(reports, query, position.get("m")):
        if month != position.get("m"):
            after = None
        while True:
            cards, following = reports.feed(month, after=after, limit=chunk)
            for card in cards:
                after = card["id"]
                examined += 1
                if _matches(query, card, frame):
                    found.append(card)
                    if len(found) == query.limit:
                        return found, encode_cursor({"m": month, "a": after})
            if examined >= EXAMINE:
                return found, encode_cursor({"m": month, "a": after})
            if following is None:
                break
    return found, None


class NearQuery(BaseModel):
    """A circle: degrees and metres."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    category: str | None = None
    radius_m: int = Field(250, ge=1, le=MAX_RADIUS_M)


def near(reports: Reports, query: NearQuery, limit: int = 20) -> list[tuple[dict[str, Any], int]]:
    """Live reports around a point, nearest first: `(card, metres)`."""
    cells = cells_around(query.lat, query.lon, query.radius_m, GEO_CELL)
    measured = [
        (card, round(distance_m(query.lat, query.lon, card["lat"], card["lon"])))
        for card in reports.near(cells)
        if query.category in (None, card["cat"])
    ]
    return sorted(
        (pair for pair in measured if pair[1] <= query.radius_m), key=lambda pair: pair[1]
    )[:limit]


class WorkQuery(PageQuery):
    """A desk's list. `overdue` and `due` (until the end of today) apply to agencies."""

    queue: Literal["ioc", "agency"] | None = None
    filter: Literal["new", "due", "overdue", "all"] = "all"


def work(desk: Desk, query: WorkQuery, who: Principal) -> tuple[list[dict[str, Any]], str | None]:
    """The caller's work, most pressing first.

    Raises:
        Forbidden: the caller has no such desk.
    """
    party = _party(query, who)
    until = None
    if query.filter == "overdue":
        until = stamp(desk.now)
    if query.filter == "due":
        today = desk.now.astimezone(HUE).replace(hour=23, minute=59, second=59)
        until = stamp(today) + "~"
    after = decode_cursor(query.cursor).get("a")
    found: list[dict[str, Any]] = []
    while len(found) < query.limit:
        cards, after = desk.reports.work(party, limit=query.limit, after=after, until=until)
        found += [c for c in cards if query.filter != "new" or _is_new(c)]
        if after is None:
            break
    return found[: query.limit], encode_cursor({"a": after}) if after else None


def _party(query: WorkQuery, who: Principal) -> str:
    if who.has(IOC) and query.queue != "agency":
        return "ioc"
    if who.unit and query.queue != "ioc":
        return who.unit
    raise Forbidden


def _is_new(card: dict[str, Any]) -> bool:
    return bool(card.get("new", card["state"] == State.RECEIVED))


class Party(BaseModel):
    """An agency by name."""

    id: str
    name: Text


class RuleView(BaseModel):
    """The routing rule that speaks for an agency."""

    code: str
    text: Text


class Alternative(BaseModel):
    """Another agency that a rule speaks for."""

    agency: Party
    rule: RuleView


class Suggestion(BaseModel):
    """Who should act, by which rule, until when if dispatched now."""

    agency: Party | None
    rule: RuleView | None
    ward: str | None
    ward_name: str | None
    near_border: bool
    alternatives: list[Alternative]
    working_days: int | None
    due_at: datetime


def suggestion(desk: Desk, report: Report) -> Suggestion:
    """What the dated routing and SLA rules say about a report today."""
    from city.reports.steps import Step, due

    today = local_date(desk.now)
    ward = desk.city.ward_at(report.place.lat, report.place.lon, today)
    routed = desk.city.route(report.category, report.place.ward, today)
    step = Step(
        action="dispatch",
        actor="ioc",
        now=desk.now,
        calendar=desk.city.calendar,
        promise=desk.city.sla(report.category, today),
    )
    due_at, days = due(step, desk.now, None)

    def party(agency_id: str) -> Party:
        agency = desk.city.agency(agency_id)
        return Party(id=agency_id, name=agency.name if agency else Text(vi=agency_id, en=agency_id))

    return Suggestion(
        agency=party(routed.agency_id) if routed else None,
        rule=RuleView(code=routed.rule_code, text=routed.rule_text) if routed else None,
        ward=report.place.ward,
        ward_name=ward.name if ward else None,
        near_border=bool(ward and ward.near_border),
        alternatives=[
            Alternative(
                agency=party(a.agency_id), rule=RuleView(code=a.rule_code, text=a.rule_text)
            )
            for a in (routed.alternatives if routed else ())
        ],
        working_days=days,
        due_at=due_at,
    )


def similar(desk: Desk, report: Report) -> list[tuple[dict[str, Any], int]]:
    """Live reports of the same category close by: candidates for merging."""
    around = NearQuery(
        lat=report.place.lat,
        lon=report.place.lon,
        category=report.category,
        radius_m=SIMILAR_RADIUS_M,
    )
    return [pair for pair in near(desk.reports, around) if pair[0]["id"] != report.id]
