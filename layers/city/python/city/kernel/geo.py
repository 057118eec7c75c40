"""Places on the earth: WGS84 degrees, metres, geohashes, polygons."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_008.8
_GEOHASH = "0123456789bcdefghjkmnpqrstuvwxyz"

Ring = Sequence[tuple[float, float]]


class Box(NamedTuple):
    """A bounding box in degrees, west-south-east-north (RFC 7946 section 5)."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lat: float, lon: float) -> bool:
        """Whether the point lies inside or on the edge."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres (haversine)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    a = (
        math.sin((p2 - p1) / 2) ** 2
        + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(a)))


def geohash(lat: float, lon: float, length: int) -> str:
    """Niemeyer's geohash of a point; 6 characters are about 1.2 km x 0.6 km."""
    south, north, west, east = -90.0, 90.0, -180.0, 180.0
    out: list[str] = []
    bits, value, even = 0, 0, True
    while len(out) < length:
        if even:
            middle = (west + east) / 2
            value = value * 2 + (lon >= middle)
            west, east = (middle, east) if lon >= middle else (west, middle)
        else:
            middle = (south + north) / 2
            value = value * 2 + (lat >= middle)
            south, north = (middle, north) if lat >= middle else (south, middle)
        even, bits = not even, bits + 1
        if bits == 5:
            out.append(_GEOHASH[value])
            bits = value = 0
    return "".join(out)


def geohash_size(length: int) -> tuple[float, float]:
    """Height and width of a geohash cell in degrees."""
    bits = 5 * length
    return 180 / 2 ** (bits // 2), 360 / 2 ** (bits - bits // 2)


def cells_around(lat: float, lon: float, radius_m: float, length: int) -> list[str]:
    """The geohash cells that a circle may touch, sorted."""
    height, width = geohash_size(length)
    dlat = math.degrees(radius_m / EARTH_RADIUS_M)
    dlon = dlat / max(0.01, math.cos(math.radians(lat)))
    cells = {
        geohash(lat + y, lon + x, length) for y in _steps(dlat, height) for x in _steps(dlon, width)
    }
    return sorted(cells)


def _steps(reach: float, size: float) -> Iterator[float]:
    count = math.ceil(2 * reach / size)
    for i in range(count + 1):
        yield -reach + 2 * reach * i / count if count else 0.0


def in_ring(lat: float, lon: float, ring: Ring) -> bool:
    """Even-odd rule over a closed ring of (lon, lat) positions."""
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def in_polygon(lat: float, lon: float, rings: Sequence[Ring]) -> bool:
    """Inside the outer ring and outside every hole (GeoJSON Polygon coordinates)."""
    return in_ring(lat, lon, rings[0]) and not any(in_ring(lat, lon, hole) for hole in rings[1:])


def distance_to_ring_m(lat: float, lon: float, ring: Ring) -> float:
    """Metres from a point to the nearest edge of a ring (flat earth near the point)."""
    ky = math.radians(1) * EARTH_RADIUS_M
    kx = ky * math.cos(math.radians(lat))
    best = math.inf
    for (x1, y1), (x2, y2) in pairwise(ring):
        ax, ay = (x1 - lon) * kx, (y1 - lat) * ky
        bx, by = (x2 - x1) * kx, (y2 - y1) * ky
        length = bx * bx + by * by
        t = max(0.0, min(1.0, -(ax * bx + ay * by) / length)) if length else 0.0
        best = min(best, math.hypot(ax + t * bx, ay + t * by))
    return best
