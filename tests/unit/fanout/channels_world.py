"""The real simulators on loopback, in the test's own loop, and a message to send through them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import aiohttp
from aiohttp import web
from city.fanout.model import Address, Delivery, Notice, Receipt
from city.fanout.outgoing import Outgoing, session
from city.fanout.pace import Pace
from city.fanout.sending import Channel, Postman
from city.kernel.text import Text

from infra.local.place import free_port
from infra.simulators.dial import beside

BASE_URL = "https://city.example"
NOW = datetime.now(UTC)  # the simulators check signatures against the real clock


def free_address() -> str:
    """An address whose port, and the one beside it, nobody has."""
    while True:
        address = f"http://localhost:{free_port()}"
        with socket.socket() as other, suppress(OSError):
            other.bind(("127.0.0.1", beside(address)))
            return address


class Other:
    """A simulator that runs, and this test's connections."""

    def __init__(self, address: str, http: aiohttp.ClientSession) -> None:
        self.address, self.http = address, http
        self.out = Outgoing(http, lambda: NOW)

    @property
    def port(self) -> int:
        """Where it speaks what is not HTTP."""
        return beside(self.address)

    async def dial(self, to: str, **fault: Any) -> None:
        """Make it misbehave."""
        async with self.http.post(f"{self.address}/_dial", json={"id": to, **fault}) as answer:
            assert answer.status == 200

    async def got(self, path: str = "/_messages") -> list[dict[str, Any]]:
        """What it received."""
        async with self.http.get(self.address + path) as answer:
            items: list[dict[str, Any]] = (await answer.json())["items"]
            return items


@asynccontextmanager
async def simulated(name: str) -> AsyncIterator[Other]:
    """Run a simulator."""
    address = free_address()
    made = import_module(f"infra.simulators.{name}").app(address, "http://city")
    runner = web.AppRunner(made, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(address.rpartition(":")[2])).start()
    http = session()
    try:
        yield Other(address, http)
    finally:
        await http.close()
        await runner.cleanup()


def against(name: str, test: Callable[[Other], Awaitable[None]]) -> None:
    """Run a test against a simulator; it may take ten seconds."""

    async def run() -> None:
        async with simulated(name) as other, asyncio.timeout(10):
            await test(other)

    asyncio.run(run())


def delivery(**changes: Any) -> Delivery:
    """A message on its way."""
    lane = changes.pop("lane", "p0")
    told: dict[str, Any] = {
        "delivery_id": "alert-1", "revision": 1, "tag": "episode-1", "kind": "flood",
        "title": Text(vi="Lũ khẩn cấp trên sông Hương", en="Flood on the Huong"),
        "body": Text(vi="Nước trên báo động III. Lên chỗ cao.", en="Above alarm III. Go up."),
        "link": "/warnings/alert-1", "expires": NOW + timedelta(hours=12), "level": "Extreme",
    }  # fmt: skip
    return Delivery(
        notice=Notice(**{**told, **changes}), lane=lane, snapshot="s", manifest="m", audience=1,
        slices=1, released_at=NOW, resolved_at=NOW,
    )  # fmt: skip


async def sent(
    channel: Channel, to: str, told: Delivery | None = None, keys: dict[str, str] | None = None
) -> Receipt:
    """Send to one device."""
    address = Address(id="u/a", channel="webpush", endpoint=to, **(keys or {}))
    return await channel.ready(told or delivery())(address, "vi")


async def sent_to_all(channel: Channel, addresses: list[Address]) -> dict[str, str]:
    """Send to many devices; each one's verdict."""
    postman = Postman({addresses[0].channel: channel})
    receipts = await postman.send(delivery(), [(a, "vi") for a in addresses])
    return {name: receipt.verdict for name, receipt in receipts.items()}


def hurried(other: Other, at: list[float]) -> Outgoing:
    """Connections whose paces go by a clock of the test's own."""
    return Outgoing(other.http, lambda: NOW, Pace(clock=lambda: at[0]))


def words_of(message: dict[str, Any]) -> str:
    """Everything in a message, to look for words."""
    return json.dumps(message, ensure_ascii=False)
