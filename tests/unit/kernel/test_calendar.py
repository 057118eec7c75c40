"""The deadline rule against published due dates, government decisions, and for any input."""

from datetime import UTC, date, datetime, timedelta

import pytest
from city.kernel.calendar import CalendarNotCovered, WorkingCalendar
from city.kernel.clock import HUE, local_date
from hypothesis import given
from hypothesis import strategies as st

from infra.seed.documents import documents

CALENDAR = WorkingCalendar.model_validate(documents()["calendar"])

PUBLISHED = [
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
]
BY_HAND = [
    # Counted on paper from the government's announcements; the comment names the days skipped.
    ("2018-12-27T09:00", "2019-01-08"),  # Mon 31/12 off, 1/1; Sat 5/1 worked
    ("2019-01-30T09:00", "2019-02-15"),  # Tết 4-8/2
    ("2019-04-25T09:00", "2019-05-08"),  # Mon 29/4, 30/4, 1/5; Sat 4/5 worked
    ("2019-08-28T09:00", "2019-09-09"),  # only 2/9: the second day came with the 2019 Code
    ("2020-01-21T09:00", "2020-02-06"),  # Tết 23-29/1
    ("2020-08-31T09:00", "2020-09-10"),  # 2/9 alone
    ("2021-02-08T09:00", "2021-02-24"),  # Tết 10-16/2
    ("2021-04-29T09:00", "2021-05-12"),  # 30/4, Mon 3/5 for Sat 1/5
    ("2021-09-01T09:00", "2021-09-14"),  # 2-3/9
    ("2022-01-01T09:00", "2022-01-13"),  # Sat 1/1 and Mon 3/1 off: day 0 is Tue 4/1
    ("2022-04-29T09:00", "2022-05-12"),  # Mon 2/5 and Tue 3/5 for the weekend
    ("2022-08-31T09:00", "2022-09-13"),  # 1-2/9
    ("2023-01-18T09:00", "2023-02-03"),  # Tết 20-26/1
    ("2023-04-28T09:00", "2023-05-12"),  # Hùng Kings Sat 29/4, 30/4 Sun: Mon-Wed 1-3/5
    ("2023-08-31T09:00", "2023-09-13"),  # Fri 1/9, Sat 2/9, Mon 4/9
    ("2024-02-07T09:00", "2024-02-23"),  # Tết 8-14/2
    ("2024-04-26T09:00", "2024-05-09"),  # Mon 29/4, 30/4, 1/5; Sat 4/5 worked
    ("2024-08-30T09:00", "2024-09-12"),  # 2-3/9
    ("2025-01-24T09:00", "2025-02-11"),  # Tết 27-31/1
    ("2025-04-24T09:00", "2025-05-07"),  # Sat 26/4 worked, 30/4 to 2/5 off
    ("2025-12-31T09:00", "2026-01-12"),  # 1/1, Fri 2/1 off; Sat 10/1 worked
    ("2026-02-12T09:00", "2026-03-02"),  # Tết 16-20/2
    ("2026-04-24T09:00", "2026-05-08"),  # Mon 27/4 for Sun 26/4, 30/4, 1/5
    ("2026-08-20T09:00", "2026-08-28"),  # Sat 22/8 worked
    ("2026-08-28T09:00", "2026-09-11"),  # Mon 31/8, 1-2/9
    ("2026-11-20T09:00", "2026-12-02"),  # Vietnam Culture Day 24/11, first in 2026
    ("2026-11-16T23:59", "2026-11-26"),
    ("2026-11-14T00:00", "2026-11-26"),  # a Saturday: day 0 is Monday 16/11
]


@pytest.mark.parametrize(("start", "due"), PUBLISHED + BY_HAND)
def test_seven_working_days(start: str, due: str) -> None:
    moment = datetime.fromisoformat(start).replace(tzinfo=HUE)
    assert CALENDAR.due_date(moment, 7) == date.fromisoformat(due)


WORKED = ["2019-01-05", "2019-05-04", "2024-05-04", "2025-04-26", "2026-01-10", "2026-08-22"]


@pytest.mark.parametrize("worked", WORKED)
def test_swapped_saturdays_are_worked(worked: str) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(worked))


@pytest.mark.parametrize(
    "off",
    ["2022-01-31", "2024-04-29", "2025-05-02", "2026-01-02", "2026-08-31", "2026-11-24"],
)
def test_days_off(off: str) -> None:
    assert not CALENDAR.is_working_day(date.fromisoformat(off))


@pytest.mark.parametrize("year", range(2018, 2031))
def test_every_year_has_the_holidays_of_its_law(year: int) -> None:
    """Weekdays off: the law's days (a day lost to a weekend is given back) plus exchanges."""
    days = [date(year, 1, 1) + timedelta(days=i) for i in range(366)]
    weekdays = [d for d in days if d.year == year and d.weekday() < 5]
    off = sum(not CALENDAR.is_working_day(d) for d in weekdays)
    worked = sum(d.date.year == year for d in CALENDAR.workdays)
    by_law = 10 + (year >= 2021) + (year >= 2026)
    # The exchange of 31/12/2018 was worked in January 2019.
    by_law += {2018: 1, 2019: -1}.get(year, 0)
    assert off - worked == by_law


def test_projected_years_say_so() -> None:
    for day in CALENDAR.holidays:
        assert ("projected" in day.source) == (day.date.year > 2026)


def test_overrides_name_the_decision() -> None:
    sources = {day.date: day.source for day in (*CALENDAR.holidays, *CALENDAR.workdays)}
    for exchanged in (date(2026, 1, 2), date(2026, 1, 10)):
        assert "decision" in sources[exchanged]


def test_due_is_the_last_second_in_hue() -> None:
    due = CALENDAR.due_at(datetime(2026, 11, 16, 2, tzinfo=UTC), 7)
    assert due.astimezone(HUE).isoformat() == "2026-11-26T23:59:59+07:00"


def test_the_day_is_the_day_in_hue() -> None:
    before, after = (
        datetime(2026, 11, 16, 16, 59, tzinfo=UTC),
        datetime(2026, 11, 16, 17, tzinfo=UTC),
    )
    assert CALENDAR.due_date(before, 0) == date(2026, 11, 16)
    assert CALENDAR.due_date(after, 0) == date(2026, 11, 17)


@pytest.mark.parametrize(
    "start", [datetime(2031, 1, 1, tzinfo=UTC), datetime(2017, 6, 1, tzinfo=UTC)]
)
def test_outside_the_data_is_said(start: datetime) -> None:
    with pytest.raises(CalendarNotCovered, match="2018-01-01 to 2030-12-31"):
        CALENDAR.due_date(start, 7)


def test_reaching_over_the_end_of_the_data_is_said() -> None:
    with pytest.raises(CalendarNotCovered):
        CALENDAR.due_at(datetime(2030, 12, 30, tzinfo=UTC), 7)


moments = st.datetimes(datetime(2018, 2, 1), datetime(2029, 6, 1), timezones=st.just(UTC))
days_of_data = st.dates(date(2018, 2, 1), date(2029, 6, 1))


@given(moments, st.integers(0, 60))
def test_due_is_always_worked_and_counts_right(start: datetime, days: int) -> None:
    due = CALENDAR.due_date(start, days)
    assert CALENDAR.is_working_day(due)
    assert due not in {day.date for day in CALENDAR.holidays}
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
    skipped = CALENDAR.skipped(start, days)
    for day, reason in skipped:
        assert not CALENDAR.is_working_day(day)
        assert reason.vi
        assert reason.en
    first, due = local_date(start), CALENDAR.due_date(start, days)
    promised = days + 1  # day 0 itself is worked
    assert (due - first).days + 1 == promised + len(skipped)


@given(days_of_data, st.integers(0, 60))
def test_shift_back_undoes_shift(day: date, count: int) -> None:
    worked = CALENDAR.day_zero(day)
    assert CALENDAR.shift(CALENDAR.shift(worked, count), -count) == worked


@given(moments, st.integers(0, 60))
def test_days_between_agree_with_the_rule(start: datetime, days: int) -> None:
    zero = datetime.combine(CALENDAR.day_zero(local_date(start)), datetime.min.time(), HUE)
    assert CALENDAR.working_days_between(zero, CALENDAR.due_at(start, days)) == days
