"""Rendered pictures and their truth as arrays: made once, then read by the training.

Seeds below `HELD_OUT` are for training; evaluation draws its scenes at and above it, never below.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import numpy.typing as npt
from city.contracts.watching import Label

from gpu_workers.cameras.scenes.scene import Shot
from gpu_workers.cameras.seen import Picture

from .lessons import lesson

CLASSES: tuple[str, ...] = get_args(Label)
HELD_OUT = 1_000_000
WIDTH, HEIGHT = 320, 192
PAD = 114
MOST = 64  # boxes of one picture
LEAST_VISIBLE = 0.3  # less is neither right nor wrong
LEAST_PLATE_PX = 6.0
COMMON = 0.5  # a class in fewer pictures than this share is picked more often


@dataclass(frozen=True, slots=True)
class Samples:
    """`boxes` (n, MOST, 6): class or -1, x1, y1, x2, y2 in input pixels, 1 when it counts."""

    pictures: npt.NDArray[np.uint8]  # n, 192, 320, 3
    boxes: npt.NDArray[np.float32]


def letterbox(picture: Picture) -> tuple[Picture, float]:
    """Scaled to fit, top left, the rest grey; returns the scale."""
    h, w = picture.shape[:2]
    scale = min(WIDTH / w, HEIGHT / h)
    small = cv2.resize(
        picture,
        (round(w * scale), round(h * scale)),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    padded = np.full((HEIGHT, WIDTH, 3), PAD, dtype=np.uint8)
    padded[: small.shape[0], : small.shape[1]] = small
    return padded, scale


def truth(shot: Shot, scale: float) -> npt.NDArray[np.float32]:
    """The boxes of one picture in the layout of `Samples.boxes`."""
    rows: list[tuple[float, ...]] = []
    for s in shot.seen:
        rows.append(
            (CLASSES.index(s.label), *(c * scale for c in s.box), float(s.visible >= LEAST_VISIBLE))
        )
        if s.plate_corners is not None and s.visible >= LEAST_VISIBLE:
            size = (shot.picture.shape[1], shot.picture.shape[0])
            low, high = (
                edge.clip(0, size) * scale
                for edge in (s.plate_corners.min(axis=0), s.plate_corners.max(axis=0))
            )
            if high[0] - low[0] >= LEAST_PLATE_PX and high[1] - low[1] >= 2:
                rows.append((CLASSES.index("plate"), *low, *high, 1.0))
    out = np.full((MOST, 6), -1, dtype=np.float32)
    if rows:
        out[: min(len(rows), MOST)] = np.array(rows, dtype=np.float32)[:MOST]
    return out


def render(seeds: range, step: int = 20) -> Samples:
    """Paint the lessons of these seeds: many streets, few pictures of each."""
    pictures, boxes = [], []
    for seed in seeds:
        for shot in lesson(seed).frames(step):
            small, scale = letterbox(shot.picture)
            pictures.append(small)
            boxes.append(truth(shot, scale))
    return Samples(np.stack(pictures), np.stack(boxes))


def cached(path: Path, seeds: range) -> Samples:
    """From `path`, or painted and kept there."""
    if not path.exists():
        made = render(seeds)
        np.savez(path, pictures=made.pictures, boxes=made.boxes)
    with np.load(path) as kept:
        return Samples(kept["pictures"], kept["boxes"])


def chances(samples: Samples) -> npt.NDArray[np.float64]:
    """How likely each picture is to be picked: rarer classes more often.

    The repeat factors of LVIS (Gupta et al. 2019): a picture counts as its rarest class does,
    sqrt(COMMON / share of pictures with the class), at least 1.
    """
    counts = samples.boxes[:, :, 5] > 0
    there = np.stack(
        [((samples.boxes[:, :, 0] == c) & counts).any(axis=1) for c in range(len(CLASSES))], axis=1
    )
    share = np.maximum(there.mean(axis=0), 1e-3)
    factor = np.where(there, np.sqrt(np.maximum(COMMON / share, 1.0)), 1.0).max(axis=1)
    return np.asarray(factor / factor.sum(), np.float64)


def vary(
    picture: Picture,
    boxes: npt.NDArray[np.float32],
    rng: np.random.Generator,
) -> tuple[Picture, npt.NDArray[np.float32]]:
    """Mirror, zoom, light and compression, as real cameras differ. Returns copies."""
    out, kept = picture, boxes.copy()
    valid = kept[:, 0] >= 0
    if rng.random() < 0.5:
        out = np.ascontiguousarray(out[:, ::-1])
        kept[valid, 1], kept[valid, 3] = WIDTH - kept[valid, 3], WIDTH - kept[valid, 1]
    if rng.random() < 0.6:
        zoom = float(rng.uniform(0.65, 1.5))
        dx, dy = (
            float(rng.uniform(min(0, size * (1 - zoom)), max(0, size * (1 - zoom))))
            for size in (WIDTH, HEIGHT)
        )
        matrix = np.array([[zoom, 0, dx], [0, zoom, dy]], dtype=np.float32)
        zoomed = cv2.warpAffine(out, matrix, (WIDTH, HEIGHT), borderValue=(PAD, PAD, PAD))
        out = np.asarray(zoomed, np.uint8)
        kept = _zoomed(kept, zoom, dx, dy)
    gain = rng.uniform(0.7, 1.3) * rng.uniform(0.92, 1.08, 3)
    lit = np.clip(out * gain + rng.uniform(-18, 18), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.integers(25, 90))
        _, packed = cv2.imencode(".jpg", lit, [cv2.IMWRITE_JPEG_QUALITY, quality])
        lit = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return lit, kept


def _zoomed(
    boxes: npt.NDArray[np.float32],
    zoom: float,
    dx: float,
    dy: float,
) -> npt.NDArray[np.float32]:
    kept = boxes.copy()
    valid = kept[:, 0] >= 0
    kept[valid, 1:5] = kept[valid, 1:5] * zoom + np.array([dx, dy, dx, dy], dtype=np.float32)
    before = _areas(kept)
    kept[valid, 1:5:2] = kept[valid, 1:5:2].clip(0, WIDTH)
    kept[valid, 2:5:2] = kept[valid, 2:5:2].clip(0, HEIGHT)
    after = _areas(kept)
    narrow = np.minimum(kept[:, 3] - kept[:, 1], kept[:, 4] - kept[:, 2])
    kept[valid & ((after < 6) | (narrow < 1)), 0] = -1
    kept[valid & (after < before * 0.35), 5] = 0.0
    return kept


def _areas(boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    areas: npt.NDArray[np.float32] = (boxes[:, 3] - boxes[:, 1]).clip(0) * (
        boxes[:, 4] - boxes[:, 2]
    ).clip(0)
    return areas
