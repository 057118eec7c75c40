"""Rows of the table `indicators`.

V#<code>         <area>#<period>   a released value with its history
S#<submission>   SUBMISSION        a submission
A#<agency>       <submission>      an agency's submissions, in the order of their ids
RELEASES         <submission>      what was released, in the order of the submissions' ids
BY#<account>                       what somebody did: `city.adapters.acts`
"""

from city.adapters.acts import did
from city.adapters.table import ABSENT, Operation, Put, Row, Table, everything
from city.indicators.model import Cell, IndicatorEntry, Submission

CELLS_BOUND = 20_000  # of one indicator: forty communes for forty years of months


class Store:
    """The table of indicators."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def cells(self, code: str, area: str | None = None) -> list[Cell]:
        """An indicator's released values, of one area or of all, in order of area and period."""
        prefix = f"{area}#" if area else ""
        rows = everything(self._table, f"V#{code}", prefix=prefix, bound=CELLS_BOUND)
        return [Cell.model_validate(row.doc) for row in rows]

    def page(
        self, code: str, area: str | None, after: str | None, limit: int
    ) -> tuple[list[Cell], str | None]:
        """A page of an indicator's released values."""
        prefix = f"{area}#" if area else ""
        rows, more = self._table.query(f"V#{code}", prefix=prefix, after=after, limit=limit)
        return [Cell.model_validate(row.doc) for row in rows], more

    def held(
        self, code: str, rows: tuple[IndicatorEntry, ...]
    ) -> dict[tuple[str, str], tuple[Cell, int]]:
        """What is released already of the entries' (period, area), with versions."""
        keys = [(f"V#{code}", f"{row.area}#{row.period}") for row in rows]
        cells = {
            key: (Cell.model_validate(row.doc), row.version)
            for key, row in self._table.get_many(keys).items()
        }
        return {(cell.period, cell.area): (cell, version) for cell, version in cells.values()}

    def submission(self, submission_id: str) -> tuple[Submission, int] | None:
        """A submission and its version."""
        row = self._table.get(f"S#{submission_id}", "SUBMISSION")
        return (Submission.model_validate(row.doc), row.version) if row else None

    def of_agency(
        self, agency: str, after: str | None, limit: int
    ) -> tuple[list[Submission], str | None]:
        """An agency's submissions, newest first."""
        return self._listed(f"A#{agency}", after, limit)

    def releases(self, after: str | None, limit: int) -> tuple[list[Submission], str | None]:
        """Released submissions, newest first."""
        return self._listed("RELEASES", after, limit)

    def _listed(
        self, pk: str, after: str | None, limit: int
    ) -> tuple[list[Submission], str | None]:
        rows, more = self._table.query(pk, after=after, limit=limit, reverse=True)
        keys = [(f"S#{row.sk}", "SUBMISSION") for row in rows]
        found = self._table.get_many(keys)
        return [Submission.model_validate(found[k].doc) for k in keys if k in found], more

    def add(self, submission: Submission) -> None:
        """Keep a new submission."""
        self._table.commit(
            Put(_submission(submission, 1), ABSENT),
            Put(Row(f"A#{submission.agency}", submission.id), ABSENT),
            *did(submission.at, submission.by, submission.id, "submit", submission.reason),
        )

    def decide(self, submission: Submission, version: int) -> None:
        """Keep a submission that ended without a release.

        Raises:
            CommitConflict: it changed in the meantime.
        """
        self._table.commit(
            Put(_submission(submission, version + 1), version), *_decided(submission)
        )

    def release(self, submission: Submission, version: int, cells: list[tuple[Cell, int]]) -> None:
        """Keep a release: the submission and all its values, or nothing. Versions are those read
        (ABSENT for a new value).

        Raises:
            CommitConflict: the submission or a value changed in the meantime.
        """
        operations: list[Operation] = [
            Put(_submission(submission, version + 1), version),
            Put(Row("RELEASES", submission.id), ABSENT),
            *_decided(submission),
            *(
                Put(
                    Row(
                        f"V#{cell.code}",
                        f"{cell.area}#{cell.period}",
                        cell.model_dump(mode="json"),
                        version=1 if read == ABSENT else read + 1,
                    ),
                    read,
                )
                for cell, read in cells
            ),
        ]
        self._table.commit(*operations)


def _submission(submission: Submission, version: int) -> Row:
    doc = submission.model_dump(mode="json")
    return Row(f"S#{submission.id}", "SUBMISSION", doc, version=version)


def _decided(submission: Submission) -> list[Put]:
    at, by = submission.decided_at, submission.decided_by
    if at is None or by is None:
        return []
    return did(at, by, submission.id, submission.state.value, submission.words)
