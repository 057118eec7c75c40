"""What the tests of `alerts` share: the city's documents, a desk at a set moment, people."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.alerts import service
from city.alerts.desk import Desk
from city.alerts.documents import from_documents
from city.alerts.fields import NewDraft
from city.alerts.kinds import Book
from city.alerts.model import Alert
from city.alerts.store import Alerts
from city.contracts.alerts import AlertReleased
from city.contracts.sensing import EpisodeChanged, EpisodePlace
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.reference import Reference
from world import RecordingBus

from infra.seed.documents import documents
from infra.seed.load_alerts import alerts_documents

T0 = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 09:00 in Huế
OPERATOR = Principal(user_id="operator", roles=frozenset({"ioc_operator"}))
SUPERVISOR = Principal(user_id="supervisor", roles=frozenset({"ioc_supervisor"}))
SECOND = Principal(user_id="second", roles=frozenset({"ioc_supervisor"}))
CITIZEN = Principal(user_id="citizen", roles=frozenset({"citizen"}))
AREA = {"name": {"vi": "Phường Kim Long", "en": "Kim Long ward"}, "units": ["19774"]}
SQUARE = [[16.45, 107.55], [16.45, 107.58], [16.48, 107.58], [16.48, 107.55], [16.45, 107.55]]
DOCUMENTS = alerts_documents()


@functools.cache
def hue() -> Reference:
    """The demo city's reference data."""
    return Reference.from_documents(documents())


@functools.cache
def book() -> Book:
    """The demo city's hazards."""
    return from_documents(DOCUMENTS, "test")


@dataclass
class World:
    """A table, a bus and a clock that tests set."""

    table: Table = field(default_factory=MemoryTable)
    bus: RecordingBus = field(default_factory=RecordingBus)
    book: Book = field(default_factory=book)
    now: datetime = T0

    def __post_init__(self) -> None:
        self._ids = count(1)

    def desk(self) -> Desk:
        return Desk(
            alerts=Alerts(self.table, Outbox(self.table, self.bus)),
            book=self.book,
            city=hue(),
            base_url="https://hue.example",
            now=self.now,
            new_id=lambda moment: ulid(moment, next(self._ids)),
        )

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def draft(self, kind: str = "river_flood", **changes: Any) -> Alert:
        known = next(k for k in self.book.kinds if k.id == kind)
        body = {
            "kind": kind,
            "severity": known.example.severity,
            "fields": known.example.fields,
            "area": AREA,
            **changes,
        }
        return service.draft(self.desk(), NewDraft.model_validate(body), OPERATOR)

    def act(self, warning: Alert | str, action: str, who: Principal, **fields: Any) -> Alert:
        alert_id = warning if isinstance(warning, str) else warning.id
        return service.act(self.desk(), alert_id, action, fields, who)

    def out(self, warning: Alert, **release: Any) -> Alert:
        """Submitted by the operator, approved and released by the supervisor."""
        self.act(warning, "submit", OPERATOR)
        self.act(warning, "approve", SUPERVISOR)
        return self.act(warning, "release", SUPERVISOR, **release)

    def released(self) -> list[AlertReleased]:
        told = (e for e in self.bus.events if e.type == AlertReleased.event_type())
        return [AlertReleased.model_validate(e.data) for e in told]

    def said(self, happened: str) -> Sequence[dict[str, Any]]:
        return [e.data for e in self.bus.events if e.type.endswith(f"{happened}.v1")]


def episode(seq: int = 1, level: int = 1, **changes: Any) -> EpisodeChanged:
    """A step of a flood at Kim Long."""
    values = {1: 1.44, 2: 2.71, 3: 3.9, 4: 4.57}
    base: dict[str, Any] = {
        "episode_id": "01HZZZZZZZZZZZZZZZZZZZZZZZ",
        "seq": seq,
        "kind": "river_level",
        "streams": ("kim-long.water_level",),
        "station": "kim-long",
        "place": EpisodePlace(lat=16.457, lon=107.561, units=("19774",)),
        "level": level,
        "previous_level": max(0, level - 1),
        "levels": (1.0, 2.0, 3.5, 4.5),
        "value": values.get(level, 0.5),
        "uom": "m",
        "trend": "rising",
        "opened_at": T0,
        "at": T0 + timedelta(minutes=10 * (seq - 1)),
        "rule": "river-kim-long",
        "rule_version": 1,
        "table_version": "river-kim-long-2020",
        "reading_ids": ("kim-long.water_level@1763604000000",),
        "closed": level == 0,
    }
    return EpisodeChanged(**{**base, **changes})
