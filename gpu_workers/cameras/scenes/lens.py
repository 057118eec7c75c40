"""A pinhole camera over flat ground: metres to pixels.

World axes: x to the right, y away from the camera, z up, origin on the ground below the camera.
The projection is the plain pinhole model with a pitch and no lens distortion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin, tan

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NEAR_M = 0.4


@dataclass(frozen=True, slots=True)
class Lens:
    """Where the camera hangs and how it looks; `focal` is in picture widths."""

    width: int = 640
    height: int = 360
    focal: float = 0.9
    above_m: float = 7.0
    pitch_deg: float = 22.0

    def project(self, points: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Points (n, 3) in metres to pixels (n, 2) and their depth (n,) in metres."""
        p = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        a = radians(self.pitch_deg)
        z = p[:, 2] - self.above_m
        depth = np.maximum(p[:, 1] * cos(a) - z * sin(a), NEAR_M)
        down = -(p[:, 1] * sin(a) + z * cos(a))
        f = self.focal * self.width
        pixels = np.stack(
            (self.width / 2 + f * p[:, 0] / depth, self.height / 2 + f * down / depth), axis=1
        )
        return pixels, depth

    def shares(self, points: npt.ArrayLike) -> tuple[tuple[float, float], ...]:
        """The same in shares of the picture, kept inside it: for rules."""
        pixels, _ = self.project(points)
        shares = np.clip(pixels / (self.width, self.height), 0.0, 1.0)
        return tuple((float(x), float(y)) for x, y in shares)

    def ground(self, corners: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
        """Points on the ground, in shares."""
        return self.shares([(x, y, 0.0) for x, y in corners])

    @property
    def horizon(self) -> float:
        """The horizon's row in pixels."""
        return self.height / 2 - self.focal * self.width * tan(radians(self.pitch_deg))
