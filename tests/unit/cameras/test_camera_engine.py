"""Batches across cameras: newest frames, in turn, bounded, and nobody's fault is another's."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest
from city.contracts.cameras import Box
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_workers.cameras.inference.engine import Engine, Engines
from gpu_workers.cameras.inference.waiting import Waiting
from gpu_workers.cameras.seen import Frame, Picture

AT = datetime(2026, 11, 26, tzinfo=UTC)
BOX = Box(label="car", score=0.9, top_left=(0, 0), bottom_right=(1, 1))


def _frame(camera: str, index: int, value: int = 0) -> Frame:
    return Frame(camera, np.full((2, 2, 3), value, np.uint8), AT, index)


def _until(true: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.005)


def test_the_newest_frame_waits_and_the_oldest_is_dropped_and_counted() -> None:
    waiting = Waiting()
    waiting.join("a")
    for index in range(5):
        waiting.put("a", _frame("a", index))
    assert [frame.index for _, frame in waiting.take(8)] == [4]
    assert waiting.dropped == waiting.dropped_of("a") == 4


def test_a_camera_is_in_one_batch_at_a_time() -> None:
    waiting = Waiting()
    waiting.join("a")
    waiting.put("a", _frame("a", 1))
    assert len(waiting.take(8)) == 1
    waiting.put("a", _frame("a", 2))
    assert waiting.take(8, wait_s=0.01) == []
    waiting.finished("a")
    assert [frame.index for _, frame in waiting.take(8)] == [2]


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), most=st.integers(1, 6), cameras=st.integers(1, 12))
def test_everybody_has_a_turn_before_anybody_has_two(seed: int, most: int, cameras: int) -> None:
    chance = random.Random(seed)
    waiting = Waiting(linger_s=0)
    names = [f"c{n}" for n in range(cameras)]
    for name in names:
        waiting.join(name)
    turns = dict.fromkeys(names, 0)
    for _ in range(60):
        for name in chance.choices(names, k=3) + names:  # some are faster; all always have one
            waiting.put(name, _frame(name, 0))
        batch = waiting.take(most, wait_s=0)
        assert len({name for name, _ in batch}) == len(batch) <= most
        for name, _ in batch:
            turns[name] += 1
            waiting.finished(name)
    assert max(turns.values()) - min(turns.values()) <= 1


def test_what_waits_never_grows() -> None:
    waiting = Waiting(linger_s=0)
    for n in range(20):
        waiting.join(f"c{n}")
    for index in range(500):
        waiting.put(f"c{index % 20}", _frame("", index))
    assert len(waiting.take(1000)) == 20
    assert waiting.dropped == 480


def test_a_recording_fills_what_cameras_leave_and_loses_nothing() -> None:
    waiting = Waiting(linger_s=0)
    waiting.join("live")
    waiting.join("file", depth=6, keeps=True)
    for index in range(6):
        waiting.put("file", _frame("file", index))
    waiting.put("live", _frame("live", 0))
    more = threading.Thread(target=waiting.put, args=("file", _frame("file", 6)))
    more.start()  # waits: nothing of a recording is dropped
    batch = waiting.take(4)
    assert sorted(name for name, _ in batch) == ["file", "file", "file", "live"]
    more.join(2)
    assert not more.is_alive()
    assert waiting.dropped == 0


def test_a_batch_lingers_for_others_but_not_for_those_who_are_there() -> None:
    waiting = Waiting(linger_s=0.5)
    waiting.join("a")
    waiting.put("a", _frame("a", 1))
    began = time.monotonic()
    waiting.take(8)
    assert time.monotonic() - began < 0.3  # nobody else could come
    waiting.finished("a")
    waiting.join("b")
    waiting.put("a", _frame("a", 2))
    threading.Timer(0.05, waiting.put, ("b", _frame("b", 1))).start()
    assert len(waiting.take(8)) == 2


@dataclass
class Seeing:
    """A detector that answers with the first pixel as a score, and dies at 13."""

    name: str = "seeing@1"
    provider: str = "none"
    sizes: list[int] = field(default_factory=list)
    slow_s: float = 0.0

    def detect(self, pictures: Sequence[Picture]) -> list[list[Box]]:
        time.sleep(self.slow_s)
        self.sizes.append(len(pictures))
        values = [int(picture[0, 0, 0]) for picture in pictures]
        if 13 in values:
            raise RuntimeError("thirteen")
        return [[BOX.model_copy(update={"score": value / 255})] for value in values]


@dataclass
class Camera:
    """Notes what it sees; raises at frames whose index is in `bad`."""

    bad: frozenset[int] = frozenset()
    seen: list[tuple[int, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    inside: int = 0

    def saw(self, frame: Frame, boxes: Sequence[Box]) -> None:
        self.inside += 1
        assert self.inside == 1, "two threads at once"
        if frame.index in self.bad:
            self.inside -= 1
            raise ValueError("bad frame")
        self.seen.append((frame.index, boxes[0].score * 255))
        self.inside -= 1

    def failed(self, fault: Exception) -> None:
        self.faults.append(str(fault))


def test_every_camera_gets_its_own_boxes_in_order() -> None:
    engine = Engine(Seeing(), runners=2, most=8)
    cameras = {f"c{n}": Camera() for n in range(10)}
    for key, camera in cameras.items():
        engine.join(key, camera, depth=50, keeps=True)

    def feed(key: str, number: int) -> None:
        for index in range(40):
            engine.put(key, _frame(key, index, (number * 20 + index) % 256 or 1))

    values = {key: n for n, key in enumerate(cameras)}
    threads = [threading.Thread(target=feed, args=item) for item in values.items()]
    for thread in threads:
        thread.start()
    _until(lambda: sum(len(camera.seen) + len(camera.faults) for camera in cameras.values()) == 400)
    engine.close()
    for key, camera in cameras.items():
        expected = [(i, (values[key] * 20 + i) % 256 or 1) for i in range(40)]
        expected = [(i, value) for i, value in expected if value != 13]
        assert [i for i, _ in camera.seen] == [i for i, _ in expected]
        assert [s for _, s in camera.seen] == pytest.approx([value for _, value in expected])


def test_a_camera_that_raises_takes_no_other_with_it() -> None:
    engine = Engine(Seeing(), runners=1)
    good, bad = Camera(), Camera(bad=frozenset({1}))
    engine.join("good", good, depth=9, keeps=True)
    engine.join("bad", bad, depth=9, keeps=True)
    for index in range(4):
        engine.put("bad", _frame("bad", index, 5))
        engine.put("good", _frame("good", index, 5))
    _until(lambda: len(good.seen) == 4 and len(bad.seen) == 3)
    engine.close()
    assert bad.faults == ["bad frame"]


def test_a_picture_that_breaks_the_detector_spoils_no_batch() -> None:
    detector = Seeing()
    engine = Engine(detector, runners=1)
    cameras = [Camera() for _ in range(4)]
    for n, camera in enumerate(cameras):
        engine.join(f"c{n}", camera)
    for n in range(4):
        engine.put(f"c{n}", _frame(f"c{n}", 0, 13 if n == 2 else 7))
    _until(lambda: sum(len(c.seen) + len(c.faults) for c in cameras) == 4)
    engine.close()
    assert [len(camera.seen) for camera in cameras] == [1, 1, 0, 1]
    assert cameras[2].faults == ["thirteen"]


def test_a_slow_detector_costs_frames_not_memory() -> None:
    engine = Engine(Seeing(slow_s=0.05), runners=1)
    camera = Camera()
    engine.join("a", camera)
    for index in range(200):
        engine.put("a", _frame("a", index, 5))
        time.sleep(0.001)
    _until(lambda: engine.waiting.idle("a"))
    engine.close()
    assert camera.seen[-1][0] == 199  # the newest is never lost
    assert len(camera.seen) + engine.waiting.dropped == 200


def test_a_swap_between_batches_loses_no_frame() -> None:
    first, second = Seeing("seeing@1"), Seeing("seeing@2")
    engine = Engine(first, runners=2)
    camera = Camera()
    engine.join("a", camera, depth=4, keeps=True)
    for index in range(100):
        if index == 50:
            engine.swap(second)
        engine.put("a", _frame("a", index, 5))
    _until(lambda: len(camera.seen) == 100)
    engine.close()
    assert [index for index, _ in camera.seen] == list(range(100))
    assert first.sizes and second.sizes


def test_engines_are_made_once_and_closed_when_unused() -> None:
    loaded: list[str] = []

    def load(model: str) -> Seeing:
        loaded.append(model)
        return Seeing(model)

    engines = Engines(load, idle_s=0)
    one = engines.get("m@1")
    assert engines.get("m@1") is one
    one.join("a", Camera())
    engines.get("m@2")
    engines.tidy()
    assert engines.models == ("m@1",)
    assert loaded == ["m@1", "m@2"]
    engines.close()
