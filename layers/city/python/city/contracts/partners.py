"""What the unit `partners` publishes: which mini apps people see, and what was answered."""

from datetime import datetime
from typing import ClassVar

from city.contracts.envelope import Announcement
from city.kernel.text import Text


class PartnerAppChanged(Announcement):
    """A mini app went live, changed while live, or is shown no more. A higher `seq` is newer."""

    unit: ClassVar[str] = "partners"
    happened: ClassVar[str] = "partner_app_changed"
    subject_field: ClassVar[str] = "app_id"

    app_id: str
    seq: int
    shown: bool
    version: str
    name: Text
    organisation: Text
    icon: str
    roles: tuple[str, ...]
    at: datetime


class PartnerAppAnswered(Announcement):
    """An officer did something about a mini app; for whoever handed it in to read."""

    unit: ClassVar[str] = "partners"
    happened: ClassVar[str] = "partner_app_answered"
    subject_field: ClassVar[str] = "app_id"

    app_id: str
    to: str
    name: Text
    outcome: str
    about: Text | None
    words: str
    at: datetime
