"""Bills over real HTTP: a biller that loses answers, books late, tells twice; and its own book."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from city_money import ledger, with_money
from city_people import Person, eventually, good
from city_processes import here

from infra.simulators.billers.server import sandbox_key

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
LAN, MINH = "+84900000002", "+84900000003"


class Biller:
    """A simulator of the running city."""

    def __init__(self, name: str, pattern: str, server: str = "", at: str = "") -> None:

        place = here()
        self.name, self.pattern = name, pattern
        self.url = place.simulator(f"billers.{server or name}") + at

    def customer(self, amount: int, bills: int = 1) -> str:
        """Somebody new who owes."""
        code = self.pattern.format(10_000_000 + uuid4().int % 89_999_999)
        told = [
            {"bill_id": f"{code}-{n}", "period": f"{n:02}/2026", "amount_vnd": amount,
             "due_on": (date.today() + timedelta(days=n)).isoformat()}  # noqa: DTZ011
            for n in range(1, bills + 1)
        ]  # fmt: skip
        body = {"customer_code": code, "bills": told}
        good(httpx.post(f"{self.url}/_bills", json=body), 201)
        return code

    def force(self, *faults: str, **more: Any) -> None:
        good(httpx.post(f"{self.url}/_dial", json={"forced": list(faults), **more}))

    def entries(self, code: str) -> list[dict[str, Any]]:
        book = good(httpx.get(f"{self.url}/_book"))
        return [e for e in book["entries"] if e["bill_id"].startswith(code)]


@pytest.fixture(scope="module")
def water(city: str) -> Biller:
    assert city
    return Biller("huewaco", "HW{:08}")


@pytest.fixture(scope="module")
def tuition(city: str) -> Biller:
    assert city
    return Biller("hocphi", "HS{:08}", "invoices", "/hocphi")


@pytest.fixture(scope="module")
def lan(person: Sign) -> Person:
    """Somebody verified with two million đồng."""
    found = person(LAN)
    with_money(ledger(), good(found.get("/v1/me"))["id"], 2_000_000)
    return found


def look(who: Person, biller: Biller, code: str) -> list[dict[str, Any]]:
    query = {"biller": biller.name, "customer_code": code}
    found: list[dict[str, Any]] = good(who.get("/v1/bills", params=query))["bills"]
    return found


def pay(who: Person, quote: str, key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or uuid4().hex}
    return who.post("/v1/bills/payments", {"quote": quote}, **headers)


def ended(who: Person, payment_id: str, *states: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        told: dict[str, Any] = good(who.get(f"/v1/bills/payments/{payment_id}"))
        return told if told["state"] in states else None

    return eventually(found, 60)


def test_billers_say_what_they_are(http: httpx.Client) -> None:
    listed = good(http.get("/v1/billers"))["items"]
    assert {b["kind"] for b in listed} == {
        "electricity", "water", "sanitation", "public_fee", "tuition", "hospital",
    }  # fmt: skip
    assert all(b["simulator"] for b in listed)
    assert [b["id"] for b in listed if b["counts_in_limit"]] == ["hepco", "dichvucong"]


def test_a_lost_answer_is_unknown_then_resolves_to_a_receipt(
    lan: Person, http: httpx.Client, water: Biller
) -> None:
    code = water.customer(135_000)
    bill = look(lan, water, code)[0]
    water.force("lost_answer", "no_callback", rates={})
    begun = good(pay(lan, bill["quote"]), 202)
    assert begun["state"] == "HELD" and begun["amount_vnd"] == 135_000
    doubted = ended(lan, begun["id"], "UNKNOWN", "CAPTURED")
    assert doubted["state"] == "UNKNOWN" and doubted["checked_again_at"], doubted
    paid = ended(lan, begun["id"], "CAPTURED")
    assert len(water.entries(code)) == 1
    receipt = good(lan.get(f"/v1/bills/payments/{begun['id']}/receipt"))
    assert receipt["biller_receipt"] == water.entries(code)[0]["receipt"]
    assert receipt["customer_code"] == code
    shown = good(http.get(f"/v1/bills/receipts/{paid['receipt_code']}"))
    assert shown["genuine"] and shown["amount_vnd"] == 135_000
    assert code not in str(shown) and "owner" not in shown
    wrong = paid["receipt_code"][:-1] + ("0" if paid["receipt_code"][-1] != "0" else "1")
    assert http.get(f"/v1/bills/receipts/{wrong}").status_code == 404
    file = lan.http.get(
        f"/v1/bills/payments/{begun['id']}/receipt.pdf",
        headers=lan.headers(Accept="application/pdf"),
    )
    assert file.status_code == 200 and file.content.startswith(b"%PDF-"), file.headers
    assert look(lan, water, code) == []


def test_two_keys_one_bill_is_one_payment_and_one_key_ten_times_too(
    lan: Person, tuition: Biller
) -> None:
    code = tuition.customer(210_000)
    quote = look(lan, tuition, code)[0]["quote"]
    same = uuid4().hex
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda key: pay(lan, quote, key), [same] * 4 + [""] * 4))
    made = {a.json()["id"] for a in answers if a.status_code == 202}
    assert len(made) == 1, [a.text[:200] for a in answers]
    assert {a.status_code for a in answers} <= {202, 409}
    ended(lan, made.pop(), "CAPTURED")
    assert len(tuition.entries(code)) == 1


def test_a_bill_in_parts_is_paid_by_them_and_never_over(lan: Person, tuition: Biller) -> None:
    code = tuition.customer(300_000)
    bill = look(lan, tuition, code)[0]
    assert (bill["least_vnd"], bill["most_vnd"]) == (100_000, 1_300_000)
    small = lan.post(
        "/v1/bills/payments", {"quote": bill["quote"], "amount_vnd": 99_999},
        **{"Idempotency-Key": uuid4().hex},
    )  # fmt: skip
    assert small.status_code == 422 and small.json()["least_vnd"] == 100_000

    def part(_: int) -> httpx.Response:
        body = {"quote": bill["quote"], "amount_vnd": 120_000}
        return lan.post("/v1/bills/payments", body, **{"Idempotency-Key": uuid4().hex})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(part, range(4)))
    taken = [a.json()["id"] for a in answers if a.status_code == 202]
    assert 1 <= len(taken) <= 2, [a.text for a in answers]
    for payment_id in taken:
        ended(lan, payment_id, "CAPTURED")
    left = 300_000 - 120_000 * len(taken)
    rest = look(lan, tuition, code)[0]
    assert (rest["amount_vnd"], rest["left_vnd"]) == (300_000, left)
    last = good(pay(lan, rest["quote"]), 202)
    ended(lan, last["id"], "CAPTURED")
    receipts = [
        good(lan.get(f"/v1/bills/payments/{each}/receipt")) for each in (*taken, last["id"])
    ]
    assert min(r["left_vnd"] for r in receipts) == 0
    assert sum(e["amount_vnd"] for e in tuition.entries(code)) == 300_000
    assert look(lan, tuition, code) == []


def test_a_changed_bill_holds_nothing(lan: Person, tuition: Biller) -> None:
    code = tuition.customer(100_000)
    quote = look(lan, tuition, code)[0]["quote"]
    changed = {
        "customer_code": code,
        "bills": [{"bill_id": f"{code}-1", "period": "01/2026", "amount_vnd": 101_000,
                   "due_on": "2026-12-30", "version": 2}],
    }  # fmt: skip
    good(httpx.post(f"{tuition.url}/_bills", json=changed), 201)
    refused = pay(lan, quote)
    assert refused.status_code == 409 and refused.json()["type"].endswith("quote-changed")
    assert refused.json()["bill"]["amount_vnd"] == 101_000
    assert lan.post("/v1/bills/payments", {"quote": quote}).status_code == 400, "no key"
    assert pay(lan, quote[:-4] + "AAAA").status_code == 422
    assert tuition.entries(code) == []


def test_the_oldest_first(lan: Person, water: Biller) -> None:
    code = water.customer(50_000, bills=2)
    first, second = look(lan, water, code)
    assert (first["payable"], second["payable"], second["why_not"]) == (True, False, "older_first")
    refused = pay(lan, second["quote"])
    assert refused.status_code == 409 and refused.json()["type"].endswith("older-bill-first")


def test_cancelling_gives_all_back_and_opens_the_bill(lan: Person, tuition: Biller) -> None:
    code = tuition.customer(90_000)
    begun = good(pay(lan, look(lan, tuition, code)[0]["quote"]), 202)
    assert ended(lan, begun["id"], "CAPTURED")["cancellable"]
    back = good(lan.post(f"/v1/bills/payments/{begun['id']}/cancel"))
    assert back["state"] == "REFUNDED" and back["refunded_vnd"] == 90_000
    again = good(pay(lan, look(lan, tuition, code)[0]["quote"]), 202)
    ended(lan, again["id"], "CAPTURED")


def test_a_refund_of_the_biller_comes_by_its_signed_word(lan: Person, tuition: Biller) -> None:
    code = tuition.customer(80_000)
    begun = good(pay(lan, look(lan, tuition, code)[0]["quote"]), 202)
    ended(lan, begun["id"], "CAPTURED")
    told = {"ref": begun["id"], "amount_vnd": 30_000}
    good(httpx.post(f"{tuition.url}/_refund", json=told))
    assert ended(lan, begun["id"], "PART_REFUNDED")["refunded_vnd"] == 30_000


def test_a_callback_that_nobody_signed_is_nobodys(http: httpx.Client, lan: Person) -> None:
    assert lan
    assert sandbox_key("huewaco") not in http.get("/v1/billers").text
    body = {"ref": "x", "status": "PAID", "receipt": "1", "amount_vnd": 1}
    answer = http.post("/v1/bills/callbacks/huewaco", json=body)
    assert answer.status_code == 401 and answer.json()["type"].endswith("bad-signature")
    assert http.post("/v1/bills/callbacks/nobody", json=body).status_code == 401


def test_saved_codes_and_autopay(lan: Person, water: Biller) -> None:
    code = water.customer(60_000)
    body = {"biller": "huewaco", "customer_code": code, "label": "Nhà"}
    saved = good(lan.post("/v1/me/bill-accounts", body), 201)
    assert good(lan.post("/v1/me/bill-accounts", body), 201)["id"] == saved["id"]
    at = f"/v1/me/bill-accounts/{saved['id']}"
    wanted = {"ceiling_vnd": 500_000, "day": 5}
    set_on = lan.http.put(f"{at}/autopay", json=wanted, headers=lan.headers())
    assert good(set_on)["autopay"] == wanted
    for bad in ({"ceiling_vnd": 0, "day": 5}, {"ceiling_vnd": 1e6, "day": 5},
                {"ceiling_vnd": 5, "day": 31}, {"ceiling_vnd": True, "day": 1}):  # fmt: skip
        answer = lan.http.put(f"{at}/autopay", json=bad, headers=lan.headers())
        assert answer.status_code == 422, bad
    assert lan.http.delete(at, headers=lan.headers()).status_code == 204
    assert saved["id"] not in lan.get("/v1/me/bill-accounts").text
