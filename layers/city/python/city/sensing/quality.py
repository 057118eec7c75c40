"""Quality of a reading: flagged, never deleted. The numbers are QARTOD's. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from city.sensing.model import Checks

PASS, UNKNOWN, SUSPECT, FAIL, MISSING = 1, 2, 3, 4, 9
HOUR_MS = 3_600_000
NEIGHBOURS = 2


@dataclass(frozen=True, slots=True)
class Quality:
    """The verdict and the checks that spoke."""

    flag: int
    why: tuple[str, ...] = ()


def judge(
    checks: Checks,
    t: int,
    value: float,
    *,
    earlier: Sequence[tuple[int, float]],
    neighbours: Sequence[float] = (),
    maintenance: bool = False,
) -> Quality:
    """Judge a reading by its parameter's limits and by good readings of before, oldest first."""
    flag, why = UNKNOWN if not earlier else PASS, []
    low, high = checks.fail
    if not low <= value <= high:
        return Quality(FAIL, ("range",))
    if checks.suspect and not checks.suspect[0] <= value <= checks.suspect[1]:
        why.append("range")
    if _too_fast(checks, t, value, earlier):
        why.append("rate")
    if _stuck(checks, value, earlier):
        why.append("stuck")
    if _alone(checks, value, neighbours):
        why.append("neighbour")
    if maintenance:
        why.append("maintenance")
    if why:
        flag = SUSPECT
    if checks.detection_limit is not None and value < checks.detection_limit:
        why.append("below_detection")
        flag = max(flag, UNKNOWN)
    return Quality(flag, tuple(why))


def _too_fast(checks: Checks, t: int, value: float, earlier: Sequence[tuple[int, float]]) -> bool:
    if checks.rate_per_hour is None or not earlier:
        return False
    before, last = earlier[-1]
    return abs(value - last) * HOUR_MS > checks.rate_per_hour * max(t - before, 60_000)


def _stuck(checks: Checks, value: float, earlier: Sequence[tuple[int, float]]) -> bool:
    if checks.stuck is None or len(earlier) < checks.stuck - 1:
        return False
    return all(v == value for _, v in earlier[-(checks.stuck - 1) :])


def _alone(checks: Checks, value: float, neighbours: Sequence[float]) -> bool:
    """Far above what is measured around it; being far below is weather."""
    if checks.neighbour_factor is None or len(neighbours) < NEIGHBOURS:
        return False
    return value > checks.neighbour_factor * median(neighbours) + checks.neighbour_floor
