"""Persons on each square metre of a zone, with hysteresis."""

from collections.abc import Iterator

from city.contracts.watching import Crowd

from ..geometry import inside
from ..view import Sight, View

LEAST_SCORE = 0.3


class CrowdLooker:
    """Counts feet in the zone. Counted from boxes, not tracks: a crowd hides its own tracks."""

    def __init__(self, rule: Crowd) -> None:
        self._rule = rule
        self._crowded = False

    def look(self, view: View) -> Iterator[Sight]:
        """The crowd, from `enter` until it falls below `leave`."""
        there = tuple(
            b
            for b in view.boxes
            if b.label == "person"
            and b.score >= LEAST_SCORE
            and inside(
                ((b.top_left[0] + b.bottom_right[0]) / 2, b.bottom_right[1]), self._rule.zone
            )
        )
        density = len(there) / self._rule.area_m2
        self._crowded = density >= (self._rule.leave if self._crowded else self._rule.enter)
        if self._crowded:
            yield Sight(
                "crowd",
                sum(b.score for b in there) / len(there),
                there[:50],
                measures={"density_per_m2": round(density, 3), "persons": float(len(there))},
            )
