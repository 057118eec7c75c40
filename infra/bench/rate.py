"""Frames a second, by the clock and by CPU time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ROUND_S = 1.5


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


def repeated(act: Callable[[Any], Any], what: Any, size: int) -> Rate:
    """Of `size` frames at a time, again and again after once to warm up."""
    act(what)

    def loop() -> int:
        ends, done = time.perf_counter() + ROUND_S, 0
        while time.perf_counter() < ends:
            act(what)
            done += size
        return done

    return Rate.of(loop)
