"""Runs a detector over what waits, and hands each camera its boxes.

With two runners one prepares and follows while the other's batch is in the network. A camera is
under way in one batch at most, so its sink is called in order and by one thread at a time.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from city.contracts.cameras import Box

from gpu_workers.cameras.inference.waiting import Waiting
from gpu_workers.cameras.seen import Detector, Frame, Picture

log = logging.getLogger(__name__)
MOST, MOST_ON_CPU = 32, 4  # a CPU gains nothing by larger batches, and cameras wait for them
IDLE_S = 60.0


class Sink(Protocol):
    """A camera, as an engine sees it."""

    def saw(self, frame: Frame, boxes: Sequence[Box]) -> None:
        """Boxes of one of its frames."""
        ...

    def failed(self, fault: Exception) -> None:
        """Its own code, or the detector on its frame, raised."""
        ...


@dataclass(slots=True)
class Work:
    """What an engine did so far."""

    batches: int = 0
    frames: int = 0
    faults: int = 0


class Engine:
    """One detector and the threads that feed it."""

    def __init__(self, detector: Detector, *, runners: int = 2, most: int | None = None,
                 waiting: Waiting | None = None) -> None:  # fmt: skip
        self.detector = detector
        self.waiting = waiting or Waiting()
        self.work = Work()
        self._most = most or (MOST_ON_CPU if detector.provider.startswith("CPU") else MOST)
        self._sinks: dict[str, Sink] = {}
        self._closed = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"engine-{n}", daemon=True)
            for n in range(runners)
        ]
        for thread in self._threads:
            thread.start()

    def join(self, key: str, sink: Sink, *, depth: int = 1, keeps: bool = False) -> None:
        """A camera or recording begins to put frames."""
        self._sinks[key] = sink
        self.waiting.join(key, depth=depth, keeps=keeps)

    def leave(self, key: str) -> None:
        """It ends; a batch under way may still come."""
        self.waiting.leave(key)
        self._sinks.pop(key, None)

    def put(self, key: str, frame: Frame) -> None:
        """See `Waiting.put`."""
        self.waiting.put(key, frame)

    @property
    def busy(self) -> bool:
        """Whether any camera uses it."""
        return bool(self._sinks)

    def swap(self, detector: Detector) -> None:
        """Take a detector that is loaded and warm from the next batch on."""
        self.detector = detector

    def close(self) -> None:
        """Stop after the batches under way."""
        self._closed.set()
        self.waiting.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=10)

    def _run(self) -> None:
        while not self._closed.is_set():
            batch = self.waiting.take(self._most)
            if batch:
                self._batch(batch)

    def _batch(self, batch: list[tuple[str, Frame]]) -> None:
        found = self._detected([frame.picture for _, frame in batch])
        for (key, frame), boxes in zip(batch, found, strict=True):
            sink = self._sinks.get(key)
            if sink is not None:
                _told(sink, frame, boxes)
            self.waiting.finished(key)
        self.work.batches += 1
        self.work.frames += len(batch)

    def _detected(self, pictures: Sequence[Picture]) -> Sequence[list[Box] | Exception]:
        """Boxes of each; after a fault each picture alone, so that one cannot spoil the others."""
        try:
            return self.detector.detect(pictures)
        except Exception as fault:  # noqa: BLE001 - whatever a runtime raises, cameras go on
            self.work.faults += 1
            log.warning("a batch of %d failed: %s", len(pictures), type(fault).__name__)
            if len(pictures) == 1:
                return [fault]
            return [one for picture in pictures for one in self._detected([picture])]


def _told(sink: Sink, frame: Frame, boxes: list[Box] | Exception) -> None:
    try:
        if isinstance(boxes, Exception):
            sink.failed(boxes)
        else:
            sink.saw(frame, boxes)
    except Exception as fault:  # noqa: BLE001 - one camera's fault is its own
        sink.failed(fault)


LoadDetector = Callable[[str], Detector]


class Engines:
    """One engine for each model in use; loaded when first wanted, closed when nobody uses it."""

    def __init__(
        self,
        load: LoadDetector,
        *,
        runners: int = 2,
        most: int | None = None,
        idle_s: float = IDLE_S,
    ) -> None:
        self._load = load
        self._runners = runners
        self._most = most
        self._idle_s = idle_s
        self._made: dict[str, Engine] = {}
        self._wanted: dict[str, float] = {}
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}

    def get(self, model: str) -> Engine:
        """The engine of `name@version`, warm. Everybody else goes on while a model loads.

        Raises:
            BadModel: it is not there, or cannot be used.
        """
        with self._lock:
            loading = self._loading.setdefault(model, threading.Lock())
        with loading:
            found = self._found(model)
            if found is None:
                engine = Engine(self._load(model), runners=self._runners, most=self._most)
                with self._lock:
                    self._made[model], self._wanted[model] = engine, time.monotonic()
                return engine
            return found

    def _found(self, model: str) -> Engine | None:
        with self._lock:
            if model in self._made:
                self._wanted[model] = time.monotonic()
            return self._made.get(model)

    def tidy(self) -> None:
        """Close what nobody has used or asked for lately."""
        old = time.monotonic() - self._idle_s
        with self._lock:
            for name, engine in self._made.items():
                if engine.busy:
                    self._wanted[name] = time.monotonic()
            unused = [name for name in self._made if self._wanted[name] <= old]
            closing = [self._made.pop(name) for name in unused]
        for engine in closing:
            engine.close()

    @property
    def models(self) -> tuple[str, ...]:
        """What is loaded."""
        return tuple(self._made)

    @property
    def provider(self) -> str:
        """The execution provider that was taken, or `none` before anything is loaded."""
        return next((e.detector.provider for e in list(self._made.values())), "none")

    @property
    def dropped(self) -> int:
        """Frames that made room for newer ones."""
        return sum(engine.waiting.dropped for engine in list(self._made.values()))

    def close(self) -> None:
        """Stop all."""
        for engine in list(self._made.values()):
            engine.close()
