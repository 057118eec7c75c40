"""Dated tables of thresholds and breakpoints: who set them, where it is written, how we checked.

Code takes a table as an argument, so that last year's figure recomputes by last year's table.
`confirmed` is False where the legal text itself could not be read; that is shown wherever the
figure is.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field

from city.kernel.reference import Dated
from city.kernel.text import Text


class Sourced(Dated):
    """A row or table with its origin."""

    id: str
    authority: str
    document: str
    article: str = ""
    checked_on: date
    checked_how: str
    confirmed: bool


class Band(BaseModel, frozen=True):
    """A named range of an index: from `low` up to the next band's `low`."""

    low: float
    name: Text
    colour: str
    advice: Text


class AirTable(Sourced):
    """VN_AQI: for each column the concentrations (µg/m³) at which the index takes `index`."""

    kind: Literal["air"] = "air"
    index: tuple[int, ...]
    columns: dict[str, tuple[float, ...]]
    bands: tuple[Band, ...]


class WaterRow(BaseModel, frozen=True):
    """One parameter of VN_WQI: linear between `points` (concentration, q), flat beyond them.

    With `first_inclusive` the first point's concentration itself still has the quality `below`.
    """

    group: Literal["I", "II", "III", "IV", "V"]
    uom: str
    below: float
    points: tuple[tuple[float, float], ...]
    above: float
    first_inclusive: bool = False
    confirmed: bool
    note: str = ""


class WaterTable(Sourced):
    """VN_WQI."""

    kind: Literal["water"] = "water"
    rows: dict[str, WaterRow]
    bands: tuple[Band, ...]


class AlarmLevel(BaseModel, frozen=True):
    """One alarm level of a gauge, in metres; `source` says where this very number comes from."""

    level: int
    value: float
    confirmed: bool
    source: str


class RiverTable(Sourced):
    """Alarm levels of one gauge."""

    kind: Literal["river"] = "river"
    station: str
    river: str
    levels: tuple[AlarmLevel, ...]
    record: float | None = None
    record_year: int | None = None

    def heights(self) -> dict[int, float]:
        """The known levels."""
        return {level.level: level.value for level in self.levels}


class FireTable(Sourced):
    """Forest-fire danger: bands of P, and the day's rain (mm) that sets P back, by zone, month."""

    kind: Literal["fire"] = "fire"
    zones: dict[str, Text]
    rain_reset: dict[str, dict[int, float]]
    bands: tuple[Band, ...]


class ThresholdTable(Sourced):
    """Levels of a kind of measurement, where no decision has a table of its own."""

    kind: Literal["threshold"] = "threshold"
    uom: str
    levels: tuple[AlarmLevel, ...]


AnyTable = Annotated[
    AirTable | WaterTable | RiverTable | FireTable | ThresholdTable, Field(discriminator="kind")
]
S = TypeVar("S", bound=Sourced)


def in_force(tables: Sequence[S], day: date) -> S | None:
    """The table of a day."""
    return next((table for table in tables if table.holds(day)), None)


def band_of(bands: Sequence[Band], value: float) -> tuple[int, Band]:
    """Number (from 1) and band of a value."""
    found = max(i for i, band in enumerate(bands) if i == 0 or value >= band.low)
    return found + 1, bands[found]


def interpolate(points: Sequence[tuple[float, float]], x: float) -> float:
    """Linear between neighbouring points; `x` lies within them."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]


Inputs = Mapping[str, float | None]
