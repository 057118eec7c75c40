"""The built web app as files, and the edge's own answers."""

import json
import mimetypes
import secrets
from pathlib import Path

from aiohttp import web

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    # What scripts may run is the page's own business: the build writes their hashes into it.
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'self'; object-src 'none'",
}
FOREVER = "public, max-age=31536000, immutable"
TYPES = {
    ".webmanifest": "application/manifest+json",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".geojson": "application/geo+json",
    ".json": "application/json",
    ".pbf": "application/x-protobuf",
}


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


class Site:
    """A folder of built files; the app's own addresses all get its shell."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def find(self, path: str) -> Path | None:
        """The file for a path: itself, its prerendered page, or the shell; None for a missing
        file (a last segment with a dot) and anything outside the folder."""
        wanted = (self._folder / path.lstrip("/")).resolve()
        if not wanted.is_relative_to(self._folder):
            return None
        pages = (wanted, wanted.with_name(wanted.name + ".html"), wanted / "index.html")
        for page in pages if path != "/" else ():
            if page.is_file():
                return page
        if "." in path.rsplit("/", 1)[-1]:
            return None
        shells = (self._folder / name for name in ("index.html", "200.html"))
        return next((shell for shell in shells if shell.is_file()), None)

    def answer(self, path: str) -> web.StreamResponse:
        """The file as a response; files beside it ending in .br or .gz are used when accepted."""
        if not self._folder.is_dir():
            return problem(
                503,
                "no-web-app",
                "Trang web chưa được dựng: chạy `make run`.",
                "The web app is not built: run `make run`.",
            )
        found = self.find(path)
        if found is None:
            return problem(404, "not-found", "Không có tệp này.", "There is no such file.")
        kind = TYPES.get(found.suffix) or mimetypes.guess_type(found.name)[0]
        if kind and (kind.startswith("text/") or kind == "image/svg+xml"):
            kind += "; charset=utf-8"
        headers = {
            **SECURITY,
            "Cache-Control": FOREVER if "/immutable/" in path else "no-cache",
            "Content-Type": kind or "application/octet-stream",
        }
        return web.FileResponse(found, headers=headers)
