"""The shapes of what people and operators read and ask."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from city.alerts.kinds import FieldSpec, NamedCase, Style
from city.alerts.lint import Finding
from city.alerts.model import Area, Content, Message, Provenance, Review
from city.alerts.workflow import State
from city.contracts.alerts import MessageType, Severity, Status
from city.kernel.page import PageQuery
from city.kernel.text import Language, Text


class AlertQuery(PageQuery):
    """Which warnings: those in force (default) or all; of a unit, of a kind; words in one
    language only with `lang`."""

    active: bool = True
    unit: str | None = Field(None, max_length=20)
    kind: str | None = Field(None, max_length=40)
    lang: Language | None = None


class NearQuery(BaseModel, frozen=True):
    """A point."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    lang: Language | None = None


class MapQuery(BaseModel, frozen=True):
    """Which warnings to draw."""

    kind: str | None = Field(None, max_length=40)


class FieldView(BaseModel, frozen=True):
    """One of a kind's own fields, in words."""

    name: str
    label: Text
    value: Any
    words: Text
    unit: str = ""


class AlertView(BaseModel, frozen=True):
    """A released warning as anybody may read it."""

    id: str
    code: str
    status: Status
    state: str
    kind: str
    kind_name: Text
    style: Style
    revision: int
    message_type: MessageType
    identifier: str
    severity: Severity
    urgency: str
    certainty: str
    risk_level: int | None
    event: Text | str
    headline: Text | str
    description: Text | str
    instruction: Text | str
    area: Area
    fields: list[FieldView]
    sent: datetime
    expires: datetime
    episode_id: str
    cap: str
    page: str


class MessageView(BaseModel, frozen=True):
    """One message of a thread."""

    revision: int
    type: MessageType
    identifier: str
    sent: datetime
    expires: datetime
    severity: Severity
    cap: str


class AlertDetail(AlertView):
    """A warning with its thread."""

    messages: list[MessageView]


class KindView(BaseModel, frozen=True):
    """A kind of hazard: what a composer needs."""

    id: str
    version: int
    name: Text
    fields: tuple[FieldSpec, ...]
    style: Style
    public: bool
    releasable: bool
    becomes: tuple[str, ...]
    named_cases: tuple[NamedCase, ...]
    second_person_from: Severity
    expires_min: int
    example: dict[str, Any]


class ActionView(BaseModel, frozen=True):
    """Something that the caller may do now."""

    action: str
    name: Text


class DeskCard(BaseModel, frozen=True):
    """A line of the operators' list."""

    id: str
    code: str
    version: int
    status: Status
    state: State
    origin: str
    kind: str
    severity: Severity
    headline: Text
    area: Text
    verdict: str | None
    over: bool
    suggested: bool
    review_due: list[int]
    created_at: datetime
    updated_at: datetime
    expires: datetime | None


class DeskQuery(PageQuery):
    """Which of the operators' warnings."""

    state: State | None = None
    status: Status | None = None


class DraftView(BaseModel, frozen=True):
    """A warning as operators see it: everything, and what may be done."""

    id: str
    code: str
    version: int
    episode_id: str
    status: Status
    state: State
    state_name: Text
    origin: str
    kind: KindView
    created_at: datetime
    updated_at: datetime
    created_by: str
    draft: Content | None
    suggested: Content | None
    current: Content | None
    provenance: Provenance
    edited_by: str | None
    submitted_by: str | None
    approved_by: str | None
    verdict: str | None
    over: bool
    messages: tuple[Message, ...]
    reviews: tuple[Review, ...]
    review_due: tuple[int, ...]
    findings: list[Finding]
    allowed: list[ActionView]


class Preview(BaseModel, frozen=True):
    """The next message as people would get it, in both languages, and as CAP."""

    message_type: MessageType
    headline: Text
    description: Text
    instruction: Text
    expires: datetime
    findings: list[Finding]
    cap: str
