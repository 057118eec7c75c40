"""What a person may have: everything about them, and to be forgotten."""

from typing import Any

import pytest
from authenticator import Authenticator
from city.adapters import acts
from city.adapters.table import CommitConflict
from city.identity import locks, profile, rights, service, sessions
from city.identity.locks import AppealDecision, NewAppeal, NewLock
from city.identity.model import AccountLocked
from city.identity.profile import Profile
from city.kernel.problems import Conflict, Invalid, Unauthenticated
from city.kernel.reference import Reference
from identity_world import ADMIN, CODE, PHONE, House, declaration, declaring_city

FIELDS = {"name": "Nguyễn Thị Lan", "birth_date": "1990-03-08"}


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def city() -> Reference:
    return declaring_city()


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


def test_what_only_looks_sealed_is_sealed(house: House, city: Reference) -> None:
    _, who = house.sign_in()
    body = Profile.model_validate(
        {"name": f"{rights.SEALED} Lan", "declaration": declaration(city)}
    )
    profile.declare(house.door(), city, who, body, "Firefox", "http")
    rights.erase(house.door(), who.user_id)
    assert "Lan" not in str(rights.export(house.door(), who.user_id))


def test_what_was_appealed_is_exported_and_silenced(house: House) -> None:
    _, who = house.sign_in()
    locks.lock(house.door(), who.user_id, NewLock(reason="other", note="Lan viết"), ADMIN)
    service.demand(house.door(), PHONE, "10.0.0.1")
    with pytest.raises(AccountLocked) as refused:
        service.sign_in(house.door(), PHONE, CODE)
    token = refused.value.extra["appeal_token"]
    locks.appeal(house.door(), NewAppeal(appeal_token=token, text="Lan không viết vậy."))
    told = str(rights.export(house.door(), who.user_id))
    assert "Lan không viết vậy." in told
    assert ADMIN.user_id not in told  # officers' ids are theirs
    assert rights.erase(house.door(), who.user_id).items == 2
    assert "Lan" not in str(rights.export(house.door(), who.user_id)["appeals"])


def test_who_locked_and_who_judged_is_told_without_what_they_wrote(house: House) -> None:
    _, who = house.sign_in()
    _, boss = house.sign_in("0907654321")
    door = house.door()
    locks.lock(door, who.user_id, NewLock(reason="other", note="Lan viết bậy"), boss)
    service.demand(door, PHONE, "10.0.0.1")
    with pytest.raises(AccountLocked) as refused:
        service.sign_in(door, PHONE, CODE)
    token = refused.value.extra["appeal_token"]
    made = locks.appeal(door, NewAppeal(appeal_token=token, text="Lan không viết vậy."))
    judged = AppealDecision(accept=False, note="Lan có viết")
    with pytest.raises(Invalid):  # whoever locked it does not judge this
        locks.decide(door, made.id, judged, boss)
    locks.decide(door, made.id, judged, ADMIN)
    (act,) = rights.export(door, boss.user_id)["acts"]
    assert (act["case"], act["action"]) == (f"account/{who.user_id}", "lock")
    (judging,) = acts.acts_of(house.table, ADMIN.user_id)
    assert (judging["case"], judging["action"]) == (f"appeal/{made.id}", "refused")
    assert "acts" not in rights.export(door, who.user_id), "appealing is no work"
    for _ in range(2):
        assert rights.erase(door, boss.user_id).kept_by_law == acts.RECORDS
    assert rights.export(door, boss.user_id)["acts"] == [act]
    rights.erase(door, who.user_id)
    assert "Lan" not in str(house.table.rows())  # type: ignore[attr-defined]


def test_a_lock_that_did_not_come_through_is_nobodys_act(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, who = house.sign_in()

    def beaten(*_: object) -> None:
        raise CommitConflict([0])

    with monkeypatch.context() as busy:
        busy.setattr(house.table, "commit", beaten)
        with pytest.raises(Conflict):
            locks.lock(house.door(), who.user_id, NewLock(reason="stolen"), ADMIN)
    assert acts.acts_of(house.table, ADMIN.user_id) == []


def test_a_crash_halfway_through_erasing_is_made_good(
    house: House, city: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, who = declared(house, city)
    house.add_passkey(who, Authenticator())
    with monkeypatch.context() as broken:
        broken.setattr(rights, "end_all", lambda *_: (_ for _ in ()).throw(RuntimeError))
        with pytest.raises(RuntimeError):
            rights.erase(house.door(), who.user_id)
    assert "Lan" in str(rights.export(house.door(), who.user_id))
    rights.erase(house.door(), who.user_id)
    left = rights.export(house.door(), who.user_id)
    assert "Lan" not in str(left)
    assert (left["passkeys"], left["devices"]) == ([], [])


def test_nothing_is_exported_of_somebody_unknown(house: House) -> None:
    assert rights.export(house.door(), "nobody") == {}
    assert rights.erase(house.door(), "nobody").items == 0
