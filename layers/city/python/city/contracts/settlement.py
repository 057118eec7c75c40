"""What the unit `settlement` publishes: that a day was reconciled, and how it came out."""

from datetime import date, datetime
from typing import ClassVar

from city.contracts.envelope import Announcement


class DayReconciled(Announcement):
    """A day was compared with the billers' and the bank's books."""

    unit: ClassVar[str] = "settlement"
    happened: ClassVar[str] = "day_reconciled"
    subject_field: ClassVar[str] = "run_id"

    run_id: str
    day: date
    state: str
    differences: int
    covered: bool
    at: datetime
