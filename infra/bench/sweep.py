"""What a sweep costs: items read and time must follow the due clocks, not the open ones."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from city.adapters.outbox import Outbox
from city.adapters.table import Operation, Row
from city.adapters.table_dynamo import DynamoTable, row_model
from city.adapters.table_memory import MemoryTable
from city.contracts.envelope import CloudEvent
from city.contracts.reports import ClockState
from city.kernel.calendar import WorkingCalendar
from city.sla import service
from city.sla.store import Clocks

from infra.bench.table import keep, show
from infra.seed.documents import documents

REGION = "ap-southeast-1"
OPEN = (1_000, 10_000, 100_000)
DUE = 100
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Silent:
    """A bus that takes everything and says nothing."""

    def publish(self, events: Sequence[CloudEvent]) -> None:
        """Take them."""


class Counting:
    """A table that counts what is read."""

    def __init__(self, inner: DynamoTable) -> None:
        self._inner = inner
        self.read = 0

    def get(self, pk: str, sk: str) -> Row | None:
        """See `Table.get`."""
        row = self._inner.get(pk, sk)
        self.read += row is not None
        return row

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """See `Table.get_many`."""
        found = self._inner.get_many(keys)
        self.read += len(found)
        return found

    def query(self, pk: str, **how: Any) -> tuple[list[Row], str | None]:
        """See `Table.query`."""
        rows, after = self._inner.query(pk, **how)
        self.read += len(rows)
        return rows, after

    def commit(self, *operations: Operation) -> None:
        """See `Table.commit`."""
        self._inner.commit(*operations)


def _clock(no: int, due_at: datetime) -> ClockState:
    return ClockState(
        assignment_no=1,
        agency_id=f"agency-{no % 235}",
        lead=True,
        status="running",
        started_at=due_at - timedelta(days=9),
        due_original_at=due_at,
        due_at=due_at,
    )


def _prepared(name: str, open_clocks: int, days: WorkingCalendar) -> DynamoTable:
    """A table with `open_clocks`, of which `DUE` are due now; the others in the coming weeks."""
    row_model(name, REGION).create_table(wait=True)
    memory = MemoryTable()
    clocks = Clocks(memory)
    opened = NOW - timedelta(hours=2)
    for no in range(open_clocks):
        # An immediate process makes the due instant free to choose: its ladder is in minutes.
        ahead = timedelta(minutes=-30) if no < DUE else timedelta(hours=60 + no % 480)
        service.follow(clocks, days, f"case-{no:07}", 1, [_clock(no, NOW + ahead)], opened)
    table = DynamoTable(name, REGION)
    table.write_blindly(memory.rows())
    return table


def run() -> None:
    """Measure and print."""
    days = WorkingCalendar.model_validate(documents()["calendar"])
    rows, figures = [], []
    for open_clocks in OPEN:
        name = f"bench-sla-{open_clocks}"
        inner = _prepared(name, open_clocks, days)
        table = Counting(inner)
        started = time.perf_counter()
        escalated = service.sweep(Clocks(table), Outbox(table, Silent()), days, NOW)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        rows.append([f"{open_clocks:,} open", escalated, table.read, milliseconds])
        figures.append(
            {"open": open_clocks, "escalated": escalated, "rows": table.read, "ms": milliseconds}
        )
        boto3.client("dynamodb").delete_table(TableName=name)
    show(
        f"SLA sweep, {DUE} clocks due",
        ["", "escalated", "rows read", "ms"],
        rows,
    )
    base = figures[0]["ms"]
    print(f"  ratio of times, 100,000 to 1,000 open: {figures[-1]['ms'] / base:.2f}")
    keep("sla_sweep", {"due": DUE, "runs": figures})
