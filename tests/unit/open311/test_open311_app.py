"""The resources over HTTP, as a client of the standard meets them."""

import json
from types import ModuleType
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from city.adapters.settings import settings
from unit_app import fresh
from world import SECRET, World

ENV = {
    "STAGE": "test", "AWS_REGION": "ap-southeast-1", "BUS_NAME": "hues", "TABLE_PREFIX": "hues-",
    "UPLOADS_BUCKET": "uploads", "MEDIA_BUCKET": "media", "TOKEN_SECRET": SECRET,
    "PUBLIC_BASE_URL": "http://city.test", "OPEN311_KEY": "a key",
}  # fmt: skip
FORM = {
    "api_key": "a key", "service_code": "drainage", "lat": "16.46", "long": "107.55",
    "description": "Nắp cống vỡ, gọi 0905123456", "email": "a@example.org", "first_name": "Bướm",
}  # fmt: skip


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    module = fresh("open311")
    world = World()
    monkeypatch.setattr(module, "desk", world.desk)
    monkeypatch.setattr(module, "reference", lambda: world.city)
    yield module
    settings.cache_clear()


def call(
    unit: ModuleType, path: str, *, form: dict[str, str] | None = None, **query: Any
) -> tuple[int, str, str]:
    """Status, media type and body."""
    method = "GET" if form is None else "POST"
    path = f"/open311/v2/{path}"
    event: dict[str, Any] = {
        "httpMethod": method,
        "path": path,
        "headers": {"Content-Type": "application/x-www-form-urlencoded"} if form else {},
        "queryStringParameters": query or None,
        "requestContext": {"httpMethod": method, "path": path, "identity": {}},
        "body": urlencode(form) if form else None,
    }
    answer = unit.app(event, None)
    return answer["statusCode"], answer["headers"]["Content-Type"], answer["body"]


def read(unit: ModuleType, path: str, **query: Any) -> Any:
    status, kind, body = call(unit, path, **query)
    assert (status, kind) == (200, "application/json; charset=utf-8"), body
    return json.loads(body)


def test_report_and_follow(unit: ModuleType) -> None:
    status, kind, body = call(unit, "requests.json", form=FORM)
    assert status in (200, 201), body
    assert kind.startswith("application/json")
    (made,) = json.loads(body)
    assert "token" not in made
    i = made["service_request_id"]
    (one,) = read(unit, f"requests/{i}.json")
    assert (one["status"], one["service_code"], one["lat"]) == ("open", "drainage", 16.46)
    for secret in ("0905123456", "example.org", "Bướm"):
        assert secret not in json.dumps(one, ensure_ascii=False)
    assert read(unit, f"tokens/{i}.json") == [{"service_request_id": i, "token": i}]
    assert read(unit, "requests.json", service_request_id=f"{i},none", status="closed") == [one]
    assert read(unit, "requests.json", status="closed") == []
    assert read(unit, "requests.json", service_code="noise") == []


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("discovery", "discovery"),
        ("services", "services"),
        ("services/drainage", "service_definition"),
        ("requests", "service_requests"),
    ],
)
def test_the_same_in_xml(unit: ModuleType, path: str, root: str) -> None:
    status, kind, body = call(unit, f"{path}.xml")
    assert (status, kind) == (200, "text/xml; charset=utf-8")
    assert ET.fromstring(body.encode()).tag == root  # noqa: S314 - our own words


@pytest.mark.parametrize("fmt", ["xml", "json"])
@pytest.mark.parametrize(
    ("path", "form", "query", "code"),
    [
        ("requests", {**FORM, "api_key": "other"}, {}, 403),
        ("requests", {**FORM, "api_key": ""}, {}, 403),
        ("requests", {**FORM, "service_code": "none"}, {}, 404),
        ("requests", {**FORM, "service_code": ""}, {}, 400),
        ("requests", {**FORM, "lat": "", "long": ""}, {}, 400),
        ("requests", {**FORM, "jurisdiction_id": "sfgov.org"}, {}, 404),
        ("requests", None, {"status": "lost"}, 400),
        ("requests", None, {"jurisdiction_id": "sfgov.org"}, 404),
        ("requests/none", None, {}, 404),
        ("services/none", None, {}, 404),
        ("tokens/none", None, {}, 404),
        ("nothing", None, {}, 404),
    ],
)
def test_errors_in_the_format_asked_for(
    unit: ModuleType,
    path: str,
    form: dict[str, str] | None,
    query: dict[str, Any],
    code: int,
    fmt: str,
) -> None:
    status, _, body = call(unit, f"{path}.{fmt}", form=form, **query)
    assert status == code
    if fmt == "json":
        (error,) = json.loads(body)
        assert error["code"] == code
        assert error["description"]
    else:
        root = ET.fromstring(body.encode())  # noqa: S314 - our own words
        assert root.findtext("error/code") == str(code)
        assert root.findtext("error/description")
