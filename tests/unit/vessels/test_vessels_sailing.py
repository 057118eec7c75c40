"""The fold of positions: any order, any duplicates, one outcome."""

from datetime import timedelta

from city.vessels.model import Fix
from city.vessels.moments import millis
from city.vessels.sailing import WINDOW, Line, Memory, Sailing, add, folded, present, step
from city.vessels.sea import margin_nm
from hypothesis import given, settings
from hypothesis import strategies as st
from vessels_world import BOOK, LIMIT, PORT, SEA, T0, device, fix, voyage

LONG, TWO = BOOK.boat["tau-006"], BOOK.boat["tau-007"]
ZONE = next(zone for zone in BOOK.zones if zone.id == LIMIT)

places = st.tuples(st.floats(15.6, 17.9), st.floats(107.7, 110.5))
minutes = st.integers(0, 60 * 24 * 5)
devices = st.sampled_from([*(d.id for d in TWO.devices), "ais"])
positions = st.lists(
    st.builds(
        lambda m, p, d: fix("tau-007", T0 + timedelta(minutes=m), p, by=d),
        minutes, places, devices,
    ),
    min_size=1, max_size=WINDOW, unique_by=lambda f: (f.t, f.device),
)  # fmt: skip


@given(positions, st.randoms(), st.integers(1, 7))
@settings(max_examples=150)
def test_any_order_and_duplicates_lead_to_one_outcome(
    fixes: list[Fix], chance: object, size: int
) -> None:
    once = add(BOOK, TWO, Sailing(), fixes)
    shuffled = fixes + fixes[: len(fixes) // 2]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    bit_by_bit = Sailing()
    for first in range(0, len(shuffled), size):
        bit_by_bit = add(BOOK, TWO, bit_by_bit, shuffled[first : first + size])
    assert bit_by_bit == once
    assert present(BOOK, TWO, bit_by_bit) == present(BOOK, TWO, once)


@given(st.integers(1, 3 * WINDOW))
@settings(max_examples=20)
def test_what_falls_out_of_the_window_is_folded_not_lost(number: int) -> None:
    fixes = voyage("tau-006", (2.0 * i for i in range(number)))
    sailing = Sailing()
    for each in fixes:
        sailing = add(BOOK, LONG, sailing, [each])
    assert len(sailing.window) == min(number, WINDOW)
    assert present(BOOK, LONG, sailing) == folded(BOOK, LONG, Memory(), fixes)
    older = add(BOOK, LONG, sailing, [fix("tau-006", T0 - timedelta(days=2))])
    if number > WINDOW:
        assert older == sailing  # too late to be judged


def at_margin(miles: float) -> tuple[float, float]:
    """A place on a parallel through the fishing ground, so many miles inside the eastern line."""
    low, high = 108.5, 110.5  # margin falls from about 80 to below zero
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if margin_nm(ZONE, 16.3, middle) > miles else (low, middle)
    return 16.3, low


def lines(margins: list[float]) -> list[Line]:
    memory = Memory()
    told: list[Line] = []
    for i, miles in enumerate(margins):
        # every two hours at most ten miles: no doubt about the speed
        memory, flag = step(
            BOOK, LONG, memory, fix("tau-006", T0 + timedelta(hours=8 * i), at_margin(miles))
        )
        assert flag == ""
        told.append(memory.lines[LIMIT].line)
    return told


def test_approach_crossing_and_return() -> None:
    C, A, X = Line.CLEAR, Line.APPROACH, Line.CROSSED  # noqa: N806
    assert lines([20, 5.5, 4.9, 5.5, 6.2]) == [C, C, A, A, C]
    assert lines([4, -0.2, 0.5, -0.2, 4]) == [A, A, A, A, A]  # never two in a row beyond
    assert lines([4, -0.2, -0.5, 0.3, 0.9, 1.1, 7]) == [A, A, X, X, X, A, C]


@given(st.lists(st.floats(-3, 12), min_size=2, max_size=12))
@settings(max_examples=60)
def test_crossed_needs_two_beyond_and_clears_only_a_mile_within(margins: list[float]) -> None:
    margins = [m for m in margins if min(abs(m - edge) for edge in (-0.0, 1, 5, 6)) > 0.01]
    told = lines(margins)
    for i, line in enumerate(told):
        before = told[i - 1] if i else Line.CLEAR
        if line is Line.CROSSED and before is not Line.CROSSED:
            assert i and margins[i] < 0 and margins[i - 1] < 0
        if before is Line.CROSSED and line is not Line.CROSSED:
            assert margins[i] >= 1


def test_two_fixes_within_five_minutes_are_one_word() -> None:
    memory = Memory()
    for minute in (0, 2):
        memory, _ = step(
            BOOK, LONG, memory, fix("tau-006", T0 + timedelta(minutes=minute), at_margin(-1))
        )
    assert memory.lines[LIMIT].line is Line.APPROACH
    memory, _ = step(BOOK, LONG, memory, fix("tau-006", T0 + timedelta(minutes=9), at_margin(-1)))
    assert memory.lines[LIMIT].line is Line.CROSSED


def flags(fixes: list[Fix]) -> list[str]:
    memory = Memory()
    told: list[str] = []
    for each in fixes:
        memory, flag = step(BOOK, TWO, memory, each)
        told.append(flag)
    return told


def test_an_impossible_leap_is_flagged_and_what_follows_decides() -> None:
    home = [fix("tau-007", T0 + timedelta(hours=h), SEA) for h in (0, 2, 4)]
    leap = fix("tau-007", T0 + timedelta(hours=3), (SEA[0], SEA[1] + 4))
    assert flags([home[0], home[1], leap, home[2]]) == ["", "", "suspect", ""]
    there = fix("tau-007", T0 + timedelta(hours=5), (SEA[0], SEA[1] + 4.1))
    assert flags([home[0], leap, there]) == ["", "suspect", ""]  # the first was the wrong one


def test_one_device_counts_at_a_time() -> None:
    first, second = (each.id for each in TWO.devices)
    fixes = [
        fix("tau-007", T0, by=first),
        fix("tau-007", T0 + timedelta(hours=1), by=second),
        fix("tau-007", T0 + timedelta(hours=5), by=second),  # the first is late: 1.5 x 3 h
        fix("tau-007", T0 + timedelta(hours=6), by=second),
        fix("tau-007", T0 + timedelta(hours=7), by=first),  # back: it counts at once
        fix("tau-007", T0 + timedelta(hours=8), by=second),
        fix("tau-007", T0 + timedelta(hours=8), by="ais"),
    ]
    assert flags(fixes) == ["", "other_device", "", "", "", "other_device", "other_device"]


def test_ais_alone_is_never_the_terminals_word() -> None:
    memory = folded(BOOK, LONG, Memory(), [fix("tau-006", T0, by="ais")])
    assert memory.heard is None
    assert memory.last is not None
    memory = folded(BOOK, LONG, memory, [fix("tau-006", T0 + timedelta(hours=1))])
    assert memory.heard == millis(T0 + timedelta(hours=1))


def test_in_port_by_position() -> None:
    memory = folded(BOOK, LONG, Memory(), [fix("tau-006", T0, PORT)])
    assert (memory.port, memory.sailed) == ("thuan-an", None)
    out = fix("tau-006", T0 + timedelta(hours=2))
    memory = folded(BOOK, LONG, memory, [out])
    assert (memory.port, memory.sailed) == (None, out.t)
    assert device("tau-006") == memory.active
