"""Which demo cameras look at which rendered scenes, and what became of what they saw."""

from dataclasses import dataclass
from typing import Any

from city.contracts.watching import Rule

from infra.seed.writing import DATA

FOLDER = DATA / "cases"
SEED = 7


@dataclass(frozen=True, slots=True)
class Wanted:
    """A scene for a demo camera, and what officers have said of its case so far."""

    camera: str
    scene: str
    hours_ago: float
    look: str = "day"
    steps: tuple[tuple[str, dict[str, Any]], ...] = ()


CONFIRM: tuple[str, dict[str, Any]] = ("confirm", {})
TRANSFER: tuple[str, dict[str, Any]] = ("transfer", {})
CASES = (
    Wanted("cam-011", "red-light", 2.1),
    Wanted("cam-012", "wrong-way", 3.4),
    Wanted("cam-013", "prohibited-road", 26.5, steps=(CONFIRM, TRANSFER)),
    Wanted("cam-014", "line-speed", 4.2),
    Wanted("cam-015", "stop-line", 5.8),
    Wanted(
        "cam-016", "red-light", 97.3, look="night",
        steps=(CONFIRM, TRANSFER, ("outcome", {"outcome": "sanctioned", "reference": "MẪU-01"})),
    ),
    Wanted("cam-321", "crowd", 7.7, steps=(CONFIRM,)),
    Wanted("cam-322", "abandoned-object", 6.1),
    Wanted("cam-323", "loitering", 30.2, steps=(("deny", {"reason": "no_violation"}),)),
    Wanted("cam-324", "intrusion", 8.9),
    Wanted("cam-486", "fire", 1.2),
    Wanted("cam-487", "smoke", 1.6),
    Wanted("cam-528", "screen-dark", 10.4),
)  # fmt: skip
WATER = "cam-424"  # beside the station Kim Long: readings, no cases


def rules_of(scene: str) -> tuple[Rule, ...]:
    """What a camera on such a scene watches for; its lines fit every seed and light."""
    from gpu_workers.cameras.scenes import make_scene

    return make_scene(scene, seed=SEED).rules
