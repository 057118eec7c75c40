"""The triggers: readings in by key, figures out to everybody."""

import base64
import gzip
import json
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from city.adapters.gateways import GatewayKeys
from city.adapters.reference import publish
from city.kernel.page import encode_cursor
from city.sensing.model import millis
from sensing_world import DOCUMENTS, T0, World
from unit_app import fresh

PEPPER = "x" * 32
KEY = "gw-river.sandbox"
VALUES = [round(1 + i / 100, 2) for i in range(20)]


@pytest.fixture
def world() -> World:
    made = World()
    publish(made.table, DOCUMENTS, "v1")
    keys = GatewayKeys("sensing", made.table, PEPPER)
    keys.replace("gw-river", "sandbox", T0)
    keys.replace("gw-air", "sandbox", T0)
    return made


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch, world: World) -> ModuleType:
    module = fresh("sensing")

    class Told:
        token_secret = PEPPER

    monkeypatch.setattr(module, "table", lambda unit: world.table)
    monkeypatch.setattr(module, "outbox", lambda unit: world.outbox)
    monkeypatch.setattr(module, "settings", Told)
    monkeypatch.setattr(module, "readings_queue", lambda: world.line)
    monkeypatch.setattr(module, "utc_now", lambda: world.now)
    return module


def call(
    unit: ModuleType, method: str, path: str, body: Any = None, key: str = KEY, **query: str
) -> dict[str, Any]:
    packed = isinstance(body, bytes)
    event = {
        "httpMethod": method,
        "path": path,
        "headers": {"X-API-Key": key} if key else {},
        "queryStringParameters": query,
        "requestContext": {"httpMethod": method, "path": path, "identity": {}},
        "body": base64.b64encode(body).decode() if packed else json.dumps(body),
        "isBase64Encoded": packed,
    }
    answer: dict[str, Any] = unit.app(event, None)
    return answer


def got(unit: ModuleType, path: str, **query: str) -> Any:
    answer = call(unit, "GET", path, key="", **query)
    assert answer["statusCode"] == 200, answer["body"]
    assert answer["headers"]["Cache-Control"].startswith("public, max-age=")
    return json.loads(answer["body"])


def batch(world: World, *values: float) -> dict[str, Any]:
    items = [
        {"stream": "kim-long.water_level", "t": millis(world.now) - 600_000 * i, "v": v}
        for i, v in enumerate(reversed(values))
    ]
    return {"gateway": "gw-river", "sent_at": world.now.isoformat(), "items": items}


def drain(unit: ModuleType, world: World) -> None:
    arn = "arn:aws:sqs:us-east-1:000000000000:hues-test-sensing-readings"
    records = [
        {"messageId": f"m{i}", "eventSource": "aws:sqs", "eventSourceARN": arn,
         "body": json.dumps(message)}
        for i, message in enumerate(world.line.messages)
    ]  # fmt: skip
    world.line.messages.clear()
    assert unit.events({"Records": records}, None) == {"batchItemFailures": []}


def test_from_the_gateway_to_the_public(unit: ModuleType, world: World) -> None:
    answer = call(unit, "POST", "/v1/observations/batch", batch(world, 2.4, 2.5, 2.6))
    assert answer["statusCode"] == 202
    receipt = json.loads(answer["body"])
    assert (receipt["accepted"], receipt["duplicates"], receipt["rejected"]) == (3, 0, 0)
    drain(unit, world)
    receipt = json.loads(
        call(unit, "POST", "/v1/observations/batch", batch(world, 2.4, 2.5, 2.6))["body"]
    )
    assert receipt["duplicates"] == 3
    for schedule in ("rollup", "sweep"):
        assert unit.events({"schedule": schedule}, None) == {"done": schedule}

    river = got(unit, "/v1/rivers/kim-long")
    assert (river["level"], river["latest"]["value"]) == (2, 2.6)
    latest = got(unit, "/v1/stations/kim-long/latest")["items"]
    assert (latest[0]["state"], latest[0]["value"]) == ("ok", 2.6)
    drawn = got(unit, "/v1/observations/map", kind="river")
    alive = {f["id"] for f in drawn["features"] if f["properties"]["alive"]}
    assert (drawn["type"], alive) == ("FeatureCollection", {"kim-long"})
    (episode,) = got(unit, "/v1/sensing/episodes", kind="river_level")["items"]
    story = got(unit, f"/v1/sensing/episodes/{episode['id']}")
    assert [c["level"] for c in story["changes"]] == [2]
    assert not episode["confirmed"]  # the fourth level is ours
    month = got(unit, "/v1/sensing/episodes", month="2026-11")["items"]
    assert [e["id"] for e in month] == [episode["id"]]


def test_gzip_through_the_gateway_of_the_api(unit: ModuleType, world: World) -> None:
    packed = gzip.compress(json.dumps(batch(world, 1.0)).encode())
    answer = call(unit, "POST", "/v1/observations/batch", packed)
    assert (answer["statusCode"], json.loads(answer["body"])["accepted"]) == (202, 1)


@pytest.mark.parametrize("key", ["", "gw-river", "gw-river.wrong", "nobody.sandbox"])
def test_without_its_key_nobody_sends(unit: ModuleType, world: World, key: str) -> None:
    answer = call(unit, "POST", "/v1/observations/batch", batch(world, 1.0), key=key)
    assert answer["statusCode"] == 401
    assert json.loads(answer["body"])["type"].endswith("gateway-key")
    assert world.line.messages == []


def test_one_gateway_does_not_speak_for_another(unit: ModuleType, world: World) -> None:
    answer = call(unit, "POST", "/v1/observations/batch", batch(world, 1.0), key="gw-air.sandbox")
    assert answer["statusCode"] == 403


def test_a_queue_that_is_down_is_no_acknowledgement(unit: ModuleType, world: World) -> None:
    world.line.down = True
    answer = call(unit, "POST", "/v1/observations/batch", batch(world, 1.0))
    assert answer["statusCode"] == 500


def test_sensorthings_over_http(unit: ModuleType, world: World) -> None:
    link = {"@iot.id": "kim-long.water_level"}
    one = {"phenomenonTime": world.now.isoformat(), "result": 1.1, "Datastream": link}
    assert call(unit, "POST", "/v1/sensorthings/Observations", one)["statusCode"] == 201
    bad = {**one, "Datastream": {"@iot.id": "nothing.here"}}
    assert call(unit, "POST", "/v1/sensorthings/Observations", bad)["statusCode"] == 422
    rows = [[(world.now - timedelta(minutes=10)).isoformat(), 1.0], ["yesterday", 1.0]]
    arrays = [{"Datastream": link, "components": ["phenomenonTime", "result"], "dataArray": rows}]
    answer = call(unit, "POST", "/v1/sensorthings/CreateObservations", arrays)
    assert json.loads(answer["body"])["value"] == ["v1/sensorthings/Observations(0)", "error"]


def test_series_come_in_pages_and_as_csv(unit: ModuleType, world: World) -> None:
    start = world.now
    world.feed("kim-long.water_level", VALUES)
    unit.events({"schedule": "rollup"}, None)
    query = {"parameter": "water_level", "from": start.isoformat(), "resolution": "raw"}
    seen: list[float] = []
    cursor: dict[str, str] = {}
    while True:
        page = got(unit, "/v1/stations/kim-long/series", **query, limit="7", **cursor)
        seen += [item["value"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == VALUES
    hours = got(unit, "/v1/stations/kim-long/series", **{**query, "resolution": "hourly"})
    assert [(h["n"], h["max"]) for h in hours["items"]] == [
        (6, 1.05),
        (6, 1.11),
        (6, 1.17),
        (2, 1.19),
    ]
    answer = call(unit, "GET", "/v1/stations/kim-long/series.csv", key="", **query)
    lines = answer["body"].split("\r\n")
    assert lines[0] == "at,stream,uom,value,quality,flags"
    assert lines[1] == "2026-11-20T09:00:00+07:00,kim-long.water_level,m,1.0,2,"
    world.now = start + timedelta(days=1)
    unit.events({"schedule": "rollup"}, None)
    days = got(unit, "/v1/stations/kim-long/series", parameter="water_level", resolution="daily")
    assert [d["n"] for d in days["items"]] == [20]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/v1/stations/nowhere", {}, 404), ("/v1/air/kim-long", {}, 404),
        ("/v1/stations/kim-long/series", {"parameter": "pm25"}, 404),
        ("/v1/stations/kim-long/series", {}, 422),
        ("/v1/stations/kim-long/series",
         {"parameter": "water_level", "from": "2026-11-20", "to": "2026-11-19"}, 422),
        ("/v1/stations/kim-long/series", {"parameter": "water_level", "cursor": "zzz"}, 422),
        ("/v1/sensing/episodes/nothing", {}, 404), ("/v1/sensing/episodes", {"month": "11"}, 422),
        ("/v1/stations", {"kind": "volcano"}, 422),
        ("/v1/air/kk-dai-noi", {"at": "2030-01-01T00:00:00"}, 422),
    ],
)  # fmt: skip
def test_what_is_not_there(unit: ModuleType, path: str, query: dict[str, str], status: int) -> None:
    answer = call(unit, "GET", path, key="", **query)
    assert answer["statusCode"] == status, answer["body"]
    messages = json.loads(answer["body"])["messages"]
    assert messages["vi"] != messages["en"]


@pytest.mark.parametrize("path", ["/v1/stations", "/v1/observations/latest"])
def test_lists_come_to_an_end(unit: ModuleType, path: str) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = got(unit, path, limit="20", **cursor)
        seen += [item.get("id") or item["stream"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen))
    assert len({name.partition(".")[0] for name in seen}) == len(DOCUMENTS["stations"])


@pytest.mark.parametrize("path", ["/v1/air", "/v1/water", "/v1/rivers", "/v1/fire-danger"])
def test_without_data_everything_is_grey(unit: ModuleType, path: str) -> None:
    items = got(unit, path)["items"]
    assert items
    assert {(i["colour"], i["value"], i["level"]) for i in items} == {("#9e9e9e", None, None)}


def test_tables_tell_their_origin(unit: ModuleType) -> None:
    (table,) = got(unit, "/v1/sensing/tables", kind="water")["items"]
    assert (table["document"], table["confirmed"]) == ("Quyết định 1460/QĐ-TCMT", False)
    unconfirmed = {name for name, row in table["rows"].items() if not row["confirmed"]}
    assert unconfirmed == {"cd", "pb", "hg", "cr6", "n_no3"}
    everything = got(unit, "/v1/sensing/tables", limit="100")["items"]
    assert all(t["document"] and t["checked_how"] for t in everything)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/sensing/gateways/gw-river/key"), ("DELETE", "/v1/sensing/gateways/gw-river/key"),
     ("POST", "/v1/stations/kim-long/maintenance"), ("POST", "/v1/sensing/episodes/x/recompute")],
)  # fmt: skip
def test_guests_change_nothing(unit: ModuleType, method: str, path: str) -> None:
    assert call(unit, method, path, {}, key="")["statusCode"] == 401


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/stations/kim-long/series", {"parameter": "water_level", "from": "0001-01-01"}),
        ("/v1/stations/kim-long/series",
         {"parameter": "water_level", "cursor": encode_cursor({"after": 10**20})}),
        ("/v1/air/kk-dai-noi", {"at": "0001-01-01T00:00:00"}),
        ("/v1/water/nuoc-bo", {"day": "0001-01-01"}),
        ("/v1/sensing/episodes", {"cursor": encode_cursor({"after": 7})}),
        ("/v1/sensing/episodes", {"cursor": encode_cursor({"after": "x" * 1500})}),
    ],
)  # fmt: skip
def test_absurd_questions_are_refused_not_crashed_on(
    unit: ModuleType, path: str, query: dict[str, str]
) -> None:
    assert call(unit, "GET", path, key="", **query)["statusCode"] == 422


def test_long_stretches_without_data_come_to_an_end(unit: ModuleType) -> None:
    stretches = {"hourly": "2001-01-01", "daily": "2000-01-01", "raw": "2026-11-01"}
    for resolution, start in stretches.items():
        query = {"parameter": "water_level", "resolution": resolution, "from": start}
        pages, cursor = 0, dict[str, str]()
        while True:
            page = got(unit, "/v1/stations/kim-long/series", **query, **cursor)
            pages += 1
            assert page["items"] == []
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert pages < 20


def test_very_long_keys_and_names_are_refused(unit: ModuleType, world: World) -> None:
    for key in ("x" * 5000, "x." + "y" * 5000):
        answer = call(unit, "POST", "/v1/observations/batch", batch(world, 1.0), key=key)
        assert answer["statusCode"] == 401
    assert call(unit, "GET", "/v1/sensing/episodes/" + "x" * 3000, key="")["statusCode"] == 404
