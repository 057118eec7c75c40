"""A simulator on a loopback port of its own, in a thread, for as long as a test needs it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
from aiohttp import web
from city.billers.http import HttpBiller

from infra.local.place import free_port
from infra.simulators.billers.book import Book, Habits, Invoice
from infra.simulators.billers.dial import Dial
from infra.simulators.billers.server import Counter, application, sandbox_key

CUSTOMER = "KH001"
TODAY = date.today()  # noqa: DTZ011 - the simulator's own day


@dataclass
class Simulated:
    """A running simulator and our client of it."""

    counter: Counter
    url: str

    @property
    def client(self) -> HttpBiller:
        return HttpBiller("test", self.url, sandbox_key("test"), connect_s=1, answer_s=0.5)

    def book(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.url}/_book").json()
        return found

    def force(self, *faults: str, **more: Any) -> None:
        told = {"forced": list(faults), **more}
        assert httpx.post(f"{self.url}/_dial", json=told).status_code == 200

    def advance(self, **span: float) -> None:
        told = {"advance_s": timedelta(**span).total_seconds()}
        assert httpx.post(f"{self.url}/_clock", json=told).status_code == 200


def invoice(number: int, amount: int = 120_000, customer: str = CUSTOMER) -> Invoice:
    """A bill; those with smaller numbers are older."""
    due = TODAY - timedelta(days=60 - 30 * number)
    return Invoice(f"B{number}", customer, f"{number:02}/2026", amount, due)


@contextmanager
def simulated(habits: Habits, at: str = "") -> Iterator[Simulated]:
    """A simulator with two bills of one customer."""
    book = Book("test", habits)
    book.add(CUSTOMER, "N*** V*** T***", invoice(1), invoice(2, 75_000))
    counter = Counter(book, "http://127.0.0.1:9/nobody", Dial(slow_s=1.5))
    port = free_port()
    loop = asyncio.new_event_loop()
    up = threading.Event()

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(application({at: counter}), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        up.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert up.wait(10)
    try:
        yield Simulated(counter, f"http://127.0.0.1:{port}{at}")
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
