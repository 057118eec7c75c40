"""A thing that comes out from behind a pillar is the one that went in, if its way leads there.

The tracker's own prediction is straight and steady in the picture, and a thing that drives away
grows slower and smaller there: after a second behind a pillar its box no longer meets the
prediction. Here only its way counts: along the direction in which it went, no further than it would
have come and little to the side. Where two could be meant, none is: a wrong accusation costs more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from city.contracts.cameras import Box
from city.contracts.watching import Point

from .geometry import feet, length, minus, size, square

HIDDEN_S = 2.0
LEAST_SPOTS = 3
OVER_S = 0.8  # the way of the last so many seconds says where it goes
LEAST_HEIGHTS = 0.5  # of its own, that it would have come: less is no way
SHORT, LONG = 0.2, 1.4  # of that
ASIDE_HEIGHTS, ASIDE_SHARE = 0.35, 0.15  # of its height, and of the way
SMALLER, LARGER = 0.5, 1.5  # how tall it may have become


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a thing was."""

    at: datetime
    box: Box

    @property
    def feet(self) -> Point:
        """The middle of the lower edge."""
        return feet(self.box)


def pairs(
    lost: Mapping[int, Sequence[Spot]], new: Mapping[int, Spot], aspect: float
) -> dict[int, int]:
    """The lost number of each new one that can only be it."""
    fits = [
        (number, before)
        for number, spot in new.items()
        for before, spots in lost.items()
        if leads_to(spots, spot, aspect)
    ]
    return {
        number: before
        for number, before in fits
        if sum(n == number for n, _ in fits) == 1 and sum(b == before for _, b in fits) == 1
    }


def leads_to(spots: Sequence[Spot], to: Spot, aspect: float) -> bool:
    """Whether the way of these spots leads to a later one."""
    if len(spots) < LEAST_SPOTS:
        return False
    last = spots[-1]
    hidden = (to.at - last.at).total_seconds()
    if not 0 < hidden <= HIDDEN_S:
        return False
    first = next(s for s in spots if (last.at - s.at).total_seconds() <= OVER_S)
    took = (last.at - first.at).total_seconds()
    if took <= 0:
        return False
    went = square(minus(last.feet, first.feet), aspect)
    far, tall = length(went) / took * hidden, size(last.box)[1]
    if far < LEAST_HEIGHTS * tall or not SMALLER <= size(to.box)[1] / tall <= LARGER:
        return False
    way = (went[0] / length(went), went[1] / length(went))
    come = square(minus(to.feet, last.feet), aspect)
    along = come[0] * way[0] + come[1] * way[1]
    aside = abs(come[0] * way[1] - come[1] * way[0])
    return SHORT * far <= along <= LONG * far and aside <= ASIDE_HEIGHTS * tall + ASIDE_SHARE * far
