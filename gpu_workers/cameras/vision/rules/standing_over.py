"""Standing over the stop line at red."""

from collections.abc import Iterator

from city.contracts.watching import StopLine

from ..geometry import feet, inside, length, minus, size, square
from ..lamps import Lamp
from ..tracks import Track
from ..view import Sight, SignalFeed, View

STILL_S = 0.6
STILL_HEIGHTS = 0.06  # of its own height moved in that time
FOOTPRINT = (0.0, 0.2, 0.4)  # heights above the lower edge that lie about on the ground


class StopLineLooker:
    """Most of the footprint in the zone behind the line, not moving, lamp red."""

    def __init__(self, rule: StopLine, feed: SignalFeed | None) -> None:
        self._rule = rule
        self._lamp = Lamp(rule, feed)

    def look(self, view: View) -> Iterator[Sight]:
        """Tracks that stand there now."""
        if self._lamp.phase(view)[0] != "red":
            return
        for track in view.tracks:
            if (
                track.label in self._rule.classes
                and self._over(track)
                and still(track, view.aspect)
            ):
                yield Sight(f"{track.number}", track.score, (track.now.box,), track.number)

    def _over(self, track: Track) -> bool:
        x, y = feet(track.now.box)
        high = size(track.now.box)[1]
        hits = sum(inside((x, y - up * high), self._rule.zone) for up in FOOTPRINT)
        return hits * 2 > len(FOOTPRINT)


def still(
    track: Track, aspect: float, seconds: float = STILL_S, heights: float = STILL_HEIGHTS
) -> bool:
    """Whether its feet have stayed where they are."""
    then = track.since(seconds)
    if then is None:
        return False
    moved = length(square(minus(track.now.feet, then.feet), aspect))
    return moved <= heights * size(track.now.box)[1]
