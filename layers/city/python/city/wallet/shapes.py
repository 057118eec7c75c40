"""What goes over the wire. Every answer says whose wallet this is: a sandbox provider's."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from city.bank.port import BankAccount
from city.kernel.page import PageQuery
from city.kernel.text import Text, text
from city.ledger.amounts import MOST_VND, Vnd
from city.ledger.model import WalletStatus
from city.ledger.workflow import State

SANDBOX: Text = text(
    "Nhà cung cấp thử nghiệm: không phải ví được cấp phép, không có tiền thật.",
    "A sandbox provider: not a licensed wallet, no real money.",
)


def plain(words: str) -> str:
    """One line that can be printed.

    Raises:
        ValueError: it is not.
    """
    line = " ".join(words.split())
    if not line.isprintable():
        raise ValueError("Có ký tự không in được.|It has characters that cannot be printed.")
    return line


Memo = Annotated[str, Field(max_length=140), AfterValidator(plain)]
Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """Whatever is said about money."""

    provider: Literal["sandbox"] = "sandbox"


class NewWallet(Asked):
    """Open a wallet: who one is, signed by the city for `hue-s/wallet`, and one's bank account."""

    attestation: str = Field(max_length=4000)
    bank_bin: str = Field(pattern=r"^[0-9]{6}$")
    account: str = Field(pattern=r"^[A-Za-z0-9]{4,24}$")

    def linked(self, holder: str) -> BankAccount:
        """The account, in a name."""
        return BankAccount(bank_bin=self.bank_bin, account=self.account, holder=holder)


class WalletView(Shown):
    """One's wallet."""

    id: str
    status: WalletStatus
    available_vnd: int
    held_vnd: int
    bank: str
    holder: str
    opened_at: datetime
    frozen_by_owner: bool = False
    reason: str = ""
    notice: Text = SANDBOX


class NewAmount(Asked):
    """So much, from or to the linked bank account."""

    amount_vnd: Vnd


class Wanted(Asked):
    """Whom one wants to pay: by telephone number, wallet, or the alias in their code."""

    phone: str | None = Field(None, max_length=20)
    wallet_id: str | None = Field(None, max_length=40)
    alias: str | None = Field(None, max_length=19)


class Recipient(Shown):
    """Who would get it, as much of the name as shows a mistake."""

    wallet_id: str
    name: str


class NewTransfer(Asked):
    """Money to another wallet."""

    to_wallet: str = Field(max_length=40)
    amount_vnd: Vnd
    memo: Memo = ""


class ReceivingQuery(BaseModel):
    """What one's code asks for: nothing, or an amount, or a message as well."""

    amount_vnd: int | None = Field(None, ge=1, le=MOST_VND)
    memo: Annotated[str, Field(max_length=25), AfterValidator(plain)] = ""


class ReceivingCode(Shown):
    """One's own VietQR: text and picture (SVG). `seen_as` is the name that payers are shown."""

    alias: str
    payload: str
    svg: str
    amount_vnd: int | None
    seen_as: str
    notice: Text = SANDBOX


class PaymentCard(Shown):
    """A payment of any kind as one of its sides sees it. `final` says that nothing more will
    happen by itself; until then ask again after `poll_after_s`."""

    id: str
    kind: str
    state: State
    state_name: Text
    direction: Literal["in", "out"]
    amount_vnd: int
    fee_vnd: int
    refunded_vnd: int
    other: str
    memo: str
    created_at: datetime
    changed_at: datetime
    captured_at: datetime | None
    sequence: int
    receipt: str
    final: bool
    poll_after_s: int | None


class Used(BaseModel):
    """A legal limit and how much of it is used."""

    id: str
    name: Text
    period: Literal["month", "day"]
    limit_class: str
    most_vnd: int
    spent_vnd: int
    left_vnd: int
    document: str
    confirmed: bool


class StepUpView(BaseModel):
    """When a passkey is needed for some kinds of payment."""

    id: str
    kinds: list[str]
    single_vnd: int
    day_vnd: int
    without_passkey_today_vnd: int
    new_device: bool
    document: str
    confirmed: bool


class Limits(Shown):
    """What the law lets one do, today."""

    day: date
    ceilings: list[Used]
    step_ups: list[StepUpView]


class StatementQuery(BaseModel):
    """Which month; this one if none is named."""

    month: Month | None = None


class StatementLine(BaseModel):
    """A line of a wallet's journal (`city.ledger.model.Line`), hash-linked to the one before."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    payment_id: str
    what: str
    kind: str
    amount_vnd: int
    balance_vnd: int
    at: datetime
    day: str
    other: str
    memo: str
    prev_hash: str
    hash: str


class StatementView(Shown):
    """A month of a wallet. Opening balance + lines = closing balance."""

    wallet_id: str
    holder: str
    month: str
    first_day: date
    last_day: date
    opening_vnd: int
    closing_vnd: int
    in_vnd: int
    out_vnd: int
    lines: list[StatementLine]
    chain_intact: bool
    made_at: datetime


class Reason(Asked):
    """Grounds."""

    reason: Memo = ""


class Grounds(Asked):
    """Grounds; the owner reads it."""

    reason: Annotated[str, Field(min_length=3, max_length=200), AfterValidator(plain)]


class Activity(PageQuery):
    """One's payments, newest first."""
