"""A real worker process under the city's own registry: an enabled camera is watched, its incident
comes to review with evidence, a successor takes over after a death, and a switch-off ends it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from city_people import Person, eventually

from infra.fleet.lamp import PERIOD, film

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[2]
OPERATOR, SUPERVISOR = "+84900000051", "+84900000053"
CAMERAS = json.loads((ROOT / "infra/seed/data/cameras.json").read_text("utf-8"))


@contextmanager
def worker(name: str, folder: Path, city: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of `python -m infra.fleet.watcher` with the city's queues."""
    from city.adapters.settings import settings

    told, sqs = settings(), boto3.client("sqs")
    urls = {
        name: sqs.get_queue_url(QueueName=told.table_prefix + name)["QueueUrl"]
        for name in ("camera-assignments", "camera-detections")
    }
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'layers/city/python'}{os.pathsep}{ROOT}",
        "CITY_URL": city,
        "WORKER_KEY": "fleet.sandbox",
        "WORKER_NAME": name,
        "ASSIGNMENTS_QUEUE_URL": urls["camera-assignments"],
        "DETECTIONS_QUEUE_URL": urls["camera-detections"],
        "EVIDENCE_BUCKET": told.evidence_bucket,
        "SOURCE_FOLDER": str(folder),
        "CAPACITY": "4",
        "PROMISE_S": "15",
        "HEALTH_S": "1",
        "THUMBNAIL_S": "1",
        "CLIP_AFTER_S": "1",
        "FLEET_ANY": "1",
    }
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.fleet.watcher"],
            cwd=ROOT, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def test_a_camera_from_switch_on_to_review_to_a_successor(
    http: httpx.Client, person: Callable[[str], Person], city: str, tmp_path: Path
) -> None:
    from infra.replay.drive import join_running_city

    join_running_city()
    chief, operator = person(SUPERVISOR), person(OPERATOR)
    listed = operator.get("/v1/cameras", params={"kind": "traffic", "limit": 100}).json()["items"]
    camera = next(each["id"] for each in reversed(listed) if not each["enabled"])
    source = next(each["source"] for each in CAMERAS if each["id"] == camera)
    path = tmp_path / source.removeprefix("file:")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(film(PERIOD)))
    assert chief.post(f"/v1/cameras/{camera}/enable").status_code == 200

    def shown() -> dict[str, Any]:
        body: dict[str, Any] = operator.get(f"/v1/cameras/{camera}").json()
        return body

    def cases() -> list[dict[str, Any]]:
        asked = {"camera_id": camera, "limit": 20}
        items: list[dict[str, Any]] = operator.get("/v1/violations", params=asked).json()["items"]
        return items

    with worker("city-worker-1", tmp_path, city) as first:
        eventually(lambda: shown()["state"] == "live", 60)
        case = eventually(cases)[0]
        eventually(lambda: operator.get(f"/v1/violations/{case['id']}").json()["evidence"] == 5)
        operator.post(f"/v1/violations/{case['id']}/claim")
        files = operator.get(f"/v1/violations/{case['id']}/evidence").json()["files"]
        assert {each["role"] for each in files} == {"before", "at", "after", "annotated", "clip"}
        still = eventually(lambda: operator.get(f"/v1/cameras/{camera}/still"))
        assert httpx.get(still.json()["url"]).content[:2] == b"\xff\xd8"  # a JPEG
        before = shown()
        first.send_signal(signal.SIGKILL)
        first.wait()
    with worker("city-worker-2", tmp_path, city) as second:
        eventually(lambda: shown()["epoch"] > before["epoch"], 60)
        eventually(lambda: shown()["state"] == "live")
        assert chief.post(f"/v1/cameras/{camera}/disable").status_code == 200
        log = tmp_path / "city-worker-2.log"
        eventually(lambda: "another's" in log.read_text() or ": over" in log.read_text())
        assert second.poll() is None
