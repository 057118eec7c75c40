"""The triggers: a place to upload to, signed for one object, and the bucket's own messages."""

import base64
import json
from datetime import timedelta
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus

import pytest
from city.adapters import blob, media_ids
from city.adapters.settings import settings
from city.kernel.clock import utc_now
from city.kernel.people import Principal
from city.media import service
from media_world import Buckets, Studio, photo
from signing import TRUST
from signing import token as signed
from unit_app import fresh
from world import LAN, MINH, SECRET

ENV = {
    "STAGE": "test", "AWS_REGION": "ap-southeast-1", "BUS_NAME": "hues", "TABLE_PREFIX": "hues-",
    "UPLOADS_BUCKET": "uploads", "MEDIA_BUCKET": "media", "TOKEN_SECRET": SECRET,
    "PUBLIC_BASE_URL": "http://city.test", "UPLOAD_BASE_URL": "http://objects.test:8080",
}  # fmt: skip


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch, studio: Studio) -> Any:
    caches = (settings, blob.client, blob.presigner)
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    for cache in caches:
        cache.cache_clear()
    module = fresh("media")

    class Signed(Buckets):
        presign = module.Buckets.presign

    def room() -> service.Darkroom:
        from dataclasses import replace

        return replace(studio.room(), blobs=Signed(studio), now=utc_now())

    monkeypatch.setattr(module, "room", room)
    monkeypatch.setattr("city.adapters.http.trust", lambda: TRUST)
    yield module
    for cache in caches:
        cache.cache_clear()


def call(
    unit: ModuleType, method: str, path: str, who: Principal | None, body: Any = None
) -> tuple[int, dict[str, Any]]:
    token = signed(who, utc_now()) if who else ""
    event = {
        "httpMethod": method,
        "path": path,
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
        "queryStringParameters": None,
        "requestContext": {"httpMethod": method, "path": path, "identity": {}},
        "body": json.dumps(body) if body is not None else None,
    }
    answer = unit.app(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def tell(unit: ModuleType, body: dict[str, Any]) -> dict[str, Any]:
    record = {
        "messageId": "m1",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:ap-southeast-1:000000000000:hues-test-media-uploads",
        "body": json.dumps(body),
    }
    answer: dict[str, Any] = unit.events({"Records": [record]}, None)
    return answer


def arrived(*keys: str) -> dict[str, Any]:
    """S3's message, in its own spelling of keys."""
    return {
        "Records": [
            {"eventName": "ObjectCreated:Post", "s3": {"object": {"key": quote_plus(key)}}}
            for key in keys
        ]
    }


WANTED = {"content_type": "image/jpeg", "size": 2000, "purpose": "report"}


def test_a_signed_place_for_one_object(unit: ModuleType) -> None:
    status, asked = call(unit, "POST", "/v1/media", LAN, WANTED)
    assert status == 201
    upload = asked["upload"]
    assert (upload["url"], upload["method"]) == ("http://objects.test:8080/uploads", "POST")
    ulid = asked["id"].partition(".")[0]
    assert upload["fields"]["key"] == f"incoming/{ulid}"
    assert media_ids.belongs(asked["id"], LAN.user_id, SECRET)
    assert not media_ids.belongs(asked["id"], MINH.user_id, SECRET)
    conditions = json.loads(base64.b64decode(upload["fields"]["policy"]))["conditions"]
    assert {"Content-Type": "image/jpeg"} in conditions
    assert ["content-length-range", 1, 15 * 1024 * 1024] in conditions
    assert {"key": f"incoming/{ulid}"} in conditions
    assert {"bucket": "uploads"} in conditions
    assert asked["max_bytes"] == 15 * 1024 * 1024
    assert timedelta(minutes=15) >= service.UPLOAD_LIFE


@pytest.mark.parametrize(
    "wrong",
    [
        {**WANTED, "content_type": "image/heic"},
        {**WANTED, "content_type": "image/svg+xml"},
        {**WANTED, "size": 0},
        {**WANTED, "size": 15 * 1024 * 1024 + 1},
        {**WANTED, "key": "m/x.jpg"},
    ],
)
def test_what_may_not_be_asked_for(unit: ModuleType, wrong: dict[str, Any]) -> None:
    assert call(unit, "POST", "/v1/media", LAN, wrong)[0] == 422


def test_strangers_are_asked_to_sign_in(unit: ModuleType) -> None:
    assert call(unit, "POST", "/v1/media", None, WANTED)[0] == 401
    assert call(unit, "GET", "/v1/media/x", None)[0] == 401


def test_from_the_bucket_to_a_picture(unit: ModuleType, studio: Studio) -> None:
    _, asked = call(unit, "POST", "/v1/media", LAN, WANTED)
    path = f"/v1/media/{asked['id']}"
    assert call(unit, "GET", path, LAN)[1]["state"] == "awaiting"
    key = asked["upload"]["fields"]["key"]
    studio.inbox[key] = photo()
    for _ in range(2):
        assert tell(unit, arrived(key, "incoming/of nobody")) == {"batchItemFailures": []}
    status, view = call(unit, "GET", path, LAN)
    assert (status, view["state"], view["width"], view["height"]) == (200, "ready", 640, 480)
    assert view["url"].endswith(f"/m/{asked['id'].partition('.')[0]}.jpg")
    assert call(unit, "GET", path, MINH)[0] == 404
    assert len(studio.bus.events) == 1


def test_the_buckets_own_test_message_is_nothing(unit: ModuleType, studio: Studio) -> None:
    said = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "uploads"}
    assert tell(unit, said) == {"batchItemFailures": []}
    assert studio.table.rows() == []
