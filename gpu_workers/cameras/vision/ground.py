"""What stands on the ground that did not stand there before: static foreground, with no detector.

Two models of one small picture: a slow one of how the place looks, a fast one of what shows just
now. What differs from the slow and agrees with the fast has come and stays (Porikli 2007,
"Detection of temporarily static regions by processing video at different frame rates"). The slow
one learns only where nothing stands, so a thing is not forgotten while it lies there; what has
stood for `forgets_s` is part of the place. When most of the picture differs, its light has changed:
both follow by gain and lift of each colour, and begin anew if that explains nothing for long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import cv2
import numpy as np
import numpy.typing as npt
from city.contracts.cameras import Box
from city.contracts.watching import Label, Point

from gpu_workers.cameras.seen import Picture

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

HIGH = 180  # rows of the small picture
LEAST_APART = 9.0  # grey levels in the colour that differs most
NOISES = 6.0  # times the median of what differs from frame to frame
EVERY_S = 0.3  # more often says no more and costs as much as a small detector
STAYS_S = 2.0  # until what shows counts as standing
STEADY, STEADY_S = 0.7, 3.0  # the share of the latest seconds in which it showed: a lamp blinks
PATIENCE_S, PATIENCE = 0.6, 2  # what hides a thing for less, in seconds and frames, changes nothing
FAST = 0.25  # of a difference at each frame
SLOW_S = 20.0  # in which the slow model follows the light
NEW_LIGHT = 0.3  # of the picture that differs
UNLIKE_S = 5.0  # of pictures that nothing explains: begin anew
LOST_S = 30.0  # without a frame: begin anew
LEAST_PX, LEAST_FILLED, EDGE = 12, 0.4, 3
MARGIN = 0.1  # around the zone, in shares of the picture


@dataclass(frozen=True, slots=True)
class Standing:
    """A thing: its box in shares, when it began to show, how clearly it stands out (1: barely)."""

    top_left: Point
    bottom_right: Point
    since: datetime
    clear: float

    def box(self, label: Label, score: float) -> Box:
        """As a detector would say it."""
        return Box(label=label, score=score, top_left=self.top_left, bottom_right=self.bottom_right)


class Ground:
    """The ground of a zone; sees each frame once, in order."""

    def __init__(self, zone: Sequence[Point], forgets_s: float) -> None:
        (left, top), (right, bottom) = np.min(zone, axis=0), np.max(zone, axis=0)
        self._low = (max(0.0, left - MARGIN), max(0.0, top - MARGIN))
        self._high = (min(1.0, right + MARGIN), min(1.0, bottom + MARGIN))
        self._forgets_s = forgets_s
        self._last: datetime | None = None
        self._began: datetime
        self._unlike_s = 0.0
        self._told: list[Standing] = []

    def look(self, picture: Picture, at: datetime) -> list[Standing]:
        """What stands there now; of frames in quick succession only some are looked at."""
        waited = (at - self._last).total_seconds() if self._last else LOST_S
        if 0 <= waited < EVERY_S:
            return self._told
        now, part = self._small(picture)
        if not 0 < waited < LOST_S or now.shape != self._slow.shape:
            self._told = self._begin(now, at)
        else:
            self._told = self._look(now, part, at, waited)
        return self._told

    def _look(
        self, now: Floats, part: tuple[float, ...], at: datetime, step: float
    ) -> list[Standing]:
        t = (at - self._began).total_seconds()
        self._last = at
        apart = _apart(now, self._slow)
        if np.count_nonzero(apart > self._limit) > NEW_LIGHT * apart.size:
            if not self._follow_light(now):  # a bus in front, or another place
                self._unlike_s += step
                return self._told if self._unlike_s < UNLIKE_S else self._begin(now, at)
            apart = _apart(now, self._slow)
        self._unlike_s = 0.0
        self._show(now, t, step)
        there = apart > self._limit
        age = t - self._since
        self._learn(now, step, there, age > self._forgets_s)
        return self._things(there & (age >= STAYS_S) & (self._steady >= STEADY), apart, part)

    def _small(self, picture: Picture) -> tuple[Floats, tuple[float, float, float, float]]:
        """The zone's part of the picture, small and smooth, and where it lies in shares."""
        h, w = picture.shape[:2]
        x0, y0 = int(self._low[0] * w), int(self._low[1] * h)
        x1, y1 = int(np.ceil(self._high[0] * w)), int(np.ceil(self._high[1] * h))
        part = picture[y0:y1, x0:x1]
        scale = min(1.0, HIGH / h)
        size = max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale))
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        smooth = cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)
        return smooth, (x0 / w, y0 / h, (x1 - x0) / w, (y1 - y0) / h)

    def _begin(self, now: Floats, at: datetime) -> list[Standing]:
        self._slow, self._fast = now.copy(), now.copy()
        blank = np.zeros(now.shape[:2], np.float32)
        self._since = blank.copy()  # seconds after the beginning
        self._others, self._other_s = blank.copy(), blank.copy()  # something else: frames, seconds
        self._steady = blank.copy()
        self._limit = LEAST_APART
        self._unlike_s = 0.0
        self._began = self._last = at
        return []

    def _show(self, now: Floats, t: float, step: float) -> None:
        """Bring the fast model up to date. A short cover changes nothing in it."""
        apart = _apart(now, self._fast)
        noise = float(np.median(apart[::4, ::4]))
        self._limit += 0.1 * (max(LEAST_APART, NOISES * noise) - self._limit)
        agrees = apart <= self._limit
        cv2.accumulateWeighted(now, self._fast, FAST, mask=agrees.view(np.uint8))
        cv2.accumulateWeighted(agrees.astype(np.float32), self._steady, min(1.0, step / STEADY_S))
        self._others += 1
        self._other_s += step
        self._others[agrees] = 0
        self._other_s[agrees] = 0
        new = (self._others >= PATIENCE) & (self._other_s >= PATIENCE_S)
        self._fast[new] = now[new]
        self._since[new] = t - self._other_s[new]
        self._others[new] = 0
        self._other_s[new] = 0

    def _learn(self, now: Floats, step: float, there: Flags, old: Flags) -> None:
        calm = ~there & (self._others == 0)
        rate = min(1.0, step / SLOW_S)
        cv2.accumulateWeighted(now, self._slow, rate, mask=calm.view(np.uint8))
        self._slow[old] = self._fast[old]

    def _follow_light(self, now: Floats) -> bool:
        """Both models in the light of the picture, by a robust line for each colour, if it fits."""
        few = np.s_[::3, ::3]
        lines = [_line(self._slow[few][..., k].ravel(), now[few][..., k].ravel()) for k in range(3)]
        gains, lifts = np.array(lines, np.float32).T
        slow = np.asarray(self._slow * gains + lifts, np.float32)
        if np.mean(_apart(now, slow) > self._limit) > NEW_LIGHT:
            return False
        self._slow, self._fast = slow, np.asarray(self._fast * gains + lifts, np.float32)
        return True

    def _things(self, standing: Flags, apart: Floats, part: tuple[float, ...]) -> list[Standing]:
        mask = cv2.morphologyEx(
            standing.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)
        )
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        high, wide = mask.shape
        found = []
        for n in range(1, count):
            x, y, w, h, area = (int(v) for v in stats[n])
            if area < LEAST_PX or area < LEAST_FILLED * w * h:
                continue
            # With some ground around it, for its outline.
            here = np.s_[max(0, y - EDGE) : y + h + EDGE, max(0, x - EDGE) : x + w + EDGE]
            solid = labels[here] == n
            if _edges(self._slow[here], solid) >= _edges(self._fast[here], solid):
                continue  # its outline is in the slow model: something has gone from here
            mine = solid & standing[here]
            left, top = part[0] + x / wide * part[2], part[1] + y / high * part[3]
            right, bottom = (
                part[0] + (x + w) / wide * part[2],
                part[1] + (y + h) / high * part[3],
            )
            found.append(
                Standing(
                    (left, top), (min(1.0, right), min(1.0, bottom)),
                    self._began + timedelta(seconds=float(np.median(self._since[here][mine]))),
                    float(apart[here][mine].mean()) / self._limit,
                )
            )  # fmt: skip
        return found


def _apart(a: Floats, b: Floats) -> Floats:
    """How far two pictures are apart, in the colour that differs most."""
    blue, green, red = cv2.split(cv2.absdiff(a, b))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.float32)


def _edges(picture: Floats, solid: Flags) -> float:
    """The mean strength of edges along an outline."""
    around = np.ones((3, 3), np.uint8)
    mask = solid.view(np.uint8)
    edge = cv2.dilate(mask, around) != cv2.erode(mask, around)
    across = cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=3)
    return float(np.hypot(across[edge], down[edge]).max(axis=1).mean())


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """(gain, lift) of y over x by least squares, twice: the second time without what is far off."""
    kept = np.ones(len(x), bool)
    gain, lift = 1.0, 0.0
    for _ in range(2):
        mx, my = float(x[kept].mean()), float(y[kept].mean())
        spread = float(((x[kept] - mx) ** 2).mean())
        gain = float(((x[kept] - mx) * (y[kept] - my)).mean()) / spread if spread > 1 else 1.0
        lift = my - gain * mx
        off = np.abs(gain * x + lift - y)
        kept = off <= 2.5 * max(float(np.median(off)), 1.0)
    return gain, lift
