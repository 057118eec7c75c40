"""Runs a fleet: hires, kills, listens, counts."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import boto3
from city.contracts.cameras import Assignment, Detection

from gpu_workers.cameras.registry import Bucket
from infra.fleet import lamp
from infra.fleet.desk import KEY, Desk
from infra.fleet.measures import Events, Receiver, Tick, beside, events, gaps
from infra.fleet.streams import Streams
from infra.local.place import ROOT, city_port
from infra.local.processes import fetch

REGION = "ap-southeast-1"
SETTLE_S = 8.0  # after the last second: what is under way arrives


@dataclass(frozen=True, slots=True)
class Plan:
    """A soak. One more worker than is needed, so that a death leaves room for its cameras."""

    cameras: int = 563
    seconds: float = 600.0
    promise_s: float = 60.0
    kill_every_s: float = 60.0
    workers: int = 10
    capacity: int = 72
    seed: int = 563


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it. Times in seconds."""

    cameras: int
    workers: int
    kills: int
    hired_s: float
    longest_unwatched_s: float
    usual_after_kill_s: float
    frames: int
    frames_beside: int
    shown: int
    seen: int
    lost: int
    twice: int
    outcomes: dict[str, int]
    evidence_of: int
    dropped: int


class Fleet:
    """Everything that runs during a soak."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self.ticks: list[Tick] = []
        self.kills: list[float] = []
        self._chance = random.Random(plan.seed)
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._born = 0
        self._done = threading.Event()
        self._ears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._ears.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_000_000)
        self._ears.bind(("127.0.0.1", 0))
        self._ears.settimeout(0.5)
        self._environment: dict[str, str] = {}

    def run(self) -> Figures:
        """Start all, soak, stop all."""
        plan = self.plan
        length = int(plan.seconds + 180 + plan.promise_s) + lamp.PERIOD
        streams = Streams(lamp.film(length))
        streams.start()
        phases = {f"cam-{n:03}": n * 7 % lamp.PERIOD for n in range(plan.cameras)}
        address = f"http://127.0.0.1:{streams.port}"
        desk = Desk({c: lamp.config(c, f"{address}/{phase}.ts") for c, phase in phases.items()})
        receiver = Receiver(desk.superseded)
        with _cloud(self.folder) as endpoint:
            clients = {
                name: boto3.client(name, endpoint_url=endpoint, region_name=REGION)
                for name in ("sqs", "s3")
            }
            urls = _prepared(clients, list(phases), plan.promise_s)
            self._environment = self._told(endpoint, desk.start(), urls)
            listening = [
                threading.Thread(target=self._hear, daemon=True),
                threading.Thread(
                    target=self._receive, args=(clients["sqs"], urls[1], receiver), daemon=True
                ),
            ]
            for thread in listening:
                thread.start()
            try:
                hired_s = self._hire_all()
                since = time.time()
                self._soak()
                until = time.time()
                time.sleep(SETTLE_S)
            finally:
                self._end()
                self._done.set()
                for thread in listening:
                    thread.join(10)
                desk.stop()
                streams.stop()
                self._ears.close()
        told = events(self.ticks, receiver.incidents, phases, streams.began, since, until)
        return self._figures(told, receiver, desk, hired_s, since, until)

    def _figures(self, told: Events, receiver: Receiver, desk: Desk, hired_s: float,
                 since: float, until: float) -> Figures:  # fmt: skip
        found = [g for g in gaps(self.ticks, until) if g.since + g.seconds > since]
        after = [
            max((g.seconds for g in found if g.since <= kill <= g.since + g.seconds), default=0.0)
            for kill in self.kills
        ]
        return Figures(
            cameras=self.plan.cameras,
            workers=self.plan.workers,
            kills=len(self.kills),
            hired_s=round(hired_s, 1),
            longest_unwatched_s=round(max(g.seconds for g in found), 1),
            usual_after_kill_s=round(median(after), 1) if after else 0.0,
            frames=len(self.ticks),
            frames_beside=beside(self.ticks),
            outcomes=dict(receiver.outcomes),
            evidence_of=len(receiver.with_evidence),
            dropped=sum(desk.dropped.values()),
            **asdict(told),
        )

    # Workers

    def _told(self, endpoint: str, city: str, urls: tuple[str, str]) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'layers/city/python'}{os.pathsep}{ROOT}",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "CITY_URL": city,
            "WORKER_KEY": KEY,
            "ASSIGNMENTS_QUEUE_URL": urls[0],
            "DETECTIONS_QUEUE_URL": urls[1],
            "EVIDENCE_BUCKET": "evidence",
            "CAPACITY": str(self.plan.capacity),
            "PROMISE_S": str(self.plan.promise_s),
            "THUMBNAIL_S": "0",
            "CLIP_AFTER_S": "2",
            "ONNX_THREADS": "1",
            "RUNNERS": "1",
            "BATCH": "64",
            "LOG_LEVEL": "WARNING",
            "FLEET_PORT": str(self._ears.getsockname()[1]),
        }

    def _hire(self) -> None:
        self._born += 1
        name = f"w-{self._born}"
        with (self.folder / f"{name}.log").open("ab") as log:
            self._workers[name] = subprocess.Popen(
                [sys.executable, "-m", "infra.fleet.watcher"],
                cwd=ROOT,
                env={**self._environment, "WORKER_NAME": name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _hire_all(self) -> float:
        """Until every camera is watched."""
        began = time.monotonic()
        for _ in range(self.plan.workers):
            self._hire()
        while len({tick.camera_id for tick in list(self.ticks)}) < self.plan.cameras:
            if time.monotonic() - began > 170:
                raise TimeoutError(f"not all cameras are watched; see {self.folder}")
            time.sleep(0.5)
        return time.monotonic() - began

    def _soak(self) -> None:
        ends = time.monotonic() + self.plan.seconds
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, self.plan.kill_every_s))
            if ends - time.monotonic() > self.plan.promise_s:  # the last death is seen to its end
                self._kill()

    def _kill(self) -> None:
        name = self._chance.choice(sorted(self._workers))
        process = self._workers.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.kills.append(time.time())
        self._hire()

    def _end(self) -> None:
        for process in self._workers.values():
            process.terminate()
        for process in self._workers.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()

    # Ears

    def _hear(self) -> None:
        while not self._done.is_set():
            with suppress(TimeoutError):
                camera, epoch, lit, at, taken = self._ears.recv(200).decode().split()
                self.ticks.append(Tick(camera, int(epoch), lit == "1", float(at), float(taken)))

    def _receive(self, sqs: Any, url: str, receiver: Receiver) -> None:
        while not self._done.is_set():
            got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            for message in got:
                receiver.take(Detection.model_validate_json(message["Body"]))
            if got:
                entries = [
                    {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]}
                    for n, message in enumerate(got)
                ]
                sqs.delete_message_batch(QueueUrl=url, Entries=entries)
            else:
                self._done.wait(0.2)


def _prepared(clients: dict[str, Any], cameras: list[str], promise_s: float) -> tuple[str, str]:
    sqs, s3 = clients["sqs"], clients["s3"]
    s3.create_bucket(Bucket="evidence", CreateBucketConfiguration={"LocationConstraint": REGION})
    data = lamp.model()
    card = lamp.card(data)
    Bucket(s3, "evidence").put(card, card.model_dump_json().encode(), data)
    take, tell = (
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": str(int(promise_s))})[
            "QueueUrl"
        ]
        for name in ("camera-assignments", "camera-detections")
    )
    for camera in cameras:
        sqs.send_message(QueueUrl=take, MessageBody=Assignment(camera_id=camera).model_dump_json())
    return take, tell


@contextmanager
def _cloud(folder: Path) -> Iterator[str]:
    """The local cloud of its own, on a free port."""
    port = city_port()
    address = f"http://127.0.0.1:{port}"
    with (folder / "emulator.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local.emulator", "--port", str(port),
             "--folder", str(folder / "cloud")],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                fetch(f"{address}/_hues/pending", timeout=2)
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()


def soak(plan: Plan) -> Figures:
    """Run one in a folder that is kept only when it fails."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-"))
    figures = Fleet(plan, folder).run()
    shutil.rmtree(folder, ignore_errors=True)
    return figures
