"""Triggers of the unit `sensing`."""

from datetime import datetime
from typing import Any

from city.adapters.gateways import GatewayKeys, new_secret
from city.adapters.http import Reply, Request, Unit
from city.adapters.queue import Queue, Sender
from city.adapters.routes import validated
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.kernel.clock import utc_now
from city.kernel.page import Page, PageQuery
from city.kernel.problems import NotFound
from city.sensing import (
    documents,
    episode_views,
    index_views,
    intake,
    judging,
    sensorthings,
    series,
    service,
    views,
)
from city.sensing.index_models import (
    AtQuery,
    DayQuery,
    IndexSummary,
    IndexView,
    RiverView,
    TablesQuery,
)
from city.sensing.model import City, StationKind, millis
from city.sensing.store import Store, Window
from pydantic import AwareDatetime, BaseModel, Field, RootModel

app = Unit("sensing")
BRIEFLY = {"Cache-Control": "public, max-age=30"}
LONGER = {"Cache-Control": "public, max-age=300"}


class DataArrays(RootModel[list[sensorthings.DataArray]]):
    """The body of CreateObservations."""


class MapQuery(BaseModel, frozen=True):
    """Which stations to draw."""

    kind: StationKind | None = None


class Work(BaseModel, frozen=True, extra="forbid"):
    """A maintenance window."""

    start: AwareDatetime
    end: AwareDatetime
    note: str = Field("", max_length=200)


class NewKey(BaseModel, frozen=True):
    """A gateway's new key; it is shown this once."""

    key: str


def readings_queue() -> Sender:
    """Where accepted readings wait."""
    return Queue("sensing-readings")


def _city(now: datetime) -> City:
    return documents.city(table("sensing"), now)


def _store() -> Store:
    return Store(table("sensing"))


def _keys() -> GatewayKeys:
    return GatewayKeys("sensing", table("sensing"), settings().token_secret)


def _gateway(request: Request, now: datetime) -> str:
    given = request.headers.get("x-api-key", "")
    gateway = _keys().verify(given, now)
    note(gateway=gateway)
    return gateway


def _take(gateway: str, batch: intake.Batch, now: datetime) -> intake.Receipt:
    receipt = intake.take(_store(), readings_queue(), _city(now), gateway, batch, now)
    note(accepted=receipt.accepted, duplicates=receipt.duplicates, rejected=receipt.rejected)
    return receipt


@app.post("/v1/observations/batch", status=202, idempotent=False, shape=intake.Receipt)
def batch(request: Request) -> Reply:
    """Take in up to 500 readings of a gateway (X-API-Key; gzip as application/gzip)."""
    now = utc_now()
    gateway = _gateway(request, now)
    return Reply(_take(gateway, intake.read_batch(request.raw_body), now), status=202)


@app.post("/v1/sensorthings/Observations", status=201, idempotent=False)
def observation(request: Request) -> Reply:
    """Take in one SensorThings Observation."""
    now = utc_now()
    gateway = _gateway(request, now)
    given = validated(sensorthings.Observation, intake.unzipped(request.raw_body), "body")
    receipt = _take(gateway, sensorthings.single(gateway, given), now)
    return Reply(receipt, status=422 if receipt.rejected else 201)


@app.post("/v1/sensorthings/CreateObservations", status=201, idempotent=False)
def observations(request: Request) -> Reply:
    """Take in SensorThings data arrays; answers a link or `error` for each row."""
    now = utc_now()
    gateway = _gateway(request, now)
    given = validated(DataArrays, intake.unzipped(request.raw_body), "body")
    receipt = _take(gateway, sensorthings.many(gateway, given.root), now)
    return Reply({"value": sensorthings.answers(receipt.items)}, status=201)


@app.get("/v1/observations/latest", shape=Page[views.Latest])
def latest(query: views.StationsQuery) -> Reply:
    """Newest values, a page of stations at a time; silent streams have none."""
    now = utc_now()
    return Reply(views.latest_page(_store(), _city(now), query, now), headers=BRIEFLY)


@app.get("/v1/observations/map", media_types=("application/geo+json",))
def on_map(query: MapQuery) -> Reply:
    """Stations with newest values as GeoJSON."""
    now = utc_now()
    made = views.on_map(_store(), _city(now), query.kind, now)
    return Reply(made, headers=BRIEFLY, media_type="application/geo+json")


@app.get("/v1/stations", shape=Page[views.StationView])
def stations(query: views.StationsQuery) -> Reply:
    """Stations and what they measure."""
    return Reply(views.stations(_city(utc_now()), query), headers=LONGER)


@app.get("/v1/stations/{station}", shape=views.StationView)
def station(station: str) -> Reply:
    """One station."""
    city = _city(utc_now())
    return Reply(views.station_view(city, views.one_station(city, station)), headers=LONGER)


@app.get("/v1/stations/{station}/latest")
def station_latest(station: str) -> Reply:
    """Newest values of a station."""
    now = utc_now()
    city = _city(now)
    found = views.station_latest(_store(), city, views.one_station(city, station), now)
    return Reply(Page(items=found), headers=BRIEFLY)


@app.get("/v1/stations/{station}/series", shape=series.Series)
def station_series(station: str, query: series.SeriesQuery) -> Reply:
    """Raw, hourly or daily values of one parameter."""
    return Reply(_series(station, query), headers=BRIEFLY)


@app.get("/v1/stations/{station}/series.csv", media_types=("text/csv",))
def station_csv(station: str, query: series.SeriesQuery) -> Reply:
    """The same as CSV, a page at a time; X-Next-Cursor has the next one."""
    found = _series(station, query)
    more = {"X-Next-Cursor": found.next_cursor} if found.next_cursor else {}
    return Reply(
        series.as_csv(found), headers={**BRIEFLY, **more}, media_type="text/csv; charset=utf-8"
    )


def _series(station_id: str, query: series.SeriesQuery) -> series.Series:
    now = utc_now()
    city = _city(now)
    return series.series(_store(), city, views.one_station(city, station_id), query, now)


@app.post("/v1/stations/{station}/maintenance", status=204)
def maintain(station: str, body: Work) -> Reply:
    """Announce work at a station: its readings of that time are marked suspect."""
    now = utc_now()
    window = Window(station=station, start=millis(body.start), end=millis(body.end), note=body.note)
    service.plan_maintenance(_store(), _city(now), window, now)
    return Reply(status=204)


def _summaries(what: str, query: PageQuery) -> Reply:
    now = utc_now()
    return Reply(index_views.summaries(_store(), _city(now), what, query, now), headers=BRIEFLY)


@app.get("/v1/air", shape=Page[IndexSummary])
def air_list(query: PageQuery) -> Reply:
    """VN_AQI of the last hour at every station."""
    return _summaries("air", query)


@app.get("/v1/air/{station}", shape=IndexView)
def air(station: str, query: AtQuery) -> Reply:
    """VN_AQI of a station: colour, words, advice, all parameters, method and source."""
    now = utc_now()
    return Reply(index_views.air(_store(), _city(now), station, query, now), headers=BRIEFLY)


@app.get("/v1/water", shape=Page[IndexSummary])
def water_list(query: PageQuery) -> Reply:
    """VN_WQI of the last day at every station."""
    return _summaries("water", query)


@app.get("/v1/water/{station}", shape=IndexView)
def water(station: str, query: DayQuery) -> Reply:
    """VN_WQI of a station for a day; rows that are not confirmed are named."""
    now = utc_now()
    return Reply(index_views.water(_store(), _city(now), station, query, now), headers=BRIEFLY)


@app.get("/v1/rivers", shape=Page[IndexSummary])
def river_list(query: PageQuery) -> Reply:
    """Levels of all river gauges."""
    return _summaries("rivers", query)


@app.get("/v1/rivers/{station}", shape=RiverView)
def river(station: str) -> Reply:
    """A gauge with its alarm levels and outlook."""
    now = utc_now()
    return Reply(index_views.river(_store(), _city(now), station, now), headers=BRIEFLY)


@app.get("/v1/fire-danger", shape=Page[IndexSummary])
def fire_list(query: PageQuery) -> Reply:
    """Forest-fire danger at every tower."""
    return _summaries("fire-danger", query)


@app.get("/v1/fire-danger/{station}", shape=IndexView)
def fire(station: str, query: DayQuery) -> Reply:
    """Forest-fire danger at a tower for a day."""
    now = utc_now()
    return Reply(index_views.fire(_store(), _city(now), station, query, now), headers=BRIEFLY)


@app.get("/v1/sensing/episodes", shape=Page[episode_views.EpisodeView])
def episodes(query: episode_views.EpisodesQuery) -> Reply:
    """Open episodes, or those of a month."""
    found = episode_views.episodes(_store(), _city(utc_now()), query)
    return Reply(found, headers=BRIEFLY)


@app.get("/v1/sensing/episodes/{episode}", shape=episode_views.EpisodeStory)
def episode(episode: str) -> Reply:
    """An episode with every change and the readings behind it."""
    return Reply(episode_views.story(_store(), _city(utc_now()), episode), headers=BRIEFLY)


@app.post("/v1/sensing/episodes/{episode}/recompute")
def recompute(episode: str) -> judging.Recomputed:
    """Compute an episode again from stored readings and compare."""
    now = utc_now()
    return judging.recompute(_store(), _city(now), episode, now)


@app.get("/v1/sensing/tables")
def tables(query: TablesQuery) -> Reply:
    """Tables of breakpoints and alarm levels, with their documents."""
    return Reply(index_views.tables(_city(utc_now()), query), headers=LONGER)


@app.post("/v1/sensing/gateways/{gateway}/key", status=201, idempotent=False)
def new_key(gateway: str) -> NewKey:
    """Give a gateway a new key; the old one is good for another week."""
    now = utc_now()
    if gateway not in _city(now).gateway:
        raise NotFound(what=gateway)
    return NewKey(key=_keys().replace(gateway, new_secret(), now))


@app.delete("/v1/sensing/gateways/{gateway}/key", status=204)
def revoke_key(gateway: str) -> Reply:
    """End all keys of a gateway at once."""
    _keys().revoke(gateway, utc_now())
    return Reply(status=204)


@app.receive("sensing-readings")
def receive(message: dict[str, Any]) -> None:
    """Store a batch and let the rules judge it."""
    now = utc_now()
    stored, told = service.process(_store(), outbox("sensing"), _city(now), message, now)
    note(gateway=message["gateway"], stored=stored, told=told)


@app.every(minutes=1)
def rollup() -> None:
    """Roll up hours and days that changed, and compute the indices that are due."""
    now = utc_now()
    rolled, made = service.roll_up(_store(), outbox("sensing"), _city(now), now)
    note(rolled=rolled, indices=made)


@app.every(minutes=1)
def sweep() -> None:
    """End holds that ran out, and notice who is silent."""
    now = utc_now()
    told, outages = service.sweep(_store(), outbox("sensing"), _city(now), now)
    note(told=told, outages=outages)


events = app.events
