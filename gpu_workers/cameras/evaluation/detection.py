"""The detector alone on held-out streets: average precision by class and by light."""

from collections.abc import Sequence
from typing import get_args

import numpy as np
import supervision as sv
from city.contracts.cameras import Box
from city.contracts.watching import Label
from supervision.metrics import MeanAveragePrecision

from gpu_workers.cameras.scenes import Look, Shot
from gpu_workers.cameras.scenes.chance import street
from gpu_workers.cameras.seen import Detector

CLASSES: tuple[str, ...] = get_args(Label)
LEAST_VISIBLE = 0.3
PLATE_LEAST_SHARE = 6 / 320  # narrower plates are no truth: three pixels say nothing


def average_precision(detector: Detector, seeds: Sequence[int], look: Look) -> dict[str, object]:
    """mAP at 0.5 and over 0.5 to 0.95, and AP at 0.5 of each class that occurs."""
    metric = MeanAveragePrecision()
    pictures = 0
    for seed in seeds:
        for shot in street(seed, 6.0, look).frames(20):
            found = detector.detect([shot.picture])[0]
            wanted, unsure = _truth(shot)
            metric.update(_kept(_found(found, shot), unsure, wanted), wanted)
            pictures += 1
    result = metric.compute()
    each = {
        CLASSES[int(c)]: round(float(ap[0]), 3)
        for c, ap in zip(result.matched_classes, result.ap_per_class, strict=True)
    }
    return {
        "pictures": pictures,
        "map50": round(float(result.map50), 3),
        "map50_95": round(float(result.map50_95), 3),
        "ap50": each,
    }


def _found(boxes: Sequence[Box], shot: Shot) -> sv.Detections:
    h, w = shot.picture.shape[:2]
    return sv.Detections(
        xyxy=np.array(
            [
                (b.top_left[0] * w, b.top_left[1] * h, b.bottom_right[0] * w, b.bottom_right[1] * h)
                for b in boxes
            ]
        ).reshape(-1, 4),
        class_id=np.array([CLASSES.index(b.label) for b in boxes], dtype=int),
        confidence=np.array([b.score for b in boxes], dtype=float),
    )


def _truth(shot: Shot) -> tuple[sv.Detections, np.ndarray]:
    rows = [(*s.box, CLASSES.index(s.label)) for s in shot.seen if s.visible >= LEAST_VISIBLE]
    unsure = [s.box for s in shot.seen if s.visible < LEAST_VISIBLE]
    h, w = shot.picture.shape[:2]
    for s in shot.seen:
        if s.plate_corners is None or s.visible < LEAST_VISIBLE:
            continue
        low = s.plate_corners.min(axis=0).clip(0, (w, h))
        high = s.plate_corners.max(axis=0).clip(0, (w, h))
        corners = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        if high[0] - low[0] >= PLATE_LEAST_SHARE * w:
            rows.append((*corners, CLASSES.index("plate")))
        else:
            unsure.append(corners)
    table = np.array(rows, dtype=float).reshape(-1, 5)
    return (
        sv.Detections(xyxy=table[:, :4], class_id=table[:, 4].astype(int)),
        np.array(unsure).reshape(-1, 4),
    )


def _kept(found: sv.Detections, unsure: np.ndarray, wanted: sv.Detections) -> sv.Detections:
    """Without boxes that fit something half hidden and nothing that counts."""
    if not len(found) or not len(unsure):
        return found
    hidden = sv.box_iou_batch(unsure, found.xyxy).max(axis=0) >= 0.5
    clear = (
        sv.box_iou_batch(wanted.xyxy, found.xyxy).max(axis=0) >= 0.5
        if len(wanted)
        else np.zeros(len(found), dtype=bool)
    )
    kept = found[~hidden | clear]
    assert isinstance(kept, sv.Detections)  # noqa: S101 - an index of many gives many
    return kept
