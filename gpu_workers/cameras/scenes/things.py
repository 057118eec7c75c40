"""What moves in a scene: a thing with a size and a path."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import atan2, pi

import numpy as np
from city.contracts.watching import Label

from .plate_art import PlateArt

Colour = tuple[int, int, int]  # blue, green, red
Key = tuple[float, float, float]  # at_s, x, y

# length, width, height in metres
SIZES: dict[str, tuple[float, float, float]] = {
    "car": (4.4, 1.8, 1.5),
    "truck": (7.5, 2.4, 3.0),
    "bus": (10.5, 2.5, 3.2),
    "motorbike": (1.9, 0.7, 1.65),
    "bicycle": (1.7, 0.5, 1.7),
    "person": (0.4, 0.55, 1.7),
    "boat": (6.5, 2.0, 1.6),
    "bag": (0.35, 0.55, 0.5),
    "fire": (1.5, 1.5, 2.0),
    "smoke": (3.0, 3.0, 4.0),
}


@dataclass(frozen=True, slots=True)
class Path:
    """Straight from key to key; before the first and after the last there is nothing."""

    keys: tuple[Key, ...]
    facing: float = pi / 2  # of things that never move; 0 is to the right, pi/2 away

    def at(self, t: float) -> tuple[float, float, float, float] | None:
        """(x, y, heading, speed) at `t`, or None when it is not there."""
        if not self.keys or t < self.keys[0][0] or t > self.keys[-1][0]:
            return None
        times = np.array([k[0] for k in self.keys])
        x = float(np.interp(t, times, [k[1] for k in self.keys]))
        y = float(np.interp(t, times, [k[2] for k in self.keys]))
        heading, speed = self._going(t)
        return x, y, heading, speed

    def _going(self, t: float) -> tuple[float, float]:
        heading, speed = self.facing, 0.0
        for (t0, x0, y0), (t1, x1, y1) in zip(self.keys, self.keys[1:], strict=False):
            if t0 > t:
                break
            dx, dy = x1 - x0, y1 - y0
            if abs(dx) + abs(dy) > 1e-6:
                heading = atan2(dy, dx)
                speed = 0.0 if t > t1 else (dx * dx + dy * dy) ** 0.5 / max(t1 - t0, 1e-6)
            else:
                speed = 0.0
        return heading, speed


def drive(at_s: float, start: tuple[float, float], *legs: tuple[float, float, float]) -> Path:
    """A path from `start`: legs are (x, y, metres per second); speed 0 waits x seconds."""
    keys: list[Key] = [(at_s, *start)]
    for x, y, speed in legs:
        t0, x0, y0 = keys[-1]
        if speed <= 0:
            keys.append((t0 + x, x0, y0))
            continue
        length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5
        keys.append((t0 + length / speed, x, y))
    return Path(tuple(keys))


def stay(since: float, until: float, x: float, y: float, facing: float = -pi / 2) -> Path:
    """Stands at one place."""
    return Path(((since, x, y), (until, x, y)), facing)


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing of the script. Its place in `Scene.things` plus one is its track in the truth."""

    label: Label
    path: Path
    colour: Colour = (90, 90, 200)
    scale: float = 1.0
    plate: PlateArt | None = None
    seed: int = 0
    grows: tuple[tuple[float, float], ...] = field(default=())  # (at_s, scale): fire and smoke

    def size(self, t: float) -> tuple[float, float, float]:
        """Length, width and height in metres at `t`."""
        s = self.scale
        if self.grows:
            s *= float(np.interp(t, [g[0] for g in self.grows], [g[1] for g in self.grows]))
        length, width, height = SIZES[self.label]
        return length * s, width * s, height * s


def colours(rng: np.random.Generator, n: int) -> Sequence[Colour]:
    """Car and clothing colours: greys, then anything."""
    picked: list[Colour] = []
    for _ in range(n):
        if rng.random() < 0.45:
            v = int(rng.integers(25, 245))
            picked.append((v, v, min(255, v + int(rng.integers(0, 8)))))
        else:
            b, g, r = (int(v) for v in rng.integers(20, 235, 3))
            picked.append((b, g, r))
    return picked
