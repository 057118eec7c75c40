"""Beginning to pay a bill: everything that can say no says it before any money is held."""

from datetime import timedelta

from city.billers.port import Bill
from city.billers.traits import Traits
from city.bills.desk import Desk
from city.bills.looking import bill_view, fetched
from city.bills.model import (
    AmountNotTaken,
    BillerClosed,
    NewPayment,
    OlderFirst,
    QuoteChanged,
)
from city.bills.quotes import Quote, read_quote
from city.kernel.people import STEPPED_UP, Principal
from city.ledger import payments, wallets
from city.ledger.amounts import vnd
from city.ledger.model import BillRef, ClientKey, Kind, Order, Payment
from city.ledger.problems import KeyReused

ROUTE = "POST /v1/bills/payments"
HOLD_LIFE = timedelta(minutes=15)  # a biller that is not reached in this time gives the money back


def pay(desk: Desk, body: NewPayment, who: Principal, key: str | None) -> Payment:
    """Hold the money for the bill of a quote and have it paid. The same key gives the payment it
    made, for ever.

    Raises:
        KeyNeeded, KeyReused, Invalid, AmountNotTaken: the request is not good.
        QuoteChanged, OlderFirst, BillerClosed, BillerUnreachable: nothing was held.
        BillTaken, OverTheBill, InsufficientFunds, LimitExceeded, ...: the ledger's own, nothing was
        held.
    """
    client = payments.client_key(who, ROUTE, key)
    quote = read_quote(desk.secret, body.quote, who.user_id)
    amount = body.amount_vnd or quote.bill.left_vnd
    earlier, account = payments.find_or_account(desk.ledger, client, who.user_id)
    if earlier is not None:
        same = earlier.bill is not None and earlier.bill.id == (quote.biller, quote.bill.bill_id)
        if not same or earlier.amount_vnd != amount:
            raise KeyReused
        return earlier
    traits = desk.traits(quote.biller)
    bill = _unchanged(desk, traits, quote)
    stepped_up = who.assurance(desk.now) >= STEPPED_UP
    return begin(
        desk, traits, quote.customer_code, bill, who.user_id, client,
        amount_vnd=amount, account=account, stepped_up=stepped_up,
    )  # fmt: skip


def begin(
    desk: Desk,
    traits: Traits,
    customer_code: str,
    bill: Bill,
    owner: str,
    key: ClientKey,
    *,
    amount_vnd: int,
    account: str | None = None,
    stepped_up: bool = False,
    autopay: str = "",
) -> Payment:
    """Hold the money. The bill is as its biller states it this moment; the payment's own event
    wakes the saga, and the outbox sees to it that it is said.

    Raises:
        BillerClosed: not at this hour. AmountNotTaken: not this much. The ledger's problems.
        Nothing was held.
    """
    if traits.closed and traits.closed.holds(desk.now):
        span = traits.closed
        raise BillerClosed(start=f"{span.start:%H:%M}", end=f"{span.end:%H:%M}")
    least, most = traits.takes(bill.left_vnd)
    if not least <= amount_vnd <= most:
        raise AmountNotTaken(
            least=vnd(least), most=vnd(most), extra={"least_vnd": least, "most_vnd": most}
        )
    order = Order(
        kind=Kind.BILL,
        owner=owner,
        source=account or wallets.account_of(desk.ledger, owner),
        target=f"biller:{traits.id}",
        amount_vnd=amount_vnd,
        key=key,
        limit_class=traits.limit_class,
        stepped_up=stepped_up,
        bill=_part_of(traits, bill, amount_vnd),
        expires_at=desk.now + HOLD_LIFE,
        memo=f"{traits.name.vi} {bill.period}"[:140],
        facts={
            "customer_code": customer_code,
            "period": bill.period,
            "version": bill.version,
            "autopay": autopay,
        },
    )
    return payments.begin(desk.ledger, order)  # its event wakes the saga


def _part_of(traits: Traits, bill: Bill, amount_vnd: int) -> BillRef:
    """The bill as the ledger locks it: whole, or as much of it as its payments may come to. Who
    pays more than is left, on purpose, pays over what the biller has now: not over what somebody
    else is paying in the same moment."""
    most = None
    if traits.part_least_vnd is not None:
        most = max(bill.amount_vnd, bill.paid_vnd + amount_vnd)
    return BillRef(biller=traits.id, bill_id=bill.bill_id, most_vnd=most)


def _unchanged(desk: Desk, traits: Traits, quote: Quote) -> Bill:
    """The bill as it is now, if that is what the person saw.

    Raises:
        QuoteChanged, OlderFirst, BillerUnreachable: it is not.
    """
    found = fetched(desk, traits, quote.customer_code)
    ids = [bill.bill_id for bill in found.bills]
    if quote.bill.bill_id not in ids:
        raise QuoteChanged(extra={"bill": None})
    at = ids.index(quote.bill.bill_id)
    bill = found.bills[at]
    if quote.over(desk.now) or _stated(bill) != _stated(quote.bill):
        shown = bill_view(desk, traits, quote.sub, quote.customer_code, bill, first=at == 0)
        raise QuoteChanged(extra={"bill": shown.model_dump(mode="json")})
    if traits.oldest_first and at > 0:
        raise OlderFirst(period=found.bills[0].period)
    return bill


def _stated(bill: Bill) -> tuple[int, int, str]:
    return bill.amount_vnd, bill.paid_vnd, bill.version
