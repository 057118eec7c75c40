"""Rows of the table `settlement`.

RUN#<run>        R             a run
RUNS             <run>         all runs, in order of time; DAY#<day> <run> those of a day
DIFF#<source>    <ref>         a difference over all runs
WAITING          <day>#<source>#<ref>   differences that are open or wait for a person
PAYOUT#<source>  <day>         what was paid out to a biller for a day
BY#<account>                    what somebody did: `city.adapters.acts`
"""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel

from city.adapters.acts import did
from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, Delete, Operation, Put, Row, Table
from city.contracts.envelope import Announcement
from city.kernel.problems import NotFound
from city.settlement.model import Difference, Handling, Run

Event = tuple[str, Announcement, datetime]
UNFINISHED = frozenset({Handling.OPEN, Handling.CASE})


class PaidOut(BaseModel, frozen=True):
    """What was begun to be paid out for a day; `payments` are the ledger's."""

    total_vnd: int = 0
    payments: tuple[str, ...] = ()


class Settlements:
    """The table of runs and differences."""

    def __init__(self, table: Table, outbox: Outbox) -> None:
        self._table, self._outbox = table, outbox

    def add(self, run: Run, events: list[Event]) -> None:
        """Keep a run."""
        self._outbox.commit(
            [
                Put(Row(f"RUN#{run.id}", "R", run.model_dump(mode="json")), ABSENT),
                Put(Row("RUNS", run.id)),
                Put(Row(f"DAY#{run.day}", run.id)),
                *did(run.at, run.by, run.id, "reconcile"),
            ],
            events,
        )

    def run(self, run_id: str) -> Run:
        """A run.

        Raises:
            NotFound: there is none.
        """
        row = self._table.get(f"RUN#{run_id}", "R")
        if row is None:
            raise NotFound(what="lần đối soát / run")
        return Run.model_validate(row.doc)

    def runs(self, day: date | None, after: str | None, limit: int) -> tuple[list[Run], str | None]:
        """Runs of a day, or all, newest first."""
        where = f"DAY#{day}" if day else "RUNS"
        rows, more = self._table.query(where, after=after, limit=limit, reverse=True)
        keys = [(f"RUN#{row.sk}", "R") for row in rows]
        found = self._table.get_many(keys)
        return [Run.model_validate(found[key].doc) for key in keys if key in found], more

    def difference(self, source: str, ref: str) -> tuple[Difference | None, int]:
        """A difference and its version (ABSENT when there is none)."""
        row = self._table.get(f"DIFF#{source}", ref)
        return (Difference.model_validate(row.doc), row.version) if row else (None, ABSENT)

    def save(self, difference: Difference, expect: int, acts: Sequence[Operation] = ()) -> None:
        """Keep a difference with who did it; the list of what waits follows it.

        Raises:
            CommitConflict: somebody was faster.
        """
        version = max(expect, 0) + 1
        row = Row(
            f"DIFF#{difference.source}",
            difference.ref,
            difference.model_dump(mode="json"),
            version=version,
        )
        place = f"{difference.day}#{difference.source}#{difference.ref}"
        waits: Operation = (
            Put(Row("WAITING", place))
            if difference.progress in UNFINISHED
            else Delete("WAITING", place)
        )
        self._table.commit(Put(row, expect), waits, *acts)

    def waiting(self, after: str | None, limit: int) -> tuple[list[Difference], str | None]:
        """Differences that are open or wait for a person, oldest day first."""
        rows, more = self._table.query("WAITING", after=after, limit=limit)
        keys = [_difference_key(row.sk) for row in rows]
        found = self._table.get_many(keys)
        return [Difference.model_validate(found[key].doc) for key in keys if key in found], more

    def waits_on(self, day: date) -> bool:
        """Whether something of a day is open or waits for a person."""
        rows, _ = self._table.query("WAITING", prefix=f"{day}#", limit=1)
        return bool(rows)

    def paid_out(self, source: str, day: date) -> tuple[PaidOut, int]:
        """What was paid out for a day, and the row's version."""
        row = self._table.get(f"PAYOUT#{source}", str(day))
        return (PaidOut.model_validate(row.doc), row.version) if row else (PaidOut(), ABSENT)

    def pay_out(self, source: str, day: date, paid: PaidOut, expect: int) -> None:
        """Keep what was paid out.

        Raises:
            CommitConflict: somebody was faster.
        """
        doc = paid.model_dump(mode="json")
        row = Row(f"PAYOUT#{source}", str(day), doc, version=max(expect, 0) + 1)
        self._table.commit(Put(row, expect))


def _difference_key(place: str) -> tuple[str, str]:
    _, source, ref = place.split("#", 2)
    return f"DIFF#{source}", ref
