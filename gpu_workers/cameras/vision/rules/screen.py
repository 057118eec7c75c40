"""An advertising screen: dark, frozen, or with a picture that nobody licensed."""

from collections.abc import Iterator
from datetime import datetime

import cv2
from city.contracts.watching import Screen

from gpu_workers.cameras.likeness import distance, likeness

from ..rectify import rectified
from ..view import Sight, View

SIZE = (120, 72)
COARSE = (12, 7)
PLAIN = 6.0  # grey levels: less is a switched-off panel, however much rain or haze lies before it
VEILED = 3.0


class ScreenLooker:
    """Compares hashes. Only a screen with several licensed pictures can be frozen."""

    def __init__(self, rule: Screen) -> None:
        self._rule = rule
        self._shown: str | None = None
        self._since: datetime | None = None

    def look(self, view: View) -> Iterator[Sight]:
        """At most one of `dark`, `changed`, `frozen`."""
        content = rectified(view.picture, self._rule.corners, SIZE)
        light = float(content.mean()) / 255
        coarse = cv2.resize(content, COARSE, interpolation=cv2.INTER_AREA)
        plain = float(coarse.std(axis=(0, 1)).max()) < PLAIN
        if light < self._rule.dark_below or (light < VEILED * self._rule.dark_below and plain):
            self._shown = None
            yield Sight(
                "dark",
                1 - light / max(self._rule.dark_below, 1e-6) / (2 * VEILED),
                said="dark",
                measures={"light": round(light, 3)},
            )
            return
        seen = likeness(content)
        if self._shown is None or distance(self._shown, seen) > self._rule.max_distance:
            self._shown, self._since = seen, view.at
        if self._rule.licensed:
            bits = min(distance(seen, wanted) for wanted in self._rule.licensed)
            if bits > self._rule.max_distance:
                yield Sight(
                    "changed",
                    min(1.0, bits / 24),
                    said="changed",
                    measures={"distance_bits": float(bits)},
                )
                return
        if len(self._rule.licensed) > 1 and self._since is not None:
            still = (view.at - self._since).total_seconds()
            if still >= self._rule.hold_s:
                yield Sight(
                    "frozen",
                    0.9,
                    since=self._since,
                    said="frozen",
                    measures={"still_s": round(still, 1)},
                )
