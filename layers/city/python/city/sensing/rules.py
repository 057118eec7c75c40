"""Rules as the city keeps them: data with versions, and what they compile to."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from city.contracts.sensing import EpisodeKind
from city.kernel.reference import Dated
from city.kernel.text import Text
from city.sensing import engine

SECOND = 1000


class Mark(BaseModel, frozen=True):
    """One level: its value and the number that people know it by."""

    number: int = Field(ge=1)
    value: float
    confirmed: bool = False
    source: str = ""


class Combine(BaseModel, frozen=True):
    """Several sensors must agree: the `need`-th most dangerous value counts, all fresh enough."""

    need: int = Field(1, ge=1)
    within_s: int = Field(900, gt=0)


class RuleDocument(Dated):
    """When a station's readings are an episode.

    `measure` is what is compared: the value, its rate per hour over `window_s`, or its sum over
    `window_s` (rain). `table` names the dated table that the levels come from. A reading counts
    if its quality is at most `min_quality` and it came no later than `lateness_s`.
    """

    id: str
    version: int
    kind: EpisodeKind
    station: str
    streams: tuple[str, ...] = Field(min_length=1)
    name: Text
    uom: str
    measure: Literal["value", "rate", "sum"] = "value"
    window_s: int = 3600
    levels: tuple[Mark, ...] = Field(min_length=1)
    table: str
    deadband: float = 0.0
    hold_up_s: int = 600
    hold_down_s: int = 1800
    max_gap_s: int = 3600
    min_readings: int = 2
    quick_top: bool = True
    below: bool = False
    combine: Combine = Combine()
    min_quality: int = 2
    lateness_s: int = 1800

    def compiled(self) -> engine.Rule:
        """The rule as the engine wants it."""
        return engine.Rule(
            levels=tuple(mark.value for mark in self.levels),
            deadband=self.deadband,
            hold_up=self.hold_up_s * SECOND,
            hold_down=self.hold_down_s * SECOND,
            max_gap=self.max_gap_s * SECOND,
            min_readings=self.min_readings,
            quick_top=self.quick_top,
            below=self.below,
        )

    def number(self, level: int) -> int:
        """The engine's level as people know it."""
        return self.levels[level - 1].number if level else 0


def rules_on(rules: tuple[RuleDocument, ...], day: date) -> list[RuleDocument]:
    """The rules of a day; a new version is a new row with a later `valid_from`."""
    return [rule for rule in rules if rule.holds(day)]
