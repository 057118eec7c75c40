"""Accounts: what is declared, where one is signed in, locks, limits, roles that come and go."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from city.contracts.grants import GrantsChanged, GrantState
from city.identity import devices, locks, profile, service, sessions
from city.identity.locks import AccountsQuery, AppealDecision, NewAppeal, NewLock
from city.identity.model import AccountLocked, ChangeMe, Refresh, SignIn, Tokens, WrongCode
from city.identity.profile import Audience, Declared, Profile
from city.kernel.page import PageQuery
from city.kernel.people import Principal
from city.kernel.problems import Invalid, NotFound, Unauthenticated
from city.kernel.reference import Reference
from identity_world import CODE, PHONE, House
from pydantic import ValidationError
from world import small_city

DATA = Path(__file__).parents[3] / "infra" / "seed" / "data"
ADMIN = Principal(user_id="admin", roles=frozenset({"citizen", "administrator"}))


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def city() -> Reference:
    words = json.loads((DATA / "declarations.json").read_text())
    return small_city().model_copy(update={"more": {"declarations": words}})


def declaration(city: Reference, purpose: str = "registration") -> Declared:
    shown = profile.words(city, purpose, House.now.date())
    return Declared(purpose=purpose, version=shown.version, sha256=shown.sha256)


def test_a_profile_is_declared_and_every_declaration_is_kept(house: House, city: Reference) -> None:
    _, who = house.sign_in()
    body = Profile(name="Nguyễn Thị Lan", home_unit="w1", declaration=declaration(city))
    profile.declare(house.door(), city, who, body, "Firefox", "http")
    house.wait(minutes=5)
    changed = body.model_copy(
        update={"home_unit": "w2", "declaration": declaration(city, "profile_change")}
    )
    profile.declare(house.door(), city, who, changed, "Firefox", "http")
    me = service.me(house.door(), who, str)
    assert (me.registered, me.home_unit, me.name) == (True, "w2", "Nguyễn Thị Lan")
    kept = profile.declarations(house.door(), who).items
    assert [(d.purpose, d.fields["home_unit"], d.device) for d in kept] == [
        ("profile_change", "w2", "Firefox"),
        ("registration", "w1", "Firefox"),
    ]
    assert len(house.said("profile_changed")) == 2
    assert "Lan" not in str(house.said("profile_changed"))


@pytest.mark.parametrize(
    "changes",
    [
        {"home_unit": "nowhere"},
        {"birth_date": "1850-01-01"},
        {"declaration": {"purpose": "registration", "version": "0.9", "sha256": "0" * 64}},
    ],
)
def test_what_cannot_be_declared(house: House, city: Reference, changes: dict[str, Any]) -> None:
    _, who = house.sign_in()
    told = {"name": "Nguyễn Thị Lan", "declaration": declaration(city).model_dump(), **changes}
    with pytest.raises(Invalid):
        profile.declare(house.door(), city, who, Profile.model_validate(told), "", "http")
    assert not service.me(house.door(), who, str).registered


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (Profile, {"name": "Lan", "roles": ["administrator"]}),
        (Profile, {"name": "Lan", "verified": {"level": 2}}),
        (ChangeMe, {"name": "Somebody Else"}),
        (ChangeMe, {"roles": ["administrator"]}),
        (SignIn, {"phone": PHONE, "otp": CODE, "acr": 3}),
        (SignIn, {"phone": PHONE, "otp": CODE, "roles": ["administrator"]}),
    ],
)
def test_nobody_assigns_themselves_more(model: Any, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        model.model_validate(
            {"declaration": {"purpose": "p", "version": "1", "sha256": "0" * 64}, **body}
        )


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
    assert not devices.take_over(house.door(), told(who.user_id, 2, ("agency_officer", "drains")))
    # Told the same twice, tokens end twice: whoever died in between is made good.
    assert house.revoked == [who.user_id] * 2
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


def test_an_attestation_is_for_one_reader(house: House) -> None:
    _, who = house.sign_in()
    made = profile.attest(house.door(), who, Audience(audience="hue-s/cards"))
    claims = jwt.decode(made.attestation, options={"verify_signature": False})
    assert (claims["sub"], claims["aud"], claims["acr"]) == (who.user_id, "hue-s/cards", "1")
    as_session = Tokens(access_token=made.attestation, expires_in=1, refresh_token="x")
    with pytest.raises(Unauthenticated):
        house.who(as_session)
    with pytest.raises(Invalid):
        profile.attest(house.door(), who, Audience(audience="elsewhere"))


def test_a_refresh_body_takes_no_more_than_the_token() -> None:
    assert Refresh.model_validate({"refresh_token": "a.b"}).refresh_token == "a.b"
