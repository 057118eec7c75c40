"""What the unit `sla` publishes."""

from datetime import datetime
from typing import ClassVar, Literal

from city.contracts.envelope import Announcement

Rung = Literal["warn_80", "due", "late_2", "late_5"]


class ClockEscalated(Announcement):
    """A clock reached a rung of the ladder: 80 % used, due, two or five working days late."""

    unit: ClassVar[str] = "sla"
    happened: ClassVar[str] = "clock_escalated"
    subject_field: ClassVar[str] = "case_id"

    case_id: str
    assignment_no: int
    agency_id: str
    lead: bool
    rung: Rung
    due_at: datetime
    at: datetime
