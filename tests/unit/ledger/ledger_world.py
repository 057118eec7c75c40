"""A ledger in memory whose time and ids the test holds, and the invariants it must keep.

I1 an entry's legs sum to nothing; I2 all accounts together hold nothing (what wallets and payees
have is what the bank owes us); I3 nothing is below zero; I4 what is held is what open payments
hold; I5 refunded <= captured <= amount; I6 a bill has one payment that is not void, or parts that
come to no more than it; I8 a limit's
counter is what its payments came to; I9 one event for each change, numbered without gaps; I11
balances are what their lines add up to. (I7 and I10 need a biller and a queue.)
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Row, Table
from city.adapters.table_memory import MemoryTable
from city.contracts.envelope import CloudEvent
from city.kernel.ids import ulid
from city.kernel.text import text
from city.ledger import folding, reading, wallets
from city.ledger.book import Ledger
from city.ledger.limits import Ceiling, LimitBook, StepUp
from city.ledger.model import (
    ESCROW,
    BillRef,
    ClientKey,
    Entry,
    Kind,
    Order,
    Payment,
    Wallet,
)
from city.ledger.workflow import PAID, State

MONTH_VND, SINGLE_VND, DAY_VND = 100_000_000, 10_000_000, 20_000_000
LIMITS = LimitBook(
    ceilings=(
        Ceiling(
            id="month", limit_class="counted", period="month", most_vnd=MONTH_VND,
            name=text("tháng", "the month"), valid_from=date(2024, 1, 1), document="TT 40/2024",
            confirmed=True,
        ),
    ),
    step_ups=(
        StepUp(
            id="transfers", kinds=frozenset({Kind.TRANSFER, Kind.TOP_UP}), single_vnd=SINGLE_VND,
            day_vnd=DAY_VND, new_device=True, valid_from=date(2024, 7, 1),
            document="QĐ 2345", confirmed=True,
        ),
    ),
)  # fmt: skip


def lower(limits: LimitBook, by: int) -> LimitBook:
    """The same limits at so many times less."""
    return LimitBook(
        ceilings=tuple(
            c.model_copy(update={"most_vnd": c.most_vnd // by}) for c in limits.ceilings
        ),
        step_ups=tuple(
            s.model_copy(update={"single_vnd": s.single_vnd // by, "day_vnd": s.day_vnd // by})
            for s in limits.step_ups
        ),
    )


class Bus:
    """Keeps what was published."""

    def __init__(self) -> None:
        self.events: list[CloudEvent] = []

    def publish(self, events: Any) -> None:
        self.events += events


class Books:
    """The whole world of a test."""

    def __init__(
        self,
        table: Table | None = None,
        memory: MemoryTable | None = None,
        first: int = 1,
        limits: LimitBook = LIMITS,
    ) -> None:
        self.memory = memory or MemoryTable()
        self.table: Table = table or self.memory
        self.bus = Bus()
        self.now = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
        self._ids = count(first)
        self._keys = count(first)
        self.ledger = Ledger(
            table=self.table,
            outbox=Outbox(self.table, self.bus),
            limits=limits,
            now=lambda: self.now,
            new_id=lambda at: ulid(at, next(self._ids)),
        )

    def wait(self, **how: float) -> None:
        """Let time pass."""
        self.now += timedelta(**how)

    def key(self, name: str | None = None) -> ClientKey:
        """A client's key; the same name is the same key."""
        return ClientKey(principal="p", route="r", key=name or f"key-{next(self._keys):06}")

    def order(self, kind: Kind, source: str, target: str, amount: int, **more: Any) -> Order:
        """An order with a key of its own unless one is given."""
        told: dict[str, Any] = {"owner": "somebody", "key": self.key(), **more}
        return Order(kind=kind, source=source, target=target, amount_vnd=amount, **told)

    def bill(self, wallet: Wallet, amount: int, bill: str = "b1", **more: Any) -> Order:
        """An order to pay a bill."""
        ref = BillRef(biller="evn", bill_id=bill, most_vnd=more.pop("most_vnd", None))
        told = {"bill": ref, "limit_class": "counted", **more}
        return self.order(Kind.BILL, wallet.account, "biller:evn", amount, **told)

    def wallet(self, owner: str, amount: int = 0) -> Wallet:
        """A wallet with money from the bank."""
        from city.ledger import changes, payments

        made = wallets.open_wallet(self.ledger, owner, "970400-1")
        if amount:
            order = self.order(Kind.TOP_UP, ESCROW, made.account, amount, stepped_up=True)
            begun = payments.begin(self.ledger, order)
            changes.send(self.ledger, begun.id, timedelta(seconds=30))
            changes.capture(self.ledger, begun.id, "bank-1")
        return made


def rows_of(memory: MemoryTable, prefix: str, sk: str = "") -> Iterator[Row]:
    """Rows of all partitions whose names begin so."""
    for row in memory.rows():
        if row.pk.startswith(prefix) and row.sk.startswith(sk):
            yield row


def balances(memory: MemoryTable) -> Counter[str]:
    """Every account's balance, from the entries themselves."""
    found: Counter[str] = Counter()
    for row in rows_of(memory, "P#", "J#"):
        for leg in Entry.model_validate(row.doc).legs:  # I1 is the model's own condition
            found[leg.account] += leg.amount_vnd
    return found


def payments_of(memory: MemoryTable) -> list[Payment]:
    """Every payment."""
    return [Payment.model_validate(row.doc) for row in rows_of(memory, "P#", "A")]


def check_invariants(books: Books) -> None:
    """All that can be said of the ledger alone; raises AssertionError."""
    memory = books.memory
    payments = payments_of(memory)
    booked = balances(memory)
    assert sum(booked.values()) == 0, f"I2: {booked}"
    _wallets(memory, payments, booked)
    for payment in payments:
        assert 0 <= payment.refunded_vnd <= payment.captured_vnd <= payment.amount_vnd, "I5"
    _locks(memory, payments)
    _limits(books, payments)
    once = Counter(p.once for p in payments if p.once and p.state is not State.VOID)
    assert all(n == 1 for n in once.values()), f"a code was good twice: {once}"
    _events(books, payments)
    _journals(books, booked)


def _wallets(memory: MemoryTable, payments: list[Payment], booked: Counter[str]) -> None:
    held: Counter[str] = Counter()
    for payment in payments:
        if payment.holds:
            held[payment.source] += payment.debit_vnd
    for row in rows_of(memory, "W#", "A"):
        name = f"wallet:{row.pk[2:]}"
        avail, kept = row.counters.get("avail", 0), row.counters.get("held", 0)
        assert avail >= 0 and kept >= 0, f"I3: {name} {avail} {kept}"
        assert kept == held[name], f"I4: {name} {kept} {held[name]}"
        assert avail + kept == booked[name], f"I2: {name} {avail + kept} {booked[name]}"


def _locks(memory: MemoryTable, payments: list[Payment]) -> None:
    of_bills = [p for p in payments if p.bill and p.state is not State.VOID]
    alive = [p for p in of_bills if p.state is not State.REFUNDED]
    whole = Counter(_lock(p) for p in alive if p.bill and p.bill.most_vnd is None)
    assert all(n == 1 for n in whole.values()), f"I6: {whole}"
    by_id = {p.id: p for p in payments}
    for row in rows_of(memory, "B#", "A"):
        assert by_id[row.doc["payment_id"]].state is not State.VOID, "I6: a void payment has it"
    assert set(whole) <= {row.pk for row in rows_of(memory, "B#", "A")}, "I6: no lock"
    parts, refunded = Counter[str](), Counter[str]()
    most: dict[str, int] = {}
    for payment in of_bills:
        if payment.bill and payment.bill.most_vnd is not None:
            lock = _lock(payment)
            most[lock] = max(most.get(lock, 0), payment.bill.most_vnd)
            (parts if payment in alive else refunded)[lock] += payment.amount_vnd
    for row in rows_of(memory, "B#", "PARTS"):
        taken = row.counters["vnd"]
        assert 0 <= taken - parts[row.pk] <= refunded[row.pk], f"I6: {row} of {parts[row.pk]}"
    assert all(parts[lock] <= most[lock] for lock in parts), f"I6: {parts} of {most}"


def _lock(payment: Payment) -> str:
    return f"B#{payment.bill.biller}#{payment.bill.bill_id}" if payment.bill else ""


def _limits(books: Books, payments: list[Payment]) -> None:
    memory, limits = books.memory, books.ledger.limits
    most = {c.limit_class: c.most_vnd for c in limits.ceilings}
    most |= {f"without-passkey-{rule.id}": rule.day_vnd for rule in limits.step_ups}
    spent: Counter[tuple[str, str]] = Counter()
    for payment in payments:
        for key in payment.limit_keys if payment.state is not State.VOID else ():
            spent[f"L#{payment.limited_wallet}", key] += payment.debit_vnd
    for row in rows_of(memory, "L#"):
        assert row.counters.get("spent", 0) == spent[row.pk, row.sk], f"I8: {row}"
        assert spent[row.pk, row.sk] <= most[row.sk.partition("#")[2]], f"I8: over it {row}"


def _events(books: Books, payments: list[Payment]) -> None:
    waiting = [CloudEvent.model_validate(r.doc) for r in rows_of(books.memory, "OUTBOX#")]
    heard: dict[str, set[tuple[int, str]]] = defaultdict(set)
    ids: dict[tuple[str, int], set[str]] = defaultdict(set)
    for event in [*books.bus.events, *waiting]:
        if event.type.endswith("payment_changed.v1"):
            told = event.data
            heard[told["payment_id"]].add((told["sequence"], told["state"]))
            ids[told["payment_id"], told["sequence"]].add(event.id)
    for payment in payments:
        said = sorted(heard[payment.id])
        assert [n for n, _ in said] == list(range(1, payment.sequence + 1)), f"I9: {said}"
        assert said[-1][1] == payment.state.value, f"I9: {said}"
    assert all(len(found) == 1 for found in ids.values()), "I9: one change, two events"


def _journals(books: Books, booked: Counter[str]) -> None:
    waiting: Counter[str] = Counter()
    for row in rows_of(books.memory, "F#"):
        waiting[row.sk.partition("#")[0]] += row.doc["amount_vnd"]
    quiet = Books(memory=books.memory).ledger  # reads past whatever the test has put before it
    for row in rows_of(books.memory, "A#", "HEAD"):
        checked = reading.check(quiet, row.pk[2:])
        assert checked.good, f"I11: {checked}"
        assert checked.stored_vnd + waiting[row.pk[2:]] == booked[row.pk[2:]], f"I11: {row.pk}"


def settled(books: Books) -> None:
    """Fold everything, and check again."""
    folding.fold(Books(memory=books.memory).ledger)
    check_invariants(books)
    assert not list(rows_of(books.memory, "F#"))


__all__ = ["PAID", "Books", "balances", "check_invariants", "payments_of", "rows_of", "settled"]
