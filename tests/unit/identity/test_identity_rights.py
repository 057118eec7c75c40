"""What a person may have: everything about them, and to be forgotten."""

from typing import Any

import pytest
from city.identity import profile, rights, sessions
from city.identity.profile import Profile
from city.kernel.problems import Unauthenticated
from city.kernel.reference import Reference
from identity_world import House
from test_accounts import city as city
from test_accounts import declaration
from test_accounts import house as house

FIELDS = {"name": "Nguyễn Thị Lan", "birth_date": "1990-03-08"}


def declared(house: House, city: Reference) -> tuple[Any, Any]:
    tokens, who = house.sign_in()
    body = Profile.model_validate({**FIELDS, "declaration": declaration(city)})
    profile.declare(house.door(), city, who, body, "Firefox", "http")
    return tokens, who


def test_erasing_leaves_an_id_that_leads_to_nobody(house: House, city: Reference) -> None:
    tokens, who = declared(house, city)
    assert rights.export(house.door(), who.user_id)["account"]["name"] == "Nguyễn Thị Lan"
    gone = rights.erase(house.door(), who.user_id)
    assert gone.items == 1
    assert gone.kept_by_law
    assert house.said("account_erased")
    with pytest.raises(Unauthenticated):
        sessions.refresh(house.door(), tokens.refresh_token)
    left = str(rights.export(house.door(), who.user_id))
    assert "Lan" not in left
    assert "1990" not in left
    _, again = house.sign_in()
    assert again.user_id != who.user_id


def test_erasing_again_finishes_what_a_crash_left(house: House, city: Reference) -> None:
    _, who = declared(house, city)
    rights.erase(house.door(), who.user_id)
    once = rights.export(house.door(), who.user_id)
    rights.erase(house.door(), who.user_id)
    assert rights.export(house.door(), who.user_id) == once
    assert len(house.said("account_erased")) == 1


def test_a_sealed_declaration_is_a_hash_of_each_field(house: House, city: Reference) -> None:
    _, who = declared(house, city)
    rights.erase(house.door(), who.user_id)
    kept: Any = rights.export(house.door(), who.user_id)["declarations"]
    assert all(
        value is None or value.startswith(rights.SEALED)
        for each in kept
        for value in each["fields"].values()
    )


def test_nothing_is_exported_of_somebody_unknown(house: House) -> None:
    assert rights.export(house.door(), "nobody") == {}
    assert rights.erase(house.door(), "nobody").items == 0
