"""A day reconciled in the running city, against a biller with its own book that errs on demand.

The day is the one before yesterday: the biller's clock is turned back to its noon, payments are
made there through the real client, and the clock is turned forth again.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from city_people import Person, eventually, good

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
ADMIN, AUDITOR, CITIZEN = "+84900000031", "+84900000030", "+84900000002"
CUSTOMER, AMOUNT = "PC03HH0000001", 100_000
SOURCE = "biller:evn"


@dataclass
class Day:
    """What was done on the day: references by what is to become of them."""

    day: date
    changed: str
    agreed: str
    late: str
    lost: str
    sim: httpx.Client
    state: Callable[[str], str]
    purse: Callable[[], tuple[int, int]]


@pytest.fixture(scope="module")
def past(city: str) -> Iterator[Day]:
    """Four payments to the biller: two as they should be, one whose answer never came, and one
    that we believe paid and the biller never got."""
    import json
    import os

    from city.billers.http import HttpBiller
    from city.kernel.clock import HUE, local_date, utc_now
    from city.kernel.ids import new_id

    from infra.replay.drive import join_running_city

    assert city
    join_running_city()
    from city.adapters.outbox import together
    from city.adapters.stores import outbox, table
    from city.ledger import changes, payments, wallets
    from city.ledger.book import Ledger
    from city.ledger.limits import LimitBook
    from city.ledger.model import BillRef, ClientKey, Kind, Order

    day = local_date(utc_now()) - timedelta(days=2)
    noon = datetime.combine(day, time(12), HUE)
    books = Ledger(table("ledger"), outbox("ledger"), LimitBook(), lambda: noon, new_id)
    evn = json.loads(os.environ["BILLERS"])["evn"]
    biller = HttpBiller("evn", evn["url"], evn["key"])
    sim = httpx.Client(base_url=evn["url"], timeout=10)
    back = (noon - utc_now()).total_seconds()
    wallet = wallets.open_wallet(books, f"settle-{uuid4().hex[:8]}", "999946-2")

    def order(kind: Kind, source: str, target: str, amount: int, **more: Any) -> Any:
        key = ClientKey(principal="test", route="settlement", key=uuid4().hex)
        told = Order(kind=kind, owner=wallet.owner, source=source, target=target,
                     amount_vnd=amount, key=key, **more)  # fmt: skip
        with together():  # what is begun is not said before it is sent: no worker takes it from us
            begun = payments.begin(books, told)
            return changes.send(books, begun.id, timedelta(seconds=30))

    # Out of an account of the test's own: those that live on have days behind that one already.
    load = Order(
        kind=Kind.CORRECTION, owner=None, source=f"promo:{wallet.owner}", target=wallet.account,
        amount_vnd=10 * AMOUNT, key=ClientKey(principal="test", route="load", key=uuid4().hex),
    )  # fmt: skip
    payments.begin(books, load)

    def bill(*, at_biller: bool, known: bool) -> str:
        bill_id = f"{CUSTOMER}-{uuid4().hex[:6]}"
        new = {"bill_id": bill_id, "period": "11/2026", "amount_vnd": AMOUNT,
               "due_on": day.isoformat()}  # fmt: skip
        good(sim.post("/_bills", json={"customer_code": CUSTOMER, "bills": [new]}), 201)
        ref = BillRef(biller="evn", bill_id=bill_id)
        sent = order(Kind.BILL, wallet.account, "biller:evn", AMOUNT, bill=ref)
        if at_biller:
            with biller.reach() as line:
                assert line.pay(sent.reference, bill_id, AMOUNT).outcome == "paid"
        if known:
            changes.capture(books, sent.id, "r")
        else:
            changes.doubt(books, sent.id, noon)
            changes.escalate(books, sent.id, "test")
        return str(sent.id)

    good(sim.post("/_clock", json={"advance_s": back}))
    try:
        yield_day = Day(
            day=day,
            changed=bill(at_biller=True, known=True),
            agreed=bill(at_biller=True, known=True),
            late=bill(at_biller=True, known=False),
            lost=bill(at_biller=False, known=True),
            sim=sim,
            state=lambda ref: changes.get(books, ref).state.value,
            purse=lambda: _held(wallets.purse(books, wallet.id)),
        )
    finally:
        good(sim.post("/_clock", json={"advance_s": -back}))
    yield yield_day
    good(sim.post("/_dial", json={}))
    sim.close()


def paid_out(run: dict[str, Any]) -> dict[str, Any] | None:
    """A run, if the bank has paid everything by then."""
    way = next(w for w in run["three_way"] if w["biller"] == "evn")
    return run if way["bank_paid_vnd"] == way["payout_vnd"] else None


def _held(purse: Any) -> tuple[int, int]:
    return purse.avail_vnd, purse.held_vnd


def evn_of(run: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = run["tallies"][SOURCE]
    return found


def test_a_wrong_statement_every_difference_and_its_act(past: Day, person: Sign) -> None:
    admin, day = person(ADMIN), {"day": past.day.isoformat()}
    assert past.purse() == (6 * AMOUNT, AMOUNT)
    wrong = ["statement_changed", "statement_extra"]
    good(past.sim.post("/_dial", json={"forced": wrong}))
    first = good(admin.post("/v1/settlement/runs", day), 201)
    assert evn_of(first) == {
        "matched": 1, "ours_only": 1, "theirs_only": 1, "amount_differs": 1, "late": 1,
    }  # fmt: skip
    assert first["state"] == "differences", first["inputs"]
    # Late is captured, what never arrived went back, the others wait for two persons.
    assert past.state(past.late) == "CAPTURED"
    assert past.state(past.lost) == "REFUNDED"
    assert past.purse() == (7 * AMOUNT, 0)
    way = next(w for w in first["three_way"] if w["biller"] == "evn")
    assert (way["agreed_vnd"], way["payout_vnd"]) == (2 * AMOUNT, 2 * AMOUNT)
    waits = good(admin.get("/v1/settlement/differences?limit=100"))["items"]
    mine = [d for d in waits if d["day"] == day["day"] and d["source"] == SOURCE]
    assert {d["kind"]: d["progress"] for d in mine} == {
        "amount_differs": "case", "theirs_only": "case",
    }  # fmt: skip
    # The right statement: what differed agrees, the rest of the payout follows, nothing is twice.
    second = good(admin.post("/v1/settlement/runs", day), 201)
    assert second["id"] != first["id"]
    assert (evn_of(second)["matched"], evn_of(second)["amount_differs"]) == (3, 0)
    way = next(w for w in second["three_way"] if w["biller"] == "evn")
    assert (way["payout_vnd"], len(way["payouts"])) == (3 * AMOUNT, 2)
    assert past.purse() == (7 * AMOUNT, 0)
    # Nothing is begun twice, and the bank has paid what was begun.
    third = eventually(lambda: paid_out(good(admin.post("/v1/settlement/runs", day), 201)), 60)
    last = next(w for w in third["three_way"] if w["biller"] == "evn")
    assert last == {**way, "bank_paid_vnd": 3 * AMOUNT}
    assert third["balances_sum_vnd"] == 0
    assert not third["covered"], "the bank keeps nothing for what the test put into the wallet"


def test_statements_are_kept_as_they_came(past: Day, person: Sign) -> None:
    admin = person(ADMIN)
    run = good(admin.post("/v1/settlement/runs", {"day": past.day.isoformat()}), 201)
    said = next(i for i in run["inputs"] if i["source"] == SOURCE)
    kept = admin.get(f"/v1/settlement/runs/{run['id']}/statements/{SOURCE}")
    assert past.agreed in kept.text
    assert hashlib.sha256(kept.content).hexdigest() == said["sha256"]
    sheet = admin.get(f"/v1/settlement/runs/{run['id']}/findings.csv").text
    assert past.lost in sheet
    listed = good(admin.get(f"/v1/settlement/runs/{run['id']}/findings?kind=ours_only"))["items"]
    assert past.lost in [each["ref"] for each in listed]
    balances = admin.get(f"/v1/settlement/runs/{run['id']}/balances.csv").text
    assert "biller:evn" in balances and "wallet:*" in balances


def test_the_clock_reconciles_what_is_over(past: Day, person: Sign) -> None:
    from infra.build import units

    assert past.day
    app: Any = units.load("settlement")
    app.events({"schedule": "reconcile"}, None)
    found = good(person(AUDITOR).get("/v1/settlement/runs?limit=100"))["items"]
    assert len({run["day"] for run in found if run["by"] == "clock"}) >= 3


def test_who_may_read_and_who_may_not(past: Day, person: Sign) -> None:
    assert past.day
    assert person(AUDITOR).get("/v1/settlement/runs").status_code == 200
    assert person(CITIZEN).get("/v1/settlement/runs").status_code == 403
    day = {"day": past.day.isoformat()}
    assert person(AUDITOR).post("/v1/settlement/runs", day).status_code == 403
    body = {"source": SOURCE, "ref": past.lost, "decision": "accept", "note": "vì sao"}
    answer = person(ADMIN).post("/v1/settlement/differences/decide", body)
    assert answer.json()["type"].endswith("assurance-needed")
    tomorrow = {"day": (past.day + timedelta(days=9)).isoformat()}
    assert person(ADMIN).post("/v1/settlement/runs", tomorrow).status_code == 422
