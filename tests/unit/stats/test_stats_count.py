"""Counters equal a recount by hand, whatever the order, the batches, the duplicates, the deaths."""

import itertools
import random
from collections import Counter
from datetime import date, timedelta

import pytest
from city.adapters.table_memory import MemoryTable
from city.contracts.reports import Bucket, Facts, ReportChanged
from city.kernel.clock import local_date
from city.stats.model import StatisticsQuery
from city.stats.service import count, count_many
from city.stats.store import Counts
from city.stats.views import monthly_csv, statistics
from hypothesis import given, settings
from hypothesis import strategies as st
from mortal import Died, MortalTable
from stats_world import AGENCIES, CATEGORIES, NOW, START, WARDS, by_hand, chain, histories

FIRST_DAY = local_date(START)


def _figures(table: MemoryTable, as_of: date) -> dict[str, object]:
    return statistics(Counts(table), StatisticsQuery(as_of=as_of), NOW).model_dump()


def _tally(standing: list[Facts], as_of: date) -> dict[str, int]:
    buckets = Counter(facts.bucket for facts in standing)
    accepted = buckets[Bucket.RESOLVED] + buckets[Bucket.IN_PROGRESS] + buckets[Bucket.FOLLOW_UP]
    late = [f for f in standing if f.due_at is not None and local_date(f.due_at) < as_of]
    return {
        "received": len(standing),
        **{bucket.value: buckets[bucket] for bucket in Bucket},
        "accepted": accepted,
        "overdue": len(late),
        "reopened": sum(facts.reopened for facts in standing),
    }


def _groups(found: object) -> dict[str, dict[str, int]]:
    assert isinstance(found, list)
    return {group["code"]: {k: v for k, v in group.items() if k != "code"} for group in found}


def _expect(reports: list[list[ReportChanged]], table: MemoryTable, as_of: date) -> None:
    got = _figures(table, as_of)
    standing = by_hand(reports, as_of)
    tally = _tally(standing, as_of)
    assert {name: got[name] for name in tally} == tally
    levels: Counter[str] = Counter()
    for facts_now in standing:
        levels.update(facts_now.ratings)
    ratings = got["ratings"]
    assert isinstance(ratings, dict)
    assert {level: n for level, n in ratings["by_level"].items() if n} == dict(levels)
    timings = Counter(f.timing for f in standing if f.timing)
    assert got["on_time"] == {t: timings[t] for t in ("original", "extended", "late")}
    assert got["fines_vnd"] == sum(f.fines_vnd for f in standing)
    ever = {
        agency
        for event in itertools.chain(*reports)
        if local_date(event.at) <= as_of
        for agency in event.after.agencies
    }
    assert got["agencies"] == len(ever)
    for key, codes, of in (
        ("by_category", CATEGORIES, lambda f: (f.category,)),
        ("by_ward", WARDS, lambda f: (f.ward,)),
        ("by_agency", AGENCIES, lambda f: f.agencies),
    ):
        expected = {}
        for code in codes:
            members = [f for f in standing if code in of(f)]
            if members:
                expected[code or "unknown"] = _tally(members, as_of)
        assert _groups(got[key]) == expected
    months = got["by_month"]
    assert isinstance(months, list)
    for name in ("received", "resolved", "ineligible"):
        assert sum(month[name] for month in months) == tally[name]


@settings(max_examples=200, deadline=None)
@given(
    reports=histories(),
    seed=st.integers(0, 2**32),
    days=st.lists(st.integers(-1, 130), max_size=4),
)
def test_any_order_with_duplicates_equals_a_recount(
    reports: list[list[ReportChanged]], seed: int, days: list[int]
) -> None:
    delivered = [event for events in reports for event in events] * 2
    random.Random(seed).shuffle(delivered)
    table = MemoryTable()
    for event in delivered:
        count(Counts(table), event)
    for day in [*days, 65]:
        _expect(reports, table, FIRST_DAY + timedelta(days=day))


@settings(max_examples=100, deadline=None)
@given(reports=histories(), seed=st.integers(0, 2**32), size=st.integers(1, 40))
def test_batches_equal_single_events(
    reports: list[list[ReportChanged]], seed: int, size: int
) -> None:
    events = [event for events in reports for event in events]
    random.Random(seed).shuffle(events)
    single, batched = MemoryTable(), MemoryTable()
    for event in events:
        count(Counts(single), event)
    for _ in range(2):
        for first in range(0, len(events), size):
            count_many(Counts(batched), events[first : first + size], batch=f"b{first}")
    for day in (0, 10, 40, 65, 130):
        as_of = FIRST_DAY + timedelta(days=day)
        assert _figures(single, as_of) == _figures(batched, as_of)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("size", [1, 12])
def test_killed_at_any_commit_and_delivered_again(when: str, size: int) -> None:
    rng = random.Random(7)
    reports = [
        chain(f"R{i}", [(START + timedelta(days=d), _some(rng)) for d in range(4)])
        for i in range(3)
    ]
    events = [event for events in reports for event in events]
    batches = [events[i : i + size] for i in range(0, len(events), size)]

    def run(table: MemoryTable, k: int) -> bool:
        mortal, died = Counts(MortalTable(table, k, when)), False  # type: ignore[arg-type]
        for i, batch in enumerate(batches):
            try:
                count_many(mortal, batch, batch=f"b{i}")
            except Died:
                died = True
                count_many(mortal, batch, batch=f"b{i}")
        return died

    whole = MemoryTable()
    assert not run(whole, 10_000)
    for k in itertools.count(1):
        table = MemoryTable()
        died = run(table, k)
        assert table.rows() == whole.rows()
        if not died:
            break
    assert k > 3
    _expect(reports, whole, FIRST_DAY + timedelta(days=60))


def _some(rng: random.Random) -> Facts:
    return Facts(
        bucket=rng.choice(list(Bucket)),
        category=rng.choice(CATEGORIES),
        ward=rng.choice(WARDS),
        agencies=tuple(rng.sample(AGENCIES, 2)),
        due_at=START + timedelta(days=rng.randrange(40)),
        fines_vnd=rng.randrange(3),
    )


def test_a_step_fits_one_small_commit() -> None:
    sizes: list[int] = []

    class Sized(MemoryTable):
        def commit(self, *operations: object) -> None:
            sizes.append(len(operations))
            super().commit(*operations)  # type: ignore[arg-type]

    new = Facts(bucket=Bucket.PENDING, category="roads", ward="w-1")
    due = START + timedelta(days=9)
    sent = new.model_copy(
        update={"bucket": Bucket.IN_PROGRESS, "agencies": ("ag-1",), "due_at": due}
    )
    longer = sent.model_copy(update={"due_at": START + timedelta(days=30)})
    crowd = sent.model_copy(update={"agencies": tuple(f"ag-{i}" for i in range(40))})
    steps = chain("R1", [(START, f) for f in (new, new, sent, longer, crowd)])
    per_step = []
    for event in steps:
        sizes.clear()
        count(Counts(Sized()), event)
        per_step.append(list(sizes))
    assert per_step[0] == [9]  # marker; city, category and ward by day and month; two totals
    assert per_step[1] == []  # a step that changes no fact writes nothing
    assert per_step[2] == [1, 16]  # the agency's first day; then also the day it would be late
    assert per_step[3] == [17]
    assert all(size <= 100 for size in per_step[4])


def test_the_first_day_of_an_agency_is_the_earliest_in_any_order() -> None:
    some = Facts(bucket=Bucket.IN_PROGRESS, category="roads", agencies=("ag-1",))
    early, late = (chain(r, [(START + timedelta(days=d), some)]) for r, d in (("A", 1), ("B", 9)))
    table = MemoryTable()
    count(Counts(table), late[0])
    assert _figures(table, FIRST_DAY + timedelta(days=5))["agencies"] == 0
    count(Counts(table), early[0])
    assert _figures(table, FIRST_DAY + timedelta(days=5))["agencies"] == 1


def test_months_are_contiguous_and_csv_says_the_same() -> None:
    done = Facts(bucket=Bucket.RESOLVED, category="roads")
    new = Facts(bucket=Bucket.PENDING, category="roads")
    table = MemoryTable()
    for event in chain("R1", [(START, new), (START + timedelta(days=100), done)]):
        count(Counts(table), event)
    lines = monthly_csv(Counts(table), StatisticsQuery(), NOW).split("\r\n")
    assert lines == [
        "month,received,resolved,ineligible",
        "2023-06,1,0,0",
        "2023-07,0,0,0",
        "2023-08,0,0,0",
        "2023-09,0,1,0",
        "",
    ]


def test_nothing_counted_is_all_zero() -> None:
    got = _figures(MemoryTable(), FIRST_DAY)
    assert got["received"] == 0
    assert got["overdue_percent"] == dict.fromkeys(("of_received", "of_accepted", "of_in_progress"))
    assert got["by_month"] == []
    assert got["agencies"] == 0
