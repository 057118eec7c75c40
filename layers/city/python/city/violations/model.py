"""A violation as the review knows it. Pure.

It begins as an incident that a machine reported. A person confirms or denies it; what is confirmed
may be handed to the authority that the law names, which decides alone. There is no amount of money
anywhere in this unit.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from city.contracts.cameras import Detection, EvidenceItem
from city.contracts.watching import Point, RuleKind, Severity
from city.kernel.chain import Chained
from city.kernel.clock import HUE
from city.kernel.ids import is_ulid, public_code
from city.kernel.text import Text

CLAIM = timedelta(minutes=10)
RANK: dict[Severity, int] = {"severe": 0, "major": 1, "minor": 2, "info": 3}
HAZARDS: frozenset[RuleKind] = frozenset({"fire", "smoke"})


class State(StrEnum):
    """Wire values are stable."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    TRANSFERRED = "transferred"
    CLOSED = "closed"
    LAPSED = "lapsed"


STATE_NAMES: dict[State, Text] = {
    State.WAITING: Text(vi="Chờ xem xét", en="Waiting for review"),
    State.CONFIRMED: Text(vi="Đã xác nhận", en="Confirmed"),
    State.DENIED: Text(vi="Không đúng", en="Denied"),
    State.TRANSFERRED: Text(vi="Đã chuyển cơ quan có thẩm quyền", en="Handed to the authority"),
    State.CLOSED: Text(vi="Cơ quan có thẩm quyền đã trả lời", en="Answered by the authority"),
    State.LAPSED: Text(vi="Quá hạn xem xét, đã xoá chứng cứ", en="Not reviewed in time, erased"),
}

# Ours; how long the police must keep what they were handed is theirs to say (unconfirmed).
KEPT_FOR: dict[State, timedelta | None] = {
    State.WAITING: timedelta(days=30),
    State.LAPSED: timedelta(days=30),
    State.DENIED: timedelta(days=7),
    State.CONFIRMED: timedelta(days=90),
    State.TRANSFERRED: None,  # by case
    State.CLOSED: timedelta(days=365),
}


class DenyReason(StrEnum):
    """Why what a machine saw is nothing. Wire values are stable."""

    FALSE_ALARM = "false_alarm"
    NO_VIOLATION = "no_violation"
    UNCLEAR = "unclear"
    WRONG_PLATE = "wrong_plate"
    EXEMPT = "exempt"
    DUPLICATE = "duplicate"
    CAMERA_FAULT = "camera_fault"


DENY_NAMES: dict[DenyReason, Text] = {
    DenyReason.FALSE_ALARM: Text(vi="Máy nhận nhầm", en="The machine was wrong"),
    DenyReason.NO_VIOLATION: Text(vi="Có thật nhưng không vi phạm", en="Real, and no violation"),
    DenyReason.UNCLEAR: Text(vi="Hình ảnh không đủ rõ", en="The pictures are not clear enough"),
    DenyReason.WRONG_PLATE: Text(vi="Biển số đọc sai", en="The plate was misread"),
    DenyReason.EXEMPT: Text(vi="Xe ưu tiên, được miễn", en="Priority vehicle, exempt"),
    DenyReason.DUPLICATE: Text(vi="Trùng vụ khác", en="Another case has it already"),
    DenyReason.CAMERA_FAULT: Text(vi="Lỗi camera hoặc quy tắc", en="Camera or rule at fault"),
}


class Outcome(StrEnum):
    """What the authority made of it. Wire values are stable."""

    SANCTIONED = "sanctioned"
    CRIMINAL_CASE = "criminal_case"
    NO_ACTION = "no_action"
    RETURNED = "returned"


OUTCOME_NAMES: dict[Outcome, Text] = {
    Outcome.SANCTIONED: Text(vi="Đã xử phạt hành chính", en="Administrative sanction"),
    Outcome.CRIMINAL_CASE: Text(vi="Khởi tố vụ án hình sự", en="Criminal case opened"),
    Outcome.NO_ACTION: Text(vi="Không xử lý", en="No action"),
    Outcome.RETURNED: Text(vi="Trả lại hồ sơ", en="Sent back"),
}


class Claim(BaseModel, frozen=True):
    """Who looks at it just now, so that nobody else does."""

    by: str
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it still lasts."""
        return now < self.until


class Entry(Chained, frozen=True):
    """One step, or one look at the evidence: the chain of custody."""

    at: datetime
    by: str
    role: str
    action: str
    data: dict[str, Any] = {}  # noqa: RUF012 - frozen, and pydantic copies it


class Violation(BaseModel, frozen=True):
    """One incident in review. `chain` is the hash of its newest entry, `version` the row's lock.

    `due` is when the evidence is removed; None while the authority has the case. `plate` is a
    plate's normal form, and gone with the evidence.
    """

    id: str
    camera_id: str
    camera_name: Text
    rule_id: str
    rule_version: int
    rule_name: Text
    kind: RuleKind
    severity: Severity
    score: float
    place: tuple[float, float]
    ward: str | None = None
    drawn: tuple[tuple[Point, ...], ...] = ()
    authority: str | None = None
    legal_article: str | None = None
    model: str
    simulated: bool = False
    plate: str | None = None
    started_at: datetime
    ended_at: datetime
    received_at: datetime
    detections: int = 1
    evidence: int = 0
    state: State = State.WAITING
    claim: Claim | None = None
    reason: DenyReason | None = None
    note: str | None = None
    judged_by: str | None = None
    judged_at: datetime | None = None
    handed_to: str | None = None
    handed_at: datetime | None = None
    outcome: Outcome | None = None
    outcome_ref: str | None = None
    outcome_at: datetime | None = None
    erased_at: datetime | None = None
    due: datetime | None = None
    seq: int = 0
    chain: str = ""
    version: int = 1

    @property
    def code(self) -> str:
        """The short code that people read out."""
        if is_ulid(self.id):
            return public_code("VP", self.id)
        return f"VP-{self.received_at.astimezone(HUE):%y%m%d}-{self.id[-5:].upper()}"

    @property
    def place_in_queue(self) -> str:
        """The most severe first, then the oldest."""
        return f"{RANK[self.severity]}#{self.received_at.isoformat()}#{self.id}"


class Kept(BaseModel, frozen=True):
    """A detection of a violation with its evidence, which may come before it."""

    detection_id: str
    detection: Detection | None = None
    evidence: tuple[EvidenceItem, ...] = ()
    erased: bool = False
    version: int = 1


def due_in(state: State, now: datetime) -> datetime | None:
    """When what is in a state from now on loses its evidence."""
    kept = KEPT_FOR[state]
    return None if kept is None else now + kept
