"""VN_AQI by Decision 1459/QĐ-TCMT of 2019: hour (with Nowcast) and day. Pure.

All concentrations are one-hour means in µg/m³, carbon monoxide too. The printed example of NO2
118.7 gives 60 where the formula gives 59.35; no rounding fits it together with the other examples,
so 59 is what we report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from city.sensing.rounding import whole
from city.sensing.tables import AirTable, interpolate

HOURS = 24
NOWCAST_HOURS = 12
NOWCAST_NEEDS = 2  # of the newest three
DAY_NEEDS = 18  # of 24 hours; the Decision has no rule, 75 % is ours
EIGHT_NEEDS = 6  # of 8 hours; ours too
EIGHT_HOUR_CEILING = 400.0  # above it the one-hour column alone counts

Reason = Literal["no_data", "no_pm", "nowcast_incomplete", "incomplete_day"]
Column = Literal["o3_1h", "o3_8h", "co", "so2", "no2", "pm10", "pm25"]


@dataclass(frozen=True, slots=True)
class Sub:
    """The index of one pollutant: the concentration it came from, or why there is none."""

    column: str
    value: float | None
    index: float | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class AirIndex:
    """An index, the pollutant that sets it, and all parts; `reason` says why there is none."""

    index: int | None
    main: str | None
    parts: Mapping[str, Sub] = field(default_factory=dict)
    reason: Reason | None = None


def sub_index(table: AirTable, column: str, concentration: float) -> float:
    """The index of a concentration, not rounded; 500 at and above the last breakpoint."""
    bounds = table.columns[column]
    points = list(zip(bounds, map(float, table.index), strict=False))
    if concentration >= bounds[-1]:
        return points[-1][1]
    return interpolate(points, max(concentration, 0.0))


@dataclass(frozen=True, slots=True)
class Nowcast:
    """A weighted mean of twelve hours and the weight that made it."""

    value: float
    weight: float


def nowcast(newest_first: Sequence[float | None]) -> Nowcast | None:
    """The Nowcast over c1 (now) to c12; None unless two of the newest three are there.

    Always normalised. The Decision's text writes the sum for w = 1/2 without dividing, which with
    all twelve values differs by 0.024 %, and with gaps is wrong (c1 missing halves the result).
    """
    values = list(newest_first[:NOWCAST_HOURS])
    if sum(v is not None for v in values[:3]) < NOWCAST_NEEDS:
        return None
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    lowest, highest = min(v for _, v in known), max(v for _, v in known)
    if highest <= 0:
        return Nowcast(0.0, 1.0)
    weight = max(lowest / highest, 0.5)
    total = sum(weight**i for i, _ in known)
    return Nowcast(sum(weight**i * v for i, v in known) / total, weight)


def hour_index(
    table: AirTable, now: Mapping[str, float | None], dust: Mapping[str, Sequence[float | None]]
) -> AirIndex:
    """The index of an hour: `now` has o3, co, so2, no2; `dust` pm10 and pm25, newest first."""
    parts: dict[str, Sub] = {}
    for name, column in (("o3", "o3_1h"), ("co", "co"), ("so2", "so2"), ("no2", "no2")):
        if name in now:
            parts[name] = _sub(table, column, now[name], "no_data")
    for name in ("pm10", "pm25"):
        if name in dust:
            cast = nowcast(dust[name])
            parts[name] = _sub(table, name, cast.value if cast else None, "nowcast_incomplete")
    return _overall(parts)


def day_index(
    table: AirTable, hours: Mapping[str, Sequence[float | None]], before: Sequence[float | None]
) -> AirIndex:
    """The index of a day from its 24 one-hour means (labelled 01:00 to 00:00).

    `before` has ozone of the seven hours before, for the eight-hour means of the first hours.
    """
    parts: dict[str, Sub] = {}
    for name in ("co", "so2", "no2"):
        if name in hours:
            known = _known(hours[name])
            parts[name] = _sub(table, name, max(known) if known else None, "incomplete_day")
    for name in ("pm10", "pm25"):
        if name in hours:
            known = _known(hours[name])
            mean = sum(known) / len(known) if known else None
            parts[name] = _sub(table, name, mean, "incomplete_day")
    if "o3" in hours:
        parts["o3"] = _ozone_day(table, hours["o3"], before)
    return _overall(parts)


def eight_hour_means(
    hours: Sequence[float | None], before: Sequence[float | None]
) -> list[float | None]:
    """Means of eight hours, each belonging to its last hour; `before` is the seven hours before."""
    row = [*([None] * (7 - len(before))), *before[-7:], *hours]
    means: list[float | None] = []
    for end in range(8, len(row) + 1):
        known = [v for v in row[end - 8 : end] if v is not None]
        means.append(sum(known) / len(known) if len(known) >= EIGHT_NEEDS else None)
    return means


def _ozone_day(
    table: AirTable, hours: Sequence[float | None], before: Sequence[float | None]
) -> Sub:
    """The larger of the two columns; above 400 the eight-hour one is not used."""
    known = _known(hours)
    if not known:
        return Sub("o3_1h", None, None, "incomplete_day")
    one = _sub(table, "o3_1h", max(known), "incomplete_day")
    eights = [v for v in eight_hour_means(hours, before) if v is not None]
    if not eights or max(eights) > EIGHT_HOUR_CEILING:
        return one
    eight = _sub(table, "o3_8h", max(eights), "incomplete_day")
    return max(one, eight, key=lambda sub: sub.index or 0.0)


def _known(hours: Sequence[float | None]) -> list[float]:
    """The hours that were measured, if they are enough for a day."""
    known = [v for v in hours[:HOURS] if v is not None]
    return known if len(known) >= DAY_NEEDS else []


def _sub(table: AirTable, column: str, value: float | None, missing: Reason) -> Sub:
    if value is None:
        return Sub(column, None, None, missing)
    return Sub(column, value, sub_index(table, column, value))


def _overall(parts: Mapping[str, Sub]) -> AirIndex:
    """The largest part; without dust there is no index, however bad the gases are."""
    known = {name: part.index for name, part in parts.items() if part.index is not None}
    if not known:
        reason = next((p.reason for p in parts.values() if p.reason), None)
        return AirIndex(None, None, parts, reason or "no_data")
    if not {"pm10", "pm25"} & known.keys():
        dust = [parts[name].reason for name in ("pm25", "pm10") if name in parts]
        return AirIndex(None, None, parts, dust[0] if dust else "no_pm")
    main = max(known, key=lambda name: known[name])
    return AirIndex(whole(known[main]), main, parts)
