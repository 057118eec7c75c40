"""Clocks. Pure: time comes in, nothing goes out."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from city.contracts.reports import ClockState
from city.contracts.sla import Rung
from city.kernel.page import PageQuery

RUNGS: tuple[Rung, ...] = ("warn_80", "due", "late_2", "late_5")
"""The ladder, lowest first. A clock climbs every rung once for each due time it ever had."""


class Climbed(BaseModel, frozen=True):
    """A rung that was announced at `at`, for the due time that held then."""

    rung: Rung
    due_at: datetime
    at: datetime


class Pointer(BaseModel, frozen=True):
    """Where the sweep finds a running clock: partition `hour` (`yyyymmddHH`, UTC), time `at`."""

    hour: str
    at: datetime
    rung: Rung


class Clock(ClockState, frozen=True):
    """A promise with an end: an agency has until `due_at`, or we say so.

    `seq` is the step of the case that this state was told by; older steps change nothing.
    `pointer` is None when the clock does not run or has climbed the whole ladder. `listed` is
    False for cases of other units: the boards are lists of reports, and staff open what is there.
    """

    case_id: str
    seq: int
    climbed: tuple[Climbed, ...] = ()
    pointer: Pointer | None = None
    listed: bool = True

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Rungs climbed for the present due time; earlier due times keep theirs in `climbed`."""
        return tuple(c.rung for c in self.climbed if c.due_at == self.due_at)

    def climb(self, rungs: tuple[Rung, ...], now: datetime) -> "Clock":
        """The clock with more rungs announced."""
        more = tuple(Climbed(rung=rung, due_at=self.due_at, at=now) for rung in rungs)
        return self.model_copy(update={"climbed": self.climbed + more})


class BoardItem(BaseModel, frozen=True):
    """A running clock as staff see it. `rung` is the highest one climbed for this due time."""

    case_id: str
    assignment_no: int
    agency_id: str
    lead: bool
    due_at: datetime
    rung: Rung | None = None
    overdue: bool = False


class BoardQuery(PageQuery):
    """What to list: `today` = due on this day in Huế, `overdue` = due time passed."""

    agency: str | None = Field(default=None, max_length=80)
    filter: Literal["today", "overdue", "all"] = "all"
