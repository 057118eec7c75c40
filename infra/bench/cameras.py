"""Camera workers: decoding, detecting, the whole pipeline and its latency, beside bare loops.

    python -m infra.bench.cameras [folder of models]

The film is a rendered scene (640 x 360, 10 frames a second, H.264), each camera sampled at 5. The
model is the one the project ships, on the execution provider that this machine has, named in the
table. Ratios are within one run, by the clock and by CPU time (a busy machine changes the first).
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from city.contracts.cameras import Box, CameraConfig, Detection

from gpu_workers.cameras.evidence.gather import Gatherer, Witness
from gpu_workers.cameras.evidence.spool import Spool
from gpu_workers.cameras.inference.engine import Engine
from gpu_workers.cameras.inference.letterbox import fit
from gpu_workers.cameras.inference.session import OnnxDetector
from gpu_workers.cameras.registry import SHIPPED, Folder, load
from gpu_workers.cameras.scenes import film, make_scene
from gpu_workers.cameras.seen import Frame, Happening, Picture, Watch
from gpu_workers.cameras.sources.feed import Feed
from gpu_workers.cameras.sources.stream import Reading
from gpu_workers.cameras.vision import make_watch
from infra.bench.table import keep, machine, percentile, show

MODEL = "hues-nano@1"
SCENE = "red-light"
FPS = 5.0
BATCHES = (1, 2, 4, 8, 16, 32)
ROUND_S = 3.0
CAMERAS = 6
LIVE_S = 12.0
GOAL = 0.8
BEGAN = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rate:
    """Frames a second by the clock and by this process's CPU time (all its threads)."""

    clock: float
    cpu: float

    @staticmethod
    def of(act: Callable[[], int]) -> "Rate":
        """Of something that returns how many frames it did."""
        wall, cpu = time.perf_counter(), time.process_time()
        frames = act()
        return Rate(
            frames / (time.perf_counter() - wall), frames / max(1e-9, time.process_time() - cpu)
        )

    def share(self, other: "Rate") -> str:
        """Of another's: by the clock, by CPU time."""
        return f"{self.clock / other.clock:.2f} / {self.cpu / other.cpu:.2f}"


def _config(n: int, rules: Any = ()) -> CameraConfig:
    return CameraConfig(
        camera_id=f"cam-{n}", config_version=1, epoch=1, source="x", place=(16.4, 107.6),
        model=MODEL, rules=rules, sample_fps=FPS,
    )  # fmt: skip


def decoding(path: Path) -> Rate:
    """A bare PyAV loop, and a feed with its clock, ring, condition and sampling; the bare rate."""

    def bare() -> int:
        with av.open(str(path), "r") as container:
            container.streams.video[0].codec_context.thread_count = 1
            return sum(1 for _ in container.decode(video=0))

    def ours() -> int:
        feed = _feed(path, "cam-0", lambda _: None)
        feed.run()
        return feed.tally.decoded

    bare()
    rates = {"bare PyAV loop": Rate.of(bare), "a camera's feed, sampled at 5": Rate.of(ours)}
    base = rates["bare PyAV loop"]
    show(
        "Cameras: decoding 640 x 360 H.264, one stream, one thread",
        ["", "frames/s", "frames/CPU s", "of bare (clock / CPU)"],
        [[name, f"{r.clock:,.0f}", f"{r.cpu:,.0f}", r.share(base)] for name, r in rates.items()],
    )
    keep("cameras decode", {name: {"fps": r.clock, "cpu": r.cpu} for name, r in rates.items()})
    return base


def _feed(path: Path, camera: str, put: Callable[[Frame], None], *, live: bool = False) -> Feed:
    began = None if live else BEGAN
    return Feed(camera, f"file:{path}", "steady", FPS, Reading(folder=path.parent), put, began)


def detecting(detector: OnnxDetector, pictures: Sequence[Picture]) -> Rate:
    """The bare session on ready batches, and `detect` on pictures; returns the best bare rate."""
    rows, kept, best = [], {}, Rate(0.0, 0.0)
    card = detector.card
    for size in BATCHES:
        some = [pictures[n % len(pictures)] for n in range(size)]
        fitted = fit(some, card.input_width, card.input_height, "corner")
        bare = Rate.of(partial(_for, detector.run, fitted, size))
        ours = Rate.of(partial(_for, detector.detect, some, size))
        best = max(best, bare, key=lambda rate: rate.clock)
        rows.append([size, f"{bare.clock:,.0f}", f"{ours.clock:,.0f}", ours.share(bare)])
        kept[str(size)] = {"bare": bare.clock, "detect": ours.clock}
    show(
        f"Cameras: detector {detector.name} ({card.input_width} x {card.input_height}) by"
        f" {detector.provider}",
        ["batch", "bare session fps", "detect() fps", "of bare (clock / CPU)"],
        rows,
    )
    keep("cameras detector", {"model": detector.name, "provider": detector.provider, "fps": kept})
    return best


def _for(act: Callable[[Any], Any], what: Any, size: int) -> int:
    act(what)
    ends, done = time.perf_counter() + ROUND_S / 2, 0
    while time.perf_counter() < ends:
        act(what)
        done += size
    return done


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
    detector: OnnxDetector, path: Path, rules: Any, bare: Rate, decode: Rate, film_fps: float
) -> None:
    """Recordings as fast as they go: decode, sample, batch, detect, track, rules.

    Beside the bare detector, whose loop decodes nothing, stand both bare loops together: the CPU
    time of decoding what lies between two samples and of one detection.
    """
    engine = Engine(detector)
    posts = [Post(make_watch(_config(n, rules))) for n in range(CAMERAS)]

    def run() -> int:
        threads = []
        for n, post in enumerate(posts):
            engine.join(f"cam-{n}", post, depth=8, keeps=True)
            feed = _feed(path, f"cam-{n}", lambda frame: engine.put(frame.camera_id, frame))
            threads.append(threading.Thread(target=feed.run))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while not all(engine.waiting.idle(f"cam-{n}") for n in range(CAMERAS)):
            time.sleep(0.01)
        return sum(post.frames for post in posts)

    rate = Rate.of(run)
    engine.close()
    if any(post.faults for post in posts):
        raise SystemExit("a camera failed during the bench")
    cores = os.cpu_count() or 1
    seconds = rate.clock / FPS
    both = 1 / (film_fps / FPS / decode.cpu + 1 / bare.cpu)
    mean = engine.work.frames / max(1, engine.work.batches)
    show(
        f"Cameras: whole pipeline, {CAMERAS} recordings at {FPS:g} fps, {len(rules)} rules each",
        ["", "figure"],
        [
            ["sampled frames/s", f"{rate.clock:,.1f}"],
            ["mean batch", f"{mean:.1f}"],
            ["camera-seconds/s", f"{seconds:.1f}"],
            [f"camera-seconds/s/core, by the clock on {cores} cores", f"{seconds / cores:.1f}"],
            ["camera-seconds/CPU second", f"{rate.cpu / FPS:.1f}"],
            [f"of the bare detector's best (clock / CPU; goal {GOAL})", rate.share(bare)],
            ["of bare decoding and bare detecting together (CPU)", f"{rate.cpu / both:.2f}"],
        ],
    )  # fmt: skip
    keep(
        "cameras pipeline",
        {
            "frames_per_s": rate.clock,
            "camera_seconds_per_s_per_core": seconds / cores,
            "camera_seconds_per_cpu_s": rate.cpu / FPS,
            "of_bare_clock": rate.clock / bare.clock,
            "of_bare_cpu": rate.cpu / bare.cpu,
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


def latency(detector: OnnxDetector, path: Path, rules: Any) -> None:
    """Live cameras at their own pace: from a decoded frame to its event at the queue's client."""
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
    engine, feeds, threads = Engine(detector), [], []

    def put(frame: Frame) -> None:
        begun[frame.camera_id, frame.at] = time.perf_counter()
        engine.put(frame.camera_id, frame)

    for n in range(CAMERAS):
        config = _config(n, rules)
        feed = _feed(path, config.camera_id, put, live=True)
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
        time.sleep(1 / FPS / CAMERAS)  # cameras do not tick together
    time.sleep(LIVE_S)
    for feed in feeds:
        feed.stopped.set()
    for thread in threads:
        thread.join()
    while not all(engine.waiting.idle(f"cam-{n}") for n in range(CAMERAS)):
        time.sleep(0.01)
    spool.flush(5)
    engine.close()
    spool.close()
    p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
    show(
        f"Cameras: latency from decoded frame to event, {CAMERAS} live cameras at {FPS:g} fps",
        ["", "ms"],
        [["p50", p50], ["p99", p99], ["events", len(times)]],
    )
    keep("cameras latency", {"p50_ms": p50, "p99_ms": p99, "events": len(times)})


def run(models: Path = SHIPPED) -> None:
    """Measure and print."""
    detector = load(MODEL, [Folder(models)])
    scene = make_scene(SCENE, seed=41)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.mp4"
        film(scene, path)
        with av.open(str(path), "r") as container:
            pictures = [
                np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                for n, frame in enumerate(container.decode(video=0))
                if n % 8 == 0
            ]
        decode = decoding(path)
        bare = detecting(detector, pictures)
        pipeline(detector, path, scene.rules, bare, decode, scene.fps)
        latency(detector, path, scene.rules)


if __name__ == "__main__":
    print(f"Machine: {machine()}")
    run(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
