"""The rows of the table `sensing`.

| row | pk | sk | holds |
|---|---|---|---|
| raw | `S#<stream>#<yyyymmddHH>` | `T#<epoch ms>` | value, quality; dies after 14 or 90 days |
| hour | `S#<stream>#H#<yyyymm>` | `<ddHH>` | n, min, max, sum, first, last; dies after 5 years |
| day | `S#<stream>#D#<yyyy>` | `<mmdd>` | the same of a day in Huế |
| newest | `LAST#<kind>#<geohash>` | `<stream>` | newest reading and the good ones before it |
| dirty hour | `DIRTY#<shard>` | `<yyyymmddHH>#<stream>` | to roll up again; `version` is its mark |
| dirty day | `DIRTY#D` | `<yyyymmdd>#<stream>` | the same for days |
| index due | `INDEX#DUE` | `<end>#<station>#<hour or day>` | an index to be computed after `end` |
| rule | `RULE#<id>` | `LIVE` | what the rule has seen; `version` is its lock |
| episode | `EPISODE#<id>` | `HEAD`, `<seq>` | the episode and each of its changes |
| episodes | `EPISODES#OPEN`, `EPISODES#<yyyymm>` | `<opened>#<id>` | for lists |
| silence | `SILENCE` | `NOW` | open outages |
| gateway | `GATEWAY#<id>` | `KEY`, `RATE#<minute>` | keyed hashes; readings of this minute |
| maintenance | `MAINTENANCE` | `<station>#<from>` | a window in which readings are suspect |

Hours are UTC; days are Huế's. Roll-ups are recomputed from raw rows, never added to.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zlib import crc32

from pydantic import BaseModel

from city.adapters.table import (
    ANY,
    Add,
    CommitConflict,
    Delete,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.kernel.clock import HUE
from city.sensing.model import SLOW_S, City, Station, Stream

SHARDS = 4
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
RAW_DAYS, RAW_SLOW_DAYS, HOURLY_DAYS = 14, 90, 5 * 366
RATE_TTL_S = 600
Key = tuple[str, str]


class Newest(BaseModel, frozen=True):
    """The newest reading of a stream, when it came, and the newest good ones, oldest first."""

    t: int
    v: float
    q: int
    f: tuple[str, ...] = ()
    rx: int
    good: tuple[tuple[int, float], ...] = ()


class Window(BaseModel, frozen=True):
    """A time in which a station is worked on."""

    station: str
    start: int
    end: int
    note: str = ""


def hour_of(t: int) -> str:
    """The hour (UTC) of a time, as in keys."""
    return datetime.fromtimestamp(t / 1000, UTC).strftime("%Y%m%d%H")


def hour_start(name: str) -> datetime:
    """The beginning of an hour by its name."""
    return datetime.strptime(name, "%Y%m%d%H").replace(tzinfo=UTC)


def day_of(hour_name: str) -> date:
    """The day in Huế to which an hour belongs."""
    return hour_start(hour_name).astimezone(HUE).date()


def hours_of_day(day: date) -> list[str]:
    """The 24 hours of a day in Huế."""
    start = datetime(day.year, day.month, day.day, tzinfo=HUE).astimezone(UTC)
    return [(start + timedelta(hours=i)).strftime("%Y%m%d%H") for i in range(24)]


def raw_key(stream: str, t: int) -> Key:
    """The key of a reading."""
    return f"S#{stream}#{hour_of(t)}", f"T#{t:013}"


def hour_key(stream: str, hour_name: str) -> Key:
    """The key of an hour."""
    return f"S#{stream}#H#{hour_name[:6]}", hour_name[6:]


def day_key(stream: str, day: date) -> Key:
    """The key of a day."""
    return f"S#{stream}#D#{day:%Y}", f"{day:%m%d}"


def newest_key(station: Station, stream: str) -> Key:
    """The key of a stream's newest reading."""
    return f"LAST#{station.kind}#{station.cell}", stream


def rule_key(rule: str) -> Key:
    """The key of what a rule has seen."""
    return f"RULE#{rule}", "LIVE"


def raw_ttl(stream: Stream, t: int) -> int:
    """When a reading may be forgotten."""
    days = RAW_DAYS if stream.interval_s < SLOW_S else RAW_SLOW_DAYS
    return (t + days * DAY_MS) // 1000


def dirty_hour(stream: str, hour_name: str, mark: int) -> Put:
    """Say that an hour must be rolled up; a later mark outlives the roll-up of an earlier one."""
    shard = crc32(stream.encode()) % SHARDS
    return Put(Row(f"DIRTY#{shard}", f"{hour_name}#{stream}", version=mark), ANY)


def dirty_day(stream: str, day: date, mark: int) -> Put:
    """Say that a day must be rolled up."""
    return Put(Row("DIRTY#D", f"{day:%Y%m%d}#{stream}", version=mark), ANY)


class Store:
    """The unit's table, by what its rows mean."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def newest(self, city: City, streams: Iterable[str]) -> dict[str, tuple[Newest, int]]:
        """The newest readings of some streams, with their rows' versions."""
        keys = {newest_key(city.station[city.stream[s].station], s): s for s in streams}
        rows = self.table.get_many(list(keys))
        return {
            keys[key]: (Newest.model_validate(row.doc), row.version) for key, row in rows.items()
        }

    def all_newest(self, city: City) -> dict[str, Newest]:
        """The newest readings of the whole city."""
        cells = sorted({(s.kind, s.cell) for s in city.stations})
        return {
            row.sk: Newest.model_validate(row.doc)
            for kind, cell in cells
            for row in everything(self.table, f"LAST#{kind}#{cell}")
        }

    def raw(self, keys: Sequence[Key]) -> dict[Key, Row]:
        """Those of the readings that are stored."""
        return self.table.get_many(keys) if keys else {}

    def raw_hour(self, stream: str, hour_name: str) -> list[Row]:
        """The readings of an hour."""
        return everything(self.table, f"S#{stream}#{hour_name}")

    def raw_between(self, stream: str, start: int, end: int) -> list[Row]:
        """The readings of a stretch of time, both ends included."""
        rows: list[Row] = []
        for begin in range(start - start % HOUR_MS, end + 1, HOUR_MS):
            rows += self.raw_hour(stream, hour_of(begin))
        return [row for row in rows if start <= int(row.sk[2:]) <= end]

    def hours(self, streams: Iterable[str], names: Sequence[str]) -> dict[tuple[str, str], Row]:
        """Rolled-up hours, by stream and hour."""
        keys = {hour_key(stream, name): (stream, name) for stream in streams for name in names}
        return {keys[key]: row for key, row in self.table.get_many(list(keys)).items()}

    def days(self, stream: str, days: Sequence[date]) -> dict[date, Row]:
        """Rolled-up days."""
        keys = {day_key(stream, day): day for day in days}
        return {keys[key]: row for key, row in self.table.get_many(list(keys)).items()}

    def dirty(self, shard: str, limit: int) -> list[Row]:
        """Marks of one shard (a number, or `D` for days), oldest hours first."""
        return self.table.query(f"DIRTY#{shard}", limit=limit)[0]

    def due(self, until: str, limit: int) -> list[Row]:
        """Indices whose time has come."""
        return self.table.query("INDEX#DUE", until=until, limit=limit)[0]

    def settle(self, mark: Row) -> None:
        """Remove a mark, unless it was renewed meanwhile."""
        try:
            self.table.commit(Delete(mark.pk, mark.sk, mark.version))
        except CommitConflict:
            return

    def rules(self, ids: Iterable[str]) -> dict[str, Row]:
        """What some rules have seen."""
        keys = {rule_key(rule): rule for rule in ids}
        return {keys[key]: row for key, row in self.table.get_many(list(keys)).items()}

    def windows(self) -> list[Window]:
        """Maintenance windows that are not forgotten yet."""
        return [Window.model_validate(row.doc) for row in everything(self.table, "MAINTENANCE")]

    def commit(self, operations: Sequence[Operation]) -> None:
        """See `Table.commit`."""
        self.table.commit(*operations)

    def count(self, gateway: str, minute: int, readings: int, most: int) -> bool:
        """Count a gateway's readings of a minute; False, and nothing counted, if over `most`."""
        key = (f"GATEWAY#{gateway}", f"RATE#{minute}")
        row = self.table.get(*key)
        if (row.counters.get("n", 0) if row else 0) + readings > most:
            return False
        self.table.commit(Add(*key, {"n": readings}, ttl=minute * 60 + RATE_TTL_S))
        return True

    def get(self, pk: str, sk: str) -> dict[str, Any] | None:
        """A row's document."""
        row = self.table.get(pk, sk)
        return row.doc if row else None
