"""A counter that issues cards, in memory."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.cards import service
from city.cards.codes import CardKeys
from city.cards.model import CardView, NewCard, Qr, QrQuery
from city.cards.service import Counter
from city.cards.store import Cards
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.reference import Reference
from world import MONDAY, SECRET, RecordingBus, small_city

DATA = Path(__file__).parents[3] / "infra" / "seed" / "data"
LAN = Principal(user_id="lan", roles=frozenset({"citizen"}), acr=2)
CLERK = Principal(
    user_id="clerk-9", roles=frozenset({"citizen", "ward_officer"}), unit="ward-1",
    posts=frozenset({("ward_officer", "ward-1")}),
)  # fmt: skip
SHOP = Principal(user_id="shop", roles=frozenset({"citizen", "business"}))
TOLD = {
    "sub": "lan", "acr": "2", "name": "Nguyễn Thị Lan", "birth_date": "2009-01-08",
    "home_unit": "w1", "roles": ["citizen"],
}  # fmt: skip


def city() -> Reference:
    """The small city with the demo's cards."""
    cards = json.loads((DATA / "cards.json").read_text())
    return small_city().model_copy(update={"more": {"cards": cards}})


@dataclass
class Hall:
    """Everything of one test."""

    table: Table = field(default_factory=MemoryTable)
    bus: RecordingBus = field(default_factory=RecordingBus)
    city: Reference = field(default_factory=city)
    now: datetime = MONDAY
    told: dict[str, Any] = field(default_factory=lambda: dict(TOLD))

    def __post_init__(self) -> None:
        self._ids, self._nonces = count(1), count(1)

    def counter(self) -> Counter:
        return Counter(
            cards=Cards(self.table, Outbox(self.table, self.bus)),
            keys=CardKeys(self.table, SECRET),
            city=self.city,
            now=self.now,
            new_id=lambda moment: ulid(moment, next(self._ids)),
            draw=lambda: f"nonce-{next(self._nonces)}",
            attested=lambda token, now: self.told,
        )

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def card(self, kind: str = "citizen") -> CardView:
        return service.issue(self.counter(), NewCard(kind=kind, attestation="x"), LAN)

    def qr(self, card: CardView, mode: Any = "online") -> Qr:
        return service.show(self.counter(), card.id, QrQuery(mode=mode), LAN)
