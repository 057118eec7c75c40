"""A book behind HTTP, with its dial, its clock and its callbacks.

Doors for tests: `GET /_book`, `POST /_dial`, `POST /_clock` {"advance_s"}, `POST /_bills`,
`POST /_refund`. They are open: a simulator listens on the loopback only.
"""

import asyncio
import base64
import csv
import hashlib
import hmac
import io
import json
import time as clock
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from infra.simulators.billers.book import Answer, Book, Entry, Invoice
from infra.simulators.billers.dial import Dial

NOTICE = "Trình mô phỏng · a simulator of a biller; invented traits, made-up customers."
TICK_S, RETRIES = 0.2, 5
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def sandbox_key(biller: str) -> str:
    """Key and callback secret in the sandbox: known to everybody, good for a simulator only."""
    return f"sandbox-biller-{biller}"


@dataclass
class Counter:
    """One biller's counter: a book, a dial, a clock, and where its callbacks go."""

    book: Book
    callback: str
    dial: Dial = field(default_factory=Dial)
    skew_s: float = 0.0
    told: set[tuple[int, str]] = field(default_factory=set)

    @property
    def key(self) -> str:
        """What callers must show."""
        return sandbox_key(self.book.name)

    def now(self) -> datetime:
        """This biller's time."""
        return datetime.now(UTC) + timedelta(seconds=self.skew_s)

    async def bills(self, request: web.Request) -> web.Response:
        """What a customer owes."""
        if self.dial.hit("lookup_down"):
            return web.json_response({"error": "down"}, status=503)
        customer = request.query.get("customer_code", "")
        if customer not in self.book.customers:
            return web.json_response({"status": "NO_SUCH_CUSTOMER"}, status=404)
        listed = [
            {
                "bill_id": each.bill_id, "period": each.period, "amount_vnd": each.amount_vnd,
                "paid_vnd": each.paid_vnd, "version": str(each.version),
                "due_on": each.due_on.isoformat(),
                "expires_at": each.expires_at.isoformat() if each.expires_at else None,
            }
            for each in self.book.open_of(customer, self.now())
        ]  # fmt: skip
        name = self.book.customers[customer]
        return web.json_response({"customer_code": customer, "name": name, "bills": listed})

    async def pay(self, request: web.Request) -> web.StreamResponse:
        """Book a payment, or let the dial have its way."""
        told = await request.json()
        fault = self.dial.hit(
            "lost_request", "error_before", "reject", "late", "lost_answer", "slow", "error_after"
        )
        ref = str(told["ref"])
        if fault == "lost_request":
            return _dropped(request)
        if fault == "error_before":
            return web.json_response({"error": "busy"}, status=503)
        if fault == "reject":
            answer: Answer = {"ref": ref, "status": "REJECTED", "code": "refused", "final": True}
            return web.json_response(answer, status=422)
        lag = self.dial.lag_s if fault == "late" else 0.0
        answer = self.book.pay(ref, str(told["bill_id"]), told["amount_vnd"], self.now(), lag)
        if fault in ("lost_answer", "late"):
            return _dropped(request)
        if fault == "slow":
            await asyncio.sleep(self.dial.slow_s)
        if fault == "error_after":
            return web.json_response({"error": "broke"}, status=502)
        status = {"REJECTED": 422, "PENDING": 202}.get(answer["status"], 200)
        return web.json_response(answer, status=status)

    async def query(self, request: web.Request) -> web.Response:
        """What became of a reference."""
        if not self.book.habits.query:
            return web.json_response({"error": "no such facility"}, status=501)
        if self.dial.hit("query_down"):
            return web.json_response({"error": "down"}, status=503)
        answer = self.book.query(request.match_info["ref"], self.now())
        return web.json_response(answer, status=404 if answer["status"] == "NOT_FOUND" else 200)

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """Take a payment back."""
        if not self.book.habits.cancel:
            return web.json_response({"error": "no such facility"}, status=501)
        answer = self.book.cancel(request.match_info["ref"], self.now())
        if self.dial.hit("lost_answer"):
            return _dropped(request)
        return web.json_response(answer, status=422 if answer["status"] == "REJECTED" else 200)

    async def statement(self, request: web.Request) -> web.Response:
        """One day as CSV; the day must be over."""
        day = date.fromisoformat(request.match_info["day"])
        if day >= (self.now() + timedelta(hours=7)).date():
            return web.json_response({"error": "not ready"}, status=HTTPStatus.CONFLICT)
        rows = self.book.statement(day, self.now())
        if rows and self.dial.hit("statement_missing"):
            rows = rows[:-1]
        if rows and self.dial.hit("statement_changed"):
            rows[0] = rows[0] | {"amount_vnd": rows[0]["amount_vnd"] + 1000}
        if self.dial.hit("statement_extra"):
            at = datetime.combine(day, datetime.min.time(), UTC).isoformat()
            rows.append(
                {"ref": f"X{uuid4().hex[:12]}", "bill_id": "X-1", "amount_vnd": 55000,
                 "paid_at": at, "receipt": "X-1"}
            )  # fmt: skip
        out = io.StringIO()
        columns = ["ref", "bill_id", "amount_vnd", "paid_at", "receipt"]
        written = csv.DictWriter(out, columns)
        written.writeheader()
        written.writerows(rows)
        return web.Response(text=out.getvalue(), content_type="text/csv")

    async def watch(self) -> None:
        """Book what falls due, and tell the city of every entry's end."""
        async with ClientSession(timeout=ClientTimeout(total=5)) as session:
            while True:
                await asyncio.sleep(TICK_S)
                self.book.settle(self.now())
                if not self.book.habits.callbacks:
                    continue
                for number, entry in enumerate(self.book.entries):
                    mark = (number, f"{entry.state}{len(entry.refunds)}")
                    if entry.state != "WAITING" and mark not in self.told:
                        self.told.add(mark)
                        await self._tell(session, entry)

    async def _tell(self, session: ClientSession, entry: Entry) -> None:
        if self.dial.hit("no_callback"):
            return
        message = (f"msg_{uuid4().hex}", self.book.answer(entry))
        sent = [message]
        if self.dial.hit("duplicate_callback"):
            sent.append(message)
        if self.dial.hit("reordered_callback"):
            sent.append((f"msg_{uuid4().hex}", {"ref": entry.ref, "status": "PENDING"}))
        for message_id, answer in sent:
            for _ in range(RETRIES):
                if await self._post(session, message_id, answer):
                    break
                await asyncio.sleep(0.5)

    async def _post(self, session: ClientSession, message_id: str, answer: Answer) -> bool:
        body = json.dumps(answer)
        stamp = str(int(clock.time()))
        signed = hmac.new(
            self.key.encode(), f"{message_id}.{stamp}.{body}".encode(), hashlib.sha256
        )
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(signed.digest()).decode(),
        }
        with suppress(ClientError, TimeoutError):
            async with session.post(self.callback, data=body, headers=headers) as reply:
                return reply.status < HTTPStatus.MULTIPLE_CHOICES
        return False

    async def shown(self, _: web.Request) -> web.Response:
        """The whole book."""
        dumps = lambda found: json.dumps(found, default=str, ensure_ascii=False)  # noqa: E731
        return web.json_response(self.book.shown() | {"notice": NOTICE}, dumps=dumps)

    async def turn(self, request: web.Request) -> web.Response:
        """Turn the dial."""
        try:
            self.dial.turn(await request.json())
        except ValueError as fault:
            return web.json_response({"error": str(fault)}, status=400)
        return web.json_response({"rates": self.dial.rates, "forced": self.dial.forced})

    async def advance(self, request: web.Request) -> web.Response:
        """Let this biller's time pass."""
        self.skew_s += float((await request.json())["advance_s"])
        return web.json_response({"now": self.now().isoformat()})

    async def add(self, request: web.Request) -> web.Response:
        """Another customer, or another bill, or a changed amount."""
        told: dict[str, Any] = await request.json()
        invoices = [
            Invoice(
                each["bill_id"], told["customer_code"], each["period"], each["amount_vnd"],
                date.fromisoformat(each["due_on"]), each.get("version", 1),
                datetime.fromisoformat(each["expires_at"]) if each.get("expires_at") else None,
            )
            for each in told.get("bills", [])
        ]  # fmt: skip
        self.book.add(told["customer_code"], told.get("name", "N*** V*** T***"), *invoices)
        return web.json_response({}, status=201)

    async def refund(self, request: web.Request) -> web.Response:
        """Give back a part by the biller's own will."""
        told = await request.json()
        try:
            entry = self.book.refund(told["ref"], told["amount_vnd"])
        except LookupError:
            return web.json_response({"error": "not paid"}, status=409)
        return web.json_response(self.book.answer(entry))


def _dropped(request: web.Request) -> web.StreamResponse:
    """Nothing comes back: the connection is reset."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def routes(counter: Counter, at: str = "") -> list[web.RouteDef]:
    """One counter's doors under a prefix; those for billing need the key."""

    def guarded(handler: Handler) -> Handler:
        async def act(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("Authorization", "")
            if not hmac.compare_digest(given, f"Bearer {counter.key}"):
                return web.json_response({"error": "who are you"}, status=401)
            return await handler(request)

        return act

    return [
        web.get(f"{at}/bills", guarded(counter.bills)),
        web.post(f"{at}/payments", guarded(counter.pay)),
        web.get(f"{at}/payments/{{ref}}", guarded(counter.query)),
        web.post(f"{at}/payments/{{ref}}/cancel", guarded(counter.cancel)),
        web.get(f"{at}/statements/{{day}}.csv", guarded(counter.statement)),
        web.get(f"{at}/_book", counter.shown),
        web.post(f"{at}/_dial", counter.turn),
        web.post(f"{at}/_clock", counter.advance),
        web.post(f"{at}/_bills", counter.add),
        web.post(f"{at}/_refund", counter.refund),
    ]


def application(counters: dict[str, Counter]) -> web.Application:
    """Counters by prefix as one server."""

    async def health(_: web.Request) -> web.Response:
        names = [counter.book.name for counter in counters.values()]
        return web.json_response({"status": "ok", "simulator": names, "notice": NOTICE})

    async def background(_: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(counter.watch()) for counter in counters.values()]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    made = web.Application()
    made.router.add_get("/healthz", health)
    for at, counter in counters.items():
        made.add_routes(routes(counter, at))
    made.cleanup_ctx.append(background)
    return made
