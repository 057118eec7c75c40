"""Accounts: where one is signed in, locks and appeals, roles that come and go."""

from datetime import timedelta
from typing import Any

import pytest
from city.adapters.acts import acts_of
from city.contracts.grants import GrantsChanged, GrantState
from city.identity import devices, locks, service, sessions
from city.identity.locks import AccountsQuery, AppealDecision, NewAppeal, NewLock
from city.identity.model import AccountLocked, Device, Refresh, WrongCode
from city.kernel.page import PageQuery
from city.kernel.problems import Invalid, NotFound, Unauthenticated
from identity_world import ADMIN, CODE, PHONE, House


@pytest.fixture
def house() -> House:
    return House()


def test_devices_are_listed_and_ended_one_by_one(house: House) -> None:
    phone, who = house.sign_in(device="Điện thoại")
    laptop, _ = house.sign_in(device="Máy tính")
    listed = devices.listed(house.door(), who).items
    assert [(d.name, d.current) for d in listed] == [("Máy tính", False), ("Điện thoại", True)]
    devices.end(house.door(), who, listed[0].id)
    assert house.revoked == [who.user_id]
    with pytest.raises(Unauthenticated):
        sessions.refresh(house.door(), laptop.refresh_token)
    sessions.refresh(house.door(), phone.refresh_token)
    with pytest.raises(NotFound):
        devices.end(house.door(), ADMIN, listed[1].id)


def test_sign_out_everywhere(house: House) -> None:
    signed_in = [house.sign_in()[0] for _ in range(3)]
    _, who = house.sign_in()
    devices.end_all(house.door(), who.user_id)
    for tokens in signed_in:
        with pytest.raises(Unauthenticated):
            sessions.refresh(house.door(), tokens.refresh_token)
    assert devices.listed(house.door(), who).items == []
    assert house.revoked == [who.user_id]


def test_a_locked_person_is_told_so_only_after_the_right_code(house: House) -> None:
    tokens, who = house.sign_in()
    locks.lock(house.door(), who.user_id, NewLock(reason="abusive_language", note="…"), ADMIN)
    assert house.revoked == [who.user_id]
    assert house.said("account_locked")[0]["reason"] == "abusive_language"
    with pytest.raises(Unauthenticated):
        sessions.refresh(house.door(), tokens.refresh_token)
    service.demand(house.door(), PHONE, "10.0.0.1")
    with pytest.raises(WrongCode):
        service.sign_in(house.door(), PHONE, "000000")
    with pytest.raises(AccountLocked) as refused:
        service.sign_in(house.door(), PHONE, CODE)
    assert refused.value.extra["reason"] == "abusive_language"


def test_an_appeal_is_heard_by_another_administrator(house: House) -> None:
    _, who = house.sign_in()
    locks.lock(house.door(), who.user_id, NewLock(reason="false_reports"), ADMIN)
    service.demand(house.door(), PHONE, "10.0.0.1")
    with pytest.raises(AccountLocked) as refused:
        service.sign_in(house.door(), PHONE, CODE)
    body = NewAppeal(
        appeal_token=refused.value.extra["appeal_token"], text="Tôi bị nhầm tài khoản."
    )
    made = locks.appeal(house.door(), body)
    with pytest.raises(locks.BadAppeal):
        locks.appeal(house.door(), body)  # the token is good once
    decision = AppealDecision(accept=True, note="Đúng là nhầm")
    with pytest.raises(Invalid):
        locks.decide(house.door(), made.id, decision, ADMIN)
    other = ADMIN.model_copy(update={"user_id": "other"})
    assert locks.appeals(house.door(), PageQuery(), other).items[0].text == body.text
    locks.decide(house.door(), made.id, decision, other)
    with pytest.raises(locks.Decided):
        locks.decide(house.door(), made.id, decision, other)
    house.sign_in()


def test_an_appeal_lifts_the_lock_it_was_against_and_no_later_one(house: House) -> None:
    _, who = house.sign_in()
    locks.lock(house.door(), who.user_id, NewLock(reason="other"), ADMIN)
    service.demand(house.door(), PHONE, "10.0.0.1")
    with pytest.raises(AccountLocked) as refused:
        service.sign_in(house.door(), PHONE, CODE)
    token = refused.value.extra["appeal_token"]
    made = locks.appeal(house.door(), NewAppeal(appeal_token=token, text="Tôi bị nhầm."))
    house.wait(minutes=1)
    locks.lock(house.door(), who.user_id, NewLock(reason="stolen"), ADMIN)
    other = ADMIN.model_copy(update={"user_id": "other"})
    locks.decide(house.door(), made.id, AppealDecision(accept=True, note="Được"), other)
    assert house.said("account_unlocked") == []
    service.demand(house.door(), PHONE, "10.0.0.1")
    with pytest.raises(AccountLocked):
        service.sign_in(house.door(), PHONE, CODE)


def test_unlocking_twice_is_said_once(house: House) -> None:
    _, who = house.sign_in()
    locks.lock(house.door(), who.user_id, NewLock(reason="other"), ADMIN)
    for _ in range(2):
        house.wait(minutes=1)
        locks.unlock(house.door(), who.user_id, ADMIN)
    assert len(house.said("account_unlocked")) == 1
    assert [one["action"] for one in acts_of(house.table, "admin")] == ["unlock", "lock"]


def test_a_lock_ends_by_itself(house: House) -> None:
    _, who = house.sign_in()
    until = house.now + timedelta(days=3)
    locks.lock(house.door(), who.user_id, NewLock(reason="other", until=until), ADMIN)
    house.wait(days=3)
    house.sign_in()


def test_whoever_is_looked_up_can_see_it(house: House) -> None:
    _, who = house.sign_in()
    found = locks.find(house.door(), AccountsQuery(phone=PHONE), ADMIN).items[0]
    assert found.phone_masked.endswith("567")
    assert PHONE[1:] not in found.model_dump_json()
    seen = house.said("data_seen")[0]
    assert (seen["subject"], seen["by"], seen["what"]) == (who.user_id, "admin", "account")
    assert locks.find(house.door(), AccountsQuery(phone="0909999999"), ADMIN).items == []


def told(
    subject: str, seq: int, *grants: tuple[str, str | None], until: Any = None
) -> GrantsChanged:
    return GrantsChanged(
        subject=subject,
        seq=seq,
        grants=tuple(
            GrantState(role=r, unit=u, valid_from=House.now, valid_to=until) for r, u in grants
        ),
        at=House.now,
    )


def test_roles_follow_grants_in_any_order(house: House) -> None:
    _, who = house.sign_in()
    assert devices.take_over(house.door(), told(who.user_id, 2, ("agency_officer", "drains")))
    assert not devices.take_over(house.door(), told(who.user_id, 1, ("union_member", "cong-doan")))
    assert house.revoked == [who.user_id]
    assert not devices.take_over(house.door(), told(who.user_id, 2, ("agency_officer", "drains")))
    assert house.revoked == [who.user_id] * 2  # it may have died before the tokens ended
    _, after = house.sign_in()
    assert after.roles == {"citizen", "agency_officer"}
    assert after.posts == {("agency_officer", "drains")}
    assert after.unit == "drains"
    devices.take_over(house.door(), told(who.user_id, 3))
    _, last = house.sign_in()
    assert last.roles == {"citizen"}
    assert last.unit is None


def test_a_token_ends_with_its_role(house: House) -> None:
    _, who = house.sign_in()
    until = house.now + timedelta(minutes=2)
    devices.take_over(house.door(), told(who.user_id, 1, ("press", "bao"), until=until))
    made, _ = house.sign_in()
    house.wait(minutes=2)
    with pytest.raises(Unauthenticated):
        house.who(made)


def test_a_role_ends_by_itself_and_a_sooner_end_ends_tokens(house: House) -> None:
    _, who = house.sign_in()
    until = house.now + timedelta(minutes=2)
    devices.take_over(house.door(), told(who.user_id, 1, ("press", "bao")))
    devices.take_over(house.door(), told(who.user_id, 2, ("press", "bao"), until=until))
    assert house.revoked == [who.user_id] * 2
    made, _ = house.sign_in()
    assert made.expires_in == 120
    house.wait(minutes=2)
    _, after = house.sign_in()
    assert after.roles == {"citizen"}
    assert not after.posts
    assert service.me(house.door(), who, str).roles == ["citizen"]


def test_a_device_has_one_session(house: House) -> None:
    device = Device(id="phone-1", name="Điện thoại")
    made = []
    for _ in range(2):
        service.demand(house.door(), PHONE, "10.0.0.1")
        made.append(service.sign_in(house.door(), PHONE, CODE, "10.0.0.1", device))
    with pytest.raises(Unauthenticated):
        sessions.refresh(house.door(), made[0].refresh_token)
    assert len(devices.listed(house.door(), house.who(made[1])).items) == 1
    assert sessions.refresh(house.door(), made[1].refresh_token)


def test_a_refresh_token_that_comes_back_ends_the_access_tokens_too(house: House) -> None:
    first, who = house.sign_in()
    sessions.refresh(house.door(), first.refresh_token)
    house.wait(minutes=1)
    with pytest.raises(Unauthenticated):
        sessions.refresh(house.door(), first.refresh_token)
    assert house.revoked == [who.user_id]


def test_a_refresh_body_takes_no_more_than_the_token() -> None:
    assert Refresh.model_validate({"refresh_token": "a.b"}).refresh_token == "a.b"
