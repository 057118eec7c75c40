"""What visitors are shown: sights, routes over them, and 360° scenes. All of it reference data."""

from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, Field

from city.kernel.text import Text, text

Unconfirmed = Literal["position", "hours", "about"]


class SightKind(StrEnum):
    """What a sight is. Wire values are stable."""

    PALACE = "palace"
    TOMB = "tomb"
    TEMPLE = "temple"
    BRIDGE = "bridge"
    HOUSE = "house"
    CRAFT = "craft"
    MUSEUM = "museum"
    NATURE = "nature"
    WATER = "water"


KIND_NAMES: dict[SightKind, Text] = {
    SightKind.PALACE: text("Thành, cung điện", "Citadel and palaces"),
    SightKind.TOMB: text("Lăng vua", "Royal tombs"),
    SightKind.TEMPLE: text("Chùa, đền, nhà thờ", "Temples and churches"),
    SightKind.BRIDGE: text("Cầu", "Bridges"),
    SightKind.HOUSE: text("Nhà vườn, phố cổ", "Garden houses, old streets"),
    SightKind.CRAFT: text("Chợ, làng nghề", "Markets and crafts"),
    SightKind.MUSEUM: text("Bảo tàng", "Museums"),
    SightKind.NATURE: text("Núi, rừng", "Hills and forest"),
    SightKind.WATER: text("Biển, đầm phá", "Sea and lagoons"),
}


class TravelMode(StrEnum):
    """How a route is travelled."""

    WALK = "walk"
    CYCLE = "cycle"
    BOAT = "boat"


MODE_NAMES: dict[TravelMode, Text] = {
    TravelMode.WALK: text("Đi bộ", "On foot"),
    TravelMode.CYCLE: text("Xe đạp", "By bicycle"),
    TravelMode.BOAT: text("Thuyền", "By boat"),
}


class Sight(BaseModel, frozen=True, extra="forbid"):
    """One sight. `unconfirmed` names what nobody has checked on the spot; degrees are WGS84."""

    id: str
    kind: SightKind
    name: Text
    about: Text
    hours: Text | None = None
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    heritage: bool
    picture: str
    unconfirmed: tuple[Unconfirmed, ...]
    source: Text


class TourRoute(BaseModel, frozen=True, extra="forbid"):
    """Sights in the order in which they are visited."""

    id: str
    mode: TravelMode
    name: Text
    about: Text
    stops: tuple[str, ...] = Field(min_length=2)
    stay_minutes: int = Field(ge=0)


class Hotspot(BaseModel, frozen=True, extra="forbid"):
    """Where in a scene something can be opened; degrees right of the middle and up."""

    id: str
    opens: Literal["scene", "sight"]
    target: str
    name: Text
    yaw: float = Field(ge=-180, le=180)
    pitch: float = Field(ge=-90, le=90)


class Scene(BaseModel, frozen=True, extra="forbid"):
    """An equirectangular picture; `drawn` says that it is no photograph."""

    id: str
    name: Text
    about: Text
    light: Literal["day", "dusk"]
    sight: str
    drawn: bool
    picture: str
    bytes: int
    width: int
    height: int
    hotspots: tuple[Hotspot, ...]


class Guide(BaseModel, frozen=True):
    """Everything a visitor is shown, in one version."""

    version: str
    sights: tuple[Sight, ...]
    routes: tuple[TourRoute, ...]
    scenes: tuple[Scene, ...]
    pictures: dict[str, int]

    @cached_property
    def sight(self) -> dict[str, Sight]:
        """Sights by id."""
        return {one.id: one for one in self.sights}

    @cached_property
    def scene(self) -> dict[str, Scene]:
        """Scenes by id."""
        return {one.id: one for one in self.scenes}
