"""Paying at an acceptance point. The ledger moves the money in one commit, then the sale is noted.

The note is made again from the ledger's event, so that a function that dies between the two leaves
no payment unnoticed; noting twice changes nothing.
"""

from dataclasses import dataclass

from city.adapters.table import CommitConflict
from city.contracts.merchants import MerchantPaid
from city.kernel.clock import local_date
from city.kernel.ids import derived_id
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound
from city.ledger import changes, payments, wallets
from city.ledger.book import Ledger
from city.ledger.model import ClientKey, Kind, Order, Payment
from city.merchants.model import CodeOver, Merchant, QuoteOver, Sale
from city.merchants.office import Office, found
from city.merchants.scanning import Quote, Scanner, priced, quoted
from city.merchants.shapes import Pay, Receipt
from city.merchants.takings import ATTEMPTS, DayClosed, Takings, booking_day

STEPPED_UP = 3
ROUTE = "merchants:pay"


@dataclass(frozen=True, slots=True)
class Checkout:
    """What paying leans on."""

    scanner: Scanner
    takings: Takings
    ledger: Ledger

    @property
    def office(self) -> Office:
        """Shops and rules."""
        return self.scanner.office

    def payer(self, payment_id: str) -> str | None:
        """Who paid; the ledger alone knows."""
        return changes.get(self.ledger, payment_id).owner


def pay(checkout: Checkout, body: Pay, who: Principal, key: str | None) -> Receipt:
    """Pay what was shown. The same key gives the same payment, also when the quote is over by then.

    Raises:
        KeyNeeded, QuoteOver, CodeOver, NotPayable, Invalid: nothing was tried.
        NoWallet, InsufficientFunds, WalletFrozen, LimitExceeded, AssuranceNeeded, AlreadyUsed,
        KeyReused: the ledger's reasons; nothing has moved.
    """
    quote = quoted(checkout.scanner, body.quote, who)
    client = payments.client_key(who, ROUTE, key)
    if payments.find(checkout.ledger, client) is None:
        _still_good(checkout, quote)
    payment = payments.begin(checkout.ledger, _order(checkout, quote, body, who, client))
    sale = note(checkout, payment)
    return receipt(checkout, sale)


def _still_good(checkout: Checkout, quote: Quote) -> None:
    """A new payment needs a quote and a code of now, and a shop that is open."""
    now = checkout.office.now
    if now >= quote.expires_at:
        raise QuoteOver
    found(checkout.office, quote.merchant)[0].require_payable()
    held = checkout.office.merchants.code(quote.code) if quote.code else None
    if quote.code and (held is None or now >= held[0].expires_at):
        raise CodeOver


def _order(checkout: Checkout, quote: Quote, body: Pay, who: Principal, key: ClientKey) -> Order:
    """A code for one payment is used up by the same commit that moves the money (`once`)."""
    facts = {"till": quote.till, "reference": quote.reference, "code": quote.code or ""}
    return Order(
        kind=Kind.MERCHANT,
        owner=who.user_id,
        source=wallets.by_owner(checkout.ledger, who.user_id).account,
        target=f"merchant:{quote.merchant}",
        amount_vnd=priced(quote, body.amount_vnd),
        key=key,
        limit_class=checkout.office.rules.limit_class,
        stepped_up=who.assurance(checkout.office.now) >= STEPPED_UP,
        once=f"qr-{quote.code}" if quote.code else None,
        memo=quote.name,
        facts={name: value for name, value in facts.items() if value},
    )


def note(checkout: Checkout, payment: Payment) -> Sale:
    """Keep what a payment is to its shop, if it is not kept yet.

    Raises:
        NotFound: it was to no shop of ours. Conflict: too many at the same moment; comes again.
    """
    merchant = _paid(checkout, payment)
    at = payment.captured_at or payment.created_at
    rule = checkout.office.rules.fee(merchant.category, local_date(at))
    for _ in range(ATTEMPTS):
        held = checkout.takings.sale(payment.id)
        if held:
            return held[0]
        sale = Sale(
            payment=payment.id,
            merchant=merchant.id,
            at=at,
            day=booking_day(checkout.takings, merchant.id, at, checkout.office.now),
            amount_vnd=payment.amount_vnd,
            fee_vnd=rule.of(payment.amount_vnd),
            till=payment.facts.get("till", ""),
            reference=payment.facts.get("reference", ""),
            code=payment.facts.get("code"),
        )
        event = MerchantPaid(
            merchant_id=merchant.id, payment_id=payment.id, amount_vnd=sale.amount_vnd, at=at
        )
        try:
            checkout.takings.record(sale, [(derived_id(at, payment.id, "paid"), event, at)])
        except (CommitConflict, DayClosed):
            continue
        return sale
    raise Conflict


def _paid(checkout: Checkout, payment: Payment) -> Merchant:
    kind, _, merchant_id = payment.target.partition(":")
    if kind != "merchant":
        raise NotFound(what="điểm bán / acceptance point")
    return found(checkout.office, merchant_id)[0]


def receipt(checkout: Checkout, sale: Sale) -> Receipt:
    """For who paid and who was paid."""
    merchant, _ = found(checkout.office, sale.merchant)
    return Receipt(
        name=merchant.name,
        sandbox=checkout.office.rules.provider.sandbox,
        **sale.model_dump(
            include={
                "payment", "merchant", "at", "amount_vnd", "refunded_vnd", "reference", "till",
            }
        ),
    )  # fmt: skip
