"""What the tests of `violations` share: cases, officers, buckets, a bus and a clock."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.contracts.cameras import (
    Box,
    Detection,
    DetectionMade,
    EvidenceCame,
    EvidenceItem,
    PlateReading,
)
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.text import Text
from city.violations import intake, reviewing
from city.violations.desk import Desk
from city.violations.model import Violation
from city.violations.store import Store
from world import RecordingBus, small_city

T0 = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 09:00 in Huế
PEPPER = "a secret of at least thirty-two characters"
POLICE = "drains"  # an agency of the small city stands for the police
LAN = Principal(user_id="lan", roles=frozenset({"citizen", "ioc_operator"}), acr=2)
MINH = Principal(user_id="minh", roles=frozenset({"citizen", "ioc_operator"}), acr=2)
CHIEF = Principal(
    user_id="chief", roles=frozenset({"citizen", "ioc_supervisor"}), acr=2,
    stepped_up_until=T0 + timedelta(days=400),
)  # fmt: skip
OFFICER = Principal(user_id="officer", roles=frozenset({"agency_officer"}), unit=POLICE, acr=2)
STRANGER = Principal(user_id="stranger", roles=frozenset({"agency_officer"}), unit="parks", acr=2)
CITY = small_city()


class Bucket:
    """Objects in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def read(self, key: str) -> bytes:
        return self.held[key]

    def write(self, key: str, data: bytes) -> None:
        self.held[key] = data

    def remove(self, key: str) -> None:
        self.held.pop(key, None)

    def address(self, key: str, seconds: int) -> str:
        return f"signed:{key}?{seconds}"


class World:
    """The review in memory."""

    def __init__(self, table: Table | None = None) -> None:
        self.memory = MemoryTable()
        self.table: Table = table or self.memory
        self.bus, self.now = RecordingBus(), T0
        self.evidence, self.packs = Bucket(), Bucket()
        self._numbers = count(1)

    def desk(self) -> Desk:
        return Desk(
            store=Store(self.table), outbox=Outbox(self.table, self.bus), evidence=self.evidence,
            packs=self.packs, agency=CITY.agency, secret=PEPPER, now=self.now,
            new_id=lambda at: ulid(at, next(self._numbers)),
        )  # fmt: skip

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def files(self, id_: str, *roles: str) -> tuple[EvidenceItem, ...]:
        """Files that are in the bucket."""
        made = []
        for role in roles or ("at", "clip"):
            data = f"{id_} {role}".encode()
            key = f"evidence/cam-1/{id_}/{role}"
            self.evidence.write(key, data)
            kind = "video/mp4" if role == "clip" else "image/jpeg"
            made.append(
                EvidenceItem.model_validate(
                    {
                        "role": role, "key": key, "sha256": hashlib.sha256(data).hexdigest(),
                        "size": len(data), "content_type": kind, "taken_at": self.now,
                        "signed_at": self.now,
                    }
                )
            )  # fmt: skip
        return tuple(made)

    def made(self, id_: str = "v1", incident: str | None = None, **more: Any) -> DetectionMade:
        plate = more.pop("plate", "75A12345")
        told: dict[str, Any] = {
            "detection_id": id_, "camera_id": "cam-1", "epoch": 1, "worker": "a",
            "rule_id": "red-light", "rule_version": 1, "kind": "red_light", "severity": "major",
            "started_at": self.now, "at": self.now, "seen_at": self.now, "model": "m@1",
            "score": 0.8, "boxes": [Box(label="car", score=0.9, top_left=(0.1, 0.1),
                                        bottom_right=(0.2, 0.2))],
            "plate": PlateReading(text=plate, score=0.9) if plate else None,
        }  # fmt: skip
        return DetectionMade(
            incident_id=incident or id_, detection=Detection(**{**told, **more}),
            camera_name=Text(vi="Cầu", en="Bridge"), place=(16.46, 107.59),
            rule_name=Text(vi="Vượt đèn đỏ", en="Red light"),
            drawn=(((0.2, 0.6), (0.8, 0.6)),), authority=POLICE,
        )  # fmt: skip

    def case(self, id_: str = "v1", **more: Any) -> Violation:
        """A case with evidence."""
        if "evidence" not in more:
            more["evidence"] = self.files(id_)
        event = self.made(id_, **more)
        intake.take(self.desk(), event)
        return self.get(event.incident_id)

    def came(self, id_: str = "v1", incident: str | None = None) -> EvidenceCame:
        return EvidenceCame(incident_id=incident or id_, detection_id=id_, evidence=self.files(id_))

    def act(self, action: str, id_: str = "v1", who: Principal = LAN, **raw: Any) -> Violation:
        return reviewing.act(self.desk(), id_, action, raw, who)

    def get(self, id_: str = "v1") -> Violation:
        return self.desk().violation(id_)

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [e.data for e in self.bus.events if e.type.endswith(f".{kind}.v1")]

    def actions(self, id_: str = "v1") -> list[str]:
        entries, _ = Store(self.table).entries(f"V#{id_}", None, 100)
        return [entry.action for entry in entries]
