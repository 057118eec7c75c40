"""The one address of the city: web app, API and objects, as CloudFront or an ingress in production.

    python -m infra.local.edge      (settings from the environment, see `main`)

It serves the built web app, forwards the API to the API Gateway emulator, and uploads and pictures
to the S3 emulator. The emulator would start a process for every concurrent call, so calls are
bounded per group of functions: a burst waits here, and what waits too long gets a clear 503.
"""

import asyncio
import json
import mimetypes
import os
import secrets
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

MAX_BODY = 20 * 1024 * 1024
AT_ONCE = 4  # calls at a time per function group; more would only make processes
WAITING = 200  # calls that may wait per group
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"}
API = ("/v1/", "/open311/", "/_sandbox/")
API_EXACT = ("/v1", "/healthz", "/openapi.json", "/docs", "/v1/reports.geojson")
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
}
_STILL = "public, max-age=31536000, immutable"


def problem(status: int, slug: str, vi: str, en: str, **headers: str) -> web.Response:
    """An RFC 9457 answer of the edge itself."""
    body = {
        "type": f"urn:hue-s:problem:{slug}",
        "title": vi,
        "status": status,
        "detail": vi,
        "messages": {"vi": vi, "en": en},
        "correlation_id": secrets.token_hex(16),
    }
    return web.Response(
        text=json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/problem+json",
        headers=headers,
    )


def group(path: str) -> str:
    """Which function group a path belongs to: the first two segments name it."""
    return "/".join(path.split("/")[:3])


class Edge:
    """Forwards and serves."""

    def __init__(self, api: str, objects: str, buckets: tuple[str, ...], site: Path) -> None:
        self._api, self._objects, self._buckets, self._site = api, objects, buckets, site
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._waiting: dict[str, int] = {}
        self._session: ClientSession | None = None

    def app(self) -> web.Application:
        """The web application."""
        made = web.Application(client_max_size=MAX_BODY)
        made.cleanup_ctx.append(self._client)
        made.router.add_route("*", "/{path:.*}", self.handle)
        return made

    async def _client(self, _: web.Application):  # type: ignore[no-untyped-def]
        timeout = ClientTimeout(total=60, connect=5)
        connector = TCPConnector(limit=256)
        async with ClientSession(
            timeout=timeout, connector=connector, auto_decompress=False
        ) as session:
            self._session = session
            yield

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Every request."""
        path = request.path
        if path.startswith(API) or path in API_EXACT:
            return await self._call(request)
        if path.split("/")[1] in self._buckets:
            return await self._forward(request, self._objects + request.raw_path)
        if request.method not in ("GET", "HEAD"):
            return problem(404, "not-found", "Không có đường dẫn này.", "There is no such path.")
        return self._file(path)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = group(request.path)
        gate = self._gates.setdefault(name, asyncio.Semaphore(AT_ONCE))
        if self._waiting.get(name, 0) >= WAITING:
            return problem(
                503,
                "busy",
                "Hệ thống đang bận. Chưa có gì được lưu; xin thử lại sau vài giây.",
                "The system is busy. Nothing was saved; try again in a few seconds.",
                **{"Retry-After": "3"},
            )
        self._waiting[name] = self._waiting.get(name, 0) + 1
        try:
            async with gate:
                return await self._forward(request, self._api + request.raw_path)
        finally:
            self._waiting[name] -= 1

    async def _forward(self, request: web.Request, to: str) -> web.StreamResponse:
        from yarl import URL

        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP}
        headers["X-Forwarded-For"] = request.remote or "127.0.0.1"
        headers.setdefault("traceparent", f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01")
        if self._session is None:
            return problem(503, "starting", "Hệ thống đang khởi động.", "The city is starting.")
        try:
            body = await request.read()
            async with self._session.request(
                request.method, URL(to, encoded=True), headers=headers, data=body or None,
                allow_redirects=False,
            ) as answer:
                content = await answer.read()
        except (ClientError, asyncio.TimeoutError):
            return problem(
                502,
                "no-answer",
                "Máy chủ không trả lời. Xin thử lại; nếu đang gửi, việc gửi có thể đã xong.",
                "The server does not answer. Try again; if you were sending, it may have arrived.",
            )
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in HOP}
        response = web.Response(body=content, status=answer.status)
        for name, value in kept.items():
            response.headers[name] = value
        response.headers.update({"X-Content-Type-Options": "nosniff"})
        return response

    def _file(self, path: str) -> web.StreamResponse:
        """A file of the web app, or its shell for the app's own addresses."""
        wanted = (self._site / path.lstrip("/")).resolve()
        shell = self._site / "index.html"
        if not shell.exists():
            shell = self._site / "200.html"
        if not wanted.is_relative_to(self._site.resolve()) or not wanted.is_file():
            page = self._site / f"{path.strip('/')}.html"
            inside = page.resolve().is_relative_to(self._site.resolve())
            wanted = page if page.is_file() and inside else shell
            if "." in path.rsplit("/", 1)[-1] and wanted == shell:
                return problem(404, "not-found", "Không có tệp này.", "There is no such file.")
        if not wanted.is_file():
            return problem(
                503, "no-web-app", "Trang web chưa được dựng: chạy `make run`.",
                "The web app is not built: run `make run`.",
            )
        kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
        if wanted.suffix == ".webmanifest":
            kind = "application/manifest+json"
        cache = _STILL if "/immutable/" in path else "no-cache"
        headers = {**SECURITY, "Cache-Control": cache, "Content-Type": kind}
        return web.FileResponse(wanted, headers=headers)


def main() -> None:
    """Run the edge until it is stopped."""
    edge = Edge(
        api=os.environ["EDGE_API"],
        objects=os.environ["EDGE_OBJECTS"],
        buckets=tuple(os.environ["EDGE_BUCKETS"].split(",")),
        site=Path(os.environ["EDGE_SITE"]),
    )
    web.run_app(edge.app(), host="127.0.0.1", port=int(os.environ["EDGE_PORT"]), print=None)


if __name__ == "__main__":
    main()
