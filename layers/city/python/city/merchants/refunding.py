"""Money back. Small amounts by owner or manager at once, large ones by the owner, a cashier asks.

Approving sets the money aside from the shop's takings; then the ledger gives it back, under the
refund's own id; then it is noted. Whoever dies in between leaves a refund that is PENDING, which
the clock takes up again: each of the three steps may be repeated.
"""

from datetime import timedelta

from city.adapters.acts import did
from city.adapters.table import ABSENT, CommitConflict, Put
from city.contracts.merchants import MerchantRefunded
from city.kernel.clock import local_date
from city.kernel.ids import derived_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import Conflict, Forbidden, NotFound
from city.ledger import changes
from city.ledger.amounts import vnd
from city.ledger.payments import client_key
from city.ledger.problems import KeyReused, NotAllowedNow, TooMuch
from city.merchants.fees import RefundRule
from city.merchants.model import Member, Part, Refund, RefundState, RefundTooMuch, Sale, WrongStep
from city.merchants.office import at_work
from city.merchants.paying import Checkout
from city.merchants.shapes import NewRefund, RefundView, Verdict
from city.merchants.takings import ATTEMPTS, DayClosed

ROUTE = "merchants:ask_refund"
ACT = "/refund/"
GRACE = timedelta(minutes=1)  # younger ones still have their own function behind them
AT_MOST = 50  # in one run of the clock


def ask(
    checkout: Checkout, merchant_id: str, body: NewRefund, who: Principal, key: str | None
) -> RefundView:
    """Give money back, or ask the owner to. The same key is the same refund.

    Raises:
        KeyNeeded: no key. KeyReused: it came with something else.
        NotFound: not a sale of a shop the caller works at.
        RefundTooMuch, TakingsTooSmall: nothing has moved.
    """
    office = checkout.office
    merchant, member = at_work(office, "merchants:ask_refund", merchant_id, who)
    digest = client_key(who, ROUTE, key).digest
    held = checkout.takings.sale(body.payment)
    if held is None or held[0].merchant != merchant.id:
        raise NotFound(what="lần bán / sale")
    sale = held[0]
    refund = Refund(
        id=derived_id(sale.at, digest),
        merchant=merchant.id,
        payment=sale.payment,
        amount_vnd=body.amount_vnd,
        reason=body.reason,
        state=RefundState.WAITING,
        by=who.user_id,
        at=office.now,
    )
    rule = office.rules.refund(office.today)
    earlier = checkout.takings.refund(merchant.id, refund.id)
    if earlier is None:
        _fits(checkout, sale, body.amount_vnd, rule)
        earlier = _first(checkout, refund, member, rule)
    if (earlier[0].payment, earlier[0].amount_vnd) != (sale.payment, body.amount_vnd):
        raise KeyReused
    return view(finish(checkout, *earlier), who)


def _fits(checkout: Checkout, sale: Sale, amount_vnd: int, rule: RefundRule) -> None:
    left = sale.amount_vnd - sale.refunded_vnd
    late = checkout.office.now - sale.at > timedelta(days=rule.days)
    if late or amount_vnd > left:
        raise RefundTooMuch(left=vnd(left), days=rule.days, extra={"left_vnd": left})


def _may(member: Member, amount_vnd: int, rule: RefundRule) -> bool:
    """Whether somebody gives so much back on their own word."""
    if member.part is Part.MANAGER:
        return amount_vnd <= rule.approval_over_vnd
    return member.part is Part.OWNER


def _first(
    checkout: Checkout, refund: Refund, member: Member, rule: RefundRule
) -> tuple[Refund, int]:
    """Keep a new refund; who sends the same twice at once finds the other's."""
    try:
        if _may(member, refund.amount_vnd, rule):
            done = {"state": RefundState.APPROVED, "decided_by": member.user}
            approved = refund.model_copy(update=done)
            checkout.takings.approve(
                approved, ABSENT, _act(checkout, approved, member, "give back")
            )
        else:
            checkout.takings.wait(refund, _act(checkout, refund, member, "ask"))
    except CommitConflict as error:
        held = checkout.takings.refund(refund.merchant, refund.id)
        if held is None:
            raise Conflict from error
        return held
    return _held(checkout, refund.merchant, refund.id)


def _act(checkout: Checkout, refund: Refund, member: Member, what: str) -> list[Put]:
    about = f"{refund.merchant}{ACT}{refund.id}"
    return did(checkout.office.now, member.user, about, what, refund.reason)


def is_act(about: str) -> bool:
    """Whether what somebody did was about a refund."""
    return ACT in about


def decide(
    checkout: Checkout, merchant_id: str, refund_id: str, body: Verdict, who: Principal
) -> RefundView:
    """Answer a refund that waits.

    Raises:
        NotFound: there is none. Forbidden: not theirs to answer. WrongStep: answered already.
        TakingsTooSmall: nothing has moved.
    """
    _, member = at_work(checkout.office, "merchants:decide_refund", merchant_id, who)
    refund, version = _held(checkout, merchant_id, refund_id)
    rule = checkout.office.rules.refund(checkout.office.today)
    if not _may(member, refund.amount_vnd, rule):
        raise Forbidden
    if refund.state is not RefundState.WAITING:
        raise WrongStep(state=refund.state.value)
    state = RefundState.APPROVED if body.accept else RefundState.REFUSED
    decided = refund.model_copy(update={"state": state, "decided_by": who.user_id})
    try:
        if body.accept:
            checkout.takings.approve(decided, version, _act(checkout, decided, member, "approve"))
        else:
            checkout.takings.refuse(decided, version, _act(checkout, decided, member, "refuse"))
    except CommitConflict as error:
        raise Conflict from error
    return view(finish(checkout, *_held(checkout, merchant_id, refund_id)), who)


def finish(checkout: Checkout, refund: Refund, version: int) -> Refund:
    """Carry an approved refund through: in the ledger, then in the shop's own rows.

    Raises:
        RefundTooMuch: the ledger says that less is left; the refund is refused.
        Conflict: too many at the same moment; the clock finishes it.
    """
    if refund.state is not RefundState.APPROVED:
        return refund
    wanted = changes.Refund(id=refund.id, amount_vnd=refund.amount_vnd, reason="merchant")
    try:
        changes.refund(checkout.ledger, refund.payment, wanted)
    except (TooMuch, NotAllowedNow) as error:
        refused = refund.model_copy(update={"state": RefundState.REFUSED})
        checkout.takings.refuse(refused, version)
        days = checkout.office.rules.refund(checkout.office.today).days
        raise RefundTooMuch(left="0", days=days) from error
    for _ in range(ATTEMPTS):
        refund, version = _held(checkout, refund.merchant, refund.id)
        if refund.state is RefundState.DONE:
            return refund
        done = _noted(checkout, refund, version)
        if done:
            return done
    raise Conflict


def _noted(checkout: Checkout, refund: Refund, version: int) -> Refund | None:
    """The shop's rows after a refund; None when somebody was faster."""
    office = checkout.office
    held = checkout.takings.sale(refund.payment)
    if held is None:
        raise NotFound(what="lần bán / sale")
    sale, sale_version = held
    merchant = office.merchants.get(refund.merchant)
    category = merchant[0].category if merchant else ""
    rule = office.rules.fee(category, local_date(sale.at))
    kept = sale.amount_vnd - sale.refunded_vnd
    done = refund.model_copy(
        update={
            "state": RefundState.DONE,
            "done_at": office.now,
            "day": office.today,
            "fee_back_vnd": rule.back(kept, refund.amount_vnd),
        }
    )
    left = sale.model_copy(update={"refunded_vnd": sale.refunded_vnd + refund.amount_vnd})
    event = MerchantRefunded(
        merchant_id=refund.merchant,
        payment_id=refund.payment,
        refund_id=refund.id,
        amount_vnd=refund.amount_vnd,
        at=office.now,
    )
    told = (derived_id(refund.at, refund.id, "refunded"), event, office.now)
    try:
        checkout.takings.done(done, version, left, sale_version, [told])
    except (CommitConflict, DayClosed):
        return None
    return done


def finish_pending(checkout: Checkout) -> int:
    """Take up refunds whose function died; how many were finished. Run by the clock."""
    finished = 0
    for merchant_id, refund_id in checkout.takings.pending(checkout.office.now - GRACE, AT_MOST):
        try:
            finish(checkout, *_held(checkout, merchant_id, refund_id))
        except (RefundTooMuch, Conflict):
            continue
        finished += 1
    return finished


def listing(
    checkout: Checkout, merchant_id: str, query: PageQuery, who: Principal
) -> Page[RefundView]:
    """Refunds of a shop, by the time of their sale, newest first.

    Raises:
        NotFound: the caller does not work there.
    """
    at_work(checkout.office, "merchants:refunds", merchant_id, who)
    after = decode_cursor(query.cursor).get("a")
    found, more = checkout.takings.refunds(merchant_id, after, query.limit)
    items = [view(refund, who) for refund in found]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def _held(checkout: Checkout, merchant_id: str, refund_id: str) -> tuple[Refund, int]:
    held = checkout.takings.refund(merchant_id, refund_id)
    if held is None:
        raise NotFound(what="hoàn tiền / refund")
    return held


def view(refund: Refund, who: Principal) -> RefundView:
    """A refund as those behind the counter see it."""
    return RefundView(
        by_you=refund.by == who.user_id,
        **refund.model_dump(
            include={
                "id", "payment", "amount_vnd", "fee_back_vnd", "reason", "state", "at", "done_at",
            }
        ),
    )  # fmt: skip
