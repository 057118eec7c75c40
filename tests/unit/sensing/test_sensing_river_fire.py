"""Alarm levels against forecasters' bulletins; fire danger against its bands and resets."""

from datetime import date

import pytest
from city.sensing.fire import FireDay, danger, fire_day, saturation_deficit
from city.sensing.river import river_state
from sensing_world import FIRE, river


@pytest.mark.parametrize(
    ("station", "metres", "level", "distance"),
    [
        ("kim-long", 1.44, 1, 0.44), ("kim-long", 1.85, 2, -0.15), ("kim-long", 2.71, 2, 0.71),
        ("kim-long", 4.57, 3, 1.07), ("phu-oc", 2.93, 2, -0.07), ("phu-oc", 3.25, 2, 0.25),
        ("phu-oc", 4.12, 3, -0.38), ("phu-oc", 4.72, 3, 0.22), ("thuong-nhat", 60.59, 2, -0.41),
    ],
)  # fmt: skip
def test_bulletins(station: str, metres: float, level: int, distance: float) -> None:
    state = river_state(river(station), metres)
    assert state is not None
    assert state.distances[level] == distance


def test_the_highest_level_reached_is_named() -> None:
    kim_long = river("kim-long")
    said = {m: river_state(kim_long, m) for m in (0.4, 1.0, 1.55, 4.57)}
    assert [s.level for s in said.values() if s] == [0, 1, 1, 3]
    assert [s.words.vi for s in said.values() if s] == [
        "dưới BĐ1 0,60 m", "bằng BĐ1", "trên BĐ1 0,55 m", "trên BĐ3 1,07 m",
    ]  # fmt: skip


def test_what_is_not_confirmed_says_so() -> None:
    state = river_state(river("phu-oc"), 3.0)
    assert state is not None
    assert state.unconfirmed == (1,)
    assert not river("phu-oc").confirmed
    assert river("kim-long").confirmed


@pytest.mark.parametrize(
    ("p", "level"),
    [(0, 1), (5000, 1), (5000.5, 2), (10000, 2), (15000, 3), (15001, 4), (20000, 4), (20001, 5)],
)
def test_bands_of_p(p: float, level: int) -> None:
    assert danger(FIRE, p)[0] == level


def _day(month: int, rain: float | None, celsius: float | None = 35.0) -> FireDay:
    return FireDay(date(2026, month, 10), celsius, 50.0, rain)


def test_p_grows_by_temperature_and_deficit_and_falls_to_zero_after_rain() -> None:
    grown = fire_day(FIRE, "1", 1000.0, _day(4, 6.9))
    assert grown.p == pytest.approx(1000 + 35 * saturation_deficit(35, 50))
    reset = fire_day(FIRE, "1", 19000.0, _day(4, 7.0))
    assert (reset.p, reset.level, reset.reset) == (0.0, 1, True)
    assert fire_day(FIRE, "2", 0.0, _day(4, 6.6)).reset  # zone 2 asks for less rain
    assert fire_day(FIRE, "1", 9000.0, _day(6, 12.0, None)).reset  # rain alone is enough


def test_the_deficit() -> None:
    assert saturation_deficit(20, 100) == 0
    assert saturation_deficit(35, 0) == pytest.approx(56.2, abs=0.3)


@pytest.mark.parametrize(
    ("zone", "day", "reason"),
    [("3", _day(4, 0.0), "rain_threshold_unknown"), ("1", _day(12, 0.0), "rain_threshold_unknown"),
     ("9", _day(4, 0.0), "zone_unknown"), ("1", _day(4, None), "no_data"),
     ("1", _day(4, 0.0, None), "no_data")],
)  # fmt: skip
def test_no_figure_where_the_decision_or_the_data_are_silent(
    zone: str, day: FireDay, reason: str
) -> None:
    assert fire_day(FIRE, zone, 100.0, day).reason == reason
