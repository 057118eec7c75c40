"""What the unit `sensing` publishes: the life of an episode, from the first level to the last."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel

from city.contracts.envelope import Announcement

EpisodeKind = Literal[
    "river_level",
    "rain",
    "reservoir",
    "air",
    "water_quality",
    "road_flood",
    "fire_danger",
    "outage",
]
Trend = Literal["rising", "falling", "steady"]


class EpisodePlace(BaseModel, frozen=True):
    """Where it was measured: a point, and the codes of the units that contain it."""

    lat: float
    lon: float
    units: tuple[str, ...] = ()


class Outlook(BaseModel, frozen=True):
    """What a forecast says: the level that comes next, when, and whose forecast it is."""

    level: int
    at: datetime
    source: str
    official: bool


class EpisodeChanged(Announcement):
    """A rule's level changed: an episode opened, rose, fell or closed.

    `seq` counts an episode's changes from 1 without gaps. Levels are those of the rule, 0 is none.
    `value` is what was compared, in `uom` (None in an outage, where nothing was measured): the
    value itself, its `rate` per hour or its `sum`, as `measure` says. `at` is the time of the
    transition by the readings' clock, not the time at which it was noticed. `reading_ids`
    (`<stream>@<epoch ms>`) led to this change under that rule and that table of thresholds.
    In an outage level 1 is one silent stream, level 2 a silent gateway, vendor or power area.
    """

    unit: ClassVar[str] = "sensing"
    happened: ClassVar[str] = "episode_changed"
    subject_field: ClassVar[str] = "episode_id"

    episode_id: str
    seq: int
    kind: EpisodeKind
    streams: tuple[str, ...]
    station: str
    place: EpisodePlace
    level: int
    previous_level: int
    levels: tuple[float, ...] = ()
    value: float | None = None
    uom: str | None = None
    measure: Literal["value", "rate", "sum"] = "value"
    trend: Trend = "steady"
    opened_at: datetime
    at: datetime
    rule: str
    rule_version: int
    table_version: str
    reading_ids: tuple[str, ...] = ()
    outlook: Outlook | None = None
    closed: bool = False
