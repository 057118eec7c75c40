"""Fire and smoke: what burns licks and lasts, what smokes lasts and grows."""

from collections.abc import Iterator
from datetime import datetime

import cv2
import numpy as np
from city.contracts.cameras import Box
from city.contracts.watching import Fire, Smoke

from gpu_workers.cameras.seen import Picture

from ..geometry import inside, middle, size
from ..view import Sight, View

SIDE = 48
LICKS = 5.0  # grey levels that flames change between frames, above what the rest changes
LAPSE_S = 2.0


class FireLooker:
    """Flames in the zone whose inside changes from frame to frame; a red car's does not."""

    def __init__(self, rule: Fire) -> None:
        self._rule = rule
        self._before: Picture | None = None

    def look(self, view: View) -> Iterator[Sight]:
        """The largest flames that lick now."""
        before, self._before = self._before, view.picture
        if before is None or before.shape != view.picture.shape:
            return
        flames = [b for b in view.boxes if b.label == "fire" and _in(self._rule.zone, b)]
        licking = [b for b in flames if licks(before, view.picture, b) > LICKS]
        if licking:
            licking.sort(key=_area, reverse=True)
            yield Sight(
                "fire",
                max(b.score for b in licking),
                tuple(licking[:10]),
                measures={"area_share": round(sum(map(_area, licking)), 5)},
            )


class SmokeLooker:
    """Smoke in the zone, once its area has grown by `min_growth` since it was first there."""

    def __init__(self, rule: Smoke) -> None:
        self._rule = rule
        self._since: datetime | None = None
        self._last: datetime | None = None
        self._areas: list[float] = []

    def look(self, view: View) -> Iterator[Sight]:
        """The smoke, from when it first showed."""
        smoke = [
            b
            for b in view.boxes
            if b.label == "smoke" and _in(self._rule.zone, b) and b.score >= self._rule.min_score
        ]
        if not smoke:
            return
        if self._last is None or (view.at - self._last).total_seconds() > LAPSE_S:
            self._since, self._areas = view.at, []
        self._last = view.at
        smoke.sort(key=_area, reverse=True)
        self._areas.append(sum(map(_area, smoke)))
        del self._areas[8:-8]  # the first and the last eight are enough
        growth = float(np.median(self._areas[-8:]) / max(np.median(self._areas[:8]), 1e-9))
        if growth >= self._rule.min_growth:
            yield Sight(
                "smoke",
                max(b.score for b in smoke),
                tuple(smoke[:10]),
                None,
                self._since,
                measures={"growth": round(growth, 2), "area_share": round(self._areas[-1], 5)},
            )


def licks(before: Picture, now: Picture, box: Box) -> float:
    """Mean change of grey inside the box above the median change of the whole picture."""
    h, w = now.shape[:2]
    x0, y0 = int(box.top_left[0] * w), int(box.top_left[1] * h)
    x1, y1 = max(int(box.bottom_right[0] * w), x0 + 1), max(int(box.bottom_right[1] * h), y0 + 1)
    inner = cv2.absdiff(before[y0:y1, x0:x1], now[y0:y1, x0:x1])
    step = max(1, min(h, w) // SIDE)
    whole = cv2.absdiff(
        np.ascontiguousarray(before[::step, ::step]), np.ascontiguousarray(now[::step, ::step])
    )
    return float(inner.mean() - np.median(whole))


def _area(box: Box) -> float:
    wide, high = size(box)
    return wide * high


def _in(zone: tuple[tuple[float, float], ...] | None, box: Box) -> bool:
    return zone is None or inside(middle(box), zone)
