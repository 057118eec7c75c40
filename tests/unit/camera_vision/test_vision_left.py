"""What somebody left is told without a detector's word for it; what nobody left never is."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import cv2
import numpy as np
import pytest
from city.contracts.cameras import Box
from city.contracts.watching import AbandonedObject
from vision_world import EVERYWHERE, MORNING, NAMED, going, memory, together, watch

from gpu_workers.cameras.seen import Frame, Happening, Picture

RULE = AbandonedObject(**NAMED, zone=EVERYWHERE, hold_s=5.0)
HIGH, WIDE = 90, 160
GROUND = np.random.default_rng(3).normal(120, 4, (HIGH, WIDE, 3)).clip(0, 255).astype(np.uint8)
TEXTURE = cv2.GaussianBlur(GROUND, (5, 5), 0)
Where = tuple[int, int, int, int]  # left, top, right, bottom in pixels
BAG: Where = (76, 52, 84, 62)
PERSON = {"wide": 0.07, "high": 0.3}
LEAVES = together(
    going("person", 0, (0.1, 0.7), (0.1, 0.0), until=4.0, **PERSON),
    going("person", 4.2, (0.5, 0.7), (0.0, 0.0), until=6.0, **PERSON),
    going("person", 6.2, (0.5, 0.7), (0.12, 0.0), **PERSON),
)  # comes to the middle, waits there for two seconds, goes on


def film(
    *things: tuple[float, float, Where, int], light: Callable[[float], float] = lambda _: 1.0
) -> Callable[[float], Picture]:
    """Rectangles (since, until, where, tone) on the ground, with a camera's noise."""

    def at(t: float) -> Picture:
        picture = TEXTURE.copy()
        for since, until, (left, top, right, bottom), tone in things:
            if since <= t < until:
                picture[top:bottom, left:right] = tone
        noise = np.random.default_rng(round(t * 100)).normal(0, 3, picture.shape)
        return np.asarray((picture * light(t) + noise).clip(0, 255), np.uint8)

    return at


def told(
    seconds: float,
    boxes: Callable[[float], Iterable[Box]],
    picture: Callable[[float], Picture],
    fps: float = 5.0,
) -> list[Happening]:
    return watch(memory(RULE), seconds, boxes, fps=fps, picture=picture)


def nobody(_: float) -> list[Box]:
    return []


def test_what_somebody_left_is_told_once_where_it_lies() -> None:
    (one,) = told(20, LEAVES, film((4.0, 99, BAG, 60)))
    (box,) = one.boxes
    assert box.top_left == pytest.approx((BAG[0] / WIDE, BAG[1] / HIGH), abs=0.03)
    assert box.bottom_right == pytest.approx((BAG[2] / WIDE, BAG[3] / HIGH), abs=0.03)
    assert (one.at - one.started_at).total_seconds() >= RULE.hold_s


def test_it_is_told_while_frames_are_rare_because_nothing_moves() -> None:
    watching = memory(RULE)
    picture = film((4.0, 99, BAG, 60))
    assert watch(watching, 9, LEAVES, picture=picture) == []
    late = [
        h
        for k in range(6)
        for h in watching.step(
            Frame("c", picture(9 + 2.5 * k), MORNING + timedelta(seconds=9 + 2.5 * k), 50 + k), []
        )
    ]
    assert len(late) == 1


@pytest.mark.parametrize("dark", [0.35, 0.7, 1.6])
def test_it_is_told_through_a_change_of_light_and_nothing_else_is(dark: float) -> None:
    def light(t: float) -> float:
        return 1.0 if t < 9.5 else dark

    assert len(told(20, LEAVES, film((4.0, 99, BAG, 60), light=light))) == 1
    assert told(20, LEAVES, film(light=light)) == []


def test_what_passes_in_front_of_everything_changes_nothing() -> None:
    bus = (8.0, 10.0, (0, 0, 160, 80), 30)
    assert len(told(20, LEAVES, film((4.0, 99, BAG, 60), bus))) == 1
    assert told(20, LEAVES, film(bus)) == []


def test_a_rule_that_asks_for_other_things_is_not_told_of_this() -> None:
    boats = memory(RULE.model_copy(update={"classes": ("boat",)}))
    assert watch(boats, 20, LEAVES, picture=film((4.0, 99, BAG, 60))) == []


def test_nobody_left_a_shadow_or_a_light() -> None:
    patch = film((4.0, 99, BAG, 80), (7.0, 99, (20, 30, 30, 40), 180))
    assert told(20, nobody, patch) == []
    passes = going("person", 0, (0.05, 0.95), (0.12, 0.0), **PERSON)  # a good way off
    assert told(20, passes, patch) == []


def test_a_person_whom_the_detector_loses_is_no_thing() -> None:
    stands = film((4.0, 99, (74, 36, 86, 63), 60))
    seen = together(
        going("person", 0, (0.1, 0.7), (0.1, 0.0), until=4.0, **PERSON),
        going("person", 4.2, (0.5, 0.7), (0.0, 0.0), until=8.0, **PERSON),
    )
    assert told(20, seen, stands) == []
    torso = film((4.0, 99, (75, 40, 85, 52), 60))  # the rest has the ground's colour
    assert told(20, seen, torso) == []


def test_a_parked_car_is_no_thing_though_its_driver_leaves() -> None:
    parked = film((4.0, 99, (60, 44, 90, 62), 60))
    car = going("car", 4.0, (0.47, 0.69), (0, 0), wide=0.19, high=0.2)
    assert told(20, together(LEAVES, car), parked) == []
    assert told(20, LEAVES, parked) == []  # nor if the detector does not know it: too large
    low = film((4.0, 99, BAG, 60))
    assert told(20, together(LEAVES, car), low) == []  # a part of it


def test_what_somebody_takes_away_is_not_left() -> None:
    assert told(20, LEAVES, film((0.0, 5.5, BAG, 60))) == []


def test_somebody_who_stays_beside_it_attends_it() -> None:
    waits = together(LEAVES, going("person", 5.0, (0.55, 0.72), (0, 0), **PERSON))
    assert told(20, waits, film((4.0, 99, BAG, 60))) == []


def test_a_bag_that_is_called_a_person_is_still_a_bag() -> None:
    called = going("person", 7.0, (0.5, 62 / HIGH), (0, 0), wide=8 / WIDE, high=10 / HIGH)
    assert len(told(20, together(LEAVES, called), film((4.0, 99, BAG, 60)))) == 1


def test_rain_and_flicker_leave_nothing() -> None:
    def rain(t: float) -> Picture:
        picture = film()(t)
        rng = np.random.default_rng(round(t * 10))
        for x, y in zip(rng.integers(0, WIDE, 14), rng.integers(0, HIGH, 14), strict=True):
            cv2.line(picture, (int(x), int(y)), (int(x) - 2, int(y) + 9), (200, 202, 204), 1)
        return picture

    assert told(20, LEAVES, rain) == []
    blinks = [(k * 1.0, k * 1.0 + 0.5, BAG, 200) for k in range(20)]
    assert told(20, LEAVES, film(*blinks)) == []
