"""What is said about people's data: who looked, what is asked for, what was handed over.

`DataSeen` and `PersonalDataHandled` are announced by whichever unit holds the data; they belong to
the language of `privacy`, so their type is `vn.hue.privacy.*` whoever speaks. Nothing here names
a person: ids only, and `what` and `purpose` are codes.
"""

from datetime import datetime
from typing import ClassVar, Literal

from city.contracts.envelope import Announcement

DataRequest = Literal["export", "erase"]


class DataSeen(Announcement):
    """Somebody looked at a person's data in the course of their work."""

    unit: ClassVar[str] = "privacy"
    happened: ClassVar[str] = "data_seen"
    subject_field: ClassVar[str] = "subject"

    seen_id: str
    subject: str
    by: str
    by_role: str
    by_unit: str | None = None
    what: str
    purpose: str
    case: str | None = None
    at: datetime


class PersonalDataRequested(Announcement):
    """Every holder: write what you hold of this person, or erase what the law lets you."""

    unit: ClassVar[str] = "privacy"
    happened: ClassVar[str] = "personal_data_requested"
    subject_field: ClassVar[str] = "request_id"

    request_id: str
    subject: str
    kind: DataRequest
    at: datetime


class PersonalDataHandled(Announcement):
    """A holder is done. `law` names what obliges it to keep the rest."""

    unit: ClassVar[str] = "privacy"
    happened: ClassVar[str] = "personal_data_handled"
    subject_field: ClassVar[str] = "request_id"

    request_id: str
    holder: str
    outcome: Literal["done", "kept_by_law", "nothing"]
    items: int
    law: str | None = None
    at: datetime


class ConsentChanged(Announcement):
    """A person gave or withdrew consent to one purpose of one party."""

    unit: ClassVar[str] = "privacy"
    happened: ClassVar[str] = "consent_changed"
    subject_field: ClassVar[str] = "subject"

    subject: str
    purpose: str
    party: str
    state: Literal["given", "withdrawn"]
    seq: int
    at: datetime


class RetentionDue(Announcement):
    """A holder may forget rows of one kind that are older than a moment."""

    unit: ClassVar[str] = "privacy"
    happened: ClassVar[str] = "retention_due"
    subject_field: ClassVar[str] = "holder"

    holder: str
    kind: str
    before: datetime
    at: datetime
