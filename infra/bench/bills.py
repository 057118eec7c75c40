"""Bills paid end to end over HTTP: edge, API, hold, bus, queue, biller, capture.

Beside it, in the same run, what the parts can do: the same handlers called in this process against
the same emulator (what tables and biller take), a payment's three transactions bare (what tables
take at best), and calls of a function that does nothing.

The sanitation company's simulator answers at once; the water company's books 1.5 s later and tells
by callback, so nothing is captured there before that.

Functions are warm when it begins, as with provisioned concurrency: some bills are paid before, and
the city is older than the minute after which each scheduled function starts for the first time.
Processor time is that of each process (functions by name) over a whole measurement, for a payment.
"""

import io
import os
import time
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
import httpx
from city.adapters import tokens
from city.adapters.outbox import Outbox, together
from city.adapters.reference import reference
from city.adapters.stores import table
from city.adapters.table import Delete
from city.adapters.trust import trust
from city.billers.http import HttpBiller
from city.billers.port import Bill
from city.billers.traits import Register
from city.bills import cases, paying, saga
from city.bills.desk import Desk
from city.bills.model import NewPayment
from city.bills.quotes import quoted
from city.contracts.ledger import PaymentChanged
from city.identity.keys import Keys
from city.kernel.clock import utc_now
from city.kernel.people import Principal, Role
from city.ledger import changes
from city.ledger.book import Ledger
from city.ledger.opening import open_ledger

from infra.bench.cpu import aged, counting
from infra.bench.money import (
    BILL_VND,
    PAYERS,
    PER_ROUND,
    ROUNDS,
    THREADS,
    Quiet,
    Recording,
    fresh,
    in_turns,
    paced,
    payer,
)
from infra.bench.table import keep, percentile, show
from infra.local.place import Place
from infra.simulators.billers.server import sandbox_key

CLIENTS, BILLS, RATE = 8, 48, 8
WARM = 6 * CLIENTS  # by so many at once that both of the workers' processes are started
AGE_S = 90  # schedules of a minute have run once, and their functions have started
CALLS_PER_PAYMENT = 3  # the request, the worker, and who listens to how it ended
SHOWN_MS = 0.1
NOTHING = "bench-nothing"
AT_ONCE, LATER = "hepco", "huewaco"
SHAPES = {AT_ONCE: "HEP{:06}", LATER: "HW{:08}"}


@dataclass(frozen=True, slots=True)
class Ready:
    """An open bill and who is going to pay it."""

    who: Principal
    headers: dict[str, str]
    quote: str


class Nobody:
    """A queue that is not listened to: this process does the work itself."""

    def send_all(self, bodies: Sequence[dict[str, Any]], delay_s: int = 0) -> None:
        """See `city.bills.desk.Later`."""


def _payers(ledger: Ledger) -> list[tuple[Principal, dict[str, str]]]:
    keys = Keys(table("identity"), trust(), os.environ["TOKEN_SECRET"])
    found = []
    for _ in range(PAYERS):
        owner = f"bench-{uuid4().hex}"
        payer(ledger, owner, 20_000_000)
        who = Principal(user_id=owner, roles=frozenset({Role.CITIZEN}), acr=2)
        token = tokens.issue(who, keys, utc_now(), "bench")
        found.append((who, {"Authorization": f"Bearer {token}"}))
    return found


def _ready(
    place: Place, biller: str, payers: Sequence[tuple[Principal, dict[str, str]]], many: int
) -> list[Ready]:
    """So many open bills with their quotes, as `GET /v1/bills` gives them."""
    simulator = place.simulator(f"billers.{biller}")
    httpx.post(f"{simulator}/_dial", json={"rates": {}}).raise_for_status()
    first, now = uuid4().int % 900_000, utc_now()
    due = (datetime.now(UTC) + timedelta(days=9)).date()
    made = []
    with httpx.Client() as http:
        for n in range(many):
            code = SHAPES[biller].format(first + n)
            bill = Bill(
                bill_id=f"{code}-{uuid4().hex[:6]}", period="11/2026", amount_vnd=BILL_VND,
                version="1", due_on=due,
            )  # fmt: skip
            told = bill.model_dump(include={"bill_id", "period", "amount_vnd"})
            body = {"customer_code": code, "bills": [{**told, "due_on": due.isoformat()}]}
            http.post(f"{simulator}/_bills", json=body).raise_for_status()
            who, headers = payers[n % PAYERS]
            quote, _ = quoted(os.environ["TOKEN_SECRET"], who.user_id, biller, code, bill, now)
            made.append(Ready(who, headers, quote))
    return made


def _paid(http: httpx.Client, one: Ready) -> tuple[datetime, float, str]:
    """When it was asked for, how long the answer took (s), which payment it is."""
    began, clock = utc_now(), time.perf_counter()
    more = {**one.headers, "Idempotency-Key": uuid4().hex}
    answer = http.post("/v1/bills/payments", json={"quote": one.quote}, headers=more)
    return began, time.perf_counter() - clock, answer.raise_for_status().json()["id"]


def _captured(ledger: Ledger, payment_id: str) -> datetime:
    for _ in range(600):
        at = changes.get(ledger, payment_id).captured_at
        if at:
            return at
        time.sleep(0.2)
    raise TimeoutError(f"{payment_id} was not captured within two minutes")


def _all(
    ledger: Ledger,
    http: httpx.Client,
    ready: Sequence[Ready],
    wait: Callable[[], None] = lambda: None,
    clients: int = CLIENTS,
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


def _in_process(place: Place, ledger: Ledger, ready: Sequence[Ready]) -> dict[str, float]:
    """Payments a second by the very handlers, in this process, in turns with their own three
    transactions bare. Nothing is published: whom the events wake would be at work beside it."""
    address, at = place.simulator(f"billers.{AT_ONCE}"), table("bills")
    recording = Recording(ledger.table)
    quiet = replace(ledger, outbox=Outbox(ledger.table, Quiet()))
    recorded = replace(ledger, table=recording, outbox=Outbox(recording, Quiet()))

    def desk(books: Ledger) -> Desk:
        return Desk(
            ledger=books, table=at, outbox=Outbox(at, Quiet()), register=Register.of(reference()),
            biller=lambda name: HttpBiller(name, address, sandbox_key(name)), to_pay=Nobody(),
            secret=os.environ["TOKEN_SECRET"], base_url=place.address,
        )  # fmt: skip

    waiting = list(ready)

    def pay(books: Ledger) -> None:
        one = waiting.pop()
        begun = paying.pay(desk(books), NewPayment(quote=one.quote), one.who, uuid4().hex)
        with together():
            done = saga.attend(desk(books), begun.id)
        cases.follow(desk(books), _ended(begun.id))
        if done.captured_at is None:
            raise RuntimeError(f"not captured: {done}")

    pay(recorded)
    commits = [seen for seen in recording.seen if not all(isinstance(o, Delete) for o in seen)]

    def bare(_: int) -> None:
        for commit in fresh(commits, uuid4().hex):
            ledger.table.commit(*commit)

    return in_turns({"bare": bare, "in_process": lambda _: pay(quiet)})


def _ended(payment_id: str) -> PaymentChanged:
    """The event that a payment's listener is woken with; it looks at nothing but the id."""
    return PaymentChanged(
        payment_id=payment_id, sequence=3, kind="bill", state="CAPTURED", owner=None, source="",
        target="", amount_vnd=BILL_VND, fee_vnd=0, refunded_vnd=0, at=utc_now(),
    )  # fmt: skip


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


def _spent(found: Sequence[dict[str, float]]) -> list[list[str]]:
    """Each process that took a tenth of a millisecond or more, and the sum of all."""
    names = dict.fromkeys(name for each in found for name in each if name != "busy")
    rows = {name: [each.get(name, 0.0) / BILLS for each in found] for name in names}
    together = [sum(each) for each in zip(*rows.values(), strict=True)]
    told = {name: ms for name, ms in rows.items() if max(ms) >= SHOWN_MS} | {"together": together}
    return [[name, *(f"{one:.1f}" for one in ms)] for name, ms in told.items()]


NAMES = {
    "per_s": "payments/s",
    "answer_p50_ms": "answered after, p50 ms",
    "answer_p99_ms": "answered after, p99 ms",
    "captured_p50_ms": "captured after, p50 ms",
    "captured_p99_ms": "captured after, p99 ms",
}


def run(place: Place) -> None:
    """Measure and print."""
    ledger = open_ledger()
    payers = _payers(ledger)
    here = _ready(place, AT_ONCE, payers, ROUNDS * PER_ROUND + THREADS + 1)
    parts = _in_process(place, ledger, here)
    aged(place, AGE_S)
    with httpx.Client(base_url=place.address, timeout=60) as http:
        ready = _ready(place, AT_ONCE, payers, WARM + 2 * BILLS)
        _all(ledger, http, ready[:WARM], clients=4 * CLIENTS)
        with counting(place) as crowd_ms:
            crowd = _all(ledger, http, ready[WARM:-BILLS])
        with counting(place) as steady_ms, paced(RATE) as wait:
            steady = _all(ledger, http, ready[-BILLS:], wait, 4 * CLIENTS)
        late = _ready(place, LATER, payers, WARM + BILLS)
        _all(ledger, http, late[:WARM], clients=4 * CLIENTS)
        with counting(place) as slow_ms:
            slow = _all(ledger, http, late[WARM:])
    parts["nothing"] = _nothing_per_s()
    rows = [
        ["a payment's three transactions, bare", f"{parts['bare']:.1f}", "1"],
        *(
            [name, f"{rate:.1f}", f"{rate / parts['bare']:.2f}"]
            for name, rate in (
                ("its handlers in one process, biller included", parts["in_process"]),
                (f"over HTTP, {CLIENTS} clients", crowd["per_s"]),
                (
                    f"calls of a function that does nothing, by {CALLS_PER_PAYMENT}",
                    parts["nothing"] / CALLS_PER_PAYMENT,
                ),
            )
        ),
    ]
    show("Bills: what the parts can do, payments/s", ["", "/s", "ratio"], rows)
    told = [
        [name, f"{crowd[key]:.1f}", f"{steady[key]:.1f}", f"{slow[key]:.1f}"]
        for key, name in NAMES.items()
    ]
    title = "Bills over HTTP (edge → API → hold → bus → queue → biller → capture)"
    heads = ["", f"{CLIENTS} clients", f"{RATE}/s offered", "biller books 1.5 s later"]
    show(title, heads, told)
    spent = {"clients": crowd_ms, "offered": steady_ms, "later": slow_ms}
    show("Processor ms for a payment, warm", heads, _spent(list(spent.values())))
    busy = ", ".join(f"{each['busy']:.0%}" for each in spent.values())
    print(f"  machine busy: {busy}; load of the last minute: {os.getloadavg()[0]:.1f}")
    found = {"clients": crowd, "offered": steady, "later": slow, "parts": parts}
    keep("bills", {**found, "processor_ms": spent})
