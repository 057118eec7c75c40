"""VN_AQI: the Decision's own examples, and the traps that copied code falls into."""

import pytest
from city.sensing.air import day_index, eight_hour_means, hour_index, nowcast, sub_index
from city.sensing.rounding import half_up, whole
from hypothesis import given
from hypothesis import strategies as st
from sensing_world import AIR

OLDEST_FIRST = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6]
C = OLDEST_FIRST[::-1]


def test_the_nowcast_of_the_decision() -> None:
    cast = nowcast(C)
    assert cast is not None
    assert half_up(cast.weight, 2) == 0.61
    assert half_up(cast.value, 1) == 20.3
    assert cast.value == pytest.approx(20.266, abs=0.001)


@pytest.mark.parametrize(
    ("column", "value", "exact", "printed"),
    [("o3_1h", 136.1, 42.53, 43), ("no2", 118.7, 59.35, 59), ("pm25", 20.3, 40.60, 41),
     ("no2", 130.8, 65.40, 65), ("pm25", 55.7, 109.50, 110)],
)  # fmt: skip
def test_examples_of_the_decision(column: str, value: float, exact: float, printed: int) -> None:
    assert sub_index(AIR, column, value) == pytest.approx(exact, abs=0.006)
    assert whole(sub_index(AIR, column, value)) == printed


@pytest.mark.parametrize(
    ("value", "index"),
    [(300, 350), (25, 50), (150, 200), (500, 500), (700, 500), (0, 0), (250, 300)],
)
def test_dust_breakpoints_that_copies_merge(value: float, index: int) -> None:
    assert sub_index(AIR, "pm25", value) == index


@pytest.mark.parametrize("column", sorted(AIR.columns))
def test_every_breakpoint_gives_its_index_and_the_curve_never_falls(column: str) -> None:
    bounds = AIR.columns[column]
    for bound, index in zip(bounds, AIR.index, strict=False):
        assert sub_index(AIR, column, bound) == index
    steps = [sub_index(AIR, column, bounds[-1] * i / 1000) for i in range(1200)]
    assert steps == sorted(steps)


def test_half_is_rounded_up_not_to_even() -> None:
    assert [whole(v) for v in (0.5, 1.5, 2.5, 109.5, 100.4999999999)] == [1, 2, 3, 110, 101]
    assert whole(100.49) == 100


def test_a_nowcast_with_gaps_is_normalised() -> None:
    cast = nowcast([None, 20.0, 20.0, *[None] * 9])
    assert cast is not None
    assert cast.value == 20.0
    flat = nowcast([40.0, 10.0, *[10.0] * 10])
    assert flat is not None
    assert flat.weight == 0.5
    assert nowcast([None, None, 20.0, *[20.0] * 9]) is None
    assert nowcast([]) is None
    nothing = nowcast([0.0] * 12)
    assert nothing is not None
    assert nothing.value == 0


@given(st.lists(st.none() | st.floats(0, 500), min_size=12, max_size=12))
def test_a_nowcast_lies_within_what_was_measured(values: list[float | None]) -> None:
    cast = nowcast(values)
    known = [v for v in values if v is not None]
    if cast is not None:
        assert min(known) - 1e-6 <= cast.value <= max(known) + 1e-6
        assert 0.5 <= cast.weight <= 1


def test_the_hour_is_its_worst_part() -> None:
    made = hour_index(AIR, {"o3": 136.1, "no2": 118.7}, {"pm25": C})
    assert (made.index, made.main) == (59, "no2")
    assert set(made.parts) == {"o3", "no2", "pm25"}


@pytest.mark.parametrize(
    ("now", "dust", "reason"),
    [
        ({"o3": 500.0}, {}, "no_pm"),
        ({"o3": 500.0}, {"pm25": [None] * 12}, "nowcast_incomplete"),
        ({"o3": None}, {}, "no_data"),
        ({}, {}, "no_data"),
    ],
)
def test_without_dust_there_is_no_index(
    now: dict[str, float | None], dust: dict[str, list[float | None]], reason: str
) -> None:
    made = hour_index(AIR, now, dust)
    assert (made.index, made.reason) == (None, reason)


def test_the_day_of_the_decision() -> None:
    hours = {"pm25": [55.7] * 24, "no2": [100.0] * 23 + [130.8]}
    made = day_index(AIR, hours, [])
    assert (made.index, made.main) == (110, "pm25")
    assert made.parts["no2"].value == 130.8


def test_a_day_needs_eighteen_hours() -> None:
    assert day_index(AIR, {"pm25": [30.0] * 18 + [None] * 6}, []).index == 60
    made = day_index(AIR, {"pm25": [30.0] * 17 + [None] * 7}, [])
    assert (made.index, made.reason) == (None, "incomplete_day")


def test_ozone_above_400_over_eight_hours_counts_by_the_hour_alone() -> None:
    hours = {"o3": [401.0] * 23 + [410.0], "pm25": [1.0] * 24}
    ozone = day_index(AIR, hours, []).parts["o3"]
    assert (ozone.column, ozone.value) == ("o3_1h", 410.0)
    hours = {"o3": [390.0] * 24, "pm25": [1.0] * 24}
    ozone = day_index(AIR, hours, []).parts["o3"]
    assert ozone.column == "o3_8h"


def test_the_first_eight_hour_mean_reaches_into_yesterday() -> None:
    means = eight_hour_means([80.0] + [0.0] * 23, [80.0] * 7)
    assert means[0] == 80.0
    assert means[1] == 70.0
    assert len(means) == 24
    assert eight_hour_means([80.0] * 24, [])[:6] == [None] * 5 + [80.0]
