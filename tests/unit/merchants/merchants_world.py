"""A street of acceptance points, in memory."""

import json
import sys
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from city.adapters.files import MemoryFiles
from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.reference import Reference
from city.merchants import joining, paying, refunding, scanning
from city.merchants.model import Payout
from city.merchants.office import Office
from city.merchants.paying import Checkout
from city.merchants.scanning import Scanner
from city.merchants.shapes import (
    Application,
    CodeView,
    Desk,
    NewCode,
    NewRefund,
    Pay,
    Read,
    ReadCode,
    Receipt,
    RefundView,
    Verdict,
)
from city.merchants.store import Merchants
from city.merchants.takings import Takings

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))
from ledger_world import Books, balances, check_invariants, payments_of
from world import MONDAY, SECRET, RecordingBus, small_city

__all__ = [
    "BOSS",
    "HUY",
    "LAN",
    "MINH",
    "RULES",
    "SHOP",
    "Street",
    "balances",
    "check_invariants",
    "city",
    "payments_of",
]

DATA = Path(__file__).parents[3] / "infra" / "seed" / "data"
RULES = json.loads((DATA / "merchants.json").read_text("utf-8"))
HUY = Principal(user_id="huy", roles=frozenset({"citizen", "business"}), acr=2)
BOSS = Principal(user_id="boss", roles=frozenset({"citizen", "administrator"}), acr=2)
LAN = Principal(user_id="lan", roles=frozenset({"citizen"}), acr=2)
MINH = Principal(user_id="minh", roles=frozenset({"citizen"}), acr=2)
SHOP = Application(
    name="Bún bò Hoa Sen", category="5812", ward="w1", address="1 Lê Lợi",
    payout=Payout(bank_bin="970436", account="0123456789", holder="DO QUANG HUY"),
)  # fmt: skip


def city() -> Reference:
    """The small city with the network's rules."""
    return small_city().model_copy(update={"more": {"merchants": RULES}})


@dataclass
class Street:
    """Everything of one test; `books` is the real ledger, whose time is everybody's."""

    table: Table = field(default_factory=MemoryTable)
    bus: RecordingBus = field(default_factory=RecordingBus)
    books: Books = field(default_factory=Books)
    files: MemoryFiles = field(default_factory=MemoryFiles)

    def __post_init__(self) -> None:
        self.books.now = MONDAY
        self._ids, self._draws, self._keys = count(1), count(1), count(1)
        self._city = city()

    @property
    def now(self) -> datetime:
        return self.books.now

    def office(self) -> Office:
        return Office(
            merchants=Merchants(self.table, Outbox(self.table, self.bus)),
            city=self._city,
            now=self.now,
            new_id=lambda moment: ulid(moment, next(self._ids)),
            draw=lambda: f"invitation-{next(self._draws)}",
        )

    def scanner(self) -> Scanner:
        return Scanner(self.office(), SECRET)

    def wait(self, **span: float) -> None:
        self.books.wait(**span)

    def shop(self, body: Application = SHOP, *, owner: Principal = HUY) -> Desk:
        """An acceptance point that is open."""
        asked = joining.apply(self.office(), body, owner)
        return joining.decide(self.office(), asked.id, Verdict(accept=True), BOSS)

    def code(self, shop: Desk, amount_vnd: int = 45_000, reference: str = "B12") -> CodeView:
        body = NewCode(amount_vnd=amount_vnd, reference=reference)
        return scanning.new_code(self.scanner(), shop.id, body, HUY)

    def read(self, text: str, who: Principal = LAN) -> Read:
        return scanning.understand(self.scanner(), ReadCode(text=text), who)

    def checkout(self) -> Checkout:
        takings = Takings(self.table, Outbox(self.table, self.bus))
        return Checkout(self.scanner(), takings, self.books.ledger)

    def key(self) -> str:
        return f"client-key-{next(self._keys)}"

    def pay(
        self, seen: Read, who: Principal = LAN, *, key: str | None = None, amount: int | None = None
    ) -> Receipt:
        body = Pay(quote=seen.quote or "", amount_vnd=amount)
        return paying.pay(self.checkout(), body, who, key or self.key())

    def sell(self, shop: Desk, amount_vnd: int = 45_000, who: Principal = LAN) -> Receipt:
        """Somebody pays by a code made for it."""
        return self.pay(self.read(self.code(shop, amount_vnd).payload, who), who)

    def give_back(
        self,
        shop: Desk,
        sold: Receipt,
        amount_vnd: int,
        who: Principal = HUY,
        key: str | None = None,
    ) -> RefundView:
        body = NewRefund(payment=sold.payment, amount_vnd=amount_vnd, reason="Đổi hàng")
        return refunding.ask(self.checkout(), shop.id, body, who, key or self.key())
