"""What the console sees of the review."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field, RootModel

from city.contracts.cameras import Box
from city.contracts.watching import Point, RuleKind, Severity
from city.kernel.page import PageQuery
from city.kernel.text import Text
from city.violations.model import Claim, DenyReason, Outcome, State


class QueueQuery(PageQuery):
    """`waiting` lists the queue as it is worked through; the other states a month, newest first."""

    state: State = State.WAITING
    kind: RuleKind | None = None
    severity: Severity | None = None
    camera_id: str | None = Field(None, max_length=41)
    month: str | None = Field(None, pattern=r"^20\d{4}$")


class Card(BaseModel, frozen=True):
    """A case in a list: one incident, however many detections."""

    id: str
    camera_id: str
    camera_name: Text
    rule_id: str
    rule_name: Text
    kind: RuleKind
    severity: Severity
    score: float
    state: State
    started_at: datetime
    received_at: datetime
    detections: int
    evidence: int
    claim: Claim | None
    handed_to: str | None
    handed_at: datetime | None
    outcome: Outcome | None
    simulated: bool
    place: tuple[float, float]
    ward: str | None


class Seen(BaseModel, frozen=True):
    """One detection of a case; boxes are shares of the picture."""

    detection_id: str
    at: datetime
    score: float
    boxes: tuple[Box, ...]
    measures: dict[str, float]
    said: str | None
    files: int


class CaseView(Card):
    """A case to be judged. `drawn` are the rule's polygons and lines; `may` the steps for you."""

    code: str
    state_name: Text
    rule_version: int
    model: str
    drawn: tuple[tuple[Point, ...], ...]
    authority: str | None
    legal_article: str | None
    plate: str | None
    ended_at: datetime
    reason: DenyReason | None
    note: str | None
    judged_by: str | None
    judged_at: datetime | None
    outcome_ref: str | None
    outcome_at: datetime | None
    erased_at: datetime | None
    due: datetime | None
    seen: list[Seen]
    may: list[Literal["claim", "confirm", "deny", "transfer", "outcome"]]
    version: int


class Cases(BaseModel, frozen=True):
    """Cases that were claimed, in the order of the queue."""

    items: list[CaseView]


class Choice(BaseModel, frozen=True):
    """A code with its name."""

    code: str
    name: Text


class Choices(BaseModel, frozen=True):
    """Codes of the review."""

    deny: list[Choice]
    outcomes: list[Choice]
    purposes: list[Choice]
    states: list[Choice]


class Totals(BaseModel, frozen=True):
    """Counts; `transferred_percent` is of detections, `precision` of what people judged."""

    detections: int
    incidents: int
    confirmed: int
    denied: int
    lapsed: int
    transferred: int
    sanctioned: int
    criminal_cases: int
    erased: int
    transferred_percent: float | None
    confirmed_percent: float | None


class Figures(BaseModel, frozen=True):
    """All, and each year of Huế's calendar. No automatic fine is among them: there is none."""

    all: Totals
    years: dict[str, Totals]


class Action(RootModel[dict[str, object]]):
    """The fields of the step."""
