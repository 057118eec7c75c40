"""What the unit `bills` publishes: reminders and autopay. Payments are the ledger's to announce."""

from datetime import date, datetime
from typing import ClassVar

from city.contracts.envelope import Announcement


class _AboutBill(Announcement):
    unit: ClassVar[str] = "bills"
    subject_field: ClassVar[str] = "account_id"

    account_id: str
    owner: str
    biller: str
    bill_id: str
    period: str
    amount_vnd: int
    at: datetime


class BillDue(_AboutBill):
    """A remembered customer's bill is due within three days, or was; said once for a bill."""

    happened: ClassVar[str] = "bill_due"

    due_on: date


class AutopayPlanned(_AboutBill):
    """A bill will be paid by itself on a day, in this amount; another amount is announced anew."""

    happened: ClassVar[str] = "autopay_planned"

    on: date


class AutopayStopped(_AboutBill):
    """A bill is not paid by itself: `why` is `over_ceiling` or the slug of a problem."""

    happened: ClassVar[str] = "autopay_stopped"

    why: str


class AutopayEnded(_AboutBill):
    """A payment that autopay began has an end: `paid`, or not (`void`) and the money is back."""

    happened: ClassVar[str] = "autopay_ended"

    payment_id: str
    outcome: str


BILL_EVENTS: tuple[type[_AboutBill], ...] = (BillDue, AutopayPlanned, AutopayStopped, AutopayEnded)
