"""Detections: fenced by what the epoch was when they were seen, once each, merged, passed on."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from cameras_world import T0, World, box, evidence, wrong_way
from city.cameras import incidents
from city.contracts.cameras import Detection, DetectionMade, PlateReading
from city.contracts.watching import WaterLevel
from hypothesis import given, settings
from hypothesis import strategies as st
from mortal import Died, MortalTable


@pytest.fixture
def world() -> World:
    made = World()
    made.enabled("cam-1", wrong_way())
    made.lease("a")
    return made


def test_a_detection_is_told_once_with_its_rule_and_place(world: World) -> None:
    assert [world.take(world.detection()) for _ in range(3)] == ["taken", "duplicate", "duplicate"]
    (told,) = world.events("detection_made")
    made = DetectionMade.model_validate(told)
    assert (made.incident_id, made.authority, made.rule_name.en) == (
        "d1", "cong-an-thanh-pho", "Wrong way",
    )  # fmt: skip
    assert made.drawn[0][0] == (0.1, 0.4)
    assert world.counted() == {"taken": 1}


@pytest.mark.parametrize("order", sorted(set(permutations("nnee"))))
def test_the_two_messages_of_a_detection_join_in_any_order(order: tuple[str, ...]) -> None:
    world = World()
    world.enabled("cam-1", wrong_way())
    world.lease("a")
    for message in order:
        seen = (evidence(T0),) if message == "e" else ()
        world.take(world.detection(evidence=seen))
    told, later = world.events("detection_made"), world.events("evidence_came")
    assert len(told) == 1
    assert len(told[0]["detection"]["evidence"]) + len(later) == 1
    assert world.counted() == {"taken": 1}


def test_what_was_seen_before_a_take_over_counts_and_what_was_seen_after_does_not(
    world: World,
) -> None:
    before = world.detection("before")
    world.wait(seconds=30)
    world.lease("b")
    world.wait(seconds=1)
    assert world.take(before) == "taken"
    beside = world.detection("beside")
    assert [world.take(beside) for _ in range(2)] == ["refused", "duplicate"]
    assert world.counted() == {"taken": 1, "refused": 1}
    # The successor's detection of the same incident may have the same id.
    assert world.take(world.detection("beside", epoch=2, worker="b", boxes=[box(0.1)])) == "taken"
    assert world.take(world.detection("before", epoch=1, evidence=[evidence(T0)])) == "evidence"


def test_an_epoch_that_never_was_or_is_long_forgotten_is_refused(world: World) -> None:
    assert world.take(world.detection("future", epoch=7)) == "refused"
    for n in range(12):
        world.wait(seconds=60)
        world.lease("ab"[n % 2])
    assert world.take(world.detection("old", epoch=1, seen_at=T0, at=T0)) == "refused"


def test_files_of_a_refused_detection_go_unless_the_successors_has_them(world: World) -> None:
    world.wait(seconds=30)
    world.lease("b")
    world.wait(seconds=1)
    for id_ in ("gone", "shared"):
        late = world.detection(id_, evidence=[evidence(T0, key=f"evidence/cam-1/{id_}.jpg")])
        assert world.take(world.detection(id_)) == "refused"
        assert world.take(late) == "duplicate"
    world.take(world.detection("shared", epoch=2, worker="b"))
    world.tend()
    assert world.pictures.removed == []
    world.wait(days=1, seconds=1)
    world.tend()
    world.tend()
    assert world.pictures.removed == ["evidence/cam-1/gone.jpg"]


def test_the_same_thing_again_is_one_incident_and_another_place_or_time_is_another(
    world: World,
) -> None:
    assert world.take(world.detection("d1")) == "taken"
    world.wait(seconds=60)
    assert world.take(world.detection("d2")) == "merged"
    assert world.take(world.detection("d3", boxes=[box(0.8, 0.8)])) == "taken"
    world.wait(seconds=200)
    assert world.take(world.detection("d4")) == "taken"
    ids = [e["incident_id"] for e in world.events("detection_made")]
    assert ids == ["d1", "d1", "d3", "d4"]


def test_two_plates_are_two_incidents_even_side_by_side(world: World) -> None:
    one, two = (PlateReading(text=t, score=0.9) for t in ("75A12345", "75A54321"))
    assert world.take(world.detection("d1", plate=one)) == "taken"
    assert world.take(world.detection("d2", plate=two)) == "taken"
    assert world.take(world.detection("d3", plate=one, boxes=[box(0.8, 0.8)])) == "merged"


def test_a_fire_is_one_incident_for_all_cameras_around_it() -> None:
    world = World()
    places = {"cam-1": (16.46, 107.59), "cam-2": (16.4618, 107.5905), "cam-3": (16.45, 107.58)}
    for id_, (lat, lon) in places.items():
        world.enabled(id_, lat=lat, lon=lon)
        world.lease("a", id_)
    told: dict[str, Any] = {"rule_id": "fire", "kind": "fire", "severity": "severe"}
    assert world.take(world.detection("d1", camera_id="cam-1", **told)) == "taken"
    assert world.take(world.detection("d2", camera_id="cam-2", **told)) == "merged"
    assert world.take(world.detection("d3", camera_id="cam-3", **told)) == "taken"


def test_a_water_level_becomes_a_reading_and_nobody_reviews_it() -> None:
    world = World()
    gauge = WaterLevel(
        rule_id="gauge", name_vi="Thước", name_en="Gauge", valid_from=T0, top_m=5, bottom_m=0,
        corners=((0.4, 0.1), (0.5, 0.1), (0.5, 0.9), (0.4, 0.9)), stream="kim-long-level",
    )  # fmt: skip
    world.enabled("cam-1", gauge)
    world.lease("a")
    told: dict[str, Any] = {
        "rule_id": "gauge", "kind": "water_level", "severity": "info",
        "measures": {"level_m": 2.3456}, "stream": "kim-long-level",
    }  # fmt: skip
    assert world.take(world.detection("w1", **told)) == "reading"
    assert world.take(world.detection("w1", **told)) == "duplicate"
    (message,) = world.readings.messages
    assert message["readings"] == [["kim-long-level", 1_795_140_000_000, 2.346, 0, None]]
    assert world.events("detection_made") == []
    assert json.dumps(message)


def test_an_unknown_camera_is_no_reason_to_try_again(world: World) -> None:
    lost = evidence(T0, key="evidence/cam-9/x.jpg"), evidence(T0, key="evidence/cam-1/y.jpg")
    assert world.take(world.detection(camera_id="cam-9", evidence=lost)) == "unknown"
    assert world.pictures.removed == ["evidence/cam-9/x.jpg"]  # never another camera's


@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_dies_at_any_commit_loses_nothing_and_doubles_nothing(when: Any) -> None:
    for k in range(1, 10):
        world = World()
        world.enabled("cam-1", wrong_way())
        world.lease("a")
        world.table = MortalTable(world.memory, k, when)
        try:
            world.take(world.detection())
            died = False
        except Died:
            died = True
        world.table = world.memory
        world.take(world.detection())
        world.desk().outbox.relay(world.now + timedelta(minutes=1))
        assert {e["incident_id"] for e in world.events("detection_made")} == {"d1"}
        assert world.counted() == {"taken": 1}
        if not died:
            break
    assert not died
    assert k > 1


detections = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([0.1, 0.25, 0.7]), st.sampled_from("AB")),
    min_size=1,
    max_size=12,
)


@given(detections)
@settings(max_examples=100, deadline=None)
def test_incidents_lose_no_detection_and_never_grow_beyond_an_hour(
    seen: list[tuple[int, float, str]],
) -> None:
    world, recent, total = World(), incidents.Recent(), 0
    for n, (minute, x, plate) in enumerate(seen):
        at = T0 + timedelta(minutes=minute / 4)
        detection: Detection = world.detection(
            f"d{n}", started_at=at, at=at, boxes=[box(x)],
            plate=PlateReading(text=plate, score=0.9),
        )  # fmt: skip
        new = incidents.begun(detection, (16.46, 107.59))
        known = incidents.found(recent, new, "wrong_way")
        recent = incidents.with_incident(recent, incidents.joined(known, new) if known else new)
        total += 1
    assert sum(each.count for each in recent.incidents) == total
    for each in recent.incidents:
        assert each.first <= each.last <= each.first + incidents.LONGEST
