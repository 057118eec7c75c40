"""A telecom, simulated: a message centre that speaks SMPP 3.4, and its HTTP gateway.

SMPP is spoken on the port 50 above this one. It checks the bind's password and each message's
form, puts segments together by their headers, and reports each as delivered. No telephone rings.

    POST /sms            the gateway: {to, text, client_ref} with a bearer key; 409: it came before
    GET  /_messages?to=<number>, POST /_dial   see `dial`; `id` is the number; for SMPP `status` is
                         a command status: 88 throttles, 11 knows no such number
"""

import asyncio
import contextlib
import hmac
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from city.fanout.gsm import read
from city.fanout.smpp import RESPONSE, read_pdu
from city.fanout.smpp_pdu import (
    MESSAGE_STATE,
    PAYLOAD,
    RECEIPT,
    RECEIPTED_ID,
    UCS2,
    UDHI,
    Bind,
    Command,
    Malformed,
    Pdu,
    Short,
    Status,
)

from infra.simulators.dial import Dial, beside, simulator

NOTICE = "Trình mô phỏng · a simulator of a telecom. No telephone rings."
SYSTEM_ID, PASSWORD, KEY = "hue-s", "sandbox", "sandbox-sms"
WAITING_S = 600  # for a long text's other segments


class Telecom:
    """What both faces share."""

    def __init__(self, dial: Dial) -> None:
        self.dial = dial
        self.seen: set[str] = set()
        self.segments: dict[tuple[str, str, int], tuple[float, dict[int, bytes]]] = {}
        self.count = 0

    async def gateway(self, request: web.Request) -> web.Response:
        """The HTTP face."""
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {KEY}"):
            return web.Response(status=401)
        try:
            told = await request.json()
            to, text, ref = (str(told[name]) for name in ("to", "text", "client_ref"))
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        if ref in self.seen:
            return web.Response(status=409)
        status, fault = await self.dial.status(to)
        if status not in (None, 200):
            after = fault.get("retry_after")
            headers = {} if after is None else {"Retry-After": str(after)}
            return web.Response(status=status or 500, headers=headers)
        self.seen.add(ref)
        self.dial.keep(to, text=text, by="http")
        return web.json_response({"id": ref}, status=202)

    def take(self, short: Short) -> None:
        """Keep a message, or a part of one until the others have come."""
        octets = short.octets or short.options.get(PAYLOAD, b"")
        to, coding = f"+{short.destination}", short.data_coding
        told: dict[str, Any] = {"by": "smpp", "source": short.source, "coding": coding}
        if not short.esm_class & UDHI:
            self.dial.keep(to, text=read(octets, _letters(coding)), segments=1, **told)
            return
        number, total, no = octets[3:6]
        key = (short.source, to, number)
        since, held = self.segments.get(key, (time.time(), {}))
        if time.time() - since > WAITING_S:
            held = {}
        held[no] = octets[6:]
        self.segments[key] = (since, held)
        if len(held) == total:
            del self.segments[key]
            whole = b"".join(held[n] for n in sorted(held))
            self.dial.keep(to, text=read(whole, _letters(coding)), segments=total, **told)


def _letters(coding: int) -> Any:
    return "ucs2" if coding == UCS2 else "gsm7"


class Session:
    """One connection of a sender."""

    def __init__(
        self, telecom: Telecom, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._telecom, self._reader, self._writer = telecom, reader, writer
        self._bound, self._sent = False, 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Answer until the other side leaves; each unit by itself, so that answers may overtake."""
        with contextlib.suppress(asyncio.IncompleteReadError, OSError, Malformed):
            while not self._writer.is_closing():
                task = asyncio.create_task(self._answer(await read_pdu(self._reader)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        for task in self._tasks:
            task.cancel()
        self._writer.close()

    async def _answer(self, pdu: Pdu) -> None:
        if pdu.command & RESPONSE:
            return
        try:
            status, body = await self._done(pdu)
        except Malformed:
            status, body = Status.INVALID_MESSAGE_LENGTH, b""
        known = pdu.command in set(Command)
        command = pdu.command | RESPONSE if known else Command.GENERIC_NACK
        self._say(Pdu(command, pdu.sequence, status, body))
        if pdu.command == Command.UNBIND:
            self._writer.close()
        if pdu.command == Command.SUBMIT_SM and status == Status.OK:
            self._report(Short.unpack(pdu.body), body.rstrip(b"\0").decode())

    async def _done(self, pdu: Pdu) -> tuple[int, bytes]:
        if pdu.command == Command.BIND_TRANSCEIVER:
            return self._bind(Bind.unpack(pdu.body))
        if pdu.command in (Command.ENQUIRE_LINK, Command.UNBIND):
            return Status.OK, b""
        if pdu.command != Command.SUBMIT_SM:
            return Status.INVALID_COMMAND, b""
        if not self._bound:
            return Status.NOT_BOUND, b""
        short = Short.unpack(pdu.body)
        status, _ = await self._telecom.dial.status(f"+{short.destination}")
        if status:
            return status, b""
        self._telecom.take(short)
        self._telecom.count += 1
        return Status.OK, f"sim-{self._telecom.count}".encode() + b"\0"

    def _bind(self, told: Bind) -> tuple[int, bytes]:
        if self._bound:
            return Status.ALREADY_BOUND, b""
        if told.system_id != SYSTEM_ID:
            return Status.INVALID_SYSTEM_ID, b""
        if not hmac.compare_digest(told.password, PASSWORD):
            return Status.INVALID_PASSWORD, b""
        self._bound = True
        return Status.OK, b"hue-s-sim\0"

    def _report(self, short: Short, message_id: str) -> None:
        if not short.registered & 1:
            return
        now = f"{datetime.now(UTC):%y%m%d%H%M}"
        text = (
            f"id:{message_id} sub:001 dlvrd:001 submit date:{now} done date:{now} "
            "stat:DELIVRD err:000 text:"
        )
        told = Short(
            source=short.destination, destination=short.source, octets=text.encode(),
            source_ton=1, source_npi=1, destination_ton=5, destination_npi=0, esm_class=RECEIPT,
            options={RECEIPTED_ID: message_id.encode() + b"\0", MESSAGE_STATE: bytes([2])},
        )  # fmt: skip
        self._sent += 1
        self._say(Pdu(Command.DELIVER_SM, self._sent, body=told.pack()))

    def _say(self, pdu: Pdu) -> None:
        if not self._writer.is_closing():
            self._writer.write(pdu.pack())


def app(address: str, city: str) -> web.Application:  # noqa: ARG001 - every simulator's shape
    """The telecom: its gateway at an address, its message centre 50 ports above."""
    dial = Dial()
    telecom = Telecom(dial)

    async def centre(_: web.Application) -> AsyncIterator[None]:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await Session(telecom, reader, writer).serve()

        async with await asyncio.start_server(connected, "127.0.0.1", beside(address)) as server:
            yield
            server.close()

    made = simulator(NOTICE, dial)
    made.router.add_post("/sms", telecom.gateway)
    made.cleanup_ctx.append(centre)
    return made
