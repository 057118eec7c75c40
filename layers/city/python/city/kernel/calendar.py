"""Vietnamese working days as data, and the deadline rule on them.

Rule (inferred from published due dates, `docs/reference-data.md`): day 0 is the first working day
on or after the start, in Huế; due is the end (23:59:59) of the n-th working day after day 0.
Holidays, substitute days and swapped Saturdays are rows with a source, never code.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from city.kernel.clock import HUE, local_date
from city.kernel.problems import Problem
from city.kernel.text import Text, text

END_OF_DAY = time(23, 59, 59)
_SATURDAY = 5
WEEKEND = text("Cuối tuần", "Weekend")


class CalendarNotCovered(Problem):
    """The calendar has no data for a day that the rule would have to judge."""

    status = 422
    slug = "calendar-not-covered"
    title = text("Lịch chưa có dữ liệu", "Calendar has no data")
    detail = text(
        "Lịch làm việc chỉ có từ {first} đến {last}.",
        "The working calendar covers {first} to {last} only.",
    )


class CalendarDay(BaseModel, frozen=True):
    """A day that differs from its weekday: a day off, or a Saturday that is worked."""

    date: date
    name: Text
    source: str


class WorkingCalendar(BaseModel):
    """Which days offices work. `holidays` and `workdays` are sorted by date."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    valid_from: date
    valid_to: date
    holidays: tuple[CalendarDay, ...]
    workdays: tuple[CalendarDay, ...] = ()

    @cached_property
    def _off(self) -> dict[date, CalendarDay]:
        return {day.date: day for day in self.holidays}

    @cached_property
    def _worked(self) -> dict[date, CalendarDay]:
        return {day.date: day for day in self.workdays}

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on a day.

        Raises:
            CalendarNotCovered: outside the data.
        """
        if not self.valid_from <= day <= self.valid_to:
            raise CalendarNotCovered(first=self.valid_from, last=self.valid_to)
        if day in self._worked:
            return True
        return day not in self._off and day.weekday() < _SATURDAY

    def between(self, first: date, last: date) -> "WorkingCalendar":
        """The same for fewer days; what is outside of the data stays outside.

        Raises:
            CalendarNotCovered: none of the days are in the data.
        """
        since, until = max(first, self.valid_from), min(last, self.valid_to)
        if since > until:
            raise CalendarNotCovered(first=self.valid_from, last=self.valid_to)
        return WorkingCalendar(
            valid_from=since,
            valid_to=until,
            holidays=tuple(day for day in self.holidays if since <= day.date <= until),
            workdays=tuple(day for day in self.workdays if since <= day.date <= until),
        )

    def day_zero(self, day: date) -> date:
        """The first working day on or after a day."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def shift(self, day: date, working_days: int) -> date:
        """The n-th working day after (n < 0: before) a day; n = 0 is the day itself."""
        step = timedelta(days=1 if working_days > 0 else -1)
        left = abs(working_days)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def due_date(self, start: datetime, working_days: int) -> date:
        """The due day of a promise of `working_days` that starts at an aware moment."""
        return self.shift(self.day_zero(local_date(start)), working_days)

    def due_at(self, start: datetime, working_days: int) -> datetime:
        """The last second (UTC) of the due day."""
        day = self.due_date(start, working_days)
        return datetime.combine(day, END_OF_DAY, tzinfo=HUE).astimezone(UTC)

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start` up to and with the day of `end`; 0 if none."""
        day, last, count = local_date(start), local_date(end), 0
        while day < last:
            day += timedelta(days=1)
            count += self.is_working_day(day)
        return count

    def skipped(self, start: datetime, working_days: int) -> list[tuple[date, Text]]:
        """The days that did not count between start and due, each with its reason."""
        day, due = local_date(start), self.due_date(start, working_days)
        found = []
        while day < due:
            if not self.is_working_day(day):
                held = self._off.get(day)
                found.append((day, held.name if held else WEEKEND))
            day += timedelta(days=1)
        return found
