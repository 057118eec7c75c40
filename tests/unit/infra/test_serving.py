"""The emulator's server: requests reach an ASGI application whole, answers come back as sent."""

import asyncio
import contextvars
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession
from yarl import URL

from infra.local.place import free_port
from infra.local.serving import Message, Receive, Send, serve

LEFT: contextvars.ContextVar[str] = contextvars.ContextVar("left", default="nothing")


class Echo:
    """Says what it was asked, as its path wants it."""

    def __init__(self) -> None:
        self.life: list[str] = []
        self.scopes: list[Message] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for word in ("startup", "shutdown"):
                self.life.append((await receive())["type"])
                await send({"type": f"lifespan.{word}.complete"})
            return
        self.scopes.append(scope)
        body = (await receive())["body"]
        if scope["path"] == "/breaks":
            raise ValueError
        if scope["path"] == "/keeps":
            body = LEFT.get().encode()
            LEFT.set("something")
        headers = [(b"content-type", b"text/plain"), (b"x-two", b"1"), (b"x-two", b"2")]
        if scope["path"] == "/head":
            headers.append((b"content-length", b"12345"))
        await send({"type": "http.response.start", "status": 207, "headers": headers})
        if scope["path"] == "/pieces":
            for piece in (b"one ", b"two "):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send(
            {"type": "http.response.body", "body": b"" if scope["path"] == "/head" else body}
        )


@asynccontextmanager
async def running() -> AsyncIterator[tuple[str, Echo]]:
    echo, port, over = Echo(), free_port(), asyncio.Event()
    serving = asyncio.create_task(serve(echo, port, over.wait))
    for _ in range(200):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                break
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}", echo
    finally:
        over.set()
        await serving


def asked(act: Callable[[str, Echo, ClientSession], Awaitable[Any]]) -> Echo:
    async def run() -> Echo:
        async with running() as (address, echo), ClientSession() as http:
            await act(address, echo, http)
        return echo

    return asyncio.run(run())


def test_a_request_arrives_whole_and_its_answer_comes_back() -> None:
    async def act(address: str, echo: Echo, http: ClientSession) -> None:
        big = b"x" * 1_000_000
        told = {"X-Amz-Target": "DynamoDB.GetItem"}
        asked_for = URL(f"{address}/a%20b/c?d=%2F", encoded=True)
        async with http.post(asked_for, data=big, headers=told) as answer:
            assert (answer.status, await answer.read()) == (207, big)
            assert answer.headers.getall("X-Two") == ["1", "2"]
        scope = echo.scopes[0]
        assert (scope["path"], scope["raw_path"], scope["query_string"]) == (
            "/a b/c", b"/a%20b/c", b"d=%2F",
        )  # fmt: skip
        assert (b"x-amz-target", b"DynamoDB.GetItem") in scope["headers"]

    assert asked(act).life == ["lifespan.startup", "lifespan.shutdown"]


def test_pieces_heads_and_faults() -> None:
    async def act(address: str, _: Echo, http: ClientSession) -> None:
        async with http.post(f"{address}/pieces", data=b"three") as answer:
            assert await answer.read() == b"one two three"
        async with http.head(f"{address}/head") as answer:
            assert answer.headers["Content-Length"] == "12345"
        async with http.get(f"{address}/breaks") as answer:
            assert answer.status == 500
        async with http.get(f"{address}/fine") as answer:
            assert answer.status == 207

    asked(act)


def test_who_waits_for_100_continue_gets_it() -> None:
    async def act(address: str, _: Echo, http: ClientSession) -> None:
        async with http.put(f"{address}/big", data=b"y" * 100, expect100=True) as answer:
            assert await answer.read() == b"y" * 100

    asked(act)


def test_nothing_is_left_in_context_for_the_next_request_of_a_connection() -> None:
    async def act(address: str, _: Echo, http: ClientSession) -> None:
        for _again in range(3):
            async with http.get(f"{address}/keeps") as answer:
                assert await answer.read() == b"nothing"

    asked(act)
