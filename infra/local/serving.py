"""An ASGI application over HTTP/1.1 by aiohttp, whose parser is in C.

The emulator answers some twenty small requests for one payment, on one core; a server in pure
Python spends a third of that core on reading and writing headers. Only what the emulator needs is
here: whole request bodies, answers in one piece or in several, the lifespan's beginning and end.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDict

T = TypeVar("T")
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
# Answers what it can by headers (names in lower case) and body, with None what it cannot.
Short = Callable[[Mapping[str, str], bytes], Awaitable[tuple[int, dict[str, str], bytes] | None]]
IDLE_S, ENDING_S = 75, 3
_NEVER = ("transfer-encoding", "connection", "keep-alive")  # the connection's own affair


class _Answer:
    """Takes what the application sends, and sends it on."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._request = request
        self._status, self._headers = 500, CIMultiDict[str]()
        self.whole: web.Response | None = None
        self.stream: web.StreamResponse | None = None

    async def send(self, message: Message) -> None:
        """See ASGI: `http.response.start`, then `http.response.body` once or more often."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            for name, value in message.get("headers", ()):
                if name.lower() not in _NEVER_BYTES:
                    self._headers.add(name.decode("latin-1"), value.decode("latin-1"))
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self.stream is None and not more:
            self.whole = web.Response(status=self._status, headers=self._headers, body=body)
            return
        if self.stream is None:
            self.stream = web.StreamResponse(status=self._status, headers=self._headers)
            await self.stream.prepare(self._request)
        if body:
            await self.stream.write(body)
        if not more:
            await self.stream.write_eof()


_NEVER_BYTES = frozenset(name.encode() for name in _NEVER)


def _scope(request: web.BaseRequest) -> Message:
    path, _, query = request.raw_path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("latin-1", "replace"),
        "query_string": query.encode("latin-1", "replace"),
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.raw_headers],
        "client": (request.remote or "127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
        "extensions": {},
    }


async def _handle(
    application: Application, request: web.BaseRequest, short: Short | None
) -> web.StreamResponse:
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    body = await request.content.read()
    if short is not None and request.method == "POST" and request.raw_path == "/":
        headers = {name.lower(): value for name, value in request.headers.items()}
        # A task of its own, for the reason below.
        found = await asyncio.create_task(_awaited(short(headers, body)))
        if found is not None:
            status, told, content = found
            return web.Response(status=status, headers=told, body=content)
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await asyncio.Event().wait()  # nobody hangs up on the emulator while it answers
        raise AssertionError

    answer = _Answer(request)
    # A task of its own: what an application keeps in context variables ends with the request,
    # while a connection and its task live on.
    await asyncio.create_task(_awaited(application(_scope(request), receive, answer.send)))
    done = answer.stream or answer.whole
    return done if done is not None else web.Response(status=500)


async def _awaited(work: Awaitable[T]) -> T:
    return await work


@asynccontextmanager
async def _lifespan(application: Application) -> AsyncIterator[None]:
    told: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
    running = asyncio.create_task(_awaited(application(scope, told.get, said.put)))
    await told.put({"type": "lifespan.startup"})
    begun = await said.get()
    if begun["type"] != "lifespan.startup.complete":
        raise RuntimeError(f"the application did not start: {begun.get('message', '')}")
    try:
        yield
    finally:
        await told.put({"type": "lifespan.shutdown"})
        await asyncio.wait([running], timeout=ENDING_S)


async def serve(
    application: Application,
    port: int,
    until: Callable[[], Awaitable[Any]],
    short: Short | None = None,
) -> None:
    """Serve on the loopback until `until` returns. A POST to `/` goes to `short` at first."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return await _handle(application, request, short)

    async with _lifespan(application):
        server = web.Server(
            handle, access_log=None, keepalive_timeout=IDLE_S, auto_decompress=False,
            max_line_size=65_536, max_field_size=65_536,
        )  # fmt: skip
        runner = web.ServerRunner(server, shutdown_timeout=ENDING_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
            await until()
        finally:
            await runner.cleanup()
