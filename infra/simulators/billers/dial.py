"""The dial of faults: each by chance from a seed, or the next ones by name."""

import random
from dataclasses import dataclass, field

FAULTS = (
    "lost_request",  # the connection dies before anything is booked
    "lost_answer",  # it is booked, and the connection dies
    "slow",  # it is booked, and the answer comes after everybody's patience
    "error_before",  # 503, nothing booked
    "error_after",  # 503, booked
    "reject",  # refused for good
    "late",  # taken in now, booked after `lag_s`, unknown until then
    "no_callback",
    "duplicate_callback",
    "reordered_callback",  # the news of an earlier state comes after that of a later one
    "statement_missing",
    "statement_extra",
    "statement_changed",
    "lookup_down",
    "query_down",
)


@dataclass
class Dial:
    """How often what goes wrong; `forced` comes first, in its order."""

    seed: int = 0
    rates: dict[str, float] = field(default_factory=dict)
    forced: list[str] = field(default_factory=list)
    lag_s: float = 0.0
    slow_s: float = 12.0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def hit(self, *names: str) -> str | None:
        """The fault that strikes here, of those that can."""
        if self.forced and self.forced[0] in names:
            return self.forced.pop(0)
        for name in names:
            if self._chance.random() < self.rates.get(name, 0.0):
                return name
        return None

    def turn(self, told: dict[str, object]) -> None:
        """Set it from a document; unknown names are refused.

        Raises:
            ValueError: no such fault.
        """
        rates = told.get("rates", {})
        forced = told.get("forced", [])
        if not isinstance(rates, dict) or not isinstance(forced, list):
            raise ValueError("rates is an object, forced a list")
        unknown = (set(rates) | set(forced)) - set(FAULTS)
        if unknown:
            raise ValueError(f"no such fault: {sorted(unknown)}")
        self.rates = {name: float(rate) for name, rate in rates.items()}
        self.forced = [str(name) for name in forced]
        self.lag_s = float(str(told.get("lag_s", self.lag_s)))
        self.slow_s = float(str(told.get("slow_s", self.slow_s)))
        if "seed" in told:
            self._chance = random.Random(int(str(told["seed"])))
