"""A thing that stands still with nobody near: as the detector names it, or by what came and stays.

A detector may miss a thing (it is small, narrow, or of no class that it learnt). What stands on the
ground that did not stand there before (`ground.py`) is told without it, but only if a person
was there when it came and was then seen somewhere else: so no shadow, stopped vehicle or person who
stands still is a thing that somebody left.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.contracts.cameras import Box
from city.contracts.watching import AbandonedObject, Label

from ..geometry import Vector, feet, inside, length, middle, minus, near, overlap, size, square
from ..ground import Ground, Standing
from ..tracks import Track
from ..view import Sight, View
from .standing_over import still

BAG: Label = "bag"
FORGETS_S, FORGETS_HOLDS = 600.0, 5.0  # what nobody left is part of the place after that
CAME = timedelta(seconds=3)  # the owner was there so long before or after it began to show
KEPT = timedelta(seconds=90)  # of people and of things out of sight
MOST_PEOPLE = 200
AWAY = 1.5  # owner radii that an owner must have gone
REACH = 0.5  # of a person's height: how far what belongs to him stands
# Of a person's height there: more or less is no thing that somebody puts down.
LEAST_HIGH, MOST_HIGH, LEAST_WIDE, MOST_WIDE = 0.08, 0.75, 0.06, 0.9
SOMETHING_ELSE = 0.3  # of a thing that a box of another class covers
SAME, SMALL = 0.4, 0.5  # a "person" on the same place, less than half as tall as its owner


@dataclass(slots=True)
class _Thing:
    number: int
    box: Box
    seen: datetime


class AbandonedObjectLooker:
    """Still, in the zone, and no person's feet or body within `owner_radius` heights."""

    def __init__(self, rule: AbandonedObject) -> None:
        self._rule = rule
        forgets_s = max(FORGETS_S, FORGETS_HOLDS * rule.hold_s)
        # What has no name is a thing that a person carries: a bag, if the rule asks for bags.
        self._ground = Ground(rule.zone, forgets_s) if BAG in rule.classes else None
        self._people: dict[int, Track] = {}
        self._things: list[_Thing] = []
        self._count = 0

    def look(self, view: View) -> Iterator[Sight]:
        """Things without an owner now; for how long is the gate's."""
        self._note_people(view)
        people = [box for box in view.boxes if box.label == "person"]
        named: list[Box] = []
        for track in view.tracks:
            box = track.now.box
            if (
                track.label in self._rule.classes
                and inside(track.now.feet, self._rule.zone)
                and still(track, view.aspect, 1.0, 0.25)
            ):
                named.append(box)
                if not self._attended(box, people, view.aspect):
                    yield Sight(self._key(box, view.at), track.score, (box,), track.number)
        there = self._ground.look(view.picture, view.at) if self._ground else ()
        for standing in there:
            box = standing.box(BAG, _score(standing))
            if not inside(feet(box), self._rule.zone) or any(near(box, one) for one in named):
                continue
            owner = self._owner(standing, box, view.aspect)
            if owner is None or _is_other(box, view, self._rule):
                continue
            if not self._attended(
                box, [p for p in people if not _is_it(p, box, owner)], view.aspect
            ):
                yield Sight(self._key(box, view.at), box.score, (box,))

    def _attended(self, thing: Box, people: Iterable[Box], aspect: float) -> bool:
        radius = self._rule.owner_radius
        return any(_apart(each, thing, aspect) <= radius for each in people)

    def _owner(self, standing: Standing, box: Box, aspect: float) -> Box | None:
        """Who was there when it came, of a size to bring it, and has been seen elsewhere since."""
        for track in self._people.values():
            if _apart(track.now.box, box, aspect) < AWAY * self._rule.owner_radius:
                continue
            for spot in track.spots:
                if abs(spot.at - standing.since) <= CAME and self._brings(spot.box, box, aspect):
                    return spot.box
        return None

    @staticmethod
    def _brings(person: Box, thing: Box, aspect: float) -> bool:
        tall = size(person)[1]
        wide, high = square(size(thing), aspect)
        return (
            LEAST_HIGH <= high / tall <= MOST_HIGH
            and LEAST_WIDE <= wide / tall <= MOST_WIDE
            and _apart(person, thing, aspect) <= REACH * tall
        )

    def _note_people(self, view: View) -> None:
        for track in view.tracks:
            if track.label == "person":
                self._people[track.number] = track
        old = [n for n, t in self._people.items() if view.at - t.now.at > KEPT]
        for number in [*old, *list(self._people)[: len(self._people) - len(old) - MOST_PEOPLE]]:
            self._people.pop(number, None)

    def _key(self, box: Box, at: datetime) -> str:
        """One name for what lies at one place, whoever sees it."""
        self._things = [each for each in self._things if at - each.seen <= KEPT]
        known = next((each for each in self._things if near(each.box, box, 0.7)), None)
        if known is None:
            self._count += 1
            known = _Thing(self._count, box, at)
            self._things.append(known)
        known.box, known.seen = box, at
        return f"{known.number}"


def _apart(person: Box, thing: Box, aspect: float) -> float:
    """Heights of the picture from the thing to a person's body or feet, the nearer."""
    place = middle(thing)
    points: tuple[Vector, Vector] = (middle(person), feet(person))
    return min(length(square(minus(point, place), aspect)) for point in points)


def _is_it(person: Box, thing: Box, owner: Box) -> bool:
    """Whether what the detector calls a person there is the thing: too small for one."""
    return overlap(person, thing) >= SAME and size(person)[1] <= SMALL * size(owner)[1]


def _is_other(thing: Box, view: View, rule: AbandonedObject) -> bool:
    """Whether it is (part of) something that the detector names, and no person."""
    others = (box for box in view.boxes if box.label not in (*rule.classes, "plate", "person"))
    return any(_covered(thing, box) > SOMETHING_ELSE for box in others)


def _covered(thing: Box, by: Box) -> float:
    """The share of a box that another covers."""
    shared = overlap(thing, by)
    (aw, ah), (bw, bh) = size(thing), size(by)
    return shared / (1 + shared) * (aw * ah + bw * bh) / (aw * ah)


def _score(standing: Standing) -> float:
    """How clearly it stands out; what barely does is half sure."""
    return min(0.9, 0.4 + 0.1 * standing.clear)
