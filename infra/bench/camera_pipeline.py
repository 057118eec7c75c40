"""The whole pipeline of a camera worker, and its latency, for the camera bench."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from city.contracts.cameras import Box, CameraConfig, Detection

from gpu_workers.cameras.evidence.gather import Gatherer, Witness
from gpu_workers.cameras.evidence.spool import Spool
from gpu_workers.cameras.inference.engine import Engine
from gpu_workers.cameras.inference.letterbox import Fitted
from gpu_workers.cameras.inference.session import OnnxDetector
from gpu_workers.cameras.scenes import Scene
from gpu_workers.cameras.seen import Detector, Frame, Happening, Picture, Watch
from gpu_workers.cameras.sources.feed import Feed
from gpu_workers.cameras.sources.stream import Reading
from gpu_workers.cameras.vision import make_watch
from infra.bench.rate import Rate, repeated
from infra.bench.table import keep, percentile, show

MODEL = "hues-nano@2"
FPS = 5.0
LIVE_S = 12.0
GOAL = 0.8
RUNNERS = 2  # as a worker has them
BEGAN = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bare:
    """One graph twice: a session for one caller with all cores, and one that callers share.

    `batch` is of the size at which the first is fastest, `few` of the size a worker's batch has.
    """

    alone: OnnxDetector
    shared: OnnxDetector
    batch: Fitted
    few: Fitted

    def rate(self) -> Rate:
        """The better of both at this moment, by the clock and by CPU time."""
        one = repeated(self.alone.run, self.batch, len(self.batch.pictures))
        many = repeated(self.shared.run, self.few, len(self.few.pictures), RUNNERS)
        return Rate(max(one.clock, many.clock), max(one.cpu, many.cpu))

    def times(self, most: int = 100, seconds: float = 6.0) -> list[float]:
        """Seconds of runs with one picture, after one to warm up."""
        one = Fitted(self.few.pictures[:1], self.few.shift[:1], self.few.span[:1])
        self.shared.run(one)
        times: list[float] = []
        while len(times) < most and sum(times) < seconds:
            since = time.perf_counter()
            self.shared.run(one)
            times.append(time.perf_counter() - since)
        return times


class Borrowing:
    """An untrained detector's time with a trained one's boxes, so that the rest has its work.

    The trained one's own time counts against the pipeline.
    """

    def __init__(self, sized: OnnxDetector, seeing: OnnxDetector) -> None:
        self.name, self.provider = sized.name, sized.provider
        self._sized, self._seeing = sized, seeing

    def detect(self, pictures: Sequence[Picture]) -> list[list[Box]]:
        """See `Detector`."""
        self._sized.detect(pictures)
        return self._seeing.detect(pictures)


def config_of(n: int, rules: Any = ()) -> CameraConfig:
    """The nth camera's."""
    return CameraConfig(
        camera_id=f"cam-{n}", config_version=1, epoch=1, source="x", place=(16.4, 107.6),
        model=MODEL, rules=rules, sample_fps=FPS,
    )  # fmt: skip


def feed_of(path: Path, camera: str, put: Callable[[Frame], None], *, live: bool = False) -> Feed:
    """A recording as fast as it goes, or a live camera at its pace."""
    began = None if live else BEGAN
    return Feed(camera, f"file:{path}", "steady", FPS, Reading(folder=path.parent), put, began)


@dataclass(slots=True)
class Post:
    """A camera's end of an engine."""

    watch: Watch
    frames: int = 0
    happenings: int = 0
    faults: int = 0

    def saw(self, frame: Frame, boxes: Sequence[Box]) -> None:
        """The rules' turn."""
        self.frames += 1
        self.happenings += len(self.watch.step(frame, boxes))

    def failed(self, _fault: Exception) -> None:
        """Counted; a bench with faults is none."""
        self.faults += 1


def pipeline(
    detector: Detector, path: Path, scene: Scene, bare: Bare, decode: Rate, cameras: int
) -> None:
    """Recordings as fast as they go: decode, sample, batch, detect, track, rules.

    Beside the bare detector (before and after, for machines that others use), whose loop decodes
    nothing, stand both bare loops together: the CPU time of decoding every frame between two
    samples and of one detection.
    """
    engine = Engine(detector, runners=RUNNERS)
    posts = [Post(make_watch(config_of(n, scene.rules))) for n in range(cameras)]

    def run() -> int:
        threads = []
        for n, post in enumerate(posts):
            engine.join(f"cam-{n}", post, depth=8, keeps=True)
            feed = feed_of(path, f"cam-{n}", lambda frame: engine.put(frame.camera_id, frame))
            threads.append(threading.Thread(target=feed.run))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while not all(engine.waiting.idle(f"cam-{n}") for n in range(cameras)):
            time.sleep(0.01)
        return sum(post.frames for post in posts)

    before = bare.rate()
    rate = Rate.of(run)
    alone = before.with_(bare.rate())
    engine.close()
    if any(post.faults for post in posts):
        raise SystemExit("a camera failed during the bench")
    cores = os.cpu_count() or 1
    seconds = rate.clock / FPS
    both = 1 / (scene.fps / FPS / decode.cpu + 1 / alone.cpu)
    mean = engine.work.frames / max(1, engine.work.batches)
    show(
        f"Cameras: whole pipeline with {detector.name}, {cameras} recordings at {FPS:g} fps,"
        f" {len(scene.rules)} rule each",
        ["", "figure"],
        [
            ["sampled frames/s (a CPU second)", f"{rate.clock:,.1f} ({rate.cpu:,.1f})"],
            ["bare detector, best batch, just then", f"{alone.clock:,.1f} ({alone.cpu:,.1f})"],
            ["mean batch", f"{mean:.1f}"],
            ["camera-seconds/s", f"{seconds:.1f}"],
            [f"camera-seconds/s/core, by the clock on {cores} cores", f"{seconds / cores:.1f}"],
            ["camera-seconds/CPU second", f"{rate.cpu / FPS:.1f}"],
            [f"of the bare detector's best (clock / CPU; goal {GOAL})", rate.share(alone)],
            ["of bare decoding and bare detecting together (CPU)", f"{rate.cpu / both:.2f}"],
        ],
    )  # fmt: skip
    keep(
        f"cameras pipeline {detector.name}",
        {
            "frames_per_s": rate.clock,
            "camera_seconds_per_s_per_core": seconds / cores,
            "camera_seconds_per_cpu_s": rate.cpu / FPS,
            "of_bare_clock": rate.clock / alone.clock,
            "of_bare_cpu": rate.cpu / alone.cpu,
            "of_bare_loops_cpu": rate.cpu / both,
            "happenings": sum(post.happenings for post in posts),
        },
    )


@dataclass(slots=True)
class Stopwatch:
    """Every frame is an event; its way ends where the queue's client is called."""

    gatherer: Gatherer
    watch: Watch
    witness: Witness
    rule: Any

    def saw(self, frame: Frame, boxes: Sequence[Box]) -> None:
        """The real rules, and one event more."""
        self.watch.step(frame, boxes)
        key = f"{frame.camera_id}/{frame.index}"
        happening = Happening(self.rule, key, frame.at, frame.at, 0.9, tuple(boxes[:1]))
        self.gatherer.happened(happening, self.witness, boxes)

    def failed(self, fault: Exception) -> None:
        """A bench with faults is none."""
        raise SystemExit(str(fault))


def latency(detector: Detector, path: Path, rules: Any, bare: Bare, cameras: int) -> None:
    """Live cameras at their own pace: from a decoded frame to its event at the queue's client.

    Beside it one picture at a time in the bare session, with nothing else going on.
    """
    alone = bare.times()
    begun: dict[tuple[str, datetime], float] = {}
    times: list[float] = []

    def send(bodies: Sequence[str]) -> set[int]:
        now = time.perf_counter()
        for body in bodies:
            told = Detection.model_validate_json(body)
            times.append(now - begun[told.camera_id, told.at])
        return set()

    spool = Spool(send)
    gatherer = Gatherer(spool, lambda *_: None)
    spool.start()
    engine, feeds, threads = Engine(detector, runners=RUNNERS), [], []

    def put(frame: Frame) -> None:
        begun[frame.camera_id, frame.at] = time.perf_counter()
        engine.put(frame.camera_id, frame)

    for n in range(cameras):
        config = config_of(n, rules)
        feed = feed_of(path, config.camera_id, put, live=True)
        witness = Witness(config, feed.ring, None, "bench")
        engine.join(
            config.camera_id,
            Stopwatch(gatherer, make_watch(config), witness, rules[0]),
            depth=32,
            keeps=True,
        )
        feeds.append(feed)
        threads.append(threading.Thread(target=feed.run))
    for thread in threads:
        thread.start()
        time.sleep(1 / FPS / cameras)  # cameras do not tick together
    time.sleep(LIVE_S)
    for feed in feeds:
        feed.stopped.set()
    for thread in threads:
        thread.join()
    while not all(engine.waiting.idle(f"cam-{n}") for n in range(cameras)):
        time.sleep(0.01)
    spool.flush(5)
    engine.close()
    spool.close()
    figures = {"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99)}
    bare_ms = {"p50_ms": percentile(alone, 0.5), "p99_ms": percentile(alone, 0.99)}
    show(
        f"Cameras: latency with {detector.name}, {cameras} live at {FPS:g} fps,"
        f" {len(times)} events",
        ["ms", "decoded frame to event", "bare session, one picture"],
        [[name[:3], figures[name], bare_ms[name]] for name in figures],
    )
    keep(
        f"cameras latency {detector.name}",
        {**figures, "events": len(times), **{f"bare_{k}": v for k, v in bare_ms.items()}},
    )
