"""A mail server, simulated: it takes every letter and delivers none.

SMTP is spoken on the port 50 above this one.

    GET  /_messages?to=<address>, POST /_dial   see `dial`; `id` is the address, `status` the reply
                                                to RCPT TO: 450 later, 550 no such mailbox
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope

from infra.simulators.dial import Dial, beside, simulator

NOTICE = "Trình mô phỏng · a simulator of a mail server. No letter leaves this machine."


class Sink:
    """aiosmtpd's handler."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a receiver."""
        status, _ = await self._dial.status(address)
        if status not in (None, 250):
            return f"{status} simulated"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope
    ) -> str:
        """Keep a letter as it came."""
        raw = (envelope.original_content or b"").decode("utf-8", "replace")
        for address in envelope.rcpt_tos:
            self._dial.keep(address, sender=envelope.mail_from, raw=raw)
        return "250 kept by a simulator"


def app(address: str, city: str) -> web.Application:  # noqa: ARG001 - every simulator's shape
    """The list of letters at an address, SMTP 50 ports above."""
    dial = Dial()
    sink = Sink(dial)

    async def smtp(_: web.Application) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        made = await loop.create_server(
            lambda: SMTP(sink, loop=loop, enable_SMTPUTF8=True, hostname="simulator"),
            "127.0.0.1",
            beside(address),
        )
        yield
        made.close()

    page = simulator(NOTICE, dial)
    page.cleanup_ctx.append(smtp)
    return page
