"""Named scenes of traffic, each with its rule and its truth."""

from city.contracts.watching import (
    Hours,
    Label,
    LineSpeed,
    ProhibitedRoad,
    RedLight,
    SignalRegion,
    StopLine,
    WrongWay,
)

from .chance import any_plate
from .fixtures import Pillar, Signal
from .scene import Incident, Scene
from .stage import LANE, Builder, Stage, named, passes, rectangle
from .things import SIZES, Path, Thing, colours, drive

FAR, NEAR = 48.0, 6.5
RIGHT, LEFT = LANE / 2, -LANE / 2
SLACK_S = 2.5  # how late a tracker may say it


def wrong_way(stage: Stage) -> Scene:
    """One vehicle comes down the lane that leads away; one only rolls back a metre."""
    rng, lens = stage.rng, stage.lens()
    tints = colours(rng, 5)
    labels: tuple[Label, ...] = ("car", "motorbike", "car", "truck")
    label = labels[int(rng.integers(4))]
    ghost = drive(8.0, (RIGHT, FAR), (RIGHT, NEAR, float(rng.uniform(6, 9))))
    things = (
        Thing("car", drive(0.0, (RIGHT, NEAR), (RIGHT, FAR, 8.5)), tints[0]),
        Thing("car", drive(0.0, (LEFT, FAR), (LEFT, NEAR, 7.5)), tints[1]),
        Thing("motorbike", drive(4.0, (LEFT, FAR), (LEFT, NEAR, 8.0)), tints[2], seed=3),
        Thing(label, ghost, tints[3], seed=7),
        Thing(
            "car",
            drive(
                16.0,
                (RIGHT, NEAR),
                (RIGHT, 14.0, 5.0),
                (1.0, 0, 0),
                (RIGHT, 13.0, 0.6),
                (RIGHT, FAR, 8.0),
            ),
            tints[4],
        ),
    )
    lane = lens.ground(rectangle(0.15, LANE - 0.15, 8.0, 34.0))
    near, far = lens.ground([(RIGHT, 8.0), (RIGHT, 30.0)])
    rule = WrongWay(
        rule_id="wrong-way",
        **named("Đi ngược chiều", "Wrong way"),
        lane=lane,
        direction=(far[0] - near[0], far[1] - near[1]),
        hold_s=0.4,
        min_lengths=1.0,
    )
    since = passes(ghost, 34.0)
    return Scene(
        stage.name,
        lens,
        stage.two_lanes(),
        things,
        _extra(stage),
        25.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        (Incident("wrong-way", since, passes(ghost, 8.0) + SLACK_S, 4),),
    )


def prohibited_road(stage: Stage) -> Scene:
    """Trucks are shut out in the morning: one comes. The same at night holds nothing."""
    rng, lens = stage.rng, stage.lens()
    tints = colours(rng, 4)
    truck = drive(3.0, (LEFT, FAR), (LEFT, NEAR, float(rng.uniform(5, 8))))
    things = (
        Thing("car", drive(0.0, (LEFT, FAR), (LEFT, NEAR, 9.0)), tints[0]),
        Thing("truck", truck, tints[1], seed=5),
        Thing("motorbike", drive(1.0, (RIGHT, NEAR), (RIGHT, FAR, 8.0)), tints[2], seed=2),
        Thing("car", drive(9.0, (RIGHT, NEAR), (RIGHT, FAR, 8.0)), tints[3]),
    )
    zone = lens.ground(rectangle(-LANE, LANE, 9.0, 26.0))
    words = named("Cấm xe tải giờ cao điểm", "No trucks at rush hour")
    rules = (
        ProhibitedRoad(
            rule_id="no-trucks",
            **words,
            zone=zone,
            classes=("truck",),
            hold_s=0.4,
            hours=(Hours(days=("mon", "tue", "wed", "thu", "fri"), since="06:00", until="09:00"),),
        ),
        ProhibitedRoad(
            rule_id="no-trucks-night",
            **words,
            zone=zone,
            classes=("truck",),
            hours=(Hours(since="22:00", until="05:00"),),
        ),
    )
    return Scene(
        stage.name,
        lens,
        stage.two_lanes(),
        things,
        _extra(stage),
        16.0,
        stage.fps,
        stage.look,
        stage.seed,
        rules,
        (
            Incident(
                "no-trucks",
                passes(truck, 26.0 + SIZES["truck"][0] / 2),
                passes(truck, 9.0) + SLACK_S,
                2,
            ),
        ),
    )


def red_light(stage: Stage) -> Scene:
    """One passes at green, two at red, one waits before the line."""
    rng, lens = stage.rng, stage.lens(pitch=15.0)
    tints = colours(rng, 4)
    stop = 15.0
    signal = Signal(LANE + 1.0, 22.0, (("green", 6.0), ("yellow", 2.0), ("red", 14.0)))
    late = float(rng.uniform(2.0, 4.0))
    first = _arrives(stop, 8.0 + late, 7.5)
    second = _arrives(stop, 15.5 + float(rng.uniform(0, 1.5)), 6.5)
    waits = drive(17.0, (RIGHT, NEAR), (RIGHT, stop - 4.2, 4.0), (10.0, 0, 0))
    things = (
        Thing("car", _arrives(stop, 3.0, 8.0), tints[0]),
        Thing("car", first, tints[1], plate=any_plate(rng)),
        Thing("motorbike", second, tints[2], seed=4, plate=any_plate(rng, motorbike=True)),
        Thing("car", waits, tints[3]),
    )
    line = lens.ground([(-0.1, stop), (LANE + 0.1, stop)])
    near, far = lens.ground([(RIGHT, 8.0), (RIGHT, 30.0)])
    low, high = signal.region(lens)
    rule = RedLight(
        rule_id="red-light",
        **named("Vượt đèn đỏ", "Red light"),
        stop_line=(line[0], line[1]),
        direction=(far[0] - near[0], far[1] - near[1]),
        signal=SignalRegion(top_left=low, bottom_right=high),
        cooldown_s=1.0,
    )
    incidents = tuple(
        Incident("red-light", passes(p, stop - 4.0), passes(p, stop + 4.0) + SLACK_S, n)
        for n, p in ((2, first), (3, second))
    )
    return Scene(
        stage.name,
        lens,
        stage.two_lanes(stop_y=stop),
        things,
        (signal, *_extra(stage)),
        21.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        incidents,
    )


def stop_line(stage: Stage) -> Scene:
    """One stands over the line at red, one before it."""
    rng, lens = stage.rng, stage.lens(pitch=15.0)
    tints = colours(rng, 2)
    stop = 14.0
    signal = Signal(LANE + 1.0, 24.0, (("green", 2.0), ("yellow", 1.0), ("red", 14.0)))
    over = drive(4.0, (RIGHT, NEAR), (RIGHT, stop + 3.2, 5.0), (7.0, 0, 0), (RIGHT, FAR, 8.0))
    things = (
        Thing("car", over, tints[0]),
        Thing(
            "motorbike",
            drive(6.5, (RIGHT + 0.3, NEAR), (RIGHT + 0.3, stop - 3.5, 4.0), (6.0, 0, 0)),
            tints[1],
            seed=9,
        ),
    )
    low, high = signal.region(lens)
    rule = StopLine(
        rule_id="stop-line",
        **named("Dừng quá vạch", "Over the stop line"),
        zone=lens.ground(rectangle(0.1, LANE - 0.1, stop, stop + 6.5)),
        hold_s=3.0,
        signal=SignalRegion(top_left=low, bottom_right=high),
    )
    stands = over.keys[1][0]
    return Scene(
        stage.name,
        lens,
        stage.two_lanes(stop_y=stop),
        things,
        (signal, *_extra(stage)),
        16.0,
        stage.fps,
        stage.look,
        stage.seed,
        (rule,),
        (Incident("stop-line", stands + 1.5, stands + 7.0 + SLACK_S, 1),),
    )


def line_speed(stage: Stage) -> Scene:
    """Fourteen metres between two lines; one is too fast, two keep to fifty."""
    rng, lens = stage.rng, stage.lens()
    tints = colours(rng, 3)
    fast = float(rng.uniform(68, 82))
    path = drive(4.0, (LEFT, FAR), (LEFT, NEAR, fast / 3.6))
    things = (
        Thing("car", drive(0.0, (LEFT, 40.0), (LEFT, NEAR, 36 / 3.6)), tints[0]),
        Thing("car", path, tints[1]),
        Thing("motorbike", drive(8.5, (LEFT, FAR), (LEFT, NEAR, 33 / 3.6)), tints[2], seed=6),
    )
    lines = [lens.ground([(-LANE, y), (0.0, y)]) for y in (26.0, 12.0)]
    rule = LineSpeed(
        rule_id="speed",
        **named("Quá tốc độ", "Too fast"),
        first=(*lines[0],),
        second=(*lines[1],),
        distance_m=14.0,
        limit_kmh=50,
    )
    incident = Incident(
        "speed",
        passes(path, 26.0),
        passes(path, 12.0) + SLACK_S,
        2,
        {"speed_kmh": (fast, fast * 0.2)},
    )
    return Scene(
        stage.name,
        lens,
        stage.two_lanes(),
        things,
        _extra(stage),
        14.0,
        max(stage.fps, 15.0),
        stage.look,
        stage.seed,
        (rule,),
        (incident,),
    )


def _arrives(y: float, at_s: float, speed: float) -> Path:
    """Away from the camera in the right lane, at `y` in second `at_s`."""
    return drive(at_s - (y - NEAR) / speed, (RIGHT, NEAR), (RIGHT, FAR, speed))


def _extra(stage: Stage) -> tuple[Pillar, ...]:
    """What stands in the way in the look of that name."""
    return (Pillar(0.9, 9.0, 0.35), Pillar(-2.6, 9.5, 0.35)) if stage.look == "occlusion" else ()


TRAFFIC: dict[str, Builder] = {
    "wrong-way": wrong_way,
    "prohibited-road": prohibited_road,
    "red-light": red_light,
    "stop-line": stop_line,
    "line-speed": line_speed,
}
