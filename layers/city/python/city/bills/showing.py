"""Payments of bills as their owner sees them, and the owner's actions on them."""

from datetime import timedelta

from city.billers.port import Cancelled, NotOffered, OutcomeUnknown, Rejected
from city.billers.traits import NoSuchBiller
from city.bills.desk import Desk
from city.bills.model import BillerUnreachable, NoCancel, PaymentView
from city.bills.receipts import receipt_code
from city.bills.saga import cancelled
from city.kernel import policy
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import NotFound
from city.kernel.text import Text, text
from city.ledger import changes, reading, wallets
from city.ledger.model import Kind, Payment
from city.ledger.problems import NoWallet
from city.ledger.workflow import PAID, STATE_NAMES, Proof, State

WHY: dict[Proof, Text] = {
    Proof.NEVER_SENT: text(
        "Không liên lạc được nhà cung cấp trong thời hạn; tiền đã trả về ví.",
        "The provider was not reached in time; the money is back in the wallet.",
    ),
    Proof.REFUSED_CONNECTION: text(
        "Nhà cung cấp không nhận kết nối; tiền đã trả về ví.",
        "The provider took no connection; the money is back in the wallet.",
    ),
    Proof.REJECTED: text(
        "Nhà cung cấp từ chối; tiền đã trả về ví.",
        "The provider refused; the money is back in the wallet.",
    ),
    Proof.NOT_FOUND: text(
        "Nhà cung cấp xác nhận chưa nhận được; tiền đã trả về ví.",
        "The provider confirmed that it got nothing; the money is back in the wallet.",
    ),
    Proof.ABSENT_IN_STATEMENT: text(
        "Không có trong sao kê của nhà cung cấp; tiền đã trả về ví.",
        "It is not in the provider's statements; the money is back in the wallet.",
    ),
    Proof.SETTLED_BY_PERSONS: text(
        "Hai nhân viên đã tra soát: chưa trả; tiền đã trả về ví.",
        "Two officers found that it was not paid; the money is back in the wallet.",
    ),
}


def masked(customer_code: str) -> str:
    """A customer code that its owner knows again and nobody else can use.

    >>> masked("PC03HH0000001")
    'PC••••••••001'
    """
    if len(customer_code) <= 5:
        return "•" * len(customer_code)
    return customer_code[:2] + "•" * (len(customer_code) - 5) + customer_code[-3:]


def view(desk: Desk, payment: Payment) -> PaymentView:
    """A payment."""
    if payment.bill is None:
        raise NotFound(what="giao dịch / payment")
    try:
        name = desk.register.traits(payment.bill.biller, payment.created_at).name
    except NoSuchBiller:
        name = Text(vi=payment.bill.biller, en=payment.bill.biller)
    waiting = payment.state is State.UNKNOWN
    return PaymentView(
        **payment.model_dump(
            include={"id", "amount_vnd", "fee_vnd", "refunded_vnd", "created_at", "changed_at"}
        ),
        state=payment.state.value,
        state_name=STATE_NAMES[payment.state],
        biller=payment.bill.biller,
        biller_name=name,
        bill_id=payment.bill.bill_id,
        period=payment.facts.get("period", ""),
        customer_code=masked(payment.facts.get("customer_code", "")),
        checked_again_at=payment.due_at if waiting else None,
        why=WHY.get(payment.proof) if payment.proof else None,
        receipt_code=receipt_code(desk.secret, payment) if payment.state in PAID else None,
        cancellable=cancellable(desk, payment),
        autopay=bool(payment.facts.get("autopay")),
    )


def own(desk: Desk, action: str, payment_id: str, who: Principal) -> Payment:
    """A bill's payment that the caller may do something with.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    payment = changes.get(desk.ledger, payment_id)
    policy.require(who, action, Resource(owner=payment.owner), desk.now)
    if payment.kind is not Kind.BILL:
        raise NotFound(what="giao dịch / payment")
    return payment


def mine(desk: Desk, query: PageQuery, who: Principal) -> Page[PaymentView]:
    """One's payments of bills, newest first. A page may be short: other payments are left out."""
    try:
        wallet = wallets.by_owner(desk.ledger, who.user_id)
    except NoWallet:
        return Page(items=[])
    after = decode_cursor(query.cursor).get("a")
    found, more = reading.history(desk.ledger, wallet.account, limit=query.limit, after=after)
    shown = [view(desk, payment) for payment in found if payment.kind is Kind.BILL]
    return Page(items=shown, next_cursor=encode_cursor({"a": more}) if more else None)


def cancellable(desk: Desk, payment: Payment) -> bool:
    """Whether the biller may still take it back."""
    if payment.bill is None or payment.state is not State.CAPTURED or not payment.captured_at:
        return False
    try:
        span = desk.register.traits(payment.bill.biller, payment.created_at).cancel_within_s
    except NoSuchBiller:
        return False
    return span is not None and desk.now < payment.captured_at + timedelta(seconds=span)


def cancel(desk: Desk, payment_id: str, who: Principal) -> Payment:
    """Have the biller take a payment back. Nothing is given back before it says so; asked again
    after a lost answer it says the same.

    Raises:
        NotFound: not one's own. NoCancel: the biller takes nothing back.
        BillerUnreachable: no clear answer; the payment is unchanged, ask again.
    """
    payment = own(desk, "bills:cancel", payment_id, who)
    if payment.bill is None or not (cancellable(desk, payment) or payment.state is State.REFUNDED):
        raise NoCancel
    if payment.state is State.REFUNDED:
        return payment
    try:
        answer = desk.biller(payment.bill.biller).cancel(payment.reference)
    except (OutcomeUnknown, NotOffered) as fault:
        desk.noted(payment.id, "cancel", "unknown", type(fault).__name__)
        raise BillerUnreachable from fault
    desk.noted(payment.id, "cancel", answer.outcome)
    if isinstance(answer, Rejected):
        raise NoCancel
    return cancelled(desk, payment) if isinstance(answer, Cancelled) else payment
