"""A small city of subscribers, an object store in memory, phones that remember."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.fanout.book import Library
from city.fanout.deliver import Worker
from city.fanout.model import Address, AreaShape, Delivery, Lane, Notice, Receipt, SliceMessage
from city.fanout.service import Hub, Order, release
from city.fanout.store import Deliveries
from city.fanout.subscribers import Person, Place, Preferences, Subscribers
from city.kernel.text import Text
from world import MONDAY

KINDS = ("flood", "storm", "air")
ROLES = ("citizen", "tourist", "press")


class Shelf:
    """Objects in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def read(self, key: str) -> bytes:
        return self.held[key]

    def read_range(self, key: str, first: int, last: int) -> bytes:
        return self.held[key][first:last]

    def write(self, key: str, data: bytes) -> None:
        self.held[key] = data


class Lanes:
    """Queues in memory: what was put, by lane."""

    def __init__(self) -> None:
        self.held: dict[str, list[SliceMessage]] = {"p0": [], "p1": [], "p2": []}

    def put(self, lane: Lane, messages: Sequence[SliceMessage], delay_s: int = 0) -> None:
        self.held[lane] += messages


class Phones:
    """Every device and what it shows; `moods` say how a device answers, one after another."""

    def __init__(self) -> None:
        self.shown: Counter[tuple[str, int]] = Counter()
        self.moods: dict[str, list[str]] = {}
        self.sent = 0
        self.die_after: int | None = None

    async def send(
        self, delivery: Delivery, targets: Sequence[tuple[Address, str]]
    ) -> Mapping[str, Receipt]:
        receipts: dict[str, Receipt] = {}
        for address, _ in targets:
            if self.die_after is not None and self.sent >= self.die_after:
                raise Died
            self.sent += 1
            mood = self.moods.get(address.id)
            verdict: Any = (mood.pop(0) if len(mood) > 1 else mood[0]) if mood else "accepted"
            if verdict == "silent":
                # It took the message, and the answer was lost.
                self.shown[address.id, delivery.notice.revision] += 1
                verdict = "later"
            elif verdict == "accepted":
                self.shown[address.id, delivery.notice.revision] += 1
            receipts[address.id] = Receipt(verdict=verdict)
        return receipts


class Died(BaseException):
    """The worker died here."""


def subscriber(n: int, **changes: Any) -> Person:
    """Somebody with a home and a phone; units are u0…u3 in a row of squares."""
    unit = n % 4
    home = Place(
        id="home", name="Nhà", lat=16.4 + (n % 97) / 1000, lon=107.5 + unit / 10 + (n % 89) / 1000,
        unit=f"u{unit}", home=True,
    )  # fmt: skip
    told: dict[str, Any] = {
        "id": f"user-{n:06}",
        "places": (home,),
        "devices": (Address(id=f"user-{n:06}/a", channel="webpush", endpoint=f"https://p/{n}"),),
        "preferences": Preferences(quiet_from=0, quiet_to=0),
    }
    return Person(**{**told, **changes})


@dataclass
class FanoutWorld:
    """Everything of one test."""

    table: Table = field(default_factory=MemoryTable)
    shelf: Shelf = field(default_factory=Shelf)
    lanes: Lanes = field(default_factory=Lanes)
    phones: Phones = field(default_factory=Phones)
    now: datetime = MONDAY
    forgotten: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.library = Library(self.table, self.shelf, KINDS, ROLES)
        self._ids = count(1)

    def copy(self) -> "FanoutWorld":
        """Another one with the same people, as if it had lived until now itself."""
        assert isinstance(self.table, MemoryTable)
        memory = MemoryTable()
        memory._rows = {pk: dict(rows) for pk, rows in self.table._rows.items()}
        made = FanoutWorld(table=memory, now=self.now)
        made.shelf.held.update(self.shelf.held)
        return made

    def join(self, *people: Person) -> None:
        """Let people subscribe."""
        held = Subscribers(self.table)
        for person in people:
            before, version = held.get(person.id)
            held.save(before, person, version)

    def hub(self) -> Hub:
        deliveries = Deliveries(self.table)
        return Hub(deliveries, self.library, self.shelf, self.lanes, lambda: self.now)

    def worker(self) -> Worker:
        return Worker(
            deliveries=Deliveries(self.table),
            book=self.library,
            send=self.phones.send,
            forget=lambda gone: self.forgotten.extend(a.id for a in gone),
            now=lambda: self.now,
        )

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def release(self, order: Order) -> Delivery | None:
        return release(self.hub(), order)


def order(lane: Lane = "p0", revision: int = 1, **changes: Any) -> Order:
    """A flood warning for the whole city, unless said otherwise."""
    area = changes.pop("area", AreaShape(everywhere=True))
    roles, extreme = changes.pop("roles", None), changes.pop("extreme", False)
    told: dict[str, Any] = {
        "delivery_id": "alert-1", "revision": revision, "tag": "episode-1", "kind": "flood",
        "title": Text(vi="Lũ khẩn cấp", en="Flood warning"),
        "body": Text(vi="Nước sông Hương trên báo động III.", en="The Huong is above alarm III."),
        "link": "/warnings/alert-1", "expires": MONDAY + timedelta(hours=12),
    }  # fmt: skip
    return Order(Notice(**{**told, **changes}), lane, area, roles, extreme)
