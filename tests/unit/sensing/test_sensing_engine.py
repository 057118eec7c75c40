"""The threshold engine: no starvation, no flapping, order and duplicates do not matter."""

import random
from itertools import pairwise

import pytest
from city.sensing.engine import Change, Rule, State, advance, initial, step
from hypothesis import given, settings
from hypothesis import strategies as st

MINUTE = 60_000
RIVER = Rule((1.0, 2.0, 3.5), deadband=0.1, hold_up=10 * MINUTE, hold_down=30 * MINUTE)
BARE = Rule((1.0, 2.0, 3.5), hold_up=0, hold_down=0, min_readings=1)
HOLD = min(RIVER.hold_up, RIVER.hold_down)

levels = st.floats(0, 5, allow_nan=False).map(lambda v: round(v, 2))
series = st.lists(levels, min_size=1, max_size=120)


def run(values: list[float], rule: Rule = RIVER, every: int = MINUTE) -> tuple[State, list[Change]]:
    state, changes = initial(rule), []
    for i, value in enumerate(values):
        state, made = step(state, i * every, value, rule)
        changes += made
    return state, changes


@pytest.mark.parametrize("sigma", [0.02, 0.05, 0.10])
def test_a_noisy_level_at_alarm_two(sigma: float) -> None:
    """A day at BĐ2, one reading a minute: few changes, and never a missed flood."""
    ours, bare = [], []
    for seed in range(20):
        chance = random.Random(seed)
        values = [2.0 + chance.gauss(0, sigma) for _ in range(1440)]
        state, changes = run(values)
        assert state.level == 2
        ours.append(len(changes))
        bare.append(len(run(values, BARE)[1]))
    assert sum(ours) / 20 <= 2.0
    assert sum(bare) / 20 > 100


@given(series, st.integers(1, 3))
@settings(max_examples=200)
def test_no_level_is_starved_whatever_higher_levels_do(values: list[float], level: int) -> None:
    mark = RIVER.levels[level - 1]
    state, _ = run([max(value, mark) for value in values] + [mark] * 11)
    assert state.level >= level


@given(series, st.randoms(use_true_random=False))
def test_old_and_repeated_readings_change_nothing(
    values: list[float], chance: random.Random
) -> None:
    expected = run(values)
    state, changes = initial(RIVER), []
    for i, value in enumerate(values):
        state, made = step(state, i * MINUTE, value, RIVER)
        changes += made
        again = chance.randint(0, i)
        assert step(state, again * MINUTE, chance.random() * 5, RIVER) == (state, [])
    assert (state, changes) == expected


@given(series)
@settings(max_examples=300)
def test_opposite_changes_are_never_within_the_hold(values: list[float]) -> None:
    _, changes = run(values)
    for one, other in pairwise(changes):
        if (one.level > one.previous) != (other.level > other.previous):
            assert other.at - one.at >= HOLD
    for change in changes:
        assert change.previous != change.level
    assert all(a.level == b.previous for a, b in pairwise(changes))


@given(series)
def test_a_rising_input_never_lowers_the_level_and_a_falling_one_never_raises_it(
    values: list[float],
) -> None:
    up = sorted(values)
    assert all(c.level > c.previous for c in run(up)[1])
    settled, _ = run([up[-1]] * 40)
    changes = []
    for i, value in enumerate(reversed(up)):
        settled, made = step(settled, (40 + i) * MINUTE, value, RIVER)
        changes += made
    assert all(c.level < c.previous for c in changes)


@given(series, st.lists(st.integers(0, 200), max_size=30))
def test_sweeps_between_readings_change_no_outcome(values: list[float], sweeps: list[int]) -> None:
    expected = run(values)
    state, changes = initial(RIVER), []
    for i, value in enumerate(values):
        state, made = step(state, i * MINUTE, value, RIVER)
        changes += made
        for seconds in sorted(sweeps):
            swept = i * MINUTE + seconds * 250
            if swept < (i + 1) * MINUTE:
                state, made = advance(state, swept, RIVER)
                changes += made
    assert (state.level, changes) == (expected[0].level, expected[1])


def test_a_single_spike_raises_nothing_however_long_the_silence_after_it() -> None:
    state, changes = run([0.5, 9.0])
    state, more = advance(state, 50 * MINUTE, RIVER)
    assert (state.level, changes, more) == (0, [], [])


def test_a_jump_needs_a_second_reading_but_no_hold() -> None:
    assert run([0.5, 3.9])[0].level == 0
    state, changes = run([0.5, 3.9, 3.8])
    assert changes == [Change(2 * MINUTE, 0, 3)]
    assert state.level == 3


def test_a_slow_rise_waits_for_the_hold() -> None:
    _, changes = run([1.05] * 11)
    assert changes == [Change(10 * MINUTE, 0, 1)]


def test_the_clear_comes_with_time_alone() -> None:
    state, _ = run([1.2] * 11 + [0.5])
    assert state.level == 1
    state, changes = advance(state, 42 * MINUTE, RIVER)
    assert changes == [Change(41 * MINUTE, 1, 0)]


def test_silence_neither_raises_nor_clears() -> None:
    rule = Rule((1.0,), hold_up=10 * MINUTE, hold_down=180 * MINUTE, max_gap=60 * MINUTE)
    state, _ = run([1.2] * 11 + [0.5], rule)
    state, changes = advance(state, 1000 * MINUTE, rule)
    assert (state.level, changes) == (1, [])
    state, changes = step(state, 1000 * MINUTE, 0.5, rule)  # the timer begins anew
    assert changes == []
    state, changes = advance(state, 1059 * MINUTE, rule)
    assert changes == []


def test_low_values_can_be_the_bad_ones() -> None:
    rule = Rule((26.0, 10.0), hold_up=0, hold_down=0, min_readings=1, below=True)
    assert [c.level for c in run([60.0, 20.0, 5.0, 40.0], rule)[1]] == [1, 2, 1, 0]


def test_levels_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="order of danger"):
        Rule((2.0, 1.0))
