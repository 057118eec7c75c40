"""How long to wait before the next try to reach a camera."""

import random
from dataclasses import dataclass, field

FIRST_S, LAST_S = 1.0, 60.0
GOOD_S = 30.0  # a stream that ran for this long begins again at the first wait


@dataclass(slots=True)
class Backoff:
    """Exponential with full jitter between one second and a bound that doubles up to sixty.

    Full jitter, so that a switch that comes back does not meet all its cameras' tries at once
    (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
    """

    chance: random.Random = field(default_factory=random.Random)
    failures: int = 0

    def failed(self, ran_s: float = 0.0) -> float:
        """Seconds to wait after a try that ran for `ran_s`."""
        self.failures = 1 if ran_s >= GOOD_S else self.failures + 1
        bound = min(LAST_S, FIRST_S * 2 ** min(self.failures, 10))
        return self.chance.uniform(FIRST_S, bound)
