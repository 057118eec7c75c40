"""The registry of a soak: leases and health over HTTP, as `city.cameras` answers them."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from city.contracts.cameras import CameraConfig, HealthReport, Orders, TakeOver

KEY = "fleet"


class Desk:
    """Epochs, who holds what, and when each epoch ended."""

    def __init__(self, configs: dict[str, CameraConfig]) -> None:
        self.configs = configs
        self.holders: dict[str, str] = {}
        self.superseded: dict[tuple[str, int], float] = {}
        self.reports: Counter[str] = Counter()
        self.dropped: dict[str, int] = {}
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> str:
        """Serve on loopback; returns the address."""
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = desk.answer(self.path, self.headers["X-API-Key"], body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_told: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, name="desk", daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Serve no more."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def answer(self, path: str, key: str | None, body: bytes) -> tuple[int, Any]:
        """One request."""
        parts = path.strip("/").split("/")
        if key != KEY:
            return 401, {"type": "urn:hue-s:problem:unauthenticated"}
        with self._lock:
            if parts[:3] == ["v1", "camera-workers", "cameras"] and parts[-1] == "lease":
                return self._lease(parts[3], TakeOver.model_validate_json(body))
            if parts[:2] == ["v1", "camera-workers"] and parts[-1] == "health":
                return 200, self._heard(HealthReport.model_validate_json(body))
        return 404, {}

    def _lease(self, camera_id: str, ask: TakeOver) -> tuple[int, Any]:
        before = self.configs[camera_id]
        self.superseded[camera_id, before.epoch] = time.time()
        after = before.model_copy(update={"epoch": before.epoch + 1})
        self.configs[camera_id], self.holders[camera_id] = after, ask.worker
        return 200, after.model_dump(mode="json")

    def _heard(self, told: HealthReport) -> Any:
        self.reports[told.worker] += 1
        self.dropped[told.worker] = told.queue_dropped
        others = [c.camera_id for c in told.cameras if self.holders[c.camera_id] != told.worker]
        return Orders(drop=tuple(others)).model_dump(mode="json")
