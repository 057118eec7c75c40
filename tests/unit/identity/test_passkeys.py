"""Passkeys raise a session for five minutes, and nothing else does."""

from datetime import timedelta
from typing import Any

import pytest
from authenticator import SITE, Authenticator
from city.identity import passkeys
from city.identity.passkeys import Assertion, BadPasskey, NewPasskey, NoPasskey
from city.kernel.people import Principal
from city.kernel.problems import AssuranceNeeded, Conflict, NotFound, Unauthenticated
from identity_world import Act, House


@pytest.fixture
def house() -> House:
    return House()


def with_passkey(house: House) -> tuple[Principal, Authenticator]:
    _, who = house.sign_in()
    device = Authenticator()
    house.add_passkey(who, device)
    return who, device


def test_a_passkey_raises_the_session_for_five_minutes(house: House) -> None:
    who, device = with_passkey(house)
    assert who.assurance(house.now) == 1
    options = passkeys.request(house.door(), who, SITE)
    raised = passkeys.step_up(house.door(), who, Assertion(credential=device.get(options)), SITE)
    after = house.who(raised)
    assert after.assurance(house.now) == 3
    assert after.session == who.session
    assert after.assurance(house.now + timedelta(minutes=5)) == 1
    assert passkeys.listed(house.door(), who).items[0].used_at == house.now


def attempts(device: Authenticator) -> dict[str, Any]:
    other = Authenticator()
    other.id = device.id
    far = Authenticator(origin="https://evil.test")
    far.key, far.id = device.key, device.id
    elsewhere = Authenticator(rp_id="evil.test")
    elsewhere.key, elsewhere.id = device.key, device.id
    absent = Authenticator()
    absent.key, absent.id, absent.flags = device.key, device.id, 0x01
    return {
        "another key": other.get,
        "another site": far.get,
        "another relying party": elsewhere.get,
        "nobody verified": absent.get,
        "not a passkey": lambda options: {"id": "x"},
        "unknown id": Authenticator().get,
    }


@pytest.mark.parametrize("how", list(attempts(Authenticator())))
def test_other_answers_are_refused(house: House, how: str) -> None:
    who, device = with_passkey(house)
    options = passkeys.request(house.door(), who, SITE)
    answer = attempts(device)[how](options)
    with pytest.raises(BadPasskey):
        passkeys.step_up(house.door(), who, Assertion(credential=answer), SITE)


def test_a_challenge_is_good_once_for_five_minutes_and_one_person(house: House) -> None:
    who, device = with_passkey(house)
    options = passkeys.request(house.door(), who, SITE)
    answer = device.get(options)
    other = who.model_copy(update={"user_id": "somebody"})
    with pytest.raises(BadPasskey):
        passkeys.step_up(house.door(), other, Assertion(credential=answer), SITE)
    options = passkeys.request(house.door(), who, SITE)
    answer = device.get(options)
    passkeys.step_up(house.door(), who, Assertion(credential=answer), SITE)
    with pytest.raises(BadPasskey):
        passkeys.step_up(house.door(), who, Assertion(credential=answer), SITE)
    options = passkeys.request(house.door(), who, SITE)
    house.wait(minutes=5)
    with pytest.raises(BadPasskey):
        passkeys.step_up(house.door(), who, Assertion(credential=device.get(options)), SITE)


def test_a_counter_that_goes_back_is_a_copied_key(house: House) -> None:
    who, device = with_passkey(house)
    for count_up, good in ((5, True), (-2, False)):
        options = passkeys.request(house.door(), who, SITE)
        body = Assertion(credential=device.get(options, count_up=count_up))
        if good:
            passkeys.step_up(house.door(), who, body, SITE)
        else:
            with pytest.raises(BadPasskey):
                passkeys.step_up(house.door(), who, body, SITE)


def test_a_session_that_has_ended_is_not_raised(house: House) -> None:
    from city.identity import devices

    who, device = with_passkey(house)
    options = passkeys.request(house.door(), who, SITE)
    devices.end_all(house.door(), who.user_id)
    with pytest.raises(Unauthenticated):
        passkeys.step_up(house.door(), who, Assertion(credential=device.get(options)), SITE)


def test_a_telephone_number_alone_does_not_change_passkeys(house: House) -> None:
    who, device = with_passkey(house)
    _, thief = house.sign_in()
    held = passkeys.listed(house.door(), thief).items[0]
    acts: list[Act] = [
        lambda: passkeys.creation(house.door(), thief, SITE),
        lambda: passkeys.add(house.door(), thief, NewPasskey(name="x", credential={}), SITE),
        lambda: passkeys.remove(house.door(), thief, held.id),
    ]
    for act in acts:
        with pytest.raises(AssuranceNeeded):
            act()
    raised = house.step_up(who, device)
    house.add_passkey(raised, Authenticator())
    assert len(passkeys.listed(house.door(), who).items) == 2
    house.wait(minutes=5)
    with pytest.raises(AssuranceNeeded):
        passkeys.remove(house.door(), raised, held.id)


def test_passkeys_are_ones_own(house: House) -> None:
    who, device = with_passkey(house)
    _, other = house.sign_in("0907777777")
    with pytest.raises(NoPasskey):
        passkeys.request(house.door(), other, SITE)
    held = passkeys.listed(house.door(), who).items[0]
    with pytest.raises(NotFound):
        passkeys.remove(house.door(), other, held.id)
    raised = house.step_up(who, device)
    with pytest.raises(Conflict):
        house.add_passkey(raised, device)
    passkeys.remove(house.door(), raised, held.id)
    with pytest.raises(NoPasskey):
        passkeys.request(house.door(), who, SITE)
