"""What the tests of `vessels` share: the demo fleet, a clock, a queue and a bus."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.vessels import following, sweeping
from city.vessels.desk import Desk
from city.vessels.documents import from_documents
from city.vessels.model import Fix
from city.vessels.moments import millis
from city.vessels.store import Live, Store
from world import RecordingBus

from infra.seed.load_vessels import vessel_documents

NAM, HA = "account-nam", "account-ha"
DOCUMENTS = vessel_documents({"+84900000003": NAM, "+84900000004": HA})
BOOK = from_documents(DOCUMENTS, "test")
T0 = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 09:00 in Huế
FISHERIES = "so-nong-nghiep-moi-truong"
LIMIT, PROTECTED = "ranh-gioi-thu", "son-cha-hai-van"
PORT, SEA = (16.560, 107.640), (16.75, 108.00)

OWNER = Principal(user_id=NAM, roles=frozenset({"citizen"}))
OPERATOR = Principal(user_id="operator", roles=frozenset({"citizen", "ioc_operator"}))
OFFICER = Principal(
    user_id="officer", roles=frozenset({"citizen", "agency_officer"}), unit=FISHERIES, acr=2
)
HEAD = Principal(user_id="head", roles=frozenset({"citizen", "agency_head"}), unit=FISHERIES, acr=2)


class Line:
    """A queue that keeps what it is sent."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def send(self, body: dict[str, Any]) -> None:
        self.messages.append(body)


class World:
    """A table, a queue, a bus and a clock that tests set."""

    def __init__(self, table: Table | None = None) -> None:
        self.memory = MemoryTable()
        self.table: Table = table or self.memory
        self.bus, self.line = RecordingBus(), Line()
        self.now = T0
        self._numbers = count(1)

    @property
    def store(self) -> Store:
        return Store(self.table)

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.table, self.bus)

    def desk(self) -> Desk:
        return Desk(
            self.store, self.outbox, BOOK, self.now, lambda at: ulid(at, next(self._numbers))
        )

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def keep(self, *fixes: Fix) -> int:
        return following.keep(self.desk(), fixes, millis(self.now), "gw")

    def sweep(self) -> tuple[int, int]:
        return sweeping.sweep(self.desk())

    def live(self, boat: str) -> Live:
        return self.store.live(boat)[0]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [e.data for e in self.bus.events if e.type.endswith(f".{kind}.v1")]


def device(boat: str) -> str:
    """A boat's first terminal."""
    return BOOK.boat[boat].devices[0].id


def fix(
    boat: str,
    at: datetime,
    place: tuple[float, float] = SEA,
    *,
    by: str | None = None,
    knots: float | None = None,
) -> Fix:
    """A position of a boat."""
    return Fix(boat, by or device(boat), millis(at), *place, knots)


def voyage(boat: str, hours: Iterable[float], place: tuple[float, float] = SEA) -> list[Fix]:
    """Positions some hours after T0, near a place."""
    return [
        fix(boat, T0 + timedelta(hours=h), (place[0] + 0.001 * i, place[1]))
        for i, h in enumerate(hours)
    ]
