"""What the unit `grants` publishes."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel

from city.contracts.envelope import Announcement


class GrantState(BaseModel, frozen=True):
    """One role that a person may act in, at an organisation or by themselves."""

    role: str
    unit: str | None = None
    valid_from: datetime
    valid_to: datetime | None = None


class GrantsChanged(Announcement):
    """The whole set of a person's active roles after a change; `seq` counts a person's changes.

    A full set makes late and repeated events harmless: whoever listens keeps the highest `seq`.
    """

    unit: ClassVar[str] = "grants"
    happened: ClassVar[str] = "grants_changed"
    subject_field: ClassVar[str] = "subject"

    subject: str
    seq: int
    grants: tuple[GrantState, ...]
    at: datetime
