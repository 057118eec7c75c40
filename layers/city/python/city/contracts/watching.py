"""What a camera watches for, as data: one language for registry, workers and console.

Coordinates are shares of the picture, x to the right and y down, each 0 to 1, so that a rule drawn
on a still holds for every size of the stream. Times of day are Huế's. A rule never fines: it makes
a detection that a person judges.
"""

import hashlib
import hmac
from datetime import datetime, time
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Sha256Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Point = tuple[Share, Share]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=24)]
Line = tuple[Point, Point]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
FACE_MODEL = r"^[a-z0-9][a-z0-9._-]{0,63}@[a-z0-9][a-z0-9._-]{0,31}$"  # name@version

# What a detector may name. Families with other words are mapped onto these by their model's card.
Label = Literal[
    "car", "truck", "bus", "motorbike", "bicycle", "person", "boat", "plate", "bag", "fire", "smoke"
]
Severity = Literal["info", "minor", "major", "severe"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
RuleKind = Literal[
    "wrong_way",
    "prohibited_road",
    "red_light",
    "stop_line",
    "line_speed",
    "intrusion",
    "loitering",
    "crowd",
    "abandoned_object",
    "fire",
    "smoke",
    "water_level",
    "screen",
    "watch_list",
    "face_list",
]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Data):
    """A window of a week; `until` before `since` runs over midnight and is of the day it began.

    `on_days_off` false: not on the calendar's days off, which are more than Sundays.
    """

    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    since: time = time(0, 0)
    until: time = time(23, 59, 59)
    on_days_off: bool = True


class _Rule(_Data):
    """What all rules have. `cooldown_s` is how long one incident swallows its like."""

    rule_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")
    version: int = Field(default=1, ge=1)
    name_vi: str = Field(min_length=1, max_length=120)
    name_en: str = Field(min_length=1, max_length=120)
    valid_from: datetime
    valid_until: datetime | None = None
    hours: tuple[Hours, ...] = ()  # none: always
    min_score: float = Field(default=0.4, ge=0, le=1)
    hold_s: Seconds = 0.0
    cooldown_s: Seconds = 60.0
    severity: Severity = "minor"
    authority: str | None = None  # an agency's code: where a confirmed case may be transferred
    legal_article: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise ValueError("hết hiệu lực trước khi có hiệu lực|ends before it begins")
        return self


VEHICLES: tuple[Label, ...] = ("car", "truck", "bus", "motorbike")


class WrongWay(_Rule):
    """A vehicle goes against `direction` (a vector in picture shares) inside the lane."""

    kind: Literal["wrong_way"] = "wrong_way"
    lane: Polygon
    direction: tuple[float, float]
    classes: tuple[Label, ...] = VEHICLES
    min_lengths: float = Field(default=1.5, gt=0, le=20)  # body lengths travelled against it
    max_angle_deg: float = Field(default=60, gt=0, lt=90)  # from straight against


class ProhibitedRoad(_Rule):
    """A class is on a road that is closed to it during `hours`."""

    kind: Literal["prohibited_road"] = "prohibited_road"
    zone: Polygon
    classes: tuple[Label, ...]


class SignalRegion(_Data):
    """Where the lamp is in the picture; a vertical lamp has red on top."""

    top_left: Point
    bottom_right: Point
    horizontal: bool = False


class RedLight(_Rule):
    """A front crosses the stop line more than `grace_s` after red, by picture or controller."""

    kind: Literal["red_light"] = "red_light"
    stop_line: Line
    direction: tuple[float, float]
    signal: SignalRegion | None = None
    controller: str | None = None
    grace_s: Seconds = 0.5
    classes: tuple[Label, ...] = VEHICLES

    @model_validator(mode="after")
    def _knows_its_signal(self) -> Self:
        if (self.signal is None) == (self.controller is None):
            raise ValueError("cần đúng một nguồn tín hiệu đèn|exactly one source of the signal")
        return self


class StopLine(_Rule):
    """A vehicle stands over the line for `hold_s` while the signal is red."""

    kind: Literal["stop_line"] = "stop_line"
    zone: Polygon
    signal: SignalRegion | None = None
    controller: str | None = None
    classes: tuple[Label, ...] = VEHICLES


class LineSpeed(_Rule):
    """Time between two lines of known distance. Never a fine without a certified device."""

    kind: Literal["line_speed"] = "line_speed"
    first: Line
    second: Line
    distance_m: float = Field(gt=0, le=500)
    distance_error_m: float = Field(default=0.5, ge=0, le=20)
    limit_kmh: float = Field(gt=0, le=200)
    classes: tuple[Label, ...] = VEHICLES


class Intrusion(_Rule):
    """Feet in a forbidden zone beyond `hold_s`."""

    kind: Literal["intrusion"] = "intrusion"
    zone: Polygon
    classes: tuple[Label, ...] = ("person",)


class Loitering(_Rule):
    """One track stays in the zone beyond `hold_s`."""

    kind: Literal["loitering"] = "loitering"
    zone: Polygon
    classes: tuple[Label, ...] = ("person",)
    hold_s: Seconds = 120.0


class Crowd(_Rule):
    """Persons per square metre over the ground of the zone, with hysteresis.

    `area_m2` is the ground's area. `enter` and `leave` are persons per square metre.
    """

    kind: Literal["crowd"] = "crowd"
    zone: Polygon
    area_m2: float = Field(gt=0, le=1_000_000)
    enter: float = Field(gt=0, le=10)
    leave: float = Field(gt=0, le=10)

    @model_validator(mode="after")
    def _leaves_below_where_it_enters(self) -> Self:
        if self.leave >= self.enter:
            raise ValueError("mức thoát phải thấp hơn mức vào|leave must be below enter")
        return self


class AbandonedObject(_Rule):
    """A thing stands still for `hold_s` with no person within `owner_radius` (picture shares)."""

    kind: Literal["abandoned_object"] = "abandoned_object"
    zone: Polygon
    classes: tuple[Label, ...] = ("bag",)
    owner_radius: Share = 0.15
    hold_s: Seconds = 60.0


class Fire(_Rule):
    """Flames that persist for `hold_s`. Always reviewed by a person."""

    kind: Literal["fire"] = "fire"
    zone: Polygon | None = None
    hold_s: Seconds = 3.0
    severity: Severity = "severe"


class Smoke(_Rule):
    """Smoke that persists for `hold_s` and grows by `min_growth` times."""

    kind: Literal["smoke"] = "smoke"
    zone: Polygon | None = None
    hold_s: Seconds = 6.0
    min_growth: float = Field(default=1.2, ge=1, le=10)
    severity: Severity = "major"


class WaterLevel(_Rule):
    """A staff gauge, rectified by four marks: a reading every `every_s`, not a violation.

    `corners` are the staff's top left, top right, bottom right and bottom left in the picture;
    `top_m` and `bottom_m` the heights there, in metres of the station's own zero.
    """

    kind: Literal["water_level"] = "water_level"
    corners: tuple[Point, Point, Point, Point]
    top_m: float
    bottom_m: float
    stream: str  # the stream of the unit `sensing` that the reading belongs to
    every_s: Seconds = 60.0
    severity: Severity = "info"

    @model_validator(mode="after")
    def _stands_upright(self) -> Self:
        if self.top_m <= self.bottom_m:
            raise ValueError("đỉnh thước phải cao hơn chân|the top must be above the bottom")
        return self


class Screen(_Rule):
    """An advertising screen is dark, frozen, or shows none of the licensed pictures.

    `licensed` are 64-bit perceptual hashes (DCT), 16 hexadecimal digits; `max_distance` in bits.
    """

    kind: Literal["screen"] = "screen"
    corners: tuple[Point, Point, Point, Point]
    licensed: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")], ...] = ()
    max_distance: int = Field(default=12, ge=0, le=32)
    dark_below: Share = 0.06
    hold_s: Seconds = 10.0


class WatchList(_Rule):
    """Plates that two people released for search: only hashes (`plate_hash`) go to a worker, never
    a reason."""

    kind: Literal["watch_list"] = "watch_list"
    plate_hashes: tuple[Sha256Hex, ...] = Field(default=(), max_length=5_000)
    salt: str = ""
    severity: Severity = "major"


FACES_MOST = 10  # looked for together: a watch list, not a population
Vector = Annotated[
    tuple[Annotated[float, Field(allow_inf_nan=False)], ...], Field(min_length=64, max_length=1024)
]


class FaceWanted(_Data):
    """An entry of a face list: an id and a vector, no name, no picture, no reason.

    `model` made the vector (others' are not comparable). `basis` is the number of the legal basis,
    `asked_by` and `released_by` marks of two different people; it holds until `until`.
    """

    entry: str = Field(min_length=1, max_length=64)
    vector: Vector
    model: str = Field(pattern=FACE_MODEL)
    basis: str = Field(min_length=1, max_length=200)
    asked_by: str = Field(min_length=1, max_length=64)
    released_by: str = Field(min_length=1, max_length=64)
    until: datetime


class FaceList(_Rule):
    """Faces that two people released for search under a legal basis. A hit is a likeness that an
    officer has to judge: above the line that the model's card draws, never an identity."""

    kind: Literal["face_list"] = "face_list"
    wanted: tuple[FaceWanted, ...] = Field(default=(), max_length=FACES_MOST)
    min_score: float = Field(default=0.5, ge=0, le=1)  # half is the card's line
    cooldown_s: Seconds = 300.0
    severity: Severity = "major"


Rule = Annotated[
    WrongWay
    | ProhibitedRoad
    | RedLight
    | StopLine
    | LineSpeed
    | Intrusion
    | Loitering
    | Crowd
    | AbandonedObject
    | Fire
    | Smoke
    | WaterLevel
    | Screen
    | WatchList
    | FaceList,
    Field(discriminator="kind"),
]


def plate_hash(plate: str, salt: str) -> str:
    """How a plate stands in a watch list: HMAC-SHA-256 of its normal form under the list's salt."""
    return hmac.new(salt.encode(), plate.encode(), hashlib.sha256).hexdigest()
