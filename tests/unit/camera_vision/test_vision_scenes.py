"""Every rule on its scene, over the truth's own boxes: all is told once, nothing else is."""

import pytest

from gpu_workers.cameras.evaluation.rules import judge, play
from gpu_workers.cameras.scenes import NAMES, Look, make_scene
from gpu_workers.cameras.vision import make_watch

SMALL = (320, 180)
LOOK: dict[str, Look] = {
    "red-light": "night",
    "fire": "night",
    "screen-dark": "rain",
    "water-level": "rain",
    "loitering": "occlusion",
    "intrusion": "shake",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_on_its_scene(name: str) -> None:
    size = None if name == "plates" else SMALL
    scene = make_scene(name, seed=12, look=LOOK.get(name, "day"), size=size)
    shots = scene.frames(4 if name == "plates" else 2)
    scores = judge(scene, play(scene, shots, make_watch))
    for rule, score in scores.items():
        assert score.missed == [], rule
        assert score.wrong == [], rule
    assert sum(s.right for s in scores.values()) >= (5 if scene.level else 1)
