"""A reconciler over the real ledger, with a biller whose book the test writes."""

import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from city.adapters.files import MemoryFiles
from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.kernel.clock import local_date
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.ledger import changes, payments
from city.ledger.model import Payment, Wallet
from city.ledger.wallets import purse
from city.settlement import ours, running
from city.settlement.acting import Office
from city.settlement.matching import Ours, Theirs
from city.settlement.model import Difference, Run
from city.settlement.sources import Answer, Fetched, NoStatement, Sources
from city.settlement.store import Settlements
from world import RecordingBus

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))
from ledger_world import Books, balances, check_invariants, payments_of

__all__ = ["BOSS", "BOSS2", "Hall", "balances", "check_invariants", "payments_of"]

LEASE = timedelta(seconds=30)
BOSS = Principal(user_id="boss", roles=frozenset({"administrator"}))
BOSS2 = Principal(user_id="boss-2", roles=frozenset({"administrator"}))


@dataclass
class Evn:
    """A biller of our making: `book` is what its statements say, `says` what it answers."""

    books: Books
    book: dict[date, list[Theirs]] = field(default_factory=dict)
    says: dict[str, Answer] = field(default_factory=dict)
    absent_after: int | None = None
    shut: bool = False
    asked: list[str] = field(default_factory=list)

    def statement(self, day: date) -> Fetched:
        if self.shut:
            raise NoStatement("503")
        rows = self.book.get(day, [])
        raw = "\n".join(row.model_dump_json() for row in rows).encode()
        return Fetched(raw, "application/jsonl", tuple(rows))

    def ours(self, day: date) -> list[Ours]:
        return ours.of_biller(self.books.ledger, "evn", day)

    def known(self, ref: str) -> Ours | None:
        return ours.of_biller_ref(self.books.ledger, "evn", ref)

    def ask(self, ref: str, sent_at: datetime, now: datetime) -> Answer:
        self.asked.append(ref)
        return self.says.get(ref, Answer.NOT_KNOWN)

    def absent_is_final(self, sent_at: datetime, statements: int) -> bool:
        return self.absent_after is not None and statements >= self.absent_after


@dataclass
class Bank:
    """The bank: as we have it booked, unless the test says otherwise."""

    books: Books
    closing_vnd: int | None = None
    missing: frozenset[str] = frozenset()
    extra: tuple[Theirs, ...] = ()

    def statement(self, day: date) -> Fetched:
        at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
        rows = [
            Theirs(ref=each.ref, amount_vnd=each.amount_vnd, at=at)
            for each in self.ours(day)
            if each.ref not in self.missing
        ]
        return Fetched(repr(rows).encode(), "text/plain", (*rows, *self.extra), self.closing_vnd)

    def ours(self, day: date) -> list[Ours]:
        return ours.of_bank(self.books.ledger, day)

    def known(self, ref: str) -> Ours | None:
        return ours.of_bank_ref(self.books.ledger, ref)

    def ask(self, ref: str, sent_at: datetime, now: datetime) -> Answer:
        return Answer.NOT_KNOWN

    def absent_is_final(self, sent_at: datetime, statements: int) -> bool:
        return False


@dataclass
class Hall:
    """Everything of one test. It is ten in the morning in Huế."""

    books: Books = field(default_factory=Books)
    table: Table = field(default_factory=MemoryTable)
    bus: RecordingBus = field(default_factory=RecordingBus)
    files: MemoryFiles = field(default_factory=MemoryFiles)

    def __post_init__(self) -> None:
        self.evn, self.bank = Evn(self.books), Bank(self.books)
        self.lan: Wallet = self.books.wallet("lan", 10_000_000)
        self._ids, self._bills = count(1), count(1)

    @property
    def today(self) -> date:
        return local_date(self.books.now)

    def office(self) -> Office:
        return Office(
            store=Settlements(self.table, Outbox(self.table, self.bus)),
            ledger=self.books.ledger,
            now=self.books.now,
            new_id=lambda moment: ulid(moment, next(self._ids)),
        )

    def sent(self, amount: int = 100_000) -> Payment:
        """A bill payment of which nobody knows yet."""
        order = self.books.bill(self.lan, amount, f"bill-{next(self._bills)}")
        begun = payments.begin(self.books.ledger, order)
        return changes.send(self.books.ledger, begun.id, LEASE)

    def paid(self, amount: int = 100_000, *, booked: bool = True) -> Payment:
        """A bill payment that came through; `booked` in the biller's book as well."""
        payment = changes.capture(self.books.ledger, self.sent(amount).id, "r-1")
        if booked:
            self.books_it(payment.id, amount)
        return payment

    def books_it(self, ref: str, amount: int, *, days: int = 0, receipt: str = "r-1") -> None:
        """A line in the biller's book, today or some days later."""
        at = self.books.now + timedelta(days=days)
        line = Theirs(ref=ref, amount_vnd=amount, at=at, receipt=receipt)
        self.evn.book.setdefault(self.today + timedelta(days=days), []).append(line)

    def night(self) -> None:
        """The next morning."""
        self.books.wait(hours=24)

    def run(self, back: int = 1) -> Run:
        """Reconcile a day that is over."""
        sources: Sources = {"bank": self.bank, "biller:evn": self.evn}
        day = self.today - timedelta(days=back)
        return running.run_day(self.office(), self.files, sources, day, "test")

    def difference(self, ref: str, source: str = "biller:evn") -> Difference | None:
        return self.office().store.difference(source, ref)[0]

    def purse(self) -> tuple[int, int]:
        held = purse(self.books.ledger, self.lan.id)
        return held.avail_vnd, held.held_vnd
