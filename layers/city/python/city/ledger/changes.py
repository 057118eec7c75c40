"""What becomes of a payment that somebody else has a hand in: sent, in doubt, made, void, refunded.

Each change reads the payment, and commits if it is still as read. Told the same again it changes
nothing: that is what makes queues that deliver twice, and answers that come late, harmless.

A change may be given the payment as its caller saw it last, which saves reading it again. That is
believed by nothing but a commit that finds it unchanged; whoever was wrong reads and decides anew.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from city.adapters.table import ABSENT, Add, Check, Delete, Put, Row
from city.kernel.problems import Conflict, NotFound, Problem
from city.ledger.amounts import MOST_VND, vnd
from city.ledger.book import (
    ATTEMPTS,
    Declined,
    Ledger,
    Plan,
    book,
    keep,
    paying_legs,
    read_payment,
)
from city.ledger.locks import THERE, unlock
from city.ledger.model import IN_TRANSIT, UNCLAIMED, Entry, Kind, Leg, Payment, wallet_of
from city.ledger.problems import InsufficientFunds, KeyReused, NotAllowedNow, TooMuch
from city.ledger.workflow import PAID, PROOFS, STATE_NAMES, Proof, State, allowed


def get(ledger: Ledger, payment_id: str) -> Payment:
    """A payment.

    Raises:
        NotFound: there is none.
    """
    payment = read_payment(ledger.table, payment_id)
    if payment is None:
        raise NotFound(what=f"giao dịch / payment {payment_id[:40]}")
    return payment


def send(ledger: Ledger, which: str | Payment, lease: timedelta) -> Payment:
    """Before the other side is asked: whoever dies after this leaves a payment that will be asked
    about, never one that is forgotten. For `lease` nobody else asks.

    Raises:
        NotAllowedNow: it is being asked already, or has an end.
    """

    def act(payment: Payment, _: Plan) -> Payment:
        now = ledger.now()
        told = {"attempts": payment.attempts + 1, "sent_at": now, "due_at": now + lease}
        return _moved(payment, "send", State.SENT, **told)

    return _change(ledger, which, act)


def doubt(ledger: Ledger, which: str | Payment, again_at: datetime) -> Payment:
    """The answer did not come, or decides nothing: ask again then.

    Raises:
        NotAllowedNow: it was never sent, or has an end.
    """

    def act(payment: Payment, _: Plan) -> Payment:
        asked = payment.asked + (payment.state is State.UNKNOWN)
        return _moved(payment, "doubt", State.UNKNOWN, due_at=again_at, asked=asked)

    return _change(ledger, which, act)


def escalate(ledger: Ledger, which: str | Payment, evidence: str) -> Payment:
    """A person has to find out; once is enough.

    Raises:
        NotAllowedNow: it was never sent, or has an end.
    """

    def act(payment: Payment, _: Plan) -> Payment:
        if payment.state is State.CASE:
            return payment
        return _moved(payment, "escalate", State.CASE, due_at=None, evidence=evidence)

    return _change(ledger, which, act)


def capture(
    ledger: Ledger,
    which: str | Payment,
    receipt: str,
    evidence: str = "",
    facts: Mapping[str, str] | None = None,
) -> Payment:
    """The other side has been paid; `receipt` is their number for it, `facts` what else they said
    that a receipt shows. Once is enough.

    Raises:
        NotAllowedNow: it was never sent, or is void. A payment that was proved unpaid and then
            turns out to be paid is a difference for the reconciliation, never a capture.
    """

    def act(payment: Payment, plan: Plan) -> Payment:
        if payment.state in PAID:
            return payment
        now = ledger.now()
        after = _moved(
            payment, "capture", State.CAPTURED,
            due_at=None, captured_at=now, receipt=receipt, entries=payment.entries + 1,
            evidence=evidence or payment.evidence, facts={**payment.facts, **(facts or {})},
        )  # fmt: skip
        target = _receiver(ledger, payment.target)
        after = after.model_copy(update={"diverted": target != payment.target})
        if payment.holds:
            plan.add(_held(payment, 0))
        _give(plan, target, payment.credit_vnd)
        legs = paying_legs(payment, target)
        book(plan, after, _entry(after, "capture", now, legs))
        return after

    return _change(ledger, which, act)


def void(ledger: Ledger, which: str | Payment, proof: Proof, evidence: str = "") -> Payment:
    """Nothing was paid, and `proof` says why that is certain: everything goes back as it was.
    Once is enough.

    Raises:
        NotAllowedNow: it is paid, or this proof is none in its state.
    """

    def act(payment: Payment, plan: Plan) -> Payment:
        if payment.state is State.VOID:
            return payment
        if proof not in PROOFS.get(payment.state, frozenset()):
            raise _not_now(payment, "void")
        now = ledger.now()
        reserved = payment.kind is Kind.PAYOUT
        after = _moved(
            payment, "void", State.VOID,
            due_at=None, proof=proof, evidence=evidence or payment.evidence,
            entries=payment.entries + reserved,
        )  # fmt: skip
        if payment.holds:
            plan.add(_held(payment, payment.debit_vnd))
        unlock(plan, payment)
        if payment.once:
            plan.add(Delete(f"ONCE#{payment.once}", "A", THERE))
        for key in payment.limit_keys:
            back = {"spent": -payment.debit_vnd}
            plan.add(Add(f"L#{payment.limited_wallet}", key, back, floor={"spent": 0}))
        if reserved:
            legs = (
                Leg(account=IN_TRANSIT, amount_vnd=-payment.debit_vnd),
                Leg(account=payment.source, amount_vnd=payment.debit_vnd),
            )
            book(plan, after, _entry(after, "release", now, legs))
        return after

    return _change(ledger, which, act)


@dataclass(frozen=True, slots=True)
class Refund:
    """So much of a payment goes back. `id` is good once. `reopens_bill` when the biller has
    confirmed that the bill is open again."""

    id: str
    amount_vnd: int
    reason: str = ""
    reopens_bill: bool = False


def refund(ledger: Ledger, which: str | Payment, wanted: Refund) -> Payment:
    """Give back a part or all of what was paid (fees stay). Guarded by the payment itself: however
    many refunds come at once, with however many keys, together they are no more than was paid.

    Raises:
        TooMuch: less is left. KeyReused: the same id came with another amount.
        NotAllowedNow: it is not paid. ValueError: no amount.
    """
    if type(wanted.amount_vnd) is not int or not 1 <= wanted.amount_vnd <= MOST_VND:
        raise ValueError("a refund is a whole number of đồng")

    def act(payment: Payment, plan: Plan) -> Payment:
        done = ledger.table.get(f"P#{payment.id}", f"R#{wanted.id}")
        if done:
            if done.doc["amount_vnd"] != wanted.amount_vnd:
                raise KeyReused
            return payment
        left = payment.captured_vnd - payment.refunded_vnd
        if payment.state in PAID and wanted.amount_vnd > left:
            raise TooMuch(left=vnd(left), extra={"left_vnd": left})
        now = ledger.now()
        whole = wanted.amount_vnd == left
        after = _moved(
            payment, "refund", State.REFUNDED if whole else State.PART_REFUNDED,
            refunded_vnd=payment.refunded_vnd + wanted.amount_vnd, entries=payment.entries + 1,
        )  # fmt: skip
        told = {"amount_vnd": wanted.amount_vnd, "reason": wanted.reason, "entry": after.entries}
        plan.add(Put(Row(f"P#{payment.id}", f"R#{wanted.id}", told), ABSENT))
        back_to = _receiver(ledger, payment.source)
        given_by = UNCLAIMED if payment.diverted else payment.target
        if wallet_of(given_by):
            taken = {"avail": -wanted.amount_vnd}
            short = partial(InsufficientFunds, amount=vnd(wanted.amount_vnd))
            plan.add(Add(f"W#{wallet_of(given_by)}", "A", taken, floor={"avail": 0}), short)
        _give(plan, back_to, wanted.amount_vnd)
        legs = (
            Leg(account=given_by, amount_vnd=-wanted.amount_vnd),
            Leg(account=back_to, amount_vnd=wanted.amount_vnd),
        )
        book(plan, after, _entry(after, "refund", now, legs))
        if whole and wanted.reopens_bill:
            unlock(plan, payment)
        return after

    return _change(ledger, which, act)


def _moved(payment: Payment, action: str, to: State, **changes: object) -> Payment:
    if not allowed(payment.state, action, to):
        raise _not_now(payment, action)
    return payment.model_copy(update={"state": to, **changes})


def _not_now(payment: Payment, action: str) -> NotAllowedNow:
    return NotAllowedNow(
        state=STATE_NAMES[payment.state].vi, action=action, extra={"state": payment.state.value}
    )


def _held(payment: Payment, back_vnd: int) -> Add:
    """The payer's held money: spent, or (`back_vnd`) to spend again."""
    moved = {"held": -payment.debit_vnd} | ({"avail": back_vnd} if back_vnd else {})
    return Add(f"W#{wallet_of(payment.source)}", "A", moved, floor={"held": 0})


def _receiver(ledger: Ledger, account: str) -> str:
    """Where money for an account goes: to itself, or, for a wallet that was closed meanwhile, to
    what nobody has claimed yet."""
    wallet = wallet_of(account)
    if wallet is None or ledger.table.get(f"W#{wallet}", "TAKES"):
        return account
    return UNCLAIMED


def _give(plan: Plan, account: str, amount_vnd: int) -> None:
    wallet = wallet_of(account)
    if wallet:
        plan.add(Add(f"W#{wallet}", "A", {"avail": amount_vnd}))
        plan.add(Check(f"W#{wallet}", "TAKES", THERE))


def _entry(after: Payment, what: str, at: datetime, legs: tuple[Leg, ...]) -> Entry:
    return Entry.model_validate(
        {"payment_id": after.id, "no": after.entries, "what": what, "at": at, "legs": legs}
    )


def _change(
    ledger: Ledger, which: str | Payment, act: Callable[[Payment, Plan], Payment]
) -> Payment:
    """Read, decide, commit if it is still as read; else again.

    Raises:
        Conflict: it kept changing. NotFound: there is no such payment.
    """
    if isinstance(which, Payment):
        with suppress(Problem):  # said of a payment that may have changed: no answer to anybody
            after = _tried(ledger, which, act)
            if after is not None and after is not which:
                return after
        which = which.id
    for _ in range(ATTEMPTS):
        after = _tried(ledger, get(ledger, which), act)
        if after is not None:
            return after
    raise Conflict


def _tried(
    ledger: Ledger, before: Payment, act: Callable[[Payment, Plan], Payment]
) -> Payment | None:
    """The payment after the change; None when it is not as it was before it any more."""
    plan = Plan()
    after = act(before, plan)
    if after is before:
        return before
    now = ledger.now()
    after = after.model_copy(update={"sequence": before.sequence + 1, "changed_at": now})
    keep(plan, before, after, now)
    try:
        plan.commit(ledger)
    except Declined as declined:
        # Not as read any more: whatever else fails with it may be this very change's doing.
        if Conflict not in declined.whys:
            raise declined.whys[0]() from None
        return None
    return after
