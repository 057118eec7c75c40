"""Hours and days from raw readings: recomputed, never added to, so a second run changes nothing."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from city.adapters.table import ABSENT, ANY, CommitConflict, Operation, Put, Row
from city.kernel.clock import HUE, stamp
from city.sensing.model import City, Station, millis
from city.sensing.quality import UNKNOWN
from city.sensing.store import (
    HOURLY_DAYS,
    SHARDS,
    Store,
    day_key,
    day_of,
    dirty_day,
    hour_key,
    hour_start,
    hours_of_day,
)

HOURS_A_RUN = 150  # per shard: a run must end well inside its minute
DAYS_A_RUN = 300
DAY_PAUSE_MS = 15 * 60_000  # a day that still grows is rolled up this often
GRACE = timedelta(minutes=5)  # for readings of an hour that come after its end
INDEXED = frozenset({"air", "water", "fire_tower"})
NOWCAST_REACH = 11


def roll_up(store: Store, city: City, now: datetime) -> int:
    """Roll up every dirty hour, then the days that are due; returns how many."""
    done = 0
    for shard in range(SHARDS):
        for mark in store.dirty(str(shard), HOURS_A_RUN):
            name, _, stream = mark.sk.partition("#")
            if stream in city.stream and not _hour(store, city, stream, name, now):
                continue
            store.settle(mark)
            done += 1
    for mark in store.dirty("D", DAYS_A_RUN):
        name, _, stream = mark.sk.partition("#")
        day = datetime.strptime(name, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        over = now.astimezone(HUE).date() > day
        if not over and millis(now) - mark.version < DAY_PAUSE_MS:
            continue
        if stream in city.stream and not _day(store, stream, day):
            continue
        store.settle(mark)
        done += 1
    return done


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """An hour of raw rows: figures of the good ones, and how many were flagged."""
    good = [(int(row.sk[2:]), float(row.doc["v"])) for row in rows if row.doc["q"] <= UNKNOWN]
    flags = Counter(why for row in rows for why in row.doc.get("f", ()))
    doc: dict[str, Any] = {"all": len(rows), "n": len(good)}
    if flags:
        doc["flags"] = dict(sorted(flags.items()))
    if good:
        values = [v for _, v in good]
        doc |= {
            "min": min(values), "max": max(values), "sum": round(sum(values), 6),
            "first": good[0][1], "last": good[-1][1],
        }  # fmt: skip
    return doc


def merged(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Hours in order as one summary."""
    good = [part for part in parts if part["n"]]
    flags: Counter[str] = Counter()
    for part in parts:
        flags.update(part.get("flags", {}))
    doc: dict[str, Any] = {
        "all": sum(part["all"] for part in parts),
        "n": sum(part["n"] for part in parts),
        "hours": len(good),
    }
    if flags:
        doc["flags"] = dict(sorted(flags.items()))
    if good:
        doc |= {
            "min": min(part["min"] for part in good), "max": max(part["max"] for part in good),
            "sum": round(sum(part["sum"] for part in good), 6),
            "first": good[0]["first"], "last": good[-1]["last"],
        }  # fmt: skip
    return doc


def _hour(store: Store, city: City, stream: str, name: str, now: datetime) -> bool:
    """Recompute an hour; False if somebody else was quicker, then the mark stays."""
    doc = summary(store.raw_hour(stream, name))
    stored = store.hours([stream], [name]).get((stream, name))
    if stored and stored.doc == doc:
        return True
    ttl = int((hour_start(name) + timedelta(days=HOURLY_DAYS)).timestamp())
    row = Row(*hour_key(stream, name), doc, stored.version + 1 if stored else 1, ttl)
    operations: list[Operation] = [
        Put(row, stored.version if stored else ABSENT),
        dirty_day(stream, day_of(name), millis(now)),
    ]
    station = city.station[city.stream[stream].station]
    if station.kind in INDEXED and city.stream[stream].gateway:
        operations += due_after(station, name, now)
    return _committed(store, operations)


def _day(store: Store, stream: str, day: date) -> bool:
    names = hours_of_day(day)
    hours = store.hours([stream], names)
    doc = merged([hours[stream, name].doc for name in names if (stream, name) in hours])
    stored = store.days(stream, [day]).get(day)
    if stored and stored.doc == doc:
        return True
    row = Row(*day_key(stream, day), doc, stored.version + 1 if stored else 1)
    return _committed(store, [Put(row, stored.version if stored else ABSENT)])


def _committed(store: Store, operations: list[Operation]) -> bool:
    try:
        store.commit(operations)
    except CommitConflict:
        return False
    return True


def due_after(station: Station, hour_name: str, now: datetime) -> list[Operation]:
    """The indices that an hour's change touches: its own, its day's, and later ones if it is late.

    A Nowcast reaches eleven hours back, so a late hour changes up to eleven later indices.
    """
    start, day, today = hour_start(hour_name), day_of(hour_name), now.astimezone(HUE).date()
    days = [day] + [day + timedelta(days=1)] * (day < today)
    rows = [due(station.id, "day", day_end(d), now) for d in days]
    if station.kind == "air":
        ends = [start + timedelta(hours=i + 1) for i in range(NOWCAST_REACH + 1)]
        rows += [due(station.id, "hour", e, now) for i, e in enumerate(ends) if i == 0 or e <= now]
    return list(rows)


def due(station: str, span: str, end: datetime, now: datetime) -> Put:
    """Ask for an index after its time has ended."""
    row = Row("INDEX#DUE", f"{stamp(end + GRACE)}#{station}#{span}", version=millis(now))
    return Put(row, ANY)


def day_end(day: date) -> datetime:
    """Midnight after a day in Huế."""
    return datetime(day.year, day.month, day.day, tzinfo=HUE) + timedelta(days=1)
