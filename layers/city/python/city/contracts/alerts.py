"""What the unit `alerts` publishes: released warnings with their public words, and new drafts."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, model_validator

from city.contracts.envelope import Announcement
from city.kernel.text import Text

MessageType = Literal["Alert", "Update", "Cancel"]
Status = Literal["Actual", "Exercise", "Test"]
AlertLane = Literal["P0", "P1", "P2"]
Severity = Literal["Extreme", "Severe", "Moderate", "Minor"]
Urgency = Literal["Immediate", "Expected", "Future", "Past"]
Certainty = Literal["Observed", "Likely", "Possible", "Unlikely"]
Origin = Literal["sensing", "reports", "detection", "hand"]

MAX_BYTES = 200_000  # the bus takes 256 KB with the envelope around it


class AlertArea(BaseModel, frozen=True):
    """Where a warning holds. Degrees as (lat, lon); polygons are closed; circles are (lat, lon,
    metres); `units` are codes of administrative units as of the day the message was sent."""

    units: tuple[str, ...] = ()
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    whole_city: bool = False


class AlertReleased(Announcement):
    """A message of a warning went out: the first (Alert), a change (Update) or its end (Cancel).

    `alert_id` stays the same through all of a warning's messages, `revision` counts them from 1;
    `episode_id` is the thread that phones group and replace by. `roles` None means everybody.
    Whatever is not `status` Actual must reach nobody but enrolled participants. `document` is the
    path of the CAP document. The words are the city's own and public.
    """

    unit: ClassVar[str] = "alerts"
    happened: ClassVar[str] = "alert_released"
    subject_field: ClassVar[str] = "alert_id"

    alert_id: str
    episode_id: str
    revision: int
    identifier: str
    message_type: MessageType
    status: Status
    lane: AlertLane
    kind: str
    severity: Severity
    urgency: Urgency
    certainty: Certainty
    sent: datetime
    effective: datetime
    expires: datetime
    headline: Text
    body: Text
    instruction: Text
    area: AlertArea
    roles: tuple[str, ...] | None = None
    references: tuple[str, ...] = ()
    document: str
    seq: int

    @model_validator(mode="after")
    def _fits_the_bus(self) -> "AlertReleased":
        if len(self.model_dump_json().encode()) > MAX_BYTES:
            raise ValueError("a released warning is larger than the bus takes")
        return self


class AlertDrafted(Announcement):
    """A warning waits for the operators; `origin` says what proposed it."""

    unit: ClassVar[str] = "alerts"
    happened: ClassVar[str] = "alert_drafted"
    subject_field: ClassVar[str] = "alert_id"

    alert_id: str
    episode_id: str
    kind: str
    status: Status
    severity: Severity
    origin: Origin
    at: datetime
    seq: int
