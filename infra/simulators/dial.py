"""What every simulator has beside its protocol: a page that says what it is, a list of what it
got, and a dial of faults.

    GET  /               what this is
    GET  /_messages      what it got, newest last; `?to=` only for one receiver
    POST /_dial          {"id": "…" or "*", "status": 503, "retry_after": 5, "times": 3}
                         "slow_s" answers late; status 0 never answers; {"id": "*"} resets
"""

import asyncio
import time
from collections import deque
from typing import Any

from aiohttp import web

KEPT = 2000
NEVER_S = 3600


class Dial:
    """Faults by receiver, and what was received."""

    def __init__(self) -> None:
        self._faults: dict[str, dict[str, Any]] = {}
        self._got: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def keep(self, to: str, **message: Any) -> None:
        """Remember a message."""
        self._got.append({"to": to, "at": time.time(), **message})

    def fault(self, to: str) -> dict[str, Any]:
        """How to misbehave towards a receiver this time; empty when not at all."""
        at = to if to in self._faults else "*"
        found = self._faults.get(at)
        if found is None:
            return {}
        found["times"] -= 1
        if found["times"] <= 0:
            del self._faults[at]
        return found

    async def status(self, to: str) -> tuple[int | None, dict[str, Any]]:
        """The dialled status for a receiver, None for none, after the dialled delay."""
        fault = self.fault(to)
        if "slow_s" in fault:
            await asyncio.sleep(float(fault["slow_s"]))
        status = fault.get("status")
        if status == 0:
            await asyncio.sleep(NEVER_S)
        return (None if status is None else int(status)), fault

    async def _turn(self, request: web.Request) -> web.Response:
        told: dict[str, Any] = await request.json()
        if set(told) != {"id"}:
            self._faults[str(told["id"])] = {"times": 1, **told}
        elif told["id"] == "*":
            self._faults.clear()
        else:
            self._faults.pop(told["id"], None)
        return web.json_response({"dialled": list(self._faults.values())})

    async def _messages(self, request: web.Request) -> web.Response:
        to = request.query.get("to")
        return web.json_response({"items": [m for m in self._got if to in (None, m["to"])]})


def simulator(notice: str, dial: Dial) -> web.Application:
    """An application with the routes that every simulator has."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=notice)

    made = web.Application(client_max_size=64 * 1024)
    made.router.add_get("/", page)
    made.router.add_get("/healthz", page)
    made.router.add_get("/_messages", dial._messages)
    made.router.add_post("/_dial", dial._turn)
    return made


def beside(address: str) -> int:
    """The port of a protocol that is not HTTP: 50 above the simulator's own."""
    return int(address.rpartition(":")[2].rstrip("/")) + 50
