"""Who can be paid, and what a customer owes."""

import re

from city.adapters.table import Add
from city.billers.port import Bill, BillerUnavailable, CustomerBills, NoSuchCustomer
from city.billers.traits import Traits
from city.bills.desk import Breaker, Desk
from city.bills.model import (
    BillerUnreachable,
    BillerView,
    BillsQuery,
    BillView,
    CustomerView,
)
from city.bills.quotes import quoted
from city.kernel.clock import local_date, stamp
from city.kernel.page import Page
from city.kernel.problems import NotFound, TooMany, invalid

LOOKUPS_AN_HOUR = 60  # customer codes can be guessed: nobody goes through them


_SHOWN = {
    "id", "kind", "code_pattern", "examples", "oldest_first", "part_least_vnd", "over_most_vnd",
}  # fmt: skip


def billers(desk: Desk) -> Page[BillerView]:
    """Every biller."""
    return Page(items=[_biller(desk, traits) for traits in desk.register.at(desk.now)])


def _biller(desk: Desk, traits: Traits) -> BillerView:
    return BillerView(
        **traits.model_dump(include=_SHOWN),
        name=traits.name,
        code_hint=traits.code_hint,
        note=traits.note,
        counts_in_limit=traits.limit_class == "counted",
        cancellable=traits.cancel_within_s is not None,
        open=not (traits.closed and traits.closed.holds(desk.now)),
        simulator=traits.invented,
    )


def counted(desk: Desk, owner: str) -> None:
    """One more look-up of somebody's.

    Raises:
        TooMany: they had their hour's.
    """
    hour = stamp(desk.now)[:13]
    key = (f"U#{owner}", f"LOOKUPS#{hour}")
    row = desk.table.get(*key)
    if row and row.counters.get("n", 0) >= LOOKUPS_AN_HOUR:
        raise TooMany(3600 - desk.now.minute * 60 - desk.now.second)
    desk.table.commit(Add(*key, {"n": 1}, ttl=int(desk.now.timestamp()) + 7200))


def fetched(desk: Desk, traits: Traits, customer_code: str) -> CustomerBills:
    """What the biller says that a customer owes.

    Raises:
        Invalid: no such code can be. NotFound: the biller knows none.
        BillerUnreachable: it does not answer.
    """
    if not re.fullmatch(traits.code_pattern, customer_code):
        raise invalid("customer_code", traits.code_hint.vi + ".", traits.code_hint.en + ".")
    breaker = Breaker(desk, traits.id)
    if breaker.open_until():
        raise BillerUnreachable
    try:
        found = desk.biller(traits.id).lookup(customer_code)
    except NoSuchCustomer as fault:
        breaker.worked()
        raise NotFound(what="mã khách hàng / customer code") from fault
    except BillerUnavailable as fault:
        breaker.failed()
        raise BillerUnreachable from fault
    breaker.worked()
    return found


def bills(desk: Desk, query: BillsQuery, owner: str) -> CustomerView:
    """A customer's open bills, each with a quote.

    Raises:
        TooMany, and what `fetched` raises.
    """
    traits = desk.traits(query.biller)
    code = query.customer_code.strip().upper()
    counted(desk, owner)
    found = fetched(desk, traits, code)
    shown = [
        bill_view(desk, traits, owner, code, bill, first=number == 0)
        for number, bill in enumerate(found.bills)
    ]
    return CustomerView(
        biller=traits.id,
        customer_code=code,
        name=found.name,
        total_vnd=sum(bill.left_vnd for bill in found.bills),
        bills=shown,
    )


def bill_view(
    desk: Desk, traits: Traits, owner: str, customer_code: str, bill: Bill, *, first: bool
) -> BillView:
    """A bill with its quote."""
    quote, until = quoted(desk.secret, owner, traits.id, customer_code, bill, desk.now)
    closed = traits.closed is not None and traits.closed.holds(desk.now)
    older = traits.oldest_first and not first
    least, most = traits.takes(bill.left_vnd)
    return BillView(
        **bill.model_dump(include={"bill_id", "period", "amount_vnd", "paid_vnd", "due_on"}),
        left_vnd=bill.left_vnd,
        least_vnd=least,
        most_vnd=most,
        overdue=bill.due_on is not None and bill.due_on < local_date(desk.now),
        payable=not closed and not older,
        why_not="closed" if closed else ("older_first" if older else None),
        quote=quote,
        quote_expires_at=until,
    )
