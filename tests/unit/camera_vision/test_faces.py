"""Nobody is to be recognised who need not be."""

import numpy as np
from city.contracts.cameras import Box
from hypothesis import given
from hypothesis import strategies as st
from vision_world import box

from gpu_workers.cameras.faces import blur
from gpu_workers.cameras.faces.blur import CELLS
from gpu_workers.cameras.seen import Picture

NOISE = np.random.default_rng(3).integers(0, 255, (180, 320, 3), dtype=np.uint8)


def part(picture: Picture, of: Box, share: float = 1.0) -> Picture:
    h, w = picture.shape[:2]
    top, bottom = of.top_left[1], of.top_left[1] + (of.bottom_right[1] - of.top_left[1]) * share
    return picture[
        int(top * h) : int(bottom * h), int(of.top_left[0] * w) : int(of.bottom_right[0] * w)
    ]


@given(st.floats(0.1, 0.9), st.floats(0.3, 1.0), st.floats(0.02, 0.5), st.floats(0.05, 0.6))
def test_nothing_is_left_of_a_head_but_a_few_means(
    x: float, y: float, wide: float, high: float
) -> None:
    person = box("person", x, y, wide, high)
    covered = part(blur(NOISE, [person]), person, 0.4)
    tones = len(np.unique(covered.reshape(-1, 3), axis=0)) if covered.size else 0
    assert tones <= (CELLS + 1) ** 2


def test_riders_and_plates_of_others_are_covered_and_the_rest_is_not() -> None:
    bike, bag = box("motorbike", 0.3, 0.6, 0.1, 0.3), box("bag", 0.8, 0.8, 0.1, 0.1)
    out = blur(NOISE, [bike, bag])
    assert not np.array_equal(part(out, bike), part(NOISE, bike))
    assert np.array_equal(part(out, bag), part(NOISE, bag))
    assert np.array_equal(out[:20, 250:], NOISE[:20, 250:])


def test_the_vehicle_in_question_stays_legible_and_a_person_before_it_does_not() -> None:
    car = box("car", 0.5, 0.9, 0.5, 0.5).model_copy(update={"track": 4})
    other = box("bus", 0.6, 0.85, 0.3, 0.6).model_copy(update={"track": 5})
    plate = box("plate", 0.5, 0.85, 0.1, 0.05)
    person = box("person", 0.35, 0.9, 0.08, 0.4)
    out = blur(NOISE, [car, other, plate, person], keep={4})
    assert np.array_equal(part(out, plate), part(NOISE, plate))
    assert not np.array_equal(part(out, person, 0.4), part(NOISE, person, 0.4))
    assert not np.array_equal(out[50:60, 200:220], NOISE[50:60, 200:220])  # the bus, outside


def test_keeping_a_person_is_not_to_be_had() -> None:
    person = box("person", 0.5, 0.9, 0.2, 0.6).model_copy(update={"track": 1})
    assert np.array_equal(blur(NOISE, [person], keep={1}), blur(NOISE, [person]))


def test_the_original_is_left_alone() -> None:
    before = NOISE.copy()
    blur(NOISE, [box("person", 0.5, 0.9, 0.2, 0.6)])
    assert np.array_equal(before, NOISE)
