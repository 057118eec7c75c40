"""The lock on a bill: who has it, or how much of it is taken.

A bill that is paid whole has one payment: its lock is a row that is put when it is absent. A bill
that takes parts has a counter: what its payments came to that are not void, never above what the
bill comes to, however many begin at once.
"""

from functools import partial

from city.adapters.table import ABSENT, Add, Check, Delete, Put, Row
from city.ledger.amounts import vnd
from city.ledger.book import Plan
from city.ledger.model import BillRef, Payment
from city.ledger.problems import BillTaken, OverTheBill

THERE = 1  # the version of rows that are only there or not


def _pk(bill: BillRef) -> str:
    return f"B#{bill.biller}#{bill.bill_id}"


def lock(plan: Plan, payment: Payment) -> None:
    """Take the bill of a payment that begins, or its part of it."""
    bill = payment.bill
    if bill is None:
        return
    if bill.most_vnd is None:
        whole = Row(_pk(bill), "A", {"payment_id": payment.id})
        plan.add(Put(whole, ABSENT), BillTaken)
        return
    over = partial(OverTheBill, amount=vnd(payment.amount_vnd))
    plan.add(Check(_pk(bill), "A", ABSENT), BillTaken)  # taken whole, before parts were taken
    most = {"vnd": bill.most_vnd}
    plan.add(Add(_pk(bill), "PARTS", {"vnd": payment.amount_vnd}, ceiling=most), over)


def unlock(plan: Plan, payment: Payment) -> None:
    """Let go of what `lock` took. Nobody else can have it."""
    bill = payment.bill
    if bill is None:
        return
    if bill.most_vnd is None:
        plan.add(Delete(_pk(bill), "A", THERE))
        return
    back = {"vnd": -payment.amount_vnd}
    plan.add(Add(_pk(bill), "PARTS", back, floor={"vnd": 0}))
