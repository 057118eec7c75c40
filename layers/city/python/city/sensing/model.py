"""What is measured where: stations, streams, gateways, parameters; and a reading on its way."""

from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from city.contracts.sensing import EpisodePlace
from city.kernel.geo import geohash
from city.kernel.reference import Dated
from city.kernel.text import Text
from city.sensing.rules import RuleDocument
from city.sensing.tables import AirTable, AnyTable, FireTable, RiverTable, WaterTable

StationKind = Literal["air", "water", "rain", "reservoir", "river", "road", "fire_tower"]
STALE_INTERVALS = 3
SLOW_S = 600  # readings at least this far apart are kept longer
RARE_S = 7 * 86_400  # laboratory samples: their silence means nothing
GEO = 4


class Checks(BaseModel, frozen=True):
    """Quality limits of a parameter; None where a check makes no sense."""

    fail: tuple[float, float]
    suspect: tuple[float, float] | None = None
    rate_per_hour: float | None = None
    stuck: int | None = Field(None, ge=3, le=48)
    neighbour_factor: float | None = None
    neighbour_floor: float = 0.0
    detection_limit: float | None = None


class Parameter(BaseModel, frozen=True):
    """Something that is measured. `molar_g` is the molar mass of a gas, for ppm."""

    id: str
    name: Text
    uom: str
    digits: int = 2
    total: bool = False
    molar_g: float | None = None
    checks: Checks


class Station(Dated):
    """A place with sensors. `confirmed` is False where the position was not surveyed."""

    id: str
    kind: StationKind
    name: Text
    lat: float
    lon: float
    unit: str | None = None
    river: str | None = None
    zone: str | None = None
    source: str
    confirmed: bool = False
    demo: bool = True

    @cached_property
    def cell(self) -> str:
        """The geohash under which its newest values are kept."""
        return geohash(self.lat, self.lon, GEO)

    def place(self) -> EpisodePlace:
        """The station as a place of an episode."""
        return EpisodePlace(lat=self.lat, lon=self.lon, units=(self.unit,) if self.unit else ())


class Stream(BaseModel, frozen=True):
    """One parameter of one station. `gateway` is None for what we compute ourselves."""

    id: str
    station: str
    parameter: str
    gateway: str | None
    interval_s: int = Field(gt=0)
    neighbours: tuple[str, ...] = ()

    @property
    def stale_after_ms(self) -> int:
        """How long it may be silent."""
        return self.interval_s * STALE_INTERVALS * 1000

    @property
    def watched(self) -> bool:
        """Whether its silence is news."""
        return self.gateway is not None and self.interval_s < RARE_S


class Gateway(BaseModel, frozen=True):
    """What sends readings: its vendor and the power area it hangs on."""

    id: str
    name: Text
    vendor: str
    power_area: str
    max_per_minute: int = 6000


class City(BaseModel):
    """All documents of one version."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    version: str
    stations: tuple[Station, ...]
    streams: tuple[Stream, ...]
    gateways: tuple[Gateway, ...]
    parameters: tuple[Parameter, ...]
    rules: tuple[RuleDocument, ...]
    tables: tuple[AnyTable, ...]
    thresholds: tuple[AnyTable, ...]

    @cached_property
    def station(self) -> dict[str, Station]:
        """Stations by id."""
        return {station.id: station for station in self.stations}

    @cached_property
    def stream(self) -> dict[str, Stream]:
        """Streams by id."""
        return {stream.id: stream for stream in self.streams}

    @cached_property
    def gateway(self) -> dict[str, Gateway]:
        """Gateways by id."""
        return {gateway.id: gateway for gateway in self.gateways}

    @cached_property
    def parameter(self) -> dict[str, Parameter]:
        """Parameters by id."""
        return {parameter.id: parameter for parameter in self.parameters}

    @cached_property
    def streams_of(self) -> dict[str, list[Stream]]:
        """Streams by station."""
        found: dict[str, list[Stream]] = {}
        for stream in self.streams:
            found.setdefault(stream.station, []).append(stream)
        return found

    @cached_property
    def rules_of(self) -> dict[str, list[RuleDocument]]:
        """Rules by stream."""
        found: dict[str, list[RuleDocument]] = {}
        for rule in self.rules:
            for stream in rule.streams:
                found.setdefault(stream, []).append(rule)
        return found

    @cached_property
    def air(self) -> list[AirTable]:
        """Tables of VN_AQI."""
        return [t for t in self.tables if isinstance(t, AirTable)]

    @cached_property
    def water(self) -> list[WaterTable]:
        """Tables of VN_WQI."""
        return [t for t in self.tables if isinstance(t, WaterTable)]

    @cached_property
    def fire(self) -> list[FireTable]:
        """Tables of fire danger."""
        return [t for t in self.tables if isinstance(t, FireTable)]

    @cached_property
    def table(self) -> dict[str, AnyTable]:
        """Every table by id."""
        return {t.id: t for t in (*self.tables, *self.thresholds)}

    @cached_property
    def table_versions(self) -> dict[str, str]:
        """Each table's id with a hash of its content: what an episode cites."""
        return {
            key: f"{key}@{sha256(table.model_dump_json().encode()).hexdigest()[:12]}"
            for key, table in self.table.items()
        }

    def river(self, station: str) -> list[RiverTable]:
        """Alarm levels of a gauge."""
        return [t for t in self.tables if isinstance(t, RiverTable) and t.station == station]


class Reading(NamedTuple):
    """A checked reading in the stream's own unit; `given` is what was sent if that differs."""

    stream: str
    t: int
    value: float
    seq: int
    given: tuple[float, str] | None

    def packed(self) -> list[Any]:
        """As JSON."""
        return [self.stream, self.t, self.value, self.seq, self.given]

    @classmethod
    def unpacked(cls, raw: list[Any]) -> "Reading":
        """From JSON."""
        stream, t, value, seq, given = raw
        return cls(stream, t, value, seq, (given[0], given[1]) if given else None)


def millis(moment: datetime) -> int:
    """A moment as epoch milliseconds."""
    return round(moment.timestamp() * 1000)
