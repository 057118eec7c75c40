"""What the city needs for a face under warrant besides officers: a legal basis, the enroller, a
camera that may look, and a likeness that it saw. No face model is needed for that.

Beside a running city, for the journeys: `python tests/face_city.py <search>`, once that search is
released, prints the case's id.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

import boto3
import httpx
from city.contracts.cameras import CameraConfig, Detection
from city.contracts.watching import FaceList
from city.kernel.clock import utc_now
from city_people import Person, Sure, eventually, good

ADMIN, OPERATOR = "+84900000033", "+84900000051"
FLEET, ENROLLER = {"X-API-Key": "fleet.sandbox"}, {"X-API-Key": "enroller.sandbox"}
NEXT = "/v1/violations/faces/next"
VECTOR = {"model": "test-face@1", "vector": [n / 100 for n in range(128)]}


def legal_basis() -> dict[str, Any]:
    """One that holds for three days from now."""
    now = utc_now()
    return {
        "reference": "QĐ 12/2026", "issued_by": "Viện kiểm sát", "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(days=3)).isoformat(),
    }  # fmt: skip


def enrol(http: httpx.Client, search: str) -> None:
    """The enroller's answer for a released search."""
    path = f"/v1/violations/faces/{search}/vector"
    good(http.post(path, json=VECTOR, headers=ENROLLER), 204)


def watched(http: httpx.Client, admin: Sure) -> CameraConfig:
    """A camera with the flag, taken over by this test."""
    id_ = f"face-{uuid4().hex[:6]}"
    camera = {
        "id": id_, "name": {"vi": "Cầu thử", "en": "Test bridge"}, "kind": "square",
        "lat": 16.4637, "lon": 107.5909, "source": "rtsp://10.0.0.9/stream", "simulated": True,
    }  # fmt: skip
    good(admin.post("/v1/cameras", camera), 201)
    changed = admin.http.patch(f"/v1/cameras/{id_}", json={"faces": True}, headers=admin.headers())
    assert good(changed)["faces"]
    good(admin.post(f"/v1/cameras/{id_}/enable"))
    body = {"worker": "face-test", "generation": 1}
    path = f"/v1/camera-workers/cameras/{id_}/lease"
    config = CameraConfig.model_validate(good(http.post(path, json=body, headers=FLEET)))
    assert config.faces
    assert not any(isinstance(rule, FaceList) for rule in config.rules)
    return config


def lease(http: httpx.Client, config: CameraConfig, *, held: int) -> CameraConfig:
    """The configuration as its holder is told it now."""
    body = {"worker": "face-test", "generation": 1, "held_epoch": held}
    path = f"/v1/camera-workers/cameras/{config.camera_id}/lease"
    return CameraConfig.model_validate(good(http.post(path, json=body, headers=FLEET)))


def seen(config: CameraConfig, rule: FaceList) -> str:
    """The worker tells a likeness; the id of the case."""
    from infra.replay.drive import join_running_city

    join_running_city()
    from city.adapters.settings import settings

    now = utc_now()
    detection = Detection(
        detection_id=f"face-{uuid4().hex}", camera_id=config.camera_id, epoch=config.epoch,
        worker="face-test", rule_id=rule.rule_id, rule_version=rule.version, kind=rule.kind,
        severity="major", started_at=now, at=now, seen_at=now, model=config.model, score=0.59,
        measures={"distance": 0.41, "line": 0.5}, said=rule.wanted[0].entry, simulated=True,
    )  # fmt: skip
    sqs = boto3.client("sqs")
    name = f"{settings().table_prefix}camera-detections"
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=detection.model_dump_json())
    return detection.detection_id


def likeness(web: httpx.Client, search: str) -> str:
    """From a released search to a case in the review; the id of the case."""
    admin = Sure(web, ADMIN)
    config = watched(web, admin)
    good(web.post(NEXT, json={}, headers=ENROLLER))
    enrol(web, search)

    def looked_for() -> tuple[CameraConfig, FaceList] | None:
        fresh = lease(web, config, held=config.epoch)
        lists = (rule for rule in fresh.rules if isinstance(rule, FaceList))
        mine = [one for one in lists if any(each.entry == search for each in one.wanted)]
        return (fresh, mine[0]) if mine else None

    listed, rule = eventually(looked_for)
    case = seen(listed, rule)
    operator = Person(web, OPERATOR)
    eventually(lambda: operator.get(f"/v1/violations/{case}").status_code == 200)
    good(admin.post(f"/v1/cameras/{config.camera_id}/disable"))
    admin.leave()
    return case


def main() -> None:
    """Have the face of a released search seen."""
    address = os.environ["BASE_URL"].replace("127.0.0.1", "localhost")
    with httpx.Client(base_url=address, timeout=60) as web:
        print(json.dumps({"id": likeness(web, sys.argv[1])}))


if __name__ == "__main__":
    main()
