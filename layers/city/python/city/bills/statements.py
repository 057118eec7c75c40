"""What the biller's statements say of one payment."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from city.billers.port import BillerUnavailable
from city.billers.traits import Traits
from city.bills.desk import Desk
from city.kernel.clock import local_date
from city.ledger.model import Payment

MOST_DAYS = 5  # a payment is booked on the day it was sent, or on one of the next


@dataclass(frozen=True, slots=True)
class Found:
    """`days`: those whose statement was read without a gap since the payment was sent."""

    verdict: Literal["paid", "differs", "absent", "unread"]
    days: tuple[date, ...] = ()
    receipt: str = ""
    evidence: str = ""


def first_day(payment: Payment) -> date:
    """The first day on whose statement it may be."""
    return local_date(payment.sent_at or payment.created_at)


def look(desk: Desk, payment: Payment, traits: Traits) -> Found:
    """Read every statement that is ready since the payment was sent. Absence counts only as far as
    every day before was read: a missing statement proves nothing."""
    if payment.bill is None:
        return Found("unread")
    read: list[date] = []
    prints: list[str] = []
    day = first_day(payment)
    while len(read) < MOST_DAYS and traits.statement_ready_at(day) <= desk.now:
        try:
            statement = desk.biller(traits.id).statement(day)
        except BillerUnavailable:
            break
        read.append(day)
        prints.append(f"{day} {statement.sha256[:16]}")
        rows = statement.of(payment.reference)
        if rows:
            told = f"statement {prints[-1]}: {[row.amount_vnd for row in rows]}"
            good = (
                len(rows) == 1
                and rows[0].amount_vnd == payment.amount_vnd
                and rows[0].bill_id == payment.bill.bill_id
            )
            verdict: Literal["paid", "differs"] = "paid" if good else "differs"
            return Found(verdict, tuple(read), rows[0].receipt, told)
        day += timedelta(days=1)
    if not read:
        return Found("unread")
    return Found("absent", tuple(read), evidence="absent: " + ", ".join(prints))
