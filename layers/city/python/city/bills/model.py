"""What is asked, what is shown, and what can go wrong."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from city.kernel.page import PageQuery
from city.kernel.problems import Problem
from city.kernel.text import Text, text
from city.ledger.amounts import Vnd
from city.ledger.proposals import Proposed

MOST_ACCOUNTS = 20


class BillerUnreachable(Problem):
    """The biller does not answer; nothing was held."""

    status = 503
    slug = "biller-unavailable"
    title = text("Nhà cung cấp chưa trả lời", "The provider does not answer")
    detail = text(
        "Nhà cung cấp chưa trả lời, nên chưa có gì bị trừ. Xin thử lại sau ít phút.",
        "The provider does not answer, so nothing was charged. Please try again in a few minutes.",
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "60"})


class BillerClosed(Problem):
    """The biller takes no payments at this hour."""

    status = 409
    slug = "biller-closed"
    title = text("Ngoài giờ nhận thanh toán", "Closed for payments")
    detail = text(
        "Nhà cung cấp không nhận thanh toán từ {start} đến {end}. Chưa có gì bị trừ.",
        "The provider takes no payments from {start} to {end}. Nothing was charged.",
    )


class QuoteChanged(Problem):
    """The bill is not what was shown; the answer's `bill` is what it is now."""

    status = 409
    slug = "quote-changed"
    title = text("Hoá đơn vừa thay đổi", "The bill has changed")
    detail = text(
        "Hoá đơn đã đổi số tiền, đã được trả hoặc hết hạn báo giá. Xem lại rồi xác nhận; "
        "chưa có gì bị trừ.",
        "The bill has another amount, is paid, or the quote is too old. Look again and confirm; "
        "nothing was charged.",
    )


class OlderFirst(Problem):
    """This biller wants the oldest bill first."""

    status = 409
    slug = "older-bill-first"
    title = text("Còn kỳ cũ chưa trả", "An older bill is open")
    detail = text(
        "Nhà cung cấp thu theo thứ tự kỳ: xin trả kỳ {period} trước.",
        "The provider takes the oldest first: please pay {period} before.",
    )


class AmountNotTaken(Problem):
    """The biller does not take this amount for this bill; the answer says what it takes."""

    status = 422
    slug = "amount-not-taken"
    title = text("Nhà cung cấp không nhận số tiền này", "The provider does not take this amount")
    detail = text(
        "Với hoá đơn này, nhà cung cấp nhận từ {least} đến {most} đồng. Chưa có gì bị trừ.",
        "For this bill the provider takes from {least} to {most} đồng. Nothing was charged.",
    )


class NoCancel(Problem):
    """The biller takes nothing back, or not any more."""

    status = 409
    slug = "not-cancellable"
    title = text("Không huỷ được", "Cannot be cancelled")
    detail = text(
        "Nhà cung cấp không nhận huỷ, hoặc đã quá thời hạn huỷ.",
        "The provider takes nothing back, or the time for it is over.",
    )


class BillerView(BaseModel):
    """A biller as people see it."""

    id: str
    name: Text
    kind: str
    code_hint: Text
    code_pattern: str
    examples: tuple[str, ...]
    counts_in_limit: bool
    part_least_vnd: int | None
    over_most_vnd: int | None
    oldest_first: bool
    cancellable: bool
    open: bool
    simulator: bool
    note: Text


class BillsQuery(BaseModel):
    """Whose bills."""

    biller: str = Field(max_length=32)
    customer_code: str = Field(min_length=3, max_length=40)


class BillView(BaseModel):
    """An open bill and the signed quote to pay it with. `left_vnd` is what is to be paid of it;
    where `least_vnd` and `most_vnd` are another amount, the payer may choose between them."""

    bill_id: str
    period: str
    amount_vnd: int
    paid_vnd: int
    left_vnd: int
    least_vnd: int
    most_vnd: int
    due_on: date | None
    overdue: bool
    payable: bool
    why_not: Literal["older_first", "closed", "unavailable"] | None = None
    quote: str
    quote_expires_at: datetime


class CustomerView(BaseModel):
    """What a customer owes, oldest first; the name comes masked from the biller."""

    biller: str
    customer_code: str
    name: str
    total_vnd: int
    bills: list[BillView]


class NewPayment(BaseModel):
    """The quote says everything: biller, bill, amount. `amount_vnd` only to pay another amount
    than all that is left, where the biller takes one."""

    model_config = ConfigDict(extra="forbid")

    quote: str = Field(min_length=20, max_length=2000)
    amount_vnd: Vnd | None = None


class PaymentView(BaseModel):
    """A payment of a bill. `checked_again_at` while nobody knows the outcome."""

    id: str
    state: str
    state_name: Text
    biller: str
    biller_name: Text
    bill_id: str
    period: str
    customer_code: str
    amount_vnd: int
    fee_vnd: int
    refunded_vnd: int
    created_at: datetime
    changed_at: datetime
    checked_again_at: datetime | None
    why: Text | None
    receipt_code: str | None
    cancellable: bool
    autopay: bool


class BillReceipt(BaseModel):
    """A receipt, for its owner. `left_vnd` is what the biller said was left of the bill then (None:
    it did not say), `credit_vnd` what it keeps of this payment for the next period."""

    code: str
    payment_id: str
    state: str
    biller: str
    biller_name: Text
    bill_id: str
    period: str
    customer_code: str
    amount_vnd: int
    fee_vnd: int
    refunded_vnd: int
    left_vnd: int | None
    credit_vnd: int
    paid_at: datetime
    biller_receipt: str
    verify_url: str
    simulator: bool


class ReceiptCheck(BaseModel):
    """What everybody may know of a receipt: nobody's name, nobody's customer code."""

    code: str
    genuine: bool
    state: str
    state_name: Text
    biller_name: Text
    period: str
    amount_vnd: int
    refunded_vnd: int
    paid_on: date
    simulator: bool


class Autopay(BaseModel):
    """Pay by itself: at most `ceiling_vnd` a bill, on `day` of the month."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ceiling_vnd: Vnd
    day: int = Field(ge=1, le=28, strict=True)


class NewAccount(BaseModel):
    """A customer code to remember."""

    model_config = ConfigDict(extra="forbid")

    biller: str = Field(max_length=32)
    customer_code: str = Field(min_length=3, max_length=40)
    label: str = Field("", max_length=60)
    remind: bool = True


class Account(BaseModel, frozen=True):
    """A remembered customer code. `round_at`: when it is looked up by the clock next."""

    id: str
    owner: str
    biller: str
    customer_code: str
    label: str
    remind: bool
    autopay: Autopay | None = None
    created_at: datetime
    round_at: datetime


class BillAccountView(BaseModel):
    """A remembered customer code, for its owner."""

    id: str
    biller: str
    biller_name: Text
    kind: str
    customer_code: str
    label: str
    remind: bool
    autopay: Autopay | None


class CasesQuery(PageQuery):
    """Payments that nobody knows the outcome of."""

    state: Literal["UNKNOWN", "CASE"] | None = None


class CaseCard(BaseModel):
    """One line of the officers' list: no person, no customer code."""

    payment_id: str
    state: str
    state_name: Text
    biller: str
    bill_id: str
    amount_vnd: int
    sent_at: datetime | None
    asked: int
    next_check_at: datetime | None
    proposed: bool


class Attempt(BaseModel, frozen=True):
    """Something that was asked or told, and what came of it."""

    at: datetime
    what: Literal["pay", "query", "statement", "callback", "cancel", "expire", "person"]
    outcome: str
    note: str = ""


class Proposal(Proposed, frozen=True):
    """How an administrator would settle a case, and on what evidence."""

    outcome: Literal["paid", "not_paid"]


class NewProposal(BaseModel):
    """Settle a case so; a second administrator decides."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["paid", "not_paid"]
    evidence: str = Field(min_length=10, max_length=1000)
    receipt: str = Field("", max_length=64)


class CaseDecision(BaseModel):
    """Agree with the proposal of this version, or not."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1)
    agree: bool


class CaseView(BaseModel):
    """Everything an officer needs to settle a payment."""

    payment: PaymentView
    reference: str
    attempts: list[Attempt]
    proposal: Proposal | None
    can_ask: bool
