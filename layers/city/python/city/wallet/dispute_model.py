"""Nouns of disputes: their life as one table, what is said of them, and what goes over the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, Field

from city.kernel.problems import Problem
from city.kernel.text import Text, text
from city.ledger.amounts import Vnd
from city.wallet.shapes import Asked, Shown

GROUNDS = Literal["not_mine", "wrong_amount", "paid_twice", "not_received", "other"]


class DisputeState(StrEnum):
    """Where a dispute stands. Wire values are stable."""

    OPEN = "open"
    ASKED = "asked"  # staff wait for the person's answer
    PROPOSED = "proposed"  # a refund waits for a second person
    DECIDED = "decided"  # a refund is being made
    REFUNDED = "refunded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Move(NamedTuple):
    """One allowed move."""

    start: DisputeState
    action: str
    to: DisputeState


S = DisputeState
WORKFLOW: tuple[Move, ...] = (
    Move(S.OPEN, "take", S.OPEN),
    Move(S.ASKED, "take", S.ASKED),
    Move(S.OPEN, "ask", S.ASKED),
    Move(S.ASKED, "answer", S.OPEN),
    Move(S.OPEN, "answer", S.OPEN),
    Move(S.OPEN, "refund", S.DECIDED),
    Move(S.OPEN, "refund", S.PROPOSED),
    Move(S.PROPOSED, "confirm", S.DECIDED),
    Move(S.DECIDED, "finish", S.REFUNDED),
    Move(S.DECIDED, "fail", S.OPEN),
    Move(S.PROPOSED, "send_back", S.OPEN),
    Move(S.OPEN, "reject", S.REJECTED),
    Move(S.OPEN, "withdraw", S.WITHDRAWN),
    Move(S.ASKED, "withdraw", S.WITHDRAWN),
)
BY_OWNER = frozenset({"answer", "withdraw"})
OVER = frozenset({S.REFUNDED, S.REJECTED, S.WITHDRAWN})


class DisputeStateProblem(Problem):
    """The dispute's state does not allow it."""

    status = 409
    slug = "dispute-state"
    title = text("Trạng thái không cho phép", "The state does not allow this")
    detail = text("Khiếu nại đang ở trạng thái {state}.", "The dispute is {state}.")


class NewDispute(Asked):
    """What is wrong with a payment."""

    payment_id: str = Field(max_length=40)
    grounds: GROUNDS
    words: str = Field(min_length=10, max_length=2000)


class Answer(Asked):
    """The person's answer to what they were asked."""

    words: str = Field(min_length=2, max_length=2000)


class RefundOf(Asked):
    """How much goes back."""

    amount_vnd: Vnd
    reason: Annotated[str, Field(min_length=3, max_length=200)]


class Said(BaseModel, frozen=True):
    """One step of a dispute."""

    at: datetime
    by: Literal["owner", "staff"]
    action: str
    words: str = ""


class Dispute(BaseModel, frozen=True):
    """A dispute."""

    id: str
    owner: str
    payment_id: str
    grounds: GROUNDS
    state: DisputeState
    opened_at: datetime
    changed_at: datetime
    refund_vnd: int = 0
    handler: str | None = None
    proposed_by: str | None = None
    steps: tuple[Said, ...] = Field((), max_length=50)


class DisputeView(Shown):
    """A dispute, as its owner and staff see it."""

    id: str
    payment_id: str
    grounds: GROUNDS
    state: DisputeState
    state_name: Text
    opened_at: datetime
    changed_at: datetime
    refund_vnd: int
    steps: list[Said]


class StaffDisputeView(DisputeView):
    """A dispute as staff see it: who has it in hand, what the payment was and what is left of it.
    Nobody's name: the payment's sides are not needed to read what happened."""

    taken_by: str | None
    proposed_by: str | None
    payment_kind: str
    payment_state: str
    paid_vnd: int
    left_vnd: int
    paid_at: datetime | None
    two_persons_over_vnd: int


NAMES: dict[DisputeState, Text] = {
    S.OPEN: text("Đang xem xét", "Being looked into"),
    S.ASKED: text("Chờ bạn trả lời", "Waiting for your answer"),
    S.PROPOSED: text("Chờ người thứ hai xác nhận hoàn tiền", "A refund waits for confirmation"),
    S.DECIDED: text("Đang hoàn tiền", "Being refunded"),
    S.REFUNDED: text("Đã hoàn tiền", "Refunded"),
    S.REJECTED: text("Không chấp nhận", "Not accepted"),
    S.WITHDRAWN: text("Đã rút", "Withdrawn"),
}
