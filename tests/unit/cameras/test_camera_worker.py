"""A whole worker in this process: queue and bucket by moto, registry over HTTP, real streams."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
from cameras_city import KEY, Registry, registry_on_loopback
from cameras_films import Picture, film, street
from cameras_graphs import card, hues
from city.contracts.cameras import Assignment, Box, CameraConfig, CameraHealth, Detection
from city.contracts.signals import SignalHead, Spell
from city.contracts.watching import Intrusion, RedLight
from city.kernel.calendar import CalendarDay, WorkingCalendar
from city.kernel.text import Text
from moto import mock_aws

from gpu_workers.cameras.__main__ import built
from gpu_workers.cameras.registry import Bucket
from gpu_workers.cameras.seen import Frame, Happening, Watch, WatchMaker
from gpu_workers.cameras.settings import Settings
from gpu_workers.cameras.worker import Worker

RULE = Intrusion.model_validate(
    {
        "rule_id": "lamp", "name_vi": "Đèn", "name_en": "Lamp",
        "valid_from": "2026-01-01T00:00:00Z", "zone": [[0, 0], [1, 0], [1, 1]],
    }
)  # fmt: skip
LAMP = hues([[0, 0, 64, 48, 1, 0]], 64, 48)


class LampWatch:
    """A happening whenever a lit picture follows a dark one. Dies of rules named `poison`."""

    def __init__(self, config: CameraConfig) -> None:
        self.config = config
        self.lit = False

    def step(self, frame: Frame, boxes: Sequence[Box]) -> list[Happening]:
        if self.config.rules and self.config.rules[0].name_en == "poison":
            raise RuntimeError("poison")
        before, self.lit = self.lit, bool(boxes)
        if before or not self.lit:
            return []
        return [Happening(RULE, f"lamp-{frame.index}", frame.at, frame.at, 0.9, tuple(boxes))]

    def renew(self, config: CameraConfig) -> None:
        self.config = config


def lamp_watch(config: CameraConfig, **_tools: Any) -> Watch:
    return LampWatch(config)


def blinking(second: float) -> Picture:
    """Lit for half a second in every second and a half."""
    picture = street(second)
    return picture if second % 1.5 < 1 else np.full_like(picture, 250)


@dataclass
class World:
    folder: Path
    registry: Registry
    address: str
    sqs: Any
    s3: Any
    assignments: str
    detections: str
    heard: list[Detection] = field(default_factory=list)
    workers: list[tuple[Worker, threading.Thread]] = field(default_factory=list)

    def hire(self, name: str = "w-1", make: WatchMaker = lamp_watch, **more: Any) -> Worker:
        told: dict[str, Any] = {
            "city": self.address, "key": KEY, "assignments": self.assignments,
            "detections": self.detections, "bucket": "evidence", "name": name, "capacity": 8,
            "promise_s": 6.0, "health_s": 0.2, "thumbnail_s": 0.5, "after_s": 0.3,
            "signals_s": 0.1,
            "folder": self.folder, "threads": 1, **more,
        }  # fmt: skip
        worker = built(Settings(**told), make)
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        self.workers.append((worker, thread))
        return worker

    def send(self, assignment: Assignment) -> None:
        self.sqs.send_message(QueueUrl=self.assignments, MessageBody=assignment.model_dump_json())

    def camera(self, name: str, **more: Any) -> None:
        told = {
            "camera_id": name, "config_version": 1, "epoch": 0, "source": "file:lamp.mp4",
            "place": (16.4, 107.6), "sample_fps": 10, "sampling": "steady", "model": "lamp@1",
            "rules": (RULE,), **more,
        }  # fmt: skip
        told["source"] = told["source"].replace("file:", f"file:{self.folder}/")
        self.registry.configs[name] = CameraConfig.model_validate(told)

    def left(self) -> int:
        """Messages of the assignments' queue, seen or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.assignments, AttributeNames=names)
        return sum(int(told["Attributes"][name]) for name in names)

    def received(self) -> list[Detection]:
        """Everything sent since the world began, in order of receipt."""
        found = self.heard
        while True:
            got = self.sqs.receive_message(
                QueueUrl=self.detections, MaxNumberOfMessages=10, VisibilityTimeout=0
            ).get("Messages", [])
            for message in got:
                found.append(Detection.model_validate(json.loads(message["Body"])))
                self.sqs.delete_message(
                    QueueUrl=self.detections, ReceiptHandle=message["ReceiptHandle"]
                )
            if not got:
                return found

    def health(self, camera: str) -> CameraHealth | None:
        for report in reversed(self.registry.reports):
            for told in report.cameras:
                if told.camera_id == camera:
                    return told
        return None

    def until(self, true: Callable[[], Any], seconds: float = 12) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lamps")
    film(folder / "lamp.mp4", 6, blinking)
    film(folder / "dim.mp4", 2, street)
    return folder


@pytest.fixture
def world(films: Path) -> Iterator[World]:
    with mock_aws(), registry_on_loopback(registry := Registry()) as address:
        sqs, s3 = (boto3.client(name, region_name="ap-southeast-1") for name in ("sqs", "s3"))
        s3.create_bucket(
            Bucket="evidence",
            CreateBucketConfiguration={"LocationConstraint": "ap-southeast-1"},
        )
        for version in ("1", "2"):
            told = card("hues", LAMP, 64, 48, name="lamp", version=version,
                        thresholds={"default": 0.8})  # fmt: skip
            Bucket(s3, "evidence").put(told, told.model_dump_json().encode(), LAMP)
        urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("take", "tell")]
        world = World(films, registry, address, sqs, s3, *urls)
        yield world
        for worker, thread in world.workers:
            worker.ask_to_stop()
            thread.join(10)


def test_cameras_are_taken_watched_reported_and_given_back(world: World) -> None:
    for n in range(3):
        world.camera(f"cam-{n}")
        world.send(Assignment(camera_id=f"cam-{n}"))
    world.hire()
    world.until(lambda: all((h := world.health(f"cam-{n}")) and h.state == "live" and
                            h.thumbnail_key and h.last_frame_at for n in range(3)))  # fmt: skip
    world.until(lambda: sum(len(d.evidence) > 0 for d in world.received()) >= 6)
    got = world.heard
    assert {d.camera_id for d in got} == {"cam-0", "cam-1", "cam-2"}
    assert {d.epoch for d in got} == {1}
    firsts = [d.detection_id for d in got if not d.evidence]
    assert len(firsts) == len(set(firsts))
    assert {d.detection_id for d in got if d.evidence} <= set(firsts)
    for item in next(d for d in got if d.evidence).evidence:
        assert world.s3.head_object(Bucket="evidence", Key=item.key)["ContentLength"] == item.size
    report = world.registry.reports[-1]
    assert (report.worker, report.models, report.capacity) == ("w-1", ("lamp@1",), 8)
    assert report.provider.endswith("ExecutionProvider")
    worker, thread = world.workers.pop()
    worker.ask_to_stop()
    thread.join(20)
    assert not thread.is_alive()
    there = world.sqs.receive_message(QueueUrl=world.assignments, MaxNumberOfMessages=10)
    assert len(there["Messages"]) == 3  # visible at once for others


def test_a_changed_configuration_is_taken_without_losing_the_camera(world: World) -> None:
    world.camera("cam-0")
    world.send(Assignment(camera_id="cam-0"))
    worker = world.hire()
    world.until(lambda: world.health("cam-0"))
    post = next(iter(worker.posts.values()))
    world.registry.change("cam-0", model="lamp@2", sample_fps=5)
    world.until(lambda: (h := world.health("cam-0")) and h.config_version == 2)
    assert next(iter(worker.posts.values())) is post
    assert post.config is not None
    assert (post.config.epoch, post.config.model) == (1, "lamp@2")
    world.until(lambda: any(d.model == "lamp@2" for d in world.received()))
    assert (health := world.health("cam-0")) is not None
    assert health.reconnects == 0


def test_rules_are_given_the_citys_days_and_signals_also_when_they_change(world: World) -> None:
    given: dict[str, Any] = {}

    def make(config: CameraConfig, **tools: Any) -> Watch:
        given.update(tools)
        return lamp_watch(config)

    tet = CalendarDay(date=date(2026, 2, 17), name=Text(vi="Tết", en="Tet"), source="test")
    days = WorkingCalendar(valid_from=date(2026, 2, 1), valid_to=date(2026, 2, 28), holidays=(tet,))
    world.camera("cam-0", calendar=days)
    world.send(Assignment(camera_id="cam-0"))
    world.hire(make=make)
    world.until(lambda: world.health("cam-0"))
    assert not given["calendar"].is_working_day(tet.date)
    assert world.registry.asked == []
    began = datetime(2026, 11, 20, tzinfo=UTC)
    spell = Spell(state="stop-And-Remain", began_at=began, known_until=began.replace(minute=1))
    world.registry.signals["nga-sau/2"] = SignalHead(head="nga-sau/2", spells=(spell,))
    red = RedLight(
        rule_id="red", name_vi="Đèn", name_en="Light", valid_from=began, direction=(0, -1),
        stop_line=((0.1, 0.5), (0.9, 0.5)), controller="nga-sau/2",
    )  # fmt: skip
    other = days.model_copy(update={"holidays": ()})
    world.registry.change("cam-0", rules=(RULE, red), calendar=other)
    world.until(lambda: given["signals"].phase("nga-sau/2", began.replace(second=9))[0] == "red")
    assert given["calendar"].is_working_day(tet.date)
    before = len(world.received())
    world.until(lambda: len(world.received()) > before)  # its frames wait for nobody's word
    world.registry.change("cam-0", rules=(RULE,))
    world.until(lambda: (h := world.health("cam-0")) and h.config_version == 3)
    time.sleep(0.2)  # a request may be under way
    last = len(world.registry.asked)
    time.sleep(0.5)
    assert len(world.registry.asked) == last  # nobody needs a signal any more


def test_a_model_that_is_not_there_leaves_the_camera_with_what_it_has(world: World) -> None:
    world.camera("cam-0")
    world.send(Assignment(camera_id="cam-0"))
    worker = world.hire()
    world.until(lambda: world.health("cam-0"))
    world.registry.change("cam-0", model="lamp@9")
    world.until(lambda: (h := world.health("cam-0")) and h.reason and "lamp@9" in h.reason)
    assert len(worker.keeper.held) == 1
    before = len(world.received())
    world.until(lambda: len(world.received()) > before)


def test_another_address_is_opened_in_the_same_post(world: World) -> None:
    world.camera("cam-0")
    world.send(Assignment(camera_id="cam-0"))
    world.hire()
    world.until(lambda: (h := world.health("cam-0")) and h.state == "live")
    world.registry.change("cam-0", source=f"file:{world.folder}/dim.mp4")
    world.until(lambda: (h := world.health("cam-0")) and h.reconnects == 1 and h.state == "live")


def test_a_camera_that_is_anothers_is_let_go_and_its_message_left(world: World) -> None:
    world.camera("cam-0")
    world.send(Assignment(camera_id="cam-0"))
    worker = world.hire()
    world.until(lambda: world.health("cam-0"))
    world.registry.holders["cam-0"] = "somebody else"
    world.until(lambda: not worker.keeper.held)
    assert world.left() == 1


@pytest.mark.parametrize("why", ["disabled", "generation"])
def test_a_message_whose_time_is_over_dies(world: World, why: str) -> None:
    world.camera("cam-0")
    if why == "disabled":
        world.registry.disabled.add("cam-0")
    else:
        world.registry.generations["cam-0"] = 5
    world.send(Assignment(camera_id="cam-0", generation=4))
    world.hire()
    world.until(lambda: world.left() == 0)


def test_an_unknown_cameras_message_is_kept_for_somebody_to_look_at(world: World) -> None:
    world.send(Assignment(camera_id="cam-lost"))
    worker = world.hire()
    world.until(lambda: worker.posts == {} and world.left() == 1)
    time.sleep(0.3)
    assert world.left() == 1
    assert not worker.keeper.held


def test_a_recording_is_watched_once_and_its_message_dies(world: World) -> None:
    recorded = "2026-11-20T01:00:00Z"
    world.s3.upload_file(str(world.folder / "lamp.mp4"), "evidence", "recordings/r1.mp4")
    world.camera("cam-0", source="recordings/r1.mp4")
    world.send(
        Assignment.model_validate(
            {"kind": "recording", "camera_id": "cam-0", "job_id": "j1",
             "recording_key": "recordings/r1.mp4", "recorded_from": recorded}
        )
    )  # fmt: skip
    worker = world.hire()
    object.__setattr__(worker.tools.reading, "sign", lambda _: str(world.folder / "lamp.mp4"))
    object.__setattr__(worker.tools.reading, "options", {"protocol_whitelist": "file"})
    world.until(lambda: world.left() == 0, 20)
    got = world.received()
    firsts = [d for d in got if not d.evidence]
    assert [d.at.isoformat() for d in firsts] == [
        f"2026-11-20T01:00:0{second}+00:00" for second in ("1", "2.500000", "4", "5.500000")
    ]
    assert all(d.job_id == "j1" for d in got)
    assert sum(len(d.evidence) > 0 for d in got) == 4
    jobs = [job for report in world.registry.reports for job in report.jobs]
    assert (jobs[-1].state, jobs[-1].frames) == ("done", 60)


def test_a_recording_that_is_no_film_fails_and_says_so(world: World) -> None:
    world.camera("cam-0")
    world.send(
        Assignment(kind="recording", camera_id="cam-0", job_id="j2", recording_key="file:/x.mp4")
    )
    world.hire()
    world.until(lambda: world.left() == 0, 20)
    jobs = [job for report in world.registry.reports for job in report.jobs]
    assert jobs[-1].state == "failed"
    assert jobs[-1].reason


def test_a_poisoned_camera_is_given_back_and_the_others_go_on(world: World) -> None:
    poison = RULE.model_copy(update={"name_en": "poison"})
    world.camera("cam-bad", rules=(poison,))
    world.camera("cam-good")
    for name in ("cam-bad", "cam-good"):
        world.send(Assignment(camera_id=name))
    worker = world.hire()
    world.until(lambda: [h.assignment.camera_id for h in worker.keeper.held] == ["cam-good"])
    world.until(world.received)
    assert {d.camera_id for d in world.heard} == {"cam-good"}
    assert world.left() == 2
    world.until(lambda: (h := world.health("cam-bad")) and h.state == "refused")
    assert (health := world.health("cam-bad")) is not None
    assert health.reason == "RuntimeError in its own code"


def test_a_camera_whose_model_is_bad_is_given_back_with_the_reason(world: World) -> None:
    world.camera("cam-0", model="lamp@9")
    world.send(Assignment(camera_id="cam-0"))
    worker = world.hire()
    world.until(lambda: (h := world.health("cam-0")) and h.state == "refused")
    assert (health := world.health("cam-0")) is not None
    assert "lamp@9" in (health.reason or "")
    assert not worker.keeper.held
    assert world.left() == 1


def test_a_silent_camera_is_kept_and_told(world: World) -> None:
    world.camera("cam-0", source="file:gone.mp4")
    world.send(Assignment(camera_id="cam-0"))
    worker = world.hire()
    world.until(lambda: (h := world.health("cam-0")) and h.reason)
    assert len(worker.keeper.held) == 1
    assert (health := world.health("cam-0")) is not None
    assert health.state in ("starting", "silent")
    assert health.last_frame_at is None


def test_a_city_that_is_away_stops_nobody(world: World) -> None:
    world.camera("cam-0")
    world.send(Assignment(camera_id="cam-0"))
    worker = world.hire()
    world.until(lambda: world.health("cam-0"))
    world.registry.down = True
    before = len(world.received())
    world.until(lambda: len(world.received()) >= before + 2)
    assert len(worker.keeper.held) == 1
