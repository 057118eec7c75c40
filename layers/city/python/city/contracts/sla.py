"""What the unit `sla` publishes, and how other units hand it their promises."""

from datetime import datetime
from typing import ClassVar, Literal

from city.contracts.envelope import Announcement
from city.contracts.reports import ClockState

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


class ClocksTold(Announcement):
    """The clocks of a case that is no field report, as they stand after its step `seq`.

    Whichever unit made the promise says it, in the language of `sla`. Its cases bear a prefix, so
    that everybody knows their own; reports' ids have none.
    """

    unit: ClassVar[str] = "sla"
    happened: ClassVar[str] = "clocks_told"
    subject_field: ClassVar[str] = "case_id"

    case_id: str
    seq: int
    clocks: tuple[ClockState, ...]
    at: datetime
