"""Payments through the bank that a person has to end: what is known, what the bank says now, and
ending them by two persons with evidence. Whoever looks at a person's payment is written down."""

from city.adapters.acts import did
from city.adapters.table import Delete, Put, Row
from city.bank.port import BankUnavailable, Rejected, Settled
from city.kernel.page import Page, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import NotFound, invalid
from city.ledger import changes, payments
from city.ledger.book import read_payment
from city.ledger.model import DIFFERENCES, ESCROW, ClientKey, Kind, Order, Payment, suspended
from city.ledger.problems import NotAllowedNow
from city.ledger.proposals import NotACase, Proposals, SecondPerson, listed, looked
from city.ledger.workflow import STATE_NAMES, Proof, State
from city.wallet import banking
from city.wallet.case_shapes import (
    BankCaseCard,
    BankCasesQuery,
    BankCaseView,
    BankProposal,
    BankSays,
    CaseOutcome,
    NewBankProposal,
    SecondDecision,
)
from city.wallet.desk import Desk
from city.wallet.moving import view

OPEN = (State.UNKNOWN, State.CASE)
LIST = "CASES"


def follow(desk: Desk, payment_id: str) -> None:
    """A payment changed: keep the list. The event is only a reason to look."""
    payment = read_payment(desk.ledger.table, payment_id)
    if payment is None or payment.kind not in banking.KINDS:
        return
    row = Put(Row(LIST, payment.id)) if payment.state in OPEN else Delete(LIST, payment.id)
    desk.own.table.commit(row)


def listing(desk: Desk, query: BankCasesQuery) -> Page[BankCaseCard]:
    """Payments in doubt, oldest first; a page may be short after filtering."""
    after = decode_cursor(query.cursor).get("after")
    place = str(after) if after else None
    found, more = listed(desk.ledger.table, desk.own.table, LIST, place, query.limit)
    proposed = _proposals(desk).among(found)
    return Page(
        items=[
            _card(payment, payment.id in proposed)
            for payment in found
            if payment.state in OPEN and query.state in (None, payment.state.value)
        ],
        next_cursor=encode_cursor({"after": more}) if more else None,
    )


def _card(payment: Payment, proposed: bool) -> BankCaseCard:
    return BankCaseCard(
        payment_id=payment.id, kind=payment.kind.value, state=payment.state.value,
        state_name=STATE_NAMES[payment.state], amount_vnd=payment.amount_vnd,
        sent_at=payment.sent_at, asked=payment.asked, next_check_at=payment.due_at,
        proposed=proposed,
    )  # fmt: skip


def case(desk: Desk, payment_id: str, who: Principal) -> BankCaseView:
    """One payment in full; its owner sees in their access log that somebody looked.

    Raises:
        NotFound: no payment through the bank.
    """
    payment = _payment(desk, payment_id)
    if payment.owner:
        seen_id = desk.ledger.new_id(desk.now)
        seen = looked(payment, payment.owner, who, "bank_payment", seen_id, desk.now)
        desk.ledger.outbox.commit([], [(seen_id, seen, desk.now)])
    return _shown(desk, payment)


def _payment(desk: Desk, payment_id: str) -> Payment:
    payment = changes.get(desk.ledger, payment_id)
    if payment.kind not in banking.KINDS:
        raise NotFound(what="giao dịch / payment")
    return payment


def _shown(desk: Desk, payment: Payment) -> BankCaseView:
    return BankCaseView(
        payment=view(desk, payment, "in" if payment.kind is Kind.TOP_UP else "out"),
        reference=payment.reference,
        asked=payment.asked,
        evidence=payment.evidence,
        bank=_bank_says(desk, payment),
        proposal=_proposals(desk).of(payment.id),
        can_ask=payment.state in OPEN,
    )


def _bank_says(desk: Desk, payment: Payment) -> BankSays:
    try:
        said = desk.bank.status(payment.reference)
    except BankUnavailable:
        return BankSays(at=desk.now, outcome="unavailable")
    return BankSays(
        at=desk.now,
        outcome=said.outcome,
        bank_ref=said.bank_ref if isinstance(said, Settled) else "",
        code=said.code if isinstance(said, Rejected) else "",
    )


def ask(desk: Desk, payment_id: str, who: Principal) -> BankCaseView:
    """Ask the bank now, without waiting for the clock; that it was made ends a case as well.

    Raises:
        NotACase: nobody waits for an answer.
    """
    payment = _payment(desk, payment_id)
    if payment.state not in OPEN:
        raise NotACase
    desk.own.table.commit(*_act(desk, payment, who, "ask"))
    if payment.state is State.UNKNOWN:
        return _shown(desk, banking.ask_again(desk, payment))
    said = _bank_says(desk, payment)
    if said.outcome == "settled":
        payment = changes.capture(desk.ledger, payment.id, said.bank_ref)
    return _shown(desk, payment)


def _act(desk: Desk, payment: Payment, who: Principal, what: str, words: str = "") -> list[Put]:
    return did(desk.now, who.user_id, f"payment/{payment.id}", what, words)


def propose(desk: Desk, payment_id: str, body: NewBankProposal, who: Principal) -> BankCaseView:
    """Say how a case is to end and why; a new proposal replaces an undecided one.

    Raises:
        NotACase: it is none. Invalid: "paid" needs the bank's number.
    """
    payment = _payment(desk, payment_id)
    before = _proposals(desk).of(payment_id)
    if payment.state is not State.CASE or (before and before.decided_by):
        raise NotACase
    if body.outcome is CaseOutcome.PAID and not body.receipt:
        raise invalid(
            "receipt", "Cần số giao dịch của ngân hàng.", "The bank's number for it is needed."
        )
    version = before.version + 1 if before else 1
    made = BankProposal(**body.model_dump(), by=who.user_id, at=desk.now, version=version)
    act = _act(desk, payment, who, f"propose {made.outcome}", made.evidence)
    _proposals(desk).keep(payment_id, made, act)
    return _shown(desk, payment)


def decide(desk: Desk, payment_id: str, body: SecondDecision, who: Principal) -> BankCaseView:
    """Agree, and the case ends; or not, and the proposal is gone. The decision is written first, so
    that a death in between is made good by deciding again.

    Raises:
        NotACase: no such proposal. SecondPerson: it is one's own.
        NotAllowedNow: the bank's own news have ended it otherwise.
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
    return _shown(desk, _carry_out(desk, payment, proposal))


def _carry_out(desk: Desk, payment: Payment, decided: BankProposal) -> Payment:
    """Through the ledger, where doing it again changes nothing."""
    evidence = decided.grounds()
    if decided.outcome is CaseOutcome.PAID:
        return changes.capture(desk.ledger, payment.id, decided.receipt, evidence)
    if decided.outcome is CaseOutcome.NOT_PAID:
        return changes.void(desk.ledger, payment.id, Proof.SETTLED_BY_PERSONS, evidence)
    return _to_suspense(desk, payment, evidence)


def _to_suspense(desk: Desk, payment: Payment, evidence: str) -> Payment:
    """What leaves a wallet or a payable account is taken out of it, what comes in is not credited;
    either way the amount is moved from the guarantee account's book to suspense.

    Raises:
        NotAllowedNow: the bank has said meanwhile that it was made.
    """
    if payment.kind is Kind.TOP_UP:
        ended = changes.void(desk.ledger, payment.id, Proof.SETTLED_BY_PERSONS, evidence)
    else:
        receipt = f"suspense-{payment.id}"
        ended = changes.capture(desk.ledger, payment.id, receipt, evidence)
        if ended.receipt != receipt:
            raise NotAllowedNow(state=STATE_NAMES[ended.state].vi, action="suspense")
    amount = payment.debit_vnd if payment.kind is Kind.TOP_UP else payment.credit_vnd
    correction = Order(
        kind=Kind.CORRECTION, owner=None, source=ESCROW, target=DIFFERENCES, amount_vnd=amount,
        key=ClientKey(principal="wallet", route="case", key=payment.id),
        once=suspended(payment.id), memo=f"Tra soát {payment.id}",
    )  # fmt: skip
    payments.begin(desk.ledger, correction)
    return ended


def _proposals(desk: Desk) -> Proposals[BankProposal]:
    return Proposals(desk.own.table, BankProposal)


def _refused(desk: Desk, payment: Payment, proposal: BankProposal, who: Principal) -> BankCaseView:
    act = _act(desk, payment, who, f"refuse {proposal.outcome}")
    _proposals(desk).drop(payment.id, proposal, act)
    return _shown(desk, payment)
