"""What never moves: sky, ground, roads with their paint, houses, trees, water."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from gpu_workers.cameras.seen import Picture

from .brush import Bgr, Brush, Place, shade
from .lens import Lens

ASPHALT: Bgr = (92, 92, 94)
PAINT: Bgr = (215, 220, 222)
NEAR_Y, FAR_Y = 1.0, 160.0


@dataclass(frozen=True, slots=True)
class Road:
    """A straight road. Along the view it runs from near to far, else from left to right.

    `lanes` are the positions of the lane borders in metres, across the road's direction.
    """

    lanes: tuple[float, ...]
    across: bool = False
    since: float = NEAR_Y
    until: float = FAR_Y

    def rectangle(
        self,
        low: float,
        high: float,
        since: float,
        until: float,
    ) -> list[tuple[float, float, float]]:
        """The ground between two borders and two places along the road."""
        if self.across:
            return [(since, low, 0), (until, low, 0), (until, high, 0), (since, high, 0)]
        return [(low, since, 0), (high, since, 0), (high, until, 0), (low, until, 0)]


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The scenery of a scene. `stop_y` paints a stop line over the lanes (low, high)."""

    ground: Bgr = (96, 128, 112)
    sky: Bgr = (220, 200, 178)
    roads: tuple[Road, ...] = ()
    water: tuple[tuple[float, float], ...] = ()
    stop_lines: tuple[tuple[float, float, float], ...] = ()  # y, low x, high x
    houses: tuple[tuple[float, float, float, float, float], ...] = ()  # x, y, wide, deep, high
    trees: tuple[tuple[float, float, float], ...] = ()  # x, y, high
    seed: int = 0
    extra: tuple[Callable[[Brush], None], ...] = field(default=())


def paint_backdrop(lens: Lens, scene: Backdrop) -> Picture:
    """Once for a scene: everything later is painted on copies of it."""
    rng = np.random.default_rng(scene.seed + 77)
    picture = np.empty((lens.height, lens.width, 3), dtype=np.uint8)
    horizon = int(np.clip(lens.horizon, 0, lens.height))
    picture[:] = scene.ground
    if horizon > 0:
        fade = np.linspace(0.8, 1.08, horizon)[:, None, None]
        picture[:horizon] = np.clip(np.array(scene.sky) * fade, 0, 255).astype(np.uint8)
    brush = Brush(lens, picture, np.zeros((lens.height, lens.width), dtype=np.uint8))
    if scene.water:
        brush.poly([(x, y, 0) for x, y in scene.water], (128, 108, 78))
    for road in scene.roads:
        _road(brush, road)
    for y, low, high in scene.stop_lines:
        brush.poly([(low, y, 0), (high, y, 0), (high, y + 0.5, 0), (low, y + 0.5, 0)], PAINT)
    _texture(picture[horizon:], rng)
    for x, y, wide, deep, high in sorted(scene.houses, key=lambda h: -h[1]):
        tone = tuple(int(v) for v in rng.integers(110, 215, 3))
        brush.solid(
            Place(x, y, np.pi / 2),
            (-deep / 2, deep / 2, -wide / 2, wide / 2, 0, high),
            (tone[0], tone[1], tone[2]),
        )
        _windows(brush, (x, y - deep / 2, wide, high), rng)
    for x, y, high in sorted(scene.trees, key=lambda tree: -tree[1]):
        _tree(brush, x, y, high, rng)
    for paint in scene.extra:
        paint(brush)
    return picture


def _road(brush: Brush, road: Road) -> None:
    brush.poly(
        road.rectangle(road.lanes[0] - 0.4, road.lanes[-1] + 0.4, road.since, road.until), ASPHALT
    )
    for border in (road.lanes[0], road.lanes[-1]):
        brush.poly(road.rectangle(border - 0.08, border + 0.08, road.since, road.until), PAINT)
    for border in road.lanes[1:-1]:
        at = road.since
        while at < min(road.until, 90.0):
            brush.poly(road.rectangle(border - 0.07, border + 0.07, at, at + 2.0), PAINT)
            at += 5.0


def _texture(ground: Picture, rng: np.random.Generator) -> None:
    """Patches and grain, so that plain ground is not a giveaway."""
    h, w = ground.shape[:2]
    if h < 8:
        return
    coarse = rng.normal(0, 7, (max(h // 24, 2), max(w // 24, 2))).astype(np.float32)
    patches = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 4, (h, w)).astype(np.float32)
    ground[:] = np.clip(ground + (patches + grain)[..., None], 0, 255).astype(np.uint8)


def _windows(brush: Brush, front: Sequence[float], rng: np.random.Generator) -> None:
    x, y, wide, high = front
    z = 1.2
    while z + 1.4 < high:
        across = -wide / 2 + 0.8
        while across + 1.2 < wide / 2:
            if rng.random() < 0.8:
                left, right = x + across, x + across + 1.1
                brush.poly(
                    [
                        (left, y - 0.02, z),
                        (right, y - 0.02, z),
                        (right, y - 0.02, z + 1.3),
                        (left, y - 0.02, z + 1.3),
                    ],
                    shade((96, 84, 70), rng.uniform(0.6, 1.3)),
                )
            across += 2.4
        z += 3.0


def _tree(brush: Brush, x: float, y: float, high: float, rng: np.random.Generator) -> None:
    brush.poly(
        [(x - 0.15, y, 0), (x + 0.15, y, 0), (x + 0.1, y, high * 0.6), (x - 0.1, y, high * 0.6)],
        (45, 62, 82),
    )
    for _ in range(9):
        dx, dz = rng.normal(0, high * 0.13), rng.normal(0, high * 0.1)
        green = int(rng.integers(70, 130))
        brush.disc(
            (x + dx, y, high * 0.72 + dz),
            high * 0.15,
            (int(green * 0.45), green, int(green * 0.55)),
        )
