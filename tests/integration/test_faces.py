"""A face under warrant over real HTTP: from the legal basis to a candidate, and away at the end.

The enroller and the worker are the test itself: they speak the contracts. No face model is needed,
since what the city does with a vector does not depend on whose it is.
"""

import base64
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest
from city.contracts.cameras import CameraConfig, Detection
from city.contracts.watching import FaceList
from city.kernel.clock import utc_now
from city_people import Person, Sure, eventually, good
from PIL import Image

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
ADMIN, OPERATOR, SUPERVISOR = "+84900000033", "+84900000051", "+84900000053"
FLEET, ENROLLER = {"X-API-Key": "fleet.sandbox"}, {"X-API-Key": "enroller.sandbox"}
NEXT = "/v1/violations/faces/next"
SEARCHES = "/v1/violations/searches"


def refused(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, f"{answer.request.url}: {answer.text[:400]}"
    return str(answer.json()["type"]).rsplit(":", 1)[-1]


def photo() -> str:
    out = io.BytesIO()
    Image.new("RGB", (200, 200), "grey").save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()


def test_a_face_is_searched_for_only_with_everything_and_forgotten(
    http: httpx.Client, web: httpx.Client, person: Sign
) -> None:
    operator, admin = person(OPERATOR), Sure(web, ADMIN)
    now = utc_now()
    ask: dict[str, Any] = {
        "kind": "face", "photo": photo(), "purpose": "missing_person", "warrant": "12/LTN-CSĐT",
        "issued_by": "Cơ quan điều tra", "since": now.isoformat(),
        "until": (now + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    assert refused(operator.post(SEARCHES, ask), 409) == "no-legal-basis"
    basis = {
        "reference": "QĐ 12/2026", "issued_by": "Viện kiểm sát", "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    assert person(SUPERVISOR).http.put(
        "/v1/cameras/faces-basis", json=basis, headers=person(SUPERVISOR).headers()
    ).status_code == 403  # fmt: skip
    good(web.put("/v1/cameras/faces-basis", json=basis, headers=admin.headers()))

    def asked() -> dict[str, Any] | None:  # the basis reaches the other unit over the bus
        answer = operator.post(SEARCHES, ask)
        return good(answer, 201) if answer.status_code != 409 else None

    id_ = eventually(asked)["id"]
    assert http.post(NEXT, json={}).status_code == 401
    assert good(http.post(NEXT, json={}, headers=ENROLLER))["items"] == []  # not released yet
    decide = f"{SEARCHES}/{id_}/decide"
    assert refused(operator.post(decide, {"release": True}), 403)
    chief = Sure(web, SUPERVISOR)
    shown = good(chief.get(f"{SEARCHES}/{id_}/photo"))
    assert base64.b64decode(shown["data"]).startswith(b"\xff\xd8")
    assert good(chief.post(decide, {"release": True}))["enrolment"] == "waiting"

    config = watched(http, admin)
    (item,) = good(http.post(NEXT, json={}, headers=ENROLLER))["items"]
    assert item["search_id"] == id_
    vector = [n / 100 for n in range(128)]
    told = {"model": "test-face@1", "vector": vector}
    enrol = f"/v1/violations/faces/{id_}/vector"
    assert http.post(enrol, json=told).status_code == 401
    good(http.post(enrol, json=told, headers=ENROLLER), 204)

    def looked_for() -> CameraConfig | None:
        fresh = lease(http, config, held=config.epoch)
        return fresh if any(isinstance(r, FaceList) for r in fresh.rules) else None

    listed = eventually(looked_for)
    (rule,) = (r for r in listed.rules if isinstance(r, FaceList))
    assert [(w.entry, list(w.vector)) for w in rule.wanted] == [(id_, vector)]
    assert listed.config_version > config.config_version

    case = seen(listed, rule)

    def candidate() -> list[Any] | None:
        return good(chief.get(f"{SEARCHES}/{id_}/hits"))["items"] or None

    (hit,) = eventually(candidate)
    assert (hit["case_id"], hit["measure"], hit["line"]) == (case, 0.41, 0.5)
    assert good(operator.get(f"/v1/violations/{case}"))["kind"] == "face_list"
    assert good(chief.post(f"{SEARCHES}/{id_}/end"))["state"] == "ended"
    eventually(lambda: not any(
        isinstance(r, FaceList) for r in lease(http, config, held=config.epoch).rules
    ))  # fmt: skip
    assert chief.get(f"{SEARCHES}/{id_}/photo").status_code == 404
    good(admin.post(f"/v1/cameras/{config.camera_id}/disable"))  # no worker is to look for it
    chain = good(chief.get(f"{SEARCHES}/{id_}/audit", params={"limit": 50}))
    assert chain["broken_at"] is None
    actions = [each["action"] for each in chain["items"]]
    assert [a for a in actions if a != "looked"] == [
        "asked", "photo_read", "released", "photo_given", "enrolled", "hit", "ended",
    ]  # fmt: skip


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
