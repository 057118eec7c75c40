"""The triggers: positions in by key, secrets out to few, exports, a person's own data."""

import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from city.adapters.gateways import GatewayKeys
from city.adapters.parts import MemoryParts
from city.adapters.reference import publish
from city.kernel.people import Principal
from city.vessels.moments import millis
from test_vessels_ais import EXAMPLE, long_message
from unit_app import fresh
from vessels_world import (
    DOCUMENTS,
    HA,
    HEAD,
    NAM,
    OFFICER,
    OPERATOR,
    OWNER,
    T0,
    World,
    device,
    fix,
    voyage,
)  # fmt: skip

PEPPER = "x" * 32


@pytest.fixture
def world() -> World:
    made = World()
    publish(made.table, DOCUMENTS, "v1")
    keys = GatewayKeys("vessels", made.table, PEPPER)
    for gateway in ("gw-ncc-a", "gw-ncc-b", "gw-ais-thuan-an"):
        keys.replace(gateway, "sandbox", T0)
    return made


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch, world: World) -> ModuleType:
    module = fresh("vessels")

    class Told:
        token_secret = PEPPER

    parts = MemoryParts()
    monkeypatch.setattr(module, "table", lambda unit: world.table)
    monkeypatch.setattr(module, "outbox", lambda unit: world.outbox)
    monkeypatch.setattr(module, "settings", Told)
    monkeypatch.setattr(module, "positions_queue", lambda: world.line)
    monkeypatch.setattr(module, "utc_now", lambda: world.now)
    monkeypatch.setattr(module, "BucketParts", lambda: parts)
    monkeypatch.setattr("city.adapters.http.utc_now", lambda: world.now)
    monkeypatch.setattr("city.adapters.http.trust", lambda: None)
    monkeypatch.setattr("city.adapters.http.read", lambda token, trust, now: PEOPLE[token])
    module.parts = parts  # type: ignore[attr-defined]
    return module


PEOPLE: dict[str, Principal] = {
    "owner": OWNER, "operator": OPERATOR, "officer": OFFICER, "head": HEAD,
    "ha": Principal(user_id=HA, roles=frozenset({"citizen"})),
    "ward": Principal(user_id="w", roles=frozenset({"citizen", "ward_officer"}), unit="ward-1"),
    "doctor": Principal(user_id="d", roles=frozenset({"agency_officer"}), unit="so-y-te"),
}  # fmt: skip


def call(
    unit: ModuleType, method: str, path: str, body: Any = None, *,
    who: str = "", key: str = "", **query: str,
) -> dict[str, Any]:  # fmt: skip
    headers = {"X-API-Key": key} if key else {}
    if who:
        headers["Authorization"] = f"Bearer {who}"
    event = {
        "httpMethod": method, "path": path, "headers": headers,
        "queryStringParameters": query or None,
        "requestContext": {"httpMethod": method, "path": path, "identity": {}},
        "body": json.dumps(body) if body is not None else None, "isBase64Encoded": False,
    }  # fmt: skip
    answer: dict[str, Any] = unit.app(event, None)
    return answer


def got(unit: ModuleType, path: str, who: str = "", **query: str) -> Any:
    answer = call(unit, "GET", path, who=who, **query)
    assert answer["statusCode"] == 200, answer["body"]
    return json.loads(answer["body"])


def send(unit: ModuleType, gateway: str, *items: Any) -> Any:
    body = {"gateway": gateway, "items": list(items)}
    answer = call(unit, "POST", "/v1/vessel-positions/batch", body, key=f"{gateway}.sandbox")
    assert answer["statusCode"] == 202, answer["body"]
    return json.loads(answer["body"])


def drain(unit: ModuleType, world: World, times: int = 1) -> None:
    arn = "arn:aws:sqs:us-east-1:000000000000:hues-test-vessels-positions"
    records = [
        {"messageId": f"m{i}-{n}", "eventSource": "aws:sqs", "eventSourceARN": arn,
         "body": json.dumps(message)}
        for i, message in enumerate(world.line.messages)
        for n in range(times)
    ]  # fmt: skip
    world.line.messages.clear()
    assert unit.events({"Records": records}, None) == {"batchItemFailures": []}


def item(boat: str, at: Any, **more: Any) -> dict[str, Any]:
    return {"device": device(boat), "t": at, "lat": 16.75, "lon": 108.0, **more}


def test_terminals_come_in_and_each_item_is_judged_alone(unit: ModuleType, world: World) -> None:
    good, t = item("tau-001", T0.isoformat(), knots=6.44, course=91), millis(T0)
    told = send(
        unit, "gw-ncc-b", good, good, "x", item("tau-001", "yesterday"),
        item("tau-001", t + 6 * 60_000), item("tau-001", t - 31 * 86_400_000),
        {**good, "device": "nobody"}, item("tau-002", millis(T0)), {**good, "lat": 91, "t": 1},
        {**item("tau-001", t - 1), "lat": 0, "lon": 0}, {**good, "t": True},
        {**item("tau-001", t - 2), "lon": float("nan")}, item("tau-001", t - 3, knots=200),
    )  # fmt: skip
    assert [i["code"] or i["result"] for i in told["items"]] == [
        "accepted", "duplicate", "malformed", "bad_time", "future", "too_late", "unknown_boat",
        "not_yours", "too_late", "bad_position", "bad_time", "bad_position", "malformed",
    ]  # fmt: skip
    drain(unit, world, times=2)  # the queue delivers twice
    assert send(unit, "gw-ncc-b", good)["duplicates"] == 1
    assert world.line.messages == []
    shown = got(unit, "/v1/vessels/tau-001", "operator", purpose="monitoring")
    assert (shown["state"], shown["last"]["knots"]) == ("AT_SEA", 6.4)


def test_a_receiver_sends_sentences(unit: ModuleType, world: World) -> None:
    t = millis(T0)
    first, second = long_message()
    told = send(
        unit, "gw-ais-thuan-an", {"nmea": EXAMPLE, "t": t}, {"nmea": first, "t": t},
        {"nmea": second, "t": t + 900}, {"nmea": EXAMPLE[:-1] + "D", "t": t},
        {"nmea": first, "t": t}, {"nmea": 1, "t": t},
    )  # fmt: skip
    assert [i["code"] or i["result"] for i in told["items"]] == [
        "unknown_boat", "part", "accepted", "bad_checksum", "incomplete", "malformed",
    ]  # fmt: skip
    drain(unit, world)
    shown = got(unit, "/v1/vessels/tau-003", "officer", purpose="case")
    assert (shown["ais"]["source"], shown["mmsi"]) == ("ais", 574999003)


def test_keys_belong_to_gateways(unit: ModuleType, world: World) -> None:
    body = {"gateway": "gw-ncc-b", "items": [item("tau-001", millis(T0))]}
    path = "/v1/vessel-positions/batch"
    for key, wanted in (("", 401), ("gw-ncc-b.wrong", 401), ("gw-ncc-a.sandbox", 403)):
        assert call(unit, "POST", path, body, key=key)["statusCode"] == wanted
    many = {"gateway": "gw-ncc-b", "items": [0] * 500}
    answers = [call(unit, "POST", path, many, key="gw-ncc-b.sandbox") for _ in range(11)]
    assert [a["statusCode"] for a in answers] == [202] * 10 + [429]


def test_positions_are_for_few_and_for_a_purpose(unit: ModuleType, world: World) -> None:
    world.keep(fix("tau-001", T0), fix("tau-006", T0))
    for path in ("/v1/vessels", "/v1/vessels/map", "/v1/vessels/tau-001",
                 "/v1/vessels/tau-001/track", "/v1/vessels/tau-001/track.gpx", "/v1/vessel-cases",
                 "/v1/vessel-outages", "/v1/vessel-recalls"):  # fmt: skip
        assert call(unit, "GET", path, purpose="case")["statusCode"] == 401
        for who in ("ha", "ward", "doctor"):
            answer = call(unit, "GET", path, who=who, purpose="case")
            assert answer["statusCode"] in (403, 404), (path, who)
    for path in ("/v1/vessels/map", "/v1/vessels/tau-001", "/v1/vessels/tau-001/track"):
        assert call(unit, "GET", path, who="operator")["statusCode"] == 422
    listed = got(unit, "/v1/vessels", "operator", state="AT_SEA", limit="1")
    assert "last" not in listed["items"][0]
    assert "16.7" not in json.dumps(listed)
    rest = got(unit, "/v1/vessels", "operator", state="AT_SEA", cursor=listed["next_cursor"])
    assert [b["id"] for b in listed["items"] + rest["items"]] == ["tau-001", "tau-006"]
    drawn = got(unit, "/v1/vessels/map", "officer", purpose="monitoring")
    assert {f["id"] for f in drawn["features"]} == {"tau-001", "tau-006"}
    looks = [r for r in world.memory.rows() if r.pk.startswith("LOOKS#")]
    assert [(r.doc["by"], r.doc["purpose"], r.doc["boats"]) for r in looks] == [
        ("officer", "monitoring", 2)
    ]


def test_an_owner_learns_who_looked_once_an_hour(unit: ModuleType, world: World) -> None:
    world.keep(fix("tau-001", T0), fix("tau-006", T0))
    for _ in range(2):
        got(unit, "/v1/vessels/tau-001/track", "officer", purpose="case")
    seen = world.events("data_seen")
    assert {(e["subject"], e["by"], e["what"], e["purpose"]) for e in seen} == {
        (NAM, "officer", "vessel_track", "case")
    }
    assert len({e["seen_id"] for e in seen}) == 1
    got(unit, "/v1/vessels/tau-001/track", "owner")
    got(unit, "/v1/vessels/tau-006/track", "officer", purpose="case")  # nobody's account
    assert len({e["seen_id"] for e in world.events("data_seen")}) == 1


def test_a_track_in_four_forms(unit: ModuleType, world: World) -> None:
    fixes = voyage("tau-001", (0, 3, 6, 9))
    leap = fix("tau-001", T0 + timedelta(hours=4), (12.0, 112.0))
    world.now = T0 + timedelta(hours=10)
    world.keep(*fixes, leap)
    query = {"purpose": "audit", "start": T0.isoformat()}
    page = got(unit, "/v1/vessels/tau-001/track", "operator", **query)
    assert [p["flag"] for p in page["items"]] == ["", "", "suspect", "", ""]
    part = got(unit, "/v1/vessels/tau-001/track", "owner", start=T0.isoformat(), limit="3")
    rest = got(unit, "/v1/vessels/tau-001/track", "owner", cursor=part["next_cursor"])
    assert [p["t"] for p in part["items"] + rest["items"]] == [p["t"] for p in page["items"]]
    answer = call(unit, "GET", "/v1/vessels/tau-001/track.csv", who="owner")
    lines = answer["body"].splitlines()
    assert (len(lines), lines[0][:12]) == (6, "time_utc,lat")
    assert lines[3].split(",")[7] == "suspect"
    assert len(answer["headers"]["X-Track-SHA256"]) == 64
    drawn = got(unit, "/v1/vessels/tau-001/track.geojson", "owner")
    assert len(drawn["features"][0]["geometry"]["coordinates"]) == 4
    answer = call(unit, "GET", "/v1/vessels/tau-001/track.gpx", who="owner")
    gpx = ET.fromstring(answer["body"])  # noqa: S314 - our own words
    assert len(gpx.findall(".//{*}trkpt")) == 4
    too_long = call(
        unit, "GET", "/v1/vessels/tau-001/track", who="owner",
        start=(T0 - timedelta(days=94)).isoformat(),
    )  # fmt: skip
    assert too_long["statusCode"] == 422


def test_the_public_sees_counts_rules_and_lines(unit: ModuleType, world: World) -> None:
    world.keep(fix("tau-001", T0), fix("tau-006", T0))
    told = got(unit, "/v1/statistics/vessels")
    assert told["states"] == {"AT_SEA": 2, "UNKNOWN": 24}
    assert told["boats"] == 26
    assert "tau-" not in json.dumps(told)
    rules = got(unit, "/v1/vessels/rules")
    rows = [*rules["obligations"], *rules["limits"], *rules["deadlines"], *rules["fines"]]
    assert all(row["source"]["vi"] and row["confirmed"] is False for row in rows)
    drawn = got(unit, "/v1/vessels/zones")
    kinds = [f["properties"]["kind"] for f in drawn["features"]]
    assert sorted(set(kinds)) == ["limit", "port", "protected"]
    assert kinds.count("protected") == 1  # the seasonal closure of spring is over


def test_a_person_gets_what_is_held_and_the_law_keeps_it(unit: ModuleType, world: World) -> None:
    world.keep(*voyage("tau-001", (0, 3)))
    asked = {"request_id": "r1", "subject": NAM, "kind": "export", "at": T0.isoformat()}

    def ask(**changes: str) -> dict[str, Any]:
        event = {
            "id": "e", "type": "vn.hue.privacy.personal_data_requested.v1", "source": "x",
            "subject": "r1", "time": T0.isoformat(), "data": {**asked, **changes},
        }  # fmt: skip
        record = {"messageId": "m", "eventSourceARN": "a:vessels-events", "body": json.dumps(event)}
        assert unit.events({"Records": [record]}, None) == {"batchItemFailures": []}
        return world.events("personal_data_handled")[-1]

    assert ask()["outcome"] == "done"
    part = unit.parts.held["r1", "vessels"]
    assert {b["id"] for b in part["boats"]} == {"tau-001", "tau-002"}
    assert len(part["positions"]) == 2
    kept = ask(kind="erase")
    assert (kept["outcome"], "41/2026" in kept["law"]) == ("kept_by_law", True)
    assert len(world.store.track("tau-001", "202611", after=None, until=None, limit=9)[0]) == 2
    assert ask(kind="erase", subject="nobody")["outcome"] == "nothing"


def test_from_order_to_answer_over_http(unit: ModuleType, world: World) -> None:
    world.keep(fix("tau-001", T0))
    words = {"vi": "Về bờ", "en": "Return"}
    body = {
        "area": {"circle": [16.75, 108.0, 20]}, "headline": words, "body": words,
        "expires": (T0 + timedelta(hours=12)).isoformat(),
    }  # fmt: skip
    assert call(unit, "POST", "/v1/vessel-recalls", body, who="officer")["statusCode"] == 403
    made = call(unit, "POST", "/v1/vessel-recalls", body, who="operator")
    assert made["statusCode"] == 201, made["body"]
    recall = json.loads(made["body"])["recall"]["id"]
    mine = got(unit, "/v1/me/vessels", "owner")["items"][0]
    assert mine["recalls"][0]["headline"] == words
    answer = {"boat": "tau-001", "answer": "returning"}
    path = f"/v1/vessel-recalls/{recall}/answers"
    assert call(unit, "POST", path, answer, who="ha")["statusCode"] == 404
    assert call(unit, "POST", path, answer, who="owner")["statusCode"] == 200
    assert got(unit, f"/v1/vessel-recalls/{recall}", "officer")["answered"] == 1
