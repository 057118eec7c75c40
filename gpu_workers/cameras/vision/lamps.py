"""The phase of a traffic light from the picture of its lamps."""

from collections import deque
from datetime import datetime
from itertools import pairwise

import cv2
import numpy as np
from city.contracts.watching import RedLight, SignalRegion, StopLine

from gpu_workers.cameras.seen import Picture

from .view import Phase, SignalFeed, View

ORDER: tuple[Phase, ...] = ("red", "yellow", "green")
HUES: dict[Phase, tuple[tuple[int, int], ...]] = {  # OpenCV's half degrees
    "red": ((0, 14), (166, 180)),
    "yellow": ((14, 38),),
    "green": ((38, 100),),
}
_KINDS = np.full(256, -1, np.int8)  # of each hue: its place in ORDER
for _place, _name in enumerate(ORDER):
    for _low, _high in HUES[_name]:
        _KINDS[_low:_high] = _place
LEAST_LEAD = 1.3  # the lit third must be so much brighter than the next
AGREE = 3  # frames of the same phase before it counts


def phase_of(picture: Picture, region: SignalRegion) -> Phase:
    """Which third shines in its colour; unknown when none leads clearly."""
    h, w = picture.shape[:2]
    x0, y0 = int(region.top_left[0] * w), int(region.top_left[1] * h)
    x1, y1 = int(np.ceil(region.bottom_right[0] * w)), int(np.ceil(region.bottom_right[1] * h))
    crop = picture[y0:y1, x0:x1]
    if region.horizontal:
        crop = crop.transpose(1, 0, 2)
    if crop.shape[0] < 3 or crop.shape[1] < 1:
        return "unknown"
    hsv = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_BGR2HSV)
    full, value = hsv[:, :, 1], hsv[:, :, 2]
    coloured = (full > 70) & (value > 90)
    light = np.where(coloured, value * (0.35 + 0.65 / 255 * full), 0.0)
    kinds = _KINDS[hsv[:, :, 0]]
    tall, over = divmod(len(crop), 3)
    edges = np.cumsum([0, *(tall + (n < over) for n in range(3))])
    shine = [
        float((light[low:high] * (kinds[low:high] == n)).mean())
        for n, (low, high) in enumerate(pairwise(edges))
    ]
    best = int(np.argmax(shine))
    others = max(s for n, s in enumerate(shine) if n != best)
    return ORDER[best] if shine[best] > 12 and shine[best] > LEAST_LEAD * others else "unknown"


class Lamp:
    """A signal over time: the phase and when it began. One odd frame changes nothing."""

    def __init__(self, rule: RedLight | StopLine, feed: SignalFeed | None) -> None:
        self._rule, self._feed = rule, feed
        self._last: deque[tuple[Phase, datetime]] = deque(maxlen=AGREE)
        self._phase: Phase = "unknown"
        self._since: datetime | None = None

    def phase(self, view: View) -> tuple[Phase, datetime | None]:
        """The phase now and since when; asked once for every frame."""
        if self._rule.controller is not None:
            if self._feed is None:
                return "unknown", None
            return self._feed.phase(self._rule.controller, view.at)
        if self._rule.signal is None:
            return "unknown", None
        self._last.append((phase_of(view.picture, self._rule.signal), view.at))
        names = {name for name, _ in self._last}
        if len(self._last) == AGREE and len(names) == 1 and self._phase not in names:
            first_seen = self._since is None
            self._phase = names.pop()
            # What shone when the camera woke up began before: nobody knows when.
            self._since = view.at if first_seen else self._last[0][1]
        return self._phase, self._since
