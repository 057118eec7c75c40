"""Intake survives doubles, deaths and strangers."""

from typing import Any

import pytest
from test_picture import bomb, photo
from world import MONDAY, SECRET, Crash, CrashingTable, RecordingBus

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.adapters.table_memory import MemoryTable
from city.kernel.ids import ulid
from city.kernel.problems import NotFound, TooMany
from city.media import service
from city.media.service import Darkroom, NewMedia


class Drawers:
    """The two buckets in memory."""

    def __init__(self) -> None:
        self.inbox: dict[str, bytes] = {}
        self.shelf: dict[str, bytes] = {}

    def presign(self, key: str, content_type: str, max_bytes: int, life_s: int) -> dict[str, Any]:
        return {"url": "http://here", "fields": {"key": key, "Content-Type": content_type}}

    def incoming(self, key: str, limit: int) -> bytes | None:
        return self.inbox.get(key)

    def publish(self, key: str, data: bytes) -> None:
        self.shelf[key] = data

    def discard(self, key: str) -> None:
        self.inbox.pop(key, None)

    def address(self, key: str) -> str:
        return f"http://here/{key}"


def darkroom(table: Table, bus: RecordingBus, drawers: Drawers, *, sandbox: bool = True) -> Darkroom:
    return Darkroom(
        table=table,
        outbox=Outbox(table, bus),
        blobs=drawers,
        secret=SECRET,
        now=MONDAY,
        new_id=lambda moment: ulid(moment, 5),
        sandbox=sandbox,
    )


def upload(room: Darkroom, drawers: Drawers, raw: bytes) -> tuple[str, str]:
    body = NewMedia(content_type="image/jpeg", size=len(raw) or 1)
    asked = service.ask(room, body, "lan")
    key = asked.upload.fields["key"]
    drawers.inbox[key] = raw
    return asked.id, key


@pytest.mark.parametrize("raw", [photo(), bomb()])
def test_twice_is_once(raw: bytes) -> None:
    table, bus, drawers = MemoryTable(), RecordingBus(), Drawers()
    room = darkroom(table, bus, drawers)
    media_id, key = upload(room, drawers, raw)
    for _ in range(3):
        service.intake(room, key)
    assert len(bus.events) == 1
    assert drawers.inbox == {}
    state = service.look(room, media_id, "lan").state
    assert state == ("ready" if raw == photo() else "refused")
    with pytest.raises(NotFound):
        service.look(room, media_id, "minh")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(2))
def test_dying_anywhere_loses_nothing(at: int, after: bool) -> None:
    table, bus, drawers = MemoryTable(), RecordingBus(), Drawers()
    media_id, key = upload(darkroom(table, bus, drawers), drawers, photo())
    dying = darkroom(CrashingTable(table, at, after=after), bus, drawers)  # type: ignore[arg-type]
    with pytest.raises(Crash):
        service.intake(dying, key)
    room = darkroom(table, bus, drawers)
    service.intake(room, key)
    room.outbox.relay(MONDAY.replace(year=2027))
    assert {e.id for e in bus.events} == {f"media-{key.removeprefix('incoming/')}"}
    assert service.look(room, media_id, "lan").state == "ready"
    assert drawers.inbox == {}
    assert len(drawers.shelf) == 2


def test_strangers_in_the_bucket_are_thrown_out() -> None:
    table, bus, drawers = MemoryTable(), RecordingBus(), Drawers()
    drawers.inbox["incoming/unknown"] = photo()
    assert service.intake(darkroom(table, bus, drawers), "incoming/unknown") == "unknown"
    assert (drawers.inbox, drawers.shelf, bus.events) == ({}, {}, [])


def test_asking_has_a_limit() -> None:
    table, bus, drawers = MemoryTable(), RecordingBus(), Drawers()
    room = darkroom(table, bus, drawers, sandbox=False)
    body = NewMedia(content_type="image/png", size=10)
    numbers = iter(range(100))
    from dataclasses import replace

    many = replace(room, new_id=lambda moment: ulid(moment, next(numbers)))
    for _ in range(service.PER_HOUR):
        service.ask(many, body, "lan")
    with pytest.raises(TooMany):
        service.ask(many, body, "lan")
