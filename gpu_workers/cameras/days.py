"""The city's days off, as the newest configuration of a camera tells them."""

from dataclasses import dataclass
from datetime import date

from city.kernel.calendar import CalendarNotCovered, WorkingCalendar


@dataclass(slots=True)
class Days:
    """Stands for the calendar in a memory that outlives configurations."""

    known: WorkingCalendar | None = None

    def is_working_day(self, day: date) -> bool:
        """See `WorkingCalendar`.

        Raises:
            CalendarNotCovered: the configuration came without these days.
        """
        if self.known is None:
            raise CalendarNotCovered(first=day, last=day)
        return self.known.is_working_day(day)
