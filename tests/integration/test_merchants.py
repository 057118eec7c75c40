"""Acceptance points over real HTTP, from the application to money back."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from city.bank.vietqr import VietQr, read, write
from city_money import ledger, with_money
from city_people import Person, eventually, good

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
SHOPKEEPER, CASHIER, PAYER, ADMIN = "+84900000022", "+84900000003", "+84900000001", "+84900000031"
MANAGER = "+84900000004"


@pytest.fixture(scope="module")
def owner(person: Sign) -> Person:
    return person(SHOPKEEPER)


@pytest.fixture(scope="module")
def shop(owner: Person, person: Sign) -> dict[str, Any]:
    """An acceptance point that was asked for and opened."""
    asked = {
        "name": f"Bún bò Thử Nghiệm {uuid4().hex[:4]}", "category": "5812", "ward": "19753",
        "address": "1 Lê Lợi", "lat": 16.4637, "lon": 107.5909,
        "payout": {"bank_bin": "999946", "account": "4612345678", "holder": "DO QUANG HUY"},
    }  # fmt: skip
    made = good(owner.post("/v1/merchants", asked), 201)
    assert made["state"] == "applied"
    assert owner.http.get(f"/v1/merchants/{made['id']}").status_code == 404
    opened = good(person(ADMIN).post(f"/v1/merchants/{made['id']}/decide", {"accept": True}))
    assert opened["state"] == "active"
    return dict(opened)


def new_code(owner: Person, shop: dict[str, Any], amount: int = 45_000) -> dict[str, Any]:
    body = {"amount_vnd": amount, "reference": "B12"}
    return dict(good(owner.post(f"/v1/merchants/{shop['id']}/codes", body), 201))


def test_the_owner_reads_in_their_inbox_that_it_was_opened(
    owner: Person, shop: dict[str, Any]
) -> None:
    def told() -> Any:
        items = good(owner.get("/v1/me/inbox?limit=50"))["items"]
        return next((one for one in items if one["link"] == f"/me/shop?id={shop['id']}"), None)

    said = eventually(told)
    assert said["kind"] == "merchants.active" and shop["name"] in said["title"]["vi"]
    choices = good(owner.http.get("/v1/merchants/choices"))
    assert "5812" in {one["code"] for one in choices["kinds"]}


def test_seven_hundred_acceptance_points_in_every_commune(http: httpx.Client) -> None:
    seen: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = {"limit": 100, **({"cursor": cursor} if cursor else {})}
        page = good(http.get("/v1/merchants", params=query))
        seen += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            break
    demo = [each for each in seen if each["demo"]]
    assert len({each["id"] for each in demo}) == 700
    assert all("(ví dụ)" in each["name"] for each in demo)
    assert len({each["ward"] for each in demo}) == 40


def test_a_scan_shows_who_is_paid(person: Sign, owner: Person, shop: dict[str, Any]) -> None:
    made = new_code(owner, shop)
    seen = good(person(PAYER).post("/v1/qr/read", {"text": made["payload"]}))
    assert (seen["kind"], seen["name"], seen["amount_vnd"]) == ("ours", shop["name"], 45_000)
    assert seen["quote"] and seen["account"].startswith("•")
    altered = write(read(made["payload"]).model_copy(update={"amount_vnd": 1_000}))
    refused = person(PAYER).post("/v1/qr/read", {"text": altered})
    assert (refused.status_code, refused.json()["reason"]) == (422, "unknown")
    foreign = write(VietQr(bank_bin="970415", account="0011001932418"))
    seen = good(person(PAYER).post("/v1/qr/read", {"text": foreign}))
    assert (seen["kind"], seen["bank"], seen["quote"]) == ("foreign", "VietinBank", None)


def test_a_cashier_joins_by_invitation_and_sells(
    person: Sign, owner: Person, shop: dict[str, Any]
) -> None:
    asked = owner.post(f"/v1/merchants/{shop['id']}/invitations", {"part": "cashier"})
    made = good(asked, 201)
    cashier = person(CASHIER)
    assert good(cashier.post("/v1/me/merchants", {"code": made["code"]}), 201)["part"] == "cashier"
    assert cashier.post("/v1/me/merchants", {"code": made["code"]}).status_code == 404
    assert new_code(cashier, shop)["state"] == "open"
    hung = good(cashier.get(f"/v1/merchants/{shop['id']}/code"))
    assert hung["svg"].startswith("<svg")


@pytest.fixture(scope="module")
def purse(city: str, person: Sign) -> Callable[[], int]:
    """The payer's wallet with money in it, as the bank would have put it there; what is left."""
    assert city and os.environ["HUES_LOCAL"]
    from city.ledger import wallets

    books = ledger()
    wallet = with_money(books, good(person(PAYER).get("/v1/me"))["id"], 5_000_000)
    return lambda: wallets.purse(books, wallet.id).avail_vnd


def buy(payer: Person, owner: Person, shop: dict[str, Any], amount: int) -> dict[str, Any]:
    """Scan a code made for it, and pay."""
    seen = good(payer.post("/v1/qr/read", {"text": new_code(owner, shop, amount)["payload"]}))
    key = {"Idempotency-Key": uuid4().hex}
    return dict(good(payer.post("/v1/merchants/pay", {"quote": seen["quote"]}, **key), 201))


def test_scan_pay_sales_page_and_money_back(
    person: Sign, owner: Person, shop: dict[str, Any], purse: Callable[[], int]
) -> None:
    payer, before, here = person(PAYER), purse(), f"/v1/merchants/{shop['id']}"
    made = new_code(owner, shop, 120_000)
    seen = good(payer.post("/v1/qr/read", {"text": made["payload"]}))
    body = {"quote": seen["quote"]}
    assert payer.post("/v1/merchants/pay", body).json()["type"].endswith("key-needed")
    key = {"Idempotency-Key": uuid4().hex}
    sold = good(payer.post("/v1/merchants/pay", body, **key), 201)
    assert good(payer.post("/v1/merchants/pay", body, **key), 201) == sold
    assert purse() == before - 120_000
    again = payer.post("/v1/merchants/pay", body, **{"Idempotency-Key": uuid4().hex})
    assert (again.status_code, again.json()["type"].split(":")[-1]) == (409, "already-used")
    assert good(owner.get(f"{here}/codes/{made['id']}"))["payment"] == sold["payment"]
    page = owner.get(f"{here}/sales")
    assert good(page)["items"][0]["payment"] == sold["payment"]
    tag = page.headers["etag"]
    known = owner.http.get(f"{here}/sales", headers=owner.headers(**{"If-None-Match": tag}))
    assert (known.status_code, known.content) == (304, b"")
    back = {"payment": sold["payment"], "amount_vnd": 20_000, "reason": "Đổi món"}
    key = {"Idempotency-Key": uuid4().hex}
    done = good(owner.post(f"{here}/refunds", back, **key), 201)
    assert (done["state"], done["fee_back_vnd"]) == ("done", 100)
    assert good(owner.post(f"{here}/refunds", back, **key), 201) == done
    assert purse() == before - 100_000
    assert owner.get(f"{here}/sales").headers["etag"] != tag
    assert good(payer.get(f"/v1/merchants/payments/{sold['payment']}"))["refunded_vnd"] == 20_000
    assert person(MANAGER).get(f"/v1/merchants/payments/{sold['payment']}").status_code == 404


def test_a_large_refund_by_a_manager_waits_for_the_owner(
    person: Sign, owner: Person, shop: dict[str, Any], purse: Callable[[], int]
) -> None:
    here, manager = f"/v1/merchants/{shop['id']}", person(MANAGER)
    invited = good(owner.post(f"{here}/invitations", {"part": "manager"}), 201)
    good(manager.post("/v1/me/merchants", {"code": invited["code"]}), 201)
    sold = buy(person(PAYER), owner, shop, 700_000)
    body = {"payment": sold["payment"], "amount_vnd": 600_000, "reason": "Trả hàng"}
    key = {"Idempotency-Key": uuid4().hex}
    asked = good(manager.post(f"{here}/refunds", body, **key), 201)
    assert asked["state"] == "waiting"
    decide = f"{here}/refunds/{asked['id']}/decide"
    assert manager.post(decide, {"accept": True}).status_code == 403
    before = purse()
    assert good(owner.post(decide, {"accept": True}))["state"] == "done"
    assert purse() == before + 600_000


def test_the_ledgers_event_is_enough_for_the_sale(
    person: Sign, owner: Person, shop: dict[str, Any], purse: Callable[[], int]
) -> None:
    """What the paying function noted is taken away; the queue's listener notes it again."""
    from city.adapters.stores import outbox, table
    from city.adapters.table import Delete
    from city.contracts.ledger import PaymentChanged
    from city.kernel.clock import utc_now
    from city.kernel.ids import new_id
    from city.ledger.book import read_payment

    assert purse()
    sold = buy(person(PAYER), owner, shop, 15_000)
    held = table("merchants").get(f"P#{sold['payment']}", "P")
    assert held
    lost = [Delete(f"P#{sold['payment']}", "P"), Delete(f"M#{shop['id']}", held.doc["sk"])]
    table("merchants").commit(*lost)
    payment = read_payment(table("ledger"), sold["payment"])
    assert payment
    told = PaymentChanged(
        payment_id=payment.id, at=payment.created_at, **payment.model_dump(
            include={"sequence", "kind", "state", "owner", "source", "target", "amount_vnd",
                     "fee_vnd", "refunded_vnd"}
        ),
    )  # fmt: skip
    outbox("ledger").commit([], [(new_id(utc_now()), told, utc_now())])
    eventually(lambda: table("merchants").get(f"P#{sold['payment']}", "P"))


def test_a_day_is_settled_by_the_clock(
    person: Sign, owner: Person, shop: dict[str, Any], purse: Callable[[], int]
) -> None:
    """Yesterday's sale, as it would lie there; the schedule's own function settles it."""
    from city.kernel.clock import local_date, utc_now

    from infra.build import units

    assert purse()
    sold = buy(person(PAYER), owner, shop, 200_000)
    yesterday = local_date(utc_now()) - timedelta(days=1)
    _backdate(shop["id"], sold["payment"], yesterday)
    app: Any = units.load("merchants")
    app.events({"schedule": "settle"}, None)
    here = f"/v1/merchants/{shop['id']}/settlements"
    first = good(owner.get(here))["items"][0]
    assert (first["day"], first["state"]) == (str(yesterday), "sent")
    assert (first["gross_vnd"], first["fee_vnd"], first["net_vnd"]) == (200_000, 1_000, 199_000)
    sheet = owner.get(f"{here}/{yesterday}")
    assert sold["payment"] in sheet.text and sheet.headers["etag"] == f'"{first["sha256"]}"'
    assert good(owner.get(f"{here}/{yesterday}?format=json"))["net_vnd"] == 199_000
    assert person(CASHIER).get(here).status_code == 403


def _backdate(shop_id: str, payment: str, day: date) -> None:
    """Move a sale to another day, with its counters."""
    from city.adapters.stores import table
    from city.adapters.table import Add, Delete, Put, Row
    from city.kernel.clock import local_date, utc_now

    held = table("merchants")
    place = held.get(f"P#{payment}", "P")
    assert place
    row = held.get(f"M#{shop_id}", place.doc["sk"])
    assert row
    key = row.sk.replace(row.doc["day"], str(day), 1)
    moved = {"sales": 1, "sold_vnd": row.doc["amount_vnd"], "fee_vnd": row.doc["fee_vnd"]}
    held.commit(
        Put(Row(row.pk, key, {**row.doc, "day": str(day)}, version=row.version)),
        Delete(row.pk, row.sk),
        Put(Row(place.pk, place.sk, {**place.doc, "sk": key})),
        Add(row.pk, f"DAY#{local_date(utc_now())}", {name: -n for name, n in moved.items()}),
        Add(row.pk, f"DAY#{day}", moved),
        Put(Row(f"SOLD#{day}", shop_id)),
    )
