"""Simulators of the other side: honest stand-ins for bodies that cannot be reached from a laptop.

Each is a server of its own, on its own port, with its own state in memory; each says on every page
and in its documents that it is a simulator.
"""

import asyncio
from collections.abc import Callable
from importlib import import_module
from urllib.parse import urlsplit

from aiohttp import web

Make = Callable[[str, str], web.Application]


async def serve(where: dict[str, str], city: str) -> None:
    """Serve simulators at their addresses. Each module has `app(own address, city's address)`."""
    for name, address in where.items():
        make: Make = import_module(f"infra.simulators.{name}").app
        runner = web.AppRunner(make(address, city), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", urlsplit(address).port).start()
    await asyncio.Event().wait()
