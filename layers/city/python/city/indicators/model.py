"""Definitions, released values with their history, and submissions on their way to release."""

import re
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, Field

from city.kernel.text import Text, text

CITY = "city"  # the area of a value for the whole city; otherwise a commune's code
MAX_ROWS = 90  # of one submission: all are released in one commit of at most 100 operations
MAX_REVISIONS = 50

PeriodKind = Literal["year", "quarter", "month"]
_PERIODS: dict[str, re.Pattern[str]] = {
    "year": re.compile(r"(19|20)\d\d"),
    "quarter": re.compile(r"(19|20)\d\d-Q[1-4]"),
    "month": re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])"),
}
QUARTER_MONTHS = 3


def is_period(kind: PeriodKind, period: str) -> bool:
    """Whether a word names a period: `2024`, `2024-Q3` or `2024-05`."""
    return _PERIODS[kind].fullmatch(period) is not None


def has_begun(kind: PeriodKind, period: str, today: date) -> bool:
    """Whether a (well-formed) period has begun: figures of the future are plans, not values."""
    year = int(period[:4])
    month = 1
    if kind == "quarter":
        month = (int(period[-1]) - 1) * QUARTER_MONTHS + 1
    elif kind == "month":
        month = int(period[5:])
    return date(year, month, 1) <= today


class Definition(BaseModel, frozen=True, extra="forbid"):
    """What is measured, by whom. `low` and `high` are what a value may be at all."""

    code: str
    group: str
    name: Text
    unit: Text
    meaning: Text
    period: PeriodKind
    by_commune: bool
    decimals: int = Field(ge=0, le=3)
    low: float | None
    high: float | None
    agency: str
    demo: bool


class IndicatorGroup(BaseModel, frozen=True):
    """A group of indicators."""

    id: str
    name: Text


class Catalogue(BaseModel, frozen=True):
    """All definitions, in one version."""

    version: str
    groups: tuple[IndicatorGroup, ...]
    definitions: tuple[Definition, ...]

    @cached_property
    def definition(self) -> dict[str, Definition]:
        """Definitions by code."""
        return {one.code: one for one in self.definitions}


class IndicatorRevision(BaseModel, frozen=True):
    """A value as it was released; a later one corrects it and says why."""

    value: float
    note: str = ""
    source: str
    reason: str = ""
    submission: str
    released_at: datetime


class Cell(BaseModel, frozen=True):
    """The value of an indicator for a period and an area, with everything it was before."""

    code: str
    period: str
    area: str
    revisions: tuple[IndicatorRevision, ...] = Field(min_length=1, max_length=MAX_REVISIONS)

    @property
    def now(self) -> IndicatorRevision:
        """What holds."""
        return self.revisions[-1]


class SubmissionState(StrEnum):
    """Where a submission stands. Wire values are stable."""

    SUBMITTED = "SUBMITTED"
    RELEASED = "RELEASED"
    SENT_BACK = "SENT_BACK"
    WITHDRAWN = "WITHDRAWN"


STATE_NAMES: dict[SubmissionState, Text] = {
    SubmissionState.SUBMITTED: text("Chờ người thứ hai", "Waits for a second person"),
    SubmissionState.RELEASED: text("Đã công bố", "Released"),
    SubmissionState.SENT_BACK: text("Trả lại", "Sent back"),
    SubmissionState.WITHDRAWN: text("Đã rút", "Withdrawn"),
}


class IndicatorEntry(BaseModel, frozen=True, extra="forbid"):
    """A value that somebody enters."""

    period: str = Field(max_length=10)
    area: str = Field(CITY, max_length=10)
    value: float = Field(allow_inf_nan=False)
    note: str = Field("", max_length=200)


class Submission(BaseModel, frozen=True):
    """Values of one indicator, entered by one person; another of the agency releases them."""

    id: str
    code: str
    agency: str
    state: SubmissionState
    rows: tuple[IndicatorEntry, ...]
    source: str
    reason: str
    by: str
    at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    words: str = ""
