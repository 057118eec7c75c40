"""A small city for the tests of `sla`: a calendar, a recording bus, tables that count or fail."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from city.adapters.outbox import Outbox
from city.adapters.table import Operation, Row, Table
from city.adapters.table_memory import MemoryTable
from city.contracts.envelope import CloudEvent
from city.contracts.reports import ClockState
from city.kernel.calendar import CalendarDay, WorkingCalendar
from city.kernel.clock import HUE
from city.kernel.text import text
from city.sla import service
from city.sla.store import Clocks

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)  # Monday 12:00 in Huế; a month without holidays


def end_of(day: str) -> datetime:
    """The last second of a day in Huế."""
    return datetime.fromisoformat(f"{day}T23:59:59").replace(tzinfo=HUE).astimezone(UTC)


DUE = end_of("2026-03-11")


def weekdays(*holidays: str, until: str = "2028-12-31") -> WorkingCalendar:
    """Monday to Friday, less the given holidays."""
    return WorkingCalendar(
        valid_from=date(2025, 1, 1),
        valid_to=date.fromisoformat(until),
        holidays=tuple(
            CalendarDay(date=date.fromisoformat(day), name=text("Nghỉ", "Off"), source="test")
            for day in holidays
        ),
    )


class Bus:
    """Remembers what was published; `down` makes it refuse."""

    def __init__(self) -> None:
        self.events: list[CloudEvent] = []
        self.down = False

    def publish(self, events: Sequence[CloudEvent]) -> None:
        if self.down:
            raise ConnectionError("the bus is down")
        self.events += events

    @property
    def said(self) -> list[tuple[str, int, str]]:
        """Case, assignment and rung of each distinct event, in order."""
        once = {event.id: event.data for event in self.events}
        return [(d["case_id"], d["assignment_no"], d["rung"]) for d in once.values()]


class CountingTable:
    """Counts calls and the rows that reads returned."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.reads = self.rows_read = self.commits = 0

    def get(self, pk: str, sk: str) -> Row | None:
        row = self._table.get(pk, sk)
        self.reads, self.rows_read = self.reads + 1, self.rows_read + (row is not None)
        return row

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        found = self._table.get_many(keys)
        self.reads, self.rows_read = self.reads + 1, self.rows_read + len(found)
        return found

    def query(self, pk: str, **how: Any) -> tuple[list[Row], str | None]:
        rows, after = self._table.query(pk, **how)
        self.reads, self.rows_read = self.reads + 1, self.rows_read + len(rows)
        return rows, after

    def commit(self, *operations: Operation) -> None:
        self.commits += 1
        self._table.commit(*operations)

    @property
    def tally(self) -> tuple[int, int, int]:
        return self.reads, self.rows_read, self.commits


class City:
    """A table, its outbox and a bus, and the two things that `sla` does with them."""

    def __init__(self, table: Table | None = None, *, bus: Bus | None = None) -> None:
        self.memory = MemoryTable()
        self.table: Table = table or self.memory
        self.bus = bus or Bus()
        self.days = weekdays()

    @property
    def clocks(self) -> Clocks:
        return Clocks(self.table)

    def follow(self, seq: int, *states: ClockState, now: datetime = NOON, case: str = "R1") -> int:
        return service.follow(self.clocks, self.days, case, seq, states, now)

    def sweep(self, now: datetime, **limits: int) -> int:
        outbox = Outbox(self.table, self.bus)
        return service.sweep(self.clocks, outbox, self.days, now, **limits)

    def relay(self, now: datetime) -> None:
        Outbox(self.table, self.bus).relay(now + timedelta(seconds=1))

    def pointers(self) -> list[Row]:
        return [row for row in self.memory.rows() if row.pk.startswith("DUE#")]


def state(
    *,
    no: int = 1,
    status: Literal["running", "paused", "stopped"] = "running",
    start: datetime = NOON,
    due: datetime = DUE,
    original: datetime | None = None,
    agency: str = "ag-1",
) -> ClockState:
    """A clock of seven working days from Monday 2 March 2026, unless told otherwise."""
    return ClockState(
        assignment_no=no,
        agency_id=agency,
        lead=no == 1,
        status=status,
        started_at=start,
        due_original_at=original or due,
        due_at=due,
    )
