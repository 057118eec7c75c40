"""Acceptance points, the people behind their counters, codes, sales and refunds."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from city.kernel.problems import Problem
from city.kernel.text import text


class State(StrEnum):
    """The life of an acceptance point. Only an active one is paid."""

    APPLIED = "applied"
    ACTIVE = "active"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Part(StrEnum):
    """What somebody is at an acceptance point."""

    OWNER = "owner"
    MANAGER = "manager"
    CASHIER = "cashier"


class RefundState(StrEnum):
    """A refund waits for the owner when it is large; otherwise it is done at once."""

    WAITING = "waiting"
    APPROVED = "approved"
    DONE = "done"
    REFUSED = "refused"


class NotPayable(Problem):
    """The acceptance point takes no money now."""

    status = 409
    slug = "merchant-not-active"
    title = text("Điểm bán chưa nhận tiền được", "Merchant cannot be paid")
    detail = text("Điểm bán này đang ở trạng thái {state}.", "This acceptance point is {state}.")


class WrongStep(Problem):
    """The state does not allow this step."""

    status = 409
    slug = "merchant-wrong-step"
    title = text("Không làm được ở trạng thái này", "Not possible in this state")
    detail = text("Trạng thái hiện tại: {state}.", "The state is {state}.")


class UnreadableCode(Problem):
    """The text is no VietQR code; `reason` says why."""

    status = 422
    slug = "qr-unreadable"
    title = text("Không đọc được mã", "Unreadable code")
    detail = text("{vi}", "{en}")


class CodeOver(Problem):
    """A code for one payment that was paid, or is older than its fifteen minutes."""

    status = 409
    slug = "qr-over"
    title = text("Mã đã hết hiệu lực", "Code is over")
    detail = text(
        "Mã này đã được thanh toán hoặc đã hết hạn. Đề nghị điểm bán tạo mã mới.",
        "This code was paid or has expired. Ask the shop for a new one.",
    )


class QuoteOver(Problem):
    """What was shown to the payer is too old, not ours, or somebody else's."""

    status = 409
    slug = "quote-over"
    title = text("Cần quét lại", "Scan again")
    detail = text(
        "Thông tin điểm bán đã cũ. Quét lại mã để xem tên điểm bán trước khi trả tiền.",
        "What you were shown is too old. Scan the code again and check the shop's name.",
    )


class WrongInvitation(Problem):
    """No such invitation, used, or too old."""

    status = 404
    slug = "wrong-shop-invitation"
    title = text("Mã mời không đúng", "Wrong invitation")
    detail = text(
        "Mã mời không đúng, đã dùng hoặc đã quá 24 giờ.",
        "The invitation is wrong, used, or older than 24 hours.",
    )


class RefundTooMuch(Problem):
    """More than is left of the payment, or too long ago."""

    status = 409
    slug = "refund-too-much"
    title = text("Không hoàn được số này", "Cannot refund this much")
    detail = text(
        "Khoản này còn hoàn được {left} đồng, trong {days} ngày kể từ khi bán.",
        "{left} đồng of this sale can be refunded, within {days} days of it.",
    )


class TakingsTooSmall(Problem):
    """The shop has not taken so much since it was last paid out."""

    status = 409
    slug = "takings-too-small"
    title = text("Chưa đủ doanh thu để hoàn", "Takings too small")
    detail = text(
        "Doanh thu chưa chi trả của điểm bán không đủ {amount} đồng để hoàn.",
        "The shop has taken less than {amount} đồng since it was last paid out.",
    )


class Payout(BaseModel, frozen=True):
    """Where the day's takings go; the holder's name is the merchant's own."""

    bank_bin: str = Field(pattern=r"^[0-9]{6}$")
    account: str = Field(pattern=r"^[0-9A-Za-z]{4,19}$")
    holder: str = Field(min_length=2, max_length=70)

    @property
    def masked(self) -> str:
        """The account as others may see it."""
        return "•" * (len(self.account) - 4) + self.account[-4:]


class Merchant(BaseModel, frozen=True):
    """An acceptance point. `demo` marks the made-up ones; those have no owner."""

    id: str
    state: State
    name: str
    category: str
    ward: str
    address: str
    lat: float | None = None
    lon: float | None = None
    owner: str | None = None
    organisation: str | None = None
    tax_code: str = ""
    payout: Payout
    demo: bool = False
    applied_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str = ""

    def require_payable(self) -> None:
        """Go on only if it takes money.

        Raises:
            NotPayable: it does not.
        """
        if self.state is not State.ACTIVE:
            raise NotPayable(state=self.state.value)


class Till(BaseModel, frozen=True):
    """A place at which one is paid; its label goes into the code."""

    id: str
    label: str


class Member(BaseModel, frozen=True):
    """Somebody who works there."""

    merchant: str
    user: str
    part: Part
    since: datetime


class Invitation(BaseModel, frozen=True):
    """A way in for one person, for a day. Only a hash of its code is kept."""

    merchant: str
    part: Part
    by: str
    expires_at: datetime


class Code(BaseModel, frozen=True):
    """A code for one payment."""

    id: str
    merchant: str
    till: str
    amount_vnd: int
    reference: str
    by: str
    made_at: datetime
    expires_at: datetime


class Sale(BaseModel, frozen=True):
    """A payment as its shop sees it: never who paid. `day` is the one whose file it is in."""

    payment: str
    merchant: str
    at: datetime
    day: date
    amount_vnd: int
    fee_vnd: int
    till: str = ""
    reference: str = ""
    code: str | None = None
    refunded_vnd: int = 0


class Refund(BaseModel, frozen=True):
    """Money that goes back, asked for by somebody behind the counter."""

    id: str
    merchant: str
    payment: str
    amount_vnd: int
    reason: str
    state: RefundState
    by: str
    at: datetime
    decided_by: str | None = None
    done_at: datetime | None = None
    day: date | None = None
    fee_back_vnd: int = 0


class Figures(BaseModel, frozen=True):
    """A day's counters. What came back or was carried over from other days adds to what is due."""

    sales: int = 0
    sold_vnd: int = 0
    refunds: int = 0
    refunded_vnd: int = 0
    fee_vnd: int = 0
    carried_vnd: int = 0

    @property
    def due_vnd(self) -> int:
        """What the shop has earned, before the fee."""
        return self.sold_vnd - self.refunded_vnd + self.carried_vnd


class SettlementState(StrEnum):
    """A day's settlement: closed to new lines, filed, with the bank, paid, or come back."""

    CLOSING = "closing"
    FILED = "filed"
    SENT = "sent"
    PAID = "paid"
    RETURNED = "returned"
    NOTHING = "nothing"


class Settlement(BaseModel, frozen=True):
    """A day of an acceptance point. `gross_vnd` leaves its account, less the fee it is paid out;
    `carried_vnd` and `carried_fee_vnd` go on to another day."""

    merchant: str
    day: date
    state: SettlementState
    figures: Figures = Figures()
    lines: int = 0
    sha256: str = ""
    document: str = ""
    gross_vnd: int = 0
    fee_vnd: int = 0
    carried_vnd: int = 0
    carried_fee_vnd: int = 0
    payment: str | None = None
    at: datetime

    @property
    def net_vnd(self) -> int:
        """What the bank is told to pay."""
        return self.gross_vnd - self.fee_vnd
