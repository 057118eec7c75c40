"""What a rule sees of one moment, and what it answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from city.contracts.cameras import Box, PlateReading

from gpu_workers.cameras.seen import Picture

from .tracks import Track

Phase = Literal["red", "yellow", "green", "unknown"]


class SignalFeed(Protocol):
    """A controller's word on its lamps."""

    def phase(self, controller: str, at: datetime) -> tuple[Phase, datetime]:
        """The phase at `at` and when it began."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """One frame: its picture, the things that were seen in it, the plates read so far."""

    at: datetime
    picture: Picture
    tracks: tuple[Track, ...] = ()
    boxes: tuple[Box, ...] = ()  # as detected, plates among them
    plates: Mapping[int, PlateReading] = field(default_factory=dict)  # by track

    @property
    def aspect(self) -> float:
        """Width by height."""
        return float(self.picture.shape[1] / self.picture.shape[0])


@dataclass(frozen=True, slots=True)
class Sight:
    """What a rule holds true at this moment; the gate decides whether it is an incident.

    `key` names the incident within the rule. `since` is given by rules that know better than
    the gate when it began.
    """

    key: str
    score: float
    boxes: tuple[Box, ...] = ()
    track: int | None = None
    since: datetime | None = None
    plate: PlateReading | None = None
    measures: dict[str, float] = field(default_factory=dict)
    said: str | None = None


class Looker(Protocol):
    """One rule's eye. It may remember what it needs; `look` is called for every frame in order."""

    def look(self, view: View) -> Iterable[Sight]:
        """What holds now."""
        ...
