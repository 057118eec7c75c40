"""What an orchestrator asks: `GET /live` is 200 while the worker's assignments are being kept."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(port: int, live: Callable[[], bool]) -> ThreadingHTTPServer:
    """Answer on a port, in a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Any path is the same question."""
            self.send_response(HTTPStatus.OK if live() else HTTPStatus.SERVICE_UNAVAILABLE)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_told: object) -> None:
            """A probe every few seconds is no news."""

    server = ThreadingHTTPServer(("", port), Handler)
    threading.Thread(target=server.serve_forever, name="probe", daemon=True).start()
    return server
