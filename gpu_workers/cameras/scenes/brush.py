"""Paints solids and flat pictures through a lens, and remembers which pixel belongs to whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, sin

import cv2
import numpy as np
import numpy.typing as npt

from gpu_workers.cameras.seen import Picture

from .lens import NEAR_M, Floats, Lens

BITS = 4  # sub-pixel bits of OpenCV's polygons
Bgr = tuple[int, int, int]
# Corners of a box: bit 0 front, bit 1 left, bit 2 top; faces in order, with their light.
FACES = ((0, 1, 3, 2), (1, 0, 4, 5), (2, 3, 7, 6), (0, 2, 6, 4), (3, 1, 5, 7), (4, 6, 7, 5))
LIGHT = (0.4, 0.72, 0.86, 0.78, 0.92, 1.12)


def shade(colour: Bgr, factor: float) -> Bgr:
    """Lighter or darker."""
    b, g, r = (max(0, min(255, int(c * factor))) for c in colour)
    return b, g, r


@dataclass(frozen=True, slots=True)
class Glow:
    """A lamp: drawn after the night has fallen."""

    x: float
    y: float
    radius: float
    colour: Bgr
    strength: float = 1.0


@dataclass(slots=True)
class Brush:
    """One picture being painted; `owner` holds the track of the thing on top, 0 for scenery."""

    lens: Lens
    picture: Picture
    owner: npt.NDArray[np.uint8]
    track: int = 0
    glows: list[Glow] = field(default_factory=list)
    hull: list[Floats] = field(default_factory=list)
    lit: list[Floats] = field(default_factory=list)  # what shines by itself, in pixels

    def poly(self, points: npt.ArrayLike, colour: Bgr) -> None:
        """A flat polygon (n, 3) in metres. Dropped when a corner is behind the camera."""
        pixels, depth = self.lens.project(points)
        if depth.min() > NEAR_M:
            self.flat(pixels, colour)

    def flat(self, pixels: Floats, colour: Bgr) -> None:
        """A polygon in pixels."""
        if np.abs(pixels).max() > 8000:
            return
        fixed = np.round(pixels * (1 << BITS)).astype(np.int32)
        cv2.fillPoly(self.picture, [fixed], colour, cv2.LINE_AA, BITS)
        if self.track:
            cv2.fillPoly(self.owner, [fixed], self.track, cv2.LINE_8, BITS)
            self.hull.append(pixels)
        else:
            cv2.fillPoly(self.owner, [fixed], 0, cv2.LINE_8, BITS)

    def disc(
        self, centre: Sequence[float], radius_m: float, colour: Bgr, squeeze: float = 1.0
    ) -> None:
        """A disc that faces the camera; `squeeze` makes it narrow."""
        pixels, depth = self.lens.project([centre])
        if depth[0] <= NEAR_M:
            return
        r = self.lens.focal * self.lens.width * radius_m / depth[0]
        turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        ring = np.stack((np.cos(turn) * r * squeeze, np.sin(turn) * r), axis=1)
        self.flat(pixels[0] + ring, colour)

    def glow(
        self, centre: Sequence[float], radius_m: float, colour: Bgr, strength: float = 1.0
    ) -> None:
        """A lamp at a point in metres."""
        pixels, depth = self.lens.project([centre])
        if depth[0] > NEAR_M:
            r = self.lens.focal * self.lens.width * radius_m / depth[0]
            self.glows.append(Glow(pixels[0, 0], pixels[0, 1], max(r, 1.0), colour, strength))

    def solid(
        self,
        at: "Place",
        box: Sequence[float],
        colour: Bgr,
        *,
        dark: Bgr | None = None,
        panes: Sequence[float] | None = None,
    ) -> None:
        """A box (back, front, right, left, bottom, top) in the thing's own metres.

        `panes` = (bottom, top) in shares of the height puts a band of `dark` glass around it.
        """
        back, front, right, left, low, high = box
        local = np.array(
            [
                (front if k & 1 else back, left if k & 2 else right, high if k & 4 else low)
                for k in range(8)
            ]
        )
        world = at.world(local)
        pixels, depth = self.lens.project(world)
        if depth.min() <= NEAR_M:
            return
        for face, light in sorted(
            zip(FACES, LIGHT, strict=True), key=lambda f: -float(depth[list(f[0])].mean())
        ):
            ring = pixels[list(face)]
            if _turned_away(ring):
                continue
            self.flat(ring, shade(colour, light))
            if panes is not None and dark is not None and face not in (FACES[0], FACES[5]):
                self.flat(_band(world, face, panes, self.lens), shade(dark, light))

    def sheet(self, corners: npt.ArrayLike, art: Picture) -> Floats | None:
        """A flat picture hung up in the world: corners top left, top right, bottom right, left.

        Returns the corners in pixels, or None when it shows its back or is out of the picture.
        """
        pixels, depth = self.lens.project(corners)
        if depth.min() <= NEAR_M or _turned_away(pixels):
            return None
        paste(self.picture, art, pixels)
        if self.track:
            self.hull.append(pixels)
        return pixels


def paste(picture: Picture, art: Picture, corners: Floats) -> None:
    """Warp `art` into the four corners; only the rows and columns it touches are computed."""
    h, w = picture.shape[:2]
    x0, y0 = np.floor(corners.min(axis=0)).astype(int) - 1
    x1, y1 = np.ceil(corners.max(axis=0)).astype(int) + 2
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, w), min(y1, h)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    wide = float(np.linalg.norm(corners[1] - corners[0]))
    shrink = max(1, min(int(art.shape[1] / max(wide, 1.0)), *art.shape[:2]))
    if shrink > 1:  # else warping would skip strokes
        art = np.asarray(
            cv2.resize(art, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA),
            np.uint8,
        )
    source = np.array(
        [(0, 0), (art.shape[1], 0), (art.shape[1], art.shape[0]), (0, art.shape[0])],
        dtype=np.float32,
    ) - np.float32(0.5)
    target = (corners - (x0, y0)).astype(np.float32) - np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(source, target)
    size = (int(x1 - x0), int(y1 - y0))
    part = picture[y0:y1, x0:x1]
    warped = cv2.warpPerspective(art, matrix, size, flags=cv2.INTER_LINEAR)
    alpha = cv2.warpPerspective(np.full(art.shape[:2], 255, np.uint8), matrix, size)
    weight = alpha[..., None].astype(np.uint16)
    # At its edge the warp has mixed with black by the weight of `alpha`: add, don't mix again.
    part[:] = (warped + (part * (255 - weight) // 255)).clip(0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing stands: its own metres (forward, left, up) to the world's."""

    x: float
    y: float
    heading: float
    z: float = 0.0

    def world(self, local: npt.ArrayLike) -> Floats:
        """Points (n, 3)."""
        p = np.asarray(local, dtype=np.float64).reshape(-1, 3)
        c, s = cos(self.heading), sin(self.heading)
        return np.stack(
            (
                self.x + p[:, 0] * c - p[:, 1] * s,
                self.y + p[:, 0] * s + p[:, 1] * c,
                self.z + p[:, 2],
            ),
            axis=1,
        )


def _turned_away(ring: Floats) -> bool:
    """Rings run clockwise on the screen when their face looks at the camera."""
    x, y = ring[:, 0], ring[:, 1]
    return bool((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() <= 0)


def _band(world: Floats, face: Sequence[int], panes: Sequence[float], lens: Lens) -> Floats:
    ring = world[list(face)]
    order = np.argsort(ring[:, 2], kind="stable")
    low, high = ring[order[:2]], ring[order[2:]]
    if np.linalg.norm(low[0] - high[0]) > np.linalg.norm(low[0] - high[1]):
        high = high[::-1]
    inset = 0.08
    low, high = (low + (low[::-1] - low) * inset, high + (high[::-1] - high) * inset)
    bottom, top = low + (high - low) * panes[0], low + (high - low) * panes[1]
    pixels, _ = lens.project(np.concatenate((bottom, top[::-1])))
    return pixels
