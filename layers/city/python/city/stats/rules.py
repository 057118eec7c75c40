"""What an event adds to the counters. Pure, and nothing but addition: the order never matters.

Everything countable about a report is a function of its facts, dated by the step that made them
true. A step adds the contributions of the facts after it and takes back those of the facts before
it, both dated by itself; summed up to the end of any day in Huế this leaves, for each report,
exactly the contributions of the facts that held then.

Overdue needs no step to begin: it begins on the day after the due day. Facts of a running clock
therefore count as overdue from `max(day of the step, due day + 1)`. Say a clock due on day d runs
from day a until day b: +1 on max(a, d + 1), -1 on max(b, d + 1). At the end of day D these sum to
1 exactly when a <= D < b and d < D; when b <= d both fall on d + 1 and cancel.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from city.contracts.reports import Facts, ReportChanged
from city.kernel.clock import local_date

CITY = ("all", "city")
KINDS = ("category", "ward", "agency")
UNKNOWN = "unknown"  # the ward of a place in no ward
OVERDUE = "overdue"

Cell = tuple[str, str, date]
"""Kind of scope, code of the scope, day in Huế."""
Cells = dict[Cell, dict[str, int]]
"""Amounts by counter name, by cell."""


def changes(events: Iterable[ReportChanged]) -> Cells:
    """What some steps add to the counters; amounts of zero are left out."""
    cells: Cells = defaultdict(lambda: defaultdict(int))
    for event in events:
        if event.before == event.after:
            continue
        _contribute(cells, event.after, event.at, 1)
        if event.before is not None:
            _contribute(cells, event.before, event.at, -1)
    return without_zeros(cells)


def without_zeros(cells: Cells) -> Cells:
    """The cells that would change something."""
    kept = {key: {n: v for n, v in amounts.items() if v} for key, amounts in cells.items()}
    return {key: amounts for key, amounts in kept.items() if amounts}


def overdue_from(due_at: datetime) -> date:
    """The first day on which a running clock with this due time counts as overdue."""
    return local_date(due_at) + timedelta(days=1)


def first_assigned(events: Iterable[ReportChanged]) -> dict[str, date]:
    """The earliest day on which each agency got a report in these steps."""
    first: dict[str, date] = {}
    for event in events:
        had = event.before.agencies if event.before else ()
        for agency in event.after.agencies:
            if agency not in had:
                day = local_date(event.at)
                first[agency] = min(day, first.get(agency, day))
    return first


def _contribute(cells: Cells, facts: Facts, at: datetime, sign: int) -> None:
    day = local_date(at)
    amounts = _amounts(facts)
    late = max(day, overdue_from(facts.due_at)) if facts.due_at else None
    for kind, code in _scopes(facts):
        cell = cells[kind, code, day]
        for name, amount in amounts:
            cell[name] += sign * amount
        if late is not None:
            cells[kind, code, late][OVERDUE] += sign


def _amounts(facts: Facts) -> list[tuple[str, int]]:
    amounts = [("received", 1), (facts.bucket.value, 1)]
    if facts.timing is not None:
        amounts.append((f"timing_{facts.timing}", 1))
    amounts += [(f"rating_{level}", count) for level, count in facts.ratings.items()]
    if facts.fines_vnd:
        amounts.append(("fines_vnd", facts.fines_vnd))
    if facts.reopened:
        amounts.append(("reopened", facts.reopened))
    return amounts


def _scopes(facts: Facts) -> Iterator[tuple[str, str]]:
    yield CITY
    yield "category", facts.category
    yield "ward", facts.ward or UNKNOWN
    for agency in dict.fromkeys(facts.agencies):
        yield "agency", agency
