"""Web push a second and core: the worker beside a bare loop and beside `pywebpush.webpush()`.

All three encrypt for the same browsers' keys and POST to the same simulated push service, a process
of its own that checks every badge. They take turns in short rounds, so that what else the machine
does falls on all of them; medians of rounds are shown. The bare loop is nothing but `encrypt` and
`aiohttp` over keys that were decoded beforehand, as many requests under way as the worker has. The
worker is the real one: claim, manifest, address book, progress and counts; its table and objects
are in memory, since the emulator's cost says nothing about AWS.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any

import aiohttp
from city.adapters.table_memory import MemoryTable
from city.fanout.book import Library
from city.fanout.deliver import Worker, work
from city.fanout.model import Address, AreaShape, Lane, Notice, SliceMessage
from city.fanout.outgoing import AT_ONCE, Outgoing, session
from city.fanout.sending import Postman, WebPush
from city.fanout.service import Hub, Order, release
from city.fanout.store import Deliveries
from city.fanout.subscribers import Person, Place, Preferences, Subscribers
from city.fanout.webpush import Vapid, b64, encrypt, unb64
from city.kernel.clock import utc_now
from city.kernel.text import text
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.bench.table import keep, show
from infra.local.place import free_port
from infra.local.processes import fetch

PEOPLE, ROUNDS, FEW = 2000, 7, 150
CURVE = ec.SECP256R1()
GOALS = {"bare": 0.85, "webpush": 3.0}


class Shelf:
    """Objects in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def read(self, key: str) -> bytes:
        """An object."""
        return self.held[key]

    def read_range(self, key: str, first: int, last: int) -> bytes:
        """A part of one."""
        return self.held[key][first:last]

    def write(self, key: str, data: bytes) -> None:
        """Keep one."""
        self.held[key] = data


class Lines:
    """Lanes in memory."""

    def __init__(self) -> None:
        self.held: list[SliceMessage] = []

    def put(self, lane: Lane, messages: Sequence[SliceMessage], delay_s: int = 0) -> None:  # noqa: ARG002
        """Keep slices."""
        self.held += messages


@contextmanager
def push_service() -> Iterator[str]:
    """The simulator as a process of its own."""
    port = free_port()
    address = f"http://localhost:{port}"
    command = [sys.executable, "-m", "infra.simulators", "--ports", f"push={port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                try:
                    fetch(f"{address}/healthz", timeout=1)
                    break
                except OSError:
                    time.sleep(0.05)
            yield address
        finally:
            process.terminate()


def _people(address: str) -> list[Person]:
    """People with one browser each."""
    made = []
    for n in range(PEOPLE):
        public = ec.generate_private_key(CURVE).public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        name = f"bench-{n:06}"
        browser = Address(
            id=f"{name}/a", channel="webpush", endpoint=f"{address}/push/{name}",
            p256dh=b64(point), auth=b64(os.urandom(16)),
        )  # fmt: skip
        home = Place(id="h", name="Nhà", lat=16.4, lon=107.5, unit=f"u{n % 4}", home=True)
        told = Preferences(quiet_from=0, quiet_to=0)
        made.append(Person(id=name, places=(home,), devices=(browser,), preferences=told))
    return made


def _order(no: int) -> Order:
    notice = Notice(
        delivery_id=f"bench-{no}", revision=1, tag=f"bench-{no}", kind="river_flood",
        title=text("Lũ khẩn cấp trên sông Hương", "Flood on the Huong"),
        body=text("Nước trên báo động 3, đang lên. Lên chỗ cao.", "Above alarm 3. Go up."),
        link=f"/warnings/bench-{no}", level="Extreme", expires=utc_now() + timedelta(hours=4),
    )  # fmt: skip
    return Order(notice, "p0", AreaShape(everywhere=True), None, True)


class Rounds:
    """The three ways, each sending to some of the same people."""

    def __init__(self, address: str, people: Sequence[Person], http: aiohttp.ClientSession) -> None:
        self._http, self._address = http, address
        self._devices = [p.devices[0] for p in people]
        self._decoded = [(d.endpoint, unb64(d.p256dh), unb64(d.auth)) for d in self._devices]
        self._vapid = Vapid(ec.generate_private_key(CURVE), "mailto:bench@hue-s.example")
        table, shelf, self._lines = MemoryTable(), Shelf(), Lines()
        held = Subscribers(table)
        for person in people:
            held.save(Person(id=person.id), person, -1)
        library = Library(table, shelf, ("river_flood",), ("citizen",))
        deliveries = Deliveries(table)
        self._hub = Hub(deliveries, library, shelf, self._lines, utc_now)
        postman = Postman({"webpush": WebPush(Outgoing(http, utc_now), self._vapid)})
        self._worker = Worker(deliveries, library, postman.send, lambda gone: None, utc_now)
        self._no = 0

    async def bare(self) -> int:
        """Encrypt and POST."""
        body = json.dumps({"title": "Lũ khẩn cấp trên sông Hương" * 8}, ensure_ascii=False).encode()
        headers = {
            "Content-Encoding": "aes128gcm", "TTL": "3600", "Urgency": "high", "Topic": "bench",
            "Authorization": self._vapid.header(f"{self._address}/", utc_now()),
        }  # fmt: skip
        left = iter(self._decoded)
        taken = 0

        async def run() -> None:
            nonlocal taken
            for url, p256dh, auth in left:
                sealed = encrypt(body, p256dh, auth)
                async with self._http.post(url, data=sealed, headers=headers) as answer:
                    taken += answer.status == 201

        await asyncio.gather(*(run() for _ in range(AT_ONCE)))
        return taken

    def prepare(self) -> list[SliceMessage]:
        """Release a warning to everybody; its slices."""
        self._no += 1
        self._lines.held = []
        release(self._hub, _order(self._no))
        return self._lines.held

    async def worker(self, slices: Sequence[SliceMessage]) -> int:
        """Work off the slices as a lane's function does."""
        for message in slices:
            await work(self._worker, message)
        return self._hub.deliveries.totals(f"bench-{self._no}", 1)["reached"]

    def webpush(self) -> int:
        """The usual library, one call a message."""
        import py_vapid
        from pywebpush import webpush

        badge = py_vapid.Vapid02(private_key=self._vapid.private)
        body = json.dumps({"title": "Lũ khẩn cấp trên sông Hương" * 8}, ensure_ascii=False)
        taken = 0
        for device in self._devices[:FEW]:
            answer: Any = webpush(
                {
                    "endpoint": device.endpoint,
                    "keys": {"p256dh": device.p256dh, "auth": device.auth},
                },
                body, vapid_private_key=badge, ttl=3600,
                vapid_claims={"sub": "mailto:bench@hue-s.example"},
            )  # fmt: skip
            taken += answer.status_code == 201
        return taken


async def _measured(act: Callable[[], Awaitable[int]], wanted: int) -> tuple[float, float]:
    """Messages a second, by the clock and by this process's own time on its core."""
    wall, cpu = time.perf_counter(), time.process_time()
    taken = await act()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if taken != wanted:
        raise RuntimeError(f"{taken} of {wanted} were taken")
    return taken / wall, taken / cpu


async def _rounds(address: str) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {"bare": [], "worker": [], "webpush": []}
    async with session() as http:
        rounds = Rounds(address, _people(address), http)
        await rounds.bare()  # connections are open, the badge is checked

        async def slowly() -> int:
            return rounds.webpush()

        for _ in range(ROUNDS):
            found["bare"].append(await _measured(rounds.bare, PEOPLE))
            slices = rounds.prepare()
            found["worker"].append(await _measured(partial(rounds.worker, slices), PEOPLE))
            found["webpush"].append(await _measured(slowly, FEW))
    return found


def run() -> None:
    """Measure and print."""
    with push_service() as address:
        found = asyncio.run(_rounds(address))
    per_s = {name: median(wall for wall, _ in each) for name, each in found.items()}
    per_cpu_s = {name: median(cpu for _, cpu in each) for name, each in found.items()}
    ratios = {
        name: median(w[0] / o[0] for w, o in zip(found["worker"], found[name], strict=True))
        for name in ("bare", "webpush")
    }
    of_cpu = {
        name: median(w[1] / o[1] for w, o in zip(found["worker"], found[name], strict=True))
        for name in ("bare", "webpush")
    }
    names = {
        "worker": "the worker", "bare": "bare encrypt and POST", "webpush": "pywebpush.webpush()",
    }  # fmt: skip
    show(
        f"Web push, real encryption, {PEOPLE} browsers, {ROUNDS} rounds in turn",
        ["", "messages/s", "a CPU second", "worker is", "by CPU", "goal"],
        [
            [
                label, round(per_s[name]), round(per_cpu_s[name]),
                *([f"{ratios[name]:.2f} x", f"{of_cpu[name]:.2f} x", f">= {GOALS[name]:.2f} x"]
                  if name in GOALS else ["", "", ""]),
            ]
            for name, label in names.items()
        ],
    )  # fmt: skip
    keep(
        "web_push",
        {
            "per_s": per_s, "per_cpu_s": per_cpu_s, "worker_ratio": ratios,
            "worker_ratio_cpu": of_cpu, "goals": GOALS,
        },
    )  # fmt: skip


if __name__ == "__main__":
    run()
