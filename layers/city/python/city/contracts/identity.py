"""What the unit `identity` publishes: ids only."""

from datetime import datetime
from typing import ClassVar

from city.contracts.envelope import Announcement


class _AboutAccount(Announcement):
    unit: ClassVar[str] = "identity"
    subject_field: ClassVar[str] = "user_id"

    user_id: str
    at: datetime


class AccountLocked(_AboutAccount):
    """An account may not sign in; `reason` is a code."""

    happened: ClassVar[str] = "account_locked"

    reason: str


class AccountUnlocked(_AboutAccount):
    """An account may sign in again."""

    happened: ClassVar[str] = "account_unlocked"


class AccountErased(_AboutAccount):
    """A person's account was pseudonymised at their request."""

    happened: ClassVar[str] = "account_erased"


class ProfileChanged(_AboutAccount):
    """A person declared their profile anew, or their identity was verified."""

    happened: ClassVar[str] = "profile_changed"
