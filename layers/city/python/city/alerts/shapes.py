"""Polygons of warnings: valid, short enough, and never smaller than what was drawn.

Everything is computed in whole steps of 0.00001 degree (about a metre), so that "inside" and
"crosses" are exact. Rings are (lat, lon), closed.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from city.alerts.cap import Ring

SCALE = 100_000
MAX_VERTICES = 100  # the closing position counts
MAX_DRAWN = 2_000

Point = tuple[int, int]  # x (lon), y (lat) in steps


def to_grid(ring: Sequence[tuple[float, float]]) -> list[Point]:
    """The open ring in steps, without repeated positions."""
    points = [(round(lon * SCALE), round(lat * SCALE)) for lat, lon in ring]
    kept = [p for p, following in zip(points, [*points[1:], None], strict=True) if p != following]
    while len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return kept


def to_ring(points: Sequence[Point]) -> Ring:
    """Back to degrees, closed."""
    closed = [*points, points[0]]
    return tuple((y / SCALE, x / SCALE) for x, y in closed)


def side(a: Point, b: Point, c: Point) -> int:
    """Positive when c lies left of a→b, 0 on the line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def doubled_area(points: Sequence[Point]) -> int:
    """Twice the signed area; positive when counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*points, points[0]]))


def _within(a: Point, b: Point, c: Point) -> bool:
    """Whether c, on the line of a and b, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def touch(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the segments a-b and c-d have a point in common."""
    s1, s2, s3, s4 = side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)
    if ((s1 > 0) != (s2 > 0)) and ((s3 > 0) != (s4 > 0)) and 0 not in (s1, s2, s3, s4):
        return True
    return (
        (s1 == 0 and _within(a, b, c))
        or (s2 == 0 and _within(a, b, d))
        or (s3 == 0 and _within(c, d, a))
        or (s4 == 0 and _within(c, d, b))
    )


def simple(points: Sequence[Point]) -> bool:
    """Whether the open ring neither crosses nor touches itself and encloses something.

    A sweep along x keeps only edges whose spans meet, which is enough for 2,000 positions.
    """
    n = len(points)
    if n < 3 or doubled_area(points) == 0:
        return False
    edges = [(points[i], points[(i + 1) % n], i) for i in range(n)]
    spans = sorted((min(a[0], b[0]), max(a[0], b[0]), a, b, i) for a, b, i in edges)
    open_edges: list[tuple[int, Point, Point, int]] = []
    for west, east, a, b, i in spans:
        open_edges = [edge for edge in open_edges if edge[0] >= west]
        for _, c, d, j in open_edges:
            if max(a[1], b[1]) < min(c[1], d[1]) or min(a[1], b[1]) > max(c[1], d[1]):
                continue
            if _meet_wrongly(a, b, i, c, d, j, n):
                return False
        open_edges.append((east, a, b, i))
    return True


def _meet_wrongly(a: Point, b: Point, i: int, c: Point, d: Point, j: int, n: int) -> bool:
    """Neighbours may share their corner and nothing else; others must not touch at all."""
    if (i + 1) % n == j:
        return side(a, b, d) == 0 and _folds_back(a, b, d)
    if (j + 1) % n == i:
        return side(c, d, b) == 0 and _folds_back(c, d, b)
    return touch(a, b, c, d)


def _folds_back(a: Point, b: Point, c: Point) -> bool:
    """Whether a→b→c, on one line, turns round."""
    return (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0


def hull(points: Sequence[Point]) -> list[Point]:
    """The convex hull, counter-clockwise, without positions on its edges."""
    ordered = sorted(set(points))
    chains: list[list[Point]] = []
    for run in (ordered, ordered[::-1]):
        chain: list[Point] = []
        for p in run:
            while len(chain) > 1 and side(chain[-2], chain[-1], p) <= 0:
                chain.pop()
            chain.append(p)
        chains.append(chain[:-1])
    return chains[0] + chains[1]


def frame(points: Sequence[Point]) -> list[Point]:
    """The upright rectangle around some points."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    west, south, east, north = min(xs), min(ys), max(xs), max(ys)
    return [(west, south), (east, south), (east, north), (west, north)]


def circle_holds(lat: float, lon: float, circle: tuple[float, float, float]) -> bool:
    """Whether a point lies in a circle (lat, lon, metres)."""
    from city.kernel.geo import distance_m

    return distance_m(lat, lon, circle[0], circle[1]) <= circle[2]


def ring_holds(lat: float, lon: float, ring: Ring) -> bool:
    """Whether a point lies in a ring."""
    from city.kernel.geo import in_ring

    return in_ring(lat, lon, [(x, y) for y, x in ring])


def circle_ring(circle: tuple[float, float, float], corners: int = 32) -> Ring:
    """A polygon around a circle, for maps that draw no circles."""
    lat, lon, metres = circle
    reach = metres / math.cos(math.pi / corners)  # corners outside, edges touch the circle
    dlat = math.degrees(reach / 6_371_008.8)
    dlon = dlat / math.cos(math.radians(lat))
    turn = [2 * math.pi * i / corners for i in range(corners)]
    points = [(lat + dlat * math.sin(t), lon + dlon * math.cos(t)) for t in turn]
    return (*points, points[0])
