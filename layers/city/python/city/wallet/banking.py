"""The bank's part of a payment: collect, pay out, ask again. For top-ups, cash-outs and payouts.

The saga's rules are the ledger's: SENT is written before the bank is asked, everything unclear is
UNKNOWN and asked about, only the bank's word ends it. Whoever does any step again, or late, changes
nothing.
"""

from datetime import datetime, timedelta

from city.bank.port import (
    Answer,
    BankAccount,
    BankUnavailable,
    Counter,
    Instruction,
    Line,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Pending,
    Rejected,
    Settled,
)
from city.ledger import changes, payments, wallets
from city.ledger.book import read_payment
from city.ledger.model import ESCROW, UNCLAIMED, ClientKey, Kind, Order, Payment, wallet_of
from city.ledger.problems import AlreadyUsed, KeyReused, NotAllowedNow, NoWallet, PayeeClosed
from city.ledger.sweeping import sweep
from city.ledger.workflow import FINAL, PAID, Proof, State
from city.wallet.desk import Desk
from city.wallet.refusals import BankAway

KINDS = (Kind.TOP_UP, Kind.CASH_OUT, Kind.PAYOUT)
SANDBOX_BIN = "999946"
INCOMING = "incoming"
LEASE = timedelta(seconds=60)  # longer than any call to the bank
STEPS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))
CASE_AFTER = timedelta(days=2)  # two statements have come by then
NOT_FOUND_FINAL = timedelta(minutes=15)  # the bank's promise: a request is not on its way longer


def carry_out(desk: Desk, payment_id: str) -> Payment:
    """Send a payment to the bank, once, and write down what it said.

    Raises:
        BankAway: it was not reached. Nothing is written down: the queue brings it again, and what
            is never sent expires.
    """
    payment = changes.get(desk.ledger, payment_id)
    begun = payment.state in (State.CREATED, State.HELD)
    if payment.kind not in KINDS or not begun or INCOMING in payment.facts:
        return payment
    wanted = _instruction(desk, payment)
    try:
        with desk.bank.reach() as counter:
            payment = changes.send(desk.ledger, payment, LEASE)
            return _ask(desk, payment, counter, wanted)
    except NotSent as error:
        raise BankAway from error
    except NotAllowedNow:
        return changes.get(desk.ledger, payment_id)  # another worker was faster


def _ask(desk: Desk, payment: Payment, counter: Counter, wanted: Instruction) -> Payment:
    act = counter.collect if payment.kind is Kind.TOP_UP else counter.pay
    try:
        answer = act(wanted)
    except OutcomeUnknown:
        return changes.doubt(desk.ledger, payment, desk.now + STEPS[0])
    return settle(desk, payment, answer)


def settle(desk: Desk, payment: Payment, answer: Answer | NotFound) -> Payment:
    """Write down what the bank said."""
    match answer:
        case Settled(bank_ref=bank_ref):
            return changes.capture(desk.ledger, payment, bank_ref)
        case Rejected(code=code):
            return changes.void(desk.ledger, payment, Proof.REJECTED, code)
        case Pending() | NotFound():
            return changes.doubt(desk.ledger, payment, _next(desk, payment))


def ask_again(desk: Desk, payment: Payment) -> Payment:
    """Ask what became of a payment in doubt."""
    if INCOMING in payment.facts:  # the bank has said so before it was written down
        return changes.capture(desk.ledger, payment, payment.facts[INCOMING])
    try:
        answer = desk.bank.status(payment.reference)
    except BankUnavailable:
        return _later(desk, payment)
    sent_at = payment.sent_at or payment.created_at
    if isinstance(answer, NotFound) and desk.now >= sent_at + NOT_FOUND_FINAL:
        return changes.void(desk.ledger, payment, Proof.NOT_FOUND)
    if isinstance(answer, NotFound | Pending):
        return _later(desk, payment)
    return settle(desk, payment, answer)


def _later(desk: Desk, payment: Payment) -> Payment:
    sent_at = payment.sent_at or payment.created_at
    if desk.now >= sent_at + CASE_AFTER:
        return changes.escalate(desk.ledger, payment, "no answer for two days")
    return changes.doubt(desk.ledger, payment, _next(desk, payment))


def _next(desk: Desk, payment: Payment) -> datetime:
    return desk.now + STEPS[min(payment.asked, len(STEPS) - 1)]


def tend(desk: Desk) -> dict[str, int]:
    """The clock: send what was never sent, expire it in the end, ask about what is in doubt."""
    done = {"asked": 0, "ended": 0}
    for payment in sweep(desk.ledger, KINDS):
        done["asked"] += 1
        try:
            after = ask_again(desk, payment)
        except NotAllowedNow:
            continue  # its news came in the meantime
        done["ended"] += after.state in FINAL | PAID
    return done


def _instruction(desk: Desk, payment: Payment) -> Instruction:
    return Instruction(
        ref=payment.reference,
        amount_vnd=payment.debit_vnd if payment.kind is Kind.TOP_UP else payment.credit_vnd,
        other=_other(desk, payment),
        memo=payment.memo or payment.kind.value,
        at=desk.now,
    )


def _other(desk: Desk, payment: Payment) -> BankAccount:
    """The account on the other side: the linked one, or where a payout says it goes."""
    wallet = wallet_of(payment.source) or wallet_of(payment.target)
    if wallet:
        return _linked(desk, wallet)
    told = payment.facts
    if "account" in told:
        names = {"bank_bin": told["bank_bin"], "account": told["account"]}
        return BankAccount.model_validate({**names, "holder": told.get("holder", "")})
    payee = "".join(c for c in told.get("payee", payment.source) if c.isalnum())[:20]
    return BankAccount(bank_bin=SANDBOX_BIN, account=f"PAY{payee}"[:24], holder=payee)


def _linked(desk: Desk, wallet_id: str) -> BankAccount:
    wallet = wallets.by_id(desk.ledger, wallet_id)
    bank_bin, _, account = wallet.bank.partition("-")
    profile = desk.own.profile(wallet.owner)
    # The account the person linked last; the ledger remembers the one at opening.
    if profile and profile.name:
        return profile.bank
    return BankAccount(bank_bin=bank_bin, account=account)


def heard(desk: Desk, line: Line) -> str:
    """News of a booking on the guarantee account. News of an instruction of ours end its doubt;
    money that somebody sent by themselves goes to the wallet that the memo names, once for the
    bank's number, or to suspense. Heard twice it changes nothing."""
    payment = read_payment(desk.ledger.table, line.ref) if line.ref else None
    if payment and payment.kind in KINDS:
        return _confirmed(desk, payment, line)
    return _came_by_itself(desk, line) if line.amount_vnd > 0 else "not ours"


def _confirmed(desk: Desk, payment: Payment, line: Line) -> str:
    comes_in = payment.kind is Kind.TOP_UP
    wanted = payment.debit_vnd if comes_in else -payment.credit_vnd
    if line.amount_vnd != wanted:
        return "another amount"  # the reconciliation's
    if payment.state in (State.SENT, State.UNKNOWN, State.CASE):
        try:
            changes.capture(desk.ledger, payment, line.bank_ref)
        except NotAllowedNow:
            return "ended meanwhile"
        return "captured"
    return "known"


def _came_by_itself(desk: Desk, line: Line) -> str:
    words = [word for word in line.memo.replace(",", " ").split() if len(word) == 26]
    target, owner = UNCLAIMED, None
    for word in words:
        try:
            wallet = wallets.by_id(desk.ledger, word.upper())
        except NoWallet:
            continue
        target, owner = wallet.account, wallet.owner
    order = Order(
        kind=Kind.TOP_UP, owner=owner, source=ESCROW, target=target, amount_vnd=line.amount_vnd,
        key=ClientKey(principal="bank", route="incoming", key=f"bank-{line.bank_ref}"),
        once=f"bank-{line.bank_ref}", stepped_up=True, memo=line.memo[:140],
        facts={INCOMING: line.bank_ref},
    )  # fmt: skip
    try:
        begun = payments.begin(desk.ledger, order)
    except (PayeeClosed, KeyReused):  # closed now, or closed when it was heard before
        unclaimed = order.model_copy(update={"target": UNCLAIMED, "owner": None})
        begun = payments.begin(desk.ledger, unclaimed)
    except AlreadyUsed:
        return "known"  # the reconciliation was faster
    if begun.state is State.CREATED:
        begun = changes.send(desk.ledger, begun.id, LEASE)
    changes.capture(desk.ledger, begun.id, line.bank_ref)
    return "credited" if owner else "unclaimed"
