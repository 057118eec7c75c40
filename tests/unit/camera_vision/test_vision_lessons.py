"""What the detector is taught: seeds decide, bags show all sides, rare classes come more often."""

from math import cos

import numpy as np
import pytest

from gpu_workers.cameras.training.data import CLASSES, HELD_OUT, MOST, Samples, chances, truth
from gpu_workers.cameras.training.lessons import lesson


def test_a_seed_gives_the_same_picture_and_truth() -> None:
    one, two = (next(iter(lesson(7, (320, 180)).frames())) for _ in range(2))
    assert np.array_equal(one.picture, two.picture)
    assert np.array_equal(truth(one, 1.0), truth(two, 1.0))


def test_bags_are_seen_from_their_narrow_side_too() -> None:
    bags = [
        abs(cos(pose[2]))
        for seed in range(60)
        for thing in lesson(seed, (320, 180)).things
        if thing.label == "bag" and (pose := thing.path.at(0.0)) is not None
    ]
    assert len(bags) > 60
    assert np.mean([b > 0.9 for b in bags]) > 0.07  # 1: its narrow side is to the camera
    assert np.mean([0.1 < b <= 0.9 for b in bags]) > 0.07  # and askew


def test_pictures_with_rare_classes_are_picked_more_often() -> None:
    boxes = np.full((100, MOST, 6), -1, np.float32)
    boxes[:, 0] = (CLASSES.index("car"), 0, 0, 20, 20, 1)
    boxes[:4, 1] = (CLASSES.index("smoke"), 0, 0, 20, 20, 1)
    boxes[4:8, 1] = (CLASSES.index("smoke"), 0, 0, 20, 20, 0)  # half hidden: teaches nothing
    likely = chances(Samples(np.zeros((100, 1, 1, 3), np.uint8), boxes))
    assert likely.sum() == pytest.approx(1)
    assert likely[0] / likely[10] == pytest.approx((0.5 / 0.04) ** 0.5)
    assert likely[5] == likely[10]
    assert HELD_OUT > 900_080
