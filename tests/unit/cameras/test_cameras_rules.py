"""Rules as versions: drafted, tried on a recording, live, replaced, retired; the watch list."""

from datetime import timedelta

import pytest
from cameras_world import OPERATOR, SUPERVISOR, T0, World, evidence, wrong_way
from city.adapters import acts
from city.cameras import rules, views
from city.cameras.model import Job
from city.cameras.refusals import JobOver, Untested, WrongState
from city.cameras.rules import Note, Trial
from city.cameras.store import Store
from city.contracts.cameras import JobHealth, PlateReading
from city.contracts.violations import (
    RecordingSearchReleased,
    ThresholdAccepted,
    WatchListChanged,
)
from city.contracts.watching import Fire, WatchList, plate_hash
from city.kernel.page import PageQuery
from city.kernel.problems import Conflict, Invalid, NotFound

PAGE = PageQuery(cursor=None, limit=20)
KEY = "recordings/cam-1/yesterday.mp4"


def tried(world: World, number: int = 1, camera: str = "cam-1") -> Job:
    trial = Trial(recording_key=KEY, recorded_from=T0 - timedelta(days=1))
    return rules.try_out(world.desk(), camera, "wrong-way", number, trial, OPERATOR)


def watched(world: World, job: Job, state: str = "done") -> None:
    world.lease("a", job_id=job.id)
    told = JobHealth.model_validate({"job_id": job.id, "camera_id": "cam-1", "state": state})
    world.report("a", jobs=(told,))


def test_a_rule_goes_live_once_it_was_tried_and_workers_hear_of_it() -> None:
    world = World()
    world.enabled()
    held = world.lease()
    made = rules.draft(world.desk(), "cam-1", wrong_way(), OPERATOR)
    assert (made.rule.version, made.state) == (1, "draft")
    with pytest.raises(Untested):
        rules.publish(world.desk(), "cam-1", "wrong-way", 1, SUPERVISOR)
    job = tried(world)
    with pytest.raises(Untested):
        rules.publish(world.desk(), "cam-1", "wrong-way", 1, SUPERVISOR)
    watched(world, job)
    assert rules.publish(world.desk(), "cam-1", "wrong-way", 1, SUPERVISOR).state == "live"
    assert world.report("a", world.health(held)).renew == ("cam-1",)
    assert [r.version for r in world.lease(held_epoch=1).rules] == [1]
    with pytest.raises(WrongState):
        rules.publish(world.desk(), "cam-1", "wrong-way", 1, SUPERVISOR)


def test_what_a_trial_catches_stays_with_the_job_and_the_camera_keeps_its_epoch() -> None:
    world = World()
    world.enabled("cam-1")
    held = world.lease("a")
    rules.draft(world.desk(), "cam-1", wrong_way(valid_from=T0), OPERATOR)
    job = tried(world)
    message = world.assignments.messages[-1]
    assert (message["kind"], message["job_id"]) == ("recording", job.id)
    config = world.lease("b", job_id=job.id)
    assert (config.source, config.sampling) == (KEY, "steady")
    assert config.rules[0].valid_from <= T0 - timedelta(days=1)
    assert world.report("a", world.health(held)).drop == ()
    for _ in range(2):
        files = [evidence(T0)]
        told = world.detection("j1", job_id=job.id, epoch=99, evidence=files)
        assert world.take(told) == "job"
    assert set(world.pictures.removed) == {"evidence/cam-1/at.jpg"}
    shown = views.job(world.desk(), "cam-1", job.id, PAGE)
    assert [(each.detection_id, each.evidence) for each in shown.caught] == [("j1", ())]
    assert world.events("detection_made") == []
    assert world.counted() == {}
    watched(world, job)
    with pytest.raises(JobOver):
        world.lease("b", job_id=job.id)


def test_a_new_version_replaces_the_live_one_and_a_retired_one_leaves_the_camera() -> None:
    world = World()
    world.register()
    for number, length in ((1, 1.5), (2, 3.0)):
        rules.draft(world.desk(), "cam-1", wrong_way(min_lengths=length, version=77), OPERATOR)
        watched(world, tried(world, number))
        rules.publish(world.desk(), "cam-1", "wrong-way", number, SUPERVISOR)
    states = {v.rule.version: v.state for v in views.rules(world.desk(), "cam-1", PAGE).items}
    assert states == {1: "retired", 2: "live"}
    assert [r.version for r in views.one(world.desk(), "cam-1").live_rules] == [2]
    rules.retire(world.desk(), "cam-1", "wrong-way", 2, Note(note="đổi làn"), SUPERVISOR)
    assert views.one(world.desk(), "cam-1").live_rules == ()
    told = acts.export(world.table, SUPERVISOR.user_id)["acts"]
    assert [(each["case"], each["action"]) for each in told if each["action"] == "retire"] == [
        ("cam-1/wrong-way/v2", "retire")
    ]
    assert told[0]["words"] == "đổi làn"
    with pytest.raises(WrongState):
        tried(world, 2)


def test_refusals() -> None:
    world = World()
    world.register()
    at = world.desk()
    words = {"name_vi": "x", "name_en": "x", "valid_from": T0}
    with pytest.raises(Invalid):
        rules.draft(at, "cam-1", WatchList(rule_id="watch", **words), OPERATOR)
    rules.draft(at, "cam-1", wrong_way(), OPERATOR)
    with pytest.raises(Invalid):
        rules.draft(at, "cam-1", Fire(rule_id="wrong-way", **words), OPERATOR)
    with pytest.raises(NotFound):
        tried(world, 9)
    other = Trial(recording_key="recordings/cam-2/x.mp4", recorded_from=T0)
    with pytest.raises(Invalid):
        rules.try_out(at, "cam-1", "wrong-way", 1, other, OPERATOR)
    stale = Store(world.table).rule("cam-1", "wrong-way", 1)
    assert stale is not None
    tried(world)
    with pytest.raises(Conflict):
        rules._commit(at, [Store.put_rule(stale)])


def test_hashes_of_plates_reach_only_cameras_that_read_plates_and_older_lists_change_nothing() -> (
    None
):
    world = World()
    world.enabled("cam-1", read_plates=True)
    world.enabled("cam-2")
    held = world.lease("a")
    hashed = plate_hash("75A12345", "salt")
    for version, hashes, taken in ((2, (hashed,), True), (1, (), False), (2, (), False)):
        event = WatchListChanged(version=version, salt="salt", plate_hashes=hashes, at=T0)
        assert rules.take_watch_list(world.desk(), event) is taken
    assert world.report("a", world.health(held)).renew == ("cam-1",)
    (rule,) = world.lease(held_epoch=1).rules
    assert isinstance(rule, WatchList)
    assert rule.plate_hashes == (hashed,)
    assert world.lease("b", "cam-2").rules == ()
    told = {"rule_id": "watch-list", "kind": "watch_list"}
    assert world.take(world.detection(**told)) == "taken"
    assert world.events("detection_made")[0]["rule_name"]["en"] == "Plate search under warrant"


def test_an_accepted_threshold_is_the_next_version_once() -> None:
    world = World()
    world.register("cam-1", wrong_way())
    event = ThresholdAccepted(
        proposal_id="p", camera_id="cam-1", rule_id="wrong-way", from_version=1, min_score=0.7,
        by="supervisor", at=T0,
    )  # fmt: skip
    made = rules.take_threshold(world.desk(), event)
    assert made is not None
    assert (made.rule.version, made.rule.min_score, made.state) == (2, 0.7, "live")
    assert rules.take_threshold(world.desk(), event) is None
    assert [r.min_score for r in views.one(world.desk(), "cam-1").live_rules] == [0.7]


def test_a_recording_is_searched_by_hashes_and_each_plate_and_its_end_are_told_once() -> None:
    world = World()
    world.enabled("cam-1")
    released = RecordingSearchReleased(
        search_id="s1", camera_id="cam-1", recording_key=KEY, recorded_from=T0, salt="salt",
        plate_hashes=(plate_hash("75A12345", "salt"),), by="chief", at=T0,
    )  # fmt: skip
    world.assignments.messages.clear()
    for _ in range(2):
        assert rules.take_search(world.desk(), released)
    jobs = {message["job_id"] for message in world.assignments.messages}
    assert len(jobs) == 1
    assert "75A12345" not in str(world.assignments.messages)
    (job_id,) = jobs
    config = world.lease("a", job_id=job_id)
    assert (config.read_plates, config.rules[0].kind, config.source) == (True, "watch_list", KEY)
    assert rules.take_search(world.desk(), released) is False  # it is under way
    seen = world.detection(
        "f1", job_id=job_id, rule_id="watch-list", kind="watch_list",
        plate=PlateReading(text="75A12345", score=0.9),
    )  # fmt: skip
    for _ in range(3):
        world.take(seen)
    done = JobHealth(job_id=job_id, camera_id="cam-1", state="done", frames=900)
    for _ in range(2):
        world.report("a", jobs=(done,))
    told = world.events("recording_searched")
    assert [(e["plate"], e["found"]) for e in told] == [("75A12345", 0), (None, 1)]
    assert world.events("detection_made") == []
    other = released.model_copy(update={"camera_id": "cam-2"})
    assert rules.take_search(world.desk(), other) is False
