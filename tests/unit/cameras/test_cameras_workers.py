"""Who may speak for a camera: epochs, generations, health, orders, lost messages, silence."""

from datetime import date, timedelta

import pytest
from cameras_world import SOURCE, T0, World, wrong_way
from city.adapters.table import CommitConflict
from city.cameras import faces, registry, views
from city.cameras.model import FacesBasis
from city.cameras.refusals import Disabled, NoLegalBasis, OldGeneration, Superseded
from city.cameras.registry import CameraChange, NewCamera
from city.cameras.store import Store
from city.contracts.watching import Hours
from city.kernel.people import Principal
from city.kernel.problems import Invalid, NotFound
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError


def test_an_enabled_camera_has_one_message_and_a_worker_gets_what_it_needs() -> None:
    world = World()
    world.enabled("cam-1", wrong_way())
    assert world.assignments.messages == [
        {"kind": "camera", "camera_id": "cam-1", "generation": 1, "labels": []}
    ]
    config = world.lease()
    assert (config.epoch, config.source) == (1, SOURCE)
    assert [rule.rule_id for rule in config.rules] == ["wrong-way"]


def test_the_source_is_sealed_wherever_it_lies_and_no_view_or_error_tells_it() -> None:
    world = World()
    world.enabled()
    world.lease()
    assert "pass-word" not in str(world.memory.rows())
    assert "pass-word" not in views.one(world.desk(), "cam-1").model_dump_json()
    with pytest.raises(ValidationError) as refused:
        NewCamera.model_validate({"id": "x", "source": "ftp://user:pass-word@host"})
    assert "pass-word" not in str(refused.value)


def test_each_take_over_raises_the_epoch_and_two_at_once_get_different_ones() -> None:
    world = World()
    world.enabled()
    assert [world.lease(w).epoch for w in "aba"] == [1, 2, 3]
    first = Store(world.table).leases(["cam-1"])["cam-1"]
    once, again = (first.taken(w, "fleet", 1, world.now) for w in "xy")
    world.table.commit(Store.put_lease(once))
    with pytest.raises(CommitConflict):
        world.table.commit(Store.put_lease(again))


def test_a_holder_renews_its_configuration_under_its_epoch_and_nobody_else_does() -> None:
    world = World()
    world.enabled()
    held = world.lease("a")
    registry.change(world.desk(), "cam-1", CameraChange(sample_fps=2))
    assert world.report("a", world.health(held)).renew == ("cam-1",)
    renewed = world.lease("a", held_epoch=held.epoch)
    assert (renewed.epoch, renewed.sample_fps) == (held.epoch, 2)
    assert world.report("a", world.health(renewed)).renew == ()
    world.lease("b")
    with pytest.raises(Superseded):
        world.lease("a", held_epoch=held.epoch)


def test_old_messages_and_those_of_a_camera_that_is_off_die() -> None:
    world = World()
    world.enabled()
    registry.switch(world.desk(), "cam-1", "disable")
    with pytest.raises(Disabled):
        world.lease()
    registry.switch(world.desk(), "cam-1", "enable")
    with pytest.raises(OldGeneration):
        world.lease(generation=1)
    assert world.lease(generation=2).epoch == 1
    with pytest.raises(NotFound):
        world.lease(id_="cam-1", job_id="no-job")


def test_who_lost_a_camera_is_told_to_drop_it_and_its_word_is_not_kept() -> None:
    world = World()
    world.enabled()
    old = world.lease("a")
    new = world.lease("b")
    assert world.report("a", world.health(old, state="frozen")).drop == ("cam-1",)
    assert "cam-1" not in Store(world.table).heard()
    assert world.report("b", world.health(new)).drop == ()
    registry.switch(world.desk(), "cam-1", "disable")
    assert world.report("b", world.health(new)).drop == ("cam-1",)


def test_a_worker_cannot_name_another_picture() -> None:
    world = World()
    world.enabled()
    held = world.lease()
    world.report("a", world.health(held, thumbnail_key="evidence/cam-2/secret.jpg"))
    assert Store(world.table).heard()["cam-1"].health.thumbnail_key is None


def test_a_lost_message_is_sent_again_but_not_while_it_waits_for_a_worker() -> None:
    world = World()
    world.enabled()
    world.wait(seconds=119)
    assert world.tend()[0] == 0
    world.wait(minutes=10)
    assert world.tend()[0] == 0  # it lies in the queue: no worker is free
    world.assignments.messages.clear()
    assert world.tend()[0] == 1
    assert world.tend()[0] == 0
    world.assignments.messages.clear()
    world.wait(seconds=121)
    assert world.tend()[0] == 1


def test_a_watched_camera_is_sent_nothing_and_a_second_message_does_no_harm() -> None:
    world = World()
    world.enabled()
    held = world.lease("a")
    world.assignments.messages.clear()
    for _ in range(30):
        world.wait(seconds=60)
        world.report("a", world.health(held))
        assert world.tend()[0] == 0
    twice = world.lease("b")  # by a message that was there twice
    assert world.report("a", world.health(held)).drop == ("cam-1",)
    assert world.report("b", world.health(twice)).drop == ()


def test_a_message_is_renewed_before_the_queue_forgets_it() -> None:
    world = World()
    world.enabled()
    held = world.lease("a")
    world.assignments.messages.clear()
    world.wait(days=7, seconds=1)
    world.report("a", world.health(held))
    world.tend()
    assert [m["generation"] for m in world.assignments.messages] == [2]
    with pytest.raises(OldGeneration):
        world.lease("b", generation=1)
    assert world.report("a", world.health(held)).drop == ()  # who holds it goes on
    assert world.lease("b", generation=2).epoch == 2


def test_silence_is_told_once_and_so_is_its_end() -> None:
    world = World()
    for n in range(3):
        world.enabled(f"cam-{n}")
    held = world.lease("a", "cam-0")
    world.wait(seconds=301)
    world.report("a", world.health(held))
    assert world.tend()[1] == 2
    assert world.tend()[1] == 0
    told = world.events("cameras_fell_silent")
    assert [e["silent"] for e in told] == [["cam-1", "cam-2"]]
    alarm = views.summary(world.desk())
    assert [(each.id, each.told_at) for each in alarm.silent] == [
        ("cam-1", world.now), ("cam-2", world.now)
    ]  # fmt: skip
    back = world.lease("a", "cam-1")
    world.report("a", world.health(back))
    registry.switch(world.desk(), "cam-2", "disable")
    world.tend()
    assert world.events("cameras_fell_silent")[-1]["back"] == ["cam-1"]
    after = views.summary(world.desk())
    assert (after.silent, after.silent_in_all) == ([], 0)


def test_the_wall_names_twenty_silent_cameras_and_says_how_many_there_are() -> None:
    world = World()
    for n in range(23):
        world.enabled(f"cam-{n:02}")
    world.wait(seconds=301)
    world.tend()
    alarm = views.summary(world.desk())
    assert (len(alarm.silent), alarm.silent_in_all) == (20, 23)


def test_a_picture_that_stands_still_counts_as_silence_though_the_worker_reports() -> None:
    world = World()
    world.enabled()
    held = world.lease()
    world.wait(minutes=6)
    world.report("a", world.health(held, state="silent", last_frame_at=None))
    assert world.tend() == (0, 1)


def test_faces_need_a_legal_basis_and_end_with_it() -> None:
    world = World()
    world.enabled()
    with pytest.raises(NoLegalBasis):
        registry.change(world.desk(), "cam-1", CameraChange(faces=True))
    basis = FacesBasis(
        reference="QĐ 1/2026", issued_by="UBND", valid_from=T0, valid_until=T0 + timedelta(days=1)
    )
    faces.record(world.desk(), basis, Principal(user_id="admin", roles=frozenset()))
    registry.change(world.desk(), "cam-1", CameraChange(faces=True))
    assert world.lease().faces
    held = world.lease("a")
    world.wait(days=2)
    world.tend()
    assert world.report("a", world.health(held)).renew == ("cam-1",)
    assert not world.lease().faces


def test_an_id_is_taken_once() -> None:
    world = World()
    world.register()
    with pytest.raises(Invalid) as refused:
        world.register()
    assert [error.field for error in refused.value.errors] == ["id"]


def test_a_camera_belongs_to_the_ward_of_its_place_and_lies_in_the_city() -> None:
    world = World()
    assert world.register("cam-1").ward == "w1"
    moved = registry.change(world.desk(), "cam-1", CameraChange(lat=16.46, lon=107.65))
    assert (moved.ward, moved.config_version) == ("w2", 2)
    assert world.register("cam-2", lat=10, lon=100, ward="sea").ward == "sea"
    for wrong in ("new", "precision", "summary"):
        with pytest.raises(Invalid):
            world.register(wrong)
    with pytest.raises(Invalid) as refused:
        world.register("cam-3", lat=17.5, lon=107.59)
    with pytest.raises(Invalid) as outside:
        registry.change(world.desk(), "cam-1", CameraChange(lat=10, lon=100))
    told = (*refused.value.errors, *outside.value.errors)
    assert [error.field for error in told] == ["place", "place"]
    with pytest.raises(ValidationError):
        CameraChange(lat=16.46)


def test_a_name_is_said_in_both_languages() -> None:
    with pytest.raises(ValidationError) as refused:
        World().register(name={"vi": "Cầu", "en": " "})
    assert refused.value.errors()[0]["loc"] == ("name",)
    assert "Bridge" not in str(refused.value)


def test_days_off_ride_with_the_configuration_only_where_hours_ask_for_them() -> None:
    world = World()
    world.enabled("cam-1", wrong_way())
    assert world.lease().calendar is None
    hours = (Hours(on_days_off=False),)
    world.enabled("cam-2", wrong_way(hours=hours))
    told = world.lease(id_="cam-2").calendar
    assert told is not None
    assert told.valid_from <= world.now.date() <= told.valid_to
    assert (told.valid_to - told.valid_from).days == 80
    assert not told.is_working_day(date(2026, 11, 24))  # the small city's holiday, a Tuesday
    assert told.is_working_day(date(2026, 11, 25))
    world.wait(days=365 * 10)  # beyond the data: the worker takes weekends
    assert world.lease(id_="cam-2").calendar is None


@given(st.lists(st.sampled_from(["a", "b", "enable", "disable", "tend", "lose"]), max_size=25))
@settings(max_examples=60, deadline=None)
def test_whatever_happens_epochs_only_grow_and_one_worker_holds(steps: list[str]) -> None:
    world, epochs = World(), [0]
    world.register()
    held: dict[str, int] = {}
    for step in steps:
        world.wait(seconds=61)
        if step in ("enable", "disable"):
            registry.switch(world.desk(), "cam-1", "enable" if step == "enable" else "disable")
        elif step == "tend":
            world.tend()
        elif step == "lose":
            world.assignments.messages.clear()
        else:
            try:
                config = world.lease(step)
            except Disabled:
                continue
            held[step] = config.epoch
            epochs.append(config.epoch)
    assert epochs == sorted(set(epochs))
    lease = Store(world.table).leases().get("cam-1")
    assert lease is None or list(held.values()).count(lease.epoch) == 1
