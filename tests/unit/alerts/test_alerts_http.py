"""Over HTTP: the public's lists, feed, map and documents; the operators' desk; the figures."""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from alerts_world import AREA, CITIZEN, OPERATOR, SQUARE, SUPERVISOR, World, episode
from city.adapters.settings import settings
from city.alerts import detections, tending
from city.alerts.capxml import parse
from city.alerts.fields import Detection
from city.contracts.envelope import envelope
from city.kernel.people import Principal
from lxml import etree
from signing import TRUST, token
from test_alerts_drafts import report
from unit_app import fresh
from world import SECRET

ENV = {
    "STAGE": "test", "AWS_REGION": "ap-southeast-1", "BUS_NAME": "hues", "TABLE_PREFIX": "hues-",
    "UPLOADS_BUCKET": "u", "MEDIA_BUCKET": "m", "TOKEN_SECRET": SECRET,
    "PUBLIC_BASE_URL": "https://hue.example",
}  # fmt: skip


class Door:
    """The unit's HTTP side over a world in memory."""

    def __init__(self, module: Any, world: World) -> None:
        self.module, self.world = module, world

    def ask(
        self,
        method: str,
        path: str,
        who: Principal | None = None,
        body: Any = None,
        **headers: str,
    ) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(path)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            given["Authorization"] = f"Bearer {token(who, self.module.utc_now())}"
        event = {
            "httpMethod": method,
            "path": parts.path,
            "headers": given,
            "queryStringParameters": dict(parse_qsl(parts.query)) or None,
            "requestContext": {"httpMethod": method, "path": parts.path, "identity": {}},
            "body": json.dumps(body) if body is not None else None,
        }
        answer = self.module.app(event, None)
        return answer["statusCode"], answer.get("headers", {}), answer["body"]

    def get(self, path: str, who: Principal | None = None) -> Any:
        status, _, body = self.ask("GET", path, who)
        assert status == 200, body
        return json.loads(body)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    module = fresh("alerts")
    world = World()
    monkeypatch.setattr(module, "desk", world.desk)
    monkeypatch.setattr("city.adapters.http.trust", lambda: TRUST)
    yield Door(module, world)
    settings.cache_clear()
    assert os.environ["STAGE"] == "test"


def test_the_public_reads_without_an_account_and_caches_by_tag(door: Door) -> None:
    door.world.out(door.world.draft())
    for path in ("/v1/alerts", "/v1/alerts/map", "/v1/alerts.atom", "/v1/alert-kinds"):
        status, headers, body = door.ask("GET", path)
        assert status == 200 and body and headers["Cache-Control"].startswith("public")
        again = door.ask("GET", path, If_None_Match=headers["ETag"])
        assert (again[0], again[2]) == (304, "")
        assert door.ask("GET", path, If_None_Match='"other"')[0] == 200
    tag = door.ask("GET", "/v1/alerts")[1]["ETag"]
    door.world.out(door.world.draft("storm"))
    assert door.ask("GET", "/v1/alerts", If_None_Match=tag)[0] == 200


def test_lists_filter_by_unit_and_kind_and_speak_one_language_if_asked(door: Door) -> None:
    at = door.world
    flood = at.out(at.draft())
    at.wait(minutes=1)
    storm = at.out(at.draft("storm", area={"name": AREA["name"], "whole_city": True}))
    assert [i["id"] for i in door.get("/v1/alerts")["items"]] == [storm.id, flood.id]
    assert [i["id"] for i in door.get("/v1/alerts?kind=storm")["items"]] == [storm.id]
    assert len(door.get("/v1/alerts?unit=19774")["items"]) == 2
    assert [i["id"] for i in door.get("/v1/alerts?unit=20182")["items"]] == [storm.id]
    item = door.get("/v1/alerts?kind=storm&lang=en")["items"][0]
    assert item["headline"] == "Storm 12 (KOTO), Beaufort 10: Kim Long ward"
    assert door.get("/v1/alerts?kind=storm")["items"][0]["headline"]["vi"].startswith("Bão số 12")


def test_pages_hold_everything_once_active_and_past(door: Door) -> None:
    at = door.world
    made = []
    for i in range(7):
        made.append(at.out(at.draft()).id)
        at.wait(days=9 if i == 3 else 0, minutes=1)
    for active, known in (("true", made[4:]), ("false", made)):
        tending.tend(at.desk())
        seen: list[str] = []
        cursor = ""
        while True:
            page = door.get(f"/v1/alerts?active={active}&limit=2{cursor}")
            seen += [item["id"] for item in page["items"]]
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == known[::-1]


def test_near_a_point_by_drawing_and_by_commune(door: Door) -> None:
    at = door.world
    drawn = at.out(at.draft(area={"name": AREA["name"], "polygons": [SQUARE]}))
    ward = at.out(at.draft("storm", area=AREA))
    here = door.get("/v1/alerts/near?lat=16.457&lon=107.561")["items"]
    assert {i["id"] for i in here} == {drawn.id, ward.id}
    assert door.get("/v1/alerts/near?lat=16.2&lon=107.7")["items"] == []
    assert door.ask("GET", "/v1/alerts/near?lat=200&lon=0")[0] == 422


def test_what_has_expired_is_gone_from_every_view_before_the_sweep_comes(door: Door) -> None:
    at = door.world
    at.out(at.draft(area={"name": AREA["name"], "whole_city": True}))
    at.wait(minutes=240)
    assert door.get("/v1/alerts")["items"] == []
    assert door.get("/v1/alerts/near?lat=16.457&lon=107.561")["items"] == []
    assert door.get("/v1/alerts/map")["features"] == []


def test_the_map_is_geojson_with_closed_rings_lon_first(door: Door) -> None:
    area = {**AREA, "polygons": [SQUARE], "circles": [[16.5, 107.6, 500]]}
    door.world.out(door.world.draft(area=area))
    [feature] = door.get("/v1/alerts/map")["features"]
    rings = [polygon[0] for polygon in feature["geometry"]["coordinates"]]
    assert len(rings) == 2 and all(r[0] == r[-1] and r[0][0] > 100 for r in rings)
    shown = feature["properties"]
    assert shown["unit_codes"] == ["19774"] and shown["style"]["pattern"] == "solid"


def test_the_feed_lists_the_newest_message_and_links_its_document(door: Door) -> None:
    at = door.world
    first = at.out(at.draft())
    at.wait(minutes=5)
    gone = at.out(at.draft("storm"))
    at.act(gone, "cancel", SUPERVISOR, reason={"vi": "Bão tan.", "en": "It dissolved."})
    _, headers, body = door.ask("GET", "/v1/alerts.atom")
    assert headers["Content-Type"] == "application/atom+xml"
    feed = etree.fromstring(body.encode())
    ns = {"a": "http://www.w3.org/2005/Atom", "cap": "urn:oasis:names:tc:emergency:cap:1.2"}
    assert feed.xpath("a:entry/cap:msgType/text()", namespaces=ns) == ["Cancel", "Alert"]
    ids = feed.xpath("a:entry/a:id/text()", namespaces=ns)
    assert ids[1] == f"urn:oid:{first.messages[0].identifier}" and len(set(ids)) == 2
    assert feed.xpath("a:updated/text()", namespaces=ns)[0].endswith("+07:00")
    link = feed.xpath("a:entry/a:link[@rel='alternate']/@href", namespaces=ns)[1]
    status, headers, document = door.ask("GET", link.removeprefix("https://hue.example"))
    assert status == 200 and headers["Content-Type"] == "application/cap+xml"
    assert "immutable" in headers["Cache-Control"]
    assert parse(document).identifier == first.messages[0].identifier
    at.wait(hours=25)
    tending.tend(at.desk())
    later = etree.fromstring(door.ask("GET", "/v1/alerts.atom")[2].encode())
    assert later.xpath("a:entry", namespaces=ns) == []


def test_drafts_exercises_and_inner_matters_are_nobodys_business(door: Door) -> None:
    at = door.world
    draft = at.draft()
    drill = at.out(at.draft(status="Exercise"), confirm="DIỄN TẬP")
    straw = at.out(at.draft("straw_burning"))
    for warning in (draft, drill, straw):
        assert door.ask("GET", f"/v1/alerts/{warning.id}")[0] == 404
        assert door.ask("GET", f"/v1/alert-drafts/{warning.id}")[0] == 401
        assert door.ask("GET", f"/v1/alert-drafts/{warning.id}", CITIZEN)[0] == 403
    for warning in (drill, straw):
        path = f"/v1/alerts/cap/{warning.messages[0].identifier}"
        assert door.ask("GET", path)[0] == 404
        assert door.ask("GET", path, CITIZEN)[0] == 404
        assert door.ask("GET", path, OPERATOR)[0] == 200
    assert door.get("/v1/alerts?active=false")["items"] == []
    assert "entry" not in door.ask("GET", "/v1/alerts.atom")[2]


def test_from_composer_to_release_over_http(door: Door) -> None:
    body = {
        "kind": "road_flood", "severity": "Moderate", "area": {**AREA, "polygons": [SQUARE]},
        "fields": {"road": "Bà Triệu", "depth_m": 0.35},
    }  # fmt: skip
    assert door.ask("POST", "/v1/alert-drafts", CITIZEN, body)[0] == 403
    status, _, made = door.ask("POST", "/v1/alert-drafts", OPERATOR, body)
    assert status == 201
    draft = json.loads(made)
    path = f"/v1/alert-drafts/{draft['id']}"
    assert [a["action"] for a in draft["allowed"]] == ["edit", "submit", "reject"]
    status, _, edited = door.ask("PATCH", path, OPERATOR, {"fields": {"depth_m": 0.5}})
    assert status == 200 and json.loads(edited)["draft"]["fields"] == {
        "road": "Bà Triệu",
        "depth_m": 0.5,
    }
    shown = door.get(f"{path}/preview", OPERATOR)
    assert shown["headline"] == {"vi": "Ngập đường Bà Triệu", "en": "Flooded: Bà Triệu"}
    assert shown["findings"] == [] and parse(shown["cap"]).message_type == "Alert"
    act = f"/v1/alerts/{draft['id']}/actions"
    assert door.ask("POST", f"{act}/release", SUPERVISOR, {})[0] == 409
    assert door.ask("POST", f"{act}/submit", OPERATOR, {}, If_Match='"1"')[0] == 412
    for action, who in (("submit", OPERATOR), ("approve", SUPERVISOR), ("release", SUPERVISOR)):
        status, _, answer = door.ask("POST", f"{act}/{action}", who, {})
        assert status == 200, answer
    detail = door.get(f"/v1/alerts/{draft['id']}")
    assert detail["messages"][0]["type"] == "Alert" and detail["state"] == "ACTIVE"
    assert "approved_by" not in json.dumps(detail)
    steps = door.get(f"{path}/timeline", OPERATOR)["items"]
    assert [s["action"] for s in steps] == ["draft", "edit", "submit", "approve", "release"]
    assert [c["id"] for c in door.get("/v1/alert-drafts?state=ACTIVE", OPERATOR)["items"]] == [
        draft["id"]
    ]
    assert door.get("/v1/alert-drafts?status=Exercise", OPERATOR)["items"] == []
    assert door.get(f"{path}/recompute", OPERATOR)["same"] is False


def test_another_services_cap_becomes_a_draft_of_ours(door: Door) -> None:
    at = door.world
    sent = at.out(at.draft(area={**AREA, "units": [], "polygons": [SQUARE]}))
    document = door.ask("GET", f"/v1/alerts/cap/{sent.messages[0].identifier}")[2]
    body = {"kind": "river_flood", "cap": document, "status": "Exercise"}
    status, _, made = door.ask("POST", "/v1/alert-drafts/import", OPERATOR, body)
    assert status == 201, made
    draft = json.loads(made)
    assert draft["status"] == "Exercise" and draft["draft"]["severity"] == "Severe"
    assert draft["draft"]["headline"]["en"].startswith("Flood at Kim Long")
    assert len(draft["draft"]["area"]["polygons"]) == 1
    bad = {"kind": "river_flood", "cap": "<alert/>"}
    assert door.ask("POST", "/v1/alert-drafts/import", OPERATOR, bad)[0] == 422


def test_events_from_the_bus_make_drafts_through_the_queue(door: Door) -> None:
    told = [episode(1, 2), report(1, 16.46, 107.56), report(2, 16.461, 107.56, 5), episode(1, 2)]
    records = [
        {
            "messageId": str(i),
            "eventSourceARN": "arn:aws:sqs:x:1:hues-test-alerts-events",
            "body": envelope(e, event_id=str(i), at=door.world.now).model_dump_json(),
        }
        for i, e in enumerate(told)
    ]
    answer = door.module.events({"Records": records}, None)
    assert answer == {"batchItemFailures": []}
    kinds = [c["kind"] for c in door.get("/v1/alert-drafts", OPERATOR)["items"]]
    assert sorted(kinds) == ["river_flood", "road_flood"]
    assert door.module.events({"schedule": "expire"}, None) == {"done": "expire"}


def test_precision_is_of_judged_detections_by_the_month_of_the_detection(door: Door) -> None:
    at = door.world
    for n in range(6):
        base = {"detection_id": f"n{n}", "kind": "fire_detection", "lat": 16.4, "lon": 107.56}
        found = {**base, "at": at.now.isoformat(), "source": "camera"}
        warning = detections.detect(at.desk(), Detection.model_validate(found))
        if n == 0:
            at.act(warning, "confirm", OPERATOR, kind="forest_fire")
        elif n < 3:
            at.act(warning, "confirm", OPERATOR, kind="straw_burning")
        elif n < 5:
            at.wait(days=31)  # judged a month later
            at.act(warning, "deny", OPERATOR, reason="không có lửa")
            at.wait(days=-31)
    at.out(at.draft())
    figures = door.get("/v1/statistics/alerts?from=2026-11&to=2026-11")
    [fire] = [k for k in figures["kinds"] if k["kind"] == "fire_detection"]
    assert (fire["detections"], fire["confirmed"], fire["denied"], fire["unjudged"]) == (6, 3, 2, 1)
    assert fire["precision"] == 0.6
    assert fire["turned_out"] == {"forest_fire": 1, "straw_burning": 2}
    [flood] = [k for k in figures["kinds"] if k["kind"] == "river_flood"]
    assert (flood["drafts"], flood["released"], flood["precision"]) == (1, 1, None)
    assert door.get("/v1/statistics/alerts?from=2026-10&to=2026-10")["kinds"] == []
    assert door.ask("GET", "/v1/statistics/alerts?from=2026-12&to=2026-11")[0] == 422
    assert door.ask("GET", "/v1/statistics/alerts?from=2026-13")[0] == 422
