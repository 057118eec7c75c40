"""Acceptance points over real HTTP, from the application to money back."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from city.merchants.vietqr import VietQr, read, write
from city_people import Person

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
SHOPKEEPER, CASHIER, PAYER, ADMIN = "+84900000022", "+84900000003", "+84900000001", "+84900000031"


def good(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, f"{answer.request.url}: {answer.text[:400]}"
    return answer.json() if answer.content else None


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
