"""Indices for people: colour, words, advice, all parameters, the method and its source."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from city.contracts.sensing import Outlook
from city.kernel.clock import HUE
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import NotFound, invalid
from city.kernel.text import Text
from city.sensing import indices
from city.sensing.air import AirIndex
from city.sensing.episodes import unpacked
from city.sensing.fold import state_at
from city.sensing.index_models import (
    AlarmView,
    AtQuery,
    DayQuery,
    Grade,
    IndexSummary,
    IndexView,
    Part,
    RiverView,
    Source,
    TablesQuery,
)
from city.sensing.model import City, Station, StationKind, millis
from city.sensing.outlook import extrapolated
from city.sensing.river import river_state
from city.sensing.rollup import GRACE
from city.sensing.rounding import half_up
from city.sensing.store import Store
from city.sensing.tables import AirTable, AnyTable, Band, Sourced, WaterTable, band_of, in_force
from city.sensing.texts import GREY, METHODS, NO_DATA, REASONS
from city.sensing.views import Latest, latest_of, one_station, station_latest

MAIN: dict[str, tuple[StationKind, str]] = {
    "air": ("air", "vn_aqi_hour"),
    "water": ("water", "vn_wqi"),
    "rivers": ("river", "water_level"),
    "fire-danger": ("fire_tower", "fire_level"),
}


def air(store: Store, city: City, station_id: str, query: AtQuery, now: datetime) -> IndexView:
    """VN_AQI of a station: the last whole hour, or the last whole day.

    Raises:
        NotFound: no such air station, or no table was in force.
    """
    station = _of_kind(city, station_id, "air")
    at = _aware(query.at, now)
    found: tuple[AirIndex, Any] | None
    if query.span == "hour":
        end = (at - GRACE * (query.at is None)).replace(minute=0, second=0, microsecond=0)
        hourly = indices.air_of_hour(store, city, station, end)
        found = hourly[:2] if hourly else None
    else:
        day = at.astimezone(HUE).date() - timedelta(days=query.at is None)
        found, end = indices.air_of_day(store, city, station, day), _midnight(day)
    if found is None:
        raise NotFound(what=station_id)
    made, table = found
    parts = [
        Part(
            parameter=name,
            name=city.parameter[name].name,
            value=half_up(sub.value, 1) if sub.value is not None else None,
            uom=city.parameter[name].uom,
            index=half_up(sub.index, 1) if sub.index is not None else None,
            main=name == made.main,
            reason=REASONS[sub.reason] if sub.reason else None,
        )
        for name, sub in made.parts.items()
    ]
    return IndexView(
        **_where(station),
        span=query.span,
        until=end.astimezone(UTC),
        index=made.index,
        grade=_grade(table.bands, made.index),
        main=made.main,
        reason=REASONS[made.reason] if made.reason else None,
        parts=parts,
        unconfirmed=[],
        method=METHODS[f"air_{query.span}"],
        source=source(city, table),
    )


def water(store: Store, city: City, station_id: str, query: DayQuery, now: datetime) -> IndexView:
    """VN_WQI of a station for a day.

    Raises:
        NotFound: no such station, or no table was in force.
    """
    station = _of_kind(city, station_id, "water")
    day = query.day or now.astimezone(HUE).date() - timedelta(days=1)
    made, table = indices.water_of_day(store, city, station, day), in_force(city.water, day)
    if made is None or table is None:
        raise NotFound(what=station_id)
    parts = []
    for name, q in made.quality.items():
        parameter = city.parameter.get("do" if name == "do_saturation" else name)
        row = table.rows[name]
        parts.append(
            Part(
                parameter=name,
                name=parameter.name if parameter else Text(vi=name, en=name),
                value=None,
                uom=row.uom,
                index=half_up(q, 1),
                confirmed=row.confirmed,
                reason=Text(vi=row.note, en=row.note) if row.note else None,
            )
        )
    return IndexView(
        **_where(station),
        span="day",
        until=_midnight(day),
        index=made.index,
        grade=_grade(table.bands, made.index),
        main=None,
        reason=REASONS[made.reason] if made.reason else None,
        parts=parts,
        unconfirmed=list(made.unconfirmed),
        method=METHODS["water"],
        source=source(city, table),
    )


def fire(store: Store, city: City, station_id: str, query: DayQuery, now: datetime) -> IndexView:
    """Forest-fire danger at a tower for a day.

    Raises:
        NotFound: no such tower, or no table was in force.
    """
    station = _of_kind(city, station_id, "fire_tower")
    day = query.day or now.astimezone(HUE).date() - timedelta(days=1)
    made, table = indices.fire_of_day(store, city, station, day), in_force(city.fire, day)
    if made is None or table is None:
        raise NotFound(what=station_id)
    grade = None
    if made.level and made.band:
        grade = _graded(made.level, made.band)
    return IndexView(
        **_where(station),
        span="day",
        until=_midnight(day),
        index=half_up(made.p, 0) if made.p is not None else None,
        grade=grade,
        main=None,
        reason=REASONS[made.reason] if made.reason else None,
        parts=[],
        unconfirmed=[] if table.confirmed else [table.id],
        method=METHODS["fire"],
        source=source(city, table),
    )


def river(store: Store, city: City, station_id: str, now: datetime) -> RiverView:
    """A gauge: its level, the alarm levels, and where it is heading.

    Raises:
        NotFound: no such gauge.
    """
    station = _of_kind(city, station_id, "river")
    latest = next(
        x for x in station_latest(store, city, station, now) if x.parameter == "water_level"
    )
    table = in_force(city.river(station.id), now.astimezone(HUE).date())
    state = river_state(table, latest.value) if table and latest.value is not None else None
    distances: Mapping[int, float] = state.distances if state else {}
    return RiverView(
        **_where(station),
        river=station.river,
        latest=latest,
        level=state.level if state else None,
        words=state.words if state else NO_DATA,
        alarms=[
            AlarmView(**a.model_dump(), distance=distances.get(a.level))
            for a in (table.levels if table else ())
        ],
        record=table.record if table else None,
        record_year=table.record_year if table else None,
        outlook=_outlook(store, city, f"river-{station.id}", latest),
        source=source(city, table) if table else None,
    )


def summaries(
    store: Store, city: City, what: str, query: PageQuery, now: datetime
) -> Page[IndexSummary]:
    """The newest index of every station of a kind; silent ones are grey and have no value."""
    kind, parameter = MAIN[what]
    after = str(decode_cursor(query.cursor).get("after", ""))
    listed = sorted(
        (s for s in city.stations if s.kind == kind and s.id > after), key=lambda s: s.id
    )
    some = listed[: query.limit]
    newest = store.newest(city, [f"{s.id}.{parameter}" for s in some])
    items = []
    for station in some:
        stream = city.stream[f"{station.id}.{parameter}"]
        held = newest.get(stream.id)
        items.append(_summary(city, station, latest_of(city, stream, held and held[0], now), now))
    more = len(listed) > query.limit
    cursor = encode_cursor({"after": some[-1].id}) if more else None
    return Page(items=items, next_cursor=cursor)


def tables(city: City, query: TablesQuery) -> Page[AnyTable]:
    """Tables of breakpoints and levels, old ones too."""
    after = str(decode_cursor(query.cursor).get("after", ""))
    listed = [
        city.table[key]
        for key in sorted(city.table)
        if key > after and query.kind in (None, city.table[key].kind)
    ]
    more = len(listed) > query.limit
    cursor = encode_cursor({"after": listed[query.limit - 1].id}) if more else None
    return Page(items=listed[: query.limit], next_cursor=cursor)


def source(city: City, table: Sourced) -> Source:
    """Where a figure comes from."""
    return Source(
        table=table.id,
        table_version=city.table_versions[table.id],
        authority=table.authority,
        document=table.document,
        article=table.article,
        confirmed=table.confirmed,
        checked_on=table.checked_on,
        checked_how=table.checked_how,
    )


def _summary(city: City, station: Station, latest: Latest, now: datetime) -> IndexSummary:
    day = now.astimezone(HUE).date()
    level, words, colour, confirmed = None, NO_DATA, GREY, True
    if latest.value is not None:
        if station.kind == "river":
            table = in_force(city.river(station.id), day)
            state = river_state(table, latest.value) if table else None
            if table and state:
                level, words, confirmed = state.level, state.words, table.confirmed
                colour = ("#00b050", "#ffff00", "#ff7e00", "#ff0000")[state.level]
        elif station.kind == "fire_tower":
            danger = in_force(city.fire, day)
            if danger:
                band = danger.bands[int(latest.value) - 1]
                level, words, colour = int(latest.value), band.name, band.colour
                confirmed = danger.confirmed
        else:
            ruled: AirTable | WaterTable | None = (
                in_force(city.air, day) if station.kind == "air" else in_force(city.water, day)
            )
            if ruled:
                level, band = band_of(ruled.bands, latest.value)
                words, colour, confirmed = band.name, band.colour, ruled.confirmed
    return IndexSummary(
        station=station.id,
        name=station.name,
        lat=station.lat,
        lon=station.lon,
        unit=station.unit,
        value=latest.value,
        uom=latest.uom,
        at=latest.at,
        state=latest.state,
        level=level,
        words=words,
        colour=colour,
        confirmed=confirmed,
    )


def _outlook(store: Store, city: City, rule_id: str, latest: Latest) -> Outlook | None:
    row = store.rules([rule_id]).get(rule_id)
    rule = next((r for r in city.rules if r.id == rule_id), None)
    if row is None or rule is None or latest.value is None:
        return None
    live, told = unpacked(row.doc)
    if latest.at is None:
        return None
    folded, _ = state_at(live, millis(latest.at), rule, rule.compiled())
    return extrapolated(folded.trail, rule, told.level)


def _of_kind(city: City, station_id: str, kind: StationKind) -> Station:
    station = one_station(city, station_id)
    if station.kind != kind:
        raise NotFound(what=station_id)
    return station


def _where(station: Station) -> dict[str, Any]:
    return {
        "station": station.id, "name": station.name, "lat": station.lat, "lon": station.lon,
    }  # fmt: skip


def _grade(bands: tuple[Band, ...], index: float | None) -> Grade | None:
    return None if index is None else _graded(*band_of(bands, index))


def _graded(number: int, band: Band) -> Grade:
    return Grade(number=number, name=band.name, colour=band.colour, advice=band.advice)


def _midnight(day: date) -> datetime:
    end = datetime(day.year, day.month, day.day, tzinfo=HUE) + timedelta(days=1)
    return end.astimezone(UTC)


def _aware(at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return now
    moment = at if at.tzinfo else at.replace(tzinfo=HUE)
    if moment > now:
        raise invalid("at", "Chưa tới thời điểm này.", "This moment has not come yet.")
    return moment
