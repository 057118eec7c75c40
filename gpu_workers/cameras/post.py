"""One assignment at work: the thread that reads its stream, its place in a batch, its memory.

Whatever a post's stream or rules raise is its own affair. A source that is away is waited for; a
post whose own code fails again and again is poisoned, and given back with a reason and a delay.
"""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal

from city.contracts.cameras import (
    Box,
    CameraConfig,
    TakeOver,
)

from gpu_workers.cameras.assign.keeper import POISONED_S, UNREADABLE_S, Held, Keeper
from gpu_workers.cameras.city import Over, Superseded, Unknown, Unreachable
from gpu_workers.cameras.days import Days
from gpu_workers.cameras.evidence.gather import Witness
from gpu_workers.cameras.inference.engine import Engine
from gpu_workers.cameras.inference.session import BadModel
from gpu_workers.cameras.seen import Frame, Watch
from gpu_workers.cameras.signals import Patience, heads_of
from gpu_workers.cameras.sources.backoff import Backoff
from gpu_workers.cameras.sources.excerpt import excerpt
from gpu_workers.cameras.sources.feed import Feed
from gpu_workers.cameras.sources.stream import SourceFault
from gpu_workers.cameras.tools import Tools

log = logging.getLogger(__name__)
FAULTS, FAULTS_S = 3, 120.0  # so many of its own in so long poison a post
JOB_TRIES = 3
Ended = Literal["done", "failed"]
JOB_DEPTH = 8  # frames of a recording that may wait: a batch's worth while cameras are few
EPOCH_BEGINS = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


@dataclass(slots=True, eq=False)
class Post:
    """A held assignment being watched."""

    held: Held
    keeper: Keeper
    tools: Tools
    key: str = ""
    config: CameraConfig | None = None
    feed: Feed | None = None
    last: Frame | None = None
    ended: Ended | None = None  # a job's last word, until it was heard
    reason: str | None = None
    refused: bool = False
    poisoned: bool = False
    unmet: str | None = None  # why the newest configuration is not in force
    engine: Engine | None = None
    _days: Days = field(default_factory=Days)
    _patience: Patience = field(init=False)
    _watch: Watch | None = None
    _faults: deque[float] = field(default_factory=lambda: deque(maxlen=FAULTS))
    _stopped: threading.Event = field(default_factory=threading.Event)
    _renewing: threading.Lock = field(default_factory=threading.Lock)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        told = self.held.assignment
        self._patience = Patience(self.tools.signals, self.tools.clock)
        self.key = told.camera_id if told.kind == "camera" else f"{told.camera_id}/{told.job_id}"

    @property
    def is_job(self) -> bool:
        """A recording or a search."""
        return self.held.assignment.kind != "camera"

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name=f"post-{self.key}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write nothing from now on; the thread ends when its stream lets go of it."""
        self._stopped.set()
        feed, engine = self.feed, self.engine
        self.tools.signals.want(self.key, frozenset())
        if feed:
            feed.stopped.set()
        if engine:
            engine.leave(self.key)

    def join(self, seconds: float) -> None:
        """Wait for the thread."""
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(seconds)

    # The thread

    def _run(self) -> None:
        try:
            if self._open():
                self._watch_on()
        except Exception as fault:
            log.exception("post %s", self.key)
            self._poisoned(type(fault).__name__)

    def _open(self) -> bool:
        """Take the camera over and get ready; False when there is nothing to do."""
        backoff = Backoff()
        told = self.held.assignment
        ask = TakeOver(worker=self.tools.worker, generation=told.generation, job_id=told.job_id)
        while not self._stopped.is_set():
            try:
                config = self.config = self.tools.city.take_over(told.camera_id, ask)
                engine = self.tools.engines.get(config.model)
            except Over:
                self.keeper.done(self.held, "over")
                return False
            except Unknown:
                self.keeper.give_back(self.held, "unknown camera", after_s=UNREADABLE_S)
                return False
            except BadModel as fault:
                self._poisoned(str(fault))
                return False
            except (Unreachable, Superseded) as fault:
                self.reason = f"the city: {fault}"
                self._stopped.wait(backoff.failed())
                continue
            self._ready(config, engine)
            return True
        return False

    def _ready(self, config: CameraConfig, engine: Engine) -> None:
        told = self.held.assignment
        self._surround(config)
        signals = self.tools.signals
        watch = self.tools.make_watch(config, calendar=self._days, signals=signals)
        feed = Feed(
            config.camera_id,
            told.recording_key if self.is_job and told.recording_key else config.source,
            "steady" if self.is_job else config.sampling,
            config.sample_fps,
            self.tools.reading,
            self._put,
            (told.recorded_from or EPOCH_BEGINS) if self.is_job else None,
            clock=self.tools.clock,
            monotonic=self.tools.monotonic,
            stopped=self._stopped,
        )
        with self._lock:
            self.config, self._watch, self.feed, self.reason = config, watch, feed, None
            self.engine = engine
            engine.join(self.key, self, depth=JOB_DEPTH if self.is_job else 1, keeps=self.is_job)
        if self._stopped.is_set():
            engine.leave(self.key)

    def _surround(self, config: CameraConfig) -> None:
        """What its rules need to know beside the picture. A recording's signals are forgotten."""
        self._days.known = config.calendar
        heads = frozenset() if self.is_job else heads_of(config.rules)
        self._patience.heads = heads
        self.tools.signals.want(self.key, heads)

    def _put(self, frame: Frame) -> None:
        self.last = frame
        if self.engine:
            self.engine.put(self.key, frame)

    def _watch_on(self) -> None:
        assert self.feed is not None  # noqa: S101 - `_ready` made it
        backoff, failures = Backoff(), 0
        while not self._stopped.is_set():
            began = self.tools.monotonic()
            try:
                self.feed.run()
                if self.is_job and not self._stopped.is_set():
                    self._finish("done")
                    return
                continue  # another address, or stopped
            except SourceFault as fault:
                self.refused, self.reason = fault.refused, str(fault)
                failures += 1
                if self.is_job and (fault.refused or failures >= JOB_TRIES):
                    self._finish("failed")
                    return
            except Exception as fault:  # noqa: BLE001 - reading is others' code; counted
                self.failed(fault)
            self._stopped.wait(backoff.failed(self.tools.monotonic() - began))

    def _finish(self, word: Ended) -> None:
        """A recording is over when its last frame was dealt with and its evidence is out."""
        while self.engine and not self.engine.waiting.idle(self.key):
            if self._stopped.wait(0.05):
                return
        while self.tools.gatherer.waiting(self.held.assignment.job_id or ""):
            if self._stopped.wait(0.05):
                return
        self.ended = word

    # The engine's side

    def saw(self, frame: Frame, boxes: Sequence[Box]) -> None:
        """See `Sink`: the rules' turn. Nothing is written once the assignment may be another's."""
        with self._lock:
            if self._stopped.is_set() or self._watch is None or self.feed is None:
                return
            for waited, theirs in self._patience.ready(frame, boxes):
                self._step(self._watch, self.feed, waited, theirs)

    def _step(self, watch: Watch, feed: Feed, frame: Frame, boxes: Sequence[Box]) -> None:
        happenings = watch.step(frame, boxes)
        if not happenings or self.config is None:
            return
        if not self.held.ours(self.tools.monotonic()):
            return
        witness = self._witness(self.config, feed)
        for happening in happenings:
            told = self.tools.signals.with_error(happening)
            self.tools.gatherer.happened(told, witness, boxes)

    def _witness(self, config: CameraConfig, feed: Feed) -> Witness:
        told, began = self.held.assignment, feed.recorded_from
        again = None if began is None else partial(excerpt, feed.source, feed.reading, began)
        return Witness(config, feed.ring, feed.head, self.tools.worker, told.job_id, again)

    def failed(self, fault: Exception) -> None:
        """See `Sink`: counted, and too many are poison."""
        now = self.tools.monotonic()
        log.warning("post %s: %s", self.key, type(fault).__name__, exc_info=fault)
        self._faults.append(now)
        self.reason = f"{type(fault).__name__} in its own code"
        if len(self._faults) == FAULTS and now - self._faults[0] <= FAULTS_S:
            self._poisoned(self.reason)

    def _poisoned(self, reason: str) -> None:
        self.reason, self.poisoned = reason[:200], True
        if self.is_job:
            self.ended = "failed"
        else:
            self.keeper.give_back(self.held, reason, after_s=POISONED_S)

    # Orders

    def renew(self) -> None:
        """Take a changed configuration, in a thread of its own: a model may load for minutes."""
        if self._renewing.acquire(blocking=False):
            threading.Thread(target=self._renew, name=f"renew-{self.key}", daemon=True).start()

    def _renew(self) -> None:
        try:
            self._take_changes()
        except Superseded:
            self.keeper.let_go(self.held, "another's")
        except Exception as fault:
            log.exception("renewal of %s", self.key)
            self.unmet = type(fault).__name__
        finally:
            self._renewing.release()

    def _take_changes(self) -> None:
        """A new model is warm before the old one is left."""
        before, told = self.config, self.held.assignment
        if before is None or self._stopped.is_set():
            return
        ask = TakeOver(
            worker=self.tools.worker, generation=told.generation, held_epoch=before.epoch
        )
        try:
            config = self.tools.city.take_over(told.camera_id, ask)
            engine = self.tools.engines.get(config.model)
        except (Unreachable, Unknown):
            return  # the next health report orders it again
        except Over:
            self.keeper.done(self.held, "over")
            return
        except BadModel as fault:
            self.unmet = str(fault)[:200]  # goes on with what it has
            return
        with self._lock:
            self._renewed(before, config, engine)

    def _renewed(self, before: CameraConfig, config: CameraConfig, engine: Engine) -> None:
        if self._watch is None or self.feed is None:
            return
        self._surround(config)
        self._watch.renew(config)
        self.config, self.unmet = config, None
        if engine is not self.engine and self.engine is not None:
            engine.join(self.key, self)
            self.engine, old = engine, self.engine
            old.leave(self.key)
        self.feed.resample(config.sampling, config.sample_fps)
        keys = {before.sampling, config.sampling}
        if config.source != before.source or (len(keys) == 2 and "key_frames" in keys):
            self._reopen(config)

    def _reopen(self, config: CameraConfig) -> None:
        """The present reading ends, and the loop opens the source as it is now."""
        assert self.feed is not None  # noqa: S101 - the caller looked
        self.feed.source = config.source
        self.feed.again.set()
