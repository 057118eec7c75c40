"""Rules over hand-made tracks: what each holds, and what it lets pass."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from city.contracts.cameras import Box, PlateReading
from city.contracts.watching import (
    AbandonedObject,
    Crowd,
    Fire,
    Intrusion,
    LineSpeed,
    Loitering,
    ProhibitedRoad,
    RedLight,
    Screen,
    SignalRegion,
    Smoke,
    StopLine,
    WatchList,
    WrongWay,
    plate_hash,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from vision_world import (
    BLANK,
    EVERYWHERE,
    MORNING,
    NAMED,
    box,
    going,
    memory,
    together,
    track_of,
    watch,
)

from gpu_workers.cameras.likeness import likeness
from gpu_workers.cameras.scenes.fixtures import advert
from gpu_workers.cameras.seen import Picture
from gpu_workers.cameras.vision import Phase
from gpu_workers.cameras.vision.lamps import phase_of
from gpu_workers.cameras.vision.rules.line_speed import LineSpeedLooker
from gpu_workers.cameras.vision.rules.wrong_way import WrongWayLooker

LANE = ((0.4, 0.1), (0.6, 0.1), (0.6, 0.9), (0.4, 0.9))
MIDDLE = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
LINE = ((0.2, 0.5), (0.8, 0.5))
UP = (0.0, -1.0)
wrong = WrongWay(**NAMED, lane=LANE, direction=UP)


class Controller:
    """Red from the tenth second on."""

    def phase(self, controller: str, at: datetime) -> tuple[Phase, datetime]:
        red = MORNING + timedelta(seconds=10)
        return ("red", red) if at >= red else ("green", MORNING)


@pytest.mark.parametrize(
    ("start", "speed", "told"),
    [
        ((0.5, 0.15), (0.0, 0.1), 1),  # down the lane that leads up
        ((0.5, 0.9), (0.0, -0.1), 0),  # up
        ((0.9, 0.15), (0.0, 0.1), 0),  # down, in another lane
        ((0.41, 0.5), (0.05, 0.0), 0),  # across
    ],
)
def test_wrong_way(start: tuple[float, float], speed: tuple[float, float], told: int) -> None:
    assert len(watch(memory(wrong), 7, going("car", 0, start, speed))) == told


def test_rolling_back_less_than_a_length_is_not_the_wrong_way() -> None:
    rolls = going("car", 0, (0.5, 0.4), (0.0, 0.05), until=2.0)
    assert watch(memory(wrong), 5, rolls) == []


@given(st.floats(-180, 180), st.floats(0.1, 0.5), st.floats(0.8, 2.5))
def test_wrong_way_is_symmetric_in_a_mirror(angle: float, reach: float, aspect: float) -> None:
    dx, dy = reach * np.cos(np.radians(angle)), reach * np.sin(np.radians(angle))
    points = [(0.5 + dx * k / 8 - dx / 2, 0.5 + dy * k / 8 - dy / 2) for k in range(9)]
    rule = WrongWay(**NAMED, lane=EVERYWHERE, direction=(0.3, -1.0))
    mirrored = WrongWay(**NAMED, lane=EVERYWHERE, direction=(-0.3, -1.0))
    one = WrongWayLooker(rule).against(track_of(points), aspect)
    other = WrongWayLooker(mirrored).against(track_of([(1 - x, y) for x, y in points]), aspect)
    assert one == pytest.approx(other, rel=1e-6)
    back = WrongWayLooker(rule).against(track_of(points[::-1]), aspect)
    assert one == 0 or back == 0  # nobody goes both ways


def test_prohibited_road_takes_its_classes_only() -> None:
    rule = ProhibitedRoad(**NAMED, zone=MIDDLE, classes=("truck",), hold_s=0.4)
    both = together(going("truck", 0, (0.1, 0.5), (0.1, 0)), going("car", 0, (0.1, 0.65), (0.1, 0)))
    (told,) = watch(memory(rule), 8, both)
    assert told.boxes[0].label == "truck"


def test_red_light_wants_the_front_after_red_and_the_rear_across() -> None:
    rule = RedLight(**NAMED, stop_line=LINE, direction=UP, controller="k", cooldown_s=1.0)
    green = going("car", 3.0, (0.5, 0.9), UP_SPEED)
    straddles = going("car", 8.3, (0.4, 0.9), UP_SPEED)  # front at 9.6, rear at 10.3
    red = going("car", 12.0, (0.6, 0.9), UP_SPEED)
    stops = going("car", 14.0, (0.3, 0.9), UP_SPEED, until=15.5)
    told = watch(memory(rule, signals=Controller()), 20, together(green, straddles, red, stops))
    assert len(told) == 1
    assert told[0].measures["after_red_s"] == pytest.approx(12 + (0.4 - 0.048) / 0.2 - 10, abs=0.3)
    assert told[0].started_at < told[0].at


UP_SPEED = (0.0, -0.2)


def hidden(since: float, until: float, thing: Callable[[float], list[Box]]) -> Any:
    return lambda t: [] if since <= t < until else thing(t)


def test_who_crosses_behind_a_pillar_is_told_if_it_was_red_all_the_while() -> None:
    rule = RedLight(**NAMED, stop_line=LINE, direction=UP, controller="k")
    drives = going("car", 12.0, (0.6, 0.9), UP_SPEED)  # rear at 14
    (told,) = watch(memory(rule, signals=Controller()), 20, hidden(13.4, 14.8, drives))
    assert told.measures["after_red_s"] == pytest.approx(3.2, abs=0.3)
    early = going("car", 8.0, (0.6, 0.9), UP_SPEED)  # green when it was last seen
    assert watch(memory(rule, signals=Controller()), 20, hidden(9.4, 10.8, early)) == []


def test_without_the_controller_nobody_is_accused() -> None:
    rule = RedLight(**NAMED, stop_line=LINE, direction=UP, controller="k")
    assert watch(memory(rule), 8, going("car", 1.0, (0.5, 0.9), UP_SPEED)) == []


def lamps(lit: int | None, horizontal: bool = False) -> Picture:
    picture = np.full((90, 160, 3), 40, dtype=np.uint8)
    if lit is not None:
        colour = ((30, 30, 240), (40, 210, 250), (90, 230, 60))[lit]
        rows, columns = (slice(22 + lit * 15, 32 + lit * 15), slice(64, 72))
        if horizontal:
            rows, columns = slice(42, 48), slice(66 + lit * 10, 72 + lit * 10)
        picture[rows, columns] = colour
    return picture


@pytest.mark.parametrize("lit", [0, 1, 2, None])
@pytest.mark.parametrize("dark", [1.0, 0.6])
def test_the_lamp_is_read_from_the_picture(lit: int | None, dark: float) -> None:
    upright = SignalRegion(top_left=(0.38, 0.2), bottom_right=(0.46, 0.72))
    lying = SignalRegion(top_left=(0.39, 0.42), bottom_right=(0.6, 0.58), horizontal=True)
    want = "unknown" if lit is None else ("red", "yellow", "green")[lit]
    assert phase_of((lamps(lit) * dark).astype(np.uint8), upright) == want
    assert phase_of((lamps(lit, horizontal=True) * dark).astype(np.uint8), lying) == want


def test_stop_line_is_for_those_who_stand() -> None:
    rule = StopLine(**NAMED, zone=MIDDLE, controller="k", hold_s=2.0)
    stands = going("car", 9.0, (0.5, 0.6), (0, 0))
    passes = going("car", 11.0, (0.35, 0.9), UP_SPEED)
    before = going("car", 9.0, (0.6, 0.85), (0, 0))
    (told,) = watch(memory(rule, signals=Controller()), 18, together(stands, passes, before))
    assert (told.at - MORNING).total_seconds() == pytest.approx(12.0, abs=0.5)


@pytest.mark.parametrize(("kmh", "told"), [(72.0, 1), (51.0, 0), (36.0, 0)])
def test_speed_is_told_only_beyond_its_error(kmh: float, told: int) -> None:
    rule = LineSpeed(
        **NAMED,
        first=((0.1, 0.3), (0.9, 0.3)),
        second=((0.1, 0.8), (0.9, 0.8)),
        distance_m=20,
        limit_kmh=50,
    )
    speed = 0.5 / (20 / (kmh / 3.6))
    happened = watch(memory(rule), 6, going("car", 0, (0.5, 0.15), (0, speed)), fps=10)
    assert len(happened) == told
    if told:
        measures = happened[0].measures
        assert measures["speed_kmh"] == pytest.approx(kmh, rel=0.02)
        assert measures["error_kmh"] > 1


@given(st.floats(0.2, 20), st.floats(0.03, 0.5))
def test_a_speed_is_less_sure_the_shorter_and_the_coarser(took: float, frame: float) -> None:
    rule = LineSpeed(
        **NAMED,
        first=((0.1, 0.3), (0.9, 0.3)),
        second=((0.1, 0.8), (0.9, 0.8)),
        distance_m=20,
        limit_kmh=50,
    )
    looker = LineSpeedLooker(rule)
    speed, error = looker.speed(took, frame, 16 / 9)
    assert looker.speed(took * 2, frame, 16 / 9)[1] / speed * 2 <= error / speed * 2
    assert looker.speed(took, frame * 2, 16 / 9)[1] >= error


def test_intrusion_is_feet_not_heads() -> None:
    rule = Intrusion(**NAMED, zone=MIDDLE, hold_s=1.0)
    head = going("person", 0, (0.5, 0.75), (0, 0), high=0.3)
    inside = going("person", 2.0, (0.5, 0.5), (0, 0), until=6.0)
    (told,) = watch(memory(rule), 8, together(head, inside))
    assert (told.started_at - MORNING).total_seconds() == pytest.approx(2.2, abs=0.3)


def test_loitering_is_one_person_for_long_not_many_for_short() -> None:
    rule = Loitering(**NAMED, zone=MIDDLE, hold_s=5.0)
    passing = [going("person", k * 2.0, (0.1, 0.5), (0.2, 0.0)) for k in range(5)]
    assert watch(memory(rule), 12, together(*passing)) == []
    stays = going("person", 0, (0.5, 0.5), (0.0, 0.0))
    assert len(watch(memory(rule), 12, together(stays))) == 1


def people(count: int) -> list[Box]:
    return [
        box("person", 0.32 + 0.05 * (k % 8), 0.35 + 0.05 * (k // 8), 0.03, 0.05)
        for k in range(count)
    ]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 40), min_size=30, max_size=80))
def test_a_crowd_never_flaps(counts: list[int]) -> None:
    rule = Crowd(**NAMED, zone=MIDDLE, area_m2=100, enter=0.25, leave=0.15, cooldown_s=0)
    told = watch(memory(rule), len(counts) / 5, lambda t: people(counts[round(t * 5)]))
    rises, crowded = 0, False
    for count in counts:
        rises += not crowded and count >= 25
        crowded = count >= (15 if crowded else 25)
    assert len(told) <= rises
    steady = [h for h in told if h.measures["density_per_m2"] < 0.15]
    assert steady == []


def test_a_crowd_between_the_levels_is_told_once() -> None:
    rule = Crowd(**NAMED, zone=MIDDLE, area_m2=100, enter=0.25, leave=0.15, cooldown_s=0)
    wave = lambda t: people(26 if t < 1 else 16 + round(t * 5) % 2 * 12)  # noqa: E731
    assert len(watch(memory(rule), 30, wave)) == 1


def test_a_bag_is_abandoned_when_its_owner_has_gone() -> None:
    rule = AbandonedObject(**NAMED, zone=EVERYWHERE, hold_s=4.0)
    bag = going("bag", 0, (0.5, 0.5), (0, 0), wide=0.05, high=0.05)
    owner = going("person", 0, (0.53, 0.5), (0, 0))
    leaves = together(
        going("person", 0, (0.53, 0.5), (0, 0), until=3.0),
        going("person", 3.2, (0.56, 0.5), (0.15, 0.0)),
    )
    assert watch(memory(rule), 12, together(bag, owner)) == []
    (told,) = watch(memory(rule), 12, together(bag, leaves))
    assert (told.at - MORNING).total_seconds() > 7


def flicker(t: float) -> Picture:
    picture = BLANK.copy()
    picture[30:60, 60:100] = np.random.default_rng(round(t * 100)).integers(60, 255, (30, 40, 3))
    return picture


def test_fire_licks_and_a_red_car_does_not() -> None:
    rule = Fire(**NAMED, hold_s=2.0)
    flames = going("fire", 1.0, (0.5, 0.66), (0, 0), wide=0.25, high=0.33)
    assert len(watch(memory(rule), 8, flames, picture=flicker)) == 1
    assert watch(memory(rule), 8, flames) == []
    short = going("fire", 1.0, (0.5, 0.66), (0, 0), until=2.0, wide=0.25, high=0.33)
    assert watch(memory(rule), 8, short, picture=flicker) == []


def test_smoke_has_to_grow() -> None:
    rule = Smoke(**NAMED, hold_s=3.0, min_growth=1.3)

    def puffs(grows: float) -> list[Box]:
        return [box("smoke", 0.5, 0.6, 0.1 + grows, 0.1 + grows)]

    assert watch(memory(rule), 12, lambda _: puffs(0.0)) == []
    assert len(watch(memory(rule), 12, lambda t: puffs(0.01 * t))) == 1


CORNERS = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))


def shown(content: Picture | None) -> Picture:
    picture = np.full((180, 320, 3), 90, dtype=np.uint8)
    art = np.full((108, 192, 3), 4, np.uint8) if content is None else content
    rows = np.linspace(0, art.shape[0] - 1, 108).astype(int)
    columns = np.linspace(0, art.shape[1] - 1, 192).astype(int)
    picture[36:144, 64:256] = art[rows][:, columns]
    return picture


@pytest.mark.parametrize(
    ("plays", "said"),
    [
        (lambda t: advert(int(t / 2) % 2), []),
        (lambda t: None if t > 4 else advert(int(t / 2) % 2), ["dark"]),
        (lambda t: advert(0 if t > 4 else int(t / 2) % 2), ["frozen"]),
        (lambda t: advert(9 if t > 4 else int(t / 2) % 2), ["changed"]),
    ],
)
def test_a_screen(plays: object, said: list[str]) -> None:
    assert callable(plays)
    rule = Screen(
        **NAMED, corners=CORNERS, hold_s=3.0, licensed=(likeness(advert(0)), likeness(advert(1)))
    )
    told = watch(memory(rule), 12, lambda _: [], picture=lambda t: shown(plays(t)))
    assert [h.said for h in told] == said


class Reads:
    """Every vehicle has the plate of its label."""

    def look(self, picture: Picture, tracks: object, boxes: object) -> dict[int, PlateReading]:
        assert isinstance(tracks, list)
        return {t.number: PlateReading(text=f"75{t.label.upper()}", score=0.9) for t in tracks}


def test_a_wanted_plate_is_told_and_others_are_not() -> None:
    rule = WatchList(**NAMED, plate_hashes=(plate_hash("75CAR", "salt"),), salt="salt")
    both = together(going("car", 0, (0.1, 0.5), (0.1, 0)), going("bus", 0, (0.1, 0.9), (0.1, 0)))
    (told,) = watch(memory(rule, plates=Reads()), 5, both)
    assert told.plate is not None
    assert told.plate.text == "75CAR"
    other_salt = rule.model_copy(update={"salt": "other"})
    assert watch(memory(other_salt, plates=Reads()), 5, both) == []
