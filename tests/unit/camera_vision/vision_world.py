"""Hand-made tracks before a blank picture."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from city.contracts.cameras import Box, CameraConfig
from city.contracts.watching import Label, Rule

from gpu_workers.cameras.seen import Frame, Happening, Picture
from gpu_workers.cameras.vision import CameraMemory
from gpu_workers.cameras.vision.tracks import Track

MORNING = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)  # a Tuesday, eight in Huế
BLANK = np.full((90, 160, 3), 120, dtype=np.uint8)
NAMED: dict[str, Any] = {
    "rule_id": "rule",
    "name_vi": "Luật",
    "name_en": "Rule",
    "valid_from": MORNING - timedelta(days=1),
}
EVERYWHERE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
Where = Callable[[float], tuple[float, float] | None]


def box(
    label: Label, x: float, y: float, wide: float = 0.1, high: float = 0.12, score: float = 0.9
) -> Box:
    """A box that stands with its feet at (x, y)."""
    return Box(
        label=label,
        score=score,
        top_left=(min(1, max(0.0, x - wide / 2)), min(1, max(0.0, y - high))),
        bottom_right=(min(1, max(0.0, x + wide / 2)), min(1, max(0.0, y))),
    )


def memory(*rules: Rule, **tools: Any) -> CameraMemory:
    return CameraMemory(
        CameraConfig(
            camera_id="c",
            config_version=1,
            epoch=1,
            source="file:x",
            place=(16.46, 107.59),
            model="m@1",
            rules=rules,
            read_plates="plates" in tools,
        ),
        **tools,
    )


def watch(
    watching: CameraMemory,
    seconds: float,
    boxes: Callable[[float], Iterable[Box]],
    *,
    fps: float = 5.0,
    picture: Callable[[float], Picture] = lambda _: BLANK,
    start: datetime = MORNING,
) -> list[Happening]:
    """Play `boxes(t)` and give what was told."""
    told: list[Happening] = []
    for k in range(round(seconds * fps)):
        t = k / fps
        frame = Frame("c", picture(t), start + timedelta(seconds=t), k)
        told += watching.step(frame, [b for b in boxes(t) if b is not None])
    return told


def going(
    label: Label,
    since: float,
    start: tuple[float, float],
    speed: tuple[float, float],
    until: float = 1e9,
    **kwargs: float,
) -> Callable[[float], list[Box]]:
    """A thing that moves at a constant speed in shares a second."""

    def at(t: float) -> list[Box]:
        if not since <= t <= until:
            return []
        x, y = start[0] + speed[0] * (t - since), start[1] + speed[1] * (t - since)
        return [box(label, x, y, **kwargs)] if 0.02 < x < 0.98 and 0.1 < y < 0.98 else []

    return at


def together(*things: Callable[[float], list[Box]]) -> Callable[[float], list[Box]]:
    """All of them."""
    return lambda t: [b for thing in things for b in thing(t)]


def track_of(
    points: Sequence[tuple[float, float]],
    label: Label = "car",
    step_s: float = 0.2,
    **kwargs: float,
) -> Track:
    """A track through these feet."""
    track = Track(1)
    for n, (x, y) in enumerate(points):
        track.add(MORNING + timedelta(seconds=n * step_s), box(label, x, y, **kwargs))
    return track
