"""CloudEvents 1.0 (cloudevents.io) around every event that a unit publishes."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from city.kernel.clock import stamp


class Announcement(BaseModel):
    """What happened, as data. Subclasses set `unit`, `happened` and `subject_field`.

    Consumers ignore fields that they do not know, so that a new field is no new version.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    unit: ClassVar[str]
    happened: ClassVar[str]
    subject_field: ClassVar[str]
    wire_version: ClassVar[int] = 1

    @classmethod
    def event_type(cls) -> str:
        """The CloudEvents `type`, such as `vn.hue.reports.report_received.v1`."""
        return f"vn.hue.{cls.unit}.{cls.happened}.v{cls.wire_version}"


class CloudEvent(BaseModel):
    """The envelope, JSON format. `traceparent` and `correlationid` are extension attributes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: str = "1.0"
    id: str
    type: str
    source: str
    subject: str
    time: str
    datacontenttype: str = "application/json"
    traceparent: str | None = None
    correlationid: str | None = None
    data: dict[str, Any]


def envelope(
    announcement: Announcement,
    *,
    event_id: str,
    at: datetime,
    traceparent: str | None = None,
    correlation_id: str | None = None,
) -> CloudEvent:
    """Wrap an announcement. `event_id` is what consumers are idempotent by."""
    return CloudEvent(
        id=event_id,
        type=announcement.event_type(),
        source=f"/hue/{announcement.unit}",
        subject=str(getattr(announcement, announcement.subject_field)),
        time=stamp(at),
        traceparent=traceparent,
        correlationid=correlation_id,
        data=announcement.model_dump(mode="json"),
    )
