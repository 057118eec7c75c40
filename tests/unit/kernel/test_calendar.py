"""The deadline rule against published due dates, known swaps, and for any input."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.kernel.calendar import CalendarNotCovered, WorkingCalendar
from city.kernel.clock import HUE, local_date
from infra.seed.documents import documents

CALENDAR = WorkingCalendar.model_validate(documents()["calendar"])


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # Rows of the city's public portal. Two were dispatched a day or two after sending; the
        # start is then the dispatch.
        ("2021-01-17T08:25", "2021-01-27"),
        ("2021-06-15T08:00", "2021-06-24"),
        ("2022-01-28T10:12", "2022-02-15"),
        ("2022-07-19T07:28", "2022-07-28"),
        ("2023-11-28T07:40", "2023-12-07"),
        ("2024-08-20T08:00", "2024-08-29"),
        ("2024-11-07T08:22", "2024-11-18"),
        ("2025-07-01T16:28", "2025-07-10"),
        # Worked out by hand from published calendars.
        ("2023-01-18T09:00", "2023-02-03"),  # Tết 20-26 January
        ("2024-02-07T09:00", "2024-02-23"),  # Tết 8-14 February
        ("2025-04-24T09:00", "2025-05-07"),  # 26 April worked, 30 April to 2 May off
        ("2026-08-20T09:00", "2026-08-28"),  # Saturday 22 August is worked
        ("2026-11-20T09:00", "2026-12-02"),  # 24 November is a holiday from 2026
        ("2026-11-16T23:59", "2026-11-26"),
        ("2026-11-14T00:00", "2026-11-26"),  # a Saturday: day 0 is Monday
    ],
)
def test_seven_working_days(start: str, due: str) -> None:
    moment = datetime.fromisoformat(start).replace(tzinfo=HUE)
    assert CALENDAR.due_date(moment, 7) == date.fromisoformat(due)


@pytest.mark.parametrize("worked", ["2025-04-26", "2026-08-22"])
def test_swapped_saturdays_are_worked(worked: str) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(worked))


@pytest.mark.parametrize("off", ["2026-11-24", "2026-08-31", "2025-05-02", "2022-01-31"])
def test_days_off(off: str) -> None:
    assert not CALENDAR.is_working_day(date.fromisoformat(off))


def test_due_is_the_last_second_in_hue() -> None:
    due = CALENDAR.due_at(datetime(2026, 11, 16, 2, tzinfo=UTC), 7)
    assert due.astimezone(HUE).isoformat() == "2026-11-26T23:59:59+07:00"


def test_outside_the_data_is_said() -> None:
    with pytest.raises(CalendarNotCovered):
        CALENDAR.due_date(datetime(2031, 1, 1, tzinfo=UTC), 7)


moments = st.datetimes(datetime(2018, 2, 1), datetime(2029, 6, 1)).map(
    lambda m: m.replace(tzinfo=UTC)
)


@given(moments, st.integers(0, 60))
def test_due_is_always_worked_and_counts_right(start: datetime, days: int) -> None:
    due = CALENDAR.due_date(start, days)
    assert CALENDAR.is_working_day(due)
    zero = CALENDAR.day_zero(local_date(start))
    between = [zero + timedelta(days=i + 1) for i in range((due - zero).days)]
    assert sum(CALENDAR.is_working_day(day) for day in between) == days


@given(moments, st.integers(0, 40), st.integers(0, 5), st.timedeltas(timedelta(0), timedelta(30)))
def test_later_or_longer_is_never_due_earlier(
    start: datetime, days: int, more: int, later: timedelta
) -> None:
    assert CALENDAR.due_date(start, days) <= CALENDAR.due_date(start + later, days + more)


@given(moments, st.integers(1, 30))
def test_skipped_days_are_those_not_worked(start: datetime, days: int) -> None:
    for day, reason in CALENDAR.skipped(start, days):
        assert not CALENDAR.is_working_day(day)
        assert reason.vi
        assert reason.en
