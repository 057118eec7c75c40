"""The gate: one incident for one thing, whatever the frames do; hours and validity."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from city.contracts.cameras import CameraConfig
from city.contracts.watching import Hours, Intrusion
from city.kernel.calendar import CalendarDay, WorkingCalendar
from city.kernel.text import text
from hypothesis import given
from hypothesis import strategies as st
from vision_world import BLANK, EVERYWHERE, MORNING, NAMED, box, going, memory, track_of, watch

from gpu_workers.cameras.vision.gate import Gate
from gpu_workers.cameras.vision.hours import holds, within
from gpu_workers.cameras.vision.tracks import Tracker
from gpu_workers.cameras.vision.view import Sight, View

HOLD, COOL = 1.0, 10.0
rule = Intrusion(**NAMED, zone=EVERYWHERE, hold_s=HOLD, cooldown_s=COOL)


def play(gate: Gate, holding: list[bool], step: float = 0.2) -> list[float]:
    told = []
    for k, holds_now in enumerate(holding):
        view = View(MORNING + timedelta(seconds=k * step), BLANK)
        sights = [Sight("key", 0.9)] if holds_now else []
        told += [k * step for _ in gate.pass_on(view, sights)]
    return told


@given(st.lists(st.booleans(), max_size=400))
def test_cool_down_bounds_the_incidents(holding: list[bool]) -> None:
    told = play(Gate(rule), holding)
    assert len(told) <= 1 + len(holding) * 0.2 / COOL
    assert all(b - a >= COOL for a, b in pairwise(told))


@given(st.integers(0, 300))
def test_what_goes_on_is_told_once(frames: int) -> None:
    told = play(Gate(rule), [True] * frames)
    assert len(told) == (1 if frames > HOLD / 0.2 else 0)


def test_a_missed_frame_is_no_end_and_a_pause_is() -> None:
    gap = [True] * 3 + [False] * 4 + [True] * 3
    assert play(Gate(rule), gap) != []
    pause = [True] * 3 + [False] * 8 + [True] * 3
    assert play(Gate(rule), pause) == []


def test_frames_that_are_rare_because_nothing_moves_are_no_pause() -> None:
    slow = rule.model_copy(update={"hold_s": 6.0})
    assert play(Gate(slow), [True] * 5, step=2.5) == [7.5]
    assert play(Gate(slow), [True, True, False, True, True, True], step=2.5) == []


def test_the_score_has_to_be_enough() -> None:
    gate = Gate(rule.model_copy(update={"min_score": 0.95, "hold_s": 0.0}))
    assert play(gate, [True] * 10) == []


def test_a_thing_with_a_new_number_is_the_same_incident() -> None:
    gate = Gate(rule.model_copy(update={"hold_s": 0.0}))
    told = []
    for k in range(20):
        number = 1 if k < 8 else 2
        seen = [] if 8 <= k < 12 else [Sight(f"{number}", 0.9, (box("person", 0.5, 0.5),), number)]
        told += gate.pass_on(View(MORNING + timedelta(seconds=k * 0.2), BLANK), seen)
    assert len(told) == 1


def test_two_things_that_cross_the_same_place_are_two() -> None:
    gate = Gate(rule.model_copy(update={"hold_s": 0.0}))
    told = []
    first = track_of([(0.5, 0.5 - 0.05 * k) for k in range(8)])
    for k in range(8):
        moving = track_of([(0.5, 0.5 - 0.05 * j) for j in range(k + 1)])
        sights = [Sight("1", 0.9, (box("car", 0.5, 0.5),), 1)] if k == 0 else []
        if k == 7:
            sights = [Sight("2", 0.9, (box("car", 0.5, 0.5),), 2)]
        view = View(MORNING + timedelta(seconds=k * 0.2), BLANK, (moving,))
        told += gate.pass_on(view, sights)
    assert first.number == 1
    assert len(told) == 2


def test_a_changed_rule_starts_afresh_and_the_others_go_on() -> None:
    slow = rule.model_copy(update={"hold_s": 4.0})
    other = slow.model_copy(update={"rule_id": "other"})
    watching = memory(slow, other)
    stays = going("person", 0, (0.5, 0.5), (0, 0))
    assert watch(watching, 3, stays) == []
    changed = slow.model_copy(update={"version": 2})
    watching.renew(memory_config(changed, other))
    told = watch(watching, 2, stays, start=MORNING + timedelta(seconds=3))
    assert [h.rule.rule_id for h in told] == ["other"]


def memory_config(*rules: Intrusion) -> CameraConfig:
    return CameraConfig(
        camera_id="c",
        config_version=2,
        epoch=1,
        source="file:x",
        place=(16.46, 107.59),
        model="m@1",
        rules=rules,
    )


def hue(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


@pytest.mark.parametrize(
    ("window", "at", "inside"),
    [
        (Hours(since="06:00", until="09:00"), hue(3, 8), True),
        (Hours(since="06:00", until="09:00"), hue(3, 10), False),
        (Hours(since="22:00", until="05:00"), hue(3, 23), True),
        (Hours(since="22:00", until="05:00"), hue(3, 4, 59), True),
        (Hours(since="22:00", until="05:00"), hue(3, 12), False),
        (Hours(days=("mon",), since="22:00", until="05:00"), hue(3, 4), True),  # Monday's night
        (Hours(days=("tue",), since="22:00", until="05:00"), hue(3, 4), False),
        (Hours(days=("sat", "sun")), hue(3, 4), False),
    ],
)
def test_hours_of_the_week_are_those_of_hue(window: Hours, at: datetime, inside: bool) -> None:
    assert within(window, at) is inside


def test_days_off_are_the_calendars() -> None:
    holiday = CalendarDay(date=date(2026, 3, 3), name=text("Lễ", "Holiday"), source="test")
    calendar = WorkingCalendar(
        valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31), holidays=(holiday,)
    )
    window = Hours(on_days_off=False)
    assert within(window, hue(3, 8)) is True
    assert within(window, hue(3, 8), calendar) is False
    assert within(window, hue(4, 8), calendar) is True
    assert within(window, hue(8, 8)) is False  # a Sunday, without any calendar


@given(st.integers(0, 48))
def test_a_rule_holds_within_its_validity_only(hours: int) -> None:
    bounded = rule.model_copy(
        update={"valid_from": MORNING, "valid_until": MORNING + timedelta(hours=24)}
    )
    assert holds(bounded, MORNING + timedelta(hours=hours)) is (hours < 24)


def test_two_that_pass_keep_their_numbers() -> None:
    tracker = Tracker(5.0)
    right, left = going("car", 0, (0.1, 0.5), (0.12, 0)), going("car", 0, (0.9, 0.62), (-0.12, 0))
    numbers: dict[str, set[int]] = {"right": set(), "left": set()}
    for k in range(35):
        at = MORNING + timedelta(seconds=k * 0.2)
        for track in tracker.step(at, right(k * 0.2) + left(k * 0.2), 16 / 9):
            numbers["right" if track.now.feet[1] < 0.55 else "left"].add(track.number)
    assert {k: len(v) for k, v in numbers.items()} == {"right": 1, "left": 1}
    assert numbers["right"] != numbers["left"]


def test_two_words_for_one_thing_are_one_track() -> None:
    tracker = Tracker(5.0)
    for k in range(10):
        x = 0.2 + 0.03 * k
        words = [box("bus", x, 0.5, score=0.6), box("truck", x + 0.004, 0.5, score=0.8)]
        tracks = tracker.step(MORNING + timedelta(seconds=k * 0.2), words, 16 / 9)
    assert [t.label for t in tracks] == ["truck"]
