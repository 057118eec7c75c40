"""Guessing, counting out and flooding: limits hold, and cost the same whoever is asked about."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from city.identity import locks, service
from city.identity.limits import FAILURES_A_DAY, PER_ADDRESS, PER_DEVICE, network
from city.identity.locks import NewLock
from city.identity.model import Device, WrongCode
from city.kernel.problems import TooMany
from identity_world import ADMIN, PHONE, House


@pytest.fixture
def house() -> House:
    return House()


class Counting:
    """A table that counts what is asked of it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)

        def counted(*given: Any, **named: Any) -> Any:
            self.calls.append(name)
            return inner(*given, **named)

        return counted


def test_known_unknown_and_locked_numbers_cost_the_same(house: House) -> None:
    """Timing would tell what the answer does not: the same reads and writes in the same order."""
    _, who = house.sign_in("0901111111")
    _, bad = house.sign_in("0902222222")
    locks.lock(house.door(), bad.user_id, NewLock(reason="other"), ADMIN)
    traces = []
    for phone in ("0901111111", "0902222222", "0903333333"):
        table = Counting(house.table)
        watched = House(table=table, now=house.now + timedelta(minutes=30))
        first = service.demand(watched.door(), phone, "10.9.9.9")
        with pytest.raises(WrongCode) as refused:
            service.sign_in(watched.door(), phone, "999999", "10.9.9.9")
        traces.append((tuple(table.calls), first, refused.value.message))
    assert who.user_id
    assert len(set(map(str, traces))) == 1


def test_ten_thousand_guesses_get_nowhere(house: House) -> None:
    tried = 0
    for n in range(10_000):
        address = f"10.{n // 250}.{n % 250}.1"
        if n % 5 == 0:
            house.wait(seconds=61)
            with suppress(TooMany):
                service.demand(house.door(), PHONE, address)
        try:
            service.sign_in(house.door(), PHONE, f"{n:06}", address)
        except WrongCode:
            tried += 1
        except TooMany:
            continue
    days = 10_000 / 5 * 61 / 86_400
    assert tried <= FAILURES_A_DAY * (int(days) + 2)


def test_limits_hold_by_address_and_by_device(house: House) -> None:
    for n in range(PER_DEVICE):
        service.demand(house.door(), f"09040000{n:02}", f"10.0.0.{n}", "phone-1")
    with pytest.raises(TooMany):
        service.demand(house.door(), "0904000099", "10.0.1.1", "phone-1")
    for n in range(PER_ADDRESS):
        with pytest.raises(WrongCode):
            service.sign_in(house.door(), f"09050000{n:02}", "000000", "10.5.5.5")
    with pytest.raises(TooMany):
        service.sign_in(house.door(), "0905000099", "000000", "10.5.5.5", Device())


def test_a_subscriber_is_one_caller_whichever_address_they_use() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9")
    assert network("2001:db8:1:2::1") != network("2001:db8:1:3::1")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1") != network("10.0.0.2")
    assert network("unknown") == "unknown"
