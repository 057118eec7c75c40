"""VN_WQI by Decision 1460/QĐ-TCMT of 2019. Pure.

The Decision's text was not at hand: rows whose public copies disagree carry `confirmed: false`,
and so does every index that used one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from city.sensing.rounding import whole
from city.sensing.tables import Inputs, WaterRow, WaterTable, interpolate

GROUPS_NEEDED = 3
ORGANIC_NEEDED = 3
WaterReason = Literal["no_data", "too_few_groups", "no_organic_group"]
ASSUMED_GOOD = ("I", "II", "III")  # a missing one of these counts as 100


@dataclass(frozen=True, slots=True)
class WaterIndex:
    """An index with the quality of each parameter and group, and the unconfirmed rows it used."""

    index: int | None
    exact: float | None
    quality: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, float] = field(default_factory=dict)
    unconfirmed: Sequence[str] = ()
    reason: WaterReason | None = None


def quality(row: WaterRow, value: float) -> float:
    """The quality q of one parameter. Jumps at the ends are real."""
    first, last = row.points[0], row.points[-1]
    if value < first[0] or (row.first_inclusive and value == first[0]):
        return row.below
    if value > last[0]:
        return row.above
    return interpolate(row.points, value)


def saturation(oxygen: float, celsius: float) -> float:
    """Dissolved oxygen (mg/L) as per cent of what the water could hold at its temperature."""
    most = 14.652 - 0.41022 * celsius + 0.0079910 * celsius**2 - 0.000077774 * celsius**3
    return 100 * oxygen / most


def water_index(table: WaterTable, inputs: Inputs, *, weighted: bool = False) -> WaterIndex:
    """The index of one sample; `weighted` is the variant for rivers with much organic load.

    Needs three of the five groups, and of group IV (organic, nutrients) at least three parameters.
    """
    values = {name: v for name, v in inputs.items() if v is not None}
    oxygen, celsius = values.pop("do", None), values.pop("temperature", None)
    if oxygen is not None and celsius is not None:
        values["do_saturation"] = saturation(oxygen, celsius)
    found = {name: quality(table.rows[name], v) for name, v in values.items() if name in table.rows}
    if not found:
        return WaterIndex(None, None, reason="no_data")
    disputed = sorted(name for name in found if not table.rows[name].confirmed)
    groups = _groups(table, found)
    organic = sum(table.rows[name].group == "IV" for name in found)
    reason: WaterReason | None = None
    if organic < ORGANIC_NEEDED:
        reason = "no_organic_group"
    elif len(groups) < GROUPS_NEEDED:
        reason = "too_few_groups"
    if reason:
        return WaterIndex(None, None, found, groups, disputed, reason)
    exact = _combined(groups, weighted)
    return WaterIndex(whole(exact), exact, found, groups, disputed)


def _groups(table: WaterTable, found: Mapping[str, float]) -> dict[str, float]:
    """I alone; pesticides and metals by geometric mean; the others by arithmetic mean."""
    members: dict[str, list[float]] = {}
    for name, q in found.items():
        members.setdefault(table.rows[name].group, []).append(q)
    return {
        group: math.prod(qs) ** (1 / len(qs)) if group in ("II", "III") else sum(qs) / len(qs)
        for group, qs in sorted(members.items())
    }


def _combined(groups: Mapping[str, float], weighted: bool) -> float:
    share = math.prod(groups.get(group, 100.0) / 100 for group in ASSUMED_GOOD)
    organic, microbes = groups["IV"], groups.get("V")
    if microbes is None:
        return share * organic
    if weighted:
        return float(share * (organic**2 * microbes) ** (1 / 3))
    return share * math.sqrt(organic * microbes)
