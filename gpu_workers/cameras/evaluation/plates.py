"""Plates read exactly, by number of lines and by noise, from plates as a camera would see them."""

from dataclasses import dataclass

import cv2
import numpy as np

from gpu_workers.cameras.plates.reader import PlateReader
from gpu_workers.cameras.scenes.chance import any_plate
from gpu_workers.cameras.scenes.plate_art import PlateArt, plate_picture
from gpu_workers.cameras.seen import Picture

BODY = ((40, 44, 60), (196, 198, 200), (60, 30, 130), (120, 90, 40), (30, 30, 34))


@dataclass(frozen=True, slots=True)
class Noise:
    """How a plate is spoilt: its width in pixels, grain, blur, light, JPEG quality, turn."""

    name: str
    wide: int
    grain: float
    blur: float
    light: float
    quality: int
    turn_deg: float


NOISES = (
    Noise("near, clean", 150, 2, 0.0, 1.0, 92, 2),
    Noise("middle", 100, 5, 0.6, 0.9, 75, 4),
    Noise("far", 70, 6, 0.6, 0.9, 70, 4),
    Noise("far, dark, grainy", 80, 10, 0.8, 0.4, 70, 4),
    Noise("turned", 110, 5, 0.5, 0.9, 75, 14),
    Noise("blurred", 100, 5, 1.8, 0.9, 60, 4),
)


def exact(reader: PlateReader, noise: Noise, seed: int, each: int) -> dict[str, dict[str, float]]:
    """By kind of plate (one line, two lines, motorbike): share read exactly, share read wrongly."""
    out: dict[str, dict[str, float]] = {}
    for kind in ("one line", "two lines", "motorbike"):
        rng = np.random.default_rng(seed)
        right = wrong = 0
        for _ in range(each):
            art = _plate(kind, rng)
            read = reader.read(spoilt(art, noise, rng))
            right += read is not None and read.reading.text == art.text
            wrong += read is not None and read.reading.text != art.text
        out[kind] = {"exact": round(right / each, 3), "wrong": round(wrong / each, 3)}
    return out


def _plate(kind: str, rng: np.random.Generator) -> PlateArt:
    while True:
        art = any_plate(rng, motorbike=kind == "motorbike")
        if kind == "motorbike" or (len(art.lines) == 1) == (kind == "one line"):
            return art


def spoilt(art: PlateArt, noise: Noise, rng: np.random.Generator) -> Picture:
    """The plate on a piece of a car, seen from a side, dimmed, blurred, grainy, compressed."""
    plate = plate_picture(art)
    scale = noise.wide / plate.shape[1]
    wide, high = noise.wide, plate.shape[0] * scale
    canvas = np.empty((int(high * 3 + 60), int(wide * 1.7 + 60), 3), dtype=np.uint8)
    canvas[:] = BODY[int(rng.integers(len(BODY)))]
    canvas[: canvas.shape[0] // 5] = (50, 48, 46)
    turn = np.radians(rng.uniform(-noise.turn_deg, noise.turn_deg))
    squeeze, lean = np.cos(turn * 1.6), 0.12 * np.sin(turn)
    middle = np.array([canvas.shape[1] / 2, canvas.shape[0] * 0.55])
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float64)
    corners *= (wide / 2 * squeeze, high / 2)
    corners[:, 1] *= 1 + lean * np.sign(corners[:, 0])
    c, s = np.cos(turn / 2), np.sin(turn / 2)
    target = (corners @ np.array([[c, s], [-s, c]]) + middle).astype(np.float32)
    source = np.array(
        [(0, 0), (plate.shape[1], 0), (plate.shape[1], plate.shape[0]), (0, plate.shape[0])],
        dtype=np.float32,
    )
    small = cv2.resize(
        plate,
        None,
        fx=max(scale, 0.05),
        fy=max(scale, 0.05),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
    )
    source *= (small.shape[1] / plate.shape[1], small.shape[0] / plate.shape[0])
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), target)
    cv2.warpPerspective(
        np.asarray(small, np.uint8),
        matrix,
        (canvas.shape[1], canvas.shape[0]),
        dst=canvas,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    out = canvas.astype(np.float32) * noise.light
    if noise.blur:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), noise.blur), np.float32)
    out += rng.normal(0, noise.grain, out.shape)
    _, packed = cv2.imencode(
        ".jpg", np.clip(out, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, noise.quality]
    )
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
