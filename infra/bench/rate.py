"""Frames a second, by the clock and by CPU time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ROUND_S = 1.5
WARMS = 8  # a large batch of a large graph takes seconds: once more tells nothing


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

    def with_(self, other: "Rate") -> "Rate":
        """The mean of two."""
        return Rate((self.clock + other.clock) / 2, (self.cpu + other.cpu) / 2)


def repeated(act: Callable[[Any], Any], what: Any, size: int, callers: int = 1) -> Rate:
    """Of `size` frames at a time, again and again by each caller; small batches warm up once."""
    if size <= WARMS:
        act(what)
    done = [0] * callers

    def loop(n: int, ends: float) -> None:
        while time.perf_counter() < ends:
            act(what)
            done[n] += size

    def all_of_them() -> int:
        ends = time.perf_counter() + ROUND_S
        threads = [threading.Thread(target=loop, args=(n, ends)) for n in range(1, callers)]
        for thread in threads:
            thread.start()
        loop(0, ends)
        for thread in threads:
            thread.join()
        return sum(done)

    return Rate.of(all_of_them)
