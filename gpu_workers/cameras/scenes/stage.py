"""What the named scenes share: streets, lenses, names and the moment a path passes a line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

import numpy as np

from .backdrop import Backdrop, Road
from .lens import Lens
from .scene import STARTS, Scene
from .things import Path
from .weather import Look

LANE = 3.4
GREENS = ((96, 128, 112), (120, 130, 134), (104, 116, 122))


class Named(TypedDict):
    """What every rule has to have."""

    name_vi: str
    name_en: str
    valid_from: datetime


def named(vi: str, en: str) -> Named:
    """Names of a rule that has been valid since the day before."""
    return {"name_vi": vi, "name_en": en, "valid_from": STARTS - timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Stage:
    """One call's choices: builders add to it and end with `scene`."""

    name: str
    seed: int
    look: Look
    size: tuple[int, int]
    fps: float
    seconds: float

    @property
    def rng(self) -> np.random.Generator:
        """Fresh for the seed, so that a look never changes what happens."""
        return np.random.default_rng(self.seed * 1009 + sum(map(ord, self.name)))

    def lens(self, focal: float = 0.85, above: float = 7.0, pitch: float = 17.0) -> Lens:
        """About these, a little different for every seed."""
        j = np.random.default_rng(self.seed + 4242).uniform(0.94, 1.06, 3)
        return Lens(*self.size, focal * j[0], above * j[1], pitch * j[2])

    def two_lanes(self, middle: float = 0.0, *, stop_y: float | None = None) -> Backdrop:
        """A road along the view: left lane towards the camera, right lane away."""
        rng = np.random.default_rng(self.seed + 17)
        lanes = (middle - LANE, middle, middle + LANE)
        houses = tuple(
            (
                float(s * rng.uniform(11, 17)),
                float(rng.uniform(20, 60)),
                float(rng.uniform(5, 9)),
                6.0,
                float(rng.uniform(4, 11)),
            )
            for s in (-1, 1)
            for _ in range(2)
        )
        trees = tuple(
            (
                float(rng.choice([-1, 1]) * rng.uniform(6.5, 10)),
                float(rng.uniform(14, 45)),
                float(rng.uniform(3, 5)),
            )
            for _ in range(3)
        )
        stops = () if stop_y is None else ((stop_y, middle, middle + LANE),)
        return Backdrop(
            ground=GREENS[self.seed % 3],
            roads=(Road(lanes),),
            houses=houses,
            trees=trees,
            stop_lines=stops,
            seed=self.seed,
        )

    def square(self) -> Backdrop:
        """An open place without a road."""
        rng = np.random.default_rng(self.seed + 29)
        houses = tuple(
            (float(x), float(rng.uniform(30, 42)), 8.0, 6.0, float(rng.uniform(4, 10)))
            for x in (-16, -5, 6, 17)
        )
        return Backdrop(ground=(132, 140, 146), houses=houses, seed=self.seed)


Builder = Callable[[Stage], Scene]


def passes(path: Path, y: float, after: float = 0.0) -> float:
    """The second in which a path along the view passes `y` metres. ValueError when it does not."""
    for (t0, _, y0), (t1, _, y1) in zip(path.keys, path.keys[1:], strict=False):
        if (y0 - y) * (y1 - y) <= 0 and y0 != y1:
            t = t0 + (y - y0) / (y1 - y0) * (t1 - t0)
            if t >= after:
                return t
    raise ValueError(y)


def rectangle(low_x: float, high_x: float, near: float, far: float) -> list[tuple[float, float]]:
    """Ground corners, clockwise in the picture from far left."""
    return [(low_x, far), (high_x, far), (high_x, near), (low_x, near)]
