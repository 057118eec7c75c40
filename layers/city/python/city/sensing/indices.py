"""Indices of stations from rolled-up hours: computed when their hour or day has ended, kept as
readings of a stream of our own, and computed again when an hour changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from city.adapters.table import Row
from city.kernel.clock import HUE, stamp
from city.sensing.air import HOURS, NOWCAST_HOURS, AirIndex, day_index, hour_index
from city.sensing.fire import FireDay, FireIndex, fire_day
from city.sensing.model import City, Reading, Station, Stream, millis
from city.sensing.rollup import GRACE, day_end, due
from city.sensing.store import Store, hours_of_day, raw_key
from city.sensing.tables import AirTable, FireTable, WaterTable, in_force
from city.sensing.water import WaterIndex, water_index

COMPLETE = 0.75
GASES, DUST = ("o3", "co", "so2", "no2"), ("pm10", "pm25")
RUN_LIMIT = 200
NOON_HOUR = 6  # 13:00 in Huế, in UTC


@dataclass(frozen=True, slots=True)
class Due:
    """An index to compute: the mark it came from, its station, span and end."""

    mark: Row
    station: Station
    span: str
    end: datetime


def waiting(store: Store, city: City, now: datetime) -> list[Due]:
    """The indices whose time has come."""
    until = stamp(now) + "~"
    found = []
    for row in store.due(until, RUN_LIMIT):
        at, name, span = row.sk.split("#")
        if name in city.station:
            end = datetime.fromisoformat(at) - GRACE
            found.append(Due(row, city.station[name], span, end))
    return found


def computed(store: Store, city: City, item: Due) -> list[Reading]:
    """The readings of our own that an index makes; none if there is no index.

    Unchanged ones too: who died between storing and judging must be able to judge them again.
    """
    values: dict[str, float] = {}
    if item.station.kind == "air":
        found = _air(store, city, item)
        if found and found.index is not None:
            values[f"vn_aqi_{item.span}"] = found.index
    elif item.station.kind == "water":
        water = water_of_day(store, city, item.station, _day(item.end))
        if water and water.index is not None:
            values["vn_wqi"] = water.index
    elif item.station.kind == "fire_tower":
        fire = fire_of_day(store, city, item.station, _day(item.end))
        if fire and fire.p is not None and fire.level is not None:
            values |= {"nesterov_p": round(fire.p, 1), "fire_level": fire.level}
    t = millis(item.end)
    keys = {f"{item.station.id}.{name}": value for name, value in values.items()}
    stored = store.raw([raw_key(stream, t) for stream in keys if stream in city.stream])
    return [
        Reading(stream, t, float(value), _seq(stored.get(raw_key(stream, t)), value), None)
        for stream, value in keys.items()
        if stream in city.stream
    ]


def _seq(row: Row | None, value: float) -> int:
    """A changed value is a correction; an unchanged one is the same reading again."""
    if row is None:
        return 0
    return int(row.doc["seq"]) + int(row.doc["v"] != float(value))


def follow_up(store: Store, item: Due, now: datetime) -> None:
    """P goes on from yesterday's: a computed day asks for the next one, if that has ended too."""
    later = item.end + timedelta(days=1)
    if item.station.kind == "fire_tower" and later <= now:
        store.commit([due(item.station.id, "day", later, now)])


def hour_names(end: datetime, count: int) -> list[str]:
    """The names of the hours before an end, oldest first."""
    first = end.astimezone(UTC) - timedelta(hours=count)
    return [(first + timedelta(hours=i)).strftime("%Y%m%d%H") for i in range(count)]


def means(
    store: Store, city: City, station: Station, names: Sequence[str]
) -> dict[str, list[float | None]]:
    """Hourly means of a station's parameters; None where less than 75 % was measured."""
    streams = [s for s in city.streams_of.get(station.id, ()) if s.gateway]
    hours = store.hours([s.id for s in streams], names)
    return {s.parameter: [_mean(s, hours.get((s.id, name))) for name in names] for s in streams}


def _mean(stream: Stream, row: Row | None) -> float | None:
    if row is None or not row.doc["n"]:
        return None
    if row.doc["n"] < COMPLETE * 3600 / stream.interval_s:
        return None
    return float(row.doc["sum"] / row.doc["n"])


def air_of_hour(
    store: Store, city: City, station: Station, end: datetime
) -> tuple[AirIndex, AirTable, Mapping[str, list[float | None]]] | None:
    """VN_AQI of the hour that ends at `end`, with its table and the twelve hours behind it."""
    table = in_force(city.air, _day(end))
    if table is None:
        return None
    hours = means(store, city, station, hour_names(end, NOWCAST_HOURS))
    now = {name: hours[name][-1] for name in GASES if name in hours}
    dust = {name: hours[name][::-1] for name in DUST if name in hours}
    return hour_index(table, now, dust), table, hours


def air_of_day(
    store: Store, city: City, station: Station, day: date
) -> tuple[AirIndex, AirTable] | None:
    """VN_AQI of a day in Huế."""
    table = in_force(city.air, day)
    if table is None:
        return None
    hours = means(store, city, station, hour_names(day_end(day), HOURS + 7))
    whole = {name: values[7:] for name, values in hours.items()}
    return day_index(table, whole, hours.get("o3", [])[:7]), table


def water_of_day(store: Store, city: City, station: Station, day: date) -> WaterIndex | None:
    """VN_WQI of a day: means of what was measured, sensors and samples alike."""
    table: WaterTable | None = in_force(city.water, day)
    if table is None:
        return None
    names = hours_of_day(day)
    streams = [s for s in city.streams_of.get(station.id, ()) if s.gateway]
    hours = store.hours([s.id for s in streams], names)
    inputs: dict[str, float | None] = {}
    for stream in streams:
        docs = [hours[stream.id, n].doc for n in names if (stream.id, n) in hours]
        count = sum(doc["n"] for doc in docs)
        inputs[stream.parameter] = (
            sum(doc.get("sum", 0.0) for doc in docs) / count if count else None
        )
    return water_index(table, inputs)


def fire_of_day(store: Store, city: City, station: Station, day: date) -> FireIndex | None:
    """Fire danger of a day: yesterday's P, the air at 13:00, the day's rain."""
    table: FireTable | None = in_force(city.fire, day)
    if table is None or station.zone is None:
        return None
    names = hours_of_day(day)
    hours = means(store, city, station, names)
    noon = next(i for i, name in enumerate(names) if name.endswith(f"{NOON_HOUR:02}"))
    rain = _rain(store, city, station, names)
    before = store.raw([raw_key(f"{station.id}.nesterov_p", millis(day_end(day)) - 86_400_000)])
    yesterday = next((float(row.doc["v"]) for row in before.values()), 0.0)
    measured = FireDay(
        day,
        hours.get("temperature", [None] * 24)[noon],
        hours.get("humidity", [None] * 24)[noon],
        rain,
    )
    return fire_day(table, station.zone, yesterday, measured)


def _rain(store: Store, city: City, station: Station, names: Sequence[str]) -> float | None:
    """The day's rain, if 75 % of the day was measured."""
    stream = city.stream.get(f"{station.id}.rain")
    if stream is None:
        return None
    docs = [row.doc for row in store.hours([stream.id], names).values()]
    if sum(doc["n"] for doc in docs) < COMPLETE * 86_400 / stream.interval_s:
        return None
    return float(sum(doc.get("sum", 0.0) for doc in docs))


def _day(end: datetime) -> date:
    """The day in Huế that the time before `end` belongs to."""
    return (end - timedelta(minutes=1)).astimezone(HUE).date()


def _air(store: Store, city: City, item: Due) -> AirIndex | None:
    if item.span == "hour":
        hourly = air_of_hour(store, city, item.station, item.end)
        return hourly[0] if hourly else None
    daily = air_of_day(store, city, item.station, _day(item.end))
    return daily[0] if daily else None
