"""Looking things up in the reference data. Nothing here is written."""

import re
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from city.kernel.calendar import CalendarDay
from city.kernel.clock import HUE, local_date
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import NotFound, invalid
from city.kernel.reference import AdministrativeUnit, Agency, Category, Reference, Ward
from city.kernel.text import Text, plain

RULE = Text(
    vi="Ngày 0 là ngày làm việc đầu tiên kể từ ngày bắt đầu; "
    "hạn là hết ngày làm việc thứ n sau đó.",
    en="Day 0 is the first working day on or after the start; due at the end of the n-th "
    "working day after it.",
)


_YEARS = (1900, 2200)
_LOOKS_LIKE_A_TIME = re.compile(r"\d{4}-\d{2}-\d{2}($|[Tt ]\d)")


class CategoryView(Category):
    """A category with its promise today."""

    working_days: int
    minutes: int | None


class ListAgencies(PageQuery):
    """Agencies of a day, by words of the name or by kind."""

    q: str | None = Field(None, max_length=80)
    kind: str | None = None
    as_of: date | None = None


class ListUnits(PageQuery):
    """Units of a day, of one level or of all."""

    limit: int = Field(200, ge=1, le=500)
    as_of: date | None = None
    level: str | None = None


class OnDay(BaseModel):
    """A day; today when absent."""

    as_of: date | None = None
    level: str | None = None


class PlaceQuery(BaseModel):
    """A point in degrees, on a day."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    as_of: date | None = None


class WardView(Ward):
    """The commune of a point; `approximate` outlines are said to be so."""

    approximate: bool
    source: str


class DueQuery(BaseModel):
    """`from` is RFC 3339; without an offset it is Huế's time, a bare day its start."""

    model_config = ConfigDict(populate_by_name=True)

    start: datetime = Field(alias="from")
    working_days: int = Field(7, ge=0, le=365)

    @field_validator("start", mode="before")
    @classmethod
    def _written_as_a_time(cls, value: Any) -> Any:
        """A day or a time in text. A `+` of an offset that came unescaped arrives as a space."""
        if not isinstance(value, str):
            return value
        if not _LOOKS_LIKE_A_TIME.match(value.strip()):
            raise ValueError(
                "Thời điểm có dạng 2026-11-23T07:30:00+07:00 hoặc 2026-11-23."
                "|A time looks like 2026-11-23T07:30:00+07:00 or 2026-11-23."
            )
        return value.strip().replace(" ", "+") if "T" in value.upper() else value.strip()

    @field_validator("start")
    @classmethod
    def _aware(cls, value: datetime) -> datetime:
        if not _YEARS[0] <= value.year <= _YEARS[1]:
            raise ValueError(
                f"Năm phải từ {_YEARS[0]} đến {_YEARS[1]}."
                f"|The year must be {_YEARS[0]} to {_YEARS[1]}."
            )
        return value if value.tzinfo else value.replace(tzinfo=HUE)


class Skipped(BaseModel):
    """A day that does not count."""

    date: date
    reason: Text


class Due(BaseModel):
    """A deadline and how it came about. `due_at` is the last second of the due day in Huế."""

    start: datetime = Field(serialization_alias="from")
    working_days: int
    day_zero: date
    due_date: date
    due_at: datetime
    skipped: list[Skipped]
    rule: Text


class YearQuery(BaseModel):
    """A year."""

    year: int = Field(ge=_YEARS[0], le=_YEARS[1])


class Year(BaseModel):
    """The days of a year that differ from their weekday."""

    year: int
    holidays: list[CalendarDay]
    workdays: list[CalendarDay]


def categories(city: Reference, today: date) -> Page[CategoryView]:
    """All categories with their promises."""
    made = []
    for category in city.categories:
        promise = city.sla(category.code, today)
        made.append(
            CategoryView(
                **category.model_dump(), working_days=promise.working_days, minutes=promise.minutes
            )
        )
    return Page(items=made)


def agencies(city: Reference, query: ListAgencies, today: date) -> Page[Agency]:
    """Agencies of a day, in the order of the data; words match without their diacritics too."""
    words = plain(query.q or "").split()
    found = [
        a
        for a in city.agencies_as_of(query.as_of or today)
        if query.kind in (None, a.kind)
        and all(word in plain(f"{a.name.vi} {a.name.en} {a.id}") for word in words)
    ]
    return _slice(found, query)


def agency(city: Reference, agency_id: str) -> Agency:
    """One agency, whether it still exists or not.

    Raises:
        NotFound: there never was one.
    """
    found = city.agency(agency_id)
    if found is None:
        raise NotFound(what=f"cơ quan / agency {agency_id[:60]}")
    return found


def units(city: Reference, query: ListUnits, today: date) -> Page[AdministrativeUnit]:
    """Units of a day."""
    return _slice(city.units_as_of(query.as_of or today, query.level), query)


def unit(city: Reference, code: str, as_of: date) -> AdministrativeUnit:
    """The unit that bore a code on a day.

    Raises:
        NotFound: none did.
    """
    found = city.unit(code, as_of)
    if found is None:
        raise NotFound(what=f"đơn vị / unit {code[:20]} ({as_of})")
    return found


def _slice(found: list[Any], query: PageQuery) -> Page[Any]:
    first = decode_cursor(query.cursor).get("n", 0)
    if not isinstance(first, int) or first < 0:
        raise invalid("cursor", "Mã trang không hợp lệ.", "This cursor is not one of ours.")
    items = found[first : first + query.limit]
    more = first + query.limit < len(found)
    return Page(
        items=items, next_cursor=encode_cursor({"n": first + query.limit}) if more else None
    )


def outlines(city: Reference, query: OnDay, today: date) -> dict[str, Any]:
    """The finest outlines known for a day, or those of a level, as GeoJSON.

    Raises:
        NotFound: no outlines are known for that day.
    """
    day = query.as_of or today
    known = city.boundaries(day, query.level)
    if known is None:
        raise NotFound(what=f"ranh giới / outlines {day}")
    features = []
    for boundary in known.boundaries:
        held = city.unit(boundary.code, day)
        features.append(
            {
                "type": "Feature",
                "id": boundary.code,
                "properties": {
                    "code": boundary.code,
                    "name": held.name if held else boundary.code,
                    "level": known.level,
                    "approximate": known.approximate,
                },
                "geometry": {"type": "MultiPolygon", "coordinates": boundary.polygons},
            }
        )
    return {
        "type": "FeatureCollection",
        "approximate": known.approximate,
        "source": known.source,
        "features": features,
    }


def ward(city: Reference, query: PlaceQuery, today: date) -> WardView:
    """The commune that contains a point on a day.

    Raises:
        NotFound: the point lies outside every outline.
    """
    day = query.as_of or today
    found, known = city.ward_at(query.lat, query.lon, day), city.boundaries(day)
    if found is None or known is None:
        raise NotFound(what="phường, xã tại điểm này / commune at this point")
    return WardView(**found.model_dump(), approximate=known.approximate, source=known.source)


def due(city: Reference, query: DueQuery) -> Due:
    """The deadline rule as a service.

    Raises:
        CalendarNotCovered: beyond the calendar's data.
    """
    calendar = city.calendar
    return Due(
        start=query.start,
        working_days=query.working_days,
        day_zero=calendar.day_zero(local_date(query.start)),
        due_date=calendar.due_date(query.start, query.working_days),
        due_at=calendar.due_at(query.start, query.working_days).astimezone(HUE),
        skipped=[
            Skipped(date=day, reason=reason)
            for day, reason in calendar.skipped(query.start, query.working_days)
        ],
        rule=RULE,
    )


def year(city: Reference, number: int) -> Year:
    """A year of the calendar.

    Raises:
        NotFound: the calendar has no data for it.
    """
    calendar = city.calendar
    if not calendar.valid_from.year <= number <= calendar.valid_to.year:
        raise NotFound(what=f"lịch năm / calendar of {number}")
    return Year(
        year=number,
        holidays=[day for day in calendar.holidays if day.date.year == number],
        workdays=[day for day in calendar.workdays if day.date.year == number],
    )
