"""Metres of water on a staff gauge."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import numpy.typing as npt
from city.contracts.watching import WaterLevel

from gpu_workers.cameras.seen import Picture

from ..rectify import rectified
from ..view import Sight, View

ROWS, COLUMNS = 400, 32
EDGE = 3  # rows at both ends that say nothing
FRAMES = 5  # a reading is the median of so many, so that a wave or a bird is no level
Floats = npt.NDArray[np.float64]


class WaterLevelLooker:
    """Reads every frame, says the median every `every_s`."""

    def __init__(self, rule: WaterLevel) -> None:
        self._rule = rule
        self._last: deque[tuple[float, float]] = deque(maxlen=FRAMES)
        self._said: datetime | None = None

    def look(self, view: View) -> Iterator[Sight]:
        """A reading, when it is time and the readings agree."""
        strip = rectified(view.picture, self._rule.corners, (COLUMNS, ROWS))
        share, sure = water_line(strip)
        self._last.append((share, sure))
        due = self._said is None or (view.at - self._said).total_seconds() >= self._rule.every_s
        if not due or len(self._last) < FRAMES:
            return
        shares = [s for s, _ in self._last]
        metres = self._rule.top_m - float(np.median(shares)) * (
            self._rule.top_m - self._rule.bottom_m
        )
        spread = float(np.ptp(shares)) * (self._rule.top_m - self._rule.bottom_m)
        confidence = float(np.median([c for _, c in self._last])) / (1.0 + 10.0 * spread)
        if confidence >= self._rule.min_score:
            self._said = view.at
            yield Sight(
                f"{view.at.isoformat()}",
                confidence,
                since=view.at,
                measures={"level_m": round(metres, 3), "spread_m": round(spread, 3)},
            )


def water_line(strip: Picture) -> tuple[float, float]:
    """Where the staff goes under, as a share of the strip from its top, and how sure (0 to 1).

    Above the water the staff is marked: its rows differ between left and right and from their
    neighbours. Below it is plain. The line is the split that separates the two best: the maximum
    of the running sum of (marks - threshold), as in a change-point test on the mean.
    """
    marks = _marks(strip)
    high, low = np.percentile(marks, [85, 10])
    if high - low < 1e-6:
        return 1.0, 0.0
    gain = np.cumsum(marks - (high + low) / 2)
    split = int(np.argmax(gain))
    above, below = marks[: split + 1], marks[split + 1 :]
    if len(above) < 8 or len(below) < 8:
        return (split + 1) / len(marks), 0.3
    noise = float(np.std(below)) + 0.25 * float(np.std(above)) + 1e-6
    sure = 1.0 - float(np.exp(-(above.mean() - below.mean()) / (2.0 * noise)))
    return _edge(strip, split) / len(marks), max(0.0, min(1.0, sure))


def _edge(strip: Picture, split: int) -> float:
    """The row, near the split, below which all is the colour of the water."""
    tones = strip.astype(np.float64)
    rows, reach = len(tones), len(tones) // 20
    plain = tones[min(split + reach, rows - 2) :]
    water = np.median(plain.reshape(-1, 3), axis=0)
    off = np.abs(tones - water).sum(axis=2).mean(axis=1)
    calm = np.abs(plain - water).sum(axis=2).mean(axis=1)
    staff = float(np.median(off[max(0, split - 4 * reach) : split + 1]))
    limit = float(calm.mean()) + 0.35 * max(staff - float(calm.mean()), 1e-6)
    low, high = max(0, split - 2 * reach), min(rows, split + reach)
    wet = np.nonzero(off[low:high] > limit)[0]
    return float(low + wet[-1] + 1) if len(wet) else float(split + 1)


def _marks(strip: Picture) -> Floats:
    """How marked each row is: contrast within the row and to the rows around, in colour."""
    tones = strip.astype(np.float64)
    rows = tones.shape[0]
    within = tones.std(axis=1).sum(axis=1)
    profile = tones.mean(axis=1)
    reach = max(2, rows // 60)
    around = np.abs(
        profile[np.minimum(np.arange(rows) + reach, rows - 1)]
        - profile[np.maximum(np.arange(rows) - reach, 0)]
    ).sum(axis=1)
    light = profile.sum(axis=1)
    marks = within + around + 0.5 * np.maximum(light - np.percentile(light, 10), 0)
    width = max(3, rows // 25)
    kernel = np.ones(width) / width
    padded = np.pad(marks, width, mode="edge")
    smooth: Floats = np.convolve(padded, kernel, mode="same")[width:-width]
    return smooth
