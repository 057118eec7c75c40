"""The real worker under the real registry, in one process: leases, orders, intake, the end."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from cameras_city import registry_on_loopback
from cameras_films import film
from cameras_graphs import card
from cameras_world import World as RegistryWorld
from city.cameras import intake, registry, workers
from city.cameras.model import Camera, Job
from city.cameras.store import Store
from city.contracts.cameras import Assignment, HealthReport, Orders, TakeOver
from city.kernel.clock import utc_now
from city.kernel.problems import TYPE_PREFIX, Problem
from moto import mock_aws
from test_camera_worker import LAMP, RULE, World, blinking

from gpu_workers.cameras.registry import Bucket


class Today(RegistryWorld):
    """The registry in memory, by the real clock."""

    @property
    def now(self) -> datetime:
        return utc_now()

    @now.setter
    def now(self, _value: datetime) -> None:
        pass


class Front:
    """What the HTTP routes do with it."""

    def __init__(self) -> None:
        self.world, self.lock, self.down = Today(), threading.Lock(), False
        self.reports: list[HealthReport] = []
        self.configs: dict[str, Any] = {}

    def lease(self, camera_id: str, ask: TakeOver) -> tuple[int, Any]:
        try:
            config = workers.take_over(self.world.desk(), "fleet", camera_id, ask)
        except Problem as problem:
            return problem.status, {"type": TYPE_PREFIX + problem.slug}
        return 200, config.model_dump(mode="json")

    def heard(self, told: HealthReport) -> Orders:
        self.reports.append(told)
        return workers.report(self.world.desk(), "fleet", told.worker, told)


@contextmanager
def _together(folder: Path) -> Iterator[tuple[World, Front]]:
    front = Front()
    with mock_aws(), registry_on_loopback(front) as address:  # type: ignore[arg-type]
        sqs, s3 = (boto3.client(name, region_name="ap-southeast-1") for name in ("sqs", "s3"))
        s3.create_bucket(
            Bucket="evidence",
            CreateBucketConfiguration={"LocationConstraint": "ap-southeast-1"},
        )
        told = card("hues", LAMP, 64, 48, name="lamp", thresholds={"default": 0.8})
        written = told.model_dump_json().encode()
        Bucket(s3, "evidence").put(told, written, LAMP)
        front.world.pictures.objects["models/lamp/1/card.json"] = written
        urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("take", "tell")]
        world = World(folder, front, address, sqs, s3, *urls)  # type: ignore[arg-type]
        try:
            yield world, front
        finally:
            for worker, thread in world.workers:
                worker.ask_to_stop()
                thread.join(10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("registry")
    film(made / "lamp.mp4", 6, blinking)
    return made


def _camera(front: Front) -> Camera:
    camera = Store(front.world.table).camera("cam-1")
    assert camera is not None
    return camera


def _job(front: Front, key: str) -> str:
    now = utc_now()
    job = Job(id="job-1", camera_id="cam-1", rules=(RULE,), recording_key=key, recorded_from=now,
              by="operator", at=now)  # fmt: skip
    stored, write = Store.put_job(job, new=True)
    front.world.desk().store.commit([write])
    return stored.id


def _forward(world: World, front: Front) -> None:
    """What the registry queued goes into the workers' queue."""
    while front.world.assignments.messages:
        world.send(Assignment.model_validate(front.world.assignments.messages.pop()))


def test_switched_on_watched_judged_changed_and_switched_off(folder: Path) -> None:
    with _together(folder) as (world, front):
        front.world.enabled("cam-1", source="file:lamp.mp4", model="lamp@1", sample_fps=10,
                            sampling="steady")  # fmt: skip
        _forward(world, front)
        worker = world.hire()
        world.until(lambda: (h := world.health("cam-1")) and h.state == "live")
        world.until(lambda: sum(len(d.evidence) > 0 for d in world.received()) >= 2)
        outcomes = Counter(intake.take(front.world.desk(), told) for told in world.heard)
        assert outcomes["refused"] == outcomes["unknown"] == 0
        assert outcomes["taken"] >= 1
        assert outcomes["evidence"] >= 2

        changed = registry.changed(front.world.desk(), _camera(front), sample_fps=5.0)
        world.until(lambda: (h := world.health("cam-1")) and
                    h.config_version == changed.config_version)  # fmt: skip
        (post,) = worker.posts.values()
        assert post.config is not None
        assert (post.config.epoch, post.config.sample_fps) == (1, 5.0)

        registry.switch(front.world.desk(), "cam-1", "disable")
        world.until(lambda: world.left() == 0, 25)
        assert not worker.keeper.held


def test_a_successors_epoch_ends_the_first_workers_word(folder: Path) -> None:
    with _together(folder) as (world, front):
        front.world.enabled("cam-1", source="file:lamp.mp4", model="lamp@1", sampling="steady")
        _forward(world, front)
        worker = world.hire(health_s=3.0)
        world.until(world.received)
        before = list(world.heard)
        front.world.lease("successor")
        world.until(lambda: len(world.received()) > len(before) + 2)
        late = [d for d in world.heard if d not in before and not d.evidence][-1]
        assert intake.take(front.world.desk(), before[0]) == "taken"  # seen before the take-over
        assert intake.take(front.world.desk(), late) == "refused"
        world.until(lambda: not worker.keeper.held)


def test_a_recordings_job_ends_at_the_registry_too(folder: Path) -> None:
    with _together(folder) as (world, front):
        front.world.register("cam-1", source="file:lamp.mp4", model="lamp@1")
        key = "file:lamp.mp4"
        job = _job(front, key)
        world.send(
            Assignment(
                kind="recording",
                camera_id="cam-1",
                job_id=job,
                recording_key=key,
                recorded_from=utc_now(),
            )
        )
        world.hire()
        world.until(lambda: world.left() == 0, 20)
        told = Store(front.world.table).job(job)
        assert told is not None
        assert (told.state, told.frames) == ("done", 30)
        assert Counter(intake.take(front.world.desk(), d) for d in world.received())["job"] >= 4
