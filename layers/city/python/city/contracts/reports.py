"""What the unit `reports` publishes. No field says who reported.

One event per step of the workflow, all of one shape. `before` and `after` hold everything that can
be counted about the report, so that a counter is a sum of differences and never needs the report.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from city.contracts.envelope import Announcement


class Bucket(StrEnum):
    """The city's public partition of all reports: each is in exactly one."""

    PENDING = "pending"
    INELIGIBLE = "ineligible"
    IN_PROGRESS = "in_progress"
    FOLLOW_UP = "follow_up"
    RESOLVED = "resolved"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


Timing = Literal["original", "extended", "late"]
RatingLevel = Literal["very_satisfied", "satisfied", "acceptable", "unsatisfied"]


class Facts(BaseModel, frozen=True):
    """What counts. `due_at` is the earliest effective due time of a running assignment, or None."""

    bucket: Bucket
    category: str
    ward: str | None = None
    agencies: tuple[str, ...] = ()
    due_at: datetime | None = None
    timing: Timing | None = None
    fines_vnd: int = 0
    ratings: dict[RatingLevel, int] = Field(default_factory=dict)
    reopened: int = 0


class ClockState(BaseModel, frozen=True):
    """The clock of one assignment as it stands after the step."""

    assignment_no: int
    agency_id: str
    lead: bool
    status: Literal["running", "paused", "stopped"]
    started_at: datetime
    due_original_at: datetime
    due_at: datetime


class ReportPlace(BaseModel, frozen=True):
    """Where, as on the public map."""

    lat: float
    lon: float


class ReportChanged(Announcement):
    """A step of one report. `seq` grows by one with every step and is its place in the timeline."""

    unit: ClassVar[str] = "reports"
    subject_field: ClassVar[str] = "report_id"

    report_id: str
    code: str
    seq: int
    action: str
    at: datetime
    actor: Literal["citizen", "ioc", "agency", "system"]
    agency_id: str | None = None
    from_state: str | None = None
    to_state: str
    round: int = 1
    before: Facts | None = None
    after: Facts
    clocks: tuple[ClockState, ...] = ()
    place: ReportPlace | None = None


_STEPS = {
    "submit": "report_received",
    "verify": "report_taken",
    "request_info": "info_requested",
    "provide_info": "info_provided",
    "reject": "report_rejected",
    "appeal": "report_appealed",
    "decide_appeal": "appeal_decided",
    "merge": "report_merged",
    "withdraw": "report_withdrawn",
    "dispatch": "report_dispatched",
    "acknowledge": "report_acknowledged",
    "return": "report_returned",
    "request_extension": "extension_requested",
    "decide_extension": "extension_decided",
    "follow_up": "follow_up_started",
    "resume": "work_resumed",
    "sanction": "sanction_recorded",
    "answer": "report_answered",
    "send_back": "answer_sent_back",
    "publish": "report_resolved",
    "rate": "report_rated",
    "request_reopen": "reopen_requested",
    "decide_reopen": "reopen_decided",
    "close": "report_closed",
    "hide": "report_hidden",
    "unhide": "report_unhidden",
    "escalate": "report_escalated",
}


def _contract(action: str, happened: str) -> type[ReportChanged]:
    name = "".join(part.capitalize() for part in happened.split("_"))
    return type(
        name,
        (ReportChanged,),
        {
            "__doc__": f"A report went through the step `{action}`.",
            "__module__": __name__,
            "happened": happened,
            "__annotations__": {"happened": "ClassVar[str]"},
        },
    )


REPORT_EVENTS: dict[str, type[ReportChanged]] = {
    action: _contract(action, happened) for action, happened in _STEPS.items()
}
"""The event of each action; the keys are the actions of the workflow table."""
