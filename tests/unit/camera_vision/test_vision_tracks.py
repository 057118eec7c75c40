"""One word for one thing, as the library's own suppression has it."""

import numpy as np
import pytest
import supervision as sv

from gpu_workers.cameras.vision.tracks import TWICE, once


@pytest.mark.parametrize("many", [0, 1, 2, 7, 40])
def test_of_two_words_for_one_thing_the_better_stays(many: int) -> None:
    rng = np.random.default_rng(many)
    low = rng.uniform(0, 0.6, (many, 2))
    corners = np.concatenate([low, low + rng.uniform(0.05, 0.3, (many, 2))], axis=1)
    corners = np.concatenate([corners, corners + rng.normal(0, 0.004, corners.shape)])  # again
    scores = rng.uniform(0.1, 1, len(corners))
    told = sv.Detections(xyxy=corners, confidence=scores, data={"n": np.arange(len(corners))})
    wanted = told.with_nms(threshold=TWICE, class_agnostic=True).data["n"]
    assert once(corners, scores).tolist() == sorted(int(n) for n in wanted)
