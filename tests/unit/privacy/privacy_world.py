"""A bureau with real purposes and deadlines, in memory."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from city.adapters.outbox import Outbox
from city.adapters.parts import MemoryParts
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.contracts.privacy import PersonalDataHandled
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.reference import Reference
from city.privacy.service import Bureau
from city.privacy.store import Privacy
from world import MONDAY, RecordingBus, small_city

DATA = Path(__file__).parents[3] / "infra" / "seed" / "data"
NAMES = ("purposes", "deadlines", "retention", "holders")
LAN = Principal(user_id="lan", roles=frozenset({"citizen"}))
OFFICER = Principal(user_id="officer", roles=frozenset({"citizen", "administrator"}))


def city() -> Reference:
    """The small city with the demo's documents."""
    more = {name: json.loads((DATA / f"{name}.json").read_text()) for name in NAMES}
    return small_city().model_copy(update={"more": more})


@dataclass
class Registry:
    """Everything of one test."""

    table: Table = field(default_factory=MemoryTable)
    bus: RecordingBus = field(default_factory=RecordingBus)
    parts: MemoryParts = field(default_factory=MemoryParts)
    city: Reference = field(default_factory=city)
    now: datetime = MONDAY

    def __post_init__(self) -> None:
        self._ids = count(1)

    def bureau(self) -> Bureau:
        return Bureau(
            privacy=Privacy(self.table, Outbox(self.table, self.bus)),
            city=self.city,
            parts=self.parts,
            now=self.now,
            new_id=lambda moment: ulid(moment, next(self._ids)),
        )

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def said(self, happened: str) -> list[dict[str, object]]:
        return [e.data for e in self.bus.events if e.type.endswith(f"{happened}.v1")]

    def answer(self, request_id: str, holder: str, **more: object) -> PersonalDataHandled:
        told = {"outcome": "done", "items": 1, **more}
        return PersonalDataHandled.model_validate(
            {"request_id": request_id, "holder": holder, "at": self.now, **told}
        )
