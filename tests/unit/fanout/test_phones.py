"""Phones, places and keys: what is kept of people, what is refused, and why they were told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from city.adapters.table import Operation
from city.adapters.table_memory import MemoryTable
from city.contracts.alerts import AlertArea, AlertReleased
from city.contracts.privacy import ConsentChanged
from city.contracts.vessels import RecallOrdered
from city.fanout import devices, here, subscribers, vapid
from city.fanout.here import ConsentNeeded, NewHere
from city.fanout.lanes import Lanes
from city.fanout.model import Address, AreaShape
from city.fanout.orders import LONGEST, order, to_skippers
from city.fanout.service import heard
from city.fanout.subscribers import Preferences, Subscribers
from city.fanout.webpush import b64
from city.fanout.why import why
from city.kernel.people import Principal
from city.kernel.problems import Forbidden, Invalid, NotFound
from city.kernel.text import text
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from fanout_world import FanoutWorld, subscriber
from fanout_world import order as small_order
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from world import MONDAY

SECRET = "a secret of at least thirty-two characters"
SERVICES = ("fcm.googleapis.com", "*.push.apple.com")
LAN = Principal(user_id="lan", roles=frozenset({"citizen"}))
DEVICE: TypeAdapter[Any] = TypeAdapter(devices.NewDevice)


@pytest.mark.parametrize(
    ("endpoint", "good"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://fcm.googleapis.com:443/x", True),
        ("https://web.push.apple.com/x", True),
        ("https://push.apple.com/x", False),
        ("https://evilpush.apple.com.evil.test/x", False),
        ("https://fcm.googleapis.com.evil.test/x", False),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8080/x", False),
        ("https://user@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com\\@evil.test/x", False),
        ("https://[::1]/x", False),
        ("https://127.0.0.1/x", False),
        ("http://localhost:9000/push/x", False),
        ("ftp://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:99999/x", False),
        ("", False),
    ],
)
def test_only_push_services_on_the_list_are_called(endpoint: str, good: bool) -> None:
    assert devices.allowed(endpoint, SERVICES, sandbox=False) is good


def test_a_sandbox_also_calls_this_machine_and_nothing_else() -> None:
    assert devices.allowed("http://localhost:9000/push/x", SERVICES, sandbox=True)
    for other in ("http://10.0.0.1/x", "http://metadata/x", "http://localhost.evil.test/x"):
        assert not devices.allowed(other, SERVICES, sandbox=True)


def browser(n: int = 1) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {
        "channel": "webpush",
        "endpoint": f"https://fcm.googleapis.com/{n}",
        "keys": {"p256dh": b64(point), "auth": b64(bytes(16))},
    }


def add(people: Subscribers, told: dict[str, Any], **claims: Any) -> devices.PushDevice:
    body = devices.DeviceBody(device=told)
    return devices.add(people, LAN, body, SERVICES, False, lambda t, n: claims, MONDAY)


def test_the_same_browser_is_one_device_and_the_oldest_gives_way() -> None:
    people = Subscribers(MemoryTable())
    told = browser()
    first = add(people, told)
    assert add(people, told).id == first.id
    for n in range(2, 12):
        add(people, browser(n))
    listed = devices.listed(people, "lan").items
    assert len(listed) == subscribers.DEVICES
    assert first.id not in {d.id for d in listed}
    devices.remove(people, "lan", listed[0].id)
    with pytest.raises(NotFound):
        devices.remove(people, "lan", listed[0].id)
    with pytest.raises(NotFound):
        devices.remove(people, "somebody", listed[1].id)


def test_short_messages_go_to_the_attested_number_of_the_caller() -> None:
    people = Subscribers(MemoryTable())
    told = {"channel": "sms", "attestation": "x"}
    shown = add(people, told, sub="lan", phone="+84900000011")
    assert shown.at == "…011"
    assert people.get("lan")[0].devices[0].endpoint == "+84900000011"
    for claims in ({"sub": "minh", "phone": "+84900000012"}, {"sub": "lan"}):
        with pytest.raises(Forbidden):
            add(people, told, **claims)


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "carrier-pigeon"}, {"channel": "fcm", "token": "short"},
        {"channel": "fcm", "token": "has spaces in it, twenty characters"}, {},
        {**browser(), "keys": {"p256dh": "AAAA", "auth": b64(bytes(16))}},
        {**browser(), "more": 1},
    ],
)  # fmt: skip
def test_what_is_no_device(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DEVICE.validate_python(wrong)


def consent(state: Any, seq: int, purpose: str = here.PURPOSE) -> ConsentChanged:
    return ConsentChanged(
        subject="lan", purpose=purpose, party="city", state=state, seq=seq, at=MONDAY
    )


def where(lat: float, lon: float) -> str | None:
    return "w1" if lat > 16 else None


def test_where_one_is_is_a_cell_for_a_day_with_consent() -> None:
    table = MemoryTable()
    point = NewHere(lat=16.466812, lon=107.579234)
    with pytest.raises(ConsentNeeded):
        here.note(table, LAN, point, where, MONDAY)
    here.consented(table, consent("given", 1))
    kept = here.note(table, LAN, point, where, MONDAY)
    assert "16.466812" not in str(table.rows())
    assert kept.until == MONDAY + timedelta(hours=24)
    person = Subscribers(table).get("lan")[0]
    assert [s[3] for s in person.spots] == ["w1"]
    with pytest.raises(Invalid):
        here.note(table, LAN, NewHere(lat=10, lon=106), where, MONDAY)
    assert here.expire(table, MONDAY + timedelta(hours=23)) == 0
    assert here.expire(table, MONDAY + timedelta(hours=24)) == 1
    assert Subscribers(table).get("lan")[0].here is None


def test_a_newer_place_outlives_the_older_ones_end() -> None:
    table = MemoryTable()
    here.consented(table, consent("given", 1))
    for hours in (0, 10):
        here.note(table, LAN, NewHere(lat=16.4, lon=107.5), where, MONDAY + timedelta(hours=hours))
    assert here.expire(table, MONDAY + timedelta(hours=24)) == 0
    assert Subscribers(table).get("lan")[0].here is not None
    assert here.expire(table, MONDAY + timedelta(hours=34)) == 1


@given(st.permutations([("given", 1), ("withdrawn", 2), ("given", 3), ("withdrawn", 4)]))
def test_consent_in_any_order_ends_as_it_was_last(order_of: list[tuple[str, int]]) -> None:
    table = MemoryTable()
    for state, seq in [*order_of, order_of[0]]:
        here.consented(table, consent(state, seq))
        if state == "given" and seq == 1:
            here.consented(table, consent(state, seq, "usage_statistics"))
    with pytest.raises(ConsentNeeded):
        here.note(table, LAN, NewHere(lat=16.4, lon=107.5), where, MONDAY)


def test_withdrawing_forgets_the_place_at_once() -> None:
    table = MemoryTable()
    here.consented(table, consent("given", 1))
    here.note(table, LAN, NewHere(lat=16.4, lon=107.5), where, MONDAY)
    here.consented(table, consent("withdrawn", 2))
    assert Subscribers(table).get("lan")[0].here is None


def test_one_key_for_all_functions_sealed_in_the_table() -> None:
    table = MemoryTable()
    made = [vapid.vapid(table, SECRET, "", "https://city.test").public for _ in range(2)]
    assert made[0] == made[1]
    assert "PRIVATE KEY" not in str(table.rows())
    own = ec.generate_private_key(ec.SECP256R1())
    pem = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert vapid.vapid(table, SECRET, pem, "x").public != made[0]
    other = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(ValueError, match="P-256"):
        vapid.vapid(
            table, SECRET,
            other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), "x",
        )  # fmt: skip


class Meddled(MemoryTable):
    """Somebody changes their settings while a shard is being built."""

    def __init__(self) -> None:
        super().__init__()
        self.meddle: Any = None

    def commit(self, *operations: Operation) -> None:
        meddle, self.meddle = self.meddle, None
        if meddle:
            meddle()
        super().commit(*operations)


def test_a_change_during_a_build_is_in_the_next_one() -> None:
    table = Meddled()
    world = FanoutWorld(table=table)
    world.join(subscriber(1), subscriber(5))

    def mute() -> None:
        told = Preferences(muted=frozenset({"flood"}), quiet_from=0, quiet_to=0)
        subscribers.change(
            Subscribers(table), "user-000005", frozenset({"citizen"}), preferences=told
        )

    table.meddle = mute  # at the first write of the build: its people were read already
    world.library.compile()
    world.library.compile()
    delivery = world.release(small_order())
    assert delivery is not None
    assert delivery.audience == 1


def test_new_kinds_make_every_shard_anew() -> None:
    world = FanoutWorld()
    world.join(subscriber(1))
    world.library.compile()
    from city.fanout.book import Library
    from fanout_world import KINDS, ROLES

    more = Library(world.table, world.shelf, (*KINDS, "tsunami"), ROLES)
    assert more.compile() == 1
    assert more.compile() == 0
    assert more.current()[1].kind_names == (*KINDS, "tsunami")


def released(**changes: Any) -> AlertReleased:
    told: dict[str, Any] = {
        "alert_id": "a1", "episode_id": "e1", "revision": 1, "identifier": "i", "seq": 1,
        "message_type": "Alert", "status": "Actual", "lane": "P0", "kind": "flood",
        "severity": "Extreme", "urgency": "Immediate", "certainty": "Observed",
        "sent": MONDAY, "effective": MONDAY, "expires": MONDAY + timedelta(hours=4),
        "headline": text("Lũ", "Flood"), "body": text("N" * 900, "W" * 900),
        "instruction": text("Lên chỗ cao.", "Go up."), "area": AlertArea(whole_city=True),
        "document": "/x",
    }  # fmt: skip
    return AlertReleased(**{**told, **changes})


def test_what_to_do_is_never_cut_off() -> None:
    made = order(released())
    assert len(made.notice.body.vi) <= LONGEST
    assert made.notice.body.vi.endswith("… Lên chỗ cao.")
    assert (made.lane, made.extreme, made.area.everywhere) == ("p0", True, True)
    ended = order(released(message_type="Cancel", body=text("Đã hết.", "Over.")))
    assert (ended.notice.cancels, ended.notice.body.en) == (True, "Over.")
    for status in ("Exercise", "Test"):
        assert order(released(status=status, lane="P2")).notice.exercise


def test_why_somebody_was_told_or_not() -> None:
    world = FanoutWorld()
    world.join(subscriber(0))
    area = AreaShape(units=frozenset({"u0"}))
    world.release(small_order(area=area, roles=frozenset({"citizen"})))
    hub, lives_there = world.hub(), subscriber(0)
    assert why(hub, lives_there, "alert-1").because == ["Nhà"]
    silent = lives_there.model_copy(
        update={"devices": (), "preferences": Preferences(muted=frozenset({"flood"}))}
    )
    assert why(hub, silent, "alert-1").not_pushed == ["muted", "no_device", "quiet_hours"]
    press = lives_there.model_copy(update={"roles": frozenset({"press"})})
    assert why(hub, press, "alert-1").not_because == ["roles"]
    assert why(hub, subscriber(1), "alert-1").not_because == ["elsewhere"]
    with pytest.raises(NotFound):
        why(hub, lives_there, "alert-2")


def recall(**changes: Any) -> RecallOrdered:
    told: dict[str, Any] = {
        "notice_id": "recall-1", "revision": 1, "headline": text("Gọi tàu", "Recall"),
        "body": text("Về ngay.", "Return."), "persons": ("user-000001", "stranger"),
        "link": "/me/vessels", "at": MONDAY, "expires": MONDAY + timedelta(hours=12),
    }  # fmt: skip
    return RecallOrdered(**{**told, **changes})


def test_named_persons_hear_it_wherever_they_are_and_nobody_else() -> None:
    world = FanoutWorld()
    world.join(subscriber(1), subscriber(2))
    people = Subscribers(world.table)
    called = recall()
    subscribers.ensure(people, called.persons)
    made = world.release(to_skippers(called))
    assert made is not None
    assert (made.audience, made.lane) == (2, "p0")
    hub = world.hub()
    for name, told in (("user-000001", True), ("stranger", True), ("user-000002", False)):
        person = people.get(name)[0]
        box = heard(hub, person, MONDAY).items
        assert [one.personal for one in box] == [True] * told
        assert why(hub, person, "recall-1").told is told
    ended = world.release(to_skippers(recall(revision=2, cancel=True)))
    assert ended is not None
    assert (ended.audience, ended.notice.cancels) == (2, True)


def test_a_recall_for_exercise_reaches_only_who_enrolled() -> None:
    world = FanoutWorld()
    enrolled = Preferences(exercise=True, quiet_from=0, quiet_to=0)
    world.join(subscriber(1), subscriber(2, preferences=enrolled))
    made = world.release(to_skippers(recall(persons=("user-000001", "user-000002"), exercise=True)))
    assert made is not None
    assert (made.audience, made.lane) == (1, "p2")


def test_what_a_person_takes_along_and_what_is_left() -> None:
    table = MemoryTable()
    people = Subscribers(table)
    add(people, browser())
    here.consented(table, consent("given", 1))
    here.note(table, LAN, NewHere(lat=16.4, lon=107.5), where, MONDAY)
    taken = subscribers.export(people, "lan")
    assert "auth" not in str(taken)
    assert taken["here"] and taken["devices"]
    assert people.forget("lan")
    assert "lan" not in str([r for r in table.rows() if r.pk not in ("DIRTY", "HERE")])
    assert subscribers.export(people, "lan") == {}
    subscribers.forget_devices(people, [Address(id="lan/x", channel="webpush", endpoint="x")])


def test_lanes_send_to_their_own_queue() -> None:
    sent: dict[str, list[Any]] = {"p0": [], "p1": []}

    class Queue:
        def __init__(self, name: str) -> None:
            self.name = name

        def send_all(self, bodies: Any, delay_s: int = 0) -> None:
            sent[self.name].append((len(bodies), delay_s))

    world = FanoutWorld()
    world.join(*(subscriber(n) for n in range(3)))
    world.release(small_order())
    Lanes({name: Queue(name) for name in sent}).put("p0", world.lanes.held["p0"], 7)
    assert sent == {"p0": [(1, 7)], "p1": []}


def test_a_manifest_of_nobody() -> None:
    world = FanoutWorld()
    world.join(subscriber(0))
    made = world.release(replace(small_order(), roles=frozenset({"press"})))
    assert made is not None
    assert (made.audience, made.slices) == (0, 0)
