"""What is told of indices: the shapes of answers and questions."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from city.contracts.sensing import Outlook
from city.kernel.page import PageQuery
from city.kernel.text import Text
from city.sensing.series import Moment
from city.sensing.views import Latest


class Source(BaseModel, frozen=True):
    """The document behind a figure, and how sure we are of our copy."""

    table: str
    table_version: str
    authority: str
    document: str
    article: str
    confirmed: bool
    checked_on: date
    checked_how: str


class Grade(BaseModel, frozen=True):
    """The band of an index: number, name, colour and what to do."""

    number: int
    name: Text
    colour: str
    advice: Text


class Part(BaseModel, frozen=True):
    """One parameter behind an index."""

    parameter: str
    name: Text
    value: float | None
    uom: str
    index: float | None
    main: bool = False
    confirmed: bool = True
    reason: Text | None = None


class IndexView(BaseModel, frozen=True):
    """An index of a station for an hour or a day. Without one, `reason` says why."""

    station: str
    name: Text
    lat: float
    lon: float
    span: Literal["hour", "day"]
    until: datetime
    index: float | None
    grade: Grade | None
    main: str | None
    reason: Text | None
    parts: list[Part]
    unconfirmed: list[str]
    method: Text
    source: Source


class IndexSummary(BaseModel, frozen=True):
    """One line of a list."""

    station: str
    name: Text
    lat: float
    lon: float
    unit: str | None
    value: float | None
    uom: str
    at: datetime | None
    state: str
    level: int | None
    words: Text
    colour: str
    confirmed: bool


class AlarmView(BaseModel, frozen=True):
    """One alarm level of a gauge, and how far the water is above it (negative: below)."""

    level: int
    value: float
    distance: float | None
    confirmed: bool
    source: str


class RiverView(BaseModel, frozen=True):
    """A gauge now. `outlook` draws the last hour on; it is not an official forecast."""

    station: str
    name: Text
    lat: float
    lon: float
    river: str | None
    latest: Latest
    level: int | None
    words: Text
    alarms: list[AlarmView]
    record: float | None
    record_year: int | None
    outlook: Outlook | None
    source: Source | None


class AtQuery(BaseModel, frozen=True):
    """Which hour (the one that ended last before `at`) or day; now if not told."""

    at: Moment | None = None
    span: Literal["hour", "day"] = "hour"


class DayQuery(BaseModel, frozen=True):
    """Which day in Huế; yesterday, the last whole one, if not told."""

    day: date | None = Field(None, ge=date(2000, 1, 1), le=date(2199, 12, 31))


class TablesQuery(PageQuery):
    """Which tables."""

    kind: Literal["air", "water", "river", "fire", "threshold"] | None = Field(None)
