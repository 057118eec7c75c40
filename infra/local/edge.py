"""The one address of the city: web app, API and objects, as CloudFront or an ingress in production.

    python -m infra.local.edge      (settings from the environment, see `main`)

It serves the built web app, forwards the API to the API Gateway emulator, and uploads and pictures
to the S3 emulator. The emulator would start a process for every concurrent call, so calls are
bounded per group of functions: a burst waits here, and what waits too long gets a clear 503.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector, web
from aiohttp.client import _RequestContextManager
from yarl import URL

from infra.local.site import SECURITY, Site, problem

MAX_BODY = 20 * 1024 * 1024
AT_ONCE = 4  # calls at a time per function group; more would only make processes
WAITING = 200  # calls that may wait per group
PATIENCE_S = 20  # how long one may wait: under the clients' own timeouts
SMALL = 1024  # bytes below which compressing an answer gains nothing
API = ("/v1/", "/open311/", "/_sandbox/", "/.well-known/")
API_EXACT = ("/v1", "/open311", "/healthz", "/openapi.json", "/docs")
_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "content-length", "expect",
}  # fmt: skip
_TEXT = ("application/json", "application/problem+json", "application/geo+json", "text/", "+xml")


def group(path: str) -> str:
    """Which function group a path belongs to: the first two segments name it."""
    return "/".join(path.split("/")[:3]).split(".")[0]


def is_api(path: str) -> bool:
    """Whether a path is the API's, known or not."""
    return path.startswith(API) or path in API_EXACT


def busy() -> web.Response:
    """Too many are waiting."""
    return problem(
        503,
        "busy",
        "Hệ thống đang bận. Chưa có gì được lưu; xin thử lại sau vài giây.",
        "The system is busy. Nothing was saved; try again in a few seconds.",
        **{"Retry-After": "3"},
    )


def no_such_path() -> web.Response:
    """Neither a route nor a file."""
    return problem(404, "not-found", "Không có đường dẫn này.", "There is no such path.")


def no_answer() -> web.Response:
    """What stands behind is gone or too slow."""
    return problem(
        502,
        "no-answer",
        "Máy chủ không trả lời. Xin thử lại; nếu đang gửi, việc gửi có thể đã xong.",
        "The server does not answer. Try again; if you were sending, it may have arrived.",
    )


def too_large() -> web.Response:
    """More than `MAX_BODY`."""
    return problem(
        413,
        "too-large",
        "Nội dung gửi lên quá 20 MB.",
        "What was sent is over 20 MB.",
    )


class Gate:
    """Lets `AT_ONCE` through, lets `WAITING` wait."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._room = waiting

    async def enter(self, patience_s: float = PATIENCE_S) -> bool:
        """Wait for a turn; False when there is no room to wait, or it took too long."""
        if self._room <= 0:
            return False
        self._room -= 1
        try:
            await asyncio.wait_for(self._free.acquire(), patience_s)
        except TimeoutError:
            return False
        finally:
            self._room += 1
        return True

    def leave(self) -> None:
        """The turn is over."""
        self._free.release()


class Edge:
    """Forwards and serves."""

    def __init__(
        self,
        api: str,
        objects: str,
        buckets: tuple[str, ...],
        site: Site,
        private: tuple[str, ...] = (),
    ) -> None:
        self._api, self._objects, self._buckets, self._site = api, objects, buckets, site
        self._private = private
        self._gates: dict[str, Gate] = {}
        self._session: ClientSession | None = None

    def app(self) -> web.Application:
        """The web application."""
        made = web.Application(client_max_size=MAX_BODY)
        made.cleanup_ctx.append(self._client)
        made.router.add_route("*", "/{path:.*}", self.handle)
        return made

    async def _client(self, _: web.Application) -> AsyncIterator[None]:
        timeout = ClientTimeout(total=60, connect=5)
        async with ClientSession(
            timeout=timeout, connector=TCPConnector(limit=256), auto_decompress=False
        ) as session:
            self._session = session
            yield

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Every request."""
        path = request.path
        if (request.content_length or 0) > MAX_BODY:
            return too_large()
        if is_api(path):
            return await self._call(request)
        bucket = path.split("/")[1]
        if bucket in self._buckets or (bucket in self._private and signed(request)):
            return await self._object(request)
        if request.method not in ("GET", "HEAD"):
            return no_such_path()
        if request.url.host == "127.0.0.1" and "text/html" in request.headers.get("Accept", ""):
            # One origin for browsers: uploads, pictures and passkeys are bound to the name.
            raise web.HTTPTemporaryRedirect(str(request.url.with_host("localhost")))
        return self._site.answer(path)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """The API: the body is read before a turn is taken, so slow phones hold no function."""
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return too_large()
        gate = self._gates.setdefault(group(request.path), Gate())
        if not await gate.enter():
            return busy()
        try:
            async with self._ask(request, self._api, body or None) as answer:
                if answer.headers.get("x-amzn-errortype", "").startswith("MissingAuthentication"):
                    return no_such_path()  # API Gateway's way to say that no route matches
                content = await answer.read()
        except (ClientError, TimeoutError):
            return no_answer()
        finally:
            gate.leave()
        response = web.Response(body=content, status=answer.status, headers=_kept(answer))
        for name, value in SECURITY.items():
            response.headers.setdefault(name, value)
        encoded = "Content-Encoding" in response.headers
        if len(content) > SMALL and not encoded and any(t in response.content_type for t in _TEXT):
            response.enable_compression()
        return response

    async def _object(self, request: web.Request) -> web.StreamResponse:
        """Uploads and pictures pass through in pieces."""
        body = _Bounded(request)
        try:
            sent = body.pieces() if request.can_read_body else None
            async with self._ask(request, self._objects, sent) as answer:
                response = web.StreamResponse(status=answer.status, headers=_kept(answer))
                if answer.content_length is not None:
                    response.content_length = answer.content_length
                response.headers["X-Content-Type-Options"] = "nosniff"
                await response.prepare(request)
                if request.method != "HEAD":
                    async for piece in answer.content.iter_chunked(65_536):
                        await response.write(piece)
                await response.write_eof()
                return response
        except (ClientError, TimeoutError):
            return too_large() if body.over else no_answer()

    def _ask(
        self, request: web.Request, base: str, body: bytes | AsyncIterator[bytes] | None
    ) -> "_RequestContextManager":
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in _HOP]
        headers = [(k, v) for k, v in headers if k.lower() != "x-forwarded-for"]
        headers.append(("X-Forwarded-For", request.remote or "127.0.0.1"))
        if "traceparent" not in request.headers:
            thread = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
            headers.append(("traceparent", thread))
        if body is not None and request.content_length is not None:
            headers.append(("Content-Length", str(request.content_length)))
        if self._session is None:
            raise ClientError("not started")
        url = URL(base + request.raw_path, encoded=True)  # as it was signed
        return self._session.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        )


def signed(request: web.Request) -> bool:
    """Whether a request for a private object was signed and its time is not over, or is a signed
    form. The emulator takes any signature; this keeps the sandbox's addresses as short-lived as
    AWS's own."""
    if request.method == "POST":
        return request.content_type == "multipart/form-data" and request.path.count("/") == 1
    try:
        begun = datetime.strptime(request.query["X-Amz-Date"], "%Y%m%dT%H%M%S%z")
        lasting = timedelta(seconds=int(request.query["X-Amz-Expires"]))
    except (KeyError, ValueError, OverflowError):
        return False
    good = bool(request.query.get("X-Amz-Signature")) and request.method in ("GET", "HEAD")
    return good and datetime.now(UTC) < begun + lasting


class _Bounded:
    """A request's body in pieces; stops, and says so, when it gets too large."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self.over = False

    async def pieces(self) -> AsyncIterator[bytes]:
        seen = 0
        async for piece in self._request.content.iter_chunked(65_536):
            seen += len(piece)
            if seen > MAX_BODY:
                self.over = True
                raise ClientError("too large")
            yield piece


def _kept(answer: ClientResponse) -> list[tuple[str, str]]:
    return [(k, v) for k, v in answer.headers.items() if k.lower() not in _HOP]


def main() -> None:
    """Run the edge until it is stopped."""
    edge = Edge(
        api=os.environ["EDGE_API"],
        objects=os.environ["EDGE_OBJECTS"],
        buckets=tuple(os.environ["EDGE_BUCKETS"].split(",")),
        private=tuple(os.environ["EDGE_PRIVATE_BUCKETS"].split(",")),
        site=Site(Path(os.environ["EDGE_SITE"])),
    )
    web.run_app(
        edge.app(),
        host="127.0.0.1",
        port=int(os.environ["EDGE_PORT"]),
        print=None,
        access_log=None,
        shutdown_timeout=3,
        auto_decompress=False,  # bytes pass through as they came, with their headers
    )


if __name__ == "__main__":
    main()
