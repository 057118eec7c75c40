"""Named scenes of fire, smoke, water, screens and wanted plates, each with its rule and truth."""

import hashlib
from collections.abc import Callable

from city.contracts.watching import Fire, Screen, Smoke, WatchList, WaterLevel, plate_hash

from gpu_workers.cameras.likeness import likeness
from gpu_workers.cameras.seen import Picture

from .backdrop import Backdrop
from .chance import any_plate
from .fixtures import Billboard, Staff, advert
from .plate_art import PlateArt
from .scene import Incident, Scene
from .stage import LANE, Builder, Stage, named
from .things import Path, Thing, colours, drive

SLOT_S = 3.0
SALT = "scene"


def fire(stage: Stage) -> Scene:
    """A fire starts beside the road; red and orange cars pass, which are none."""
    rng, lens = stage.rng, stage.lens()
    starts = 5.0
    x = float(rng.choice([-1, 1]) * rng.uniform(5.0, 6.5))
    y = float(rng.uniform(14, 20))
    things = (
        Thing(
            "fire",
            Path(((starts, x, y), (20.0, x, y))),
            (0, 0, 0),
            seed=int(rng.integers(90)),
            grows=((starts, 0.4), (starts + 4, 1.0), (20.0, 1.5)),
        ),
        Thing("car", drive(0.0, (LANE / 2, 6.5), (LANE / 2, 48.0, 7.0)), (30, 40, 220)),
        Thing("truck", drive(3.0, (-LANE / 2, 48.0), (-LANE / 2, 6.5, 6.0)), (20, 120, 245)),
    )
    rule = Fire(rule_id="fire", **named("Có lửa", "Fire"), hold_s=3.0)
    return Scene(
        stage.name,
        lens,
        stage.two_lanes(),
        things,
        (),
        18.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        (Incident("fire", starts + 2.5, 17.5, 1),),
    )


def smoke(stage: Stage) -> Scene:
    """Smoke grows over a roof line."""
    rng, lens = stage.rng, stage.lens()
    starts = 4.0
    x, y = float(rng.uniform(-7, 7)), float(rng.uniform(20, 30))
    things = (
        Thing(
            "smoke",
            Path(((starts, x, y), (22.0, x, y))),
            (0, 0, 0),
            seed=int(rng.integers(90)),
            grows=((starts, 0.5), (22.0, 2.0)),
        ),
        Thing("car", drive(0.0, (LANE / 2, 6.5), (LANE / 2, 48.0, 7.0)), (200, 205, 205)),
    )
    rule = Smoke(rule_id="smoke", **named("Có khói", "Smoke"), hold_s=4.0)
    return Scene(
        stage.name,
        lens,
        stage.two_lanes(),
        things,
        (),
        20.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        (Incident("smoke", starts + 3.5, 19.5, 1),),
    )


def water_level(stage: Stage) -> Scene:
    """The river climbs at its gauge; what it is at every second is in `Scene.level`."""
    rng = stage.rng
    lens = stage.lens(focal=1.6, above=3.6, pitch=10.0)
    low, rise = float(rng.uniform(0.6, 1.2)), float(rng.uniform(0.03, 0.06))

    def level(t: float) -> float:
        return low + rise * t

    staff = Staff(0.3, 11.0, level)
    rule = WaterLevel(
        rule_id="water",
        **named("Mực nước", "Water level"),
        corners=(*staff.corners(lens),),
        top_m=staff.top_m,
        bottom_m=staff.bottom_m,
        stream="scene",
        every_s=2.0,
    )
    return Scene(
        stage.name,
        lens,
        Backdrop(ground=(112, 104, 88), seed=stage.seed),
        (),
        (staff,),
        16.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        level=level,
    )


def _screen(
    stage: Stage, shows: Callable[[float], Picture | None], said: str, since: float
) -> Scene:
    lens = stage.lens(above=4.0, pitch=6.0)
    board = Billboard(1.5, 16.0, shows)
    licensed = tuple(likeness(a) for a in _licensed(stage))
    rule = Screen(
        rule_id="screen",
        **named("Màn hình quảng cáo", "Advertising screen"),
        corners=(*board.corners(lens),),
        licensed=licensed,
        hold_s=4.0,
    )
    things = (
        Thing("car", drive(0.0, (LANE / 2, 6.5), (LANE / 2, 48.0, 7.0)), colours(stage.rng, 1)[0]),
    )
    return Scene(
        stage.name,
        lens,
        stage.two_lanes(-3.0),
        things,
        (board,),
        18.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        (Incident("screen", since + 3.0, 17.9, said=said),),
    )


def _licensed(stage: Stage) -> list[Picture]:
    return [advert(stage.seed * 10 + k) for k in range(3)]


def screen_dark(stage: Stage) -> Scene:
    """Three licensed pictures in turn, then nothing."""
    turn = _licensed(stage)
    return _screen(stage, lambda t: None if t > 8 else turn[int(t / SLOT_S) % 3], "dark", 8.0)


def screen_frozen(stage: Stage) -> Scene:
    """The turn stops at one picture."""
    turn = _licensed(stage)
    return _screen(stage, lambda t: turn[int(min(t, 8.0) / SLOT_S) % 3], "frozen", 6.0)


def screen_changed(stage: Stage) -> Scene:
    """Somebody shows a picture of his own."""
    turn = _licensed(stage)
    own = advert(stage.seed * 10 + 7)
    return _screen(stage, lambda t: own if t > 8 else turn[int(t / SLOT_S) % 3], "changed", 8.0)


def plates(stage: Stage) -> Scene:
    """Four vehicles pass close by; one of their plates is wanted."""
    rng = stage.rng
    lens = stage.lens(focal=1.5, above=4.6, pitch=17.0)
    tints = colours(rng, 4)
    one, two = any_plate(rng), any_plate(rng)
    arts = (
        PlateArt(("75A-" + one.lines[-1][-6:],)) if len(one.lines) == 1 else one,
        two,
        any_plate(rng, motorbike=True),
        any_plate(rng),
    )
    away, towards = LANE / 2 - 1.0, -LANE / 2 + 0.6
    paths = (
        drive(0.0, (towards, 26.0), (towards, 6.0, 3.2)),
        drive(5.0, (away, 5.0), (away, 26.0, 3.2)),
        drive(11.0, (away, 5.0), (away, 22.0, 2.6)),
        drive(10.0, (towards, 26.0), (towards, 6.0, 3.2)),
    )
    labels = ("car", "car", "motorbike", "truck")
    things = tuple(
        Thing(
            "motorbike" if la == "motorbike" else "truck" if la == "truck" else "car",
            p,
            c,
            plate=a,
            seed=n,
        )
        for n, (la, p, c, a) in enumerate(zip(labels, paths, tints, arts, strict=True))
    )
    wanted = arts[1].text
    rule = WatchList(
        rule_id="watch-list",
        **named("Biển số cần tìm", "Wanted plates"),
        salt=SALT,
        plate_hashes=(plate_hash(wanted, SALT), hashlib.sha256(b"other").hexdigest()),
    )
    return Scene(
        stage.name,
        lens,
        stage.two_lanes(-0.6),
        things,
        (),
        18.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        (Incident("watch-list", 5.0, 13.0, 2, plate=wanted),),
        read_plates=True,
    )


DANGERS: dict[str, Builder] = {
    "fire": fire,
    "smoke": smoke,
    "water-level": water_level,
    "screen-dark": screen_dark,
    "screen-frozen": screen_frozen,
    "screen-changed": screen_changed,
    "plates": plates,
}
