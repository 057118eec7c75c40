"""When a rule holds: its validity, its hours of the week in Huế, the days off."""

from datetime import date, datetime, timedelta
from typing import get_args

from city.contracts.watching import Hours, Rule, Weekday
from city.kernel.calendar import CalendarNotCovered, WorkingCalendar
from city.kernel.clock import HUE

DAYS: tuple[Weekday, ...] = get_args(Weekday)
SATURDAY = 5


def holds(rule: Rule, at: datetime, calendar: WorkingCalendar | None = None) -> bool:
    """Whether the rule is in force at `at`."""
    if at < rule.valid_from or (rule.valid_until is not None and at >= rule.valid_until):
        return False
    return not rule.hours or any(within(window, at, calendar) for window in rule.hours)


def within(window: Hours, at: datetime, calendar: WorkingCalendar | None = None) -> bool:
    """Whether `at` is in the window. Over midnight, the small hours belong to the day before."""
    here = at.astimezone(HUE)
    clock = here.time()
    day = here.date()
    if window.since <= window.until:
        if not window.since <= clock <= window.until:
            return False
    elif clock <= window.until:
        day -= timedelta(days=1)
    elif clock < window.since:
        return False
    if DAYS[day.weekday()] not in window.days:
        return False
    return window.on_days_off or not _day_off(day, calendar)


def _day_off(day: date, calendar: WorkingCalendar | None) -> bool:
    """By the calendar; where it has no data, Saturdays and Sundays."""
    if calendar is not None:
        try:
            return not calendar.is_working_day(day)
        except CalendarNotCovered:
            return day.weekday() >= SATURDAY
    return day.weekday() >= SATURDAY
