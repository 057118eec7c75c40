"""One file for each rule: what it holds true at a moment. The gate makes incidents of it."""

from collections.abc import Callable

from city.contracts.watching import Rule

from ..view import Looker, SignalFeed
from .abandoned import AbandonedObjectLooker
from .burning import FireLooker, SmokeLooker
from .crossing_red import RedLightLooker
from .crowding import CrowdLooker
from .line_speed import LineSpeedLooker
from .screen import ScreenLooker
from .standing_over import StopLineLooker
from .watch_list import WatchListLooker
from .water import WaterLevelLooker
from .wrong_way import WrongWayLooker
from .zones import InZoneLooker

Maker = Callable[..., Looker]
PLAIN: dict[str, Maker] = {
    "wrong_way": WrongWayLooker,
    "prohibited_road": InZoneLooker,
    "intrusion": InZoneLooker,
    "loitering": InZoneLooker,
    "line_speed": LineSpeedLooker,
    "crowd": CrowdLooker,
    "abandoned_object": AbandonedObjectLooker,
    "fire": FireLooker,
    "smoke": SmokeLooker,
    "water_level": WaterLevelLooker,
    "screen": ScreenLooker,
    "watch_list": WatchListLooker,
}
SIGNALLED: dict[str, Maker] = {"red_light": RedLightLooker, "stop_line": StopLineLooker}


def looker_of(rule: Rule, signals: SignalFeed | None) -> Looker:
    """The eye of a rule."""
    if rule.kind in SIGNALLED:
        return SIGNALLED[rule.kind](rule, signals)
    return PLAIN[rule.kind](rule)
