"""The words between the parts of a worker: a frame, what a detector saw in it, what a rule says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from city.contracts.cameras import Box, CameraConfig, PlateReading
from city.contracts.watching import Rule

Picture = npt.NDArray[np.uint8]  # height, width, 3: blue, green, red


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded picture; `at` is the stream's wall clock in UTC, `index` counts frames."""

    camera_id: str
    picture: Picture
    at: datetime
    index: int = 0


@dataclass(frozen=True, slots=True)
class Happening:
    """An incident as a rule sees it; `key` is the same for every frame of one incident.

    `started_at` is when it began, `at` when it was decided, both by the stream's clock.
    """

    rule: Rule
    key: str
    started_at: datetime
    at: datetime
    score: float
    boxes: tuple[Box, ...] = ()
    plate: PlateReading | None = None
    measures: dict[str, float] = field(default_factory=dict)
    said: str | None = None


class Detector(Protocol):
    """Sees things in pictures. Order of the answer is the order of the pictures."""

    name: str  # name@version
    provider: str

    def detect(self, pictures: Sequence[Picture]) -> list[list[Box]]:
        """The boxes of each picture, not tracked yet."""
        ...


class Watch(Protocol):
    """One camera's memory: tracker, rules, plates. Not shared between threads."""

    def step(self, frame: Frame, boxes: Sequence[Box]) -> list[Happening]:
        """Take one frame with what the detector saw in it; returns what is new."""
        ...

    def renew(self, config: CameraConfig) -> None:
        """Take changed rules; tracks and rules that did not change go on."""
        ...


class WatchMaker(Protocol):
    """Makes the memory for a camera that was taken."""

    def __call__(self, config: CameraConfig, **tools: Any) -> Watch:
        """A fresh memory."""
        ...
