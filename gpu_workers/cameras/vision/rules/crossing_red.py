"""Over the stop line at red: the front after red and its grace, then the whole thing."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from city.contracts.cameras import Box
from city.contracts.watching import Point, RedLight

from ..geometry import crossing, feet, size, square
from ..lamps import Lamp
from ..tracks import Track
from ..view import Phase, Sight, SignalFeed, View

# Seen from behind, the front touches the road about this far up the box (in box heights): the
# rest of the box is body. A little too low is the careful side: it sees the crossing late.
FRONT_UP = 0.4
MOST_TRACKS = 500
SEEN_S = 0.6  # between two spots: the moment of the crossing is interpolated


class RedLightLooker:
    """Notes when each front crosses; says so once the rear has crossed as well, still at red."""

    def __init__(self, rule: RedLight, feed: SignalFeed | None) -> None:
        self._rule = rule
        self._lamp = Lamp(rule, feed)
        self._fronts: dict[int, tuple[datetime, float]] = {}

    def look(self, view: View) -> Iterator[Sight]:
        """Tracks whose rear crosses now and whose front crossed after red."""
        phase, began = self._lamp.phase(view)
        for track in view.tracks:
            if track.label not in self._rule.classes or len(track.spots) < 2:
                continue
            self._note_front(track, phase, began, view.aspect)
            if phase != "red" or track.number not in self._fronts:
                continue
            if self._crosses(track, feet) is not None or self._leads_with_feet(view.aspect):
                at, late = self._fronts.pop(track.number)
                yield Sight(
                    f"{track.number}",
                    track.score,
                    (track.now.box,),
                    track.number,
                    at,
                    measures={"after_red_s": round(late, 2)},
                )

    def _note_front(
        self, track: Track, phase: Phase, began: datetime | None, aspect: float
    ) -> None:
        lead = feet if self._leads_with_feet(aspect) else _front
        share = self._crosses(track, lead)
        if share is None:
            return
        self._fronts.pop(track.number, None)
        before, after = track.spots[-2].at, track.spots[-1].at
        # Hidden for longer, it may have crossed as soon as it was hidden.
        hidden = (after - before).total_seconds() > SEEN_S
        at = before if hidden else before + (after - before) * share
        if phase != "red" or began is None:
            return
        late = (at - began).total_seconds()
        if at >= began + timedelta(seconds=self._rule.grace_s):
            self._fronts[track.number] = (at, late)
        while len(self._fronts) > MOST_TRACKS:
            del self._fronts[next(iter(self._fronts))]

    def _leads_with_feet(self, aspect: float) -> bool:
        """Towards the camera the box's lower edge is the front."""
        return square(self._rule.direction, aspect)[1] > 0

    def _crosses(self, track: Track, point: Callable[[Box], Point]) -> float | None:
        before, after = point(track.spots[-2].box), point(track.spots[-1].box)
        way = (after[0] - before[0], after[1] - before[1])
        right = way[0] * self._rule.direction[0] + way[1] * self._rule.direction[1] > 0
        return crossing(self._rule.stop_line, before, after) if right else None


def _front(box: Box) -> Point:
    x, y = feet(box)
    return x, y - FRONT_UP * size(box)[1]
