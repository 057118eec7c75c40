"""Random streets for training: every seed another camera, another street, another crowd."""

from dataclasses import replace
from math import pi

import numpy as np
from city.contracts.watching import Label

from gpu_workers.cameras.plates.grammar import GRAMMAR

from .backdrop import Backdrop, Road
from .fixtures import Billboard, Fixture, Pillar, Signal, Staff, advert
from .lens import Lens
from .plate_art import PlateArt
from .scene import Scene
from .things import Colour, Path, Thing, colours, drive, stay
from .weather import LOOKS, Look

CODES = sorted(GRAMMAR.provinces)
SERIES = "ABCDEFGHKLMNPSTUVXYZ"
COLOURS: tuple[tuple[str, float], ...] = (("white", 0.7), ("yellow", 0.2), ("blue", 0.1))


def any_plate(rng: np.random.Generator, motorbike: bool = False) -> PlateArt:
    """A civil plate with a random text."""
    drawn = CODES[int(rng.integers(len(CODES)))]
    code = drawn if rng.random() < 0.5 else "75"
    digits = f"{int(rng.integers(0, 100_000)):05d}"
    number = f"{digits[:3]}.{digits[3:]}"
    letter = SERIES[int(rng.integers(len(SERIES)))]
    if motorbike:
        second = str(rng.integers(1, 10)) if rng.random() < 0.7 else SERIES[int(rng.integers(20))]
        return PlateArt((f"{code}-{letter}{second}", number), "white", motorbike=True)
    colour = str(rng.choice([c for c, _ in COLOURS], p=[p for _, p in COLOURS]))
    lines = (f"{code}{letter}-{number}",) if rng.random() < 0.5 else (f"{code}{letter}", number)
    return PlateArt(
        lines, "yellow" if colour == "yellow" else "blue" if colour == "blue" else "white"
    )


def vehicle(
    rng: np.random.Generator,
    label: Label,
    x: float,
    speed: float,
    start: float,
    end: float,
    at_s: float,
    colour: Colour,
) -> Thing:
    """Drives along the view on x, from `start` to `end` metres away."""
    bike = label in ("motorbike", "bicycle")
    plate = any_plate(rng, label == "motorbike") if label != "bicycle" else None
    return Thing(
        label,
        drive(at_s, (x, start), (x, end, speed)),
        colour,
        float(rng.uniform(0.9, 1.12)) if not bike else 1.0,
        plate,
        int(rng.integers(1000)),
    )


def street(
    seed: int, seconds: float = 6.0, look: Look | None = None, size: tuple[int, int] = (640, 360)
) -> Scene:
    """A random scene with everything that the detector has to know."""
    rng = np.random.default_rng(seed)
    lens = Lens(
        *size,
        focal=float(rng.uniform(0.7, 1.25)),
        above_m=float(rng.uniform(3.5, 10)),
        pitch_deg=float(rng.uniform(9, 28)),
    )
    picked = look or LOOKS[int(rng.choice(len(LOOKS), p=[0.42, 0.24, 0.14, 0.12, 0.08]))]
    left = float(rng.uniform(-6, 0.5))
    lanes = tuple(left + 3.4 * k for k in range(int(rng.integers(2, 5))))
    edge = lanes[-1] + 0.8
    backdrop = _backdrop(rng, lanes, edge, seed)
    things = _traffic(rng, lanes, seconds) + _walkers(rng, lanes, edge, seconds)
    things += _odd(rng, lanes, edge, seconds, bool(backdrop.water))
    fixtures: tuple[Fixture, ...] = ()
    if picked == "occlusion":
        fixtures = tuple(
            Pillar(
                float(rng.uniform(-5, 6)), float(rng.uniform(5, 12)), float(rng.uniform(0.3, 0.9))
            )
            for _ in range(int(rng.integers(1, 4)))
        )
    if rng.random() < 0.4:
        fixtures = (
            *fixtures,
            Signal(
                edge + 0.6,
                float(rng.uniform(14, 26)),
                (("green", 2.0), ("yellow", 1.0), ("red", 3.0)),
            ),
        )
    if rng.random() < 0.12:
        art = advert(int(rng.integers(10_000)))
        fixtures = (*fixtures, Billboard(edge + 4.0, float(rng.uniform(14, 30)), lambda _: art))
    if rng.random() < 0.08:
        level = float(rng.uniform(0.3, 2.5))
        fixtures = (*fixtures, Staff(lanes[0] - 4.0, float(rng.uniform(9, 18)), lambda _: level))
    return Scene("street", lens, backdrop, tuple(things), fixtures, seconds, 10.0, picked, seed)


def _backdrop(
    rng: np.random.Generator, lanes: tuple[float, ...], edge: float, seed: int
) -> Backdrop:
    greens: tuple[Colour, ...] = ((96, 128, 112), (120, 130, 134), (88, 110, 124), (140, 146, 150))
    houses = tuple(
        (
            float(side * rng.uniform(9, 17) + (edge if side > 0 else lanes[0])),
            float(rng.uniform(14, 60)),
            float(rng.uniform(5, 10)),
            6.0,
            float(rng.uniform(4, 14)),
        )
        for side in (-1, 1)
        for _ in range(int(rng.integers(0, 4)))
    )
    trees = tuple(
        (
            float(edge + rng.uniform(2, 9))
            if rng.random() < 0.5
            else float(lanes[0] - rng.uniform(2, 9)),
            float(rng.uniform(9, 50)),
            float(rng.uniform(3, 7)),
        )
        for _ in range(int(rng.integers(0, 7)))
    )
    near = edge + 3.0
    water = ((near, 1.0), (near + 40, 1.0), (near + 60, 120.0), (near, 120.0))
    roads: tuple[Road, ...] = (Road(lanes),)
    if rng.random() < 0.4:
        y = float(rng.uniform(16, 30))
        roads = (Road((y, y + 3.4, y + 6.8), across=True, since=-60, until=60), *roads)
    return Backdrop(
        ground=greens[int(rng.integers(len(greens)))],
        roads=roads,
        houses=houses,
        sky=(235, 220, 205) if rng.random() < 0.5 else (205, 175, 140),
        trees=trees,
        water=water if rng.random() < 0.3 else (),
        seed=seed,
    )


def _traffic(rng: np.random.Generator, lanes: tuple[float, ...], seconds: float) -> list[Thing]:
    labels: list[Label] = ["car", "truck", "bus", "motorbike", "bicycle"]
    things = []
    for colour in colours(rng, int(rng.integers(3, 10))):
        label = labels[int(rng.choice(5, p=[0.32, 0.15, 0.13, 0.27, 0.13]))]
        lane = int(rng.integers(len(lanes) - 1))
        x = lanes[lane] + 1.7 + float(rng.normal(0, 0.4))
        start, end = float(rng.uniform(6, 40)), float(rng.uniform(6, 40))
        speed = max(abs(end - start) / seconds, 0.2)
        thing = vehicle(rng, label, x, speed, start, end, 0.0, colour)
        if rng.random() < 0.18:  # across the view
            side = float(rng.choice([-1, 1]))
            y = float(rng.uniform(9, 32))
            thing = replace(
                thing,
                path=drive(
                    0.0,
                    (side * -rng.uniform(0, 14), y),
                    (side * 16.0, y, float(rng.uniform(1.5, 7))),
                ),
            )
        things.append(thing)
    return things


def _walkers(
    rng: np.random.Generator, lanes: tuple[float, ...], edge: float, seconds: float
) -> list[Thing]:
    things = []
    crowd = int(rng.integers(10, 26)) if rng.random() < 0.12 else int(rng.integers(1, 7))
    for _ in range(crowd):
        y = float(rng.uniform(6, 30))
        x = float(rng.uniform(lanes[0] - 5, edge + 6))
        if rng.random() < 0.3:
            path = stay(0.0, seconds, x, y, float(rng.choice([-pi / 2, pi / 2])))
        else:
            path = drive(
                0.0,
                (x, y),
                (x + float(rng.uniform(-6, 6)), max(4.0, y + float(rng.uniform(-6, 6))), 1.2),
            )
        things.append(
            Thing(
                "person",
                path,
                (0, 0, 0),
                float(rng.uniform(0.88, 1.08)),
                seed=int(rng.integers(1000)),
            )
        )
    return things


def _odd(
    rng: np.random.Generator, lanes: tuple[float, ...], edge: float, seconds: float, water: bool
) -> list[Thing]:
    things = [
        Thing(
            "bag",
            _put(rng, lanes, edge, seconds),
            colour,
            float(rng.uniform(0.9, 1.5)),
            seed=int(rng.integers(1000)),
        )
        for colour in colours(rng, int(rng.integers(0, 4)))
    ]
    if water:
        for colour in colours(rng, int(rng.integers(1, 4))):
            x, y = edge + float(rng.uniform(6, 16)), float(rng.uniform(12, 40))
            things.append(
                Thing(
                    "boat",
                    drive(
                        0.0,
                        (x, y),
                        (x + float(rng.uniform(-3, 3)), y + float(rng.uniform(-8, 8)), 1.0),
                        (60.0, 0.0, 0.0),
                    ),
                    colour,
                    float(rng.uniform(0.8, 1.5)),
                    seed=int(rng.integers(1000)),
                )
            )
    for label, chance in (("fire", 0.28), ("smoke", 0.28)):
        if rng.random() < chance:
            name: Label = "fire" if label == "fire" else "smoke"
            things.append(
                Thing(
                    name,
                    stay(0.0, seconds, float(rng.uniform(-8, 9)), float(rng.uniform(10, 34))),
                    (0, 0, 0),
                    float(rng.uniform(0.5, 1.8)),
                    seed=int(rng.integers(1000)),
                )
            )
    return things


def _put(rng: np.random.Generator, lanes: tuple[float, ...], edge: float, seconds: float) -> Path:
    return stay(0.0, seconds, float(rng.uniform(lanes[0] - 3, edge + 4)), float(rng.uniform(5, 16)))
