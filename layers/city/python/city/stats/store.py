"""The rows of the table `stats`.

| row | pk | sk | holds |
|---|---|---|---|
| day | `D#<kind>#<yyyy-mm>` | `yyyy-mm-dd#<code>` | counters of one day |
| month | `M#<kind>` | `yyyy-mm#<code>` | counters of one month |
| total | `T#<kind>` | `<code>` | counters of all time; not kept for the whole city |
| marker | `SEEN#<batch>` | `<part>` | that this part of a batch was counted |
| agency | `AGENCIES` | `<agency>` | the first day it ever got a report |

A kind's codes share partitions, so that one query reads all categories (wards, agencies) of a
time. Figures of the whole city as of a day are a prefix: its months and the days of the last one.
Those of the other kinds are totals less a suffix: today's figures read almost nothing but totals,
and older ones read what came later, never the whole history of every ward.

Markers have no end of life: a replay of the whole log must count nothing twice, whenever it comes.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from city.adapters.table import (
    ABSENT,
    MAX_OPERATIONS,
    Add,
    CommitConflict,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.stats.rules import CITY, KINDS, Cells

Counters = dict[str, int]
ADDS = MAX_OPERATIONS - 1  # a part of a batch is one commit with its marker
ATTEMPTS = 5
_AFTER_ALL = "~"  # sorts after every character of our codes


class Counts:
    """The counters of the city."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, batch: str, cells: Cells) -> int:
        """Add once what a batch changes; returns how many commits were new.

        The operations follow from the cells alone, so a batch that was cut short between two
        commits goes on where it stopped.
        """
        adds = _operations(cells)
        parts = [adds[first : first + ADDS] for first in range(0, len(adds), ADDS)]
        return sum(self._add_part(f"{i:06}", batch, part) for i, part in enumerate(parts))

    def _add_part(self, name: str, batch: str, part: list[Operation]) -> bool:
        marker = Row(f"SEEN#{batch}", name)
        try:
            self._table.commit(Put(marker, ABSENT), *part)
        except CommitConflict:
            return False
        return True

    def note_agencies(self, first: Mapping[str, date]) -> None:
        """Remember the earliest day of each agency; telling it twice changes nothing.

        Raises:
            CommitConflict: others kept changing the same agency; telling it again is safe.
        """
        stored = self._table.get_many([("AGENCIES", agency) for agency in first])
        for agency, day in first.items():
            self._note_agency(agency, day.isoformat(), stored.get(("AGENCIES", agency)))

    def _note_agency(self, agency: str, day: str, row: Row | None) -> None:
        for attempt in range(ATTEMPTS):
            if row and row.doc["first"] <= day:
                return
            version = row.version if row else 0
            fresh = Row("AGENCIES", agency, {"first": day}, version + 1)
            try:
                self._table.commit(Put(fresh, version if row else ABSENT))
                return
            except CommitConflict:
                if attempt == ATTEMPTS - 1:
                    raise
                row = self._table.get("AGENCIES", agency)

    def agencies(self, as_of: date) -> int:
        """How many agencies had ever got a report by the end of a day."""
        rows = everything(self._table, "AGENCIES")
        return sum(row.doc["first"] <= as_of.isoformat() for row in rows)

    def months(self, as_of: date) -> dict[str, Counters]:
        """The whole city's counters by month (`yyyy-mm`), the last one up to the end of a day."""
        last, day = as_of.isoformat()[:7], as_of.isoformat()
        months: dict[str, Counters] = {}
        for row in self._rows(f"M#{CITY[0]}", None, last):
            months[row.sk[:7]] = dict(row.counters)
        days: Counters = defaultdict(int)
        for row in self._rows(f"D#{CITY[0]}#{last}", None, day + _AFTER_ALL):
            _sum(days, row, 1)
        if days:
            months[last] = dict(days)
        return months

    def by_code(self, kind: str, as_of: date) -> dict[str, Counters]:
        """Counters of every category, ward or agency at the end of a day."""
        last, day = as_of.isoformat()[:7], as_of.isoformat()
        found: dict[str, Counters] = defaultdict(lambda: defaultdict(int))
        for row in self._rows(f"T#{kind}", None, None):
            _sum(found[row.sk], row, 1)
        for row in self._rows(f"M#{kind}", last + _AFTER_ALL, None):
            _sum(found[row.sk[8:]], row, -1)
        for row in self._rows(f"D#{kind}#{last}", day + _AFTER_ALL, None):
            _sum(found[row.sk[11:]], row, -1)
        return found

    def _rows(self, pk: str, after: str | None, until: str | None) -> Iterator[Row]:
        while True:
            rows, after = self._table.query(pk, after=after, until=until, limit=1000)
            yield from rows
            if after is None:
                return


def _sum(into: Counters, row: Row, sign: int) -> None:
    for name, amount in row.counters.items():
        into[name] += sign * amount


def _operations(cells: Cells) -> list[Operation]:
    rows: dict[tuple[str, str], Counters] = defaultdict(lambda: defaultdict(int))
    for (kind, code, day), amounts in cells.items():
        month = day.isoformat()[:7]
        keys = [(f"D#{kind}#{month}", f"{day}#{code}"), (f"M#{kind}", f"{month}#{code}")]
        if kind in KINDS:
            keys.append((f"T#{kind}", code))
        for key in keys:
            for name, amount in amounts.items():
                rows[key][name] += amount
    kept = ((key, {n: v for n, v in rows[key].items() if v}) for key in sorted(rows))
    return [Add(*key, counters) for key, counters in kept if counters]
