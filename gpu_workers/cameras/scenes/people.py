"""How people, bags, flames and smoke are painted: flat figures that face the camera."""

import numpy as np
import numpy.typing as npt

from gpu_workers.cameras.seen import Picture

from .brush import Bgr, Brush, Place, shade
from .things import Thing

SKIN: tuple[Bgr, ...] = ((120, 155, 200), (95, 130, 185), (140, 175, 215), (75, 105, 160))
HAIR: Bgr = (24, 26, 30)


def _figure(brush: Brush, at: Place, outline: npt.ArrayLike, colour: Bgr) -> None:
    """An outline of (sideways, up) in metres, upright and square to the camera."""
    flat = np.asarray(outline, dtype=np.float64)
    points = np.stack((at.x + flat[:, 0], np.full(len(flat), at.y), at.z + flat[:, 1]), axis=1)
    brush.poly(points, colour)


def _clothes(seed: int) -> tuple[Bgr, Bgr, Bgr]:
    rng = np.random.default_rng(seed * 7 + 3)
    top = tuple(int(v) for v in rng.integers(20, 240, 3))
    legs = tuple(int(v) for v in rng.integers(20, 120, 3))
    return (top[0], top[1], top[2]), (legs[0], legs[1], legs[2]), SKIN[seed % len(SKIN)]


def person(brush: Brush, at: Place, thing: Thing, height: float, t: float, speed: float) -> None:
    """Walks with its legs when it has a speed."""
    top, legs, skin = _clothes(thing.seed)
    k = height / 1.7
    swing = 0.2 * np.sin(t * 6.0 + thing.seed) * min(speed, 1.4)
    for side in (-1, 1):
        hip, foot = side * 0.08 * k, side * (0.1 + swing * 0.5) * k
        _figure(
            brush,
            at,
            [
                (hip - 0.08 * k, 0.85 * k),
                (hip + 0.08 * k, 0.85 * k),
                (foot + 0.07 * k, 0.0),
                (foot - 0.07 * k, 0.0),
            ],
            shade(legs, 1.0),
        )
    for side in (-1, 1):
        _figure(
            brush,
            at,
            [
                (side * 0.19 * k, 1.4 * k),
                (side * 0.27 * k, 1.35 * k),
                (side * (0.29 + abs(swing) * 0.3) * k, 0.8 * k),
                (side * 0.2 * k, 0.82 * k),
            ],
            shade(top, 0.8),
        )
    _figure(
        brush,
        at,
        [(-0.2 * k, 1.43 * k), (0.2 * k, 1.43 * k), (0.17 * k, 0.8 * k), (-0.17 * k, 0.8 * k)],
        top,
    )
    brush.disc((at.x, at.y, at.z + 1.57 * k), 0.135 * k, HAIR, 0.85)
    if np.sin(at.heading) <= 0.2:
        brush.disc((at.x, at.y - 0.02, at.z + 1.54 * k), 0.105 * k, skin, 0.85)


def rider(brush: Brush, at: Place, thing: Thing, height: float) -> None:
    """Sits on two wheels: torso, helmet, legs."""
    top, legs, skin = _clothes(thing.seed + 11)
    brush.solid(at, (-0.3, 0.18, -0.2, 0.2, 0.6, 0.9), legs)
    brush.solid(at, (-0.28, 0.02, -0.19, 0.19, 0.85, height - 0.28), top)
    head = at.world([(-0.1, 0.0, height - 0.15)])[0]
    helmet = shade(top, 0.5) if thing.seed % 3 else skin
    brush.disc(head, 0.15, helmet, 0.9)


def bag(brush: Brush, at: Place, thing: Thing, size: tuple[float, float, float]) -> None:
    """A case with a handle."""
    _, width, height = size
    brush.solid(at, (-0.16, 0.16, -width / 2, width / 2, 0.02, height * 0.84), thing.colour)
    w = width * 0.2
    _figure(
        brush,
        at,
        [
            (-w, height * 0.84),
            (-w, height),
            (w, height),
            (w, height * 0.84),
            (w * 0.7, height * 0.84),
            (w * 0.7, height * 0.93),
            (-w * 0.7, height * 0.93),
            (-w * 0.7, height * 0.84),
        ],
        shade(thing.colour, 0.55),
    )


def flames(
    brush: Brush, at: Place, thing: Thing, size: tuple[float, float, float], t: float
) -> None:
    """Three layers of licking tongues, bright by themselves at night."""
    _, width, height = size
    rng = np.random.default_rng(thing.seed)
    layers: tuple[tuple[float, Bgr], ...] = (
        (1.0, (20, 70, 225)),
        (0.72, (30, 140, 250)),
        (0.42, (120, 230, 255)),
    )
    for share, colour in layers:
        n = 9
        phase = rng.uniform(0, 6.28, n)
        reach = 0.55 + 0.45 * np.abs(np.sin(t * 9 * (1 + share) + phase))
        tips = np.where(np.arange(n) % 2 == 0, 0.35, 1.0) * reach * height * share
        across = np.linspace(-0.5, 0.5, n) * width * share
        lean = 0.12 * width * np.sin(t * 3 + phase)
        outline = [(-0.5 * width * share, 0.0)]
        outline += [
            (float(x + d), float(max(z, 0.05))) for x, d, z in zip(across, lean, tips, strict=True)
        ]
        outline.append((0.5 * width * share, 0.0))
        _figure(brush, at, outline, colour)
        brush.lit.append(brush.hull[-1])
    brush.glow((at.x, at.y, height * 0.45), height * 0.9, (40, 150, 255), 0.6)


def smoke(
    brush: Brush, at: Place, thing: Thing, size: tuple[float, float, float], t: float
) -> None:
    """Soft puffs that rise, widen and drift; mixed into the picture, so they need no polygons."""
    _, width, height = size
    rng = np.random.default_rng(thing.seed)
    tone = int(rng.integers(120, 215)) if thing.seed % 3 else int(rng.integers(45, 90))
    puffs = 16
    for k in range(puffs):
        age = (k / puffs + t * 0.18 * (0.8 + rng.random() * 0.4)) % 1.0
        x = at.x + (rng.random() - 0.5) * width * (0.25 + 0.55 * age)
        z = height * (0.06 + 0.82 * age)
        radius = width * (0.12 + 0.16 * age) * (0.8 + 0.4 * rng.random())
        _puff(
            brush, (x, at.y, z), radius, tone + int(rng.integers(-14, 14)), 0.62 * (1 - age * 0.55)
        )


def _puff(
    brush: Brush, centre: tuple[float, float, float], radius_m: float, tone: int, alpha: float
) -> None:
    pixels, depth = brush.lens.project([centre])
    r = float(brush.lens.focal * brush.lens.width * radius_m / depth[0])
    x, y = pixels[0]
    h, w = brush.picture.shape[:2]
    x0, x1 = max(int(x - r), 0), min(int(x + r) + 1, w)
    y0, y1 = max(int(y - r), 0), min(int(y + r) + 1, h)
    if x1 - x0 < 1 or y1 - y0 < 1 or r < 0.7:
        return
    yy, xx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    near = np.clip(1 - ((xx - x) ** 2 + (yy - y) ** 2) / (r * r), 0, 1)
    weight = (alpha * near)[..., None]
    part: Picture = brush.picture[y0:y1, x0:x1]
    part[:] = (part * (1 - weight) + tone * weight).astype(np.uint8)
    core = near > 0.35
    brush.owner[y0:y1, x0:x1][core] = brush.track
    s = 0.8 * r
    brush.hull.append(np.array([(x - s, y - s), (x + s, y - s), (x + s, y + s), (x - s, y + s)]))
