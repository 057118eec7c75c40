"""What comes next: the place where a forecast enters. Pure.

A forecaster is handed what was measured and answers with the next level and its time. The one
built in draws the last hour's slope on and says that it is not official.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from city.contracts.sensing import Outlook
from city.sensing.fold import HOUR_MS, Point, trend
from city.sensing.rules import RuleDocument

HORIZON_MS = 6 * HOUR_MS
Forecaster = Callable[[Sequence[Point], RuleDocument, int], Outlook | None]


def extrapolated(trail: Sequence[Point], document: RuleDocument, level: int) -> Outlook | None:
    """The next level if the last hour's rise goes on; None if there is none within six hours."""
    if document.measure != "value" or document.below or level >= len(document.levels):
        return None
    risen = trend(trail, document.deadband / 2)
    if risen <= 0 or not trail:
        return None
    last = trail[-1]
    first = next(p for p in trail if p.t >= last.t - HOUR_MS)
    ahead = (document.levels[level].value - last.value) * (last.t - first.t) / risen
    if not 0 < ahead <= HORIZON_MS:
        return None
    at = datetime.fromtimestamp((last.t + round(ahead)) / 1000, UTC)
    number = document.number(level + 1)
    return Outlook(level=number, at=at, source="extrapolation", official=False)
