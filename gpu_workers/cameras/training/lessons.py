"""Training streets: a random street with what such streets have too little of.

Random streets show bags from their front only, few bicycles, little smoke and few things half
behind a pillar. Lessons add those, from all sides and at all sizes; the streets that evaluation
uses stay as they are.
"""

from dataclasses import replace
from math import pi

import numpy as np
from city.contracts.watching import Label

from gpu_workers.cameras.scenes.chance import street, vehicle
from gpu_workers.cameras.scenes.fixtures import Pillar
from gpu_workers.cameras.scenes.lens import Lens
from gpu_workers.cameras.scenes.scene import Scene
from gpu_workers.cameras.scenes.things import Path, Thing, colours, drive, stay

SECONDS = 6.0
SIZES = ((640, 360), (320, 180))
OPEN_PLACE, CLOSE_LENS, PILLARS = 0.22, 0.3, 0.3
BAGS, BICYCLES, SMOKE, NEAR_PLATES = 0.5, 0.5, 0.4, 0.3


def lesson(seed: int, size: tuple[int, int] | None = None) -> Scene:
    """The street of this seed, with more in it; half of them painted at half size."""
    rng = np.random.default_rng((seed, 20260303))
    scene = street(seed, SECONDS, size=size or SIZES[int(rng.integers(2))])
    things = list(scene.things)
    if rng.random() < CLOSE_LENS:
        scene = replace(scene, lens=_close(rng, scene.lens))
    if rng.random() < OPEN_PLACE:
        bare = replace(scene.backdrop, roads=(), water=(), ground=(132, 140, 146))
        scene = replace(scene, backdrop=bare)
        things = [t for t in things if t.label != "boat"]
    if rng.random() < PILLARS:
        scene = replace(scene, fixtures=(*scene.fixtures, *_pillars(rng)))
    if rng.random() < BAGS:
        for _ in range(int(rng.integers(1, 5))):
            things += _bag(rng)
    if rng.random() < BICYCLES:
        things += [_bicycle(rng) for _ in range(int(rng.integers(1, 5)))]
    if rng.random() < NEAR_PLATES:
        things += [_near(rng) for _ in range(int(rng.integers(1, 3)))]
    if rng.random() < SMOKE:
        things.append(_smoke(rng))
    return replace(scene, things=tuple(things))


def _close(rng: np.random.Generator, lens: Lens) -> Lens:
    return replace(
        lens,
        focal=float(rng.uniform(0.8, 1.7)),
        above_m=float(rng.uniform(3.3, 5.5)),
        pitch_deg=float(rng.uniform(9, 19)),
    )


def _pillars(rng: np.random.Generator) -> list[Pillar]:
    return [
        Pillar(float(rng.uniform(-4, 5)), float(rng.uniform(5.5, 11)), float(rng.uniform(0.2, 0.7)))
        for _ in range(int(rng.integers(1, 4)))
    ]


def _bag(rng: np.random.Generator) -> list[Thing]:
    """Alone, beside somebody who stands, or carried along."""
    x, y = float(rng.uniform(-6, 7)), float(rng.uniform(5, 17))
    colour, scale = colours(rng, 1)[0], float(rng.uniform(0.9, 1.5))
    seed, facing = int(rng.integers(1000)), float(rng.uniform(-pi, pi))
    if rng.random() < 0.5:  # straight from the side or the front, as things mostly stand
        facing = float(rng.choice([0.0, pi / 2, pi, -pi / 2]))
    how = rng.random()
    if how < 0.5:
        return [Thing("bag", stay(0.0, SECONDS, x, y, facing), colour, scale, seed=seed)]
    beside = float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.0))
    if how < 0.75:
        path, owner = stay(0.0, SECONDS, x, y, facing), stay(0.0, SECONDS, x + beside, y + 0.1)
    else:
        path, owner = _carried(rng, x, y, beside)
    return [
        Thing("bag", path, colour, scale, seed=seed),
        Thing("person", owner, (0, 0, 0), float(rng.uniform(0.9, 1.08)), seed=seed),
    ]


def _carried(rng: np.random.Generator, x: float, y: float, beside: float) -> tuple[Path, Path]:
    to = (x + float(rng.uniform(-7, 7)), max(5.0, y + float(rng.uniform(-4, 4))))
    owner = drive(0.0, (x + beside, y + 0.1), (to[0] + beside, to[1] + 0.1, 1.2))
    return drive(0.0, (x, y), (*to, 1.2)), owner


def _bicycle(rng: np.random.Generator) -> Thing:
    """Along the view, across it, or standing with its rider at any angle."""
    colour, seed = colours(rng, 1)[0], int(rng.integers(1000))
    x, y = float(rng.uniform(-6, 7)), float(rng.uniform(6, 26))
    how = rng.random()
    if how < 0.4:
        return vehicle(rng, "bicycle", x, float(rng.uniform(1, 4)), y, float(40 - y), 0.0, colour)
    if how < 0.75:
        side = float(rng.choice([-1, 1]))
        way = (side * 12.0, y + float(rng.uniform(-3, 3)), float(rng.uniform(1.5, 4)))
        path = drive(0.0, (-side * float(rng.uniform(-2, 9)), y), way)
    else:
        path = stay(0.0, SECONDS, x, y, float(rng.uniform(-pi, pi)))
    return Thing("bicycle", path, colour, seed=seed)


def _near(rng: np.random.Generator) -> Thing:
    """A vehicle close by, so that its plate is large enough to be seen."""
    kinds: tuple[Label, ...] = ("car", "motorbike", "truck", "bus")
    label = kinds[int(rng.choice(4, p=[0.4, 0.35, 0.15, 0.1]))]
    start = float(rng.uniform(5, 11))
    end = max(5.0, start + float(rng.uniform(-3, 4)))
    x = float(rng.uniform(-3.5, 4))
    speed = max(abs(end - start) / SECONDS, 0.1)
    return vehicle(rng, label, x, speed, start, end, 0.0, colours(rng, 1)[0])


def _smoke(rng: np.random.Generator) -> Thing:
    """Grows or stays, from a wisp to a cloud."""
    low, high = sorted(float(v) for v in rng.uniform(0.35, 2.3, 2))
    return Thing(
        "smoke",
        stay(0.0, SECONDS, float(rng.uniform(-9, 9)), float(rng.uniform(9, 34))),
        (0, 0, 0),
        1.0,
        seed=int(rng.integers(1000)),
        grows=((0.0, low), (SECONDS, high)),
    )
