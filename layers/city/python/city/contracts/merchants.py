"""What the unit `merchants` publishes: acceptance points and their money, never who paid."""

from datetime import date, datetime
from typing import ClassVar

from city.contracts.envelope import Announcement


class MerchantChanged(Announcement):
    """An acceptance point was asked for, opened, suspended, closed, or is paid elsewhere."""

    unit: ClassVar[str] = "merchants"
    happened: ClassVar[str] = "merchant_changed"
    subject_field: ClassVar[str] = "merchant_id"

    merchant_id: str
    state: str
    at: datetime


class MerchantAnswered(Announcement):
    """Staff answered an application, or suspended, let go on or closed; for its owner to read."""

    unit: ClassVar[str] = "merchants"
    happened: ClassVar[str] = "merchant_answered"
    subject_field: ClassVar[str] = "merchant_id"

    merchant_id: str
    owner: str
    name: str
    state: str
    reason: str
    at: datetime


class MerchantPaid(Announcement):
    """Somebody paid at an acceptance point."""

    unit: ClassVar[str] = "merchants"
    happened: ClassVar[str] = "merchant_paid"
    subject_field: ClassVar[str] = "merchant_id"

    merchant_id: str
    payment_id: str
    amount_vnd: int
    at: datetime


class MerchantRefunded(Announcement):
    """Money of a sale went back."""

    unit: ClassVar[str] = "merchants"
    happened: ClassVar[str] = "merchant_refunded"
    subject_field: ClassVar[str] = "merchant_id"

    merchant_id: str
    payment_id: str
    refund_id: str
    amount_vnd: int
    at: datetime


class MerchantSettled(Announcement):
    """A day of an acceptance point was settled; the file is kept under its SHA-256."""

    unit: ClassVar[str] = "merchants"
    happened: ClassVar[str] = "merchant_settled"
    subject_field: ClassVar[str] = "merchant_id"

    merchant_id: str
    day: date
    net_vnd: int
    sha256: str
    at: datetime
