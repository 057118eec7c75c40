"""Pictures that wait for a detector: the newest of each camera, in turn.

A camera has at most one batch under way, so its frames reach its tracker in order, and at most
`depth` frames waiting. The oldest makes room for the newest and is counted. So what waits is
bounded by the number of cameras, whatever the speed of anything. Whoever was served longest ago is
next, however often others come.
"""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from gpu_workers.cameras.seen import Frame


@dataclass(slots=True)
class _Line:
    room: threading.Condition  # its reader waits here, so that others' frames do not wake it
    frames: deque[Frame] = field(default_factory=deque)
    depth: int = 1
    keeps: bool = False  # a recording: its reader waits instead of losing frames
    under_way: int = 0
    queued: bool = False
    served: int = 0  # its number in the order of all that were ever served
    dropped: int = 0


class Waiting:
    """The frames of all cameras that share a detector."""

    def __init__(
        self, *, linger_s: float = 0.008, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._linger = linger_s
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        self._turns: list[tuple[int, int, str]] = []  # a heap: last served, came, who
        self._came = itertools.count()
        self._served = itertools.count(1)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)  # for those who take
        self._closed = False
        self.dropped = 0

    def join(self, key: str, *, depth: int = 1, keeps: bool = False) -> None:
        """A camera, or a recording (which loses nothing), begins."""
        with self._lock:
            room = threading.Condition(self._lock)
            self._lines[key] = _Line(room, depth=depth, keeps=keeps)

    def leave(self, key: str) -> None:
        """It ended; what waits is forgotten."""
        with self._lock:
            line = self._lines.pop(key, None)
            if line:
                self._turns = [turn for turn in self._turns if turn[2] != key]
                heapq.heapify(self._turns)
                line.room.notify_all()
            self._changed.notify_all()

    def put(self, key: str, frame: Frame) -> None:
        """Take a frame. Only a recording's reader ever waits here."""
        with self._lock:
            line = self._lines.get(key)
            if line is None:
                return
            while line.keeps and len(line.frames) >= line.depth and self._there(key, line):
                line.room.wait(0.5)
            if not self._there(key, line):
                return
            if len(line.frames) >= line.depth:
                line.frames.popleft()
                line.dropped += 1
                self.dropped += 1
            line.frames.append(frame)
            self._offer(key, line)

    def _there(self, key: str, line: _Line) -> bool:
        return not self._closed and self._lines.get(key) is line

    def _offer(self, key: str, line: _Line) -> None:
        if line.frames and not line.under_way and not line.queued:
            line.queued = True
            heapq.heappush(self._turns, (line.served, next(self._came), key))
            self._changed.notify_all()

    def take(self, most: int, wait_s: float = 0.5) -> list[tuple[str, Frame]]:
        """A batch: waits for the first frame, then lingers until it is full.

        At most one frame of each while others wait; what is left over goes to those (recordings)
        that have more. Empty after `wait_s` without a frame.
        """
        with self._changed:
            if not self._turns:
                self._changed.wait_for(lambda: self._turns or self._closed, wait_s)
            if not self._turns:
                return []
            until = self._clock() + self._linger
            while len(self._turns) < most and not self._closed:
                left = until - self._clock()
                if left <= 0 or self._full():
                    break
                self._changed.wait(left)
            return self._batch(most)

    def _full(self) -> bool:
        """Whether nobody is missing who could still come in."""
        return all(line.queued or line.under_way for line in self._lines.values())

    def _batch(self, most: int) -> list[tuple[str, Frame]]:
        batch: list[tuple[str, Frame]] = []
        taken: list[str] = []
        while self._turns and len(batch) < most:
            _, _, key = heapq.heappop(self._turns)
            line = self._lines[key]
            line.queued, line.under_way, line.served = False, 1, next(self._served)
            batch.append((key, line.frames.popleft()))
            taken.append(key)
        for key in taken:
            line = self._lines[key]
            while line.frames and len(batch) < most and not self._turns:
                batch.append((key, line.frames.popleft()))
                line.under_way += 1
            line.room.notify()
        self._changed.notify_all()
        return batch

    def finished(self, key: str) -> None:
        """A frame of a batch has been dealt with; its camera may be in the next."""
        with self._lock:
            line = self._lines.get(key)
            if line is None:
                return
            line.under_way = max(0, line.under_way - 1)
            self._offer(key, line)

    def idle(self, key: str) -> bool:
        """Whether nothing of this camera waits or is under way."""
        with self._lock:
            line = self._lines.get(key)
            return line is None or not (line.frames or line.under_way)

    def dropped_of(self, key: str) -> int:
        """Frames of one camera that made room for newer ones."""
        line = self._lines.get(key)
        return line.dropped if line else 0

    def close(self) -> None:
        """Nobody takes any more."""
        with self._lock:
            self._closed = True
            for line in self._lines.values():
                line.room.notify_all()
            self._changed.notify_all()
