"""Make scores mean something: how likely a box is right, fitted on streets of the training's range.

A logistic regression on the network's logit (Platt 1999): one slope for all classes and an offset
for each, held near the common one where a class is rare. `train.py --weights … --calibration …`
puts the result into the graph.

    python -m gpu_workers.cameras.training.calibrate raw/model.onnx calibration.json
"""

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from .data import CLASSES, letterbox, truth
from .lessons import lesson

SEEDS = range(900_000, 900_080)  # not trained on, not held out
LEAST = 0.05
SAME = 0.5
TIES = 0.02  # how strongly a class's offset is held to the common one
Floats = npt.NDArray[np.float64]


def samples(model: Path) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    """Logits, classes and whether right, of all boxes that the raw model gives."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    logits: list[float] = []
    classes: list[int] = []
    right: list[float] = []
    for seed in SEEDS:
        for shot in lesson(seed, (320, 180)).frames(30):
            picture, scale = letterbox(shot.picture)
            rows = session.run(None, {"pictures": picture[None]})[0][0]
            wanted = truth(shot, scale)
            for row in rows[rows[:, 4] >= LEAST]:
                verdict = _verdict(row, wanted)
                if verdict is not None:
                    logits.append(float(np.log(row[4] / (1 - min(row[4], 0.999)))))
                    classes.append(int(row[5]))
                    right.append(verdict)
    return np.array(logits), np.array(classes), np.array(right)


def _verdict(row: npt.NDArray[np.float32], wanted: npt.NDArray[np.float32]) -> float | None:
    """1 right, 0 wrong, None on something half hidden."""
    there = wanted[wanted[:, 0] >= 0]
    low = np.maximum(there[:, 1:3], row[:2])
    high = np.minimum(there[:, 3:5], row[2:4])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    area = (there[:, 3:5] - there[:, 1:3]).prod(axis=1) + (row[2:4] - row[:2]).prod() - shared
    fits = shared / np.maximum(area, 1e-6) >= SAME
    if (fits & (there[:, 0] == row[5]) & (there[:, 5] > 0)).any():
        return 1.0
    return None if (fits & (there[:, 5] == 0)).any() else 0.0


def fit(logits: Floats, classes: npt.NDArray[np.int64], right: Floats) -> tuple[float, Floats]:
    """(slope, offsets) by gradient descent on the penalised log loss."""
    slope, common = 1.0, 0.0
    own = np.zeros(len(CLASSES))
    for _ in range(20_000):
        z = slope * logits + common + own[classes]
        off = 1 / (1 + np.exp(-z)) - right
        slope -= 0.05 * float((off * logits).mean())
        common -= 0.2 * float(off.mean())
        each = np.bincount(classes, off, len(CLASSES)) / len(off)
        own -= 1.5 * (each + TIES * own * 0.05)
    return slope, common + own


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("model", type=Path)
    words.add_argument("out", type=Path)
    given = words.parse_args()
    slope, offsets = fit(*samples(given.model))
    told = {"slope": round(slope, 4), "offsets": [round(float(o), 4) for o in offsets]}
    given.out.write_text(json.dumps(told) + "\n", encoding="utf-8")
    print(given.out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
