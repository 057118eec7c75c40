"""Late, repeated and permuted readings; several sensors; rates and sums; replay."""

import random
from typing import Any

from city.kernel.text import text
from city.sensing.engine import Change
from city.sensing.fold import Entry, begin, replay, state_at, taken_in, trend
from city.sensing.rules import Combine, Mark, RuleDocument
from hypothesis import given, settings
from hypothesis import strategies as st

MINUTE = 60_000
T0 = 1_800_000_000_000


def rule(**how: Any) -> RuleDocument:
    """A river rule of one gauge, unless told otherwise."""
    marks = tuple(Mark(number=i, value=v) for i, v in enumerate((1.0, 2.0, 3.5), 1))
    return RuleDocument(
        **{
            "id": "r", "version": 1, "kind": "river_level", "station": "s", "streams": ("s.level",),
            "name": text("a", "b"), "uom": "m", "levels": marks, "table": "t", "deadband": 0.1,
            **how,
        }
    )  # fmt: skip


def at(minute: int, value: float, stream: str = "s.level") -> Entry:
    return Entry(T0 + minute * MINUTE, stream, value)


def told(document: RuleDocument, messages: list[tuple[int, list[Entry]]]) -> Any:
    compiled = document.compiled()
    live = begin(compiled)
    folded = live.base
    changes: list[Change] = []
    for received, entries in messages:
        live, folded, changes = taken_in(live, entries, received, document, compiled)
    return live, folded, changes


values = st.lists(st.floats(0, 5).map(lambda v: round(v, 2)), min_size=1, max_size=28)


@given(values, st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_any_order_with_any_duplicates_is_the_same_state(
    levels: list[float], chance: random.Random
) -> None:
    entries = [at(i, v) for i, v in enumerate(levels)]
    now = T0 + 28 * MINUTE
    document = rule()
    _, expected, changes = told(document, [(now, entries)])
    mixed = entries + chance.choices(entries, k=10)
    chance.shuffle(mixed)
    live, got, made = told(document, [(now, [entry]) for entry in mixed])
    assert (got, made) == (expected, changes)
    assert live.missed == 0


@given(st.lists(st.floats(0, 5).map(lambda v: round(v, 2)), min_size=60, max_size=120))
@settings(max_examples=40)
def test_replay_finds_what_was_told_live(levels: list[float]) -> None:
    document, compiled = rule(), rule().compiled()
    live, seen = begin(compiled), []
    entries = [at(i, v) for i, v in enumerate(levels)]
    for entry in entries:
        live, folded, changes = taken_in(live, [entry], entry.t, document, compiled)
        seen += [c for c in changes if c not in seen]
        assert len(live.tail) <= 52  # the tail is bounded by lateness and slack
    replayed, changes = replay(entries, entries[-1].t, document, compiled)
    assert changes == seen
    assert replayed.state == folded.state


def test_a_late_reading_counts_at_its_own_time() -> None:
    document = rule()
    low = [at(i, 0.5) for i in range(3)]
    _, _, changes = told(
        document,
        [(T0, low), (T0 + 20 * MINUTE, [at(20, 1.3)]), (T0 + 21 * MINUTE, [at(9, 1.2)])],
    )
    assert changes == [Change(T0 + 20 * MINUTE, 0, 1)]


def test_what_comes_after_its_time_has_sunk_is_counted_as_missed() -> None:
    document = rule()
    far = T0 + 300 * MINUTE
    live, _, changes = told(
        document, [(T0, [at(0, 0.1), at(10, 0.1)]), (far, [at(300, 0.1)]), (far, [at(5, 9.0)])]
    )
    assert (live.missed, changes) == (1, [])


def test_two_of_three_sensors_must_agree() -> None:
    streams = ("a", "b", "c")
    document = rule(
        streams=streams,
        levels=(Mark(number=1, value=50.0),),
        combine=Combine(need=2, within_s=900),
        hold_up_s=0,
        min_readings=1,
    )
    one = [at(0, 90.0, "a"), at(0, 1.0, "b"), at(0, 1.0, "c")]
    assert told(document, [(T0, one)])[2] == []
    two = [*one, at(5, 70.0, "c")]
    assert told(document, [(T0, two)])[2] == [Change(T0 + 5 * MINUTE, 0, 1)]
    stale = [at(0, 90.0, "a"), at(40, 70.0, "c")]
    assert told(document, [(T0 + 40 * MINUTE, stale)])[2] == []


def test_the_rate_of_rise() -> None:
    document = rule(
        measure="rate",
        levels=(Mark(number=1, value=0.3), Mark(number=2, value=0.5)),
        hold_up_s=600,
        deadband=0.05,
    )
    slow = [at(i, 1.0 + i * 0.25 / 60) for i in range(120)]
    assert told(document, [(T0 + 120 * MINUTE, slow)])[2] == []
    fast = [at(i, 1.0 + i * 0.4 / 60) for i in range(120)]
    assert [c.level for c in told(document, [(T0 + 120 * MINUTE, fast)])[2]] == [1]


def test_a_sum_over_a_window() -> None:
    document = rule(
        measure="sum", levels=(Mark(number=1, value=50.0),), hold_up_s=0, quick_top=False,
    )  # fmt: skip
    rain = [at(i * 10, 10.0) for i in range(4)]
    assert told(document, [(T0 + 40 * MINUTE, rain)])[2] == []
    rain = [at(i * 10, 10.0) for i in range(7)]
    assert [c.at for c in told(document, [(T0 + 70 * MINUTE, rain)])[2]] == [T0 + 50 * MINUTE]


def test_time_alone_clears() -> None:
    document, compiled = rule(), rule().compiled()
    readings = [at(i, 1.3) for i in range(12)] + [at(12, 0.2)]
    live, _, _ = told(document, [(T0 + 12 * MINUTE, readings)])
    folded, changes = state_at(live, T0 + 45 * MINUTE, document, compiled)
    assert (folded.state.level, changes[-1]) == (0, Change(T0 + 42 * MINUTE, 1, 0))


def test_the_trend() -> None:
    _, folded, _ = told(rule(), [(T0, [at(i, 1 + i / 100) for i in range(20)])])
    assert round(trend(folded.trail, 0.02), 2) == 0.19
    assert trend(folded.trail, 0.5) == 0.0
    assert trend((), 0.5) == 0.0
