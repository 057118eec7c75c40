"""A warning and everything that was decided about it."""

import hashlib
import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from city.alerts.cap import Response, Ring
from city.alerts.workflow import FINAL, IN_FORCE, State
from city.contracts.alerts import (
    AlertLane,
    Certainty,
    MessageType,
    Origin,
    Severity,
    Status,
    Urgency,
)
from city.kernel.chain import Chained
from city.kernel.text import Text

Verdict = Literal["open", "confirmed", "denied"]


class Area(BaseModel, frozen=True):
    """Where a warning holds. Parts add up. `touched` are the units that drawn parts lie in: they
    stand as codes beside the drawing and widen nothing."""

    name: Text
    units: tuple[str, ...] = ()
    polygons: tuple[Ring, ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    whole_city: bool = False
    touched: tuple[str, ...] = ()


class Content(BaseModel, frozen=True):
    """What a message says. Times left open follow from the kind at the moment of release."""

    kind: str
    kind_version: int
    severity: Severity
    urgency: Urgency
    certainty: Certainty
    responses: tuple[Response, ...] = ()
    risk_level: int | None = None
    event: Text
    headline: Text
    description: Text
    instruction: Text
    area: Area
    roles: tuple[str, ...] | None = None
    fields: dict[str, Any] = {}
    onset: datetime | None = None
    expires: datetime | None = None

    @property
    def digest(self) -> str:
        """What an approval holds for."""
        body = self.model_dump(mode="json")
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


class Provenance(BaseModel, frozen=True):
    """Where a draft comes from, complete enough to make it again.

    `source` is the event or detection as it was received. Ids and measured values only.
    """

    origin: Origin
    source: dict[str, Any] = {}
    source_seq: int = 0
    mapping: str | None = None
    mapping_version: int | None = None
    kind_version: int
    reading_ids: tuple[str, ...] = ()
    rule: str | None = None
    rule_version: int | None = None
    table_version: str | None = None
    risk_row: str | None = None
    report_ids: tuple[str, ...] = ()
    documents_version: str


class Message(BaseModel, frozen=True):
    """One released message, in short; the CAP document is a row of its own."""

    revision: int
    type: MessageType
    identifier: str
    reference: str
    sent: datetime
    expires: datetime
    severity: Severity
    lane: AlertLane
    digest: str
    by: str
    approved_by: str | None = None
    case: str | None = None


class Review(BaseModel, frozen=True):
    """A look afterwards at what went out on one person's word, or on a standing order."""

    revision: int
    by: str
    at: datetime
    finding: Literal["upheld", "wrong"]
    note: str = ""


class Alert(BaseModel, frozen=True):
    """A warning from its first draft to its end: one episode, one thread of messages.

    `draft` is what lies on the desk, `current` what people read now, `drafted` what the rule or
    author first wrote, `suggested` what the rule would write after people edited the draft.
    """

    id: str
    code: str
    version: int = 1
    episode_id: str
    status: Status
    state: State
    origin: Origin
    detected_kind: str | None = None
    created_at: datetime
    updated_at: datetime
    created_by: str
    drafted: Content
    draft: Content | None = None
    suggested: Content | None = None
    current: Content | None = None
    provenance: Provenance
    edited_by: str | None = None
    submitted_by: str | None = None
    approved_by: str | None = None
    approved_digest: str | None = None
    verdict: Verdict | None = None
    verdict_by: str | None = None
    over: bool = False
    messages: tuple[Message, ...] = ()
    reviews: tuple[Review, ...] = ()
    review_due: tuple[int, ...] = ()
    remind_at: datetime | None = None
    chain: str = ""

    @property
    def kind(self) -> str:
        """The kind it is of now."""
        return (self.draft or self.current or self.drafted).kind

    @property
    def in_force(self) -> bool:
        """Whether people are being warned now."""
        return self.state in IN_FORCE

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in FINAL

    @property
    def last(self) -> Message | None:
        """The newest message."""
        return self.messages[-1] if self.messages else None

    def unexpired(self, now: datetime) -> tuple[Message, ...]:
        """Messages whose time is not over: what a later message must refer to."""
        return tuple(m for m in self.messages if m.expires > now)


class TimelineEntry(Chained, frozen=True):
    """One step."""

    at: datetime
    action: str
    by: str
    from_state: str | None
    to_state: str
    note: str = ""
    detail: dict[str, Any] = Field({})


def lane_of(status: Status, severity: Severity, urgency: Urgency) -> AlertLane:
    """Which lane a message takes. What is not real never stands before what is."""
    if status != "Actual":
        return "P2"
    if severity == "Extreme" or (severity == "Severe" and urgency == "Immediate"):
        return "P0"
    return "P1" if severity in ("Severe", "Moderate") else "P2"
