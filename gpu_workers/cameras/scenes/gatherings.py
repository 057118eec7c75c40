"""Named scenes of people and what they leave behind, each with its rule and its truth."""

from math import pi

from city.contracts.watching import AbandonedObject, Crowd, Hours, Intrusion, Loitering

from .fixtures import Pillar
from .scene import Incident, Scene
from .stage import Builder, Stage, named, rectangle
from .things import Path, Thing, drive, stay

WALK = 1.3
CLOTHES = (0, 0, 0)  # people choose their own by their seed


def _person(path: Path, seed: int) -> Thing:
    return Thing("person", path, CLOTHES, seed=seed)


def intrusion(stage: Stage) -> Scene:
    """One walks into the forbidden ground and stays, one passes beside it."""
    rng, lens = stage.rng, stage.lens(above=5.0, pitch=16.0)
    inside = drive(2.0, (-8.0, 14.0), (0.5, 14.0, WALK), (4.0, 0, 0), (-8.0, 14.0, WALK))
    things = (
        _person(inside, int(rng.integers(500))),
        _person(drive(0.0, (7.5, 9.0), (7.0, 26.0, WALK)), int(rng.integers(500))),
    )
    zone = lens.ground(rectangle(-2.5, 4.0, 10.0, 20.0))
    words = named("Vào khu vực cấm", "Forbidden ground")
    rules = (
        Intrusion(rule_id="intrusion", **words, zone=zone, hold_s=1.0),
        Intrusion(
            rule_id="intrusion-night",
            **words,
            zone=zone,
            hold_s=1.0,
            hours=(Hours(since="20:00", until="05:00"),),
        ),
    )
    enters = 2.0 + 5.5 / WALK
    leaves = inside.keys[2][0] + 3.0 / WALK
    return Scene(
        stage.name,
        lens,
        stage.square(),
        things,
        _posts(stage),
        20.0,
        stage.fps,
        stage.look,
        stage.seed,
        rules,
        (Incident("intrusion", enters + 0.3, leaves + 2.0, 1),),
    )


def loitering(stage: Stage) -> Scene:
    """One hangs about for fourteen seconds, three pass."""
    rng, lens = stage.rng, stage.lens(above=5.0, pitch=16.0)
    stays = drive(
        1.0,
        (-6.0, 12.0),
        (-0.5, 12.0, WALK),
        (5.0, 0, 0),
        (1.2, 13.0, 0.5),
        (6.0, 0, 0),
        (9.0, 13.0, WALK),
    )
    things = (
        _person(stays, int(rng.integers(500))),
        _person(drive(0.0, (-7.0, 15.0), (8.0, 15.0, WALK)), int(rng.integers(500))),
        _person(drive(5.0, (8.0, 10.5), (-7.0, 10.5, WALK)), int(rng.integers(500))),
        _person(drive(12.0, (-7.0, 16.5), (8.0, 16.5, WALK)), int(rng.integers(500))),
    )
    rule = Loitering(
        rule_id="loitering",
        **named("Lảng vảng", "Loitering"),
        hold_s=8.0,
        zone=lens.ground(rectangle(-3.0, 3.5, 9.0, 18.0)),
    )
    enters = 1.0 + 3.0 / WALK
    leaves = stays.keys[4][0] + 3.0 / WALK
    return Scene(
        stage.name,
        lens,
        stage.square(),
        things,
        _posts(stage),
        24.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        (Incident("loitering", enters + 7.0, leaves + 2.0, 1),),
    )


def crowd(stage: Stage) -> Scene:
    """Twenty gather on forty-eight square metres and go again."""
    rng, lens = stage.rng, stage.lens(above=7.5, pitch=21.0)
    things, arrivals, departures = [], [], []
    for n in range(20):
        x, y = -3.6 + 1.75 * (n % 5) + rng.uniform(-0.3, 0.3), 11.6 + 1.75 * (n // 5)
        come, go = float(rng.uniform(0, 5)), float(rng.uniform(15, 18))
        side = -1.0 if n % 5 < 2 else 1.0
        outside = side * 8.5
        there = come + abs(outside - x) / 1.6
        things.append(
            _person(
                Path(
                    (
                        (come, outside, y),
                        (there, x, y),
                        (go, x, y),
                        (go + abs(outside - x) / 1.6, outside, y),
                    ),
                    -pi / 2,
                ),
                int(rng.integers(500)),
            )
        )
        arrivals.append(come + (abs(outside) - 4.6) / 1.6)
        departures.append(go + (4.6 - abs(x)) / 1.6)
    rule = Crowd(
        rule_id="crowd",
        **named("Tụ tập đông", "Crowd"),
        area_m2=72.0,
        enter=0.16,
        leave=0.1,
        hold_s=1.0,
        zone=lens.ground(rectangle(-4.6, 4.6, 10.2, 18.0)),
    )
    full = sorted(arrivals)[11]
    return Scene(
        stage.name,
        lens,
        stage.square(),
        tuple(things),
        _posts(stage),
        22.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        (Incident("crowd", full, sorted(departures)[9] + 1.0),),
    )


def abandoned_object(stage: Stage) -> Scene:
    """One puts a bag down and walks off; another waits beside hers."""
    rng, lens = stage.rng, stage.lens(above=4.2, pitch=16.0)
    down = 4.0
    owner = Path(
        ((0.0, -7.0, 9.5), (down, -1.0, 9.5), (down + 1.0, -1.0, 9.5), (down + 7.0, 9.0, 10.5))
    )
    carried = Path(((0.0, -6.6, 9.4), (down, -0.6, 9.4), (26.0, -0.6, 9.4)))
    tint = tuple(int(v) for v in rng.integers(20, 235, 3))
    other = tuple(int(v) for v in rng.integers(20, 235, 3))
    things = (
        _person(owner, int(rng.integers(500))),
        Thing("bag", carried, (tint[0], tint[1], tint[2]), 1.25, seed=1),
        _person(stay(0.0, 26.0, 3.4, 13.0), int(rng.integers(500))),
        Thing("bag", stay(0.0, 26.0, 4.3, 12.9), (other[0], other[1], other[2]), 1.25, seed=2),
    )
    rule = AbandonedObject(
        rule_id="abandoned",
        **named("Vật bỏ lại", "Abandoned thing"),
        zone=lens.ground(rectangle(-6.0, 7.0, 7.5, 18.0)),
        hold_s=6.0,
        owner_radius=0.15,
    )
    return Scene(
        stage.name,
        lens,
        stage.square(),
        things,
        (),
        22.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        (Incident("abandoned", down + 6.0, 20.0, 2),),
    )


def _posts(stage: Stage) -> tuple[Pillar, ...]:
    return (Pillar(-1.6, 7.0, 0.25), Pillar(1.4, 7.2, 0.25)) if stage.look == "occlusion" else ()


GATHERINGS: dict[str, Builder] = {
    "intrusion": intrusion,
    "loitering": loitering,
    "crowd": crowd,
    "abandoned-object": abandoned_object,
}
