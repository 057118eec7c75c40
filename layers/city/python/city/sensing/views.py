"""Stations, newest values, the map and series, as the public sees them."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import NotFound
from city.kernel.text import Text
from city.sensing.model import City, Station, StationKind, Stream, millis
from city.sensing.store import Newest, Store


class StreamView(BaseModel, frozen=True):
    """One parameter of a station."""

    id: str
    parameter: str
    name: Text
    uom: str
    interval_s: int
    derived: bool


class StationView(BaseModel, frozen=True):
    """A station. `confirmed` is False where the position was not surveyed."""

    id: str
    kind: StationKind
    name: Text
    lat: float
    lon: float
    unit: str | None
    river: str | None
    zone: str | None
    source: str
    confirmed: bool
    demo: bool
    streams: list[StreamView]


class StationsQuery(PageQuery):
    """Which stations."""

    kind: StationKind | None = None
    unit: str | None = Field(None, max_length=20)


class Latest(BaseModel, frozen=True):
    """The newest value of a stream. Silent streams have no value: the last one is not reused."""

    stream: str
    station: str
    parameter: str
    uom: str
    state: Literal["ok", "suspect", "stale", "never"]
    value: float | None
    at: datetime | None
    quality: int | None = None
    flags: tuple[str, ...] = ()


def stations(city: City, query: StationsQuery) -> Page[StationView]:
    """Stations by id."""
    after = str(decode_cursor(query.cursor).get("after", ""))
    wanted = sorted(
        (
            s
            for s in city.stations
            if query.kind in (None, s.kind) and query.unit in (None, s.unit) and s.id > after
        ),
        key=lambda s: s.id,
    )
    items = [station_view(city, s) for s in wanted[: query.limit]]
    more = len(wanted) > query.limit
    return Page(items=items, next_cursor=encode_cursor({"after": items[-1].id}) if more else None)


def one_station(city: City, station_id: str) -> Station:
    """A station.

    Raises:
        NotFound: no such station.
    """
    station = city.station.get(station_id)
    if station is None:
        raise NotFound(what=station_id)
    return station


def station_view(city: City, station: Station) -> StationView:
    """A station with its streams."""
    streams = [
        StreamView(
            id=s.id,
            parameter=s.parameter,
            name=city.parameter[s.parameter].name,
            uom=city.parameter[s.parameter].uom,
            interval_s=s.interval_s,
            derived=s.gateway is None,
        )
        for s in city.streams_of.get(station.id, ())
    ]
    fields = station.model_dump(exclude={"valid_from", "valid_to"})
    return StationView(**fields, streams=streams)


def latest_of(city: City, stream: Stream, newest: Newest | None, now: datetime) -> Latest:
    """What may be said of a stream now."""
    parameter = city.parameter[stream.parameter]
    known: dict[str, Any] = {
        "stream": stream.id, "station": stream.station, "parameter": parameter.id,
        "uom": parameter.uom,
    }  # fmt: skip
    if newest is None:
        return Latest(**known, state="never", value=None, at=None)
    at = datetime.fromtimestamp(newest.t / 1000, UTC)
    if millis(now) - newest.t > stream.stale_after_ms:
        return Latest(**known, state="stale", value=None, at=at)
    state: Literal["ok", "suspect"] = "ok" if newest.q <= 2 else "suspect"
    value = round(newest.v, parameter.digits)
    return Latest(**known, state=state, value=value, at=at, quality=newest.q, flags=newest.f)


def station_latest(store: Store, city: City, station: Station, now: datetime) -> list[Latest]:
    """The newest values of a station."""
    streams = city.streams_of.get(station.id, [])
    newest = store.newest(city, [s.id for s in streams])
    return [latest_of(city, s, newest[s.id][0] if s.id in newest else None, now) for s in streams]


def latest_page(store: Store, city: City, query: StationsQuery, now: datetime) -> Page[Latest]:
    """The newest values of many stations, a page of stations at a time."""
    page = stations(city, query)
    streams = [city.stream[s.id] for view in page.items for s in view.streams]
    newest = store.newest(city, [s.id for s in streams])
    items = [latest_of(city, s, newest[s.id][0] if s.id in newest else None, now) for s in streams]
    return Page(items=items, next_cursor=page.next_cursor)


def on_map(store: Store, city: City, kind: StationKind | None, now: datetime) -> dict[str, Any]:
    """Stations with their newest values, as GeoJSON (RFC 7946)."""
    newest = store.all_newest(city)
    features = []
    for station in city.stations:
        if kind not in (None, station.kind):
            continue
        values = [
            latest_of(city, s, newest.get(s.id), now).model_dump(
                mode="json", include={"parameter", "uom", "value", "at", "state"}
            )
            for s in city.streams_of.get(station.id, ())
        ]
        features.append(
            {
                "type": "Feature",
                "id": station.id,
                "geometry": {"type": "Point", "coordinates": [station.lon, station.lat]},
                "properties": {
                    "kind": station.kind,
                    "name": station.name.model_dump(),
                    "confirmed": station.confirmed,
                    "demo": station.demo,
                    "alive": any(v["state"] in ("ok", "suspect") for v in values),
                    "values": values,
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}
