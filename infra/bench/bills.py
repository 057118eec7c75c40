"""Bills paid end to end over HTTP: edge, API, hold, queue, biller, capture.

Beside them, in the same run and with as many clients, what the local cloud can do at best: calls of
a function that does nothing. One payment is at least two function calls (the request, the worker)
and, by its events, two more.
"""

import io
import os
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
import httpx
from city.adapters import tokens
from city.adapters.stores import table
from city.adapters.trust import trust
from city.identity.keys import Keys
from city.kernel.clock import utc_now
from city.kernel.people import Principal, Role
from city.ledger import changes
from city.ledger.book import Ledger

from infra.bench.money import BILL_VND, PAYERS, books, paced, payer
from infra.bench.table import keep, percentile, show
from infra.local.place import Place

CLIENTS, BILLS, RATE = 8, 48, 8
CALLS_PER_PAYMENT = 4
NOTHING = "bench-nothing"
Ready = tuple[dict[str, str], str]


def _ready(place: Place, ledger: Ledger, http: httpx.Client, many: int) -> list[Ready]:
    """So many open bills: the payer's headers and the quote of each."""
    simulator = place.simulator("billers.huewaco")
    httpx.post(f"{simulator}/_dial", json={"rates": {}}).raise_for_status()
    keys = Keys(table("identity"), trust(), os.environ["TOKEN_SECRET"])
    headers = []
    for _ in range(PAYERS):
        owner = f"bench-{uuid4().hex}"
        payer(ledger, owner, 5_000_000)
        who = Principal(user_id=owner, roles=frozenset({Role.CITIZEN}), acr=2)
        token = tokens.issue(who, keys, utc_now(), "bench")
        headers.append({"Authorization": f"Bearer {token}"})
    first = uuid4().int % 10**7 * 10
    due = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()

    def one(n: int) -> Ready:
        code = f"HW{(first + n) % 10**8:08}"
        told = {"bill_id": f"{code}-1", "period": "11/2026", "amount_vnd": BILL_VND, "due_on": due}
        body = {"customer_code": code, "bills": [told]}
        httpx.post(f"{simulator}/_bills", json=body).raise_for_status()
        query = {"biller": "huewaco", "customer_code": code}
        whose = headers[n % PAYERS]
        found = http.get("/v1/bills", params=query, headers=whose).raise_for_status().json()
        return whose, found["bills"][0]["quote"]

    return [one(n) for n in range(many)]


def _paid(http: httpx.Client, one: Ready) -> tuple[datetime, float, str]:
    """When it was asked for, how long the answer took (s), which payment it is."""
    headers, quote = one
    began, clock = utc_now(), time.perf_counter()
    more = {**headers, "Idempotency-Key": uuid4().hex}
    answer = http.post("/v1/bills/payments", json={"quote": quote}, headers=more)
    return began, time.perf_counter() - clock, answer.raise_for_status().json()["id"]


def _captured(ledger: Ledger, payment_id: str) -> datetime:
    for _ in range(600):
        at = changes.get(ledger, payment_id).captured_at
        if at:
            return at
        time.sleep(0.2)
    raise TimeoutError(f"{payment_id} was not captured within two minutes")


def _all(
    ledger: Ledger, http: httpx.Client, ready: list[Ready], wait: Callable[[], None], clients: int
) -> dict[str, float]:
    """Pay them all, and wait until the ledger has captured each."""
    started = utc_now()
    with ThreadPoolExecutor(clients) as pool:
        waiting = []
        for one in ready:
            wait()
            waiting.append(pool.submit(_paid, http, one))
        answers = [each.result() for each in waiting]
    ends = [(began, _captured(ledger, payment_id)) for began, _, payment_id in answers]
    whole = [(end - began).total_seconds() for began, end in ends]
    return {
        "per_s": len(ends) / (max(end for _, end in ends) - started).total_seconds(),
        "answer_p50_ms": percentile([took for _, took, _ in answers], 0.5),
        "answer_p99_ms": percentile([took for _, took, _ in answers], 0.99),
        "captured_p50_ms": percentile(whole, 0.5),
        "captured_p99_ms": percentile(whole, 0.99),
    }


def _nothing_per_s() -> float:
    """Calls a second of a function that does nothing, by as many clients."""
    cloud: Any = boto3.client("lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as code:
        code.writestr("app.py", "def handler(event, context):\n    return {}\n")
    cloud.create_function(
        FunctionName=NOTHING, Runtime="python3.12", Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/bench", Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip
    try:

        def call(_: int) -> None:
            cloud.invoke(FunctionName=NOTHING, Payload=b"{}")["Payload"].read()

        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(call, range(CLIENTS * 4)))  # warm
            started = time.perf_counter()
            list(pool.map(call, range(BILLS * CALLS_PER_PAYMENT)))
            return BILLS * CALLS_PER_PAYMENT / (time.perf_counter() - started)
    finally:
        cloud.delete_function(FunctionName=NOTHING)


def run(place: Place) -> None:
    """Measure and print."""
    ledger = books(table("ledger"), quiet=False)
    with httpx.Client(base_url=place.address, timeout=60) as http:
        ready = _ready(place, ledger, http, CLIENTS + 2 * BILLS)
        warm, first, second = ready[:CLIENTS], ready[CLIENTS:-BILLS], ready[-BILLS:]
        _all(ledger, http, warm, lambda: None, CLIENTS)
        crowd = _all(ledger, http, first, lambda: None, CLIENTS)
        with paced(RATE) as wait:
            steady = _all(ledger, http, second, wait, 4 * CLIENTS)
    nothing = _nothing_per_s()
    names = {
        "per_s": "payments/s",
        "answer_p50_ms": "answered after, p50 ms",
        "answer_p99_ms": "answered after, p99 ms",
        "captured_p50_ms": "captured after, p50 ms",
        "captured_p99_ms": "captured after, p99 ms",
    }
    rows = [[name, f"{crowd[key]:.1f}", f"{steady[key]:.1f}"] for key, name in names.items()]
    share = crowd["per_s"] / (nothing / CALLS_PER_PAYMENT)
    rows.append(["calls/s of a function that does nothing", f"{nothing:.1f}", ""])
    rows.append([f"payments to a {CALLS_PER_PAYMENT}th of them", f"{share:.2f}", ""])
    title = "Bills over HTTP (edge → API → hold → queue → biller → capture)"
    show(title, ["", f"{CLIENTS} clients", f"{RATE}/s offered"], rows)
    keep("bills", {"clients": crowd, "offered": steady, "nothing_per_s": nothing, "share": share})
