"""The nouns of a field report. Frozen: a step makes a new report (see `steps.py`)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from city.contracts.reports import Bucket, ClockState, Facts, RatingLevel, Timing
from city.kernel.ids import public_code
from city.reports.workflow import STATES, State

ACCEPTABLE: tuple[RatingLevel, ...] = ("very_satisfied", "satisfied", "acceptable")
REOPEN_WINDOW_DAYS = 15  # calendar days after publication in which a reporter may ask to reopen
ARBITER_AFTER = 2  # "not ours" answers after which a supervisor must decide


class Frozen(BaseModel):
    """Base of the nouns: immutable, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(Frozen):
    """Where: WGS84 degrees, what the reporter wrote, and the ward that contains the point."""

    lat: float
    lon: float
    address: str = ""
    ward: str | None = None


class Photo(Frozen):
    """A picture. Keys name objects of the media bucket; they are absent until intake is done."""

    id: str
    state: Literal["processing", "ready", "refused"] = "processing"
    key: str | None = None
    thumb_key: str | None = None
    width: int | None = None
    height: int | None = None
    dhash: str | None = None


class AssignmentState(StrEnum):
    """Where one agency stands with its part."""

    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    EXTENSION_REQUESTED = "extension_requested"
    RETURNED = "returned"
    FOLLOW_UP = "follow_up"
    ANSWERED = "answered"
    DONE = "done"
    CANCELLED = "cancelled"


WORKING = frozenset({AssignmentState.IN_PROGRESS, AssignmentState.EXTENSION_REQUESTED})
OPEN = WORKING | {AssignmentState.ASSIGNED, AssignmentState.FOLLOW_UP}
HAS_ANSWERED = frozenset({AssignmentState.ANSWERED, AssignmentState.DONE})


class Extension(Frozen):
    """A request for more time. The due time it replaced stays readable: nothing is overwritten."""

    asked_at: datetime
    working_days: int
    reason: str
    note: str = ""
    decision: Literal["approved", "refused"] | None = None
    decided_at: datetime | None = None
    old_due_at: datetime
    new_due_at: datetime | None = None


class Assignment(Frozen):
    """One agency's part, with its own clock. `no` counts from 1 over the report's whole life."""

    no: int
    round: int
    agency_id: str
    lead: bool
    state: AssignmentState = AssignmentState.ASSIGNED
    started_at: datetime
    working_days: int | None
    due_original_at: datetime
    due_at: datetime
    paused_at: datetime | None = None
    acknowledged_at: datetime | None = None
    done_at: datetime | None = None
    extensions: tuple[Extension, ...] = ()
    rule: str | None = None

    @property
    def clock(self) -> Literal["running", "paused", "stopped"]:
        """Whether time counts against the agency."""
        if self.state not in OPEN:
            return "stopped"
        return "paused" if self.paused_at else "running"

    @property
    def pending_extension(self) -> Extension | None:
        """The request that waits for a decision."""
        last = self.extensions[-1] if self.extensions else None
        return last if last and last.decision is None else None


class Answer(Frozen):
    """What an agency replied; public once the centre has published it."""

    assignment_no: int
    agency_id: str
    text: str
    photos: tuple[Photo, ...] = ()
    at: datetime
    published: bool = False


class Sanction(Frozen):
    """A fine that came of a report, in whole đồng."""

    agency_id: str
    amount_vnd: int = Field(gt=0)
    decision_no: str
    at: datetime


class Refusal(Frozen):
    """Why a report is not eligible."""

    code: str
    note: str = ""


class InfoRequest(Frozen):
    """A question to the reporter."""

    question: str
    asked_at: datetime
    by: Literal["ioc", "agency"]


class Report(Frozen):
    """The whole of a report but its reporter, who lives in the vault alone."""

    id: str
    state: State
    category: str
    text: str
    place: Place
    urgency: Literal["timed", "immediate"] = "timed"
    channel: str = "app"
    submitted_at: datetime
    updated_at: datetime
    photos: tuple[Photo, ...] = ()
    external_media_url: str | None = None
    assignments: tuple[Assignment, ...] = ()
    answers: tuple[Answer, ...] = ()
    sanctions: tuple[Sanction, ...] = ()
    refusal: Refusal | None = None
    info_request: InfoRequest | None = None
    plan_date: date | None = None
    merged_into: str | None = None
    resolved_at: datetime | None = None
    reopen_reason: str | None = None
    hidden: bool = False
    round: int = 1
    reopened: int = 0
    bounces: int = 0
    ratings: dict[RatingLevel, int] = Field(default_factory=dict)
    low_rated_round: int | None = None
    terms: str = ""
    regulation: str = ""
    seq: int = 0
    version: int = 1
    chain: str = ""

    @property
    def code(self) -> str:
        """The code people read out."""
        return public_code("PA", self.id)

    @property
    def running(self) -> list[Assignment]:
        """Assignments whose clock runs."""
        return [a for a in self.assignments if a.clock == "running"]

    @property
    def due_at(self) -> datetime | None:
        """The nearest effective due time that still counts."""
        return min((a.due_at for a in self.running), default=None)

    @property
    def current(self) -> list[Assignment]:
        """The assignments of this round that were not returned or cancelled."""
        gone = {AssignmentState.RETURNED, AssignmentState.CANCELLED}
        return [a for a in self.assignments if a.round == self.round and a.state not in gone]

    @property
    def lead(self) -> Assignment | None:
        """The current lead's assignment."""
        return next((a for a in self.current if a.lead), None)

    @property
    def bucket(self) -> Bucket:
        """The public bucket; a question asked by an agency leaves the report in progress."""
        if self.state is State.NEED_INFO and self.current:
            return Bucket.IN_PROGRESS
        return STATES[self.state].bucket

    @property
    def timing(self) -> Timing | None:
        """How the lead's answer stood against its due times, once resolved."""
        lead = self.lead
        if self.bucket is not Bucket.RESOLVED or lead is None or lead.done_at is None:
            return None
        if lead.done_at <= lead.due_original_at:
            return "original"
        return "extended" if lead.done_at <= lead.due_at else "late"

    def facts(self) -> Facts:
        """Everything that can be counted."""
        return Facts(
            bucket=self.bucket,
            category=self.category,
            ward=self.place.ward,
            agencies=tuple(dict.fromkeys(a.agency_id for a in self.assignments)),
            due_at=self.due_at,
            timing=self.timing,
            fines_vnd=sum(s.amount_vnd for s in self.sanctions),
            ratings={level: count for level, count in self.ratings.items() if count},
            reopened=self.reopened,
        )

    def clocks(self) -> tuple[ClockState, ...]:
        """The clock of every assignment."""
        return tuple(
            ClockState(
                assignment_no=a.no,
                agency_id=a.agency_id,
                lead=a.lead,
                status=a.clock,
                started_at=a.started_at,
                due_original_at=a.due_original_at,
                due_at=a.due_at,
            )
            for a in self.assignments
        )
