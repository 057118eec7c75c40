"""Against the lane: the way made inside of it, measured in the thing's own lengths."""

from collections.abc import Iterator
from itertools import pairwise

from city.contracts.watching import WrongWay

from ..geometry import Vector, angle_deg, inside, minus, size, square
from ..rejoin import Spot
from ..tracks import Track
from ..view import Sight, View


class WrongWayLooker:
    """Looks at each track's way through the lane as far as it has come."""

    def __init__(self, rule: WrongWay) -> None:
        self._rule = rule

    def look(self, view: View) -> Iterator[Sight]:
        """Tracks in the lane that have gone far enough against it."""
        for track in view.tracks:
            if track.label not in self._rule.classes or not inside(track.now.feet, self._rule.lane):
                continue
            lengths = self.against(track, view.aspect)
            if lengths >= self._rule.min_lengths:
                yield Sight(
                    f"{track.number}",
                    track.score,
                    (track.now.box,),
                    track.number,
                    measures={"against_lengths": round(lengths, 2)},
                )

    def against(self, track: Track, aspect: float) -> float:
        """Own lengths gone against the direction since it came into the lane; 0 when it turns off.

        A length is the box's extent along the direction where it is: things grow as they come near.
        """
        way = self._in_lane(track)
        gone = square(minus(way[-1].feet, way[0].feet), aspect)
        wanted = square(self._rule.direction, aspect)
        back = (-wanted[0], -wanted[1])
        if angle_deg(gone, back) > self._rule.max_angle_deg:
            return 0.0
        return sum(_lengths(a, b, back, aspect) for a, b in pairwise(way))

    def _in_lane(self, track: Track) -> list[Spot]:
        way: list[Spot] = []
        for spot in reversed(track.spots):
            if not inside(spot.feet, self._rule.lane):
                break
            way.append(spot)
        return way[::-1]


def _lengths(before: Spot, after: Spot, along: Vector, aspect: float) -> float:
    """The step from one spot to the next along a direction, in lengths of the thing there."""
    step = square(minus(after.feet, before.feet), aspect)
    wide, high = square(size(after.box), aspect)
    own = abs(along[0]) * wide + abs(along[1]) * high
    return (step[0] * along[0] + step[1] * along[1]) / max(own, 1e-9)
