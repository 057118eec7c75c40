"""A biller with a book of its own, and a worker that pays bills through it as the city's must.

The biller books whatever reaches it: it does not protect us from ourselves, so that paying one bill
twice shows in its book. What it does with a request, and what it says, is drawn by the test. It is
honest in two things only: a reference is booked once, and "not found" is true for good once
`FINAL_AFTER` has passed since the request.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from city.billers.port import (
    BillerUnavailable,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Paid,
    PayAnswer,
    Pending,
    QueryAnswer,
    Rejected,
)
from city.ledger import changes
from city.ledger.book import Ledger
from city.ledger.model import Kind, Payment
from city.ledger.workflow import PAID, Proof, State

LEASE = timedelta(seconds=60)
FINAL_AFTER = timedelta(seconds=300)
LATEST = 240  # seconds after the request at which it may still be booked
ASK_AGAIN = timedelta(seconds=30)
REACH = ("reached", "reached", "reached", "no line")
PART_BILL, PART_BILL_VND = "parts", 100_000  # a bill that is taken in parts, and what it comes to
FATES = ("paid", "paid", "answer lost", "request lost", "late", "late, said pending", "rejected")
Choose = Callable[[Sequence[str]], str]


@dataclass
class BillerBook:
    """The biller. `heard` are the callbacks it has sent, one or more for each booking."""

    now: Callable[[], datetime]
    choose: Choose
    pause: Callable[[], None] = lambda: None
    booked: dict[str, tuple[str, int]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    coming: list[tuple[datetime, str, str, int]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def reach(self) -> AbstractContextManager["BillerBook"]:
        """A line, or `NotSent`."""
        if self.choose(REACH) == "no line":
            raise NotSent
        return nullcontext(self)

    def pay(self, ref: str, bill_id: str, amount_vnd: int) -> PayAnswer:
        """See `city.billers.port.Line`."""
        self.pause()  # the request is on its way
        self.arrive()
        answer: PayAnswer = self._known(ref) or self._fate(ref, bill_id, amount_vnd)
        self.pause()  # the answer is
        return answer

    def _fate(self, ref: str, bill_id: str, amount_vnd: int) -> PayAnswer:
        fate = self.choose(FATES)
        if fate == "rejected":
            self.refused.add(ref)
            return Rejected(code="E1", final=True)
        if fate.startswith("late"):
            after = timedelta(seconds=int(self.choose(("5", "60", str(LATEST)))))
            self.coming.append((self.now() + after, ref, bill_id, amount_vnd))
            if fate == "late":
                raise OutcomeUnknown
            return Pending()
        if fate == "request lost":
            raise OutcomeUnknown
        self._book(ref, bill_id, amount_vnd)
        if fate == "answer lost":
            raise OutcomeUnknown
        return self._paid(ref)

    def query(self, ref: str) -> QueryAnswer:
        """See `city.billers.port.Biller`."""
        self.pause()
        self.arrive()
        if self.choose(("there", "there", "there", "out")) == "out":
            raise BillerUnavailable
        known = self._known(ref) or NotFound()
        self.pause()
        return known

    def arrive(self) -> None:
        """Book what was on its way until now."""
        now = self.now()
        for at, ref, bill_id, amount_vnd in self.coming:
            if at <= now and ref not in self.booked:
                self._book(ref, bill_id, amount_vnd)
        self.coming = [each for each in self.coming if each[0] > now]

    def twice(self) -> list[str]:
        """Bills that were paid more than once, or in parts that are more than the bill."""
        bills = Counter(bill for bill, _ in self.booked.values() if bill != PART_BILL)
        parts = sum(amount for bill, amount in self.booked.values() if bill == PART_BILL)
        over = [PART_BILL] if parts > PART_BILL_VND else []
        return [bill for bill, times in bills.items() if times > 1] + over

    def says(self, ref: str) -> Paid:
        """What a callback says."""
        return self._paid(ref)

    def _known(self, ref: str) -> Paid | Rejected | None:
        if ref in self.refused:
            return Rejected(code="E1", final=True)
        return self._paid(ref) if ref in self.booked else None

    def _book(self, ref: str, bill_id: str, amount_vnd: int) -> None:
        self.booked[ref] = (bill_id, amount_vnd)
        self.heard.append(ref)

    def _paid(self, ref: str) -> Paid:
        return Paid(receipt=f"R-{ref[-6:]}", amount_vnd=self.booked[ref][1], paid_at=self.now())


def attend(ledger: Ledger, biller: BillerBook, payment_id: str) -> Payment:
    """What the queue's message about a payment makes a worker do."""
    payment = changes.get(ledger, payment_id)
    if payment.state is State.HELD and not (payment.due_at and payment.due_at <= ledger.now()):
        return first(ledger, biller, payment)
    if payment.state is State.UNKNOWN and payment.due_at and payment.due_at <= ledger.now():
        return again(ledger, biller, payment)
    return payment


def first(ledger: Ledger, biller: BillerBook, payment: Payment) -> Payment:
    """Reach the biller, write down that it is asked, ask: in this order."""
    try:
        with biller.reach() as line:
            payment = changes.send(ledger, payment, LEASE)
            answer = line.pay(payment.reference, _bill(payment), payment.amount_vnd)
    except NotSent:
        return payment
    except OutcomeUnknown:
        return changes.doubt(ledger, payment, ledger.now() + ASK_AGAIN)
    return take(ledger, payment, answer)


def again(ledger: Ledger, biller: BillerBook, payment: Payment) -> Payment:
    """Ask what became of it; "not found" ends it only when it is final."""
    try:
        answer = biller.query(payment.reference)
    except BillerUnavailable:
        answer = Pending()
    sent_at = payment.sent_at or payment.created_at
    if isinstance(answer, NotFound) and ledger.now() - sent_at >= FINAL_AFTER:
        return changes.void(ledger, payment, Proof.NOT_FOUND)
    return take(ledger, payment, answer)


def take(ledger: Ledger, payment: Payment, answer: QueryAnswer) -> Payment:
    """Carry an answer out, from wherever it came."""
    match answer:
        case Paid():
            return changes.capture(ledger, payment, answer.receipt)
        case Rejected(final=True):
            return changes.void(ledger, payment, Proof.REJECTED, answer.code)
        case _:
            return changes.doubt(ledger, payment, ledger.now() + ASK_AGAIN)


def hear(ledger: Ledger, biller: BillerBook, payment_id: str) -> Payment:
    """A callback: the biller says by itself that it was paid."""
    payment = changes.get(ledger, payment_id)
    if payment.state is State.HELD:
        return payment  # we never asked
    return take(ledger, payment, biller.says(payment_id))


def agree(biller: BillerBook, payments: Sequence[Payment], *, at_rest: bool) -> None:
    """I6 and I7: the biller has no bill twice, nothing that we never asked for or gave back, and
    everything that we count as paid. At rest it has nothing else."""
    assert not biller.twice(), f"I6: the biller has twice {biller.twice()}"
    for payment in payments:
        if payment.kind is Kind.BILL:
            booked = payment.id in biller.booked
            assert booked or payment.state not in PAID, f"I7: not at the biller: {payment}"
            lost = payment.state in (State.HELD, State.VOID)
            assert not (booked and lost), f"I7: the biller has it: {payment}"
            assert not at_rest or booked == (payment.state in PAID), f"I7: {payment}"


def _bill(payment: Payment) -> str:
    return payment.bill.bill_id if payment.bill else ""
