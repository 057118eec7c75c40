"""The public figures, put together from counters."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import get_args

from city.contracts.reports import Bucket, RatingLevel, Timing
from city.kernel.clock import local_date
from city.kernel.page import Page, decode_cursor, encode_cursor
from city.kernel.problems import invalid
from city.kernel.text import text
from city.stats.model import (
    AgencyScore,
    Group,
    Month,
    OverduePercent,
    Percentage,
    Ratings,
    ScoresQuery,
    Statistics,
    StatisticsQuery,
    Tally,
)
from city.stats.rules import OVERDUE
from city.stats.store import Counters, Counts

TOP_AGENCIES = 20
LEVELS: tuple[RatingLevel, ...] = get_args(RatingLevel)
TIMINGS: tuple[Timing, ...] = get_args(Timing)
_ACCEPTED = (Bucket.RESOLVED, Bucket.IN_PROGRESS, Bucket.FOLLOW_UP)
_RULE = text(
    "Số liệu tính đến hết ngày (giờ Huế). Quá hạn: đang xử lý và ngày đến hạn đã qua.",
    "Figures stand at the end of the day in Huế. Overdue: running and past the due day.",
)
_AGENCY_NOTE = text(
    "{n} cơ quan nhiều phản ánh nhất; phản ánh có nhiều cơ quan được tính cho từng cơ quan.",
    "The {n} agencies with most reports; a report with several agencies counts for each.",
)


def statistics(counts: Counts, query: StatisticsQuery, now: datetime) -> Statistics:
    """The figures at the end of a day, today unless told otherwise.

    Raises:
        Invalid: the day is still to come.
    """
    as_of = _day(query, now)
    months = counts.months(as_of)
    city = _summed(months)
    tally = _tally(city)
    ratings = {level: city.get(f"rating_{level}", 0) for level in LEVELS}
    rated, unhappy = sum(ratings.values()), ratings["unsatisfied"]
    numbers = {
        **tally.model_dump(),
        "ratings": rated,
        "acceptable_or_better": rated - unhappy,
        "unsatisfied": unhappy,
    }
    shares = [_percentage(numbers, *pair) for pair in _PERCENTAGES]
    percent = {share.name: share.percent for share in shares}
    return Statistics(
        **tally.model_dump(),
        as_of=as_of,
        rule=_RULE,
        overdue_percent=OverduePercent(
            of_received=percent["overdue_of_received"],
            of_accepted=percent["overdue_of_accepted"],
            of_in_progress=percent["overdue_of_in_progress"],
        ),
        resolved_percent_of_accepted=percent["resolved_of_accepted"],
        ratings=Ratings(
            total=rated,
            acceptable_or_better=rated - unhappy,
            unsatisfied=unhappy,
            acceptable_percent=percent["acceptable_or_better_of_ratings"],
            by_level=ratings,
        ),
        on_time={timing: city.get(f"timing_{timing}", 0) for timing in TIMINGS},
        fines_vnd=city.get("fines_vnd", 0),
        agencies=counts.agencies(as_of),
        percentages=shares,
        by_category=_groups(counts, "category", as_of),
        by_ward=_groups(counts, "ward", as_of),
        by_agency=_groups(counts, "agency", as_of)[:TOP_AGENCIES],
        by_agency_note=_AGENCY_NOTE.format(n=TOP_AGENCIES),
        by_month=_by_month(months),
    )


def scores(counts: Counts, query: ScoresQuery, now: datetime) -> Page[AgencyScore]:
    """Agencies with any report at the end of a day, most reports first.

    Raises:
        Invalid: the day is still to come.
    """
    found = counts.by_code("agency", _day(query, now)).items()
    listed = sorted((_score(code, c) for code, c in found if c["received"]), key=_busiest)
    first = int(decode_cursor(query.cursor).get("n", 0))
    last = first + query.limit
    more = encode_cursor({"n": last}) if last < len(listed) else None
    return Page(items=listed[first:last], next_cursor=more)


def _busiest(group: Group) -> tuple[int, str]:
    return -group.received, group.code


def _score(code: str, counters: Mapping[str, int]) -> AgencyScore:
    tally = _tally(counters)
    timing = {name: counters.get(f"timing_{name}", 0) for name in TIMINGS}
    ratings = {level: counters.get(f"rating_{level}", 0) for level in LEVELS}
    timed, rated = sum(timing.values()), sum(ratings.values())
    on_time, acceptable = timed - timing["late"], rated - ratings["unsatisfied"]
    return AgencyScore(
        code=code,
        **tally.model_dump(),
        resolved_percent=percent_of(tally.resolved, tally.accepted),
        timed=timed,
        on_time=on_time,
        on_time_percent=percent_of(on_time, timed),
        rated=rated,
        acceptable=acceptable,
        acceptable_percent=percent_of(acceptable, rated),
    )


def monthly_csv(counts: Counts, query: StatisticsQuery, now: datetime) -> str:
    """The figures by month as CSV (RFC 4180, header line first).

    Raises:
        Invalid: the day is still to come.
    """
    months = _by_month(counts.months(_day(query, now)))
    lines = [f"{m.month},{m.received},{m.resolved},{m.ineligible}" for m in months]
    return "\r\n".join(["month,received,resolved,ineligible", *lines, ""])


_PERCENTAGES = (
    ("overdue", "received"),
    ("overdue", "accepted"),
    ("overdue", "in_progress"),
    ("resolved", "accepted"),
    ("accepted", "received"),
    ("ineligible", "received"),
    ("acceptable_or_better", "ratings"),
    ("unsatisfied", "ratings"),
)


def _day(query: StatisticsQuery, now: datetime) -> date:
    today = local_date(now)
    if query.as_of is not None and query.as_of > today:
        raise invalid("as_of", "Ngày này chưa đến; chưa có số liệu.", "This day is still to come.")
    return query.as_of or today


def _percentage(numbers: Mapping[str, int], part: str, whole: str) -> Percentage:
    return Percentage(
        name=f"{part}_of_{whole}",
        numerator=part,
        numerator_value=numbers[part],
        denominator=whole,
        denominator_value=numbers[whole],
        percent=percent_of(numbers[part], numbers[whole]),
    )


def percent_of(part: int, whole: int) -> float | None:
    """A percentage with two decimals, halves away from zero; None of nothing."""
    if not whole:
        return None
    exact = Decimal(100 * part) / Decimal(whole)
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _tally(counters: Mapping[str, int]) -> Tally:
    return Tally(
        **{bucket.value: counters.get(bucket, 0) for bucket in Bucket},
        received=counters.get("received", 0),
        accepted=sum(counters.get(bucket, 0) for bucket in _ACCEPTED),
        overdue=counters.get(OVERDUE, 0),
        reopened=counters.get("reopened", 0),
    )


def _groups(counts: Counts, kind: str, as_of: date) -> list[Group]:
    """Those with any report, most reports first."""
    found = counts.by_code(kind, as_of).items()
    groups = [Group(code=code, **_tally(c).model_dump()) for code, c in found if c["received"]]
    return sorted(groups, key=_busiest)


def _summed(months: Mapping[str, Counters]) -> Counters:
    total: Counters = defaultdict(int)
    for counters in months.values():
        for name, amount in counters.items():
            total[name] += amount
    return dict(total)


def _by_month(months: Mapping[str, Counters]) -> list[Month]:
    """Every month from the first to the last with reports; quiet ones between are shown as zero."""
    months = {m: c for m, c in months.items() if any(c.get(n) for n in _MONTHLY)}
    if not months:
        return []
    listed, (year, month), last = [], map(int, min(months).split("-")), max(months)
    while (name := f"{year:04}-{month:02}") <= last:
        counters = months.get(name, {})
        listed.append(Month(month=name, **{n: counters.get(n, 0) for n in _MONTHLY}))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return listed


_MONTHLY = ("received", "resolved", "ineligible")
