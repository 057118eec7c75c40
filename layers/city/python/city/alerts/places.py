"""Areas of warnings: units, drawings, outlines, and whether a point lies in one."""

import functools
from collections.abc import Iterable, Sequence
from datetime import date

from city.alerts.cap import Ring
from city.alerts.lint import AROUND_HUE, MAX_POLYGONS
from city.alerts.model import Area
from city.alerts.outward import simplified
from city.alerts.shapes import (
    MAX_DRAWN,
    circle_holds,
    circle_ring,
    ring_holds,
    simple,
    to_grid,
    touch,
)
from city.kernel.problems import invalid
from city.kernel.reference import Boundary, Reference

MAX_RADIUS_M = 200_000


def drawn(rings: Sequence[Sequence[tuple[float, float]]]) -> tuple[Ring, ...]:
    """What somebody drew, closed, valid, at most 100 positions each and never smaller.

    Raises:
        Invalid: too many, too long, far away, or crossing itself.
    """
    if len(rings) > MAX_POLYGONS:
        raise invalid(
            "area.polygons", f"Tối đa {MAX_POLYGONS} hình.", f"At most {MAX_POLYGONS} polygons."
        )
    kept: list[Ring] = []
    for i, ring in enumerate(rings):
        where = f"area.polygons.{i}"
        if len(ring) > MAX_DRAWN:
            raise invalid(where, f"Tối đa {MAX_DRAWN} điểm.", f"At most {MAX_DRAWN} positions.")
        if not all(AROUND_HUE.holds(lat, lon) for lat, lon in ring):
            raise invalid(
                where,
                "Có điểm ngoài khu vực Huế (thứ tự là vĩ độ, kinh độ).",
                "A position is far from Huế (the order is latitude, longitude).",
            )
        if not simple(to_grid(ring)):
            raise invalid(
                where,
                "Các cạnh cắt nhau hoặc hình không có diện tích.",
                "The edges cross, or the polygon encloses nothing.",
            )
        kept.append(simplified(ring))
    return tuple(kept)


def settled(area: Area, city: Reference, day: date) -> Area:
    """The area with its drawing simplified and the units that it touches.

    Raises:
        Invalid: a unit does not exist on that day, a drawing is bad, or nothing is said.
    """
    for i, code in enumerate(area.units):
        if city.unit(code, day) is None:
            raise invalid(
                f"area.units.{i}",
                f"Không có đơn vị {code} vào ngày này.",
                f"There is no unit {code} on this day.",
            )
    for i, (lat, lon, metres) in enumerate(area.circles):
        if not (AROUND_HUE.holds(lat, lon) and 0 < metres <= MAX_RADIUS_M):
            raise invalid(
                f"area.circles.{i}",
                "Tâm quanh Huế (vĩ độ, kinh độ), bán kính trên 0 đến 200.000 mét.",
                "The centre around Huế (latitude, longitude), the radius up to 200,000 metres.",
            )
    if not (area.units or area.polygons or area.circles or area.whole_city):
        raise invalid("area", "Cần chọn vùng cảnh báo.", "An area is needed.")
    polygons = drawn(area.polygons)
    rings = [*polygons, *(circle_ring(circle) for circle in area.circles)]
    touched = tuple(sorted(_touched(rings, city, day) - set(area.units)))
    return area.model_copy(update={"polygons": polygons, "touched": touched})


def _touched(rings: Iterable[Ring], city: Reference, day: date) -> set[str]:
    """Units of the finest outlines that a drawing meets."""
    known = city.boundaries(day)
    if known is None:
        return set()
    return {b.code for ring in rings for b in known.boundaries if _meets(b, ring)}


def _meets(boundary: Boundary, ring: Ring) -> bool:
    lats, lons = [p[0] for p in ring], [p[1] for p in ring]
    box = boundary.box
    if max(lons) < box.west or min(lons) > box.east or max(lats) < box.south:
        return False
    if min(lats) > box.north:
        return False
    if any(boundary.holds(lat, lon) for lat, lon in ring):
        return True
    mine = to_grid(ring)
    for polygon in boundary.polygons:
        if any(ring_holds(lat, lon, ring) for lon, lat in polygon[0]):
            return True
        outline = to_grid([(lat, lon) for lon, lat in polygon[0]])
        if _cross(mine, outline):
            return True
    return False


def _cross(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> bool:
    """Whether two outlines have a point in common. Only edges of the other that come near the first
    are looked at: an outline has hundreds, and a drawing is small."""
    west, east = min(x for x, _ in one), max(x for x, _ in one)
    south, north = min(y for _, y in one), max(y for _, y in one)
    near = [
        (c, d)
        for c, d in zip((other[-1], *other), other, strict=False)
        if max(c[0], d[0]) >= west
        and min(c[0], d[0]) <= east
        and max(c[1], d[1]) >= south
        and min(c[1], d[1]) <= north
    ]
    return any(
        touch(a, b, c, d) for a, b in zip((one[-1], *one), one, strict=False) for c, d in near
    )


@functools.lru_cache(maxsize=256)
def _rings(boundary: Boundary) -> tuple[Ring, ...]:
    """A unit's outline for a message: outer rings only, each simplified outward."""
    made = []
    for polygon in boundary.polygons:
        ring = tuple((lat, lon) for lon, lat in polygon[0])
        if simple(to_grid(ring)):
            made.append(simplified(ring))
    return tuple(made)


def outlines(codes: Iterable[str], city: Reference, day: date) -> tuple[Ring, ...]:
    """The outlines of some units, or nothing when they are too many for one message."""
    known = city.boundaries(day)
    wanted = set(codes)
    rings = [r for b in (known.boundaries if known else ()) if b.code in wanted for r in _rings(b)]
    return tuple(rings) if len(rings) <= MAX_POLYGONS else ()


def holds(area: Area, lat: float, lon: float, unit: str | None) -> bool:
    """Whether a point (in `unit`, if known) lies in an area."""
    return (
        area.whole_city
        or (unit is not None and unit in area.units)
        or any(ring_holds(lat, lon, ring) for ring in area.polygons)
        or any(circle_holds(lat, lon, circle) for circle in area.circles)
    )


def concerns(area: Area, unit: str) -> bool:
    """Whether an area has to do with a unit."""
    return area.whole_city or unit in area.units or unit in area.touched
