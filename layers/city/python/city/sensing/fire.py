"""Forest-fire danger: Nesterov's P, day by day, by the city's table of zones and rains. Pure.

P and the reset by rain are the common Nesterov form; the city's decision gives the bands and, for
each zone and month, the rain that sets P back. Months it does not name have no index.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

from city.sensing.tables import Band, FireTable

FireReason = Literal["no_data", "rain_threshold_unknown", "zone_unknown"]


@dataclass(frozen=True, slots=True)
class FireDay:
    """What is measured of a day: air at 13:00 and the rain of the whole day."""

    day: date
    celsius_13h: float | None
    humidity_13h: float | None
    rain_mm: float | None


@dataclass(frozen=True, slots=True)
class FireIndex:
    """P at the end of a day and its danger level 1 to 5."""

    p: float | None
    level: int | None
    band: Band | None
    reset: bool = False
    reason: FireReason | None = None


def saturation_deficit(celsius: float, humidity: float) -> float:
    """How much vapour (mb) the air could still take up (Magnus formula)."""
    most = 6.112 * math.exp(17.62 * celsius / (243.12 + celsius))
    return most * (1 - humidity / 100)


def fire_day(table: FireTable, zone: str, yesterday: float, measured: FireDay) -> FireIndex:
    """P of a day from yesterday's: grown by t13 x d13, or back to 0 after enough rain."""
    if zone not in table.zones:
        return FireIndex(None, None, None, reason="zone_unknown")
    threshold = table.rain_reset.get(zone, {}).get(measured.day.month)
    if threshold is None:
        return FireIndex(None, None, None, reason="rain_threshold_unknown")
    if measured.rain_mm is None:
        return FireIndex(None, None, None, reason="no_data")
    if measured.rain_mm >= threshold:
        return _index(table, 0.0, reset=True)
    if measured.celsius_13h is None or measured.humidity_13h is None:
        return FireIndex(None, None, None, reason="no_data")
    deficit = saturation_deficit(measured.celsius_13h, measured.humidity_13h)
    return _index(table, yesterday + max(measured.celsius_13h, 0.0) * deficit, reset=False)


def _index(table: FireTable, p: float, *, reset: bool) -> FireIndex:
    level, band = danger(table, p)
    return FireIndex(p, level, band, reset)


def danger(table: FireTable, p: float) -> tuple[int, Band]:
    """Level and band of P: a band's upper bound belongs to it (5,000 is still I)."""
    level = 1 + sum(p > band.low for band in table.bands[1:])
    return level, table.bands[level - 1]
