"""The disaster risk level of Decision 18/2021/QĐ-TTg, as far as its rows are known. Pure.

The decision goes by area; where the area of a place is not in the data no level is computed, and
the operator sets it.
"""

from datetime import date

from city.alerts.kinds import Book, RiskRow
from city.contracts.sensing import EpisodeChanged


def risk_level(book: Book, kind: str, event: EpisodeChanged, day: date) -> RiskRow | None:
    """The row of the highest level that an episode's alarm level reaches."""
    station = book.station(event.station)
    if station is None or station.risk_area is None or event.uom != "m":
        return None
    fitting = [
        row
        for row in book.risk
        if row.kind == kind
        and row.holds(day)
        and station.risk_area in row.areas
        and _reaches(row, event)
    ]
    return max(fitting, key=lambda row: row.level, default=None)


def _reaches(row: RiskRow, event: EpisodeChanged) -> bool:
    """From alarm `from_alarm` to under `to_alarm`, or to under `to_over_m` above the third."""
    alarm = min(event.level, 3)
    if alarm < row.from_alarm or event.value is None:
        return False
    if row.to_over_m is not None:
        top = event.levels[2] if len(event.levels) > 2 else None
        return top is not None and event.value < top + row.to_over_m
    return row.to_alarm is None or alarm < row.to_alarm
