"""Random histories of reports, and the figures as somebody would count them by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

from city.contracts.reports import REPORT_EVENTS, Bucket, Facts, ReportChanged
from city.kernel.clock import local_date
from hypothesis import strategies as st

START = datetime(2023, 6, 20, 3, tzinfo=UTC)
NOW = datetime(2024, 6, 1, tzinfo=UTC)
CATEGORIES = ("roads", "waste")
WARDS = ("w-1", "w-2", None)
AGENCIES = ("ag-1", "ag-2", "ag-3")


def step(
    report: str, seq: int, at: datetime, before: Facts | None, after: Facts, action: str = "verify"
) -> ReportChanged:
    """One event, with what `stats` does not look at filled in."""
    return REPORT_EVENTS[action](
        report_id=report,
        code="PA-230731-7K3FQ",
        seq=seq,
        action=action,
        at=at,
        actor="ioc",
        to_state="VERIFYING",
        before=before,
        after=after,
    )


def chain(report: str, told: Sequence[tuple[datetime, Facts]]) -> list[ReportChanged]:
    """The events of one report from the facts after each of its steps."""
    befores = [None, *(facts for _, facts in told)]
    pairs = zip(told, befores, strict=False)
    return [step(report, i, at, before, facts) for i, ((at, facts), before) in enumerate(pairs)]


_hours = st.integers(0, 24 * 60)


def _some(chance: Random) -> Facts:
    """Any facts whatever: counting must not lean on the workflow."""
    due = chance.choice([None, chance.randint(0, 24 * 60)])
    return Facts(
        bucket=chance.choice(list(Bucket)),
        category=chance.choice(CATEGORIES),
        ward=chance.choice(WARDS),
        agencies=tuple(chance.sample(AGENCIES, chance.randint(0, 2))),
        due_at=None if due is None else START + timedelta(hours=due),
        timing=chance.choice([None, "original", "extended", "late"]),
        fines_vnd=chance.choice([0, 0, 5_000_000]),
        ratings=dict.fromkeys(chance.sample(["satisfied", "unsatisfied"], chance.randint(0, 2)), 2),
        reopened=chance.randint(0, 2),
    )


# Made beforehand: drawing them field by field took three quarters of the time of each test.
_facts = st.sampled_from([_some(Random(n)) for n in range(1_000)])


@st.composite
def histories(draw: st.DrawFn) -> list[list[ReportChanged]]:
    """Up to six reports of up to six steps in two months; a step is never before the last one."""
    reports = []
    for i in range(draw(st.integers(1, 6))):
        hours = sorted(draw(st.lists(_hours, min_size=1, max_size=6)))
        told = [(START + timedelta(hours=h), draw(_facts)) for h in hours]
        reports.append(chain(f"R{i}", told))
    return reports


def by_hand(reports: list[list[ReportChanged]], as_of: date) -> list[Facts]:
    """What held for each report at the end of a day."""
    standing = []
    for events in reports:
        told = [event.after for event in events if local_date(event.at) <= as_of]
        standing += told[-1:]
    return standing
