"""Every consumer: fed twice, in reverse order, killed between every two steps; same final state.

`sla`, `stats` and `media` have theirs beside their unit tests; here are `notify`, `reports` as a
consumer, and the outbox that none of them can do without.
"""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from city.adapters.media_ids import make
from city.adapters.outbox import Outbox
from city.adapters.table import Row
from city.adapters.table_memory import MemoryTable
from city.contracts.cameras import CamerasFellSilent
from city.contracts.envelope import CloudEvent
from city.contracts.media import MediaReady
from city.contracts.reports import REPORT_EVENTS
from city.contracts.sla import ClockEscalated
from city.kernel.ids import ulid
from city.kernel.page import PageQuery
from city.notify import cameras
from city.notify import service as notify
from city.reporters.store import Reporters
from city.reports import service
from city.reports.service import NewReport
from city.reports.store import Reports
from mortal import Died, MortalTable
from world import DRAINS, LAN, NEW_REPORT, OPERATOR, RecordingBus, World

CONTRACTS = {c.event_type(): c for c in REPORT_EVENTS.values()}


def lived() -> World:
    """A world in which one report went all the way."""
    world = World()
    report = service.submit(world.desk(), NewReport.model_validate(NEW_REPORT), LAN.user_id)
    for action, who, fields in (
        ("verify", OPERATOR, {}),
        ("dispatch", OPERATOR, {"agencies": [{"agency_id": "drains"}]}),
        ("acknowledge", DRAINS, {}),
        ("answer", DRAINS, {"text": "Đã xử lý xong."}),
        ("publish", OPERATOR, {}),
    ):
        world.wait(minutes=1)
        service.act(world.desk(), report.id, action, fields, who)
    return world


def without_outbox(table: MemoryTable) -> list[Row]:
    return [row for row in table.rows() if not row.pk.startswith("OUTBOX#")]


def tell(world: World, table: Any, event: CloudEvent) -> None:
    contract = CONTRACTS[event.type]
    notify.tell(table, Reporters(world.vault_table), contract.model_validate(event.data), event.id)


def test_notify_in_any_order_and_twice() -> None:
    world = lived()
    expected = MemoryTable()
    for event in world.bus.events:
        tell(world, expected, event)
    for order in (world.bus.events * 2, world.bus.events[::-1], world.bus.events[::-1] * 2):
        table = MemoryTable()
        for event in order:
            tell(world, table, event)
        assert table.rows() == expected.rows()


@pytest.mark.parametrize("after", [False, True])
def test_notify_killed_at_every_commit(after: bool) -> None:
    world = lived()
    expected = MemoryTable()
    for event in world.bus.events:
        tell(world, expected, event)
    for event in world.bus.events:
        for at in itertools.count():
            table = MemoryTable()
            try:
                tell(world, MortalTable(table, at + 1, "after" if after else "before"), event)
            except Died:
                for again in world.bus.events:
                    tell(world, table, again)
                assert table.rows() == expected.rows()
                continue
            break


def dying(world: World, at: int, *, after: bool, bus: RecordingBus | None = None) -> service.Desk:
    """A desk whose table lets the process die at its n-th commit."""
    table: Any = MortalTable(world.reports_table, at + 1, "after" if after else "before")
    desk = world.desk()
    return service.Desk(
        reports=Reports(table, Outbox(table, bus or world.bus)),
        vault=desk.vault,
        city=desk.city,
        secret=desk.secret,
        now=desk.now,
        new_id=desk.new_id,
    )


def relay(world: World) -> None:
    Outbox(world.reports_table, world.bus).relay(world.now.replace(year=2027))


Do = Callable[[service.Desk], Any]


def _submit(desk: service.Desk) -> Any:
    return service.submit(desk, NewReport.model_validate(NEW_REPORT), LAN.user_id, key="k")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [0, 1])
def test_submitting_killed_anywhere_makes_one_report_and_one_event(at: int, after: bool) -> None:
    world = World()
    with pytest.raises(Died):
        _submit(dying(world, at, after=after))
    report = _submit(world.desk())
    relay(world)
    assert {e.id for e in world.bus.events} == {f"{report.id}-1"}
    assert len([r for r in without_outbox(world.reports_table) if r.sk == "META"]) == 1  # type: ignore[arg-type]
    assert not [r for r in world.reports_table.rows() if r.pk.startswith("OUTBOX#")]  # type: ignore[attr-defined]
    assert world.desk().vault.bond(report.id, LAN.user_id) == "reporter"


def test_a_bus_that_is_away_delays_events_and_loses_none() -> None:
    world = World()
    world.bus.refusing = True
    report = _submit(world.desk())
    assert world.bus.events == []
    world.bus.refusing = False
    relay(world)
    relay(world)
    assert [e.id for e in world.bus.events] == [f"{report.id}-1"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [0, 1])
def test_a_step_killed_anywhere_happens_once(at: int, after: bool) -> None:
    world = World()
    report = _submit(world.desk())
    with pytest.raises(Died):
        service.act(dying(world, at, after=after), report.id, "verify", {}, OPERATOR)
    if service.found(world.desk(), report.id).state == "RECEIVED":
        service.act(world.desk(), report.id, "verify", {}, OPERATOR)
    relay(world)
    assert {e.id for e in world.bus.events} == {f"{report.id}-1", f"{report.id}-2"}
    entries, _ = world.desk().reports.timeline(report.id, limit=10)
    assert [e.action for e in entries] == ["submit", "verify"]


def escalation(world: World) -> tuple[str, ClockEscalated]:
    report = _submit(world.desk())
    after = service.act(
        world.desk(), report.id, "dispatch", {"agencies": [{"agency_id": "drains"}]}, OPERATOR
    )
    assert after.due_at is not None
    rung = ClockEscalated(
        case_id=report.id,
        assignment_no=1,
        agency_id="drains",
        lead=True,
        rung="warn_80",
        due_at=after.due_at,
        at=world.now,
    )
    return report.id, rung


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [0, 1])
def test_escalations_killed_twice_and_reversed(at: int, after: bool) -> None:
    world = World()
    report_id, first = escalation(world)
    second = first.model_copy(update={"rung": "due"})
    with pytest.raises(Died):
        service.escalate(dying(world, at, after=after), first)
    for rung in (second, first, second, first):
        service.escalate(world.desk(), rung)
    relay(world)
    entries, _ = world.desk().reports.timeline(report_id, limit=100)
    rungs = sorted(e.detail["rung"] for e in entries if e.action == "escalate")
    assert rungs == ["due", "warn_80"]
    ids = [e.id for e in world.bus.events if e.type.endswith("report_escalated.v1")]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("early", [False, True])
def test_pictures_killed_twice_before_or_after_the_report(early: bool, after: bool) -> None:
    world = World()
    media_id = make(ulid(world.now, 9), LAN.user_id, world.desk().secret)
    ready = MediaReady(
        media_id=media_id,
        key="m/1.jpg",
        thumb_key="t/1.jpg",
        width=1,
        height=1,
        size_bytes=1,
        sha256="0" * 64,
        dhash="0" * 16,
    )
    body = NewReport.model_validate({**NEW_REPORT, "photos": [media_id]})
    if not early:
        service.submit(world.desk(), body, LAN.user_id, key="k")
    with pytest.raises(Died):
        service.picture_done(dying(world, 0, after=after), ready)
    service.picture_done(world.desk(), ready)
    report = service.submit(world.desk(), body, LAN.user_id, key="k")
    service.picture_done(world.desk(), ready)
    assert service.found(world.desk(), report.id).photos[0].key == "m/1.jpg"


def test_silent_cameras_are_told_to_the_centre_once() -> None:
    table, at = MemoryTable(), datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
    told = CamerasFellSilent(
        sweep_id="s", silent=("cam-1", "cam-2"), names={"cam-1": "Cầu", "cam-2": "Chợ"}, at=at
    )
    assert [cameras.tell(table, told, "event") for _ in range(2)] == [True, False]
    (item,) = notify.inbox(table, PageQuery(cursor=None, limit=20), OPERATOR).items
    assert (item.title.en, item.body.vi) == ("2 cameras without a picture", "Cầu, Chợ")
