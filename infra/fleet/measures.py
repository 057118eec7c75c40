"""What a soak counts.

- *unwatched*: the time between two frames of a camera that a rule took, from its first to the end.
- *shown*: lamps that went on while the soak ran; *seen*: those of which a rule took a lit frame;
  *lost*: seen, and no incident came to the receiver; *twice*: more than one incident came.
- An incident is what the registry would keep: a detection whose epoch was current when it was seen,
  new by its id, and not within the cool-down of the same camera's last (that one is *merged*).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from city.contracts.cameras import Detection

from infra.fleet.lamp import COOLDOWN_S, FPS, LIT, PERIOD

ROUNDING_S = 1.5  # a frame's wall clock is guessed from its arrival


@dataclass(frozen=True, slots=True)
class Tick:
    """A frame that a rule took: `at` wall clock of the watcher, `taken` that of the stream."""

    camera_id: str
    epoch: int
    lit: bool
    at: float
    taken: float


@dataclass(slots=True)
class Receiver:
    """What the registry does with detections. `superseded` says when an epoch ended."""

    superseded: Mapping[tuple[str, int], float]
    incidents: list[tuple[str, float]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    with_evidence: set[str] = field(default_factory=set)
    _ids: set[str] = field(default_factory=set)
    _last: dict[str, datetime] = field(default_factory=dict)

    def take(self, told: Detection) -> None:
        """One message of the queue; any order, any number of times."""
        if told.detection_id in self._ids:
            if told.evidence and told.detection_id not in self.with_evidence:
                self.with_evidence.add(told.detection_id)
                self.outcomes["evidence"] += 1
            else:
                self.outcomes["repeated"] += 1
            return
        ended = self.superseded.get((told.camera_id, told.epoch))
        if ended is not None and told.seen_at.timestamp() > ended:
            self.outcomes["refused"] += 1
            return
        self._ids.add(told.detection_id)
        if told.evidence:
            self.with_evidence.add(told.detection_id)
        last = self._last.get(told.camera_id)
        if last and abs((told.at - last).total_seconds()) < COOLDOWN_S:
            self.outcomes["merged"] += 1
            return
        self._last[told.camera_id] = told.at
        self.outcomes["incidents"] += 1
        self.incidents.append((told.camera_id, told.at.timestamp()))


@dataclass(frozen=True, slots=True)
class Gap:
    """A camera without a watcher."""

    camera_id: str
    since: float
    seconds: float


def gaps(ticks: Sequence[Tick], until: float) -> list[Gap]:
    """All times between frames of each camera, the last one up to the end."""
    by: dict[str, list[float]] = defaultdict(list)
    for tick in ticks:
        by[tick.camera_id].append(tick.at)
    found = []
    for camera_id, times in by.items():
        times.sort()
        ends = [*times[1:], max(until, times[-1])]
        found += [Gap(camera_id, a, b - a) for a, b in zip(times, ends, strict=True)]
    return found


def beside(ticks: Sequence[Tick]) -> int:
    """Frames that a lower epoch's rule took after a higher epoch's had begun."""
    highest: dict[str, int] = {}
    count = 0
    for tick in sorted(ticks, key=lambda tick: tick.at):
        before = highest.get(tick.camera_id, 0)
        count += tick.epoch < before
        highest[tick.camera_id] = max(before, tick.epoch)
    return count


@dataclass(frozen=True, slots=True)
class Events:
    """Lamps of all cameras."""

    shown: int
    seen: int
    lost: int
    twice: int


def events(
    ticks: Sequence[Tick],
    incidents: Sequence[tuple[str, float]],
    phases: Mapping[str, int],
    began: float,
    since: float,
    until: float,
) -> Events:
    """Compare what was shown, what was seen and what came."""
    came: Counter[tuple[str, int]] = Counter()
    for camera_id, at in incidents:
        lamp = _lamp(at, phases[camera_id], began)
        if lamp is not None:
            came[camera_id, lamp] += 1
    seen = set()
    for tick in ticks:
        lamp = _lamp(tick.taken, phases[tick.camera_id], began) if tick.lit else None
        if lamp is not None:
            seen.add((tick.camera_id, lamp))
    inside = {
        (camera_id, lamp)
        for camera_id, phase in phases.items()
        for lamp in range(int((until - began + phase) / PERIOD) + 2)
        if since <= began + lamp * PERIOD / FPS - phase / FPS and _ends(lamp, phase, began) <= until
    }
    return Events(
        shown=len(inside),
        seen=len(seen & inside),
        lost=len((seen & inside) - set(came)),
        twice=sum(1 for key in inside if came[key] > 1),
    )


def _ends(lamp: int, phase: int, began: float) -> float:
    return began + (lamp * PERIOD + LIT - phase) / FPS


def _lamp(at: float, phase: int, began: float) -> int | None:
    """Which lamp of a camera is lit at a time; None when none is near."""
    place = (at - began) * FPS + phase
    lamp = round((place - LIT / 2) / PERIOD)
    middle = lamp * PERIOD + LIT / 2
    return lamp if abs(place - middle) <= LIT / 2 + ROUNDING_S * FPS else None
