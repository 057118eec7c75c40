"""Plane geometry over points in shares of the picture.

`square` turns shares into heights of the picture, so that angles and lengths are those on the
screen; insideness and crossings are the same in both.
"""

from collections.abc import Sequence
from math import acos, degrees, hypot

from city.contracts.cameras import Box
from city.contracts.watching import Line, Point

Vector = tuple[float, float]


def feet(box: Box) -> Point:
    """Where a thing stands: the middle of the box's lower edge."""
    return (box.top_left[0] + box.bottom_right[0]) / 2, box.bottom_right[1]


def middle(box: Box) -> Point:
    """The middle of a box."""
    return (
        (box.top_left[0] + box.bottom_right[0]) / 2,
        (box.top_left[1] + box.bottom_right[1]) / 2,
    )


def size(box: Box) -> Vector:
    """Width and height in shares."""
    return box.bottom_right[0] - box.top_left[0], box.bottom_right[1] - box.top_left[1]


def square(vector: Vector, aspect: float) -> Vector:
    """Shares to heights of the picture; `aspect` is width by height."""
    return vector[0] * aspect, vector[1]


def minus(a: Vector, b: Vector) -> Vector:
    """a - b."""
    return a[0] - b[0], a[1] - b[1]


def length(v: Vector) -> float:
    """Euclidean."""
    return hypot(v[0], v[1])


def angle_deg(a: Vector, b: Vector) -> float:
    """The angle between two vectors, 0 to 180; 180 when one of them is nothing."""
    both = length(a) * length(b)
    if both == 0:
        return 180.0
    return degrees(acos(max(-1.0, min(1.0, (a[0] * b[0] + a[1] * b[1]) / both))))


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Even-odd rule; a point on an edge may be either."""
    x, y = point
    hit = False
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            hit = not hit
    return hit


def crossing(line: Line, before: Point, after: Point) -> float | None:
    """The share of the way from `before` to `after` at which it crosses the line's segment."""
    (ax, ay), (bx, by) = line
    rx, ry = after[0] - before[0], after[1] - before[1]
    sx, sy = bx - ax, by - ay
    across = rx * sy - ry * sx
    if across == 0:
        return None
    t = ((ax - before[0]) * sy - (ay - before[1]) * sx) / across
    u = ((ax - before[0]) * ry - (ay - before[1]) * rx) / across
    return t if 0 <= t <= 1 and 0 <= u <= 1 else None


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    wide = min(a.bottom_right[0], b.bottom_right[0]) - max(a.top_left[0], b.top_left[0])
    high = min(a.bottom_right[1], b.bottom_right[1]) - max(a.top_left[1], b.top_left[1])
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    (aw, ah), (bw, bh) = size(a), size(b)
    return shared / (aw * ah + bw * bh - shared)


def near(a: Box, b: Box, sizes: float = 1.0) -> bool:
    """Their middles are no further apart than `sizes` of the larger box."""
    dx, dy = minus(middle(a), middle(b))
    (aw, ah), (bw, bh) = size(a), size(b)
    return abs(dx) <= sizes * max(aw, bw) and abs(dy) <= sizes * max(ah, bh)
