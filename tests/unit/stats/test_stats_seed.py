"""The city's published figures of 2023-07-31, to the unit, from events alone."""

import functools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from city.adapters.table_memory import MemoryTable
from city.contracts.reports import Bucket, Facts, ReportChanged
from city.kernel.problems import Invalid
from city.stats.model import StatisticsQuery
from city.stats.service import count_many
from city.stats.store import Counts
from city.stats.views import statistics
from pydantic import ValidationError
from stats_world import step

START = datetime(2019, 1, 1, 2, tzinfo=UTC)
END = datetime(2023, 7, 30, 2, tzinfo=UTC)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
RECEIVED, INELIGIBLE, RESOLVED, IN_PROGRESS, FOLLOW_UP = 105_575, 38_348, 62_550, 1_204, 3_473
OVERDUE, AGENCIES, FINE, FINES = 145, 235, 2_540_000, 2_000
UNSATISFIED, SATISFIED = 8_870, 80_018
DAYS = (END - START).days


def _history() -> Iterator[ReportChanged]:
    """Two steps a report: received, then what became of it. Reports of a day share few wards,
    categories and agencies: what is counted is the same, and there are fewer cells to write."""
    for i in range(RECEIVED):
        at = START + timedelta(days=i * DAYS // RECEIVED)
        new = _new(f"c{i // 40 % 16}", f"w{i // 50 % 144}")
        yield step(f"R{i}", 1, at, None, new, "submit")
        yield step(f"R{i}", 2, at + timedelta(hours=5), new, _outcome(i, new))


@functools.cache
def _new(category: str, ward: str) -> Facts:
    return Facts(bucket=Bucket.PENDING, category=category, ward=ward)


def _outcome(i: int, new: Facts) -> Facts:
    if i < INELIGIBLE:
        return new.model_copy(update={"bucket": Bucket.INELIGIBLE})
    i -= INELIGIBLE
    change: dict[str, object] = {"agencies": (f"a{i // 30 % AGENCIES}",)}
    if i < RESOLVED:
        ratings = {"unsatisfied": int(i < UNSATISFIED)}
        ratings["satisfied"] = SATISFIED // RESOLVED + (i < SATISFIED % RESOLVED)
        fines = FINE if i < FINES else 0
        change |= {"bucket": Bucket.RESOLVED, "ratings": ratings, "fines_vnd": fines}
        change |= {"timing": ("original", "extended")[i % 2]}
    elif i < RESOLVED + IN_PROGRESS:
        late = i - RESOLVED < OVERDUE
        due = datetime(2023, 7, 30 if late else 31, 16, 59, 59, tzinfo=UTC)
        change |= {"bucket": Bucket.IN_PROGRESS, "due_at": due}
    else:
        change |= {"bucket": Bucket.FOLLOW_UP}
    return new.model_copy(update=change)


@pytest.fixture(scope="module")
def counts() -> Counts:
    counts, events = Counts(MemoryTable()), list(_history())
    for first in range(0, len(events), 5_000):
        count_many(counts, events[first : first + 5_000], batch=f"history-{first}")
    return counts


@pytest.mark.parametrize("as_of", ["2023-07-31", "2023-07-31T23:59:59+07:00"])
def test_the_published_figures(counts: Counts, as_of: str) -> None:
    got = statistics(counts, StatisticsQuery.model_validate({"as_of": as_of}), NOW)
    assert got.as_of == date(2023, 7, 31)
    assert (got.received, got.accepted, got.ineligible) == (105_575, 67_227, 38_348)
    assert (got.resolved, got.in_progress, got.follow_up) == (62_550, 1_204, 3_473)
    assert (got.pending, got.merged, got.withdrawn, got.overdue) == (0, 0, 0, 145)
    assert got.overdue_percent.model_dump() == {
        "of_received": 0.14,
        "of_accepted": 0.22,
        "of_in_progress": 12.04,
    }
    assert got.resolved_percent_of_accepted == 93.04
    assert got.ratings.total == 88_888
    assert got.ratings.acceptable_or_better == 80_018
    assert got.ratings.unsatisfied == 8_870
    assert got.ratings.acceptable_percent == 90.02
    assert got.on_time == {"original": 31_275, "extended": 31_275, "late": 0}
    assert got.fines_vnd == 5_080_000_000
    assert got.agencies == 235
    named = {p.name: (p.numerator_value, p.denominator_value, p.percent) for p in got.percentages}
    assert named["overdue_of_in_progress"] == (145, 1_204, 12.04)
    assert named["unsatisfied_of_ratings"] == (8_870, 88_888, 9.98)
    assert (len(got.by_category), len(got.by_ward), len(got.by_agency)) == (16, 144, 20)
    assert sum(group.received for group in got.by_category) == 105_575
    assert sum(group.received for group in got.by_ward) == 105_575
    assert sum(group.overdue for group in got.by_category) == 145
    assert len(got.by_month) == 55
    assert sum(month.ineligible for month in got.by_month) == 38_348


def test_a_day_later_the_rest_is_overdue(counts: Counts) -> None:
    got = statistics(counts, StatisticsQuery(as_of=date(2023, 8, 1)), NOW)
    assert got.overdue == IN_PROGRESS
    assert got.received == RECEIVED


def test_an_earlier_day_knows_nothing_of_later_ones(counts: Counts) -> None:
    got = statistics(counts, StatisticsQuery(as_of=date(2019, 1, 1)), NOW)
    assert got.received == RECEIVED // DAYS + 1
    assert sum(group.received for group in got.by_ward) == got.received
    assert statistics(counts, StatisticsQuery(as_of=date(2018, 12, 31)), NOW).received == 0


def test_days_to_come_and_nonsense_are_refused(counts: Counts) -> None:
    with pytest.raises(Invalid):
        statistics(counts, StatisticsQuery(as_of=date(2026, 11, 24)), NOW)
    for bad in ("2023-13-01", "yesterday", "2023-07-31T10:00:00"):
        with pytest.raises(ValidationError):
            StatisticsQuery.model_validate({"as_of": bad})
    # 18:00 in London is already the next day in Huế
    moment = StatisticsQuery.model_validate({"as_of": "2023-07-31T18:00:00Z"})
    assert moment.as_of == date(2023, 8, 1)
