"""Accounts' journals: folded once whoever folds, hash-linked, and statements that add up."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from city.adapters.table import Put, Row
from city.adapters.table_memory import MemoryTable
from city.ledger import folding, payments, reading
from city.ledger.model import Kind, Wallet
from hypothesis import given
from hypothesis import strategies as st
from ledger_world import Books, balances, rows_of, settled
from mortal import Died, MortalTable


def paid_often(books: Books, times: int, account: str = "merchant:m1") -> Wallet:
    lan = books.wallet("lan", 50_000_000)
    for n in range(times):
        payments.begin(books.ledger, books.order(Kind.MERCHANT, lan.account, account, 1_000 + n))
        books.wait(seconds=1)
    return lan


def test_many_payments_into_one_account_are_folded_in_order() -> None:
    books = Books()
    paid_often(books, 130)
    assert folding.unfolded_vnd(books.ledger, "merchant:m1") == sum(1_000 + n for n in range(130))
    assert folding.fold(books.ledger) == 262
    assert folding.fold(books.ledger) == 0
    listed = list(reading.lines(books.ledger, "merchant:m1"))
    assert [line.amount_vnd for line in listed] == [1_000 + n for n in range(130)]
    assert [line.seq for line in listed] == list(range(1, 131))
    settled(books)
    names, after = reading.accounts(books.ledger, limit=2)
    rest, end = reading.accounts(books.ledger, limit=2, after=after)
    assert len(names + rest) == 3
    assert end is None


@given(st.integers(1, 9), st.sampled_from(["before", "after"]))
def test_a_fold_that_dies_is_finished_by_the_next(k: int, when: Any) -> None:
    books = Books()
    paid_often(books, 90)
    dying = replace(books.ledger, table=MortalTable(books.memory, k, when))
    with suppress(Died):
        folding.fold(dying)
    settled(books)
    total = balances(books.memory)["merchant:m1"]
    assert folding.head(books.ledger, "merchant:m1").balance_vnd == total


def tampered(row: Row, **changes: Any) -> Row:
    return replace(row, doc={**row.doc, **changes})


@pytest.mark.parametrize(
    "changed", [{"amount_vnd": 1}, {"memo": "x"}, {"at": "2020-01-01T00:00:00Z"}]
)
def test_an_altered_line_is_named(changed: dict[str, Any]) -> None:
    books = Books()
    paid_often(books, 10)
    folding.fold(books.ledger)
    row = books.memory.get("A#merchant:m1", "E#000000000004")
    assert row is not None
    books.memory.commit(Put(tampered(row, **changed)))
    assert reading.check(books.ledger, "merchant:m1").broken_at == 4


def test_a_missing_line_is_named_wherever_it_was() -> None:
    for gone in (1, 5, 10):
        books = Books()
        paid_often(books, 10)
        folding.fold(books.ledger)
        books.memory._rows["A#merchant:m1"].pop(f"E#{gone:012}")
        checked = reading.check(books.ledger, "merchant:m1")
        assert not checked.good
        assert checked.broken_at == (gone + 1 if gone < 10 else 10)


def test_a_balance_that_is_not_what_the_lines_say_is_found() -> None:
    books = Books()
    lan = paid_often(books, 3)
    folding.fold(books.ledger)
    row = books.memory.get(f"W#{lan.id}", "A")
    assert row is not None
    books.memory.commit(Put(replace(row, counters={"avail": 99_999_999, "held": 0})))
    checked = reading.check(books.ledger, lan.account)
    assert checked.broken_at is None
    assert not checked.good


def test_statements_follow_one_another_without_a_gap() -> None:
    books = Books()
    books.now = datetime(2026, 10, 30, 9, 0, tzinfo=UTC)
    lan = books.wallet("lan", 50_000_000)
    for n in range(12):
        books.wait(hours=7)
        order = books.order(Kind.MERCHANT, lan.account, "merchant:m1", 1_000 + n)
        payments.begin(books.ledger, order)
        if n % 4 == 0:
            folding.fold(books.ledger)
    days = [date(2026, 10, 29) + timedelta(days=n) for n in range(9)]
    made = [reading.statement(books.ledger, lan.account, day, day) for day in days]
    for before, after in pairwise(made):
        assert before.closing_vnd == after.opening_vnd
    for one in made:
        assert one.opening_vnd + sum(line.amount_vnd for line in one.lines) == one.closing_vnd
        assert one.broken_at is None
        assert all(line.day == f"{one.first_day:%Y-%m-%d}" for line in one.lines)
    assert sum(len(one.lines) for one in made) == 13
    whole = reading.statement(books.ledger, lan.account, days[0], days[-1])
    assert (whole.opening_vnd, whole.closing_vnd) == (0, balances(books.memory)[lan.account])
    with pytest.raises(ValueError, match="after"):
        reading.statement(books.ledger, lan.account, days[1], days[0])


@pytest.mark.parametrize("k", range(1, 8))
@pytest.mark.parametrize("later", [{"seconds": 1}, {"days": 1}])
@pytest.mark.parametrize("first", [date(2026, 11, 26), date(2026, 11, 27)])
def test_a_statement_keeps_to_the_lines_it_began_with(
    k: int, later: dict[str, float], first: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody pays and folds at the `k`-th read of a statement of many pages."""
    monkeypatch.setattr(reading, "CHUNK", 2)
    busy = Interrupted()
    books = Books(table=busy)
    lan = books.wallet("lan", 100_000)
    for n in range(5):
        payments.begin(books.ledger, books.order(Kind.MERCHANT, lan.account, "merchant:m1", 10 + n))
    folding.fold_account(books.ledger, lan.account)

    def other() -> None:
        for _ in range(2):
            payments.begin(books.ledger, books.order(Kind.MERCHANT, lan.account, "merchant:m1", 7))
            books.wait(**later)
        folding.fold_account(books.ledger, lan.account)

    before = folding.head(books.ledger, lan.account)
    busy.at(k, f"A#{lan.account}", other)
    made = reading.statement(books.ledger, lan.account, first, date(2026, 11, 28))
    assert made.closing_vnd == before.balance_vnd
    assert made.opening_vnd + sum(line.amount_vnd for line in made.lines) == made.closing_vnd
    assert all(line.seq <= before.seq for line in made.lines)
    assert made.broken_at is None


class Interrupted:
    """A table at whose k-th read of an account's journal something else happens first."""

    def __init__(self) -> None:
        self._inner, self._left, self._pk = MemoryTable(), 0, ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def at(self, k: int, pk: str, act: Callable[[], None]) -> None:
        """Do that then, once."""
        self._left, self._pk, self._act = k, pk, act

    def query(self, pk: str, **how: Any) -> Any:
        """See `Table.query`."""
        if pk == self._pk and self._left:
            self._left -= 1
            if not self._left:
                self._act()
        return self._inner.query(pk, **how)


def test_a_line_that_comes_late_is_booked_on_the_day_the_book_has_reached() -> None:
    books = Books()
    books.now = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)  # 27 November in Huế
    paid_often(books, 1)
    folding.fold(books.ledger)
    books.now = datetime(2026, 11, 26, 16, 59, tzinfo=UTC)  # a function whose clock is behind
    lan = books.wallet("lan")
    payments.begin(books.ledger, books.order(Kind.MERCHANT, lan.account, "merchant:m1", 5))
    folding.fold(books.ledger)
    assert [line.day for line in reading.lines(books.ledger, "merchant:m1")] == ["2026-11-27"] * 2
    assert len(list(rows_of(books.memory, "A#merchant:m1", "D#"))) == 1
