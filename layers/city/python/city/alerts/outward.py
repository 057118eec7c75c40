"""Fewer positions without losing anybody: the simplified polygon contains the drawn one.

Two moves, each of which only adds ground. A *dent* (a reflex corner) is bridged. An *edge* between
two bulging corners is dropped by drawing its neighbours on until they meet. The cheapest move that
touches nothing else goes first; when none is left the convex hull goes on, then the rectangle.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from city.alerts.cap import Ring
from city.alerts.shapes import (
    MAX_VERTICES,
    Point,
    doubled_area,
    frame,
    hull,
    side,
    simple,
    to_grid,
    to_ring,
    touch,
)

_FAR = 50_000_000  # steps; a meeting point beyond it is no use


class Move(NamedTuple):
    """Positions `first` to `last` of the ring give way to `via`, adding `cost` of ground."""

    cost: float
    first: int
    last: int
    via: tuple[Point, ...]


def simplified(ring: Sequence[tuple[float, float]], limit: int = MAX_VERTICES) -> Ring:
    """The ring in at most `limit` positions (the closing one counts), containing the drawn one.

    Raises:
        ValueError: the ring is no simple polygon.
    """
    points = to_grid(ring)
    if not simple(points):
        raise ValueError("not a simple polygon")
    if doubled_area(points) < 0:
        points.reverse()
    keep = limit - 1
    shrunk = _shrunk(points, keep)
    if len(shrunk) > keep:
        shrunk = _shrunk(hull(points), keep)
    return to_ring(shrunk if len(shrunk) <= keep else frame(points))


def _shrunk(points: list[Point], keep: int) -> list[Point]:
    while len(points) > max(keep, 3):
        found = _cheapest(points)
        if found is None:
            return points
        points = _applied(points, found)
    return points


def _applied(points: list[Point], move: Move) -> list[Point]:
    n = len(points)
    gone = {(move.first + i) % n for i in range((move.last - move.first) % n + 1)}
    made: list[Point] = []
    for i, p in enumerate(points):
        if i == move.first:
            made += move.via
        if i not in gone:
            made.append(p)
    return made


def _cheapest(points: list[Point]) -> Move | None:
    moves = sorted(_moves(points))
    if not moves:
        return None
    near = _Near(points)
    return next((move for move in moves if _free(points, move, near)), None)


def _moves(points: list[Point]) -> list[Move]:
    n = len(points)
    turns = [side(points[i - 1], points[i], points[(i + 1) % n]) for i in range(n)]
    moves: list[Move] = []
    for i in range(n):
        if turns[i] <= 0:
            moves.append(Move(-turns[i] / 2, i, i, ()))
        elif turns[(i + 1) % n] > 0:
            a, b = points[i - 1], points[i]
            c, d = points[(i + 1) % n], points[(i + 2) % n]
            corner = _meeting(a, b, c, d)
            if corner:
                cost = abs(side(b, corner, c)) / 2
                moves.append(Move(cost, i, (i + 1) % n, (corner,)))
    return moves


def _meeting(a: Point, b: Point, c: Point, d: Point) -> Point | None:
    """Where a→b and d→c, drawn on, meet outside b-c; rounded so that b and c stay inside."""
    ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], c[0] - d[0], c[1] - d[1]
    across = ux * vy - uy * vx
    if across <= 0:  # they run apart
        return None
    t = ((d[0] - b[0]) * vy - (d[1] - b[1]) * vx) / across
    x, y = b[0] + t * ux, b[1] + t * uy
    if t <= 0 or abs(x) > _FAR or abs(y) > _FAR:
        return None
    near = [(round(x) + i, round(y) + j) for i in (0, 1, -1, 2, -2) for j in (0, 1, -1, 2, -2)]
    good = [p for p in near if side(a, p, b) >= 0 and side(p, d, c) >= 0 and side(b, c, p) < 0]
    return min(good, key=lambda p: (p[0] - x) ** 2 + (p[1] - y) ** 2, default=None)


class _Near:
    """Edges as arrays: one question about all of them at once."""

    def __init__(self, points: list[Point]) -> None:
        import numpy as np  # only long polygons pay for it

        self._np = np
        at = np.array(points, dtype=np.int64)
        self._low = np.minimum(at, np.roll(at, -1, axis=0))
        self._high = np.maximum(at, np.roll(at, -1, axis=0))

    def edges(self, box: Sequence[Point]) -> list[int]:
        """Indexes of edges whose frames meet that of some points."""
        xs, ys = [p[0] for p in box], [p[1] for p in box]
        low, high = self._np.array([min(xs), min(ys)]), self._np.array([max(xs), max(ys)])
        mask = ((self._high >= low) & (self._low <= high)).all(axis=1)
        return [int(i) for i in self._np.nonzero(mask)[0]]


def _free(points: list[Point], move: Move, near: _Near) -> bool:
    """Whether the new path meets no other edge.

    That is enough: the rest of the ring joins the ends of the path, so it lies wholly on one side
    of the added ground's border, and the inside is on the other.
    """
    n = len(points)
    before, after = (move.first - 1) % n, (move.last + 1) % n
    path = [points[before], *move.via, points[after]]
    if len(set(path)) < len(path):
        return False
    old = {before, move.first, move.last}  # the edges that start there give way
    for i in near.edges(path):
        if i in old:
            continue
        p, q = points[i], points[(i + 1) % n]
        for u, v in pairwise(path):
            shared = {p, q} & {u, v}
            if shared:
                other = next(iter({p, q} - shared), None)
                if other is None or _along(u, v, shared, other):
                    return False
            elif touch(u, v, p, q):
                return False
    return True


def _along(u: Point, v: Point, shared: set[Point], other: Point) -> bool:
    """Whether an edge that leaves a shared corner runs back along u-v."""
    corner = next(iter(shared))
    far = v if corner == u else u
    dot = (far[0] - corner[0]) * (other[0] - corner[0]) + (far[1] - corner[1]) * (
        other[1] - corner[1]
    )
    return side(corner, far, other) == 0 and dot > 0
