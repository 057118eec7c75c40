"""Light and weather over a painted picture, and the shake of a mast in the wind."""

from typing import Literal

import cv2
import numpy as np

from gpu_workers.cameras.seen import Picture

from .brush import BITS, Brush, Glow

Look = Literal["day", "night", "rain", "occlusion", "shake"]
LOOKS: tuple[Look, ...] = ("day", "night", "rain", "occlusion", "shake")
NIGHT = np.array([0.42, 0.34, 0.31], dtype=np.float32)


class Weather:
    """One scene's weather: the same seed gives the same drops and the same shake."""

    def __init__(self, look: Look, seed: int, shape: tuple[int, int]) -> None:
        self.look = look
        self._rng = np.random.default_rng(seed * 31 + 5)
        h, w = shape
        self._light = float(self._rng.uniform(0.85, 1.12))
        self._grain = [self._rng.normal(0, 1, (h, w)).astype(np.float32) for _ in range(3)]
        self._sway = self._rng.uniform(0.6, 2.6, 4)
        self._table = np.clip(np.arange(256) * self._light, 0, 255).astype(np.uint8)

    def apply(self, picture: Picture, brush: Brush, index: int) -> Picture:
        """The picture under this light. Shake is apart: it moves the truth as well."""
        if self.look == "night":
            lit = picture.astype(np.float32) * (NIGHT * self._light)
            mask = np.zeros(picture.shape[:2], dtype=np.uint8)
            for ring in brush.lit:
                cv2.fillPoly(
                    mask, [np.round(ring * (1 << BITS)).astype(np.int32)], 255, cv2.LINE_8, BITS
                )
            np.copyto(lit, picture, where=mask[..., None] > 0, casting="unsafe")
            _lamps(lit, brush.glows)
            lit += self._noise(index, 5.0)
            return np.asarray(np.clip(lit, 0, 255, out=lit), np.uint8)
        lit8 = np.asarray(cv2.LUT(picture, self._table), np.uint8)
        _steady_lamps(lit8, brush.glows)
        if self.look == "rain":
            return self._rain(lit8, index)
        noisy = lit8.astype(np.float32) + self._noise(index, 2.2)
        return np.asarray(np.clip(noisy, 0, 255, out=noisy), np.uint8)

    def _noise(self, index: int, sigma: float) -> np.ndarray:
        grain = self._grain[index % 3]
        return np.roll(grain, (index * 37 % 97, index * 61 % 89), axis=(0, 1))[..., None] * sigma

    def _rain(self, picture: Picture, index: int) -> Picture:
        h, w = picture.shape[:2]
        rng = np.random.default_rng(index * 7919 + 13)
        veil = cv2.addWeighted(picture, 0.72, np.full_like(picture, 150), 0.28, -12)
        streaks = veil.copy()
        n = h * w // 1100
        xs, ys = rng.integers(0, w, n), rng.integers(0, h, n)
        lengths = rng.integers(h // 40, h // 14, n)
        lines = np.stack((np.stack((xs, ys), 1), np.stack((xs - lengths // 6, ys + lengths), 1)), 1)
        cv2.polylines(streaks, list(lines.astype(np.int32)), False, (200, 202, 204), 1, cv2.LINE_AA)
        wet = cv2.addWeighted(streaks, 0.55, veil, 0.45, 0).astype(np.float32)
        wet += self._noise(index, 3.5)
        return np.asarray(np.clip(wet, 0, 255, out=wet), np.uint8)

    def shift(self, index: int) -> tuple[float, float]:
        """How far the mast has moved the picture, in pixels."""
        if self.look != "shake":
            return 0.0, 0.0
        a, b, c, d = self._sway
        return (
            2.6 * float(np.sin(index * 0.5 * a) + 0.5 * np.sin(index * 1.1 * b)),
            1.7 * float(np.sin(index * 0.6 * c) + 0.5 * np.sin(index * 1.3 * d)),
        )


def _steady_lamps(picture: Picture, glows: list[Glow]) -> None:
    """By day a lamp shows its colour at its middle only."""
    for glow in glows:
        r = max(int(glow.radius * 0.4), 1)
        if glow.strength >= 1.0 and r < 60:
            cv2.circle(picture, (int(glow.x), int(glow.y)), r, glow.colour, -1, cv2.LINE_AA)


def _lamps(lit: np.ndarray, glows: list[Glow]) -> None:
    h, w = lit.shape[:2]
    for glow in glows:
        r = min(glow.radius * 2.2, 140.0)
        x0, x1 = max(int(glow.x - r), 0), min(int(glow.x + r) + 2, w)
        y0, y1 = max(int(glow.y - r), 0), min(int(glow.y + r) + 2, h)
        if x1 <= x0 or y1 <= y0:
            continue
        yy, xx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        near = np.clip(1 - np.hypot(xx - glow.x, yy - glow.y) / r, 0, 1) ** 2
        lit[y0:y1, x0:x1] += near[..., None] * np.array(glow.colour, np.float32) * glow.strength


def moved(picture: Picture, shift: tuple[float, float]) -> Picture:
    """The picture after a shake."""
    if shift == (0.0, 0.0):
        return picture
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], dtype=np.float32)
    shaken = cv2.warpAffine(
        picture, matrix, (picture.shape[1], picture.shape[0]), borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(shaken, np.uint8)
