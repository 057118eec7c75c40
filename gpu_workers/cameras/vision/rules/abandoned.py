"""A thing that stands still with nobody near."""

from collections.abc import Iterator

from city.contracts.watching import AbandonedObject

from ..geometry import inside, length, middle, minus, square
from ..tracks import Track
from ..view import Sight, View
from .standing_over import still


class AbandonedObjectLooker:
    """Still, in the zone, and no person's feet or body within `owner_radius` heights."""

    def __init__(self, rule: AbandonedObject) -> None:
        self._rule = rule

    def look(self, view: View) -> Iterator[Sight]:
        """Things without an owner now; for how long is the gate's."""
        for track in view.tracks:
            if (
                track.label in self._rule.classes
                and inside(track.now.feet, self._rule.zone)
                and still(track, view.aspect, 1.0, 0.25)
                and not self._attended(track, view)
            ):
                yield Sight(f"{track.number}", track.score, (track.now.box,), track.number)

    def _attended(self, track: Track, view: View) -> bool:
        place = middle(track.now.box)
        for box in view.boxes:
            if box.label != "person":
                continue
            for point in (
                middle(box),
                ((box.top_left[0] + box.bottom_right[0]) / 2, box.bottom_right[1]),
            ):
                if length(square(minus(point, place), view.aspect)) <= self._rule.owner_radius:
                    return True
        return False
