"""The annotated still: the rule as it was drawn and the boxes it is about."""

from collections.abc import Sequence

import cv2
import numpy as np
from city.contracts.cameras import Box
from city.contracts.watching import Rule

from gpu_workers.cameras.seen import Picture

RULE, BOX, INK = (0, 200, 255), (40, 40, 230), (255, 255, 255)  # blue, green, red
AREAS = ("zone", "lane", "corners")
LINES = ("stop_line", "first", "second")
SAME = 0.5  # overlap above which a detector's box is the incident's own


def annotated(picture: Picture, rule: Rule, boxes: Sequence[Box], caption: str) -> Picture:
    """A copy with the rule's areas and lines, the incident's boxes and a line of text (ASCII)."""
    drawn = picture.copy()
    height, width = drawn.shape[:2]
    thick = max(1, width // 480)
    told = rule.model_dump()
    for name in AREAS:
        if told.get(name):
            cv2.polylines(drawn, [_pixels(told[name], width, height)], True, RULE, thick)
    for name in LINES:
        if told.get(name):
            start, end = _pixels(told[name], width, height)
            cv2.line(drawn, tuple(map(int, start)), tuple(map(int, end)), RULE, thick * 2)
    if told.get("direction") and told.get("lane"):
        _arrow(drawn, told["lane"], told["direction"], thick)
    for box in boxes:
        start, end = _pixels((box.top_left, box.bottom_right), width, height)
        cv2.rectangle(drawn, tuple(map(int, start)), tuple(map(int, end)), BOX, thick * 2)
        _text(drawn, f"{box.label} {box.score:.2f}", (int(start[0]), int(start[1]) - 4), thick)
    _text(drawn, caption, (6, height - 8), thick)
    return drawn


def _arrow(drawn: Picture, lane: Sequence[tuple[float, float]], way: tuple[float, float],
           thick: int) -> None:  # fmt: skip
    height, width = drawn.shape[:2]
    middle = np.mean(np.asarray(lane), axis=0)
    length = np.hypot(*way) or 1.0
    tip = middle + np.asarray(way) / length * 0.15
    start, end = _pixels((tuple(middle), tuple(tip)), width, height)
    cv2.arrowedLine(drawn, tuple(map(int, start)), tuple(map(int, end)), RULE, thick * 2)


def _pixels(points: Sequence[Sequence[float]], width: int, height: int) -> np.ndarray:
    return np.round(np.asarray(points) * (width - 1, height - 1)).astype(np.int32)


def _text(drawn: Picture, words: str, at: tuple[int, int], thick: int) -> None:
    size = max(0.4, drawn.shape[1] / 1600)
    place = (at[0], max(12, at[1]))
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(drawn, words, place, font, size, (0, 0, 0), thick + 2, cv2.LINE_AA)
    cv2.putText(drawn, words, place, font, size, INK, thick, cv2.LINE_AA)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    left, top = (max(a, b) for a, b in zip(one.top_left, other.top_left, strict=True))
    right, bottom = (min(a, b) for a, b in zip(one.bottom_right, other.bottom_right, strict=True))
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    return shared / (area(one) + area(other) - shared or 1.0)


def area(box: Box) -> float:
    """Of a box, in shares of the picture."""
    return (box.bottom_right[0] - box.top_left[0]) * (box.bottom_right[1] - box.top_left[1])


def others(seen: Sequence[Box], about: Sequence[Box]) -> list[Box]:
    """What the detector saw beside what the incident is about, and not inside of it."""
    return [
        box
        for box in seen
        if all(overlap(box, own) < SAME and not _inside(box, own) for own in about)
    ]


def _inside(box: Box, own: Box) -> bool:
    x = (box.top_left[0] + box.bottom_right[0]) / 2
    y = (box.top_left[1] + box.bottom_right[1]) / 2
    (left, top), (right, bottom) = own.top_left, own.bottom_right
    return box.label == "plate" and left <= x <= right and top <= y <= bottom
