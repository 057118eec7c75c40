"""From an operator's draft to a citizen's phone, over HTTP: encrypted to the browser's own keys."""

import json
import os
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from city.fanout.webpush import b64, decrypt, unb64
from city_people import Person, eventually
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]

OPERATOR, SUPERVISOR = "+84900000051", "+84900000053"
NEAR, FAR = "+84900000011", "+84900000012"
WARD = {"lat": 16.4668, "lon": 107.5792}  # in the old city
SQUARE = [[16.45, 107.56], [16.45, 107.60], [16.48, 107.60], [16.48, 107.56], [16.45, 107.56]]


class Browser:
    """What a browser keeps of a subscription, and what it would do with a message."""

    def __init__(self, push: str, name: str) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        self.name, self._push = name, push

    def subscription(self) -> dict[str, Any]:
        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return {
            "channel": "webpush",
            "endpoint": f"{self._push}/push/{self.name}",
            "keys": {"p256dh": b64(point), "auth": b64(self.secret)},
        }

    def messages(self) -> list[dict[str, Any]]:
        """What waits for it, decrypted."""
        waiting = httpx.get(f"{self._push}/_messages/{self.name}").json()["items"]
        return [
            {**json.loads(decrypt(unb64(one["body"]), self.private, self.secret)), "_sent": one}
            for one in waiting
        ]


@pytest.fixture(scope="module")
def push(city: str) -> str:
    """The simulated push service of this city."""
    return simulated("push")


def simulated(name: str) -> str:
    """Where a simulator of this city listens."""
    from infra.local.place import SIMULATORS

    return f"http://localhost:{int(os.environ['PORT']) + 1 + SIMULATORS.index(name)}"


def made(answer: httpx.Response, *good: int) -> Any:
    assert answer.status_code in (good or (200, 201)), answer.text
    return answer.json() if answer.content else None


def ready(person: Person, browser: Browser, **place: Any) -> None:
    """Somebody with one place and one browser, and nothing of an earlier test."""
    for old in made(person.get("/v1/me/push-devices"))["items"]:
        person.http.delete(f"/v1/me/push-devices/{old['id']}", headers=person.headers())
    for old in made(person.get("/v1/me/places"))["items"]:
        person.http.delete(f"/v1/me/places/{old['id']}", headers=person.headers())
    made(person.post("/v1/me/places", {"name": "Nhà", "home": True, **place}), 201)
    made(person.post("/v1/me/push-devices", {"device": browser.subscription()}), 201)


def drafted(operator: Person, **more: Any) -> dict[str, Any]:
    body = {
        "kind": "road_flood", "severity": "Severe",
        "area": {"name": {"vi": "Thành Nội", "en": "The old city"}, "polygons": [SQUARE]},
        "fields": {"road": "Đinh Tiên Hoàng", "depth_m": 0.7}, **more,
    }  # fmt: skip
    draft: dict[str, Any] = made(operator.post("/v1/alert-drafts", body), 201)
    return draft


def act(person: Person, alert_id: str, action: str, **body: Any) -> dict[str, Any]:
    done: dict[str, Any] = made(person.post(f"/v1/alerts/{alert_id}/actions/{action}", body))
    return done


def released(operator: Person, supervisor: Person, **more: Any) -> str:
    """A warning that went out on two persons' word."""
    alert_id = str(drafted(operator, **more)["id"])
    act(operator, alert_id, "submit")
    act(supervisor, alert_id, "approve")
    told = {"confirm": more["confirm"]} if "confirm" in more else {}
    act(supervisor, alert_id, "release", **told)
    return alert_id


def settled(operator: Person, alert_id: str, revision: int) -> dict[str, Any]:
    """A revision's progress once everybody is counted."""

    def look() -> dict[str, Any] | None:
        items = made(operator.get(f"/v1/deliveries/{alert_id}"))["items"]
        found = next((one for one in items if one["revision"] == revision), None)
        return found if found and found["left"] == 0 else None

    return eventually(look, 90)


def test_a_warning_reaches_who_lives_there_and_its_cancellation_the_same(
    person: Sign, push: str
) -> None:
    operator, supervisor, near, far = map(person, (OPERATOR, SUPERVISOR, NEAR, FAR))
    here, there = Browser(push, "near"), Browser(push, "far")
    ready(near, here, **WARD)
    ready(far, there, lat=16.2737, lon=107.2326)
    asked = {"area": {"polygons": [SQUARE]}, "kind": "road_flood"}
    assert made(operator.post("/v1/alert-audience", asked))["people"] >= 1

    alert_id = released(operator, supervisor)
    (first,) = eventually(here.messages, 60)
    assert (first["id"], first["rev"], first["kind"]) == (alert_id, 1, "road_flood")
    assert "Đinh Tiên Hoàng" in first["title"] + first["body"]
    assert first["_sent"]["urgency"] == "high"
    progress = settled(operator, alert_id, 1)
    assert sum(progress["outcomes"].values()) == progress["audience"] >= 1
    assert progress["outcomes"]["reached"] >= 1
    assert there.messages() == []

    inbox = made(near.get("/v1/me/warnings"))["items"]
    assert (inbox[0]["id"], inbox[0]["because"], inbox[0]["cancelled"]) == (
        alert_id,
        ["Nhà"],
        False,
    )
    assert made(near.get(f"/v1/me/warnings/{alert_id}/why"))["told"] is True
    outside = made(far.get(f"/v1/me/warnings/{alert_id}/why"))
    assert (outside["told"], outside["not_because"]) == (False, ["elsewhere"])
    assert far.get("/v1/me/warnings/nothing/why").status_code == 404

    # Moving away does not spare anybody the all-clear, and nobody else hears it.
    ready(near, here, lat=16.2737, lon=107.2326)
    act(supervisor, alert_id, "cancel", reason={"vi": "Nước đã rút.", "en": "Water is gone."})
    latest = eventually(lambda: [m for m in here.messages() if m.get("cancel")], 60)[0]
    assert (latest["tag"], latest["rev"]) == (first["tag"], 2)
    assert len(here.messages()) == 1  # the same topic: the newer message took the older one's place
    assert there.messages() == []
    assert settled(operator, alert_id, 2)["audience"] == progress["audience"]


def test_an_exercise_reaches_only_who_enrolled(person: Sign, push: str) -> None:
    operator, supervisor, near, far = map(person, (OPERATOR, SUPERVISOR, NEAR, FAR))
    here, there = Browser(push, "enrolled"), Browser(push, "not-enrolled")
    ready(near, here, **WARD)
    ready(far, there, **WARD)
    told = {**made(near.get("/v1/me/warnings/preferences")), "exercise": True}
    told |= {"quiet_from": 0, "quiet_to": 0}
    answer = near.http.put("/v1/me/warnings/preferences", json=told, headers=near.headers())
    assert answer.status_code == 200, answer.text
    draft = drafted(operator, status="Exercise")
    act(operator, draft["id"], "submit")
    act(supervisor, draft["id"], "approve")
    refused = supervisor.post(f"/v1/alerts/{draft['id']}/actions/release", {})
    assert refused.status_code == 422  # a typed word, so that nobody mixes the two up
    act(supervisor, draft["id"], "release", confirm="EXERCISE")
    (first,) = eventually(here.messages, 60)
    assert first["exercise"] is True
    settled(operator, draft["id"], 1)
    assert there.messages() == []
    assert draft["id"] not in {w["id"] for w in made(far.get("/v1/me/warnings"))["items"]}


def test_an_app_is_reached(person: Sign, push: str) -> None:
    operator, supervisor, near = map(person, (OPERATOR, SUPERVISOR, NEAR))
    ready(near, Browser(push, "beside-the-app"), **WARD)
    token = "a-registration-token:of-nobodys-telephone"
    made(near.post("/v1/me/push-devices", {"device": {"channel": "fcm", "token": token}}), 201)
    alert_id = released(operator, supervisor)
    asked = f"{simulated('fcm')}/_messages?to={token}"
    (got,) = eventually(lambda: httpx.get(asked).json()["items"], 60)
    assert got["message"]["data"]["id"] == alert_id


def test_a_subscription_that_has_ended_is_forgotten(person: Sign, push: str) -> None:
    operator, supervisor, near = map(person, (OPERATOR, SUPERVISOR, NEAR))
    gone = Browser(push, "gone")
    ready(near, gone, **WARD)
    httpx.post(f"{push}/_dial", json={"id": "gone", "status": 410, "times": 5})
    alert_id = released(operator, supervisor)
    settled(operator, alert_id, 1)
    assert made(near.get("/v1/me/push-devices"))["items"] == []
    assert alert_id in {w["id"] for w in made(near.get("/v1/me/warnings"))["items"]}


def test_a_push_service_that_is_busy_is_asked_again(person: Sign, push: str) -> None:
    operator, supervisor, near = map(person, (OPERATOR, SUPERVISOR, NEAR))
    slow = Browser(push, "busy")
    ready(near, slow, **WARD)
    httpx.post(f"{push}/_dial", json={"id": "busy", "status": 503, "times": 1})
    alert_id = released(operator, supervisor)
    assert eventually(slow.messages, 90)
    outcome = settled(operator, alert_id, 1)
    assert sum(outcome["outcomes"].values()) == outcome["audience"]


def test_where_one_is_needs_consent_and_is_forgotten_without_it(person: Sign) -> None:
    far = person(FAR)

    def be(lat: float, lon: float) -> httpx.Response:
        body = {"lat": lat, "lon": lon}
        return far.http.put("/v1/me/places/here", json=body, headers=far.headers())

    for receipt in made(far.get("/v1/me/consents"))["items"]:
        if receipt["purpose"] == "location_warnings" and receipt.get("state") == "given":
            far.post(f"/v1/me/consents/{receipt['id']}/withdraw")
    refused = be(16.4668, 107.5792)
    if refused.status_code != 200:
        assert refused.json()["type"].endswith("consent-needed")
    body = {"purpose": "location_warnings", "version": "1.0"}
    made(far.post("/v1/me/consents", body))
    kept = eventually(lambda: (a := be(16.4668, 107.5792)).status_code == 200 and a.json())
    assert set(kept) == {"cell", "unit", "until"}
    assert be(10.0, 106.0).status_code == 422


def test_what_no_push_service_is_and_no_browser_has(person: Sign, push: str) -> None:
    near = person(NEAR)
    good = Browser(push, "x").subscription()
    for wrong in (
        {"endpoint": "http://169.254.169.254/latest/meta-data"},
        {"endpoint": "https://example.com/push"},
        {"endpoint": "https://fcm.googleapis.com@evil.test/x"},
        {"endpoint": "https://fcm.googleapis.com:8443/x"},
        {"endpoint": "file:///etc/passwd"},
        {"keys": {"p256dh": b64(b"\4" + bytes(64)), "auth": b64(bytes(16))}},
        {"keys": {"p256dh": good["keys"]["p256dh"], "auth": b64(bytes(3))}},
    ):
        answer = near.post("/v1/me/push-devices", {"device": {**good, **wrong}})
        assert answer.status_code == 422, (wrong, answer.text)
