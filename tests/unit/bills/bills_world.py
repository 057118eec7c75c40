"""A desk in memory with a biller that answers by script; time and ids are the test's."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.billers.port import (
    Bill,
    BillerUnavailable,
    CancelAnswer,
    Cancelled,
    CustomerBills,
    NoSuchCustomer,
    NotFound,
    NotOffered,
    NotSent,
    OutcomeUnknown,
    Paid,
    PayAnswer,
    Pending,
    QueryAnswer,
    Rejected,
    Statement,
    StatementRow,
)
from city.billers.traits import Register
from city.bills import looking, paying, saga
from city.bills.desk import Desk
from city.bills.model import BillsQuery, NewPayment
from city.kernel.clock import local_date
from city.kernel.people import Principal
from city.ledger import changes
from city.ledger.book import Ledger
from city.ledger.model import Kind, Payment
from city.ledger.sweeping import sweep
from city.ledger.workflow import PAID, State

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))
from ledger_world import Books, check_invariants, payments_of

from infra.seed.make_billers import billers

CODES = {
    "evn": "PC03HH0000001", "huewaco": "HW00000001", "hepco": "HEP000001", "hocphi": "HS00000001",
}  # fmt: skip
LAN = Principal(user_id="lan", roles=frozenset({"citizen"}), acr=2)
MINH = Principal(user_id="minh", roles=frozenset({"citizen"}), acr=2)
MOST_STEPS = 400


class ToPay:
    """The queue: messages with the moment from which they are seen."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.waiting: list[tuple[datetime, str]] = []

    def send_all(self, bodies: Any, delay_s: int = 0) -> None:
        at = self._world.books.now + timedelta(seconds=delay_s)
        self.waiting += [(at, body["payment_id"]) for body in bodies]


@dataclass
class Scripted:
    """A biller that does as told. `script` has, for each call of `pay`, what happens: `ok`,
    `rejected`, `busy`, `pending`, `lost_request`, `lost_answer`, `late:<seconds>`, `refused`."""

    world: "World"
    biller: str
    idempotent: bool = True
    script: list[str] = field(default_factory=list)
    down: bool = False
    bills: list[Bill] = field(default_factory=list)
    booked: list[tuple[str, str, int, datetime]] = field(default_factory=list)
    pending: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    hidden_days: set[date] = field(default_factory=set)
    changed_vnd: int = 0
    calls: int = 0

    @property
    def _now(self) -> datetime:
        return self.world.books.now

    def entries(self, ref: str) -> list[tuple[str, str, int, datetime]]:
        """What is in the book by now under a reference."""
        return [e for e in self.booked if e[0] == ref and e[3] <= self._now]

    def lookup(self, customer_code: str) -> CustomerBills:
        if self.down:
            raise BillerUnavailable("down")
        if customer_code != CODES[self.biller]:
            raise NoSuchCustomer(customer_code)
        left = [
            bill.model_copy(update={"paid_vnd": self.paid_vnd(bill.bill_id)})
            for bill in self.bills
            if self.paid_vnd(bill.bill_id) < bill.amount_vnd
        ]
        return CustomerBills(customer_code=customer_code, name="N***", bills=tuple(left))

    def paid_vnd(self, bill_id: str) -> int:
        """What is in the book by now for a bill."""
        return sum(
            e[2] for e in self.booked
            if e[1] == bill_id and e[3] <= self._now and e[0] not in self.cancelled
        )  # fmt: skip

    @contextmanager
    def reach(self) -> Iterator["Scripted"]:
        if self.down or (self.script and self.script[0] == "refused"):
            if self.script and self.script[0] == "refused":
                self.script.pop(0)
            raise NotSent("refused")
        yield self

    def pay(self, ref: str, bill_id: str, amount_vnd: int) -> PayAnswer:
        self.calls += 1
        what, _, more = (self.script.pop(0) if self.script else "ok").partition(":")
        if what == "lost_request":
            raise OutcomeUnknown("lost")
        if what == "rejected":
            self.refused.add(ref)
            return Rejected(code="refused", final=True)
        if what == "busy":
            return Rejected(code="busy", final=False)
        if self.idempotent and self.entries(ref):
            return self._paid(ref)
        at = self._now + timedelta(seconds=float(more or 0))
        self.booked.append((ref, bill_id, amount_vnd, at))
        if what in ("lost_answer", "late"):
            raise OutcomeUnknown("lost")
        if what == "pending":
            self.pending.add(ref)
            return Pending()
        return self._paid(ref)

    def _paid(self, ref: str) -> Paid:
        entry = self.entries(ref)[0]
        whole = next((b.amount_vnd for b in self.bills if b.bill_id == entry[1]), 0)
        then = sum(e[2] for e in self.booked if e[1] == entry[1] and e[3] <= entry[3])
        return Paid(
            receipt=f"R-{ref[-4:]}", amount_vnd=entry[2], paid_at=entry[3],
            left_vnd=max(whole - then, 0), credit_vnd=min(max(then - whole, 0), entry[2]),
        )  # fmt: skip

    def query(self, ref: str) -> QueryAnswer:
        if self.down:
            raise BillerUnavailable("down")
        if not self.world.desk.register.traits(self.biller, self._now).query:
            raise NotOffered("query")
        if ref in self.cancelled:
            return Cancelled()
        if self.entries(ref):
            return self._paid(ref)
        if ref in self.refused:
            return Rejected(code="refused", final=True)
        return Pending() if ref in self.pending else NotFound()

    def cancel(self, ref: str) -> CancelAnswer:
        if self.down:
            raise OutcomeUnknown("down")
        self.cancelled.add(ref)
        return Cancelled()

    def statement(self, day: date) -> Statement:
        if self.down or day in self.hidden_days:
            raise BillerUnavailable("statement")
        rows = tuple(
            StatementRow(
                ref=ref, bill_id=bill, amount_vnd=amount + self.changed_vnd, paid_at=at,
                receipt=f"S-{ref[-4:]}",
            )
            for ref, bill, amount, at in self.booked
            if local_date(at) == day
        )  # fmt: skip
        return Statement(biller=self.biller, day=day, rows=rows, sha256="0" * 64)


class World:
    """Everything of one test."""

    def __init__(self, biller: str = "evn", amount: int = 120_000) -> None:
        self.books = Books()
        self.memory = MemoryTable()
        self.queue = ToPay(self)
        self._heard = 0  # of the bus
        register = Register(billers())
        traits = register.traits(biller, self.books.now)
        self.biller = Scripted(self, biller, idempotent=traits.pay_idempotent)
        self.biller.bills = [self.bill(1, amount), self.bill(2, 80_000)]
        self.desk = self.make(self.books.ledger, self.memory)
        self.wallet = self.books.wallet("lan", 1_000_000)

    def make(self, ledger: Ledger, table: Table) -> Desk:
        """A desk over these tables."""
        return Desk(
            ledger=ledger, table=table, outbox=Outbox(table, self.books.bus),
            register=Register(billers()), biller=lambda _: self.biller, to_pay=self.queue,
            secret="s" * 32, base_url="http://city.test",
        )  # fmt: skip

    def bill(self, number: int, amount: int) -> Bill:
        due = local_date(self.books.now) + timedelta(days=5 * number)
        return Bill(
            bill_id=f"B{number}", period=f"{9 + number}/2026", amount_vnd=amount, version="1",
            due_on=due,
        )  # fmt: skip

    def quote(self, number: int = 0, who: Principal = LAN) -> str:
        code = CODES[self.biller.biller]
        query = BillsQuery(biller=self.biller.biller, customer_code=code)
        return looking.bills(self.desk, query, who.user_id).bills[number].quote

    def pay(
        self, key: str = "key-0001", quote: str = "", desk: Desk | None = None,
        amount: int | None = None,
    ) -> Payment:  # fmt: skip
        body = NewPayment(quote=quote or self.quote(), amount_vnd=amount)
        return paying.pay(desk or self.desk, body, LAN, key)

    def now(self, payment: Payment) -> Payment:
        """A payment as it is."""
        return changes.get(self.books.ledger, payment.id)

    def purse(self) -> tuple[int, int]:
        row = self.books.memory.get(f"W#{self.wallet.id}", "A")
        assert row
        return row.counters["avail"], row.counters["held"]

    def _said(self) -> list[str]:
        """Payments whose events say that they are begun: the rule into `bills-to-pay`."""
        fresh = self.books.bus.events[self._heard :]
        self._heard = len(self.books.bus.events)
        told = [event.data for event in fresh if event.type.endswith("payment_changed.v1")]
        return [d["payment_id"] for d in told if (d["kind"], d["state"]) == ("bill", "HELD")]

    def step(self, desk: Desk | None = None) -> None:
        """Deliver what is due now, and sweep once."""
        at = desk or self.desk
        at.ledger.outbox.relay(self.books.now)  # what a function did not live to say
        for payment_id in self._said():
            saga.attend(at, payment_id)
        due = [m for m in self.queue.waiting if m[0] <= self.books.now]
        self.queue.waiting = [m for m in self.queue.waiting if m[0] > self.books.now]
        for _, payment_id in due:
            saga.attend(at, payment_id)
        for payment in sweep(at.ledger, [Kind.BILL]):
            saga.attend(at, payment.id)

    def pass_time(self, **span: float) -> None:
        """Let time pass in steps of the clock, doing whatever falls due on the way."""
        end = self.books.now + timedelta(**span)
        for _ in range(MOST_STEPS):
            self.step()
            coming = [m[0] for m in self.queue.waiting]
            coming += [p.due_at for p in payments_of(self.books.memory) if p.due_at]
            coming = [at for at in coming if at > self.books.now]
            if not coming or min(coming) > end:
                break
            self.books.now = min(coming)
        self.books.now = end
        self.step()

    def _most(self) -> dict[str, int]:
        """What the parts of bills that take parts may come to together."""
        found: dict[str, int] = {}
        for payment in payments_of(self.books.memory):
            if payment.bill and payment.bill.most_vnd and payment.state is not State.VOID:
                bill = payment.bill.bill_id
                found[bill] = max(found.get(bill, 0), payment.bill.most_vnd)
        return found

    def check(self) -> None:
        """The ledger's invariants, and I6 and I7 against the biller's book."""
        check_invariants(self.books)
        alive = [e for e in self.biller.booked if e[0] not in self.biller.cancelled]
        bills = Counter(e[1] for e in alive)
        most = self._most()
        for bill, times in bills.items():
            together = sum(e[2] for e in alive if e[1] == bill)
            assert together <= most[bill] if bill in most else times == 1, f"I6: {alive}"
        booked = {e[0] for e in alive if e[3] <= self.books.now}
        for payment in payments_of(self.books.memory):
            if payment.kind is not Kind.BILL:
                continue
            if payment.state is State.VOID:
                assert payment.id not in {e[0] for e in alive}, "I7: paid, and we say void"
            if payment.state in PAID and payment.state is not State.REFUNDED:
                assert payment.id in booked, "I7: we say paid, and they have nothing"
