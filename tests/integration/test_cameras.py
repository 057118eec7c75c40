"""From an enabled camera to a pack at the authority, over HTTP, queues and buckets of the city.

The worker here is the test itself: it speaks the contract and puts real files into the bucket.
"""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import boto3
import httpx
import pytest
from city.contracts.cameras import Assignment, CameraConfig, Detection, EvidenceItem, Orders
from city.contracts.signals import LAMPS
from city.kernel.clock import utc_now
from city_people import Person, eventually
from PIL import Image

from gpu_workers.cameras.city import HttpCity
from gpu_workers.cameras.signals import Signals
from infra.simulators import lights

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
OPERATOR, OTHER, SUPERVISOR, POLICE = (f"+84900000{n}" for n in ("051", "052", "053", "117"))
ADMIN = "+84900000033"
KEY = {"X-API-Key": "fleet.sandbox"}


@pytest.fixture(scope="module")
def cloud(city: str) -> dict[str, Any]:
    """The city's settings and clients, as a worker has them."""
    from infra.replay.drive import join_running_city

    join_running_city()
    from city.adapters.settings import settings

    return {"settings": settings(), "sqs": boto3.client("sqs"), "s3": boto3.client("s3")}


def queue(cloud: dict[str, Any], name: str) -> str:
    prefix = cloud["settings"].table_prefix
    return str(cloud["sqs"].get_queue_url(QueueName=prefix + name)["QueueUrl"])


def test_a_camera_is_watched_judged_and_handed_over(
    http: httpx.Client, person: Sign, cloud: dict[str, Any]
) -> None:
    chief, operator = person(SUPERVISOR), person(OPERATOR)
    camera = next(
        c for c in operator.get("/v1/cameras", params={"kind": "traffic", "limit": 100}).json()[
            "items"] if not c["enabled"]
    )  # fmt: skip
    id_ = camera["id"]
    assert chief.post(f"/v1/cameras/{id_}/enable").json()["state"] == "unwatched"

    sqs, assignments = cloud["sqs"], queue(cloud, "camera-assignments")

    def mine() -> Assignment | None:
        told = sqs.receive_message(QueueUrl=assignments, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in told.get("Messages", []):
            read = Assignment.model_validate_json(message["Body"])
            if read.camera_id == id_:
                sqs.delete_message(QueueUrl=assignments, ReceiptHandle=message["ReceiptHandle"])
                return read
        return None

    assignment = eventually(mine)
    worker = f"test-{uuid4().hex[:6]}"
    path = f"/v1/camera-workers/cameras/{id_}/lease"
    ask = {"worker": worker, "generation": assignment.generation}
    assert http.post(path, json=ask).status_code == 401
    config = CameraConfig.model_validate(http.post(path, json=ask, headers=KEY).json())
    rule = config.rules[0]
    now = utc_now()
    thumbnail = f"thumbnails/{id_}.jpg"
    bucket = cloud["settings"].evidence_bucket
    cloud["s3"].put_object(Bucket=bucket, Key=thumbnail, Body=picture(), ContentType="image/jpeg")
    report = {
        "worker": worker, "at": now.isoformat(), "provider": "CPU", "models": [config.model],
        "capacity": 4, "queue_dropped": 0,
        "cameras": [{
            "camera_id": id_, "epoch": config.epoch, "config_version": config.config_version,
            "state": "live", "last_frame_at": now.isoformat(), "fps": 5.0, "sampled": 50,
            "dropped": 1, "reconnects": 0, "thumbnail_key": thumbnail,
        }],
    }  # fmt: skip
    answer = http.post(f"/v1/camera-workers/{worker}/health", json=report, headers=KEY)
    assert Orders.model_validate(answer.json()) == Orders()
    assert operator.get(f"/v1/cameras/{id_}").json()["state"] == "live"
    still = operator.get(f"/v1/cameras/{id_}/still").json()
    assert httpx.get(still["url"]).content == picture()

    detection = Detection(
        detection_id=f"test-{uuid4().hex}", camera_id=id_, epoch=config.epoch, worker=worker,
        rule_id=rule.rule_id, rule_version=rule.version, kind=rule.kind, severity="severe",
        started_at=now, at=now, seen_at=now, model=config.model, score=0.9, simulated=True,
    )  # fmt: skip
    later = detection.model_copy(update={"evidence": evidence(cloud, detection)})
    detections = queue(cloud, "camera-detections")
    for told in (detection, later, detection):
        sqs.send_message(QueueUrl=detections, MessageBody=told.model_dump_json())
    case = f"/v1/violations/{detection.detection_id}"

    def complete() -> dict[str, Any] | None:
        seen = operator.get(case)
        body: dict[str, Any] = seen.json()
        return body if seen.status_code == 200 and body["evidence"] == 2 else None

    shown = eventually(complete)
    assert (shown["detections"], shown["state"], shown["simulated"]) == (1, "waiting", True)

    judge(operator, person, case, detection)


def judge(operator: Person, person: Sign, case: str, detection: Detection) -> None:
    """Claim, look, confirm, hand over, fetch the pack; the chain has it all."""
    assert operator.post(f"{case}/claim").json()["may"] == ["claim", "confirm", "deny"]
    refused = person(OTHER).post(f"{case}/actions/confirm")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:hue-s:problem:claimed")
    files = operator.get(f"{case}/evidence").json()["files"]
    fetched = {f["sha256"]: hashlib.sha256(httpx.get(f["url"]).content).hexdigest() for f in files}
    assert all(held == digest for held, digest in fetched.items())
    assert operator.post(f"{case}/actions/confirm").json()["state"] == "confirmed"
    handed = operator.post(f"{case}/actions/transfer", {"authority": "cong-an-thanh-pho"})
    assert handed.json()["state"] == "transferred"

    def made() -> bool:
        items = operator.get(f"{case}/custody", params={"limit": 50}).json()["items"]
        return any(each["action"] == "pack_made" for each in items)

    eventually(made)
    police = person(POLICE)
    assert case.rsplit("/", 1)[-1] in {
        each["id"] for each in police.get("/v1/violations/handed").json()["items"]
    }
    pack = police.get(f"{case}/pack").json()
    data = httpx.get(pack["url"]).content
    assert hashlib.sha256(data).hexdigest() == pack["sha256"]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {"manifest.json", "report.pdf", "SHA256SUMS"} <= set(archive.namelist())
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["case"]["id"] == detection.detection_id
    told = {"outcome": "sanctioned", "reference": "01/QĐ-XPHC"}
    assert police.post(f"{case}/actions/outcome", told).json()["state"] == "closed"
    chain = operator.get(f"{case}/custody", params={"limit": 50}).json()
    assert chain["broken_at"] is None
    assert {"received", "evidence_read", "confirmed", "transferred", "pack_read"} <= {
        each["action"] for each in chain["items"]
    }
    assert person("+84900000001").get(case).status_code == 403


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 180), "grey").save(out, "JPEG")
    return out.getvalue()


def evidence(cloud: dict[str, Any], detection: Detection) -> tuple[EvidenceItem, ...]:
    """Two files in the bucket."""
    made = []
    for role, kind, data in (
        ("at", "image/jpeg", picture()),
        ("clip", "video/mp4", b"no video, bytes all the same"),
    ):
        key = f"evidence/{detection.camera_id}/test/{detection.detection_id}/{role}"
        cloud["s3"].put_object(
            Bucket=cloud["settings"].evidence_bucket, Key=key, Body=data, ContentType=kind
        )
        made.append(
            EvidenceItem.model_validate({
                "role": role, "key": key, "sha256": hashlib.sha256(data).hexdigest(),
                "size": len(data), "content_type": kind, "taken_at": detection.at,
                "signed_at": detection.at + timedelta(seconds=1),
            })
        )  # fmt: skip
    return tuple(made)


def test_a_camera_is_given_a_detector_that_the_registry_has(person: Sign) -> None:
    admin = person(ADMIN)
    page = admin.get("/v1/cameras/models", params={"limit": 1}).json()
    assert page["items"][0]["model"] == "hues-nano@2"
    assert page["items"][0]["synthetic"]
    camera = {
        "id": f"thu-{uuid4().hex[:8]}", "name": {"vi": "Thử", "en": "Trial"}, "kind": "traffic",
        "lat": 16.4655, "lon": 107.5905, "source": "rtsp://10.9.8.7/x", "model": "hues-nano@99",
    }  # fmt: skip
    refused = admin.post("/v1/cameras", camera)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "model")
    made = admin.post("/v1/cameras", camera | {"model": "hues-nano@2"})
    assert made.json()["model"] == "hues-nano@2"


def test_a_water_level_on_a_staff_is_a_reading_of_its_stream(
    http: httpx.Client, person: Sign, cloud: dict[str, Any]
) -> None:
    chief = person(SUPERVISOR)
    water = {"kind": "water", "limit": 1}
    id_ = chief.get("/v1/cameras", params=water).json()["items"][0]["id"]
    generation = chief.post(f"/v1/cameras/{id_}/enable").json()["generation"]
    ask = {"worker": "gauge-reader", "generation": generation}
    told = http.post(f"/v1/camera-workers/cameras/{id_}/lease", json=ask, headers=KEY).json()
    now = utc_now()
    level = Detection(
        detection_id=f"level-{uuid4().hex}", camera_id=id_, epoch=told["epoch"],
        worker="gauge-reader", rule_id="gauge", rule_version=1, kind="water_level",
        severity="info", started_at=now, at=now, seen_at=now, model="m@1", score=0.9,
        measures={"level_m": 1.23}, stream="kim-long.water_level", simulated=True,
    )  # fmt: skip
    detections = queue(cloud, "camera-detections")
    cloud["sqs"].send_message(QueueUrl=detections, MessageBody=level.model_dump_json())

    def read() -> bool:
        return '"value":1.23' in http.get("/v1/stations/kim-long/latest").text.replace(" ", "")

    eventually(read)
    assert chief.get(f"/v1/violations/{level.detection_id}").status_code == 404


def test_a_controller_tells_its_phases_and_a_worker_knows_them_a_moment_later(
    http: httpx.Client, person: Sign, city: str
) -> None:
    for _ in range(3):
        taken = lights.tell(city, lights.report(utc_now()))
        assert taken["error_s"] >= 0.2
        time.sleep(0.3)
    with pytest.raises(HTTPError) as refused:
        lights.tell(city, lights.report(utc_now()), "fleet.sandbox")  # a worker's key tells none
    assert refused.value.code == 401
    refused.value.close()
    signals = Signals(HttpCity(city, "fleet.sandbox").signals)
    heads = [f"nga-sau/{group}" for group in lights.OFFSETS]
    signals.want("cam-018", frozenset(heads))
    signals.poll()
    known = 0
    for tenths in range(40):
        at = utc_now() - timedelta(seconds=tenths / 10)
        for group, head in enumerate(heads, 1):
            lamp, _ = signals.phase(head, at)
            known += lamp != "unknown"
            assert lamp in ("unknown", LAMPS[lights.showing(group, at)[0]])
    assert known > 0
    future = utc_now() + timedelta(seconds=2)
    assert {signals.phase(head, future)[0] for head in heads} == {"unknown"}
    shown = person(SUPERVISOR).get("/v1/signals/nga-sau").json()
    assert [each["signal_group"] for each in shown["heads"]] == [1, 2, 3, 4]
    assert http.get("/v1/signals").status_code == 401
    asked = http.get("/v1/camera-workers/signals", params={"heads": "nga-sau/1"})
    assert asked.status_code == 401


def test_an_officer_of_the_demo_finds_cases_to_review(person: Sign) -> None:
    officer = person(OTHER)
    items = officer.get("/v1/violations", params={"limit": 100}).json()["items"]
    kinds = {each["kind"] for each in items if each["simulated"]}
    assert {"red_light", "wrong_way", "fire", "intrusion", "abandoned_object"} <= kinds
    camera = next(each["camera_id"] for each in items if each["kind"] == "fire")
    shown = officer.get(f"/v1/cameras/{camera}").json()
    assert (shown["state"], shown["demo"], len(shown["live_rules"])) == ("off", True, 1)
    still = officer.get(f"/v1/cameras/{camera}/still").json()
    assert httpx.get(still["url"]).content[:2] == b"\xff\xd8"
