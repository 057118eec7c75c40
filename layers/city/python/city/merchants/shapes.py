"""What is asked and answered about acceptance points."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from city.bank.vietqr import LONGEST, MOST_VND, Service
from city.kernel.page import PageQuery
from city.kernel.text import Text
from city.merchants.model import Part, Payout, RefundState, SettlementState, State

STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Application(BaseModel):
    """Somebody in business asks for an acceptance point."""

    model_config = STRICT

    name: str = Field(min_length=3, max_length=80)
    category: str = Field(pattern=r"^[0-9]{4}$")
    ward: str = Field(max_length=10)
    address: str = Field(min_length=3, max_length=200)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    organisation: str | None = Field(None, max_length=60)
    tax_code: str = Field("", pattern=r"^([0-9]{10}(-[0-9]{3})?)?$")
    payout: Payout


class Verdict(BaseModel):
    """An administrator's answer to an application."""

    model_config = STRICT

    accept: bool
    reason: str = Field("", max_length=500)


class Step(BaseModel):
    """The owner closes; an administrator suspends and lets go on again."""

    model_config = STRICT

    to: Literal["suspended", "active", "closed"]
    reason: str = Field("", max_length=500)


class NewPayout(BaseModel):
    """Where the takings go from now on."""

    model_config = STRICT

    payout: Payout


class NewTill(BaseModel):
    """A till and what it is called; the label goes into its code."""

    model_config = STRICT

    id: str = Field(pattern=r"^[0-9A-Z]{1,10}$")
    label: str = Field(min_length=1, max_length=40)


class NewInvitation(BaseModel):
    """For whom a way in is made."""

    model_config = STRICT

    part: Literal["manager", "cashier"]


class Join(BaseModel):
    """The code that the owner handed over."""

    model_config = STRICT

    code: str = Field(min_length=8, max_length=40)


class Listing(PageQuery):
    """Acceptance points of a commune, of a kind, or of all."""

    ward: str | None = Field(None, max_length=10)
    category: str | None = Field(None, pattern=r"^[0-9]{4}$")


class TillQuery(BaseModel):
    """Which till's code."""

    till: str = Field("", max_length=10)


class FileQuery(BaseModel):
    """As a sheet, or with the day's figures."""

    format: Literal["csv", "json"] = "csv"


class NewCode(BaseModel):
    """A code for one payment."""

    model_config = STRICT

    amount_vnd: int = Field(ge=1000, le=MOST_VND, strict=True)
    reference: str = Field("", max_length=25, pattern=r"^[0-9A-Za-z ./-]*$")
    till: str = Field("", max_length=10)


class ReadCode(BaseModel):
    """The text in a code that was scanned."""

    model_config = STRICT

    text: str = Field(min_length=1, max_length=LONGEST)


class Pay(BaseModel):
    """Pay what was shown. `amount_vnd` only where the code names none."""

    model_config = STRICT

    quote: str = Field(max_length=2000)
    amount_vnd: int | None = Field(None, ge=1000, le=MOST_VND, strict=True)


class NewRefund(BaseModel):
    """Money back for a sale."""

    model_config = STRICT

    payment: str = Field(max_length=40)
    amount_vnd: int = Field(ge=1, le=MOST_VND, strict=True)
    reason: str = Field(min_length=3, max_length=200)


class ShopKind(BaseModel):
    """A kind of shop (ISO 18245)."""

    code: str
    name: Text


class PayoutBank(BaseModel):
    """A bank that takings can go to, by its NAPAS BIN."""

    bank_bin: str
    name: str


class ShopChoices(BaseModel):
    """What an application chooses from."""

    kinds: list[ShopKind]
    banks: list[PayoutBank]


class PublicMerchant(BaseModel):
    """An acceptance point as everybody sees it; `demo` says that it is made up."""

    id: str
    name: str
    category: str
    category_name: Text
    ward: str
    ward_name: str
    address: str
    lat: float | None
    lon: float | None
    demo: bool


class MemberView(BaseModel):
    """Somebody behind the counter; `you` marks the one who asks."""

    user: str
    part: Part
    since: datetime
    you: bool


class Till(BaseModel):
    """A till."""

    id: str
    label: str


class Desk(PublicMerchant):
    """An acceptance point as those who work there see it."""

    state: State
    reason: str
    part: Part | None
    tax_code: str
    organisation: str | None
    bank: str
    account: str
    holder: str
    tills: list[Till]
    members: list[MemberView]
    applied_at: datetime


class InvitationMade(BaseModel):
    """A code to hand over; shown once."""

    code: str
    part: Part
    expires_at: datetime


class CodeView(BaseModel):
    """A code: its text, its picture (SVG), until when it is good, and whether it was paid."""

    id: str | None
    payload: str
    svg: str
    name: str
    till: str
    amount_vnd: int | None
    reference: str
    state: Literal["open", "paid", "expired"]
    expires_at: datetime | None
    payment: str | None


class Read(BaseModel):
    """What a scanned code means. `ours` is paid here by its `quote`; a `wallet`'s `account` is an
    alias that the wallet looks up and transfers to.

    Names from foreign codes are what the code says, checked by nobody.
    """

    kind: Literal["ours", "wallet", "foreign"]
    merchant: str | None = None
    name: str
    category_name: Text | None = None
    address: str = ""
    bank: str
    bank_bin: str
    account: str
    service: Service | None = None
    amount_vnd: int | None = None
    reference: str = ""
    purpose: str = ""
    dynamic: bool
    demo: bool = False
    quote: str | None = None
    quote_expires_at: datetime | None = None


class Receipt(BaseModel):
    """A payment to an acceptance point, for who paid and who was paid."""

    payment: str
    merchant: str
    name: str
    at: datetime
    amount_vnd: int
    refunded_vnd: int
    reference: str
    till: str
    sandbox: bool


class SaleView(BaseModel):
    """A sale."""

    payment: str
    at: datetime
    amount_vnd: int
    fee_vnd: int
    refunded_vnd: int
    till: str
    reference: str


class Totals(BaseModel):
    """A day's figures. `net_vnd` is what is paid out for it."""

    day: date
    sales: int
    sold_vnd: int
    refunds: int
    refunded_vnd: int
    fee_vnd: int
    carried_vnd: int
    net_vnd: int


class SettlementView(BaseModel):
    """A settled day. `gross_vnd` less the fee is what the bank was told to pay."""

    day: date
    state: SettlementState
    lines: int
    sha256: str
    gross_vnd: int
    fee_vnd: int
    net_vnd: int
    carried_vnd: int


class Sales(BaseModel):
    """Today's figures and a page of sales, newest first."""

    today: Totals
    items: list[SaleView]
    next_cursor: str | None = None


class RefundView(BaseModel):
    """A refund."""

    id: str
    payment: str
    amount_vnd: int
    fee_back_vnd: int
    reason: str
    state: RefundState
    by_you: bool
    at: datetime
    done_at: datetime | None
