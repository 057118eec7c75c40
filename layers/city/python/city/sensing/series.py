"""Series of one stream: raw readings, hours or days, page by page, and as CSV."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from city.adapters.table import Row
from city.kernel.clock import HUE
from city.kernel.page import decode_cursor, encode_cursor
from city.kernel.problems import NotFound, invalid
from city.sensing.model import City, Station, Stream, millis
from city.sensing.store import HOUR_MS, Store, day_key, hour_key, hour_of, hour_start

MOST_POINTS = 1000
HOURS_A_READ = 72  # partitions that one page of raw readings may open
MONTHS_A_READ, YEARS_A_READ = 24, 30
YEARS = range(2000, 2200)  # far from where adding days or a zone overflows


def _reasonable(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise ValueError("Năm phải từ 2000 đến 2199.|The year must be from 2000 to 2199.")
    return moment


FIRST_MS, LAST_MS = (millis(datetime(year, 1, 1, tzinfo=UTC)) for year in (2000, 2200))
Moment = Annotated[datetime, AfterValidator(_reasonable)]


class SeriesQuery(BaseModel, frozen=True):
    """A stretch of one parameter; `from` is included, `to` is not."""

    parameter: str = Field(max_length=40)
    resolution: Literal["raw", "hourly", "daily"] = "hourly"
    start: Moment | None = Field(None, alias="from")
    end: Moment | None = Field(None, alias="to")
    limit: int = Field(500, ge=1, le=MOST_POINTS)
    cursor: str | None = Field(None, max_length=2000)


class PointView(BaseModel, frozen=True):
    """A reading (`value`), or an hour or day (`n`, `mean`, `min`, `max`, `sum`)."""

    at: datetime
    value: float | None = None
    quality: int | None = None
    flags: tuple[str, ...] = ()
    n: int | None = None
    mean: float | None = None
    min: float | None = None
    max: float | None = None
    sum: float | None = None


class Series(BaseModel, frozen=True):
    """Points of one stream, oldest first."""

    stream: str
    parameter: str
    uom: str
    resolution: str
    items: list[PointView]
    next_cursor: str | None = None


def series(store: Store, city: City, station: Station, query: SeriesQuery, now: datetime) -> Series:
    """A page of a series.

    Raises:
        NotFound: the station does not measure this.
        Invalid: the stretch has no length, or the cursor is not ours.
    """
    stream = city.stream.get(f"{station.id}.{query.parameter}")
    if stream is None:
        raise NotFound(what=f"{station.id}.{query.parameter}")
    end = _aware(query.end) or now
    span = {"raw": timedelta(hours=24), "hourly": timedelta(days=7), "daily": timedelta(days=365)}
    start = _aware(query.start) or end - span[query.resolution]
    after = decode_cursor(query.cursor).get("after")
    if after is not None:
        if not isinstance(after, int) or not FIRST_MS <= after < LAST_MS:
            raise invalid("cursor", "Mã trang không hợp lệ.", "This cursor is not one of ours.")
        start = datetime.fromtimestamp(after / 1000, UTC)
    if not start < end:
        raise invalid("from", "Phải trước `to`.", "Must be before `to`.")
    read = {"raw": _raw, "hourly": _hourly, "daily": _daily}[query.resolution]
    items, following = read(store, stream, start, end, query.limit)
    parameter = city.parameter[stream.parameter]
    return Series(
        stream=stream.id,
        parameter=parameter.id,
        uom=parameter.uom,
        resolution=query.resolution,
        items=items,
        next_cursor=encode_cursor({"after": following}) if following is not None else None,
    )


def _aware(moment: datetime | None) -> datetime | None:
    """A moment without a zone is meant in Huế."""
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=HUE)


Read = tuple[list[PointView], int | None]


def _raw(store: Store, stream: Stream, start: datetime, end: datetime, limit: int) -> Read:
    """Raw readings; a page ends when it is full or has opened enough hours."""
    first, last, items = millis(start), millis(end), list[PointView]()
    hour = first - first % HOUR_MS
    for _ in range(HOURS_A_READ):
        for row in store.raw_hour(stream.id, hour_of(hour)):
            t = int(row.sk[2:])
            if not first <= t < last:
                continue
            if len(items) == limit:
                return items, t
            items.append(
                PointView(
                    at=datetime.fromtimestamp(t / 1000, UTC),
                    value=row.doc["v"],
                    quality=row.doc["q"],
                    flags=tuple(row.doc.get("f", ())),
                )
            )
        hour += HOUR_MS
        if hour >= last:
            return items, None
    return items, hour


def _hourly(store: Store, stream: Stream, start: datetime, end: datetime, limit: int) -> Read:
    begin = start.astimezone(UTC)
    first = begin.replace(minute=0, second=0, microsecond=0)
    first += timedelta(hours=first < begin)
    items: list[PointView] = []
    months = _months(first, end)
    for month in months[:MONTHS_A_READ]:
        pk = hour_key(stream.id, f"{month:%Y%m}0100")[0]
        for row in store.table.query(pk, limit=MOST_POINTS)[0]:
            at = hour_start(f"{month:%Y%m}{row.sk}")
            if not first <= at < end:
                continue
            if len(items) == limit:
                return items, millis(at)
            items.append(_point(at, row))
    more = months[MONTHS_A_READ:]
    return items, millis(more[0]) if more else None


def _daily(store: Store, stream: Stream, start: datetime, end: datetime, limit: int) -> Read:
    items: list[PointView] = []
    years = range(start.astimezone(HUE).year, end.astimezone(HUE).year + 1)
    for year in years[:YEARS_A_READ]:
        pk = day_key(stream.id, date(year, 1, 1))[0]
        for row in store.table.query(pk, limit=MOST_POINTS)[0]:
            at = datetime(year, int(row.sk[:2]), int(row.sk[2:]), tzinfo=HUE).astimezone(UTC)
            if not start <= at < end:
                continue
            if len(items) == limit:
                return items, millis(at)
            items.append(_point(at, row))
    more = years[YEARS_A_READ:]
    return items, millis(datetime(more[0], 1, 1, tzinfo=HUE)) if more else None


def _months(start: datetime, end: datetime) -> list[datetime]:
    month, found = start.astimezone(UTC).replace(day=1, hour=0), []
    while month < end:
        found.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def _point(at: datetime, row: Row) -> PointView:
    doc = row.doc
    if not doc["n"]:
        return PointView(at=at, n=0, flags=tuple(doc.get("flags", ())))
    return PointView(
        at=at,
        n=doc["n"],
        mean=round(doc["sum"] / doc["n"], 4),
        min=doc["min"],
        max=doc["max"],
        sum=doc["sum"],
        flags=tuple(doc.get("flags", ())),
    )


def as_csv(found: Series) -> str:
    """A series as CSV (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    raw = found.resolution == "raw"
    columns = ["value", "quality"] if raw else ["n", "mean", "min", "max", "sum"]
    writer.writerow(["at", "stream", "uom", *columns, "flags"])
    for item in found.items:
        cells = item.model_dump()
        at = item.at.astimezone(HUE).isoformat()
        flags = " ".join(item.flags)
        writer.writerow([at, found.stream, found.uom, *(cells[c] for c in columns), flags])
    return out.getvalue()
