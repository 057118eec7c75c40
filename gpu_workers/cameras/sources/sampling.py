"""Which pictures of a stream are looked at."""

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt
from city.contracts.cameras import Sampling

Grey = npt.NDArray[np.uint8]  # height, width: a small picture of brightness

CHANGED = 18.0  # of 255: more than noise and compression make
MOVING_SHARE = 0.002  # of the picture: a person at the far end of a square
LINGER_S = 5.0  # looked at in full after the last motion: things that stopped are still news
IDLE_SHARE = 0.2  # of the sampling rate while nothing moves: fires and gauges do not move
LEARN_S = 8.0  # the background follows what stays

SLACK = 0.5e-3  # presentation times are rounded


@dataclass(slots=True)
class Motion:
    """A running average of the background, and what differs from it. On pictures of 160 x 90."""

    _background: npt.NDArray[np.float32] | None = None
    _last_s: float = 0.0

    def share(self, small: Grey, at_s: float) -> float:
        """The share of the picture that differs from the background, which learns the picture."""
        now = small.astype(np.float32)
        if self._background is None or self._background.shape != now.shape:
            self._background, self._last_s = now, at_s
            return 1.0
        apart = np.abs(now - self._background)
        apart = np.abs(apart - np.median(apart))  # the whole picture grew brighter: no motion
        rate = min(1.0, max(0.0, at_s - self._last_s) / LEARN_S)
        cv2.accumulateWeighted(now, self._background, rate)
        self._last_s = at_s
        return float(np.count_nonzero(apart > CHANGED) / apart.size)


@dataclass(slots=True)
class Sampler:
    """Says of each decoded picture whether it is due, by the stream's own time."""

    sampling: Sampling
    fps: float
    motion: Motion = field(default_factory=Motion)
    _next_s: float = float("-inf")
    _moved_s: float = float("-inf")
    _idle_s: float = float("-inf")

    def due(self, at_s: float) -> bool:
        """Whether a picture of this time may be looked at; cheap, for every picture."""
        return at_s >= self._next_s - SLACK or at_s < self._next_s - 60

    def wants(self, at_s: float, lasts_s: float) -> bool:
        """Whether a picture of this time and length will be the first one past a mark of the grid.

        Asked before it is decoded, so perhaps some pictures ahead of those that were taken.
        """
        if self.sampling == "key_frames" or not math.isfinite(self._next_s):
            return True
        ahead = (at_s + SLACK - self._next_s) * self.fps
        return ahead >= 0 and math.floor(ahead) > math.floor(ahead - lasts_s * self.fps)

    def take(self, at_s: float, small: Grey | None) -> bool:
        """Whether a picture that was due is to be looked at; sets when the next one is due.

        `small` is needed by adaptive sampling only.
        """
        period = 1 / self.fps
        # On the grid of the period, not from this picture: a 25 fps stream sampled at 10 would
        # otherwise give 8.3.
        late = at_s - self._next_s
        self._next_s = self._next_s + period if 0 <= late < period else at_s + period
        if self.sampling != "adaptive" or small is None:
            return True
        if self.motion.share(small, at_s) >= MOVING_SHARE:
            self._moved_s = at_s
        if at_s - self._moved_s <= LINGER_S:
            self._idle_s = at_s
            return True
        if at_s - self._idle_s >= period / IDLE_SHARE - SLACK:
            self._idle_s = at_s
            return True
        return False
