"""Beginning a payment: one commit, in which everything that must be true is a condition.

No read comes before it. What is declined is looked up afterwards, to say why.
"""

from collections.abc import Callable
from functools import partial

from city.adapters.table import ABSENT, Add, Check, Put, Row
from city.kernel.clock import local_date
from city.kernel.people import Principal
from city.kernel.problems import AssuranceNeeded
from city.ledger.amounts import vnd
from city.ledger.book import Declined, Ledger, Plan, book, keep, paying_legs, read_payment
from city.ledger.limits import Ceiling, period_key
from city.ledger.locks import THERE, lock
from city.ledger.model import (
    AT_ONCE,
    IN_TRANSIT,
    ClientKey,
    Entry,
    Kind,
    Leg,
    Order,
    Payment,
    wallet_of,
)
from city.ledger.problems import (
    AlreadyUsed,
    InsufficientFunds,
    KeyNeeded,
    KeyReused,
    LimitExceeded,
    NoWallet,
    PayeeClosed,
    WalletFrozen,
)
from city.ledger.workflow import State

PASSKEY = 3
KEY_LEAST, KEY_MOST = 8, 200  # characters


class _SameKey(Exception):
    """The client's key was used before."""


def begin(ledger: Ledger, order: Order) -> Payment:
    """Begin a payment. What stays between our own accounts is CAPTURED at once; a wallet's money
    for somebody outside is HELD; the rest is CREATED. The same key with the same order gives the
    payment it made, however often and however many at a time.

    Raises:
        KeyReused: the key came with something else before.
        InsufficientFunds, WalletFrozen, NoWallet, PayeeClosed, BillTaken, AlreadyUsed,
        LimitExceeded: nothing has moved.
        AssuranceNeeded: the same order is good with a passkey.
    """
    try:
        payment, plan = _planned(ledger, order)
        plan.commit(ledger)
    except AssuranceNeeded:
        earlier = _by_key(ledger, order)  # a passkey confirmed it when it came first
        if earlier is not None:
            return earlier
        raise
    except Declined as declined:
        # The key says first: whatever else fails with it may be this very payment's doing.
        earlier = _by_key(ledger, order) if _SameKey in declined.whys else None
        if earlier is not None:
            return earlier
        raise _reason(declined) from None
    return payment


def client_key(who: Principal, route: str, given: str | None) -> ClientKey:
    """The caller's key, in what it is unique in.

    Raises:
        KeyNeeded: there is none, or it is too short or too long.
    """
    if given is None or not KEY_LEAST <= len(given) <= KEY_MOST or not given.isprintable():
        raise KeyNeeded
    return ClientKey(principal=who.user_id, route=route, key=given)


def find(ledger: Ledger, key: ClientKey) -> Payment | None:
    """What a client's key made, if it made something."""
    row = ledger.table.get(f"K#{key.digest}", "A")
    return read_payment(ledger.table, row.doc["payment_id"]) if row else None


def find_or_account(
    ledger: Ledger, key: ClientKey, owner: str
) -> tuple[Payment | None, str | None]:
    """What a client's key made, and the account of a person's wallet (None: they never had one),
    by one read: all that is known before a payment begins."""
    made, own = (f"K#{key.digest}", "A"), (f"OWN#{owner}", "W")
    found = ledger.table.get_many([made, own])
    wallet = found.get(own)
    account = f"wallet:{wallet.doc['wallet_id']}" if wallet else None
    if made not in found:
        return None, account
    return read_payment(ledger.table, found[made].doc["payment_id"]), account


def _planned(ledger: Ledger, order: Order) -> tuple[Payment, Plan]:
    now = ledger.now()
    plan = Plan()
    at_once = order.kind in AT_ONCE
    payment = Payment(
        id=ledger.new_id(now),
        state=State.CAPTURED if at_once else State.CREATED,
        created_at=now,
        changed_at=now,
        captured_at=now if at_once else None,
        due_at=None if at_once else order.expires_at,
        **{name: getattr(order, name) for name in _SHARED},
    )
    if not at_once and wallet_of(order.source):
        payment = payment.model_copy(update={"state": State.HELD})
    told = {"fingerprint": order.fingerprint, "payment_id": payment.id}
    plan.add(Put(Row(f"K#{order.key.digest}", "A", told), ABSENT), _SameKey)
    lock(plan, payment)
    if order.once:
        used = Row(f"ONCE#{order.once}", "A", {"payment_id": payment.id})
        plan.add(Put(used, ABSENT), AlreadyUsed)
    _take(ledger, plan, payment)
    _promise(ledger, plan, payment)
    payment = _limited(ledger, plan, payment, order)
    payment = _entered(plan, payment)
    keep(plan, None, payment, now)
    return payment, plan


_SHARED = (
    "kind", "owner", "source", "target", "amount_vnd", "fee_vnd", "fee_account", "fee_by", "bill",
    "once", "limit_class", "memo", "facts",
)  # fmt: skip


def _take(ledger: Ledger, plan: Plan, payment: Payment) -> None:
    """The payer's money: gone, or set aside."""
    wallet = wallet_of(payment.source)
    if wallet is None:
        return
    debit = payment.debit_vnd
    moved = {"avail": -debit} | ({"held": debit} if payment.holds else {})
    short = partial(InsufficientFunds, amount=vnd(debit))
    plan.add(Check(f"W#{wallet}", "SPENDS", THERE), partial(_shut, ledger, wallet, WalletFrozen))
    plan.add(Add(f"W#{wallet}", "A", moved, floor={"avail": 0}), short)


def _promise(ledger: Ledger, plan: Plan, payment: Payment) -> None:
    """The payee, if it is a wallet: it gets its money now, or must be able to."""
    wallet = wallet_of(payment.target)
    if wallet is None:
        return
    if payment.state is State.CAPTURED:
        plan.add(Add(f"W#{wallet}", "A", {"avail": payment.credit_vnd}))
    plan.add(Check(f"W#{wallet}", "TAKES", THERE), partial(_shut, ledger, wallet, PayeeClosed))


def _shut(ledger: Ledger, wallet: str, otherwise: Callable[[], Exception]) -> Exception:
    return otherwise() if ledger.table.get(f"W#{wallet}", "S") else NoWallet()


def _limited(ledger: Ledger, plan: Plan, payment: Payment, order: Order) -> Payment:
    """Count it where the law counts it; the counters go back if it comes to nothing."""
    wallet = payment.limited_wallet
    if wallet is None:
        return payment
    now, debit = payment.created_at, payment.debit_vnd
    today = local_date(now)
    keys: list[str] = []
    for ceiling in ledger.limits.ceilings_on(today, order.limit_class or ""):
        key = f"{period_key(ceiling.period, now)}#{ceiling.limit_class}"
        over = partial(_over, ledger, wallet, key, ceiling)
        bound = {"spent": ceiling.most_vnd}
        plan.add(Add(f"L#{wallet}", key, {"spent": debit}, ceiling=bound), over)
        keys.append(key)
    rule = ledger.limits.step_up_on(today, payment.kind)
    if rule and not order.stepped_up:
        if debit > rule.single_vnd or (rule.new_device and order.new_device):
            raise AssuranceNeeded(PASSKEY)
        key = f"{period_key('day', now)}#without-passkey-{rule.id}"
        bound = {"spent": rule.day_vnd}
        plan.add(
            Add(f"L#{wallet}", key, {"spent": debit}, ceiling=bound),
            partial(AssuranceNeeded, PASSKEY),
        )
        keys.append(key)
    return payment.model_copy(update={"limit_keys": tuple(keys)})


def _over(ledger: Ledger, wallet: str, key: str, ceiling: Ceiling) -> Exception:
    row = ledger.table.get(f"L#{wallet}", key)
    spent = row.counters.get("spent", 0) if row else 0
    name = ceiling.name.vi
    return LimitExceeded(
        period=name, limit=vnd(ceiling.most_vnd), spent=vnd(spent),
        extra={"limit_vnd": ceiling.most_vnd, "spent_vnd": spent, "document": ceiling.document},
    )  # fmt: skip


def _entered(plan: Plan, payment: Payment) -> Payment:
    """The entry of what happens at once; a payout leaves its account now and is in transit."""
    legs: tuple[Leg, ...]
    if payment.state is State.CAPTURED:
        what = "correct" if payment.kind is Kind.CORRECTION else "capture"
        legs = paying_legs(payment, payment.target)
    elif payment.kind is Kind.PAYOUT:
        what = "reserve"
        legs = (
            Leg(account=payment.source, amount_vnd=-payment.debit_vnd),
            Leg(account=IN_TRANSIT, amount_vnd=payment.debit_vnd),
        )
    else:
        return payment
    entry = Entry.model_validate(
        {"payment_id": payment.id, "no": 1, "what": what, "at": payment.created_at, "legs": legs}
    )
    book(plan, payment, entry)
    return payment.model_copy(update={"entries": 1})


def _by_key(ledger: Ledger, order: Order) -> Payment | None:
    row = ledger.table.get(f"K#{order.key.digest}", "A")
    if row is None:
        return None
    if row.doc["fingerprint"] != order.fingerprint:
        raise KeyReused
    return read_payment(ledger.table, row.doc["payment_id"])


def _reason(declined: Declined) -> Exception:
    return next(why for why in declined.whys if why is not _SameKey)()
