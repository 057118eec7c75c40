"""A worker's settings, from its environment."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MOST_CAMERAS = 180  # of one health report, with room for farewells


@dataclass(frozen=True, slots=True)
class Settings:
    """Names in capitals are environment variables; AWS's own are boto3's."""

    city: str  # CITY_URL
    key: str  # WORKER_KEY: the fleet's
    assignments: str  # ASSIGNMENTS_QUEUE_URL
    detections: str  # DETECTIONS_QUEUE_URL
    bucket: str  # EVIDENCE_BUCKET
    name: str  # WORKER_NAME
    capacity: int = 16  # CAPACITY: cameras at once
    promise_s: float = 60.0  # PROMISE_S: after a worker's death its cameras are watched again
    health_s: float = 10.0  # HEALTH_S
    signals_s: float = 1.0  # SIGNALS_S: how often controllers' words are asked for, if a rule does
    thumbnail_s: float = 30.0  # THUMBNAIL_S; 0: none
    after_s: float = 4.0  # CLIP_AFTER_S
    batch: int | None = None  # BATCH: pictures of one inference; none: 4 on a CPU, else 32
    runners: int = 2  # RUNNERS: threads around a session
    threads: int = 0  # ONNX_THREADS: of each run; 0: the runners share the cores
    hardware: str | None = None  # HARDWARE_DECODE: cuda, qsv, vaapi
    folder: Path | None = None  # SOURCE_FOLDER: where file: sources may lie
    probe_port: int = 0  # PROBE_PORT: /live for an orchestrator; 0: none


def threads_each(runners: int) -> int:
    """Threads of one run when several go on at once: more than there are cores only wait."""
    affinity = getattr(os, "sched_getaffinity", None)  # not everywhere
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, cores // runners)


def from_environment(told: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        KeyError: one without a default is missing.
        ValueError: one is out of range.
    """
    capacity = int(told.get("CAPACITY", "16"))
    if not 1 <= capacity <= MOST_CAMERAS:
        raise ValueError(f"CAPACITY is 1 to {MOST_CAMERAS}")
    folder = told.get("SOURCE_FOLDER")
    return Settings(
        city=told["CITY_URL"],
        key=told["WORKER_KEY"],
        assignments=told["ASSIGNMENTS_QUEUE_URL"],
        detections=told["DETECTIONS_QUEUE_URL"],
        bucket=told["EVIDENCE_BUCKET"],
        name=told.get("WORKER_NAME") or f"{socket.gethostname()}-{os.getpid()}",
        capacity=capacity,
        promise_s=float(told.get("PROMISE_S", "60")),
        health_s=float(told.get("HEALTH_S", "10")),
        signals_s=float(told.get("SIGNALS_S", "1")),
        thumbnail_s=float(told.get("THUMBNAIL_S", "30")),
        after_s=float(told.get("CLIP_AFTER_S", "4")),
        batch=int(told["BATCH"]) if told.get("BATCH") else None,
        runners=int(told.get("RUNNERS", "2")),
        threads=int(told.get("ONNX_THREADS", "0")),
        hardware=told.get("HARDWARE_DECODE") or None,
        folder=Path(folder) if folder else None,
        probe_port=int(told.get("PROBE_PORT", "0")),
    )
