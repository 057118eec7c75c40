"""Reconciling a day. Every run is a new one over the same books: it asks for the statements anew,
keeps them under their hash, compares, acts, and writes down what it found. A run that lacked a
statement is no answer for the next one.
"""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from city.adapters.files import Files
from city.contracts.settlement import DayReconciled
from city.kernel.clock import HUE, local_date
from city.kernel.ids import derived_id
from city.settlement import ours
from city.settlement.acting import Office, difference_of, handle
from city.settlement.covering import cover
from city.settlement.matching import Finding, Theirs, match
from city.settlement.model import Handling, Input, Run, RunState, Tally, ThreeWay, TooEarly
from city.settlement.payouts import agreed_vnd, pay_biller, three_way
from city.settlement.sources import BANK, BILLER, Fetched, NoStatement, Source, Sources

DUE_HOUR = time(2)  # of the next day in Huế; statements come in the night
LOOK_BACK = 5  # days that the clock looks at again
AGAIN = timedelta(hours=20)
REPORT = ("source", "ref", "kind", "action", "ours_vnd", "theirs_vnd", "lines", "receipt")


@dataclass(frozen=True, slots=True)
class Compared:
    """One source of one run."""

    said: Input
    findings: list[Finding]
    rows: tuple[Theirs, ...] = ()


def run_day(office: Office, files: Files, sources: Sources, day: date, by: str) -> Run:
    """Reconcile a day that is over.

    Raises:
        TooEarly: it is not.
    """
    if day >= local_date(office.now):
        raise TooEarly
    run_id = office.new_id(office.now)
    compared = {name: _compare(files, name, side, day) for name, side in sources.items()}
    done: Counter[Handling] = Counter()
    for name, one in compared.items():
        for finding in one.findings:
            seen = difference_of(name, finding, day, run_id)
            after = handle(office, sources[name], seen)
            if after:
                done[after.progress] += 1
    return _written(office, files, sources, compared, day, by, run_id, done)


def _compare(files: Files, name: str, side: Source, day: date) -> Compared:
    try:
        came, mine = side.statement(day), side.ours(day)
    except NoStatement as error:
        return Compared(Input(source=name, missing=str(error)[:200] or "no statement"), [])
    findings = match(day, mine, came.rows, side.known)
    return Compared(_kept(files, name, day, came), findings, came.rows)


def _kept(files: Files, name: str, day: date, came: Fetched) -> Input:
    folder = f"statements/{name.replace(':', '-')}/{day}"
    key, sha256 = files.keep(folder, "statement", came.raw, came.media_type)
    return Input(
        source=name,
        sha256=sha256,
        key=key,
        rows=len(came.rows),
        total_vnd=sum(row.amount_vnd for row in came.rows),
        closing_vnd=came.closing_vnd,
    )


def _written(
    office: Office,
    files: Files,
    sources: Sources,
    compared: dict[str, Compared],
    day: date,
    by: str,
    run_id: str,
    done: Counter[Handling],
) -> Run:
    """The run as it is kept, and what is paid out to billers now that they agree."""
    ways = [_third(office, name, one, day) for name, one in compared.items()]
    balances = ours.trial_balance(office.ledger, day)
    tallies = {name: Tally.of(one.findings) for name, one in compared.items()}
    covered = cover(office.ledger, sources.get(BANK), day, balances, _closing(compared))
    report, _ = files.keep(f"runs/{day}", "findings.csv", _report(compared), "text/csv")
    run = Run(
        id=run_id,
        day=day,
        at=office.now,
        by=by,
        state=_state(office, compared, day),
        inputs=tuple(one.said for one in compared.values()),
        tallies=tallies,
        three_way=tuple(way for way in ways if way),
        cover=covered,
        balances=tuple(balances),
        progress=dict(done),
        report=report,
    )
    event = DayReconciled(
        run_id=run.id,
        day=day,
        state=run.state.value,
        differences=sum(tally.differences for tally in tallies.values()),
        covered=covered.enough,
        at=office.now,
    )
    office.store.add(run, [(derived_id(office.now, run.id), event, office.now)])
    return run


def _closing(compared: dict[str, Compared]) -> tuple[int, tuple[Theirs, ...]] | None:
    """What the bank says that it keeps for us, and its lines of the day."""
    bank = compared.get(BANK)
    closing = bank.said.closing_vnd if bank else None
    return (closing, bank.rows) if bank and closing is not None else None


def _third(office: Office, name: str, one: Compared, day: date) -> ThreeWay | None:
    """Ours, theirs and the bank's, for a biller."""
    if not name.startswith(BILLER) or one.said.missing:
        return None
    biller = name.removeprefix(BILLER)
    agreed = agreed_vnd(office, one.findings)
    paid = pay_biller(office, biller, day, agreed)
    return three_way(office, biller, one.findings, agreed, paid)


def _state(office: Office, compared: dict[str, Compared], day: date) -> RunState:
    """Differences that were dealt with are no longer any."""
    if any(one.said.missing for one in compared.values()):
        return RunState.INCOMPLETE
    return RunState.DIFFERENCES if office.store.waits_on(day) else RunState.BALANCED


def _report(compared: dict[str, Compared]) -> bytes:
    """Everything a run found, as a sheet."""
    out = io.StringIO()
    writer = csv.DictWriter(out, REPORT, lineterminator="\r\n")
    writer.writeheader()
    for name, one in compared.items():
        for finding in one.findings:
            row = {"source": name, **finding.model_dump(mode="json")}
            writer.writerow({each: harmless(row[each]) for each in REPORT})
    return out.getvalue().encode()


def harmless(cell: object) -> object:
    """No cell that a spreadsheet would run as a formula: texts come from the other side."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return cell


def due(office: Office) -> list[date]:
    """Days that the clock reconciles now. One that lacks a statement is tried every time, one with
    differences once a night, a balanced one not again."""
    today = local_date(office.now)
    days = [today - timedelta(days=back) for back in range(LOOK_BACK, 0, -1)]
    return [day for day in days if office.now >= _ready(day) and _wanted(office, day)]


def _ready(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), DUE_HOUR, HUE)


def _wanted(office: Office, day: date) -> bool:
    runs, _ = office.store.runs(day, None, 1)
    if not runs or runs[0].state is RunState.INCOMPLETE:
        return True
    return runs[0].state is RunState.DIFFERENCES and office.now - runs[0].at > AGAIN
