"""Against the lane: the way made inside of it, measured in the thing's own lengths."""

from collections.abc import Iterator

from city.contracts.watching import WrongWay

from ..geometry import Vector, angle_deg, inside, length, minus, size, square
from ..tracks import Spot, Track
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

        A length is the box's extent along the direction, at its mean over the way: things grow as
        they come near.
        """
        way = self._in_lane(track)
        gone = square(minus(way[-1].feet, way[0].feet), aspect)
        wanted = square(self._rule.direction, aspect)
        back = (-wanted[0], -wanted[1])
        if angle_deg(gone, back) > self._rule.max_angle_deg or length(wanted) == 0:
            return 0.0
        along = (gone[0] * back[0] + gone[1] * back[1]) / length(back)
        own = (_extent(way[0], wanted, aspect) + _extent(way[-1], wanted, aspect)) / 2
        return along / max(own, 1e-6)

    def _in_lane(self, track: Track) -> list[Spot]:
        way: list[Spot] = []
        for spot in reversed(track.spots):
            if not inside(spot.feet, self._rule.lane):
                break
            way.append(spot)
        return way[::-1]


def _extent(spot: Spot, along: Vector, aspect: float) -> float:
    wide, high = square(size(spot.box), aspect)
    return (abs(along[0]) * wide + abs(along[1]) * high) / length(along)
