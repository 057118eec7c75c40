"""Payments that nobody knows the outcome of, for officers: what was asked, what was answered, and
settling by two persons with evidence. Whoever looks at a person's payment is written down."""

from city.adapters.acts import did
from city.adapters.table import ABSENT, CommitConflict, Delete, Put, Row
from city.bills import saga
from city.bills.desk import Desk
from city.bills.model import (
    CaseCard,
    CaseDecision,
    CasesQuery,
    CaseView,
    NewProposal,
    Proposal,
)
from city.bills.showing import view
from city.contracts.bills import AutopayEnded
from city.contracts.ledger import PaymentChanged
from city.kernel.ids import derived_id
from city.kernel.page import Page, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import NotFound, invalid
from city.ledger import changes
from city.ledger.book import read_payment
from city.ledger.model import Kind, Payment
from city.ledger.proposals import NotACase, Proposals, SecondPerson, listed, looked
from city.ledger.workflow import STATE_NAMES, Proof, State

OPEN = (State.UNKNOWN, State.CASE)
LIST = "DESK"
SHORT_WAY = 3  # held, sent, ended: what has changed no more often was never in doubt


def follow(desk: Desk, told: PaymentChanged) -> None:
    """A payment changed: keep the officers' list, say how autopay ended. The event is only a
    reason to look: the ledger says how things are."""
    payment = read_payment(desk.ledger.table, told.payment_id)
    if payment is None or payment.kind is not Kind.BILL:
        return
    if payment.state in OPEN:
        desk.table.commit(Put(Row(LIST, payment.id)))
    elif payment.sequence > SHORT_WAY:
        desk.table.commit(Delete(LIST, payment.id))
    if payment.facts.get("autopay") and (payment.captured_at or payment.state is State.VOID):
        _autopay_ended(desk, payment)


def _autopay_ended(desk: Desk, payment: Payment) -> None:
    if payment.owner is None or payment.bill is None:
        return
    told = AutopayEnded(
        account_id=payment.facts["autopay"], owner=payment.owner, biller=payment.bill.biller,
        bill_id=payment.bill.bill_id, period=payment.facts.get("period", ""),
        amount_vnd=payment.amount_vnd, payment_id=payment.id,
        outcome="paid" if payment.captured_at else "void", at=payment.changed_at,
    )  # fmt: skip
    event_id = derived_id(payment.changed_at, payment.id, "autopay")
    key = Row(f"P#{payment.id}", "AUTOPAY#ENDED")
    try:
        desk.outbox.commit([Put(key, ABSENT)], [(event_id, told, payment.changed_at)])
    except CommitConflict:
        return  # it was said


def listing(desk: Desk, query: CasesQuery) -> Page[CaseCard]:
    """Payments in doubt, oldest first; a page may be short after filtering."""
    after = decode_cursor(query.cursor).get("a")
    payments, more = listed(desk.ledger.table, desk.table, LIST, after, query.limit)
    proposed = _proposals(desk).among(payments)
    cards = [
        _card(payment, payment.id in proposed)
        for payment in payments
        if payment.state in OPEN and query.state in (None, payment.state.value)
    ]
    return Page(items=cards, next_cursor=encode_cursor({"a": more}) if more else None)


def _card(payment: Payment, proposed: bool) -> CaseCard:
    return CaseCard(
        payment_id=payment.id,
        state=payment.state.value,
        state_name=STATE_NAMES[payment.state],
        biller=payment.bill.biller if payment.bill else "",
        bill_id=payment.bill.bill_id if payment.bill else "",
        amount_vnd=payment.amount_vnd,
        sent_at=payment.sent_at,
        asked=payment.asked,
        next_check_at=payment.due_at,
        proposed=proposed,
    )


def _payment(desk: Desk, payment_id: str) -> Payment:
    payment = changes.get(desk.ledger, payment_id)
    if payment.kind is not Kind.BILL:
        raise NotFound(what="giao dịch / payment")
    return payment


def _proposals(desk: Desk) -> Proposals[Proposal]:
    return Proposals(desk.table, Proposal)


def case(desk: Desk, payment_id: str, who: Principal) -> CaseView:
    """One payment in full; its owner sees in their access log that somebody looked.

    Raises:
        NotFound: no payment of a bill.
    """
    payment = _payment(desk, payment_id)
    if payment.owner:
        seen_id = desk.ledger.new_id(desk.now)
        seen = looked(payment, payment.owner, who, "bill_payment", seen_id, desk.now)
        desk.outbox.commit([], [(seen_id, seen, desk.now)])
    return _shown(desk, payment)


def _shown(desk: Desk, payment: Payment) -> CaseView:
    return CaseView(
        payment=view(desk, payment),
        reference=payment.reference,
        attempts=desk.attempts(payment.id),
        proposal=_proposals(desk).of(payment.id),
        can_ask=payment.state is State.UNKNOWN,
    )


def ask_again(desk: Desk, payment_id: str, who: Principal) -> CaseView:
    """Ask the biller now, without waiting for the clock.

    Raises:
        NotACase: nobody waits for an answer.
    """
    payment = _payment(desk, payment_id)
    if payment.state is not State.UNKNOWN:
        raise NotACase
    desk.table.commit(*_act(desk, payment, who, "ask"))
    return _shown(desk, saga.ask(desk, payment))


def _act(desk: Desk, payment: Payment, who: Principal, what: str, words: str = "") -> list[Put]:
    return did(desk.now, who.user_id, payment.id, what, words)


def propose(desk: Desk, payment_id: str, body: NewProposal, who: Principal) -> CaseView:
    """Say how a case is to be settled and why; a new proposal replaces an undecided one.

    Raises:
        NotACase: it is none. Invalid: "paid" needs the biller's receipt.
    """
    payment = _payment(desk, payment_id)
    before = _proposals(desk).of(payment_id)
    if payment.state is not State.CASE or (before and before.decided_by):
        raise NotACase
    if body.outcome == "paid" and not body.receipt:
        raise invalid(
            "receipt", "Cần số biên nhận của nhà cung cấp.", "The provider's receipt is needed."
        )
    proposal = Proposal(
        **body.model_dump(), by=who.user_id, at=desk.now,
        version=before.version + 1 if before else 1,
    )  # fmt: skip
    act = _act(desk, payment, who, f"propose {body.outcome}", body.evidence)
    _proposals(desk).keep(payment_id, proposal, act)
    desk.noted(payment_id, "person", f"proposed {body.outcome}")
    return _shown(desk, payment)


def decide(desk: Desk, payment_id: str, body: CaseDecision, who: Principal) -> CaseView:
    """Agree, and the case is settled; or not, and the proposal is gone. The decision is written
    first, so that a crash in between is made good by deciding again.

    Raises:
        NotACase: no such proposal. SecondPerson: it is one's own.
    """
    payment = _payment(desk, payment_id)
    proposal = _proposals(desk).of(payment_id)
    if proposal is None or (not proposal.decided_by and proposal.version != body.version):
        raise NotACase
    if proposal.by == who.user_id:
        raise SecondPerson
    if not proposal.decided_by:
        if not body.agree:
            return _refused(desk, payment, proposal, who)
        told = {"decided_by": who.user_id, "version": proposal.version + 1}
        proposal = proposal.model_copy(update=told)
        act = _act(desk, payment, who, f"agree {proposal.outcome}")
        _proposals(desk).keep(payment_id, proposal, act)
        desk.noted(payment_id, "person", f"decided {proposal.outcome}")
    evidence = proposal.grounds()
    if proposal.outcome == "paid":
        payment = changes.capture(desk.ledger, payment_id, proposal.receipt, evidence)
    else:
        payment = changes.void(desk.ledger, payment_id, Proof.SETTLED_BY_PERSONS, evidence)
    return _shown(desk, payment)


def _refused(desk: Desk, payment: Payment, proposal: Proposal, who: Principal) -> CaseView:
    act = _act(desk, payment, who, f"refuse {proposal.outcome}")
    _proposals(desk).drop(payment.id, proposal, act)
    desk.noted(payment.id, "person", "refused")
    return _shown(desk, payment)
