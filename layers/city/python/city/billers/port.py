"""What a biller can be asked, and everything that it may answer.

The rule that the whole saga rests on: an answer is one of the classes below, and anything that is
not clearly one of them is `OutcomeUnknown`. Nobody may read "no answer" as "not paid".
"""

from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Literal, Protocol

from pydantic import BaseModel, Field, model_validator


class Bill(BaseModel, frozen=True):
    """One bill as its biller states it now. `version` changes with the amount; `paid_vnd` is what
    was paid of it already, through whatever channel."""

    bill_id: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._/-]+$")
    period: str = Field(max_length=40)
    amount_vnd: int = Field(ge=1, le=10**12, strict=True)
    version: str = Field(max_length=40)
    due_on: date | None = None
    expires_at: datetime | None = None
    paid_vnd: int = Field(0, ge=0, strict=True)

    @property
    def left_vnd(self) -> int:
        """What is left to pay."""
        return self.amount_vnd - self.paid_vnd

    @model_validator(mode="after")
    def _owed(self) -> "Bill":
        if self.left_vnd < 1:
            raise ValueError("nothing is left of it")
        return self


class CustomerBills(BaseModel, frozen=True):
    """What a customer owes; `name` comes masked from the biller, oldest bill first."""

    customer_code: str
    name: str = Field("", max_length=80)
    bills: tuple[Bill, ...]


class RefundLine(BaseModel, frozen=True):
    """Money that the biller gave back; `id` is its own number for it."""

    id: str = Field(min_length=1, max_length=64)
    amount_vnd: int = Field(ge=1, le=10**12, strict=True)


class Paid(BaseModel, frozen=True):
    """The biller has the money in its book under our reference. `left_vnd` is what was left of the
    bill then, where it says so, `credit_vnd` what it keeps of this payment for the next period."""

    outcome: Literal["paid"] = "paid"
    receipt: str = Field(min_length=1, max_length=64)
    amount_vnd: int = Field(ge=1, le=10**12, strict=True)
    paid_at: datetime
    refunds: tuple[RefundLine, ...] = ()
    left_vnd: int | None = Field(None, ge=0, strict=True)
    credit_vnd: int = Field(0, ge=0, strict=True)


class Rejected(BaseModel, frozen=True):
    """Not taken. `final` is the biller's promise that this reference never will be."""

    outcome: Literal["rejected"] = "rejected"
    code: str
    final: bool


class Pending(BaseModel, frozen=True):
    """Taken in, not decided."""

    outcome: Literal["pending"] = "pending"


class NotFound(BaseModel, frozen=True):
    """The biller does not know the reference *now*; when that is final is a trait."""

    outcome: Literal["not_found"] = "not_found"


class Cancelled(BaseModel, frozen=True):
    """The payment was taken back in full and the bill is open again."""

    outcome: Literal["cancelled"] = "cancelled"


PayAnswer = Paid | Rejected | Pending
QueryAnswer = Paid | Rejected | Pending | NotFound | Cancelled
CancelAnswer = Cancelled | Rejected | Pending


class StatementRow(BaseModel, frozen=True):
    """One line of a biller's statement. A refund has a negative amount."""

    ref: str
    bill_id: str
    amount_vnd: int
    paid_at: datetime
    receipt: str


class Statement(BaseModel, frozen=True):
    """One day (in Huế) of a biller's book about us; `raw` is the file as it came."""

    biller: str
    day: date
    rows: tuple[StatementRow, ...]
    sha256: str
    raw: bytes = b""

    def of(self, ref: str) -> tuple[StatementRow, ...]:
        """The lines under one of our references."""
        return tuple(row for row in self.rows if row.ref == ref)


class NotSent(Exception):
    """The biller was not reached: not one byte of the request left, so nothing was asked."""


class OutcomeUnknown(Exception):
    """Something was sent and no clear answer came back: it may or may not have been done."""


class BillerUnavailable(Exception):
    """A question that changes nothing was not answered; ask again later."""


class NoSuchCustomer(Exception):
    """The biller knows no customer by this code."""


class NotOffered(Exception):
    """The biller has no such facility (its traits say so)."""


class Line(Protocol):
    """An open connection to a biller, over which one payment may be sent."""

    def pay(self, ref: str, bill_id: str, amount_vnd: int) -> PayAnswer:
        """Ask the biller to book a payment.

        Raises:
            OutcomeUnknown: a timeout, a reset, a 5xx, or an answer that is not clear.
        """


class Biller(Protocol):
    """The port."""

    def lookup(self, customer_code: str) -> CustomerBills:
        """What a customer owes.

        Raises:
            NoSuchCustomer, BillerUnavailable.
        """

    def reach(self) -> AbstractContextManager[Line]:
        """Connect, before anything is written down as sent.

        Raises:
            NotSent: refused or not there; nothing was asked.
        """

    def query(self, ref: str) -> QueryAnswer:
        """What became of a reference.

        Raises:
            BillerUnavailable, NotOffered.
        """

    def cancel(self, ref: str) -> CancelAnswer:
        """Take a payment back; asking twice is the same as once.

        Raises:
            OutcomeUnknown, NotOffered.
        """

    def statement(self, day: date) -> Statement:
        """The biller's book of one day.

        Raises:
            BillerUnavailable: not there, not ready, or not readable.
        """
