"""Speed between two lines of known distance, with how sure it is. Never enough for a fine.

speed = distance / time. Its error adds three parts in quadrature (first order): the distance's own,
half a frame of time at both lines, and how exactly a box's edge can be placed in the picture.
"""

from collections.abc import Iterator
from datetime import datetime
from math import hypot

from city.contracts.watching import Line, LineSpeed

from ..geometry import Vector, crossing, length, minus, square
from ..tracks import Track
from ..view import Sight, View

EDGE_SHARE = 0.006  # of the picture's height: about a pixel of the detector's input
MOST_TRACKS = 500


class LineSpeedLooker:
    """Remembers who crossed which line when."""

    def __init__(self, rule: LineSpeed) -> None:
        self._rule = rule
        self._crossed: dict[int, dict[str, tuple[datetime, float]]] = {}

    def look(self, view: View) -> Iterator[Sight]:
        """Tracks that have just crossed their second line, too fast beyond doubt."""
        for track in view.tracks:
            if track.label not in self._rule.classes or len(track.spots) < 2:
                continue
            times = self._note(track)
            if times is None:
                continue
            took = abs((times["second"][0] - times["first"][0]).total_seconds())
            gap = max(gap for _, gap in times.values())  # a thing may have been hidden at a line
            if took <= 0:
                continue
            speed, error = self.speed(took, gap, view.aspect)
            if speed - error > self._rule.limit_kmh:
                yield Sight(
                    f"{track.number}",
                    track.score,
                    (track.now.box,),
                    track.number,
                    min(at for at, _ in times.values()),
                    measures={
                        "speed_kmh": round(speed, 1),
                        "error_kmh": round(error, 1),
                        "limit_kmh": self._rule.limit_kmh,
                    },
                )

    def speed(self, took_s: float, frame_s: float, aspect: float) -> tuple[float, float]:
        """(speed, error) in km/h."""
        speed = self._rule.distance_m / took_s * 3.6
        apart = length(square(minus(_centre(self._rule.first), _centre(self._rule.second)), aspect))
        parts = (
            self._rule.distance_error_m / self._rule.distance_m,
            frame_s / 2 * 2**0.5 / took_s * 0.5,  # crossings are interpolated in the frame
            EDGE_SHARE * 2**0.5 / max(apart, 1e-3),
        )
        return speed, speed * hypot(*parts)

    def _note(self, track: Track) -> dict[str, tuple[datetime, float]] | None:
        """Both times, with the gap in seconds that each was found in, once the second is known."""
        before, after = track.spots[-2], track.spots[-1]
        times = self._crossed.get(track.number, {})
        for name, line in (("first", self._rule.first), ("second", self._rule.second)):
            share = crossing(line, before.feet, after.feet)
            if share is not None:
                gap = after.at - before.at
                times[name] = before.at + gap * share, gap.total_seconds()
                self._crossed[track.number] = times
        while len(self._crossed) > MOST_TRACKS:
            del self._crossed[next(iter(self._crossed))]
        return self._crossed.pop(track.number) if len(times) == 2 else None


def _centre(line: Line) -> Vector:
    return (line[0][0] + line[1][0]) / 2, (line[0][1] + line[1][1]) / 2
