"""One camera's memory: tracks, plates, one looker and one gate for each rule."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from city.contracts.cameras import Box, CameraConfig, PlateReading
from city.contracts.watching import FaceList, Rule
from city.kernel.calendar import WorkingCalendar

from gpu_workers.cameras.seen import Frame, Happening, Picture

from .gate import Gate
from .hours import holds
from .rules import looker_of
from .tracks import Track, Tracker
from .view import Looker, SignalFeed, View

FaceEye = Callable[[FaceList], Looker]


class PlateEye(Protocol):
    """Reads plates and votes over a track's frames. One for each camera: it remembers tracks."""

    def look(
        self,
        picture: Picture,
        tracks: Sequence[Track],
        boxes: Sequence[Box],
    ) -> dict[int, PlateReading]:
        """All readings so far of tracks that are still there, by track."""
        ...


class CameraMemory:
    """Implements `seen.Watch`."""

    def __init__(
        self,
        config: CameraConfig,
        *,
        plates: PlateEye | None = None,
        signals: SignalFeed | None = None,
        calendar: WorkingCalendar | None = None,
        faces: FaceEye | None = None,
    ) -> None:
        self._faces = faces
        self._signals, self._calendar, self._plates = signals, calendar, plates
        self._tracker = Tracker(config.sample_fps)
        self._eyes: dict[str, tuple[Rule, Looker, Gate]] = {}
        self.renew(config)

    def renew(self, config: CameraConfig) -> None:
        """Rules that did not change keep what they remember."""
        self._reads = config.read_plates
        rules = (r for r in config.rules if not isinstance(r, FaceList) or self._may(config))
        self._eyes = {rule.rule_id: self._kept(rule) for rule in rules}

    def _may(self, config: CameraConfig) -> bool:
        """Faces are looked for only with the camera's flag, by a worker that has a model."""
        return config.faces and self._faces is not None

    def _kept(self, rule: Rule) -> tuple[Rule, Looker, Gate]:
        known = self._eyes.get(rule.rule_id)
        if known is not None and known[0] == rule:
            return known
        if isinstance(rule, FaceList) and self._faces is not None:
            return rule, self._faces(rule), Gate(rule)
        return rule, looker_of(rule, self._signals), Gate(rule)

    def step(self, frame: Frame, boxes: Sequence[Box]) -> list[Happening]:
        """Follow, read, look, decide."""
        view = self._view(frame, boxes)
        told: list[Happening] = []
        for rule, looker, gate in self._eyes.values():
            sights = list(looker.look(view))  # looks always: memory has no office hours
            if not holds(rule, frame.at, self._calendar):
                sights = []
            told += gate.pass_on(view, sights)
        return [_with_plate(h, view) for h in told]

    def _view(self, frame: Frame, boxes: Sequence[Box]) -> View:
        aspect = frame.picture.shape[1] / frame.picture.shape[0]
        tracks = self._tracker.step(frame.at, boxes, aspect)
        plates: dict[int, PlateReading] = {}
        if self._reads and self._plates is not None:
            plates = self._plates.look(frame.picture, tracks, boxes)
        return View(frame.at, frame.picture, tuple(tracks), tuple(boxes), plates)


def _with_plate(told: Happening, view: View) -> Happening:
    """Boxes get their track's number; a plate that was read rides along."""
    numbers = {id(t.now.box): t.number for t in view.tracks}
    boxes = tuple(
        b.model_copy(update={"track": numbers[id(b)]}) if id(b) in numbers else b
        for b in told.boxes
    )
    plate = told.plate
    if plate is None and boxes and boxes[0].track is not None:
        plate = view.plates.get(boxes[0].track)
    return replace(told, boxes=boxes, plate=plate)
