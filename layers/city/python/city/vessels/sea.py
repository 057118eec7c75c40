"""Distances on the sea.

A margin is how far a position is on the allowed side of a line, in nautical miles; negative on the
other side. The margin of a `limit` is measured to its whole ring, the part on land included: that
lies farther from any boat than the line on the sea.
"""

from city.kernel.geo import distance_m, distance_to_ring_m, in_ring
from city.vessels.model import HOUR_MS, NM_M, Fix, Port, Zone


def margin_nm(zone: Zone, lat: float, lon: float) -> float:
    """Nautical miles to a zone's line, positive where the boat may be."""
    inside = in_ring(lat, lon, zone.ring)
    allowed = inside if zone.kind == "limit" else not inside
    distance = distance_to_ring_m(lat, lon, zone.ring) / NM_M
    return distance if allowed else -distance


def knots_between(a: Fix, b: Fix) -> float:
    """The speed that two positions imply; infinite for two places at one time."""
    miles = distance_m(a.lat, a.lon, b.lat, b.lon) / NM_M
    hours = abs(b.t - a.t) / HOUR_MS
    if hours == 0:
        return float("inf") if miles > 0.1 else 0.0
    return miles / hours


def port_at(ports: tuple[Port, ...], lat: float, lon: float) -> Port | None:
    """The port in which a position lies."""
    return next(
        (p for p in ports if distance_m(lat, lon, p.lat, p.lon) <= p.radius_nm * NM_M), None
    )
