"""Many reports as points in columns: what a map needs of each, at six bytes a report.

Neighbouring numbers are alike (newest first, in one city), so each is told as its difference from
the one before; compressed, a hundred thousand points weigh less than a photo. Identifiers are left
out, since they would weigh most: who taps a point asks the list for its place and day.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from city.kernel.clock import HUE
from city.kernel.ids import moment_of
from city.reports.workflow import FINAL, State

SCALE = 100_000  # a degree in whole steps of about a metre
_OVER = frozenset(state.value for state in FINAL) | {State.RESOLVED.value}


class Points(BaseModel):
    """Columns of equal length, newest report first.

    `lat`, `lon` (in 1/`scale` of a degree) and `day` (since 1970-01-01, in Huế) begin with a whole
    number and go on with differences. `category` and `state` are places in `categories` and
    `states`. `late` is 1 for a report that is past its due time and not over.
    """

    scale: int
    lat: list[int]
    lon: list[int]
    day: list[int]
    category: list[int]
    state: list[int]
    late: list[int]
    categories: list[str]
    states: list[str]
    next_cursor: str | None


def pack(cards: Iterable[dict[str, Any]], now: str, cursor: str | None) -> Points:
    """Cards as columns; `now` is a moment as cards write them."""
    listed = list(cards)
    categories = sorted({c["cat"] for c in listed})
    states = sorted({c["state"] for c in listed})
    return Points(
        scale=SCALE,
        lat=_steps(round(c["lat"] * SCALE) for c in listed),
        lon=_steps(round(c["lon"] * SCALE) for c in listed),
        day=_steps(_day(moment_of(c["id"])) for c in listed),
        category=_places(categories, (c["cat"] for c in listed)),
        state=_places(states, (c["state"] for c in listed)),
        late=[int(bool(c["due"]) and c["due"] < now and c["state"] not in _OVER) for c in listed],
        categories=categories,
        states=states,
        next_cursor=cursor,
    )


def _day(moment: datetime) -> int:
    return (moment.astimezone(HUE).date() - date(1970, 1, 1)).days


def _steps(numbers: Iterable[int]) -> list[int]:
    told, before = [], 0
    for number in numbers:
        told.append(number - before)
        before = number
    return told


def _places(legend: list[str], names: Iterable[str]) -> list[int]:
    known = {name: i for i, name in enumerate(legend)}
    return [known[name] for name in names]
