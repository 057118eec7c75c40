"""Today reconciled against the running bank's statement, as of tomorrow: the bank's clock is turned
forth, its dial spoils the statement, and the run is the function's own over the city's tables."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from city_people import Person, eventually, good
from city_processes import here

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
LAN = "+84900000001"
IN_DOUBT = {"no_callback": 1.0, "query_down": 1.0}
SPOILT = ["statement_missing", "statement_changed", "statement_extra"]
A_DAY = 86_400


@pytest.fixture
def bank(city: str) -> Iterator[httpx.Client]:
    """The bank's simulator; its dial is turned back afterwards."""
    from infra.replay.drive import join_running_city

    assert city
    join_running_city()
    place = here()
    with httpx.Client(base_url=place.simulator("bank"), timeout=30) as client:
        yield client
        client.post("/_dial", json={"rates": {}, "forced": []})


@pytest.fixture
def tomorrow(bank: httpx.Client) -> Callable[[], Any]:
    """Reconcile today with the bank, as the clock will tomorrow; gives the office and the run."""
    from city.adapters.files import BucketFiles
    from city.kernel.clock import local_date
    from city.settlement import running
    from city.settlement.sources import BANK

    from infra.build import units

    units.load("settlement")
    app: Any = sys.modules["functions_settlement_app"]
    now = app.office()
    today = local_date(now.now)

    def run() -> Any:
        at = replace(app.office(), now=now.now + timedelta(days=1))
        good(bank.post("/_clock", json={"advance_s": A_DAY}))
        try:
            source = {BANK: app.sources(at)[BANK]}
            return at, running.run_day(at, BucketFiles(), source, today, "test")
        finally:
            good(bank.post("/_clock", json={"advance_s": -A_DAY}))

    return run


def topped_up(who: Person, amount: int, *states: str) -> str:
    """Top up, and wait until the payment is in one of the states."""
    key = {"Idempotency-Key": f"test-{uuid4().hex}"}
    begun = good(who.post("/v1/wallet/top-ups", {"amount_vnd": amount}, **key), 202)

    def there() -> bool:
        return good(who.get(f"/v1/payments/{begun['id']}"))["state"] in states

    assert eventually(there, 60)
    return str(begun["id"])


def test_a_spoilt_statement_every_difference_and_its_act(
    person: Sign, bank: httpx.Client, tomorrow: Callable[[], Any]
) -> None:
    from city.kernel.people import Principal
    from city.ledger import changes, folding
    from city.ledger.model import DIFFERENCES
    from city.settlement import deciding
    from city.settlement.deciding import Decide

    lan = person(LAN)
    agreed = topped_up(lan, 11_000, "CAPTURED")
    good(bank.post("/_dial", json={"forced": ["lost_answer"], "rates": IN_DOUBT}))
    doubt = topped_up(lan, 12_000, "UNKNOWN")
    unheard = {"bank_bin": "999946", "account": "8800000077", "amount_vnd": 55_000, "memo": "?"}
    good(bank.post("/_accounts", json={**unheard, "holder": "X", "balance_vnd": 10**6}), 201)
    nobodys = good(bank.post("/_incoming", json=unheard), 201)["ref"]
    last = topped_up(lan, 13_000, "CAPTURED")

    good(bank.post("/_dial", json={"forced": SPOILT, "rates": IN_DOUBT}))
    at, first = tomorrow()
    before = {ref: at.store.difference("bank", ref)[0] for ref in (agreed, doubt, nobodys, last)}
    assert before[agreed] is None
    assert (before[doubt].kind, before[doubt].action) == ("late", "capture_late")
    assert changes.get(at.ledger, doubt).state == "CAPTURED"
    assert (before[nobodys].kind, before[nobodys].progress) == ("theirs_only", "case")
    assert (before[last].kind, before[last].progress) == ("ours_only", "open")
    assert first.state == "differences" and first.tallies["bank"].amount_differs >= 1
    assert first.cover.escrow_vnd == first.inputs[0].closing_vnd

    good(bank.post("/_dial", json={"forced": [], "rates": {}}))
    held = folding.fold_account(at.ledger, DIFFERENCES).balance_vnd
    body = Decide(source="bank", ref=nobodys, decision="suspense", note="không rõ ví nhận")
    for name in ("boss-1", "boss-2"):
        deciding.decide(at, body, Principal(user_id=name, roles=frozenset({"administrator"})))
    assert folding.fold_account(at.ledger, DIFFERENCES).balance_vnd == held + 55_000
    at, second = tomorrow()
    assert second.id != first.id and second.tallies["bank"].amount_differs == 0
    assert at.store.difference("bank", last)[0].progress == "settled"
    # Its news come late, and are no second credit.
    assert at.store.difference("bank", nobodys)[0].progress == "settled"
