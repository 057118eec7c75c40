"""A small city for tests: reference data on a page, tables in memory, a bus that remembers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.contracts.envelope import CloudEvent
from city.kernel.calendar import CalendarDay, WorkingCalendar
from city.kernel.ids import ulid
from city.kernel.people import Principal, Role
from city.kernel.reference import Reference
from city.kernel.text import Text
from city.reporters.store import Reporters
from city.reports.service import Desk
from city.reports.store import Reports

SECRET = "a test secret of at least thirty-two characters"
MONDAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def _text(words: str) -> Text:
    return Text(vi=words, en=words)


def small_city() -> Reference:
    """Two wards, four agencies, two categories; Tết 2022 and 24 November 2026 are off."""
    square = [[[107.5, 16.4], [107.6, 16.4], [107.6, 16.5], [107.5, 16.5], [107.5, 16.4]]]
    east = [[[107.6, 16.4], [107.7, 16.4], [107.7, 16.5], [107.6, 16.5], [107.6, 16.4]]]
    holidays = [date(2022, 1, 31) + timedelta(days=i) for i in range(5)] + [date(2026, 11, 24)]
    return Reference.from_documents(
        {
            "units": [
                {"code": "w1", "name": "Phường Một", "level": "commune"},
                {"code": "w2", "name": "Phường Hai", "level": "commune"},
            ],
            "agencies": [
                {"id": "drains", "name": _text("Thoát nước"), "kind": "enterprise"},
                {"id": "parks", "name": _text("Cây xanh"), "kind": "service"},
                {"id": "ward-1", "name": _text("UBND Phường Một"), "kind": "ward", "unit": "w1"},
                {"id": "ward-2", "name": _text("UBND Phường Hai"), "kind": "ward", "unit": "w2"},
            ],
            "categories": [
                {
                    "code": "drainage",
                    "name": _text("Thoát nước"),
                    "group": "roads",
                    "icon": "droplets",
                    "hint": _text("…"),
                },
                {
                    "code": "noise",
                    "name": _text("Tiếng ồn"),
                    "group": "order",
                    "icon": "volume-2",
                    "urgency": "immediate",
                    "hint": _text("…"),
                },
            ],
            "sla": [
                {"working_days": 7},
                {"category": "noise", "working_days": 1, "minutes": 120},
            ],
            "routing": [
                {
                    "code": "R1",
                    "category": "drainage",
                    "agency": "drains",
                    "priority": 10,
                    "text": _text("Thoát nước → đơn vị thoát nước"),
                },
                {"code": "R0", "agency": "ward_committee", "text": _text("Còn lại → phường")},
            ],
            "reasons": {
                name: [{"code": code, "vi": code, "en": code}]
                for name, code in {
                    "ineligible": "no_place",
                    "return": "not_ours",
                    "extension": "materials",
                    "rating": "slow",
                    "reopen": "not_fixed",
                }.items()
            },
            "boundaries": {
                "level": "commune",
                "approximate": True,
                "source": "test",
                "boundaries": [
                    {"code": "w1", "polygons": [square]},
                    {"code": "w2", "polygons": [east]},
                ],
            },
            "calendar": WorkingCalendar(
                valid_from=date(2019, 1, 1),
                valid_to=date(2030, 12, 31),
                holidays=tuple(
                    CalendarDay(date=day, name=_text("Nghỉ"), source="test") for day in holidays
                ),
            ),
        }
    )


class RecordingBus:
    """A bus that remembers; it can be told to refuse."""

    def __init__(self) -> None:
        self.events: list[CloudEvent] = []
        self.refusing = False

    def publish(self, events: Sequence[CloudEvent]) -> None:
        """Remember, or refuse."""
        if self.refusing:
            raise ConnectionError("the bus is away")
        self.events += events


@dataclass
class World:
    """Tables, bus and clock of one test."""

    reports_table: Table = field(default_factory=MemoryTable)
    vault_table: Table = field(default_factory=MemoryTable)
    bus: RecordingBus = field(default_factory=RecordingBus)
    city: Reference = field(default_factory=small_city)
    now: datetime = MONDAY

    def __post_init__(self) -> None:
        self._numbers = count(1)

    def desk(self) -> Desk:
        """The service's desk at this moment."""
        return Desk(
            reports=Reports(self.reports_table, Outbox(self.reports_table, self.bus)),
            vault=Reporters(self.vault_table),
            city=self.city,
            secret=SECRET,
            now=self.now,
            new_id=lambda moment: ulid(moment, next(self._numbers)),
        )

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


def person(name: str, *roles: Role, unit: str | None = None) -> Principal:
    """Somebody."""
    return Principal(user_id=name, roles=frozenset(roles or {Role.CITIZEN}), unit=unit)


LAN = person("lan")
MINH = person("minh")
OPERATOR = person("operator", Role.IOC_OPERATOR)
SUPERVISOR = person("supervisor", Role.IOC_SUPERVISOR)
DRAINS = person("officer-drains", Role.AGENCY_OFFICER, unit="drains")
PARKS = person("officer-parks", Role.AGENCY_OFFICER, unit="parks")

NEW_REPORT: dict[str, Any] = {
    "category": "drainage",
    "text": "Nắp cống vỡ trước số 12 Lê Lợi, xe máy dễ sụp bánh. Gọi tôi 0905123456",
    "place": {"lat": 16.46, "lon": 107.59, "address": "12 Lê Lợi"},
    "photos": [],
    "accept_terms": True,
}
