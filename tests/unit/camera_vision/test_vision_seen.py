"""The shipped detector end to end on a short slice of held-out scenes, with floors.

The whole evaluation is `python -m gpu_workers.cameras.evaluation`; this catches a model, a layout
or a rule that has come apart.
"""

import hashlib
import json

import pytest
from city.contracts.cameras import ModelCard

from gpu_workers.cameras.evaluation.__main__ import MODELS
from gpu_workers.cameras.evaluation.detection import average_precision
from gpu_workers.cameras.evaluation.measure import load
from gpu_workers.cameras.evaluation.rules import Score, judge, play
from gpu_workers.cameras.evaluation.tracking import figures, follow
from gpu_workers.cameras.scenes import Look, make_scene
from gpu_workers.cameras.scenes.chance import street
from gpu_workers.cameras.scenes.film import replayed
from gpu_workers.cameras.seen import Detector
from gpu_workers.cameras.vision import make_watch

FOLDER = MODELS / "hues-nano" / "2"
HELD_OUT = 1_000_000
FLOOR_MAP50 = 0.3
SLICE: tuple[tuple[str, Look], ...] = (
    ("wrong-way", "day"),
    ("red-light", "night"),
    ("intrusion", "rain"),
    ("fire", "day"),
)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load(FOLDER)


def test_the_card_is_of_this_model() -> None:
    data = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    card = ModelCard.model_validate(data)
    assert card.sha256 == hashlib.sha256((FOLDER / "model.onnx").read_bytes()).hexdigest()
    assert card.synthetic
    assert any("rendered" in limit for limit in data["limits"])


def test_it_still_sees(detector: Detector) -> None:
    seen = average_precision(detector, range(HELD_OUT, HELD_OUT + 3), "day")
    assert isinstance(seen["map50"], float)
    assert seen["map50"] >= FLOOR_MAP50, seen


def test_it_still_follows(detector: Detector) -> None:
    scene = street(HELD_OUT + 1, 4.0, "day")
    found = figures([follow(scene, replayed(scene, 2), detector, 5.0)])
    assert found["idf1"] >= 0.5, found


def test_it_still_tells(detector: Detector) -> None:
    total = Score()
    for name, look in SLICE:
        scene = make_scene(name, seed=HELD_OUT, look=look, fps=5.0, size=(320, 180))
        for score in judge(scene, play(scene, replayed(scene), make_watch, detector)).values():
            total.add(score)
    assert total.recall is not None
    assert total.precision is not None
    assert total.recall >= 0.6, total
    assert total.precision >= 0.6, total
