"""How vehicles and boats are painted; forward is +x of the thing, left is +y."""

from collections.abc import Callable

import numpy as np

from .brush import Bgr, Brush, Place, shade
from .lens import Floats
from .people import rider
from .plate_art import plate_picture
from .things import Thing

GLASS: Bgr = (70, 62, 52)
TYRE: Bgr = (28, 28, 30)
RED_LAMP: Bgr = (40, 40, 235)
WHITE_LAMP: Bgr = (235, 245, 250)

Size = tuple[float, float, float]


def _wheels(brush: Brush, at: Place, size: Size, radius: float, axles: tuple[float, ...]) -> None:
    length, width, _ = size
    for along in axles:
        for side in (-1, 1):
            turn = np.linspace(0, 2 * np.pi, 10, endpoint=False)
            ring = np.stack(
                (
                    along * length + np.cos(turn) * radius,
                    np.full(10, side * width / 2 * 0.98),
                    radius + np.sin(turn) * radius,
                ),
                axis=1,
            )
            brush.poly(at.world(ring), TYRE)


def _lamps(brush: Brush, at: Place, size: Size, height: float) -> None:
    length, width, _ = size
    looks_at_us = at.y > 0 and np.sin(at.heading) < 0
    for side in (-0.36, 0.36):
        front = at.world([(length / 2 + 0.02, side * width, height)])[0]
        back = at.world([(-length / 2 - 0.02, side * width, height)])[0]
        if looks_at_us:
            brush.disc(front, 0.13, WHITE_LAMP)
            brush.glow(front, 0.55, WHITE_LAMP, 0.95)
        else:
            brush.disc(back, 0.11, RED_LAMP)
            brush.glow(back, 0.3, RED_LAMP, 0.8)


def _plate(brush: Brush, at: Place, thing: Thing, length: float, height: float) -> Floats | None:
    if thing.plate is None:
        return None
    wide, high = thing.plate.size_m
    art = plate_picture(thing.plate)
    ends = (-1,) if thing.label == "motorbike" else (-1, 1)
    for end in ends:  # seen from behind, the left of the plate is the thing's left
        y, x = wide / 2 * -end, end * (length / 2 + 0.03)
        corners = at.world(
            [(x, y, height + high), (x, -y, height + high), (x, -y, height), (x, y, height)]
        )
        pixels = brush.sheet(corners, art)
        if pixels is not None:
            return pixels
    return None


def car(brush: Brush, at: Place, thing: Thing, size: Size) -> Floats | None:
    """Body, cabin, wheels, lamps, plate."""
    length, width, height = size
    half, side = length / 2, width / 2
    brush.poly(
        at.world(
            [(half, side, 0.02), (half, -side, 0.02), (-half, -side, 0.02), (-half, side, 0.02)]
        ),
        (38, 38, 40),
    )
    _wheels(brush, at, size, 0.32, (-0.3, 0.31))
    brush.solid(at, (-half, half, -side, side, 0.22, height * 0.6), thing.colour)
    brush.solid(
        at,
        (-half * 0.72, half * 0.36, -side * 0.86, side * 0.86, height * 0.6, height),
        thing.colour,
        dark=GLASS,
        panes=(0.12, 0.86),
    )
    _lamps(brush, at, size, height * 0.46)
    return _plate(brush, at, thing, length, 0.42)


def truck(brush: Brush, at: Place, thing: Thing, size: Size) -> Floats | None:
    """Cab in front of a tall box, drawn from far to near."""
    length, width, height = size
    half, side = length / 2, width / 2
    _wheels(brush, at, size, 0.48, (-0.34, -0.22, 0.34))
    cargo = shade((190, 196, 200), 0.7 + (thing.seed % 7) / 20)
    parts = [
        ((-half, half * 0.46, -side, side, 0.75, height), cargo, None),
        (
            (half * 0.5, half, -side * 0.95, side * 0.95, 0.4, height * 0.78),
            thing.colour,
            (0.5, 0.9),
        ),
    ]
    if np.sin(at.heading) > 0:
        parts.reverse()
    for box, colour, panes in parts:
        brush.solid(at, box, colour, dark=GLASS, panes=panes)
    brush.solid(at, (-half, -half + 0.12, -side, side, 0.4, 0.75), (40, 40, 42))
    _lamps(brush, at, size, 0.62)
    return _plate(brush, at, thing, length, 0.5)


def bus(brush: Brush, at: Place, thing: Thing, size: Size) -> Floats | None:
    """One long box with a band of windows."""
    length, width, height = size
    half, side = length / 2, width / 2
    _wheels(brush, at, size, 0.5, (-0.28, 0.3))
    brush.solid(
        at, (-half, half, -side, side, 0.3, height), thing.colour, dark=GLASS, panes=(0.42, 0.8)
    )
    _lamps(brush, at, size, 0.7)
    return _plate(brush, at, thing, length, 0.5)


def two_wheels(brush: Brush, at: Place, thing: Thing, size: Size) -> Floats | None:
    """A motorbike or a bicycle with its rider."""
    length, width, height = size
    motor = thing.label == "motorbike"
    radius = 0.29 if motor else 0.34
    for along in (-0.34, 0.34):
        turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        thick = 0.09 if motor else 0.035
        for y in (-thick, thick):
            ring = np.stack(
                (
                    along * length + np.cos(turn) * radius,
                    np.full(12, y),
                    radius + np.sin(turn) * radius,
                ),
                axis=1,
            )
            brush.poly(at.world(ring), TYRE)
    if motor:
        brush.solid(
            at,
            (-length * 0.42, length * 0.34, -width * 0.22, width * 0.22, 0.34, 0.78),
            thing.colour,
        )
        _lamps(brush, at, (length, width * 0.2, height), 0.72)
    else:
        brush.solid(at, (-length * 0.3, length * 0.3, -0.04, 0.04, 0.5, 0.62), thing.colour)
    rider(brush, at, thing, height)
    return _plate(brush, at, thing, length * 0.94, 0.5)


def boat(brush: Brush, at: Place, thing: Thing, size: Size) -> Floats | None:
    """A hull with a pointed bow and a cabin."""
    length, width, height = size
    half, side, deck = length / 2, width / 2, height * 0.38
    low = [
        (-half * 0.9, side * 0.7),
        (half * 0.55, side * 0.7),
        (half * 0.85, 0),
        (half * 0.55, -side * 0.7),
        (-half * 0.9, -side * 0.7),
    ]
    top = [(-half, side), (half * 0.5, side), (half, 0), (half * 0.5, -side), (-half, -side)]
    ring = len(low)
    for k in sorted(range(ring), key=lambda k: -float(at.world([(*top[k], 0)])[0, 1])):
        n = (k + 1) % ring
        brush.poly(
            at.world([(*low[k], 0), (*low[n], 0), (*top[n], deck), (*top[k], deck)]),
            shade(thing.colour, 0.62 + 0.1 * k),
        )
    brush.poly(at.world([(x, y, deck) for x, y in top]), (110, 140, 160))
    brush.solid(
        at,
        (-half * 0.7, half * 0.1, -side * 0.6, side * 0.6, deck, height),
        shade(thing.colour, 1.3),
        dark=GLASS,
        panes=(0.35, 0.8),
    )
    return None


PAINTERS: dict[str, Callable[[Brush, Place, Thing, Size], Floats | None]] = {
    "car": car,
    "truck": truck,
    "bus": bus,
    "motorbike": two_wheels,
    "bicycle": two_wheels,
    "boat": boat,
}
