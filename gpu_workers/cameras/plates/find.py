"""Where the plate is in a vehicle's picture, and the plate straightened.

Candidates are patches of one of the four ground colours, about as wide and high as a plate, with
strokes on them. Reading decides which is the plate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from gpu_workers.cameras.seen import Picture

Colour = Literal["white", "yellow", "blue", "red", "unknown"]
ASPECTS = (1.0, 6.5)  # of what stands in the picture; turned plates are narrower than they are
LEAST_WIDE, LEAST_HIGH = 24, 10
MOST = 4
OUT_HIGH = 64
TWO_LINES_BELOW = 2.4  # width by height
GROW = 1.07


@dataclass(frozen=True, slots=True)
class Candidate:
    """A straightened plate; `lines` top to bottom."""

    picture: Picture
    colour: Colour
    lines: tuple[Picture, ...]
    strokes: float


def candidates(vehicle: Picture) -> list[Candidate]:
    """The best few patches of a vehicle's picture, best first."""
    found: list[Candidate] = []
    for mask in _masks(vehicle):
        for corners in _patches(mask):
            plate = _straight(vehicle, corners)
            if plate is not None:
                found.append(plate)
    found.sort(key=lambda c: -c.strokes)
    return found[:MOST]


def _masks(vehicle: Picture) -> Iterable[npt.NDArray[np.uint8]]:
    hsv = cv2.cvtColor(vehicle, cv2.COLOR_BGR2HSV)
    hue, saturation, value = hsv[:, :, 0], hsv[:, :, 1], hsv[:, :, 2]
    white = cv2.GaussianBlur(vehicle.min(axis=2), (3, 3), 0)  # bright paint is not white paint
    block = max(15, (min(vehicle.shape[:2]) // 3) | 1)
    light = cv2.adaptiveThreshold(
        white, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, -12
    )
    yield np.asarray(light, np.uint8)
    _, brightest = cv2.threshold(white, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield np.asarray(brightest, np.uint8)
    yield from _strokes_joined(vehicle)
    strong = (saturation > 110) & (value > 60)
    for low, high in ((18, 36), (98, 126)):
        yield np.asarray((strong & (hue >= low) & (hue <= high)) * 255, np.uint8)
    yield np.asarray((strong & ((hue <= 8) | (hue >= 172))) * 255, np.uint8)


def _strokes_joined(vehicle: Picture) -> Iterable[npt.NDArray[np.uint8]]:
    """Dark strokes close together: finds a white plate on a white car, which has no edge.

    Once joined along a line, once over two lines as well.
    """
    grey = cv2.cvtColor(vehicle, cv2.COLOR_BGR2GRAY)
    wide = vehicle.shape[1]
    stroke = np.ones((max(5, wide // 20) | 1, max(5, wide // 14) | 1), np.uint8)
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, stroke)
    least = max(25.0, float(np.percentile(dark, 97)) * 0.6)
    strokes = np.asarray((dark > least) * 255, np.uint8)
    for lines in (34, 10):
        gap = np.ones((max(3, wide // lines) | 1, max(5, wide // 18) | 1), np.uint8)
        joined = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, gap)
        opened = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((5, 9), np.uint8))
        yield np.asarray(cv2.dilate(opened, np.ones((5, 7), np.uint8)), np.uint8)


def _patches(mask: npt.NDArray[np.uint8]) -> Iterable[npt.NDArray[np.float32]]:
    """Four-cornered patches whose holes (the letters) have been closed."""
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 5), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    area = mask.shape[0] * mask.shape[1]
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:12]:
        hull = cv2.convexHull(contour)
        filled = cv2.contourArea(hull)
        if filled < LEAST_WIDE * LEAST_HIGH or filled > 0.3 * area:
            continue
        (_, _), (a, b), _ = cv2.minAreaRect(hull)
        if a * b <= 0 or filled / (a * b) < 0.72:
            continue
        corners = _corners(hull)
        wide, high = _extent(corners)
        if wide >= LEAST_WIDE and high >= LEAST_HIGH and ASPECTS[0] <= wide / high <= ASPECTS[1]:
            yield corners


def _corners(hull: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Top left, top right, bottom right, bottom left: a quadrangle when the hull is nearly one."""
    rim = cv2.arcLength(hull, True)
    points = cv2.approxPolyDP(hull, 0.05 * rim, True).reshape(-1, 2).astype(np.float32)
    if len(points) != 4:
        points = cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float32)
    left = points[np.argsort(points[:, 0], kind="stable")]
    first, last = left[:2], left[2:]
    tl, bl = first[np.argsort(first[:, 1])]
    tr, br = last[np.argsort(last[:, 1])]
    return np.stack((tl, tr, br, bl))


def _extent(corners: npt.NDArray[np.float32]) -> tuple[float, float]:
    wide = (np.linalg.norm(corners[1] - corners[0]) + np.linalg.norm(corners[2] - corners[3])) / 2
    high = (np.linalg.norm(corners[3] - corners[0]) + np.linalg.norm(corners[2] - corners[1])) / 2
    return float(wide), float(high)


def _straight(vehicle: Picture, corners: npt.NDArray[np.float32]) -> Candidate | None:
    wide, high = _extent(corners)
    two = wide / high < TWO_LINES_BELOW
    out_high = OUT_HIGH * (2 if two else 1)
    size = (int(out_high * np.clip(wide / high, 1.0, 5.5)), out_high)
    middle = corners.mean(axis=0)
    source = (middle + (corners - middle) * GROW).astype(np.float32)
    target = np.array([(0, 0), (size[0], 0), size, (0, size[1])], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    plate = np.asarray(
        cv2.warpPerspective(
            vehicle, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )
    strokes = _strokes(plate)
    if strokes < 4:
        return None
    colour = colour_of(plate)
    return Candidate(plate, colour, lines_of(plate, two, colour), strokes)


def _strokes(plate: Picture) -> float:
    """How often a row goes from ground to ink, in the middle of each line: letters do it often."""
    grey = cv2.cvtColor(plate, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (128, 32), interpolation=cv2.INTER_AREA)
    spread = float(small.std())
    if spread < 12:
        return 0.0
    ink = small < small.mean()
    flips = (ink[:, 1:] != ink[:, :-1]).sum(axis=1)
    return float(np.percentile(flips, 60))


def colour_of(plate: Picture) -> Colour:
    """The ground's colour: the median of the larger part by lightness."""
    h, w = plate.shape[:2]
    inner = plate[h // 8 : h - h // 8, w // 16 : w - w // 16]
    hsv = cv2.cvtColor(np.ascontiguousarray(inner), cv2.COLOR_BGR2HSV).reshape(-1, 3)
    cut = float(np.median(hsv[:, 2]))
    lighter, darker = hsv[hsv[:, 2] >= cut], hsv[hsv[:, 2] < cut]
    for part in (lighter, darker):
        if not len(part):
            continue
        strong = part[part[:, 1] > 90]
        if len(strong) < 0.5 * len(part):
            continue
        hue = float(np.median(strong[:, 0]))
        if 16 <= hue <= 38:
            return "yellow"
        if 96 <= hue <= 128:
            return "blue"
        if hue <= 9 or hue >= 170:
            return "red"
    return "white" if len(lighter) and float(np.median(lighter[:, 1])) < 90 else "unknown"


def lines_of(plate: Picture, two: bool, colour: Colour = "white") -> tuple[Picture, ...]:
    """The plate's lines, dark on light, cut where the fewest strokes are."""
    light = plate if colour in ("white", "yellow", "unknown") else (255 - plate)
    h = light.shape[0]
    if not two:
        return (np.ascontiguousarray(light[int(h * 0.06) : int(h * 0.94)]),)
    grey = cv2.cvtColor(np.ascontiguousarray(light), cv2.COLOR_BGR2GRAY)
    busy = np.abs(np.diff(grey.astype(np.int16), axis=1)).sum(axis=1)
    low, high = int(h * 0.38), int(h * 0.62)
    smooth = np.convolve(busy, np.ones(5) / 5, mode="same")
    cut = low + int(np.argmin(smooth[low:high]))
    return (
        np.ascontiguousarray(light[int(h * 0.05) : cut + 2]),
        np.ascontiguousarray(light[max(cut - 2, 0) : int(h * 0.96)]),
    )
