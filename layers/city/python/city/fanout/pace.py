"""How fast one server is asked: a token bucket that follows what the server says.

A server that throttles (429, 503, ESME_RTHROTTLED) is asked half as often, and every message it
takes lets the pace grow again (additive increase, multiplicative decrease, as TCP does). One that
throttles or stays silent several times in a row, or says 503 and until when, is left alone for a
while: whoever is there waits in the queue, and the slice goes on with everybody else. A pace
belongs to one process; the ceiling is that of one process, not of the city.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

SLOWEST = 5.0  # messages a second
GROWTH = 0.02  # of the ceiling, for each second's worth of accepted messages
PATIENCE_S = 2.0  # a message that would wait longer goes back to the queue
STRIKES = 3
REST_S = 10.0


@dataclass(slots=True)
class Bucket:
    """The pace of one server. Times are seconds of a monotonic clock."""

    ceiling: float
    rate: float
    tokens: float
    at: float
    closed_until: float = 0.0
    strikes: int = 0
    slowed_at: float = float("-inf")

    def take(self, now: float) -> float:
        """Seconds to wait before one more message. Over `PATIENCE_S` nothing was reserved."""
        if now < self.closed_until:
            return self.closed_until - now
        self.tokens = min(self.rate, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        wait = (1 - self.tokens) / self.rate
        if wait <= PATIENCE_S:
            self.tokens -= 1
        return wait

    def accepted(self) -> None:
        """It took a message."""
        self.strikes = 0
        if self.rate < self.ceiling:
            self.rate = min(self.ceiling, self.rate + GROWTH * self.ceiling / self.rate)

    def pushed_back(self, now: float, retry_after_s: float, *, closes: bool) -> None:
        """It asked for less, or did not answer. `closes`: the whole server said so."""
        if now - self.slowed_at >= 1:  # a burst of refusals is one
            self.rate = max(SLOWEST, self.rate / 2)
            self.tokens = min(self.tokens, 0.0)
            self.slowed_at = now
        self.strikes += 1
        if closes or self.strikes >= STRIKES:
            until = now + (retry_after_s or REST_S)
            self.closed_until = max(self.closed_until, until)


@dataclass(slots=True)
class Pace:
    """Every server's pace, by name."""

    ceiling: float = 10_000.0
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def of(self, server: str) -> Bucket:
        """A server's bucket."""
        held = self._buckets.get(server)
        if held is None:
            held = Bucket(self.ceiling, self.ceiling, self.ceiling, self.clock())
            self._buckets[server] = held
        return held
