"""Wallets of the running city, with its bank: doors, races, lost answers, the books."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import pytest
from city_people import Person, eventually, good
from city_processes import here

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
LAN, MINH, NAM, UNVERIFIED, ADMIN, AUDITOR = (
    "+84900000001", "+84900000002", "+84900000003", "+84900000005", "+84900000031", "+84900000030",
)  # fmt: skip


def key() -> dict[str, str]:
    return {"Idempotency-Key": f"test-{uuid4().hex}"}


@pytest.fixture(scope="module")
def bank() -> Iterator[httpx.Client]:
    """The bank's simulator."""

    place = here()
    with httpx.Client(base_url=place.simulator("bank"), timeout=30) as client:
        yield client
        client.post("/_dial", json={"rates": {}, "forced": []})


def ended(who: Person, payment_id: str, seconds: float = 60) -> Any:
    """A payment, once nothing more happens by itself."""

    def look() -> Any:
        found = good(who.get(f"/v1/payments/{payment_id}"))
        return found if found["final"] else None

    return eventually(look, seconds)


def test_the_demo_wallets_hold_what_the_bank_keeps(person: Sign, bank: httpx.Client) -> None:
    mine = good(person(LAN).get("/v1/wallet"))
    assert (mine["provider"], mine["status"]) == ("sandbox", "open")
    assert mine["available_vnd"] > 0
    book = bank.get("/_book").json()
    made = good(person(AUDITOR).post("/v1/ledger/trial-balances"), 201)
    kept = book["guarantee_vnd"]
    assert (made["total_vnd"], -made["by_class"]["bank"]) == (0, kept)


def test_who_is_not_verified_has_no_wallet(person: Sign) -> None:
    somebody = person(UNVERIFIED)
    assert somebody.get("/v1/wallet").status_code == 404
    refused = somebody.post("/v1/wallet/top-ups", {"amount_vnd": 1000}, **key())
    assert refused.json()["type"].endswith("assurance-needed")


def test_topping_up_survives_a_lost_answer(person: Sign, bank: httpx.Client) -> None:
    lan = person(LAN)
    before = good(lan.get("/v1/wallet"))["available_vnd"]
    assert lan.post("/v1/wallet/top-ups", {"amount_vnd": 11_000}).status_code == 400
    bank.post("/_dial", json={"forced": ["lost_answer"], "rates": {"duplicate_callback": 1.0}})
    begun = good(lan.post("/v1/wallet/top-ups", {"amount_vnd": 11_000}, **key()), 202)
    assert (begun["state"], begun["final"]) == ("CREATED", False)
    assert ended(lan, begun["id"], 90)["state"] == "CAPTURED"
    assert good(lan.get("/v1/wallet"))["available_vnd"] == before + 11_000
    bank.post("/_dial", json={"rates": {}, "forced": ["reject"]})
    begun = good(lan.post("/v1/wallet/top-ups", {"amount_vnd": 12_000}, **key()), 202)
    assert ended(lan, begun["id"])["state"] == "VOID"
    assert person(MINH).get(f"/v1/payments/{begun['id']}").status_code == 404


def test_a_hundred_with_one_key_are_one(person: Sign, bank: httpx.Client, city: str) -> None:
    lan, same = person(LAN), key()
    bank.post("/_dial", json={"rates": {}, "forced": []})
    before = good(lan.get("/v1/wallet"))["available_vnd"]
    with httpx.Client(base_url=city, timeout=60) as http, ThreadPoolExecutor(8) as pool:
        headers = lan.headers(**same)

        def ask(_: int) -> httpx.Response:
            return http.post("/v1/wallet/top-ups", json={"amount_vnd": 13_000}, headers=headers)

        made = [good(answer, 202)["id"] for answer in pool.map(ask, range(100))]
    assert len(set(made)) == 1
    other = lan.post("/v1/wallet/top-ups", {"amount_vnd": 13_001}, **same)
    assert (other.status_code, other.json()["type"]) == (
        422,
        "urn:hue-s:problem:idempotency-key-reused",
    )
    assert ended(lan, made[0])["state"] == "CAPTURED"
    assert good(lan.get("/v1/wallet"))["available_vnd"] == before + 13_000


def test_what_the_bank_leaves_in_doubt_is_a_persons_to_end(
    person: Sign, bank: httpx.Client
) -> None:
    lan, admin, auditor = person(LAN), person(ADMIN), person(AUDITOR)
    doubt = {"forced": ["lost_request"], "rates": {"query_down": 1.0}}
    bank.post("/_dial", json=doubt)
    begun = good(lan.post("/v1/wallet/top-ups", {"amount_vnd": 14_000}, **key()), 202)["id"]

    def listed() -> Any:
        found = good(auditor.get("/v1/ledger/cases?state=UNKNOWN&limit=100"))["items"]
        return next((one for one in found if one["payment_id"] == begun), None)

    assert eventually(listed)["kind"] == "top_up"
    assert lan.get("/v1/ledger/cases").status_code == 403
    shown = good(auditor.get(f"/v1/ledger/cases/{begun}"))
    assert (shown["bank"]["outcome"], shown["proposal"]) == ("unavailable", None)
    bank.post("/_dial", json={"rates": {}, "forced": []})
    asked = good(admin.post(f"/v1/ledger/cases/{begun}/ask"))
    assert (asked["bank"]["outcome"], asked["payment"]["state"]) == ("not_found", "UNKNOWN")
    body = {"outcome": "not_paid", "evidence": "ngân hàng xác nhận", "receipt": ""}
    refused = admin.post(f"/v1/ledger/cases/{begun}/proposal", body)
    assert refused.json()["type"].endswith("assurance-needed")
    assert auditor.post(f"/v1/ledger/cases/{begun}/ask").status_code == 403
    moves = {"source": "suspense:unclaimed", "target": "promo:x", "amount_vnd": 1,
             "reason": "không có lý do gì", "reference": "CV-1"}  # fmt: skip
    assert admin.post("/v1/ledger/corrections", moves).json()["type"].endswith("assurance-needed")
    assert good(auditor.get("/v1/ledger/corrections"))["items"] == []


@pytest.fixture
def books(city: str) -> Any:
    """The running city's ledger, from inside."""
    from infra.replay.drive import join_running_city

    join_running_city()
    from city.adapters.reference import reference
    from city.adapters.stores import outbox, table
    from city.kernel.clock import utc_now
    from city.kernel.ids import new_id
    from city.ledger.book import Ledger
    from city.ledger.limits import LimitBook

    limits = LimitBook.model_validate(reference().more["limits"])
    return Ledger(table("ledger"), outbox("ledger"), limits, utc_now, new_id)


def test_two_hundred_racing_debits_are_what_there_is(books: Any, person: Sign) -> None:
    """On the table itself: 2,000,000 in 12,345 each is 162, whoever comes first."""
    from city.kernel.problems import Problem
    from city.ledger import changes, payments, reading, wallets
    from city.ledger.changes import Refund
    from city.ledger.model import ClientKey, Kind, Order
    from city.ledger.problems import InsufficientFunds

    def order(kind: Kind, source: str, target: str, amount: int) -> Order:
        at = ClientKey(principal="race", route="race", key=uuid4().hex)
        return Order(kind=kind, owner="race", source=source, target=target,
                     amount_vnd=amount, key=at, stepped_up=True)  # fmt: skip

    wallet = wallets.open_wallet(books, f"race-{uuid4().hex}", "999946-1")
    rich = wallets.by_owner(books, good(person(MINH).get("/v1/me"))["id"])
    payments.begin(books, order(Kind.TRANSFER, rich.account, wallet.account, 2_000_000))

    def spend(_: int) -> str | None:
        wanted = order(Kind.MERCHANT, wallet.account, "merchant:race", 12_345)
        with suppress(InsufficientFunds):
            return payments.begin(books, wanted).id
        return None

    with ThreadPoolExecutor(8) as pool:
        paid = [one for one in pool.map(spend, range(200)) if one]
    assert len(paid) == 2_000_000 // 12_345
    assert wallets.purse(books, wallet.id).avail_vnd == 2_000_000 % 12_345

    def back(n: int) -> bool:
        try:
            changes.refund(books, paid[0], Refund(f"r{n}", 1_000))
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(back, range(50))) <= 12
    left = changes.get(books, paid[0])
    assert left.refunded_vnd <= 12_345
    assert reading.check(books, wallet.account).purse_vnd == 2_000_000 % 12_345 + left.refunded_vnd


def test_a_transfer_needs_a_passkey_on_a_new_device(person: Sign) -> None:
    lan = person(LAN)
    to = good(lan.post("/v1/wallet/recipients", {"phone": MINH}))
    assert to["name"].endswith("Minh") and "•" in to["name"]
    body = {"to_wallet": to["wallet_id"], "amount_vnd": 5_000}
    refused = lan.post("/v1/wallet/transfers", body, **key())
    assert (refused.status_code, refused.json()["required"]) == (403, 3)


def test_limits_activity_and_statement(person: Sign) -> None:
    lan = person(LAN)
    told = good(lan.get("/v1/wallet/limits"))
    assert told["ceilings"][0]["most_vnd"] == 100_000_000
    listed = good(lan.get("/v1/wallet/activity", params={"limit": 2}))
    assert len(listed["items"]) == 2 and listed["next_cursor"]
    month = good(lan.get("/v1/wallet/statement"))
    assert month["opening_vnd"] + month["in_vnd"] - month["out_vnd"] == month["closing_vnd"]
    assert month["chain_intact"]
    sheet = lan.get("/v1/wallet/statement.csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    headers = lan.headers(Accept="application/pdf")
    page = lan.http.get("/v1/wallet/statement.pdf", headers=headers)
    assert page.headers["content-type"] == "application/pdf" and page.content.startswith(b"%PDF-")
    assert len(sheet.text.splitlines()) == len(month["lines"]) + 3


def test_freezing_is_at_once_and_the_bank_s_door_is_shut_to_others(
    person: Sign, http: httpx.Client, books: Any
) -> None:
    nam = person(NAM)
    assert good(nam.post("/v1/wallet/freeze", {"reason": "thử"}))["status"] == "frozen"
    assert nam.post("/v1/wallet/unfreeze").json()["required"] == 3
    wallet = good(nam.get("/v1/wallet"))["id"]
    assert person(ADMIN).post(f"/v1/ledger/wallets/{wallet}/unfreeze").json()["required"] == 3
    assert http.post("/v1/wallet/bank-notices", json={}).status_code == 401
    from city.ledger import wallets

    wallets.unfreeze(books, wallet)  # the demo goes on with it


def test_every_account_is_what_its_lines_say(person: Sign, bank: httpx.Client) -> None:
    auditor = person(AUDITOR)
    names = [
        a["account"]
        for a in good(auditor.get("/v1/ledger/accounts", params={"limit": 50}))["items"]
    ]
    assert "bank:escrow" in names
    for name in names[:10]:
        assert good(auditor.get(f"/v1/ledger/accounts/{name}/check"))["good"], name
    made = good(auditor.post("/v1/ledger/trial-balances"), 201)
    assert made["total_vnd"] == 0
    kept = bank.get("/_book").json()["guarantee_vnd"]
    assert -made["by_class"]["bank"] == kept
