"""Things of the street that have a state: traffic lights, a staff gauge, an advertising screen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import cv2
import numpy as np

from gpu_workers.cameras.seen import Picture

from .brush import Bgr, Brush, Place
from .lens import Lens

Phase = Literal["red", "yellow", "green"]
Corners = tuple[tuple[float, float], ...]
LAMPS: dict[Phase, Bgr] = {"red": (40, 40, 250), "yellow": (50, 210, 250), "green": (110, 240, 60)}
DARK_LAMP: Bgr = (34, 38, 36)


class Fixture(Protocol):
    """Painted by its distance among the things that move."""

    @property
    def y(self) -> float:
        """How far away it stands."""
        ...

    def paint(self, brush: Brush, t: float) -> None:
        """As it is at `t` seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Signal:
    """A traffic light on a pole: `plan` are phases with their lengths, repeated for ever."""

    x: float
    y: float
    plan: tuple[tuple[Phase, float], ...]
    high: float = 4.6
    lamp_m: float = 0.34

    def phase(self, t: float) -> tuple[Phase, float]:
        """The phase at `t` and the second it began."""
        cycle = sum(length for _, length in self.plan)
        began = (t // cycle) * cycle
        for phase, length in self.plan:
            if t < began + length:
                return phase, began
            began += length
        return self.plan[0][0], began

    def paint(self, brush: Brush, t: float) -> None:
        """Pole, box, three lamps with red on top."""
        r, phase = self.lamp_m, self.phase(t)[0]
        x, y, z = self.x, self.y, self.high
        brush.poly(
            [(x - 0.08, y, 0), (x + 0.08, y, 0), (x + 0.08, y, z), (x - 0.08, y, z)], (70, 74, 76)
        )
        low, high = z - 3.6 * r, z + 3.6 * r
        brush.poly(
            [
                (x - 1.4 * r, y - 0.05, low),
                (x + 1.4 * r, y - 0.05, low),
                (x + 1.4 * r, y - 0.05, high),
                (x - 1.4 * r, y - 0.05, high),
            ],
            (24, 26, 26),
        )
        for n, lamp in enumerate(LAMPS):
            lit = lamp == phase
            centre = (x, y - 0.1, z + (1 - n) * 2.3 * r)
            brush.disc(centre, r, LAMPS[lamp] if lit else DARK_LAMP)
            if lit:
                brush.glow(centre, r * 1.25, LAMPS[lamp])

    def region(self, lens: Lens) -> Corners:
        """Top left and bottom right of the box in shares."""
        r = self.lamp_m
        return lens.shares(
            [
                (self.x - 1.4 * r, self.y, self.high + 3.6 * r),
                (self.x + 1.4 * r, self.y, self.high - 3.6 * r),
            ]
        )


@dataclass(frozen=True, slots=True)
class Staff:
    """A staff gauge in the water: red and white, a mark every 10 cm, a figure every metre."""

    x: float
    y: float
    level: Callable[[float], float]
    top_m: float = 3.0
    bottom_m: float = 0.0
    wide: float = 0.4

    def paint(self, brush: Brush, t: float) -> None:
        """A wall, the staff, then the water up to its level."""
        x, y, w = self.x, self.y, self.wide
        brush.poly(
            [
                (x - 6, y + 0.1, 0),
                (x + 6, y + 0.1, 0),
                (x + 6, y + 0.1, self.top_m + 0.4),
                (x - 6, y + 0.1, self.top_m + 0.4),
            ],
            (120, 124, 126),
        )
        brush.sheet(
            [
                (x - w / 2, y, self.top_m),
                (x + w / 2, y, self.top_m),
                (x + w / 2, y, self.bottom_m),
                (x - w / 2, y, self.bottom_m),
            ],
            self._art(),
        )
        level = self.level(t)
        ripple = 0.012 * np.sin(np.linspace(0, 18, 24) + t * 2.2)
        top = [
            (float(px), y - 0.02, float(level + dz))
            for px, dz in zip(np.linspace(x - 9, x + 9, 24), ripple, strict=True)
        ]
        brush.poly([*top, (x + 9, y - 0.02, -2.0), (x - 9, y - 0.02, -2.0)], (104, 98, 84))
        brush.poly(
            [
                (x - 9, y - 0.02, level),
                (x + 9, y - 0.02, level),
                (x + 9, 1.0, level),
                (x - 9, 1.0, level),
            ],
            (112, 104, 88),
        )

    def _art(self) -> Picture:
        rows = round((self.top_m - self.bottom_m) * 100)
        art = np.full((rows, 40, 3), 240, dtype=np.uint8)
        for k in range(rows // 10):
            if k % 2 == 0:
                art[rows - (k + 1) * 10 : rows - k * 10, 2:20] = (40, 40, 200)
            if k % 10 == 0:
                cv2.putText(
                    art,
                    str(k // 10),
                    (24, rows - k * 10 - 3),
                    cv2.FONT_HERSHEY_SIMPLEX,
                    0.45,
                    (20, 20, 20),
                    1,
                    cv2.LINE_AA,
                )
        return art

    def corners(self, lens: Lens) -> Corners:
        """Top left, top right, bottom right, bottom left in shares."""
        x, y, w = self.x, self.y, self.wide
        return lens.shares(
            [
                (x - w / 2, y, self.top_m),
                (x + w / 2, y, self.top_m),
                (x + w / 2, y, self.bottom_m),
                (x - w / 2, y, self.bottom_m),
            ]
        )


@dataclass(frozen=True, slots=True)
class Billboard:
    """A lit screen; `shows` gives its content at `t`, or None when it is dark."""

    x: float
    y: float
    shows: Callable[[float], Picture | None]
    wide: float = 5.0
    high: float = 3.0
    low: float = 2.5

    def paint(self, brush: Brush, t: float) -> None:
        """Two posts, a frame, the content."""
        x, y = self.x, self.y
        for side in (-0.4, 0.4):
            px = x + side * self.wide
            brush.poly(
                [
                    (px - 0.1, y, 0),
                    (px + 0.1, y, 0),
                    (px + 0.1, y, self.low),
                    (px - 0.1, y, self.low),
                ],
                (60, 62, 64),
            )
        brush.solid(
            Place(x, y + 0.3, np.pi / 2),
            (
                -0.2,
                0.2,
                -self.wide / 2 - 0.15,
                self.wide / 2 + 0.15,
                self.low - 0.15,
                self.low + self.high + 0.15,
            ),
            (30, 30, 32),
        )
        content = self.shows(t)
        art = np.full((60, 100, 3), 8, np.uint8) if content is None else content
        shown = brush.sheet(self._corners(), art)
        if shown is not None:
            brush.lit.append(shown)

    def _corners(self) -> list[tuple[float, float, float]]:
        x, y, top = self.x, self.y, self.low + self.high
        left, right = x - self.wide / 2, x + self.wide / 2
        return [(left, y, top), (right, y, top), (right, y, self.low), (left, y, self.low)]

    def corners(self, lens: Lens) -> Corners:
        """Of the content, in shares."""
        return lens.shares(self._corners())


@dataclass(frozen=True, slots=True)
class Pillar:
    """Stands in front and hides what passes behind."""

    x: float
    y: float
    wide: float = 0.6
    high: float = 6.0

    def paint(self, brush: Brush, t: float) -> None:  # noqa: ARG002
        """A column."""
        brush.solid(
            Place(self.x, self.y, 0.0),
            (-self.wide / 2, self.wide / 2, -self.wide / 2, self.wide / 2, 0.0, self.high),
            (112, 116, 118),
        )


def advert(seed: int) -> Picture:
    """A made-up advertisement: blocks of colour, a disc, a word."""
    rng = np.random.default_rng(seed)
    art = np.empty((90, 150, 3), dtype=np.uint8)
    art[:] = rng.integers(30, 230, 3)
    for _ in range(5):
        x, y = int(rng.integers(0, 130)), int(rng.integers(0, 75))
        colour = tuple(int(v) for v in rng.integers(0, 255, 3))
        cv2.rectangle(
            art, (x, y), (x + int(rng.integers(15, 70)), y + int(rng.integers(10, 45))), colour, -1
        )
    cv2.circle(
        art,
        (int(rng.integers(20, 130)), int(rng.integers(20, 70))),
        int(rng.integers(8, 22)),
        tuple(int(v) for v in rng.integers(0, 255, 3)),
        -1,
    )
    cv2.putText(
        art,
        f"HUE {seed % 90 + 10}",
        (12, 80),
        cv2.FONT_HERSHEY_SIMPLEX,
        0.8,
        (250, 250, 250),
        2,
        cv2.LINE_AA,
    )
    return art
