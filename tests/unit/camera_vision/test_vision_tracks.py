"""One word for one thing, and one track, though it is hidden for a while."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
import supervision as sv
from city.contracts.cameras import Box
from vision_world import MORNING, box, going

from gpu_workers.cameras.vision.tracks import TWICE, Track, Tracker, once


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


def followed(fps: float, *things: Callable[[float], list[Box]], seconds: float) -> list[list[int]]:
    """The numbers of the tracks of each thing that plays alone or with others, in order."""
    tracker = Tracker(fps)
    numbers: list[list[int]] = [[] for _ in things]
    for k in range(round(seconds * fps)):
        at, t = MORNING + timedelta(seconds=k / fps), k / fps
        boxes = [thing(t) for thing in things]
        for track in tracker.step(at, [b for each in boxes for b in each], 16 / 9):
            for known, mine in zip(numbers, boxes, strict=True):
                if track.now.box in mine and track.number not in known:
                    known.append(track.number)
    return numbers


def away(
    hidden: tuple[float, float], x: float = 0.5, until: float = 9.0
) -> Callable[[float], list[Box]]:
    """Drives away: slower and smaller in the picture the farther it is; hidden for a while."""

    def at(t: float) -> list[Box]:
        if hidden[0] <= t < hidden[1] or t > until:
            return []
        far = 1.0 + 0.5 * t
        return [box("motorbike", x, 0.2 + 0.7 / far, wide=0.05 / far, high=0.3 / far)]

    return at


def test_what_comes_out_from_behind_a_pillar_is_what_went_in() -> None:
    assert followed(5.0, away((1.4, 2.8)), seconds=5) == [[1]]


def test_what_was_hidden_too_long_or_comes_out_elsewhere_is_another() -> None:
    assert followed(5.0, away((1.4, 4.4)), seconds=7) == [[1, 2]]
    gone, other = away((1.4, 99.0)), away((0.0, 2.8), x=0.6)
    assert followed(5.0, gone, other, seconds=5) == [[1], [2]]


def test_of_two_that_it_could_be_it_is_neither() -> None:
    left, right = away((1.4, 99.0), x=0.495), away((1.4, 99.0), x=0.525)
    out = away((0.0, 2.8), x=0.51)
    assert followed(5.0, left, right, out, seconds=5) == [[1], [2], [3]]


def test_a_thing_began_when_it_was_first_seen() -> None:
    tracker, tracks = Tracker(5.0), []
    thing = going("car", 0.0, (0.2, 0.5), (0.1, 0.0))
    for k in range(4):
        tracks += tracker.step(MORNING + timedelta(seconds=k / 5), thing(k / 5), 16 / 9)
    assert tracks[0].began == MORNING
    assert len(tracks[-1].spots) == 4


def test_what_it_was_called_when_it_was_large_counts_for_more() -> None:
    track, called = Track(1), []
    near, far = box("motorbike", 0.5, 0.9, 0.1, 0.3), box("bicycle", 0.5, 0.5, 0.03, 0.09)
    for k, seen in enumerate([near, far, far, far]):
        track.add(MORNING + timedelta(seconds=k / 5), seen)
    called.append(track.label)
    for k in range(40):
        track.add(MORNING + timedelta(seconds=1 + k / 5), far)
    assert [*called, track.label] == ["motorbike", "bicycle"]


def test_a_track_that_goes_on_has_one_more_spot_in_each_frame() -> None:
    tracker, thing, spots = Tracker(5.0), away((1.4, 2.8)), []
    for k in range(25):
        tracks = tracker.step(MORNING + timedelta(seconds=k / 5), thing(k / 5), 16 / 9)
        spots += [len(track.spots) for track in tracks]
    assert spots == list(range(2, 2 + len(spots)))
