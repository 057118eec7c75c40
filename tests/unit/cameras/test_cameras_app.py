"""The triggers: keys of fleets, the wall and who looked, bodies of the queue; the demo's data."""

import hashlib
import json
from collections import Counter
from types import ModuleType
from typing import Any

import pytest
from cameras_world import OPERATOR, PEPPER, T0, World, wrong_way
from city.adapters.gateways import GatewayKeys
from city.cameras import views
from city.cameras.model import DEFAULT_MODEL
from city.cameras.registry import NewCamera
from city.cameras.store import Store
from city.cameras.view_models import LooksQuery, WallQuery
from city.contracts.cameras import ModelCard
from city.contracts.watching import Rule
from city.kernel.people import Principal
from city.kernel.problems import NotFound
from city.kernel.reference import Reference
from pydantic import TypeAdapter
from unit_app import fresh

from infra.seed.documents import documents
from infra.seed.load_cameras import DETECTOR, demo_cameras
from infra.seed.make_cameras import TODAY

AUDITOR = Principal(user_id="auditor", roles=frozenset({"auditor"}))


def query(**more: Any) -> WallQuery:
    return WallQuery.model_validate({"limit": 2, **more})


@pytest.fixture
def world() -> World:
    made = World()
    GatewayKeys("cameras", made.table, PEPPER).replace("fleet", "sandbox", T0)
    return made


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch, world: World) -> ModuleType:
    module = fresh("cameras")
    keys = GatewayKeys("cameras", world.table, PEPPER)
    monkeypatch.setattr(module, "desk", world.desk)
    monkeypatch.setattr(module, "_keys", lambda: keys)
    return module


def call(
    unit: ModuleType, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    event = {
        "httpMethod": method, "path": path, "headers": {"content-type": "application/json",
        **headers}, "requestContext": {}, "body": json.dumps(body) if body is not None else None,
    }  # fmt: skip
    answer = unit.app(event, None)
    return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None


def test_a_worker_needs_its_fleets_key(unit: ModuleType, world: World) -> None:
    world.enabled()
    path, body = "/v1/camera-workers/cameras/cam-1/lease", {"worker": "a", "generation": 1}
    for key in ("", "fleet.guess", "other.sandbox", "fleet"):
        assert call(unit, "POST", path, body, **{"x-api-key": key})[0] == 401
    status, config = call(unit, "POST", path, body, **{"x-api-key": "fleet.sandbox"})
    assert (status, config["epoch"]) == (200, 1)
    told = {
        "worker": "a", "at": "2026-11-20T02:00:00Z", "provider": "CPU", "models": [],
        "capacity": 1, "queue_dropped": 0, "cameras": [],
    }  # fmt: skip
    health = "/v1/camera-workers/a/health"
    assert call(unit, "POST", health, told)[0] == 401
    assert call(unit, "POST", health, told, **{"x-api-key": "fleet.sandbox"}) == (
        200, {"drop": [], "renew": []},
    )  # fmt: skip
    wrong = "/v1/camera-workers/b/health"
    assert call(unit, "POST", wrong, told, **{"x-api-key": "fleet.sandbox"})[0] == 422


def test_the_wall_is_closed_to_everybody_else(unit: ModuleType, world: World) -> None:
    world.register()
    for path in ("/v1/cameras", "/v1/cameras/summary", "/v1/cameras/cam-1/still"):
        assert call(unit, "GET", path)[0] == 401


def test_the_queue_wakes_the_intake(unit: ModuleType, world: World) -> None:
    world.enabled("cam-1", wrong_way())
    world.lease()
    body = {"traceparent": None, **world.detection().model_dump(mode="json")}
    record = {"messageId": "1", "eventSourceARN": "arn:x:hues-test-camera-detections"}
    for _ in range(2):
        told = unit.events({"Records": [{**record, "body": json.dumps(body)}]}, None)
        assert told == {"batchItemFailures": []}
    assert len(world.events("detection_made")) == 1


def test_the_wall_pages_filters_and_tells_states(world: World) -> None:
    for n in range(5):
        world.register(f"cam-{n}", kind="forest" if n == 3 else "traffic")
    world.enabled("cam-9")
    held = world.lease("a", "cam-9")
    world.report("a", world.health(held, state="frozen"))
    first = views.wall(world.desk(), query(), OPERATOR)
    second = views.wall(world.desk(), query(cursor=first.next_cursor), OPERATOR)
    third = views.wall(world.desk(), query(cursor=second.next_cursor), OPERATOR)
    assert [c.id for page in (first, second, third) for c in page.items] == [
        "cam-0", "cam-1", "cam-2", "cam-3", "cam-4", "cam-9",
    ]  # fmt: skip
    assert third.next_cursor is None
    assert [c.id for c in views.wall(world.desk(), query(kind="forest"), OPERATOR).items] == [
        "cam-3"
    ]
    assert [c.id for c in views.wall(world.desk(), query(state="frozen"), OPERATOR).items] == [
        "cam-9"
    ]
    world.wait(seconds=121)
    assert views.summary(world.desk()).by_state == {"off": 5, "unwatched": 1}


def test_who_looks_at_pictures_is_written_down_and_auditors_get_none(world: World) -> None:
    world.enabled("cam-1")
    world.register("cam-2")
    held = world.lease()
    world.report("a", world.health(held, thumbnail_key="thumbnails/cam-1.jpg"))
    with pytest.raises(NotFound):
        views.still(world.desk(), "cam-2", OPERATOR)
    shown = views.wall(world.desk(), query(pictures=True), OPERATOR).items
    still = shown[0].still
    assert still is not None
    assert still.url == "signed:thumbnails/cam-1.jpg?120"
    assert shown[1].still is None
    world.wait(seconds=60)
    views.wall(world.desk(), query(pictures=True), OPERATOR)
    assert views.wall(world.desk(), query(pictures=True), AUDITOR).items[0].still is None
    views.wall(world.desk(), query(), OPERATOR)
    looks = views.looks(world.desk(), LooksQuery.model_validate({})).items
    assert [(each.by, each.cameras) for each in looks] == [("operator", ("cam-1",))]


def test_563_demo_cameras_lie_in_their_communes_and_have_valid_rules() -> None:
    made = demo_cameras()
    assert len(made) == len({each["id"] for each in made}) == 563
    assert Counter(each["kind"] for each in made) == {
        "traffic": 318, "square": 104, "water": 61, "forest": 42, "screen": 38,
    }  # fmt: skip
    city = Reference.from_documents(documents())
    for each in made:
        rules = TypeAdapter(list[Rule]).validate_python(each.pop("rules"))
        assert rules
        NewCamera(**each)
        assert "demo" in each["name"]["en"]
    for each in made[::25]:
        ward = city.ward_at(each["lat"], each["lon"], TODAY)
        assert ward is not None
        assert ward.code == each["ward"]


def test_rows_of_a_camera_come_back_as_they_went() -> None:
    world = World()
    camera = world.register("cam-1", wrong_way())
    assert Store(world.table).camera("cam-1") == camera


def test_cameras_are_watched_with_the_detector_that_comes_with_the_project() -> None:
    card = ModelCard.model_validate_json((DETECTOR / "card.json").read_text("utf-8"))
    assert f"{card.name}@{card.version}" == DEFAULT_MODEL
    model = (DETECTOR / "model.onnx").read_bytes()
    assert hashlib.sha256(model).hexdigest() == card.sha256
