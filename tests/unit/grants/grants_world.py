"""Organisations, people and a clock for the tests of grants."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.grants.service import Office
from city.grants.store import Grants
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.reference import Organisation, Reference, RoleKind
from world import MONDAY, SECRET, RecordingBus, small_city

DATA = Path(__file__).parents[3] / "infra" / "seed" / "data"


def city(*more: RoleKind) -> Reference:
    """The small city with the demo's roles and organisations, and roles that only data know."""
    read: Any = {
        n: json.loads((DATA / f"{n}.json").read_text()) for n in ("roles", "organisations")
    }
    return small_city().model_copy(
        update={
            "roles": (*(RoleKind(**r) for r in read["roles"]), *more),
            "organisations": tuple(Organisation(**o) for o in read["organisations"]),
        }
    )


def admin_of(unit: str, name: str = "") -> Principal:
    """An organisation's administrator."""
    role = "organisation_admin"
    return Principal(
        user_id=name or f"admin-{unit}",
        roles=frozenset({"citizen", role}),
        posts=frozenset({(role, unit)}),
    )


def platform(name: str) -> Principal:
    """An administrator of the platform who has just used a passkey."""
    return Principal(
        user_id=name, roles=frozenset({"citizen", "administrator"}), acr=2,
        stepped_up_until=MONDAY + timedelta(days=900),
        posts=frozenset({("administrator", "nen-tang")}),
    )  # fmt: skip


LAN = Principal(user_id="lan", roles=frozenset({"citizen"}))
UNION = admin_of("cong-doan")


@dataclass
class Hall:
    """Everything of one test."""

    table: Table = field(default_factory=MemoryTable)
    bus: RecordingBus = field(default_factory=RecordingBus)
    city: Reference = field(default_factory=city)
    now: datetime = MONDAY

    def __post_init__(self) -> None:
        self._ids = count(1)
        self._letters = count(0)

    def office(self) -> Office:
        return Office(
            grants=Grants(self.table, Outbox(self.table, self.bus)),
            city=self.city,
            secret=SECRET,
            now=self.now,
            new_id=lambda moment: ulid(moment, next(self._ids)),
            draw=lambda n: (next(self._letters) * 7 + 3) % n,
        )

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def told(self, subject: str = "lan") -> dict[int, set[tuple[str, str | None]]]:
        """What others were told of a person: seq → active roles."""
        return {
            e.data["seq"]: {(g["role"], g["unit"]) for g in e.data["grants"]}
            for e in self.bus.events
            if e.type.endswith("grants_changed.v1") and e.data["subject"] == subject
        }
