"""A scene: seed and script in, pictures and exact truth out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from city.contracts.cameras import Box
from city.contracts.watching import Label, Rule

from gpu_workers.cameras.seen import Frame, Picture

from . import people
from .backdrop import Backdrop, paint_backdrop
from .brush import Brush, Place
from .fixtures import Fixture
from .lens import Floats, Lens
from .things import Thing
from .vehicles import PAINTERS
from .weather import Look, Weather, moved

STARTS = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)  # a Tuesday, eight in the morning in Huế
LEAST_PIXELS = 3.0  # smaller boxes are no truth for anybody


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing in one picture. `box` is in pixels, clipped; `visible` the share not hidden."""

    label: Label
    track: int
    box: tuple[float, float, float, float]
    visible: float
    plate: str | None = None
    plate_corners: Floats | None = None  # four corners in pixels, when the plate shows


@dataclass(frozen=True, slots=True)
class Incident:
    """What a rule has to say: once, with `at_s` in the window. `track` is the truth's."""

    rule_id: str
    since_s: float
    until_s: float
    track: int | None = None
    measures: dict[str, tuple[float, float]] = field(default_factory=dict)  # value, tolerance
    plate: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture with its truth."""

    picture: Picture
    at_s: float
    index: int
    seen: tuple[Seen, ...]

    def frame(self, camera_id: str = "scene") -> Frame:
        """As a worker would get it."""
        return Frame(camera_id, self.picture, STARTS + timedelta(seconds=self.at_s), self.index)

    def boxes(self, least_visible: float = 0.3) -> list[Box]:
        """The truth as a perfect detector would say it."""
        h, w = self.picture.shape[:2]
        return [
            Box(
                label=s.label,
                score=0.99,
                track=s.track,
                top_left=(s.box[0] / w, s.box[1] / h),
                bottom_right=(s.box[2] / w, s.box[3] / h),
            )
            for s in self.seen
            if s.visible >= least_visible
        ]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is in a film. Rules are in shares, incidents are the truth."""

    name: str
    lens: Lens
    backdrop: Backdrop
    things: tuple[Thing, ...] = ()
    fixtures: tuple[Fixture, ...] = ()
    seconds: float = 20.0
    fps: float = 10.0
    look: Look = "day"
    seed: int = 0
    rules: tuple[Rule, ...] = ()
    incidents: tuple[Incident, ...] = ()
    read_plates: bool = False
    level: Callable[[float], float] | None = None  # metres of water at the staff

    def frames(self, step: int = 1) -> Iterator[Shot]:
        """Paint every `step`-th, one after the other."""
        still = paint_backdrop(self.lens, self.backdrop)
        weather = Weather(self.look, self.seed, still.shape[:2])
        for index in range(0, round(self.seconds * self.fps), step):
            yield self._shot(still, weather, index)

    def _shot(self, still: Picture, weather: Weather, index: int) -> Shot:
        t = index / self.fps
        brush = Brush(self.lens, still.copy(), np.zeros(still.shape[:2], dtype=np.uint8))
        shift = weather.shift(index)
        painted: list[tuple[int, Floats, Floats | None]] = []
        for _, track, item in self._from_far(t):
            brush.track, brush.hull = track, []
            plate = item(brush)
            if track and brush.hull:
                painted.append((track, np.concatenate(brush.hull), plate))
        seen = [s for s in (self._seen(brush, *p, shift) for p in painted) if s is not None]
        picture = moved(weather.apply(brush.picture, brush, index), shift)
        return Shot(picture, t, index, tuple(sorted(seen, key=lambda s: s.track)))

    def _from_far(self, t: float) -> list[tuple[float, int, "_Painter"]]:
        items: list[tuple[float, int, _Painter]] = [
            (-f.y, 0, _Painter(t, fixture=f)) for f in self.fixtures
        ]
        for n, thing in enumerate(self.things):
            pose = thing.path.at(t)
            if pose is not None:
                items.append((-pose[1], n + 1, _Painter(t, thing=thing, pose=pose)))
        return sorted(items, key=lambda i: i[:2])

    def _seen(
        self,
        brush: Brush,
        track: int,
        hull: Floats,
        plate: Floats | None,
        shift: tuple[float, float],
    ) -> Seen | None:
        w, h = self.lens.width, self.lens.height
        whole = (hull.min(axis=0), hull.max(axis=0))
        x0, y0 = np.clip(whole[0] + shift, 0, (w, h))
        x1, y1 = np.clip(whole[1] + shift, 0, (w, h))
        if x1 - x0 < LEAST_PIXELS or y1 - y0 < LEAST_PIXELS:
            return None
        visible = self._visible(brush, track, whole)
        thing = self.things[track - 1]
        return Seen(
            thing.label,
            track,
            (float(x0), float(y0), float(x1), float(y1)),
            visible,
            thing.plate.text if thing.plate else None,
            None if plate is None else plate + shift,
        )

    def _visible(self, brush: Brush, track: int, whole: tuple[Floats, Floats]) -> float:
        """Own pixels against those of anybody in front, in the box; outside counts as hidden."""
        (x0, y0), (x1, y1) = np.floor(whole[0]).astype(int), np.ceil(whole[1]).astype(int)
        area = max(int(x1 - x0), 1) * max(int(y1 - y0), 1)
        part = brush.owner[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
        own = int((part == track).sum())
        filling = (
            0.62 if self.things[track - 1].label not in ("person", "bicycle", "fire") else 0.42
        )
        return min(1.0, own / (area * filling))


class _Painter:
    """Paints one thing or fixture at one moment."""

    def __init__(
        self,
        t: float,
        fixture: Fixture | None = None,
        thing: Thing | None = None,
        pose: tuple[float, float, float, float] | None = None,
    ) -> None:
        self._t, self._fixture, self._thing, self._pose = t, fixture, thing, pose

    def __call__(self, brush: Brush) -> Floats | None:
        if self._fixture is not None:
            self._fixture.paint(brush, self._t)
            return None
        assert self._thing is not None  # noqa: S101 - one of the two is always given
        assert self._pose is not None  # noqa: S101
        return _paint(brush, self._thing, self._pose, self._t)


def _paint(
    brush: Brush, thing: Thing, pose: tuple[float, float, float, float], t: float
) -> Floats | None:
    x, y, heading, speed = pose
    at, size = Place(x, y, heading), thing.size(t)
    if thing.label in PAINTERS:
        return PAINTERS[thing.label](brush, at, thing, size)
    if thing.label == "person":
        people.person(brush, at, thing, size[2], t, speed)
    elif thing.label == "bag":
        people.bag(brush, at, thing, size)
    elif thing.label == "fire":
        people.flames(brush, at, thing, size, t)
    else:
        people.smoke(brush, at, thing, size, t)
    return None
