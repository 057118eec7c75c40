"""A class in a zone: prohibited road, intrusion, loitering. Hours and hold are the gate's."""

from collections.abc import Iterator

from city.contracts.watching import Intrusion, Loitering, ProhibitedRoad

from ..geometry import inside
from ..view import Sight, View


class InZoneLooker:
    """Feet in the zone."""

    def __init__(self, rule: ProhibitedRoad | Intrusion | Loitering) -> None:
        self._rule = rule

    def look(self, view: View) -> Iterator[Sight]:
        """Tracks of the rule's classes that stand in the zone."""
        for track in view.tracks:
            if track.label in self._rule.classes and inside(track.now.feet, self._rule.zone):
                yield Sight(f"{track.number}", track.score, (track.now.box,), track.number)
