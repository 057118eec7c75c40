"""What all posts of a worker share."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from city.kernel.clock import Clock, utc_now

from gpu_workers.cameras.city import City
from gpu_workers.cameras.evidence.gather import Gatherer
from gpu_workers.cameras.inference.engine import Engines
from gpu_workers.cameras.seen import WatchMaker
from gpu_workers.cameras.signals import Signals
from gpu_workers.cameras.sources.stream import Reading


@dataclass(frozen=True, slots=True)
class Tools:
    """Handed to each post; tests hand in clocks of their own."""

    worker: str
    city: City
    engines: Engines
    gatherer: Gatherer
    reading: Reading
    make_watch: WatchMaker
    signals: Signals
    clock: Clock = utc_now
    monotonic: Callable[[], float] = time.monotonic
