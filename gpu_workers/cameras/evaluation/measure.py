"""The parts of the evaluation, each over held-out seeds."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from city.contracts.cameras import ModelCard

from gpu_workers.cameras.inference.session import OnnxDetector
from gpu_workers.cameras.plates.reader import PlateReader
from gpu_workers.cameras.scenes import NAMES, Look, make_scene
from gpu_workers.cameras.scenes.chance import street
from gpu_workers.cameras.scenes.film import replayed
from gpu_workers.cameras.seen import Detector
from gpu_workers.cameras.vision import make_watch

from .detection import average_precision
from .plates import NOISES, exact
from .rules import Score, judge, play
from .tracking import figures, follow

Part = Literal["detector", "tracking", "plates", "rules"]
PARTS: tuple[Part, ...] = get_args(Part)
HELD_OUT = 1_000_000
EVALUATED: tuple[Look, ...] = ("day", "night", "rain", "occlusion")
FPS = 5.0  # as a worker samples
SMALL = (320, 180)  # more is lost to the detector's input anyway; plates keep their own size
STREETS = 3  # for each seed of the scenes: streets are short


def load(folder: Path) -> OnnxDetector:
    """The model of a folder with `card.json` and `model.onnx`."""
    card = ModelCard.model_validate_json((folder / "card.json").read_bytes())
    return OnnxDetector(card, (folder / "model.onnx").read_bytes(), threads=1)


def measure(part: Part, detector: Detector | None, seeds: Sequence[int]) -> dict[str, Any]:
    """One part's figures. The detector part needs a detector."""
    parts: dict[Part, Callable[[], dict[str, Any]]] = {
        "detector": lambda: _detector(detector, seeds),
        "tracking": lambda: _tracking(detector, seeds),
        "plates": lambda: _plates(seeds),
        "rules": lambda: _rules(detector, seeds),
    }
    return parts[part]()


def _streets(seeds: Sequence[int]) -> list[int]:
    return [seed * STREETS + k for seed in seeds for k in range(STREETS)]


def _detector(detector: Detector | None, seeds: Sequence[int]) -> dict[str, Any]:
    if detector is None:
        raise ValueError("the detector part needs a detector")
    return {look: average_precision(detector, _streets(seeds), look) for look in EVALUATED}


def _tracking(detector: Detector | None, seeds: Sequence[int]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for look in EVALUATED:
        scenes = [street(seed, 8.0, look) for seed in _streets(seeds)]
        out[look] = figures([follow(s, replayed(s, 2), detector, FPS) for s in scenes])
    return out


def _plates(seeds: Sequence[int]) -> dict[str, Any]:
    reader = PlateReader()
    return {noise.name: exact(reader, noise, seeds[0], 20 * len(seeds)) for noise in NOISES}


def _rules(detector: Detector | None, seeds: Sequence[int]) -> dict[str, Any]:
    """By scene and look. A scene's other rules, which have to keep still, count with it."""
    out: dict[str, Any] = {}
    for name in NAMES:
        out[name] = {}
        for look in EVALUATED:
            total = Score()
            for seed in seeds:
                size = None if name == "plates" else SMALL
                scene = make_scene(name, seed=seed, look=look, fps=FPS, size=size)
                step = max(1, round(scene.fps / FPS / 2))  # fast things are sampled more often
                told = play(scene, replayed(scene, step), make_watch, detector, FPS)
                for score in judge(scene, told).values():
                    total.add(score)
            out[name][look] = _as_data(total)
    return out


def _as_data(score: Score) -> dict[str, Any]:
    data: dict[str, Any] = {
        "right": score.right,
        "wrong": len(score.wrong),
        "missed": len(score.missed),
        "precision": score.precision,
        "recall": score.recall,
        "which": [*score.wrong, *score.missed],
    }
    if score.errors:
        data["mean_error_m"] = round(sum(score.errors) / len(score.errors), 3)
        data["mean_absolute_error_m"] = round(
            sum(abs(e) for e in score.errors) / len(score.errors), 3
        )
    return data
