"""Profiles: what is declared, what is vouched for, and what one may say of oneself."""

import unicodedata
from datetime import date
from typing import Any

import jwt
import pytest
from city.identity import profile, service
from city.identity.model import (
    ChangeMe,
    SignIn,
    Tokens,
    Verified,
)
from city.identity.profile import Audience, Profile
from city.identity.store import changed
from city.kernel.problems import Invalid, NotFound, Unauthenticated
from city.kernel.reference import Reference
from identity_world import CODE, PHONE, House, declaration, declaring_city
from pydantic import ValidationError


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def city() -> Reference:
    return declaring_city()


def test_a_profile_is_declared_and_every_declaration_is_kept(house: House, city: Reference) -> None:
    _, who = house.sign_in()
    body = Profile(name="Nguyễn Thị Lan", home_unit="w1", declaration=declaration(city))
    profile.declare(house.door(), city, who, body, "Firefox", "http")
    house.wait(minutes=5)
    moved = body.model_copy(
        update={"home_unit": "w2", "declaration": declaration(city, "profile_change")}
    )
    profile.declare(house.door(), city, who, moved, "Firefox", "http")
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


def test_words_are_those_of_the_day_and_of_the_purpose(house: House, city: Reference) -> None:
    old = city.more["declarations"][0]
    new = {**old, "version": "2.0", "valid_from": "2999-01-01"}
    both = city.model_copy(update={"more": {"declarations": [new, old]}})
    assert profile.words(both, "registration", house.now.date()).version == "1.0"
    assert profile.words(both, "registration", date(2999, 1, 1)).version == "2.0"
    with pytest.raises(NotFound):
        profile.words(both, "registration", date(2025, 12, 31))
    _, who = house.sign_in()
    body = Profile(name="Nguyễn Thị Lan", declaration=declaration(city, "profile_change"))
    with pytest.raises(Invalid):  # nobody changes what was never declared
        profile.declare(house.door(), city, who, body, "", "http")


def test_a_name_has_one_form(city: Reference) -> None:
    typed = unicodedata.normalize("NFD", "  Nguyễn  Thị Lan ")
    assert Profile(name=typed, declaration=declaration(city)).name == "Nguyễn Thị Lan"
    for name in ("  ", "12", "L\u202ean", "a"):
        with pytest.raises(ValidationError):
            Profile(name=name, declaration=declaration(city))


def test_what_was_vouched_for_is_not_declared_otherwise(house: House, city: Reference) -> None:
    _, who = house.sign_in()
    account, version = house.door().known(who.user_id)
    seen = Verified(
        level=2, name="Nguyễn Thị Lan", birth_date=date(1990, 3, 8), at=house.now, provider="vneid"
    )
    house.door().commit([changed(account.model_copy(update={"verified": seen}), version)])
    good = {"name": seen.name, "birth_date": seen.birth_date, "declaration": declaration(city)}
    for wrong in ({"name": "Nguyễn Thị Lân"}, {"birth_date": "1991-03-08"}):
        with pytest.raises(Invalid):
            profile.declare(
                house.door(), city, who, Profile.model_validate({**good, **wrong}), "", "http"
            )
    profile.declare(house.door(), city, who, Profile.model_validate(good), "", "http")


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
