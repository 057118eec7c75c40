"""Legal limits as dated data: how much in a month or day, and what needs a passkey.

The data are the document `limits` (infra/seed), each row with its source. A new circular is a new
row with a later `valid_from`; the code stays.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from city.kernel.clock import local_date
from city.kernel.reference import Reference
from city.kernel.text import Text
from city.ledger.model import Kind

Period = Literal["month", "day"]


class _Dated(BaseModel, frozen=True):
    id: str
    valid_from: date
    valid_to: date | None = None
    document: str
    confirmed: bool

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day; `valid_to` is the last one."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Ceiling(_Dated, frozen=True):
    """At most so much in a period, of payments that count in a class."""

    limit_class: str
    period: Period
    most_vnd: int
    name: Text


class StepUp(_Dated, frozen=True):
    """When payments of these kinds need a passkey: over `single_vnd` at once, once what went
    without one passes `day_vnd` within a day, or on a device that never paid before."""

    kinds: frozenset[Kind]
    single_vnd: int
    day_vnd: int
    new_device: bool


class LimitBook(BaseModel, frozen=True):
    """All limits, also those of other days."""

    ceilings: tuple[Ceiling, ...] = ()
    step_ups: tuple[StepUp, ...] = ()

    @classmethod
    def of(cls, city: Reference) -> "LimitBook":
        """From the city's reference data."""
        return cls.model_validate(city.more.get("limits", {}))

    def ceilings_on(self, day: date, limit_class: str) -> list[Ceiling]:
        """What limits a class on a day."""
        return [c for c in self.ceilings if c.limit_class == limit_class and c.holds(day)]

    def step_up_on(self, day: date, kind: Kind) -> StepUp | None:
        """The rule for a kind on a day."""
        return next((s for s in self.step_ups if kind in s.kinds and s.holds(day)), None)


def period_key(period: Period, moment: datetime) -> str:
    """A period's name: it begins at 00:00 in Huế (17:00 UTC of the day before)."""
    day = local_date(moment)
    return f"{day:%Y-%m}" if period == "month" else f"{day:%Y-%m-%d}"
