"""A registry on loopback HTTP with the routes that a worker knows; remembers what it was told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from city.contracts.cameras import CameraConfig, HealthReport, Orders, TakeOver
from city.contracts.signals import SignalHead, SignalHeads

KEY = "fleet-key"


@dataclass
class Registry:
    """Cameras by id, their epochs and holders, and the orders that the next report gets."""

    configs: dict[str, CameraConfig] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    jobs_over: set[str] = field(default_factory=set)
    reports: list[HealthReport] = field(default_factory=list)
    signals: dict[str, SignalHead] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    down: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lease(self, camera_id: str, ask: TakeOver) -> tuple[int, Any]:
        config = self.configs.get(camera_id)
        if config is None:
            return 404, {"type": "urn:hue-s:problem:not-found"}
        if camera_id in self.disabled:
            return 410, {"type": "urn:hue-s:problem:camera-disabled"}
        if ask.job_id is not None:
            if ask.job_id in self.jobs_over:
                return 410, {"type": "urn:hue-s:problem:camera-job-over"}
            return 200, config.model_dump(mode="json")
        if ask.generation < self.generations.get(camera_id, 0):
            return 409, {"type": "urn:hue-s:problem:camera-generation"}
        if ask.held_epoch is not None:
            if (ask.held_epoch, ask.worker) != (config.epoch, self.holders.get(camera_id)):
                return 409, {"type": "urn:hue-s:problem:camera-superseded"}
            return 200, config.model_dump(mode="json")
        config = config.model_copy(update={"epoch": config.epoch + 1})
        self.configs[camera_id], self.holders[camera_id] = config, ask.worker
        return 200, config.model_dump(mode="json")

    def heard(self, told: HealthReport) -> Orders:
        self.reports.append(told)
        drop = [
            c.camera_id
            for c in told.cameras
            if c.camera_id in self.disabled or self.holders.get(c.camera_id) != told.worker
        ]
        renew = [
            c.camera_id
            for c in told.cameras
            if c.camera_id not in drop
            and c.config_version < self.configs[c.camera_id].config_version
        ]
        self.jobs_over |= {job.job_id for job in told.jobs if job.state != "running"}
        return Orders(drop=tuple(drop), renew=tuple(renew))

    def shown(self, heads: list[str]) -> SignalHeads:
        self.asked.append(heads)
        return SignalHeads(
            heads=tuple(self.signals[each] for each in heads if each in self.signals)
        )

    def change(self, camera_id: str, **more: Any) -> None:
        with self.lock:
            config = self.configs[camera_id]
            version = config.config_version + 1
            self.configs[camera_id] = config.model_copy(update={**more, "config_version": version})


@contextmanager
def registry_on_loopback(registry: Registry) -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = self._answer(body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path != "/v1/camera-workers/signals" or self.headers["X-API-Key"] != KEY:
                self.send_error(404)
                return
            with registry.lock:
                answer = registry.shown(parse_qs(asked.query)["heads"][0].split(","))
            data = answer.model_dump_json().encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _answer(self, body: bytes) -> tuple[int, Any]:
            parts = self.path.strip("/").split("/")
            if self.headers["X-API-Key"] != KEY:
                return 401, {"type": "urn:hue-s:problem:unauthenticated"}
            if registry.down:
                return 503, {}
            with registry.lock:
                if parts[:3] == ["v1", "camera-workers", "cameras"] and parts[-1] == "lease":
                    return registry.lease(parts[3], TakeOver.model_validate_json(body))
                if parts[:2] == ["v1", "camera-workers"] and parts[-1] == "health":
                    orders = registry.heard(HealthReport.model_validate_json(body))
                    return 200, orders.model_dump(mode="json")
            return 404, {}

        def log_message(self, *_told: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
