from datetime import UTC, datetime, timedelta

from city.kernel.clock import HUE
from city.sla.rules import hour, hours, ladder, next_hour, warning_at, working_time
from hypothesis import given
from hypothesis import strategies as st
from sla_world import NOON, end_of, state, weekdays

DAYS = weekdays()


def test_a_warning_comes_when_a_fifth_of_the_working_time_is_left() -> None:
    # Monday 12:00 to the end of Wednesday week: 12 h + 7 x 24 h (less the last second) = 180 h
    promised = working_time(DAYS, NOON, end_of("2026-03-11"))
    assert promised == timedelta(hours=180, seconds=-1)
    # a fifth, 36 h, before Wednesday midnight: Tuesday noon
    warned = warning_at(DAYS, state())
    assert warned.astimezone(HUE).replace(microsecond=0) == datetime(
        2026, 3, 10, 11, 59, 59, tzinfo=HUE
    )


def test_weekends_and_holidays_do_not_use_time() -> None:
    # one working day of promise over a weekend: a fifth of 36 h is 7 h 12 min of Monday
    short = state(start=datetime(2026, 3, 6, 5, tzinfo=UTC), due=end_of("2026-03-09"))
    assert warning_at(DAYS, short) == end_of("2026-03-09") - timedelta(hours=36, seconds=-1) / 5
    with_holiday = weekdays("2026-03-10", "2026-03-11")
    over = state(due=end_of("2026-03-13"))
    assert working_time(with_holiday, NOON, over.due_at) == timedelta(hours=180, seconds=-1)
    assert warning_at(with_holiday, over).astimezone(HUE).date().isoformat() == "2026-03-12"


def test_the_immediate_process_runs_day_and_night() -> None:
    saturday = datetime(2026, 3, 7, 20, tzinfo=HUE)
    urgent = state(start=saturday, due=saturday + timedelta(hours=5))
    assert warning_at(DAYS, urgent) == saturday + timedelta(hours=4)
    rungs = ladder(DAYS, urgent)
    assert rungs["late_2"] == end_of("2026-03-10")  # Sunday 01:00, then Monday and Tuesday
    assert rungs["late_5"] == end_of("2026-03-13")


def test_late_rungs_count_working_days_after_the_due_day() -> None:
    rungs = ladder(weekdays("2026-03-12"), state())
    assert rungs["due"] == end_of("2026-03-11")
    assert rungs["late_2"] == end_of("2026-03-16")  # Fri 13, Mon 16: the 12th is a holiday
    assert rungs["late_5"] == end_of("2026-03-19")


def test_a_pause_moves_the_warning_with_the_due_time() -> None:
    resumed = state(original=end_of("2026-03-11"), due=end_of("2026-05-13"))
    moved = end_of("2026-05-13") - warning_at(DAYS, resumed)
    assert moved == end_of("2026-03-11") - warning_at(DAYS, state())


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    length=st.integers(0, 60),
    extension=st.integers(0, 60),
    minutes=st.integers(0, 3000),
    immediate=st.booleans(),
)
def test_rungs_are_in_order(
    start: datetime, length: int, extension: int, minutes: int, immediate: bool
) -> None:
    if immediate:
        original = start + timedelta(minutes=minutes)
        due = original + timedelta(minutes=extension)
    else:
        first = start.astimezone(HUE).date() + timedelta(days=length)
        original = end_of(first.isoformat())
        due = end_of((first + timedelta(days=extension)).isoformat())
    instants = list(ladder(DAYS, state(start=start, due=due, original=original)).values())
    assert instants == sorted(instants)
    if due == original:
        assert instants[0] >= start


def test_hours_are_walked_one_by_one() -> None:
    assert hour(datetime(2026, 3, 1, 6, 59, tzinfo=HUE)) == "2026022823"
    assert next_hour("2026123123") == "2027010100"
    assert list(hours("2026022822", "2026030100")) == ["2026022822", "2026022823", "2026030100"]
    assert list(hours("2026030101", "2026030100")) == []
