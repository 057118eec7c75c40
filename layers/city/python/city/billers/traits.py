"""What each biller can and cannot do: dated data, so that an old payment is judged by its time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from city.kernel.clock import HUE, local_date
from city.kernel.reference import Dated, Reference
from city.kernel.text import Text

Kind = Literal["electricity", "water", "sanitation", "public_fee", "tuition", "hospital"]


class Closed(BaseModel, frozen=True):
    """A span of the day (in Huế) in which the biller takes no payments; may pass midnight."""

    start: time
    end: time

    def holds(self, moment: datetime) -> bool:
        """Whether a moment falls in it."""
        at = moment.astimezone(HUE).time()
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


class Traits(Dated):
    """One biller in one span of time.

    `limit_class` says whether the law counts its bills into a wallet's monthly limit (Circular
    40/2024/TT-NHNN art. 26). `not_found_final_after_s`: how long after sending a NOT_FOUND proves
    that nothing was booked; None where it never does. `absence_final_days`: after how many
    statements without our reference that is proof; None where a person decides.
    `part_least_vnd`: the least part of a bill that is taken (what is left may be less); None where
    only all of it is. `over_most_vnd`: how much over what is left is taken and kept for the next
    period; None where nothing is. `invented` marks traits that nobody confirmed: the real
    interfaces are not public.
    """

    id: str
    name: Text
    kind: Kind
    limit_class: Literal["counted", "exempt-listed"]
    code_pattern: str
    code_hint: Text
    examples: tuple[str, ...] = ()
    pay_idempotent: bool
    query: bool
    part_least_vnd: Annotated[int, Field(ge=1)] | None = None
    over_most_vnd: Annotated[int, Field(ge=1)] | None = None
    oldest_first: bool = False
    callbacks: bool = False
    cancel_within_s: int | None = None
    not_found_final_after_s: int | None = None
    absence_final_days: int | None = None
    statement_at: time
    settlement_days: int
    closed: Closed | None = None
    invented: bool = True
    note: Text

    def takes(self, left_vnd: int) -> tuple[int, int]:
        """The least and the most that is taken of a bill of which so much is left."""
        least = left_vnd if self.part_least_vnd is None else min(self.part_least_vnd, left_vnd)
        return least, left_vnd + (self.over_most_vnd or 0)

    def not_found_is_final(self, sent_at: datetime, now: datetime) -> bool:
        """Whether NOT_FOUND proves by now that nothing was booked."""
        span = self.not_found_final_after_s
        return span is not None and now - sent_at >= timedelta(seconds=span)

    def statement_ready_at(self, day: date) -> datetime:
        """When the statement of a day is to be had: the next day at `statement_at`."""
        return datetime.combine(day + timedelta(days=1), self.statement_at, HUE)


class NoSuchBiller(LookupError):
    """No biller by this name at this time."""


class Register:
    """All billers, by id and day."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._all = [Traits.model_validate(row) for row in rows]

    @classmethod
    def of(cls, city: Reference) -> "Register":
        """From the city's reference data."""
        return cls(city.more.get("billers", []))

    def at(self, now: datetime) -> list[Traits]:
        """Those that can be paid at a moment."""
        return [traits for traits in self._all if traits.holds(local_date(now))]

    def traits(self, biller: str, at: datetime) -> Traits:
        """One biller as it was at a moment.

        Raises:
            NoSuchBiller: none by this name then.
        """
        day = local_date(at)
        for traits in self._all:
            if traits.id == biller and traits.holds(day):
                return traits
        raise NoSuchBiller(biller)
