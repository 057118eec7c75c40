"""What happened to each of 105,575 reports, invented so that the seed's figures come out exactly.

The figures are the public ones of January 2019 to July 2023 (docs/replay.md). For a smaller count
every figure is scaled and rounded so that the partitions still add up. Everything follows from the
seed number and the report's index: a plan can be made again from any index, which is what makes a
replay resumable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

from city.contracts.reports import RatingLevel
from city.kernel.clock import HUE

FIRST = datetime(2019, 1, 1, tzinfo=HUE)
FROZEN = datetime(2023, 7, 31, 23, 59, 59, tzinfo=HUE)

RECEIVED = 105_575
INELIGIBLE = 38_348
RESOLVED = 62_550
IN_PROGRESS = 1_204
FOLLOW_UP = 3_473
OVERDUE = 145
RATINGS = 88_888
UNSATISFIED = 8_870
FINES_VND = 5_080_000_000
AGENCIES = 235

Outcome = Literal["ineligible", "resolved", "in_progress", "overdue", "follow_up"]


@dataclass(frozen=True, slots=True)
class Figures:
    """The marginals for one count of reports. `in_progress` includes `overdue`."""

    received: int
    ineligible: int
    resolved: int
    in_progress: int
    follow_up: int
    overdue: int
    ratings: int
    unsatisfied: int
    fines_vnd: int


def figures(count: int) -> Figures:
    """The seed's figures for `count` reports; exact at 105,575.

    Raises:
        ValueError: fewer than 100, where rounding would leave some outcome empty.
    """
    if count < 100:
        raise ValueError("at least 100 reports, or the shares cannot be shown")
    part = count / RECEIVED
    ineligible, follow_up = round(INELIGIBLE * part), round(FOLLOW_UP * part)
    in_progress = max(2, round(IN_PROGRESS * part))
    resolved = count - ineligible - follow_up - in_progress
    ratings = round(RATINGS * part)
    return Figures(
        received=count,
        ineligible=ineligible,
        resolved=resolved,
        in_progress=in_progress,
        follow_up=follow_up,
        overdue=max(1, round(OVERDUE * part)),
        ratings=min(ratings, 2 * resolved),
        unsatisfied=round(UNSATISFIED * part),
        fines_vnd=round(FINES_VND * part / 1000) * 1000,
    )


@dataclass(frozen=True, slots=True)
class Life:
    """One report's planned life. Times are aware UTC; `ratings` are the levels its raters give."""

    index: int
    outcome: Outcome
    submitted_at: datetime
    category_draw: float
    agency_draw: float
    place_draw: tuple[float, float, float]
    extended: bool
    ratings: tuple[RatingLevel, ...]
    fine_vnd: int
    random: Random


Zone = Callable[[float, float], list[int]]


class Plan:
    """All lives of one replay; they are made on demand."""

    def __init__(self, count: int, seed: int = 2019) -> None:
        self.count = count
        self.figures = figures(count)
        self.seed = seed
        self._outcomes = self._spread()
        self._resolved = [i for i, o in enumerate(self._outcomes) if o == "resolved"]
        self._rank = {index: rank for rank, index in enumerate(self._resolved)}
        self._low = self._low_ratings()

    def _spread(self) -> list[Outcome]:
        """An outcome for every index; time grows with the index.

        What is still open at the frozen clock was submitted late: overdue matters two to three
        months before, the others within the last six weeks, and what came in the last ten days
        cannot be resolved yet.
        """
        f, random = self.figures, Random(f"{self.seed}:outcomes")
        outcomes: list[Outcome | None] = [None] * f.received
        per_day = f.received / (FROZEN - FIRST).days

        def zone(days_before_start: float, days_before_end: float) -> list[int]:
            start = max(0, f.received - int(days_before_start * per_day) - 1)
            end = max(start + 1, f.received - int(days_before_end * per_day))
            return [i for i in range(start, min(end, f.received)) if outcomes[i] is None]

        def settle(where: list[int], how_many: int, outcome: Outcome) -> None:
            for i in random.sample(where, how_many):
                outcomes[i] = outcome

        fresh = f.in_progress - f.overdue
        recent = self._at_least(zone, 45, 0, fresh)
        settle(recent, fresh, "in_progress")
        settle(self._at_least(zone, 110, 60, f.overdue), f.overdue, "overdue")
        too_young = zone(12, 0)
        ineligible_young = min(len(too_young), f.ineligible)
        settle(too_young, ineligible_young, "ineligible")
        settle(self._at_least(zone, 5000, 60, f.follow_up), f.follow_up, "follow_up")
        left = [i for i, o in enumerate(outcomes) if o is None]
        settle(left, f.ineligible - ineligible_young, "ineligible")
        return [outcome or "resolved" for outcome in outcomes]

    @staticmethod
    def _at_least(zone: Zone, start: float, end: float, how_many: int) -> list[int]:
        """A zone wide enough for a small plan."""
        found: list[int] = zone(start, end)
        while len(found) < how_many:
            start *= 1.5
            found = zone(start, end)
        return found

    def _low_ratings(self) -> set[int]:
        """Which ratings, counted over all raters in order, are unsatisfied."""
        f = self.figures
        return set(Random(f"{self.seed}:low").sample(range(f.ratings), f.unsatisfied))

    def _ratings(self, rank: int, random: Random) -> tuple[RatingLevel, ...]:
        """Every resolved report has a rater until ratings run out; the first ones have two."""
        f = self.figures
        seconds = max(0, f.ratings - f.resolved)
        numbers = [rank] if rank < f.ratings else []
        if rank < seconds:
            numbers.append(f.resolved + rank)
        levels: list[RatingLevel] = []
        for number in numbers:
            if number in self._low:
                levels.append("unsatisfied")
            else:
                levels.append(
                    random.choices(
                        ("very_satisfied", "satisfied", "acceptable"), weights=(30, 50, 20)
                    )[0]
                )
        return tuple(levels)

    def _fine(self, rank: int) -> int:
        """Every hundredth resolved report brought a fine; the last one carries the remainder."""
        fined = max(1, len(self._resolved) // 100)
        if rank % 100 or rank // 100 >= fined:
            return 0
        share = self.figures.fines_vnd // fined // 1000 * 1000
        if rank // 100 == fined - 1:
            return self.figures.fines_vnd - share * (fined - 1)
        return share

    def life(self, index: int) -> Life:
        """The life of one report."""
        random = Random(f"{self.seed}:{index}")
        span = (FROZEN - FIRST - timedelta(hours=12)) / self.count
        at = FIRST + span * index + span * random.random()
        rank = self._rank.get(index)
        return Life(
            index=index,
            outcome=self._outcomes[index],
            submitted_at=at.astimezone(UTC).replace(microsecond=0),
            category_draw=random.random(),
            agency_draw=random.random(),
            place_draw=(random.random(), random.random(), random.random()),
            extended=random.random() < 0.489,
            ratings=self._ratings(rank, random) if rank is not None else (),
            fine_vnd=self._fine(rank) if rank is not None else 0,
            random=random,
        )
