"""From "it holds now" to one incident: score, hold, cool-down, merging.

The same for all rules, so that no rule has its own idea of what an incident is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.contracts.cameras import Box
from city.contracts.watching import Rule

from gpu_workers.cameras.seen import Happening

from .geometry import near
from .view import Sight, View

PATIENCE_S = 1.0  # a condition may flicker for so long: a missed frame is no end
LIKE_S = 5.0  # a thing lost for less that comes back near its place is the same thing
MOST_OPEN = 500  # keys remembered by one rule


@dataclass(slots=True)
class _Open:
    since: datetime
    held: datetime  # when it last held
    seen: datetime  # when its thing was last seen, whatever it did
    box: Box | None
    track: int | None
    fired: datetime | None = None


class Gate:
    """One rule's incidents."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._open: dict[str, _Open] = {}
        self._looked: datetime | None = None
        self._patience = timedelta(seconds=PATIENCE_S)
        self._cooldown = timedelta(seconds=rule.cooldown_s)

    def pass_on(self, view: View, sights: Iterable[Sight]) -> list[Happening]:
        """The new incidents among what holds in this view."""
        things = {track.number: track for track in view.tracks}
        for known in self._open.values():
            if known.track in things:
                known.seen, known.box = view.at, things[known.track].now.box
        new = [h for s in sights if (h := self._take(view.at, s)) is not None]
        self._looked = view.at
        self._forget(view.at)
        return new

    def _take(self, at: datetime, sight: Sight) -> Happening | None:
        if sight.score < self._rule.min_score:
            return None
        known = self._open.get(sight.key)
        if known is None:
            known = self._found_again(at, sight) or _Open(at, at, at, None, None)
            self._open[sight.key] = known
        # While nothing moves, frames are further apart than that: then it held in all of them.
        if at - known.held > self._patience and known.held != self._looked:
            known.since = at
        known.held, known.seen, known.track = at, at, sight.track
        known.box = sight.boxes[0] if sight.boxes else None
        since = sight.since or known.since
        if known.fired is not None and (at - known.fired < self._cooldown or since <= known.fired):
            return None  # too soon, or still the one that was told
        if (at - since).total_seconds() < self._rule.hold_s:
            return None
        known.fired = at
        return Happening(
            rule=self._rule,
            key=f"{sight.key}@{since.isoformat()}",
            started_at=since,
            at=at,
            score=sight.score,
            boxes=sight.boxes,
            plate=sight.plate,
            measures=sight.measures,
            said=sight.said,
        )

    def _found_again(self, at: datetime, sight: Sight) -> _Open | None:
        """The incident of a thing that was lost here and has a new track number now."""
        if sight.track is None or not sight.boxes:
            return None
        for key, known in self._open.items():
            lost = 0 < (at - known.seen).total_seconds() <= LIKE_S
            if lost and known.box is not None and near(known.box, sight.boxes[0]):
                return self._open.pop(key)
        return None

    def _forget(self, at: datetime) -> None:
        keep = max(self._cooldown, timedelta(seconds=LIKE_S))
        old = [k for k, o in self._open.items() if at - max(o.seen, o.fired or o.seen) > keep]
        for key in old:
            del self._open[key]
        while len(self._open) > MOST_OPEN:
            del self._open[min(self._open, key=lambda k: self._open[k].seen)]
