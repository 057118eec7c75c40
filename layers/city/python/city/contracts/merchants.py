"""What the unit `merchants` publishes: acceptance points and their money, never who paid."""

from datetime import datetime
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
