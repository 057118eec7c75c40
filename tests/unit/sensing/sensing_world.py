"""What the tests of `sensing` share: the city's own documents, a clock, a queue and a bus."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.contracts.envelope import CloudEvent
from city.sensing import service
from city.sensing.documents import from_documents
from city.sensing.intake import Batch, Receipt, take
from city.sensing.model import millis
from city.sensing.store import Store
from city.sensing.tables import AirTable, FireTable, RiverTable, WaterTable

from infra.seed.load_sensing import sensing_documents

DOCUMENTS = sensing_documents()
CITY = from_documents(DOCUMENTS, "test")
T0 = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 09:00 in Huế


def _table(table_id: str) -> Any:
    return next(table for table in CITY.tables if table.id == table_id)


AIR: AirTable = _table("vn-aqi-2019")
WATER: WaterTable = _table("vn-wqi-2019")
FIRE: FireTable = _table("fire-hue-2022")


def river(station: str, day: date = date(2025, 10, 29)) -> RiverTable:
    """A gauge's alarm levels on a day."""
    return next(t for t in CITY.river(station) if t.holds(day))


class Bus:
    """Remembers what was published; `down` makes it refuse."""

    def __init__(self) -> None:
        self.events: list[CloudEvent] = []
        self.down = False

    def publish(self, events: Sequence[CloudEvent]) -> None:
        if self.down:
            raise ConnectionError("the bus is down")
        self.events += events


class Line:
    """A queue that keeps what it is sent; `down` makes it refuse."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.down = False

    def send(self, body: dict[str, Any]) -> None:
        if self.down:
            raise ConnectionError("the queue is down")
        self.messages.append(body)


class World:
    """A table, a queue, a bus and a clock that tests set."""

    def __init__(self, table: Table | None = None) -> None:
        self.memory = MemoryTable()
        self.table: Table = table or self.memory
        self.bus, self.line = Bus(), Line()
        self.now = T0

    @property
    def store(self) -> Store:
        return Store(self.table)

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.table, self.bus)

    def send(self, *items: tuple[str, datetime, float], **more: Any) -> Receipt:
        """Readings through the door, by the gateway of the first one's stream."""
        gateway = str(CITY.stream[items[0][0]].gateway)
        listed = [{"stream": s, "t": millis(t), "v": v, **more} for s, t, v in items]
        batch = Batch(gateway=gateway, items=listed)
        return take(self.store, self.line, CITY, gateway, batch, self.now)

    def work(self) -> int:
        """Empty the queue; returns how many changes were told."""
        told = 0
        while self.line.messages:
            message = self.line.messages.pop(0)
            told += service.process(self.store, self.outbox, CITY, message, self.now)[1]
        return told

    def feed(self, stream: str, values: Sequence[float], *, every: timedelta | None = None) -> int:
        """Values at their stream's interval, each processed at its own time."""
        step = every or timedelta(seconds=CITY.stream[stream].interval_s)
        told = 0
        for value in values:
            self.send((stream, self.now, value))
            told += self.work()
            self.now += step
        return told

    def roll_up(self) -> tuple[int, int]:
        return service.roll_up(self.store, self.outbox, CITY, self.now)

    def sweep(self) -> tuple[int, int]:
        return service.sweep(self.store, self.outbox, CITY, self.now)

    def pass_time(self, **time: int) -> None:
        self.now += timedelta(**time)

    def told(self) -> list[tuple[str, int, int, int]]:
        """Rule, seq, previous level and level of each distinct event, in order."""
        once = {event.id: event.data for event in self.bus.events}
        return [(d["rule"], d["seq"], d["previous_level"], d["level"]) for d in once.values()]
