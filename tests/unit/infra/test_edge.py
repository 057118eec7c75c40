"""The edge: what goes where, what is bounded, what is refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from infra.local import edge as edge_module
from infra.local.edge import Edge, Gate, group, is_api
from infra.local.site import FOREVER, Site

Client = TestClient[web.Request, web.Application]


class Behind:
    """What stands behind the edge: answers, and remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.working = 0
        self.most = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append((request.method, request.raw_path, dict(request.headers), body))
        if request.path.endswith("/unknown"):
            return web.json_response(
                {"message": "Missing Authentication Token"},
                status=403,
                headers={"x-amzn-errortype": "MissingAuthenticationTokenException"},
            )
        if request.path.endswith("/slow"):
            self.working += 1
            self.most = max(self.most, self.working)
            await asyncio.sleep(0.02)
            self.working -= 1
        return web.json_response({"big": "x" * 2000}, headers={"X-Seen": "yes"})


@asynccontextmanager
async def running(site: Path) -> AsyncIterator[tuple[Client, Behind]]:
    behind = Behind()
    back = web.Application(client_max_size=100 * 1024 * 1024)
    back.router.add_route("*", "/{path:.*}", behind.answer)
    async with TestServer(back) as server:
        address = str(server.make_url("")).rstrip("/")
        made = Edge(f"{address}/api", address, ("uploads", "media"), Site(site), ("evidence",))
        async with TestClient(TestServer(made.app())) as client:
            yield client, behind


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def built(folder: Path) -> Path:
    (folder / "_app/immutable").mkdir(parents=True)
    (folder / "index.html").write_text("<shell>")
    (folder / "about.html").write_text("<about>")
    (folder / "_app/immutable/a.js").write_text("let a")
    (folder / "manifest.webmanifest").write_text("{}")
    (folder.parent / "secret").write_text("secret")
    return folder


def test_paths_are_told_apart() -> None:
    assert [is_api(p) for p in ("/v1/x", "/v1", "/healthz", "/open311/v2/a.json", "/_sandbox/a")]
    assert not any(is_api(p) for p in ("/", "/v1x", "/reports", "/status", "/_app/a.js"))
    assert group("/v1/reports/1/actions/x") == group("/v1/reports.geojson") == "/v1/reports"


def test_the_api_is_forwarded_with_its_thread(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path) as (client, behind):
            answer = await client.post(
                "/v1/reports?a=%2B&b=%E1%BA%BF",
                data=b"{}",
                headers={"X-Forwarded-For": "6.6.6.6", "Authorization": "Bearer t"},
            )
            assert (answer.status, answer.headers["X-Seen"]) == (200, "yes")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            method, path, headers, body = behind.seen[0]
            assert (method, path, body) == ("POST", "/api/v1/reports?a=%2B&b=%E1%BA%BF", b"{}")
            assert headers["X-Forwarded-For"] == "127.0.0.1"  # what a client claims is not believed
            assert headers["Authorization"] == "Bearer t"
            assert len(headers["traceparent"]) == 55
            given = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
            await client.get("/v1/reports", headers={"traceparent": given})
            assert behind.seen[1][2]["traceparent"] == given

    run(work())


def test_an_unknown_route_is_a_problem(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(built(tmp_path / "site")) as (client, _):
            for ask, path in ((client.get, "/v1/unknown"), (client.post, "/nothing")):
                answer = await ask(path)
                assert answer.status == 404
                assert answer.content_type == "application/problem+json"
                assert (await answer.json())["type"] == "urn:hue-s:problem:not-found"

    run(work())


def test_text_is_compressed_for_who_takes_it(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path) as (client, _):
            packed = await client.get("/v1/a", headers={"Accept-Encoding": "gzip"})
            assert packed.headers["Content-Encoding"] == "gzip"
            assert len((await packed.json())["big"]) == 2000
            plain = await client.get("/v1/a", headers={"Accept-Encoding": "identity"})
            assert "Content-Encoding" not in plain.headers

    run(work())


def test_objects_keep_the_host_that_was_signed(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path) as (client, behind):
            await client.put("/uploads/k%20a", data=b"jpeg", headers={"Host": "127.0.0.1:8080"})
            method, path, headers, body = behind.seen[0]
            assert (method, path, body) == ("PUT", "/uploads/k%20a", b"jpeg")
            assert headers["Host"] == "127.0.0.1:8080"
            assert (await client.get("/uploads-elsewhere/x")).status != 200

    run(work())


def test_too_much_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(edge_module, "MAX_BODY", 1000)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 500

    async def work() -> None:
        async with running(tmp_path) as (client, _):
            for path in ("/v1/reports", "/uploads/a"):
                for body in (b"x" * 1001, pieces()):
                    answer = await client.post(path, data=body)
                    assert answer.status == 413, path
                    assert (await answer.json())["type"] == "urn:hue-s:problem:too-large"

    run(work())


def test_calls_are_bounded_per_group(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path) as (client, behind):
            await asyncio.gather(*(client.get("/v1/reports/slow") for _ in range(20)))
            assert behind.most == edge_module.AT_ONCE
            assert len(behind.seen) == 20

    run(work())


def test_who_cannot_wait_is_told_so(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(edge_module, "Gate", lambda: Gate(at_once=1, waiting=1))

    async def work() -> None:
        async with running(tmp_path) as (client, _):
            answers = await asyncio.gather(*(client.get("/v1/reports/slow") for _ in range(5)))
            refused = [a for a in answers if a.status == 503]
            assert refused
            assert refused[0].headers["Retry-After"] == "3"
            body = json.loads(await refused[0].text())
            assert body["messages"]["en"].startswith("The system is busy")

    run(work())


def test_who_waits_too_long_is_let_go() -> None:
    async def work() -> None:
        gate = Gate(at_once=1, waiting=1)
        assert await gate.enter()
        assert not await gate.enter(patience_s=0.01)
        gate.leave()
        assert await gate.enter(patience_s=0.01)

    run(work())


def test_nobody_behind(tmp_path: Path) -> None:
    async def work() -> None:
        gone = "http://127.0.0.1:9"
        async with TestClient(TestServer(Edge(gone, gone, ("b",), Site(tmp_path)).app())) as client:
            assert (await client.get("/v1/a")).status == 502
            assert (await client.get("/b/a")).status == 502

    run(work())


def test_the_web_app(tmp_path: Path) -> None:
    site = built(tmp_path / "site")
    expected: dict[str, tuple[int, str, str]] = {
        "/": (200, "<shell>", "text/html"),
        "/reports/01ABC": (200, "<shell>", "text/html"),
        "/about": (200, "<about>", "text/html"),
        "/manifest.webmanifest": (200, "{}", "application/manifest+json"),
        "/_app/immutable/a.js": (200, "let a", "text/javascript"),
    }

    async def work() -> None:
        async with running(site) as (client, _):
            for path, (status, text, kind) in expected.items():
                answer = await client.get(path)
                assert (answer.status, await answer.text(), answer.content_type) == (
                    status,
                    text,
                    kind,
                )
                still = answer.headers["Cache-Control"] == FOREVER
                assert still == ("immutable" in path)
                assert answer.headers["X-Frame-Options"] == "DENY"
            for path in ("/missing.js", "/..%2fsecret", "/%2e%2e/secret", "/../secret"):
                answer = await client.get(path, allow_redirects=False)
                assert "secret" not in await answer.text(), path

    run(work())


def test_no_web_app_says_what_to_do(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(tmp_path / "missing") as (client, _):
            answer = await client.get("/")
            assert answer.status == 503
            assert "make run" in await answer.text()

    run(work())


def test_one_origin(tmp_path: Path) -> None:
    async def work() -> None:
        async with running(built(tmp_path / "site")) as (client, _):
            headers = {"Host": "127.0.0.1:8080", "Accept": "text/html"}
            answer = await client.get("/a?b=1", headers=headers, allow_redirects=False)
            assert answer.headers["Location"] == "http://localhost:8080/a?b=1"

    run(work())


def test_private_objects_need_an_address_that_is_signed_and_not_over(tmp_path: Path) -> None:
    def query(begun: datetime, seconds: int = 60, signature: str = "s") -> str:
        return (
            f"X-Amz-Date={begun:%Y%m%dT%H%M%SZ}&X-Amz-Expires={seconds}&X-Amz-Signature={signature}"
        )

    async def work() -> None:
        now = datetime.now(UTC)
        async with running(tmp_path) as (client, behind):
            for told in ("", "X-Amz-Signature=s", query(now - timedelta(minutes=2)),
                         query(now, signature=""), query(now, seconds=-5)):  # fmt: skip
                answer = await client.get(f"/evidence/a/b.jpg?{told}")
                assert answer.status == 404, told
            assert (await client.put(f"/evidence/a?{query(now)}", data=b"x")).status == 404
            assert (await client.post("/evidence/a", data=b"x")).status == 404
            assert behind.seen == []
            assert (await client.get(f"/evidence/a/b.jpg?{query(now)}")).status == 200

    run(work())
