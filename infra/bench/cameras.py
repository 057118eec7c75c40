"""Camera workers: decoding, detecting, the whole pipeline and its latency beside bare loops.

    python -m infra.bench.cameras [folder of models]

The film is a rendered scene (640 x 360, 10 frames a second, H.264), each camera sampled at 5. Two
detectors on the execution provider that this machine has: the one the project ships, and a graph
of the size that operators use (`sized.py`: YOLOX-s, untrained; it is as fast as a trained one).
Ratios are within one run, by the clock and by CPU time (a busy machine changes the first).
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np

from gpu_workers.cameras.inference.engine import MOST_ON_CPU
from gpu_workers.cameras.inference.letterbox import Fitted, fit
from gpu_workers.cameras.inference.session import OnnxDetector
from gpu_workers.cameras.registry import SHIPPED, Folder, load
from gpu_workers.cameras.scenes import film, make_scene
from gpu_workers.cameras.seen import Picture
from gpu_workers.cameras.settings import threads_each
from infra.bench.camera_pipeline import (
    MODEL,
    RUNNERS,
    Bare,
    Borrowing,
    feed_of,
    latency,
    pipeline,
)
from infra.bench.rate import Rate, repeated
from infra.bench.sized import yolox_s
from infra.bench.table import keep, machine, show

SCENE = "red-light"
SEED = 41
BATCHES = (1, 2, 4, 8, 16, 32)
CAMERAS, SIZED_CAMERAS = 6, 2
SIZED_S = 6.0  # of film: a large graph takes long enough


def decoding(path: Path) -> Rate:
    """A bare PyAV loop, and a feed with its clock, ring, condition and sampling; the bare rate.

    Both take in every frame; the feed need not decode what nobody looks at and nothing needs.
    """
    told: dict[str, int] = {}

    def bare() -> int:
        with av.open(str(path), "r") as container:
            container.streams.video[0].codec_context.thread_count = 1
            return sum(1 for _ in container.decode(video=0))

    def ours() -> int:
        feed = feed_of(path, "cam-0", lambda _: None)
        feed.run()
        told["decoded"], told["sampled"] = feed.tally.decoded, feed.tally.sampled
        return feed.tally.received

    bare(), ours()
    rates = {
        "bare PyAV loop": Rate.of(lambda: bare() + bare()),
        "a camera's feed, sampled at 5": Rate.of(lambda: ours() + ours()),
    }
    base = rates["bare PyAV loop"]
    show(
        "Cameras: decoding 640 x 360 H.264, one stream, one thread",
        ["", "frames/s", "frames/CPU s", "of bare (clock / CPU)"],
        [[name, f"{r.clock:,.0f}", f"{r.cpu:,.0f}", r.share(base)] for name, r in rates.items()],
    )
    print(f"  (of the film's frames the feed decoded {told['decoded']}, sampled {told['sampled']})")
    keep("cameras decode", {name: {"fps": r.clock, "cpu": r.cpu} for name, r in rates.items()})
    return base


def detecting(alone: OnnxDetector, shared: OnnxDetector, pictures: Sequence[Picture]) -> Bare:
    """The bare session on ready batches, and `detect` on pictures, with all cores for one caller.

    Returns the best of it, and what callers share, for the pipeline.
    """
    rows, kept, rates = [], {}, {}
    card = alone.card
    fitted: dict[int, Fitted] = {}
    for size in BATCHES:
        some = [pictures[n % len(pictures)] for n in range(size)]
        fitted[size] = fit(some, card.input_width, card.input_height, alone.fit)
        bare, ours = repeated(alone.run, fitted[size], size), repeated(alone.detect, some, size)
        rates[size] = bare
        rows.append(
            [size, f"{bare.clock:,.1f}", f"{bare.cpu:,.1f}", f"{ours.clock:,.1f}", ours.share(bare)]
        )
        kept[str(size)] = {"bare": bare.clock, "bare_cpu": bare.cpu, "detect": ours.clock}
    show(
        f"Cameras: detector {alone.name} ({card.input_width} x {card.input_height}) by"
        f" {alone.provider}",
        ["batch", "bare session fps", "a CPU second", "detect() fps", "of bare (clock / CPU)"],
        rows,
    )
    keep(
        f"cameras detector {alone.name}",
        {"model": alone.name, "provider": alone.provider, "fps": kept},
    )
    best = max(rates, key=lambda size: rates[size].clock)
    return Bare(alone, shared, fitted[best], fitted[MOST_ON_CPU])


def run(models: Path = SHIPPED) -> None:
    """Measure and print."""
    cv2.setNumThreads(1)  # as a worker does
    each = threads_each(RUNNERS)
    nano = [load(MODEL, [Folder(models)], threads=n) for n in (0, each)]
    card, graph = yolox_s()
    sized = [OnnxDetector(card, graph, threads=n) for n in (0, each)]
    scene = make_scene(SCENE, seed=SEED)
    with tempfile.TemporaryDirectory() as folder:
        path, short = Path(folder) / "scene.mp4", Path(folder) / "short.mp4"
        film(scene, path)
        film(replace(scene, seconds=SIZED_S), short)
        with av.open(str(path), "r") as container:
            pictures = [
                np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                for n, frame in enumerate(container.decode(video=0))
                if n % 8 == 0
            ]
        decode = decoding(path)
        bare = detecting(nano[0], nano[1], pictures)
        pipeline(nano[1], path, scene, bare, decode, CAMERAS)
        latency(nano[1], path, scene.rules, bare, CAMERAS)
        bare = detecting(sized[0], sized[1], pictures)
        larger = Borrowing(sized[1], nano[1])
        pipeline(larger, short, scene, bare, decode, SIZED_CAMERAS)
        latency(larger, path, scene.rules, bare, 1)


if __name__ == "__main__":
    print(f"Machine: {machine()}")
    run(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
