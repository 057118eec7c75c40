"""Tracks against the truth: MOTA and IDF1 by motmetrics, HOTA by the evaluation of `trackers`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import motmetrics
import numpy as np
import numpy.typing as npt
import supervision as sv
from trackers.eval import aggregate_hota_metrics, compute_hota_metrics

from gpu_workers.cameras.scenes import Scene, Shot
from gpu_workers.cameras.seen import Detector
from gpu_workers.cameras.vision.tracks import Tracker

from .rules import perfect

LEAST_VISIBLE = 0.3
SAME = 0.5
Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Film:
    """Everything of one film, frame by frame."""

    truth: list[npt.NDArray[np.int64]] = field(default_factory=list)
    found: list[npt.NDArray[np.int64]] = field(default_factory=list)
    likeness: list[Floats] = field(default_factory=list)


def follow(scene: Scene, shots: Iterable[Shot], detector: Detector | None, fps: float) -> Film:
    """Detect and track one film. What is half hidden is neither right nor wrong."""
    tracker, film = Tracker(fps), Film()
    w, h = scene.lens.width, scene.lens.height
    for shot in shots:
        boxes = perfect(shot) if detector is None else detector.detect([shot.picture])[0]
        tracks = tracker.step(shot.frame().at, boxes, w / h)
        corners = np.array(
            [
                (
                    t.now.box.top_left[0] * w,
                    t.now.box.top_left[1] * h,
                    t.now.box.bottom_right[0] * w,
                    t.now.box.bottom_right[1] * h,
                )
                for t in tracks
            ]
        ).reshape(-1, 4)
        numbers = np.array([t.number for t in tracks], dtype=np.int64)
        counts = np.array([s.visible >= LEAST_VISIBLE for s in shot.seen], dtype=bool)
        wanted = np.array([s.box for s in shot.seen]).reshape(-1, 4)
        likeness: Floats = (
            sv.box_iou_batch(wanted, corners).astype(np.float64)
            if len(wanted) and len(corners)
            else np.zeros((len(wanted), len(corners)))
        )
        shadow = _only_half_hidden(likeness, counts)
        film.truth.append(np.array([s.track for s in shot.seen], dtype=np.int64)[counts])
        film.found.append(numbers[~shadow])
        film.likeness.append(likeness[counts][:, ~shadow])
    return film


def _only_half_hidden(likeness: Floats, counts: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Found boxes that fit something half hidden and nothing else."""
    many = likeness.shape[1]
    hidden = likeness[~counts].max(axis=0) if (~counts).any() and many else np.zeros(many)
    clear = likeness[counts].max(axis=0) if counts.any() and many else np.zeros(many)
    shadow: npt.NDArray[np.bool_] = (hidden >= SAME) & (clear < SAME)
    return shadow


def figures(films: list[Film]) -> dict[str, float]:
    """Over all films together."""
    sums = [_accumulated(film) for film in films]
    made = motmetrics.metrics.create()
    table: Any = made.compute_many(
        sums,
        metrics=[
            "mota",
            "idf1",
            "num_switches",
            "num_objects",
            "num_misses",
            "num_false_positives",
        ],
        generate_overall=True,
    )
    row = table.loc["OVERALL"]
    hota = aggregate_hota_metrics(
        [compute_hota_metrics(f.truth, f.found, f.likeness) for f in films]
    )
    return {
        "mota": float(row["mota"]),
        "idf1": float(row["idf1"]),
        "hota": float(hota["HOTA"]),
        "deta": float(hota["DetA"]),
        "assa": float(hota["AssA"]),
        "switches": int(row["num_switches"]),
        "objects": int(row["num_objects"]),
        "misses": int(row["num_misses"]),
        "false_positives": int(row["num_false_positives"]),
    }


def _accumulated(film: Film) -> Any:
    sums = motmetrics.MOTAccumulator(auto_id=True)
    for truth, found, likeness in zip(film.truth, film.found, film.likeness, strict=True):
        distance = np.where(likeness >= SAME, 1 - likeness, np.nan)
        sums.update(truth, found, distance)
    return sums
