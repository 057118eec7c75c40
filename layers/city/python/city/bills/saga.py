"""What becomes of a bill payment: sent once, and asked about until somebody knows.

HELD -> SENT -> CAPTURED or VOID is the short way. Whatever is not a clear answer makes it UNKNOWN,
and from there only the biller's word ends it: PAID captures; a final refusal, a NOT_FOUND after the
time when that is final, or its absence from enough statements voids; what contradicts itself or
stays open becomes a CASE for people. The clock alone never ends anything that was sent.

Every function may run twice, late, or beside itself: the ledger's conditions decide who was first.
"""

from datetime import datetime, timedelta

from city.billers.port import (
    BillerUnavailable,
    Cancelled,
    NotFound,
    NotOffered,
    NotSent,
    OutcomeUnknown,
    Paid,
    Pending,
    QueryAnswer,
    Rejected,
)
from city.billers.traits import Traits
from city.bills.desk import Breaker, Desk
from city.bills.statements import Found, first_day, look
from city.ledger import changes
from city.ledger.changes import Refund
from city.ledger.model import Kind, Payment
from city.ledger.problems import NotAllowedNow
from city.ledger.workflow import PAID, Proof, State

LEASE = timedelta(seconds=60)  # twice the function's own time: a live worker is never doubted
UNREACHED = timedelta(seconds=20)
AGAIN = timedelta(seconds=60)
_GAPS_S = (5, 30, 120, 600, 3600)
MARKS = tuple(timedelta(seconds=sum(_GAPS_S[: n + 1])) for n in range(len(_GAPS_S)))
ASK_MOST = timedelta(hours=6)


def attend(desk: Desk, payment_id: str) -> Payment:
    """Do what a payment needs now, if it needs anything.

    Raises:
        NotFound: there is no such payment.
    """
    payment = changes.get(desk.ledger, payment_id)
    if payment.kind is not Kind.BILL or payment.bill is None:
        return payment
    if payment.state is State.HELD:
        return _send(desk, payment)
    if payment.state is State.UNKNOWN and (payment.due_at or desk.now) <= desk.now:
        return ask(desk, payment)
    return payment


def _biller(payment: Payment) -> str:
    return payment.bill.biller if payment.bill else ""


def _traits(desk: Desk, payment: Payment) -> Traits:
    return desk.register.traits(_biller(payment), payment.created_at)


def _send(desk: Desk, payment: Payment) -> Payment:
    """Reach the biller, write down that it is being asked, ask. In this order: whoever dies in
    between leaves a payment that will be asked about."""
    bill = payment.bill
    if bill is None or (payment.due_at and payment.due_at <= desk.now):
        return payment  # the sweep gives the money back
    breaker = Breaker(desk, bill.biller)
    until = breaker.open_until()
    if until:
        desk.again(payment.id, until)
        return payment
    answer: QueryAnswer | None = None
    fault = ""
    try:
        with desk.biller(bill.biller).reach() as line:
            try:
                payment = changes.send(desk.ledger, payment, LEASE)
            except NotAllowedNow:
                return changes.get(desk.ledger, payment.id)  # another worker was first
            try:
                answer = line.pay(payment.reference, bill.bill_id, payment.amount_vnd)
            except OutcomeUnknown as unknown:
                fault = str(unknown)
    except NotSent as refused:
        breaker.failed()
        desk.noted(payment.id, "pay", "not_sent", str(refused))
        desk.again(payment.id, desk.now + UNREACHED)
        return payment
    if answer is None:
        breaker.failed()
        desk.noted(payment.id, "pay", "unknown", fault)
        return _wait(desk, payment, reached=True)
    breaker.worked()
    return take(desk, payment, answer, "pay")


def ask(desk: Desk, payment: Payment) -> Payment:
    """Ask the biller about a payment, then its statements; note when to ask again."""
    traits = _traits(desk, payment)
    answer, reached = _query(desk, payment, traits)
    if isinstance(answer, Paid | Cancelled) or (isinstance(answer, Rejected) and answer.final):
        return take(desk, payment, answer, "query")
    sent_at = payment.sent_at or payment.created_at
    if isinstance(answer, NotFound) and traits.not_found_is_final(sent_at, desk.now):
        return take(desk, payment, answer, "query")
    if not reached:
        return _wait(desk, payment, reached=False)
    found = look(desk, payment, traits)
    if found.days:
        desk.noted(payment.id, "statement", found.verdict, ", ".join(map(str, found.days)))
    return _by_statement(desk, payment, traits, found, answer)


def _query(desk: Desk, payment: Payment, traits: Traits) -> tuple[QueryAnswer | None, bool]:
    """The biller's answer, and whether it was there to give one. Without a query facility there is
    nothing to reach."""
    if not traits.query:
        return None, True
    breaker = Breaker(desk, traits.id)
    if breaker.open_until():
        return None, False
    try:
        answer = desk.biller(traits.id).query(payment.reference)
    except NotOffered:
        return None, True
    except BillerUnavailable:
        breaker.failed()
        return None, False
    breaker.worked()
    desk.noted(payment.id, "query", answer.outcome)
    return answer, True


def _by_statement(
    desk: Desk, payment: Payment, traits: Traits, found: Found, answer: QueryAnswer | None
) -> Payment:
    ledger = desk.ledger
    if found.verdict == "paid":
        return changes.capture(ledger, payment, found.receipt, found.evidence)
    if found.verdict == "differs":
        return changes.escalate(ledger, payment, found.evidence)
    if found.verdict == "absent":
        final = traits.absence_final_days
        says_open = isinstance(answer, Pending | Rejected)
        if final is not None and len(found.days) >= final and not says_open:
            proof = Proof.ABSENT_IN_STATEMENT
            return changes.void(ledger, payment, proof, found.evidence)
        if len(found.days) >= max(final or 0, CASE_AFTER):
            return changes.escalate(ledger, payment, found.evidence)
    return _wait(desk, payment, reached=True)


CASE_AFTER = 2  # statements that do not settle it


def _wait(desk: Desk, payment: Payment, *, reached: bool) -> Payment:
    """Nobody knows yet: when to ask again. A biller that cannot be reached is asked each minute,
    and that does not make the payment any older."""
    at = next_at(payment, _traits(desk, payment), desk.now) if reached else desk.now + AGAIN
    try:
        payment = changes.doubt(desk.ledger, payment, at)
    except NotAllowedNow:
        return changes.get(desk.ledger, payment.id)  # a callback was faster
    desk.again(payment.id, at)
    return payment


def next_at(payment: Payment, traits: Traits, now: datetime) -> datetime:
    """When to ask again: 5 s, 30 s, 2 min, 10 min and 1 h apart since it was sent, then at the next
    statement, and every six hours where the biller answers queries."""
    sent_at = payment.sent_at or now
    if traits.query:
        for mark in MARKS:
            if sent_at + mark > now:
                return sent_at + mark
    day = first_day(payment)
    while traits.statement_ready_at(day) <= now:
        day += timedelta(days=1)
    ready = traits.statement_ready_at(day)
    return min(ready, now + ASK_MOST) if traits.query else ready


def take(desk: Desk, payment: Payment, answer: QueryAnswer, source: str) -> Payment:
    """Carry out an answer, from wherever it came: the call, a query, a signed callback. What the
    payment's state does not allow any more changes nothing; it is noted, and the reconciliation
    sees it."""
    at_once = source == "pay" and isinstance(answer, Paid)  # the payment itself says all of that
    if source != "query" and not at_once:
        desk.noted(payment.id, source, answer.outcome, getattr(answer, "code", ""))
    try:
        return _taken(desk, payment, answer)
    except NotAllowedNow:
        after = changes.get(desk.ledger, payment.id)
        desk.noted(payment.id, source, "came_after", f"{answer.outcome} in {after.state}")
        return after


def _taken(desk: Desk, payment: Payment, answer: QueryAnswer) -> Payment:
    ledger = desk.ledger
    match answer:
        case Paid():
            if answer.amount_vnd != payment.amount_vnd:
                told = f"the biller says {answer.amount_vnd}"
                return changes.escalate(ledger, payment, told)
            payment = changes.capture(ledger, payment, answer.receipt, facts=_said(answer))
            for each in answer.refunds:
                back = Refund(id=f"biller-{each.id}", amount_vnd=each.amount_vnd, reason="biller")
                payment = changes.refund(ledger, payment, back)
            return payment
        case Cancelled():
            return cancelled(desk, payment)
        case Rejected(final=True):
            return changes.void(ledger, payment, Proof.REJECTED, answer.code)
        case NotFound():
            return changes.void(ledger, payment, Proof.NOT_FOUND)
        case _:
            if payment.state in (State.SENT, State.UNKNOWN):
                return _wait(desk, payment, reached=True)
            return payment


def _said(answer: Paid) -> dict[str, str]:
    """What a receipt shows of the biller's word, beside its number."""
    said = {"left_vnd": answer.left_vnd, "credit_vnd": answer.credit_vnd or None}
    return {name: str(value) for name, value in said.items() if value is not None}


def cancelled(desk: Desk, payment: Payment) -> Payment:
    """The biller gave it all back: so do we, and the bill is open again."""
    if payment.state not in PAID:
        return changes.void(desk.ledger, payment, Proof.REJECTED, "cancelled")
    left = payment.captured_vnd - payment.refunded_vnd
    if left == 0:
        return payment
    back = Refund(id="cancelled", amount_vnd=left, reason="cancelled", reopens_bill=True)
    return changes.refund(desk.ledger, payment, back)
