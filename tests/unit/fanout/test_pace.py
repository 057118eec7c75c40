"""Paces and answers: a server that is pushed back upon is asked less, and none is forgotten."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from city.fanout.answers import seconds, verdict
from city.fanout.pace import PATIENCE_S, REST_S, SLOWEST, Pace
from hypothesis import given
from hypothesis import strategies as st
from world import MONDAY


def test_a_bucket_gives_its_rate_and_no_more() -> None:
    now = [0.0]
    bucket = Pace(ceiling=10, clock=lambda: now[0]).of("a")
    assert [bucket.take(0.0) for _ in range(10)] == [0.0] * 10
    waits = [bucket.take(0.0) for _ in range(20)]
    assert waits == pytest.approx([0.1 * n for n in range(1, 21)])
    assert bucket.take(0.0) > PATIENCE_S  # nothing was reserved for it …
    assert bucket.take(0.0) == pytest.approx(2.1)  # … so the next one waits no longer
    assert bucket.take(10.0) == 0.0


def test_less_when_pushed_back_and_more_again_when_taken() -> None:
    now = [0.0]
    bucket = Pace(ceiling=1000, clock=lambda: now[0]).of("a")
    bucket.pushed_back(0.0, 0, closes=False)
    bucket.pushed_back(0.1, 0, closes=False)  # of the same burst
    assert bucket.rate == 500
    for _ in range(5000):
        bucket.accepted()
    assert 500 < bucket.rate < 1000
    for _ in range(100_000):
        bucket.accepted()
    assert bucket.rate == 1000
    for second in range(60):
        bucket.pushed_back(2.0 * second + 2, 0, closes=False)
        bucket.accepted()
    assert bucket.rate >= SLOWEST


def test_several_in_a_row_or_a_word_for_all_closes_a_server() -> None:
    bucket = Pace(clock=lambda: 0.0).of("a")
    for _ in range(2):
        bucket.pushed_back(0.0, 7, closes=False)
    assert bucket.take(1.0) == 0.0
    bucket.accepted()  # one telephone's quota is not the server's
    for _ in range(2):
        bucket.pushed_back(0.0, 7, closes=False)
    assert bucket.take(1.0) == 0.0
    bucket.pushed_back(1.0, 0, closes=False)
    assert bucket.take(1.0) == REST_S
    other = Pace(clock=lambda: 0.0).of("b")
    other.pushed_back(0.0, 30, closes=True)
    assert (other.take(10.0), other.take(31.0)) == (20.0, 0.0)


@given(st.lists(st.tuples(st.floats(0, 0.5), st.booleans()), max_size=200))
def test_never_more_than_the_ceiling_in_any_second(steps: list[tuple[float, bool]]) -> None:
    """Whatever the server answers, what goes out within one second is at most the ceiling and what
    the bucket held."""
    bucket = Pace(ceiling=20, clock=lambda: 0.0).of("a")
    now, went = 0.0, []
    for passed, took in steps:
        now += passed
        wait = bucket.take(now)
        if wait <= PATIENCE_S:
            went.append(now + wait)
            if took:
                bucket.accepted()
            else:
                bucket.pushed_back(now, 0, closes=False)
    for start in went:
        assert sum(start <= at < start + 1 for at in went) <= 2 * 20


def test_retry_after_is_seconds_or_a_date() -> None:
    assert seconds("7", MONDAY) == 7
    assert seconds("86400", MONDAY) == 600
    assert seconds(format_datetime(MONDAY + timedelta(seconds=90), usegmt=True), MONDAY) == 90
    assert seconds("Mon, 01 Jan 2001 00:00:00 GMT", MONDAY) == 0
    assert seconds("soon", MONDAY) == 0
    assert seconds("", MONDAY) == 0


@pytest.mark.parametrize(
    ("status", "meant"),
    [(200, "accepted"), (201, "accepted"), (204, "accepted"), (400, "refused"), (403, "refused"),
     (404, "gone"), (410, "gone"), (413, "refused"), (429, "later"), (500, "later"),
     (503, "later"), (302, "refused")],
)  # fmt: skip
def test_what_a_status_means(status: int, meant: str) -> None:
    assert verdict(status, "", MONDAY).verdict == meant
