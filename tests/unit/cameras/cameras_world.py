"""What the tests of `cameras` share: a camera, workers, queues, a bus and a clock."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.cameras import intake, registry, tending, workers
from city.cameras.desk import Desk
from city.cameras.model import Camera
from city.cameras.store import Store
from city.contracts.cameras import (
    Box,
    CameraConfig,
    CameraHealth,
    Detection,
    EvidenceItem,
    HealthReport,
    Orders,
    TakeOver,
)
from city.contracts.watching import Rule, WrongWay
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.reference import Reference
from world import RecordingBus, small_city

T0 = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 09:00 in Huế
PEPPER = "a secret of at least thirty-two characters"
SOURCE = "rtsp://user:pass-word@10.0.0.1/stream"
OPERATOR = Principal(user_id="operator", roles=frozenset({"citizen", "ioc_operator"}), acr=2)
SUPERVISOR = Principal(user_id="supervisor", roles=frozenset({"citizen", "ioc_supervisor"}), acr=2)
LANE = ((0.1, 0.4), (0.9, 0.4), (0.9, 0.9), (0.1, 0.9))


def wrong_way(**more: Any) -> WrongWay:
    """A rule."""
    told: dict[str, Any] = {
        "rule_id": "wrong-way", "name_vi": "Ngược chiều", "name_en": "Wrong way",
        "valid_from": T0 - timedelta(days=30), "lane": LANE, "direction": (0, -1),
        "authority": "cong-an-thanh-pho", "severity": "major",
    }  # fmt: skip
    return WrongWay(**{**told, **more})


class Waiting:
    """A queue that keeps what it is sent until somebody takes it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def send_all(self, bodies: Sequence[dict[str, Any]], delay_s: int = 0) -> None:
        self.messages += bodies

    def waiting(self) -> int:
        return len(self.messages)


class Addresses:
    """Addresses that say what they are for; what was removed is remembered."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        self.objects: dict[str, bytes] = {}

    def read(self, key: str) -> bytes:
        return self.objects[key]

    def keys(self, prefix: str, after: str | None = None) -> list[str]:
        return sorted(k for k in self.objects if k.startswith(prefix) and k > (after or ""))

    def remove(self, key: str) -> None:
        self.removed.append(key)

    def address(self, key: str, seconds: int) -> str:
        return f"signed:{key}?{seconds}"

    def form(self, key: str, content_type: str, most: int, seconds: int) -> dict[str, Any]:
        return {"url": "signed:form", "fields": {"key": key, "Content-Type": content_type}}


class World:
    """A registry in memory."""

    def __init__(
        self, table: Table | None = None, city: Callable[[], Reference] = small_city
    ) -> None:
        self.city = city
        self.memory = MemoryTable()
        self.table: Table = table or self.memory
        self.bus, self.now = RecordingBus(), T0
        self.assignments, self.readings = Waiting(), Waiting()
        self.pictures = Addresses()
        self._numbers = count(1)

    def desk(self) -> Desk:
        return Desk(
            store=Store(self.table), outbox=Outbox(self.table, self.bus),
            assignments=self.assignments, readings=self.readings, pictures=self.pictures,
            secret=PEPPER, now=self.now, new_id=lambda at: ulid(at, next(self._numbers)),
            city=self.city,
        )  # fmt: skip

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def register(self, id_: str = "cam-1", *rules: Rule, **more: Any) -> Camera:
        told: dict[str, Any] = {
            "id": id_, "name": {"vi": "Cầu", "en": "Bridge"}, "kind": "traffic",
            "lat": 16.46, "lon": 107.59, "source": SOURCE, **more,
        }  # fmt: skip
        camera = registry.register(self.desk(), registry.NewCamera(**told))
        if rules:
            camera = registry.changed(self.desk(), camera, rules=rules)
        return camera

    def enabled(self, id_: str = "cam-1", *rules: Rule, **more: Any) -> Camera:
        self.register(id_, *rules, **more)
        return registry.switch(self.desk(), id_, "enable")

    def lease(self, worker: str = "a", id_: str = "cam-1", **more: Any) -> CameraConfig:
        camera = Store(self.table).camera(id_)
        assert camera is not None
        ask = TakeOver(**{"worker": worker, "generation": camera.generation, **more})
        return workers.take_over(self.desk(), "fleet", id_, ask)

    def report(self, worker: str, *health: CameraHealth, **more: Any) -> Orders:
        told = HealthReport(
            worker=worker, at=self.now, provider="CPU", models=("m@1",), capacity=8,
            queue_dropped=0, cameras=health, **more,
        )  # fmt: skip
        return workers.report(self.desk(), "fleet", worker, told)

    def health(self, config: CameraConfig, **more: Any) -> CameraHealth:
        told: dict[str, Any] = {
            "camera_id": config.camera_id, "epoch": config.epoch,
            "config_version": config.config_version, "state": "live",
            "last_frame_at": self.now, "fps": 5.0, "sampled": 50, "dropped": 0, "reconnects": 0,
        }  # fmt: skip
        return CameraHealth(**{**told, **more})

    def detection(self, id_: str = "d1", **more: Any) -> Detection:
        told: dict[str, Any] = {
            "detection_id": id_, "camera_id": "cam-1", "epoch": 1, "worker": "a",
            "rule_id": "wrong-way", "rule_version": 1, "kind": "wrong_way", "severity": "major",
            "started_at": self.now, "at": self.now, "seen_at": self.now, "model": "m@1",
            "score": 0.8, "boxes": [box()],
        }  # fmt: skip
        return Detection(**{**told, **more})

    def take(self, detection: Detection) -> str:
        return intake.take(self.desk(), detection)

    def tend(self) -> tuple[int, int]:
        return tending.tend(self.desk())

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [e.data for e in self.bus.events if e.type.endswith(f".{kind}.v1")]

    def counted(self) -> dict[str, int]:
        return Store(self.table).counts(self.now).get("cam-1", {})


def box(x: float = 0.4, y: float = 0.5) -> Box:
    """A car somewhere in the picture."""
    return Box(label="car", score=0.9, top_left=(x, y), bottom_right=(x + 0.1, y + 0.1))


def evidence(at: datetime, **more: Any) -> EvidenceItem:
    """A still."""
    told: dict[str, Any] = {
        "role": "at", "key": "evidence/cam-1/at.jpg", "sha256": "0" * 64, "size": 10,
        "content_type": "image/jpeg", "taken_at": at, "signed_at": at,
    }  # fmt: skip
    return EvidenceItem(**{**told, **more})
