"""The main job over real HTTP, against the deployed template."""

import io
import json
import subprocess
from collections.abc import Callable
from itertools import accumulate
from typing import Any
from uuid import uuid4

import httpx
import pytest
from city_people import Person, eventually
from PIL import Image

pytestmark = pytest.mark.integration
MINH = "+84900000002"
LAN, OPERATOR, DRAINS, DRAINS_UNIT = (
    "+84900000001",
    "+84900000051",
    "+84900000061",
    "cty-thoat-nuoc",
)
Sign = Callable[[str], Person]


def jpeg_with_gps() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (16.0, 27.0, 36.0), 3: "E", 4: (107.0, 35.0, 24.0)})
    out = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


def upload(who: Person, raw: bytes, purpose: str = "report") -> str:
    asked = who.post(
        "/v1/media", {"content_type": "image/jpeg", "size": len(raw), "purpose": purpose}
    )
    assert asked.status_code == 201, asked.text
    place = asked.json()["upload"]
    sent = httpx.post(
        place["url"], data=place["fields"], files={"file": ("a.jpg", raw, "image/jpeg")}
    )
    assert sent.status_code in (200, 201, 204), sent.text
    return str(asked.json()["id"])


def new_report(**changes: Any) -> dict[str, Any]:
    return {
        "category": "drainage",
        "text": "Nắp cống vỡ trước số 12 Lê Lợi, xe máy dễ sụp bánh. Gọi tôi 0905123456.",
        "place": {"lat": 16.4612, "lon": 107.5921, "address": "12 Lê Lợi"},
        "photos": [],
        "accept_terms": True,
        **changes,
    }


@pytest.fixture(scope="module")
def story(http: httpx.Client, person: Sign) -> dict[str, Any]:
    """One report from the phone to a published, rated answer."""
    lan, operator, drains = person(LAN), person(OPERATOR), person(DRAINS)
    photos = [upload(lan, jpeg_with_gps()) for _ in range(2)]
    key = str(uuid4())
    sent = lan.post("/v1/reports", new_report(photos=photos), **{"Idempotency-Key": key})
    assert sent.status_code == 201, sent.text
    report = sent.json()
    assert sent.headers["location"] == f"/v1/reports/{report['id']}"
    again = lan.post("/v1/reports", new_report(photos=photos), **{"Idempotency-Key": key})
    assert again.json()["id"] == report["id"]
    other = lan.post(
        "/v1/reports", new_report(text="Khác hẳn nội dung cũ."), **{"Idempotency-Key": key}
    )
    assert other.status_code == 422
    i = report["id"]
    operator.act(i, "verify")
    suggested = operator.get(f"/v1/reports/{i}/suggestion").json()
    assert suggested["agency"]["id"] == DRAINS_UNIT
    operator.act(i, "dispatch", agencies=[{"agency_id": DRAINS_UNIT, "lead": True}])
    drains.act(i, "acknowledge")
    drains.act(i, "request_extension", working_days=2, reason="materials")
    operator.act(i, "decide_extension", approve=True)
    after = upload(drains, jpeg_with_gps(), "answer")
    drains.act(i, "answer", text="Đã thay nắp cống mới, cảm ơn bạn.", photos=[after])
    operator.act(i, "publish")
    rated = lan.post(f"/v1/reports/{i}/ratings", {"level": "unsatisfied", "reason": "not_fixed"})
    assert rated.status_code == 201, rated.text
    lan.act(i, "request_reopen", reason="not_fixed")
    operator.act(i, "decide_reopen", accept=True)
    return {"id": i, "lan": lan, "operator": operator, "drains": drains}


def test_the_story_is_public(http: httpx.Client, story: dict[str, Any]) -> None:
    report = http.get(f"/v1/reports/{story['id']}").json()
    assert report["state"] == "DISPATCHED"
    assert report["round"] == 2
    steps = http.get(f"/v1/reports/{story['id']}/timeline", params={"limit": 100}).json()["items"]
    assert [s["action"] for s in steps] == [
        "submit",
        "verify",
        "dispatch",
        "acknowledge",
        "request_extension",
        "decide_extension",
        "answer",
        "publish",
        "rate",
        "request_reopen",
        "decide_reopen",
    ]
    first = report["assignments"][0]
    assert first["due_at"] > first["due_original_at"]


def test_pictures_are_clean(http: httpx.Client, story: dict[str, Any]) -> None:
    def ready() -> list[str] | None:
        report = http.get(f"/v1/reports/{story['id']}").json()
        shown = [*report["photos"], *report["answers"][0]["photos"]]
        urls = [p["url"] for p in shown] + [p["thumb_url"] for p in shown]
        return urls if len(urls) == 6 and all(urls) else None

    for url in eventually(ready):
        data = httpx.get(url)
        assert data.headers["content-type"] == "image/jpeg"
        assert b"Exif" not in data.content
        assert Image.open(io.BytesIO(data.content)).size


def test_everybody_is_told(story: dict[str, Any]) -> None:
    def kinds(who: Person) -> set[str]:
        items = who.get("/v1/me/inbox", params={"limit": 100}).json()["items"]
        return {i["kind"] for i in items if i["link"].endswith(story["id"])}

    eventually(
        lambda: {"report.submit", "report.publish", "report.decide_reopen"} <= kinds(story["lan"])
    )
    eventually(lambda: {"report.dispatch", "report.decide_reopen"} <= kinds(story["drains"]))
    eventually(lambda: {"report.submit", "report.answer"} <= kinds(story["operator"]))
    newest = story["lan"].get("/v1/me/inbox").json()["items"][0]
    assert (
        story["lan"].post(f"/v1/me/inbox/{newest['id'].replace('#', '%23')}/read").status_code
        == 204
    )
    assert story["lan"].get("/v1/me/inbox").json()["items"][0]["read"]


def test_it_is_counted(http: httpx.Client, story: dict[str, Any]) -> None:
    def counted() -> bool:
        figures = http.get("/v1/statistics/reports").json()
        return bool(figures["reopened"] >= 1 and figures["ratings"]["unsatisfied"] >= 1)

    eventually(counted)


def test_clocks_run(story: dict[str, Any]) -> None:
    def running() -> bool:
        items = (
            story["drains"]
            .get("/v1/sla/board", params={"filter": "all", "limit": 100})
            .json()["items"]
        )
        return any(i["case_id"] == story["id"] and i["assignment_no"] == 2 for i in items)

    eventually(running)


def test_lists_maps_and_neighbours_have_it(http: httpx.Client, story: dict[str, Any]) -> None:
    for query in (
        {},
        {"category": "drainage"},
        {"state": "DISPATCHED"},
        {"bbox": "107.59,16.46,107.6,16.47"},
    ):
        items = http.get("/v1/reports", params=query).json()["items"]
        assert story["id"] in [i["id"] for i in items]
    points = http.get("/v1/reports.geojson").json()
    assert story["id"] in [f["id"] for f in points["features"]]
    near = http.get("/v1/reports/nearby", params={"lat": 16.4612, "lon": 107.5922}).json()["items"]
    assert story["id"] in [i["id"] for i in near]
    mine = story["lan"].get("/v1/me/reports").json()["items"]
    assert story["id"] in [i["id"] for i in mine]
    packed = http.get("/v1/reports/points", params={"category": "drainage"}).json()
    places = {
        (round(lat / packed["scale"], 4), round(lon / packed["scale"], 4))
        for lat, lon in zip(accumulate(packed["lat"]), accumulate(packed["lon"]), strict=True)
    }
    assert (16.4612, 107.5921) in places

    def scored() -> bool:
        found = http.get("/v1/statistics/agencies", params={"limit": 100}).json()["items"]
        return DRAINS_UNIT in [one["code"] for one in found]

    eventually(scored)


def test_who_follows_is_told_so(http: httpx.Client, story: dict[str, Any], person: Sign) -> None:
    minh, path = person(MINH), f"/v1/reports/{story['id']}"
    assert not http.get(path).json()["followed"]
    assert not minh.get(path).json()["followed"]
    assert minh.post(f"{path}/follow", {}).status_code == 204
    assert minh.get(path).json()["followed"]
    assert minh.http.delete(f"{path}/follow", headers=minh.headers()).status_code == 204
    assert not minh.get(path).json()["followed"]


def test_the_reporter_is_nowhere(http: httpx.Client, city: str, story: dict[str, Any]) -> None:
    """Walk every answer that the public and agencies can get, and every log line."""
    lan, i = story["lan"], story["id"]
    who = lan.get("/v1/me").json()["id"]
    secrets = (who, LAN, LAN[1:], LAN.replace("+84", "0"), "0905123456")
    paths = (
        "/v1/reports",
        "/v1/reports.geojson",
        f"/v1/reports/{i}",
        f"/v1/reports/{i}/timeline",
        f"/v1/reports/{i}/actions",
        "/v1/reports/nearby?lat=16.4612&lon=107.5922",
        "/v1/statistics/reports",
        f"/open311/v2/requests/{i}.json",
        f"/open311/v2/requests/{i}.xml",
        "/open311/v2/requests.json",
        f"/open311/v2/tokens/{i}.json",
    )
    inside = ("/v1/work", "/v1/sla/board?filter=all", "/v1/me/inbox")
    answers = [http.get(p) for p in paths]
    answers += [story["drains"].get(p) for p in (*paths, *inside)]
    answers += [story["operator"].get(p) for p in inside]
    for answer in answers:
        assert answer.status_code == 200, (answer.url, answer.text)
        for secret in secrets:
            assert secret not in answer.text, answer.url
    events = logs(city)
    assert len(events) > 20
    for line in events:
        for secret in (LAN, LAN[1:], LAN.replace("+84", "0"), "0905123456", "Nắp cống vỡ"):
            assert secret not in line


def logs(city: str) -> list[str]:
    from infra.local.trace import lines

    return list(lines(city))


def test_refusals_are_problems(http: httpx.Client, story: dict[str, Any]) -> None:
    refused = story["operator"].post(f"/v1/reports/{story['id']}/actions/publish")
    assert refused.status_code == 409
    assert refused.headers["content-type"].startswith("application/problem+json")
    body = refused.json()
    assert body["type"] == "urn:hue-s:problem:illegal-transition"
    assert body["messages"]["vi"] != body["messages"]["en"]
    assert "hide" in body["allowed"]
    for path, status in (
        ("/v1/reports/nothing", 404),
        ("/v1/reports?limit=0", 422),
        ("/v1/work", 401),
    ):
        answer = http.get(path)
        assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert http.put("/v1/reports").status_code == 405
    assert http.post("/v1/auth/otp", json={"phone": "12"}).status_code == 422
    assert story["lan"].get("/v1/work").status_code == 403


def test_sessions_rotate(http: httpx.Client, person: Sign) -> None:
    minh = person("+84900000002")
    first = minh.tokens["refresh_token"]

    def renewed(token: str) -> httpx.Response:
        return http.post("/v1/auth/refresh", json={"refresh_token": token})

    second = renewed(first).json()["refresh_token"]
    assert renewed(first).json()["refresh_token"] == second  # as if the answer had been lost
    third = renewed(second).json()["refresh_token"]
    assert renewed(first).json()["refresh_token"] == third  # as if one had overtaken the other
    assert renewed(f"{third.partition('.')[0]}.guessed").status_code == 401
    assert renewed(third).status_code == 401  # no guess is without consequence


def test_calendar_is_a_service(http: httpx.Client) -> None:
    query: dict[str, str | int] = {"from": "2022-01-28T10:12:00+07:00", "working_days": 7}
    due = http.get("/v1/calendar/due", params=query).json()
    assert (due["day_zero"], due["due_date"]) == ("2022-01-28", "2022-02-15")
    assert due["due_at"] == "2022-02-15T23:59:59+07:00"
    assert http.get("/v1/calendar/due", params={"from": "yesterday"}).status_code == 422


def test_health_documents_and_status(http: httpx.Client) -> None:
    health = http.get("/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert http.get("/openapi.json").json()["openapi"].startswith("3.1")
    assert "text/html" in http.get("/docs").headers["content-type"]
    queues = http.get("/v1/ops/status").json()["queues"]
    assert all(q["dlq"] is not None for q in queues)


def test_everything_listens_on_loopback_only(city: str) -> None:
    listed = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True).stdout  # noqa: S607
    ours = [line for line in listed.splitlines() if "python" in line]
    if not ours:
        pytest.skip("ss shows no process names here")
    for line in ours:
        assert line.split()[3].startswith(("127.0.0.1", "[::1]")), line


def test_open311_in_json_and_xml(http: httpx.Client) -> None:
    from lxml import etree

    form = {
        "service_code": "trees",
        "lat": "16.4612",
        "long": "107.5921",
        "description": "Cây ngã chắn đường, gọi 0905123456",
        "api_key": "sandbox-open311",
        "email": "a@example.org",
        "media_url": "https://example.org/a.jpg",
    }
    assert http.post("/open311/v2/requests.json", data={**form, "api_key": "x"}).status_code == 403
    assert (
        http.post("/open311/v2/requests.json", data={"api_key": "sandbox-open311"}).status_code
        == 400
    )
    made = http.post("/open311/v2/requests.json", data=form)
    assert made.status_code == 201, made.text
    i = made.json()[0]["service_request_id"]
    one = http.get(f"/open311/v2/requests/{i}.json").json()[0]
    assert (one["status"], one["service_code"], one["media_url"]) == (
        "open",
        "trees",
        form["media_url"],
    )
    assert "0905123456" not in json.dumps(one)
    assert "a@example.org" not in json.dumps(one)
    for name, root in (
        ("discovery", "discovery"),
        ("services", "services"),
        ("services/trees", "service_definition"),
        ("requests", "service_requests"),
        (f"requests/{i}", "service_requests"),
        (f"tokens/{i}", "service_requests"),
    ):
        answer = http.get(f"/open311/v2/{name}.xml")
        assert answer.status_code == 200, answer.text
        assert "xml" in answer.headers["content-type"]
        assert etree.fromstring(answer.content).tag == root
        assert http.get(f"/open311/v2/{name}.json").json()
    opened = http.get(
        "/open311/v2/requests.json", params={"status": "open", "service_code": "trees"}
    )
    assert i in [r["service_request_id"] for r in opened.json()]
    closed = http.get(
        "/open311/v2/requests.json", params={"status": "closed", "service_code": "trees"}
    )
    assert i not in [r["service_request_id"] for r in closed.json()]
    assert http.get("/open311/v2/requests/none.xml").status_code == 404
