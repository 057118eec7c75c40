"""The registry, the rules and the lines on the sea, as dated data; and a position on its way."""

from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from city.kernel.reference import Dated
from city.kernel.text import Text, text

NM_M = 1852.0
HOUR_MS = 3_600_000
MINUTE_MS = 60_000

Source = Literal["vms", "ais"]
ZoneKind = Literal["limit", "protected"]


class State(StrEnum):
    """Where a boat stands. Wire values are stable."""

    UNKNOWN = "UNKNOWN"
    IN_PORT = "IN_PORT"
    AT_SEA = "AT_SEA"
    LATE = "LATE"
    REPORTED_BY_RADIO = "REPORTED_BY_RADIO"
    OUTAGE = "OUTAGE"
    SILENT_6H = "SILENT_6H"
    SILENT_24H = "SILENT_24H"
    SILENT_10D = "SILENT_10D"


STATE_NAMES: dict[State, Text] = {
    State.UNKNOWN: text("Chưa có vị trí", "No position yet"),
    State.IN_PORT: text("Trong cảng", "In port"),
    State.AT_SEA: text("Trên biển", "At sea"),
    State.LATE: text("Chậm báo vị trí", "Late"),
    State.REPORTED_BY_RADIO: text("Đã báo bằng bộ đàm", "Reported by radio"),
    State.OUTAGE: text("Nhà cung cấp mất tín hiệu", "Provider outage"),
    State.SILENT_6H: text("Mất tín hiệu quá 6 giờ", "Silent over 6 h"),
    State.SILENT_24H: text("Mất tín hiệu quá 24 giờ", "Silent over 24 h"),
    State.SILENT_10D: text("Mất tín hiệu quá 10 ngày", "Silent over 10 days"),
}
SILENT = (State.SILENT_6H, State.SILENT_24H, State.SILENT_10D)


class Sourced(Dated):
    """A dated row that says which document it comes from and whether that was checked."""

    id: str
    source: Text
    confirmed: bool = False


class Device(BaseModel, frozen=True):
    """A satellite terminal on a boat."""

    id: str
    vendor: str


class Boat(BaseModel):
    """A registered boat. `owner` is a name; `account` the owner's account here, if there is one.

    `devices` are in order: the first counts, the second only while the first is silent.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    registration: str
    lmax_m: float = Field(gt=0, lt=200)
    gear: str
    port: str
    owner: str
    account: str | None = None
    devices: tuple[Device, ...] = Field(max_length=2)
    mmsi: int | None = Field(None, ge=100_000_000, le=999_999_999)
    demo: bool = True


class Gateway(BaseModel, frozen=True):
    """A machine that sends positions: of a vendor's terminals, or of an AIS receiver."""

    id: str
    vendor: str
    kind: Source
    max_per_minute: int = 2_000


class Obligation(Sourced):
    """What boats of a length must do; `to_m` is not included."""

    from_m: float
    to_m: float | None = None
    device: bool
    interval_min: int | None = None
    words: Text


class Limits(Sourced):
    """The numbers of the rules: hours of silence, shares of an outage, distances, speeds."""

    late_factor: float
    silent_h: tuple[float, float, float]
    radio_h: float
    outage_share: float
    outage_least: int
    outage_window_min: int
    outage_half: float
    apart_s: int
    fixes_outside: int
    clear_nm: float
    near_nm: float
    max_knots: float
    keep_months: int


class Deadline(Sourced):
    """By when something must be done about a case of a kind and stage, hours from its opening."""

    case: Literal["silence", "limit", "protected"]
    stage: int = 1
    grave: bool = False
    action: str
    hours: float
    words: Text


class FineBand(Sourced):
    """What a fine may be, in đồng. Nothing is ever fined by the machine."""

    case: Literal["silence", "limit", "protected"]
    from_m: float
    least_vnd: int
    most_vnd: int
    repeat_most_vnd: int


class Zone(Sourced):
    """A line on the sea. Inside a `limit` fishing is allowed; inside `protected` it is not.

    `ring` is closed, (lon, lat); `approach_nm` is how near the warning to the skipper begins.
    """

    kind: ZoneKind
    name: Text
    ring: tuple[tuple[float, float], ...] = Field(min_length=4, max_length=500)
    approach_nm: float


class Port(BaseModel, frozen=True):
    """A port: a circle within which a boat is in port."""

    id: str
    name: Text
    lat: float
    lon: float
    radius_nm: float
    source: Text
    confirmed: bool = False


class Fix(NamedTuple):
    """A position. `t` is epoch milliseconds; `device` a terminal's id or `ais`."""

    boat: str
    device: str
    t: int
    lat: float
    lon: float
    knots: float | None = None
    course: float | None = None

    @property
    def source(self) -> Source:
        """Where it comes from."""
        return "ais" if self.device == "ais" else "vms"

    def packed(self) -> list[Any]:
        """For the queue and the table."""
        return list(self)

    @classmethod
    def unpacked(cls, raw: list[Any]) -> "Fix":
        """From the queue or the table."""
        return cls(*raw)


class Book(BaseModel, frozen=True):
    """Every document of the unit, of all days."""

    version: str
    boats: tuple[Boat, ...]
    gateways: tuple[Gateway, ...]
    obligations: tuple[Obligation, ...]
    limits: tuple[Limits, ...]
    deadlines: tuple[Deadline, ...]
    fines: tuple[FineBand, ...]
    zones: tuple[Zone, ...]
    ports: tuple[Port, ...]
    agencies: tuple[str, ...]

    @cached_property
    def boat(self) -> dict[str, Boat]:
        """Boats by id."""
        return {boat.id: boat for boat in self.boats}

    @cached_property
    def by_device(self) -> dict[str, tuple[Boat, Device]]:
        """Boats by the id of a terminal."""
        return {device.id: (boat, device) for boat in self.boats for device in boat.devices}

    @cached_property
    def by_mmsi(self) -> dict[int, Boat]:
        """Boats by MMSI."""
        return {boat.mmsi: boat for boat in self.boats if boat.mmsi}

    @cached_property
    def gateway(self) -> dict[str, Gateway]:
        """Gateways by id."""
        return {gateway.id: gateway for gateway in self.gateways}

    @cached_property
    def port(self) -> dict[str, Port]:
        """Ports by id."""
        return {port.id: port for port in self.ports}

    def of_account(self, account: str) -> list[Boat]:
        """A person's boats."""
        return [boat for boat in self.boats if boat.account == account]

    def limits_on(self, day: date) -> Limits:
        """The numbers of a day.

        Raises:
            LookupError: no row covers it.
        """
        found = [row for row in self.limits if row.holds(day)]
        if not found:
            raise LookupError(f"no limits for fishing boats on {day}")
        return found[-1]

    def zones_on(self, day: date) -> list[Zone]:
        """The lines of a day."""
        return [zone for zone in self.zones if zone.holds(day)]

    def duty(self, boat: Boat, day: date) -> Obligation | None:
        """What a boat must do, None where its length obliges to nothing."""
        return next(
            (
                row
                for row in self.obligations
                if row.holds(day)
                and row.from_m <= boat.lmax_m
                and (row.to_m is None or boat.lmax_m < row.to_m)
            ),
            None,
        )
