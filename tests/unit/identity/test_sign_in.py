"""Codes and sessions: limits hold under parallel guesses, and old tokens end a session."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from city.identity import limits, service, sessions
from city.identity.door import Door
from city.identity.model import CODE_ATTEMPTS, WrongCode
from city.kernel.phones import phone_number
from city.kernel.problems import Invalid, TooMany, Unauthenticated
from identity_world import PHONE, House
from signing import TRUST
from world import MONDAY


@pytest.fixture
def door() -> Door:
    return House().door()


def test_parallel_guesses_cannot_exceed_the_attempts(door: Door) -> None:
    service.demand(door, PHONE, "10.0.0.1")
    looked = count()
    inner = door.people.save_code

    def counted(phone_hash: str, code: Any, seen: int) -> None:
        inner(phone_hash, code, seen)
        next(looked)

    door.people.save_code = counted  # type: ignore[method-assign]

    def guess(n: int) -> bool:
        try:
            service.sign_in(door, PHONE, f"{n:06}", f"10.0.{n}.1")
        except (WrongCode, TooMany):
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert not any(pool.map(guess, range(200)))
    assert next(looked) <= CODE_ATTEMPTS
    with pytest.raises((WrongCode, TooMany)):
        service.sign_in(door, PHONE, "123456", "10.1.1.1")


def test_two_first_sign_ins_make_one_account(door: Door) -> None:
    service.demand(door, PHONE, "10.0.0.1")
    first = service.sign_in(door, PHONE, "123456")
    service.demand(door, "+84 90 123 45 67", "10.0.0.1")
    second = service.sign_in(door, PHONE, "123456")
    from city.adapters.tokens import read

    ids = {read(t.access_token, TRUST, MONDAY).user_id for t in (first, second)}
    assert len(ids) == 1


def test_codes_are_limited_and_used_once(door: Door) -> None:
    service.demand(door, PHONE, "10.0.0.1")
    with pytest.raises(TooMany):
        service.demand(door, PHONE, "10.0.0.1")
    service.sign_in(door, PHONE, "123456")
    with pytest.raises(WrongCode):
        service.sign_in(door, PHONE, "123456")
    for n in range(limits.PER_ADDRESS - 2):
        service.demand(door, f"09020000{n:02}", "10.0.0.1")
    with pytest.raises(TooMany):
        service.demand(door, "0903000000", "10.0.0.1")


def test_an_old_refresh_token_ends_the_session(door: Door) -> None:
    service.demand(door, PHONE, "10.0.0.1")
    first = service.sign_in(door, PHONE, "123456").refresh_token
    second = sessions.refresh(door, first).refresh_token
    later = replace(door, now=door.now + sessions.OVERLAP + timedelta(seconds=1))
    for token in (first, second, None, "x.y"):
        with pytest.raises(Unauthenticated):
            sessions.refresh(later, token)


def test_a_renewal_whose_answer_was_lost_is_answered_the_same(door: Door) -> None:
    service.demand(door, PHONE, "10.0.0.1")
    first = service.sign_in(door, PHONE, "123456").refresh_token
    lost = sessions.refresh(door, first).refresh_token
    moment = replace(door, now=door.now + sessions.OVERLAP)
    assert sessions.refresh(moment, first).refresh_token == lost
    assert lost not in (first, None)
    third = sessions.refresh(moment, lost).refresh_token
    assert third not in (first, lost)


def test_answers_that_overtake_one_another_sign_nobody_out(door: Door) -> None:
    service.demand(door, PHONE, "10.0.0.1")
    made = [service.sign_in(door, PHONE, "123456").refresh_token]
    for _ in range(3):
        made.append(sessions.refresh(door, made[-1]).refresh_token)
    moment = replace(door, now=door.now + sessions.OVERLAP)
    for token in made[:-1]:  # the device kept the answer that came last, not the newest
        assert sessions.refresh(moment, token).refresh_token == made[-1]
    newest = sessions.refresh(moment, made[-1]).refresh_token
    later = replace(door, now=moment.now + timedelta(seconds=1))
    assert sessions.refresh(later, made[-1]).refresh_token == newest
    for token in (made[-2], newest):  # its moment is over: it was stolen, and the session ends
        with pytest.raises(Unauthenticated):
            sessions.refresh(later, token)


def test_a_token_replaced_long_ago_is_not_remembered(door: Door) -> None:
    service.demand(door, PHONE, "10.0.0.1")
    first = service.sign_in(door, PHONE, "123456").refresh_token
    token = first
    for _ in range(sessions.REPLACED + 1):
        token = sessions.refresh(door, token).refresh_token
    held = door.people.session(str(first).partition(".")[0]) or pytest.fail("no session")
    assert len(held[0].replaced) == sessions.REPLACED
    with pytest.raises(Unauthenticated):
        sessions.refresh(door, first)


def test_two_tabs_that_renew_at_once_get_one_answer(door: Door) -> None:
    service.demand(door, PHONE, "10.0.0.1")
    first = service.sign_in(door, PHONE, "123456").refresh_token
    family = first.partition(".")[0]
    session, version = door.people.session(family) or pytest.fail("no session")
    won = sessions.renew(door, family, session, version)
    beaten = sessions.renew(door, family, session, version)
    assert beaten.refresh_token == won.refresh_token


def test_codes_die_with_time(door: Door) -> None:
    service.demand(door, PHONE, "10.0.0.1")
    late = replace(door, now=MONDAY.replace(minute=5))
    with pytest.raises(WrongCode):
        service.sign_in(late, PHONE, "123456")


@pytest.mark.parametrize("raw", ["", "12", "+84", "+8490123456", "abc", "+849012345678"])
def test_what_is_no_number(raw: str) -> None:
    with pytest.raises(Invalid):
        phone_number(raw)
