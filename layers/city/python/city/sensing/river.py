"""River alarm levels I to III of a gauge, and what a bulletin says about a level. Pure."""

from dataclasses import dataclass

from city.kernel.text import Text, text
from city.sensing.rounding import half_up
from city.sensing.tables import RiverTable


@dataclass(frozen=True, slots=True)
class RiverState:
    """The highest alarm level reached (0: none), the distance to each, and the sentence."""

    level: int
    distances: dict[int, float]
    words: Text
    unconfirmed: tuple[int, ...]


def river_state(table: RiverTable, metres: float) -> RiverState | None:
    """What a water level means by a gauge's table; None when the table has no level at all.

    Forecasters freely name the nearest level; we always name the highest one reached.
    """
    heights = table.heights()
    if not heights:
        return None
    distances = {k: half_up(metres - height, 2) for k, height in heights.items()}
    reached = max((k for k, height in heights.items() if metres >= height), default=0)
    unconfirmed = tuple(level.level for level in table.levels if not level.confirmed)
    return RiverState(reached, distances, _words(reached, distances), unconfirmed)


def _words(reached: int, distances: dict[int, float]) -> Text:
    if reached == 0:
        lowest = min(distances)
        vi, en = _number(-distances[lowest])
        return text(f"dưới BĐ{lowest} {vi} m", f"{en} m below alarm level {lowest}")
    if distances[reached] == 0:
        return text(f"bằng BĐ{reached}", f"at alarm level {reached}")
    vi, en = _number(distances[reached])
    return text(f"trên BĐ{reached} {vi} m", f"{en} m above alarm level {reached}")


def _number(value: float) -> tuple[str, str]:
    written = f"{value:.2f}"
    return written.replace(".", ","), written
