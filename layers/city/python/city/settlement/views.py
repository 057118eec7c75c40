"""Reports for auditors and administrators: runs, what they found, balances, statements as kept."""

import csv
import io
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from city.adapters.files import Files
from city.adapters.routes import Reply
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import NotFound, invalid
from city.settlement.acting import Office
from city.settlement.matching import Comparison
from city.settlement.model import AccountBalance, Cover, Input, Run, RunState, Tally, ThreeWay
from city.settlement.sources import BANK

CSV = "text/csv; charset=utf-8"


class Again(BaseModel):
    """The day to reconcile."""

    model_config = ConfigDict(extra="forbid")

    day: date


class RunsQuery(PageQuery):
    """Runs of one day, or of all."""

    day: date | None = None


class FindingsQuery(PageQuery):
    """Of one source or kind."""

    source: str | None = Field(None, max_length=60)
    kind: Comparison | None = None


class RunCard(BaseModel):
    """A run in a list."""

    id: str
    day: date
    at: str
    by: str
    state: RunState
    differences: int
    missing: list[str]
    covered: bool


class RunView(BaseModel):
    """A run in full."""

    id: str
    day: date
    at: str
    by: str
    state: RunState
    inputs: list[Input]
    tallies: dict[str, Tally]
    three_way: list[ThreeWay]
    cover: Cover
    covered: bool
    spare_vnd: int
    unexplained_vnd: int
    balances: list[AccountBalance]
    balances_sum_vnd: int
    progress: dict[str, int]


class FindingView(BaseModel):
    """One reference of a run."""

    source: str
    ref: str
    kind: Comparison
    action: str
    ours_vnd: int | None
    theirs_vnd: int | None
    lines: int
    receipt: str


def runs(office: Office, query: RunsQuery) -> Page[RunCard]:
    """Runs, newest first."""
    after = decode_cursor(query.cursor).get("a")
    found, more = office.store.runs(query.day, after, query.limit)
    return Page(
        items=[_card(run) for run in found],
        next_cursor=encode_cursor({"a": more}) if more else None,
    )


def _card(run: Run) -> RunCard:
    return RunCard(
        at=run.at.isoformat(),
        differences=sum(tally.differences for tally in run.tallies.values()),
        missing=[each.source for each in run.inputs if each.missing],
        covered=run.cover.enough,
        **run.model_dump(include={"id", "day", "by", "state"}),
    )


def run(office: Office, run_id: str) -> RunView:
    """A run in full.

    Raises:
        NotFound: there is none.
    """
    held = office.store.run(run_id)
    return RunView(
        at=held.at.isoformat(),
        covered=held.cover.enough,
        spare_vnd=held.cover.spare_vnd,
        unexplained_vnd=held.cover.unexplained_vnd,
        balances_sum_vnd=sum(each.credit_vnd - each.debit_vnd for each in held.balances),
        progress={each.value: count for each, count in held.progress.items()},
        **held.model_dump(
            include={
                "id", "day", "by", "state", "inputs", "tallies", "three_way", "cover", "balances",
            }
        ),
    )  # fmt: skip


def findings(office: Office, files: Files, run_id: str, query: FindingsQuery) -> Page[FindingView]:
    """What a run found, out of its file.

    Raises:
        NotFound: there is no such run. Invalid: the cursor is not one of ours.
    """
    rows = [
        _finding(row)
        for row in csv.DictReader(io.StringIO(_report(office, files, run_id)))
        if query.source in (None, row["source"]) and query.kind in (None, row["kind"])
    ]
    first = decode_cursor(query.cursor).get("n", 0)
    if not isinstance(first, int) or first < 0:
        raise invalid("cursor", "Mã trang không hợp lệ.", "This cursor is not one of ours.")
    behind = first + query.limit
    return Page(
        items=rows[first:behind],
        next_cursor=encode_cursor({"n": behind}) if behind < len(rows) else None,
    )


def _finding(row: dict[str, str]) -> FindingView:
    return FindingView.model_validate(
        {**row, "ours_vnd": row["ours_vnd"] or None, "theirs_vnd": row["theirs_vnd"] or None}
    )


def _report(office: Office, files: Files, run_id: str) -> str:
    data = files.read(office.store.run(run_id).report)
    if data is None:
        raise NotFound(what="báo cáo / report")
    return data.decode()


def sheet(office: Office, files: Files, run_id: str) -> Reply:
    """What a run found, as the sheet that it kept."""
    headers = {"Content-Disposition": f'attachment; filename="{run_id}.csv"'}
    return Reply(_report(office, files, run_id), headers=headers, media_type=CSV)


def balances(office: Office, run_id: str) -> Reply:
    """The trial balance of a run's day as a sheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("account", "accounts", "debit_vnd", "credit_vnd"))
    for each in office.store.run(run_id).balances:
        writer.writerow((each.account, each.accounts, each.debit_vnd, each.credit_vnd))
    headers = {"Content-Disposition": f'attachment; filename="{run_id}-balances.csv"'}
    return Reply(out.getvalue(), headers=headers, media_type=CSV)


def statement(office: Office, files: Files, run_id: str, source: str) -> Reply:
    """A statement that a run read, as it came, with its SHA-256 as ETag.

    Raises:
        NotFound: the run read none of this source.
    """
    said = next((i for i in office.store.run(run_id).inputs if i.source == source and i.key), None)
    data = files.read(said.key) if said else None
    if said is None or data is None:
        raise NotFound(what="sao kê / statement")
    headers = {"ETag": f'"{said.sha256}"', "Cache-Control": "private, no-cache"}
    kind = "application/json" if source == BANK else CSV  # camt.053; billers' sheets
    return Reply(data.decode("utf-8", "replace"), headers=headers, media_type=kind)
