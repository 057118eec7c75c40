"""Boats over HTTP: positions come in, the role sees them, a storm calls them back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from city_people import Person, eventually

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]

OPERATOR, CITIZEN, OWNER, HEAD = "+84900000051", "+84900000004", "+84900000003", "+84900000066"
BOAT, DEVICE = "tau-001", "TB-001"
AT_SEA = (16.75, 108.15)  # some 40 miles off the coast
PURPOSE = {"purpose": "rescue"}


def made(answer: httpx.Response, *good: int) -> Any:
    assert answer.status_code in (good or (200, 201, 202)), answer.text
    return answer.json() if answer.content else None


def send(http: httpx.Client, minutes_ago: int, lat: float, lon: float) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    item = {"device": DEVICE, "t": at.isoformat(), "lat": lat, "lon": lon, "knots": 6}
    body = {"gateway": "gw-ncc-b", "items": [item, item]}
    headers = {"X-API-Key": "gw-ncc-b.sandbox"}
    receipt: dict[str, Any] = made(
        http.post("/v1/vessel-positions/batch", json=body, headers=headers)
    )
    return receipt


def test_positions_come_in_once_and_are_for_the_role_alone(
    http: httpx.Client, person: Sign
) -> None:
    receipt = send(http, 3, *AT_SEA)
    assert (receipt["accepted"], receipt["duplicates"]) == (1, 1)
    wrong = http.post(
        "/v1/vessel-positions/batch",
        json={"gateway": "gw-ncc-b", "items": [{}]},
        headers={"X-API-Key": "gw-ncc-a.sandbox"},
    )
    assert wrong.status_code == 403
    operator, citizen, owner = map(person, (OPERATOR, CITIZEN, OWNER))
    path = f"/v1/vessels/{BOAT}"

    def position() -> Any:
        shown = made(operator.get(path, params=PURPOSE))
        return shown if shown.get("position") or shown.get("last") else None

    assert eventually(position)
    assert citizen.get("/v1/vessels", params=PURPOSE).status_code == 403
    assert citizen.get(path, params=PURPOSE).status_code in (403, 404)
    mine = made(owner.get("/v1/me/vessels"))["items"]
    assert BOAT in {boat["id"] for boat in mine}
    drawn = made(operator.get("/v1/vessels/map", params=PURPOSE))
    assert any(f["geometry"]["type"] == "Point" for f in drawn["features"])
    assert operator.get("/v1/vessels/map").status_code == 422  # for what purpose?


def test_a_track_is_exported_and_its_owner_sees_who_looked(
    http: httpx.Client, person: Sign
) -> None:
    for minutes in (120, 60, 1):
        send(http, minutes, AT_SEA[0], AT_SEA[1] + minutes / 2000)
    operator, owner = person(OPERATOR), person(OWNER)
    path = f"/v1/vessels/{BOAT}/track"
    eventually(lambda: len(made(operator.get(path, params=PURPOSE))["items"]) >= 3)
    table = operator.get(f"{path}.csv", params=PURPOSE)
    assert table.headers["content-type"].startswith("text/csv")
    assert len(table.text.splitlines()) >= 4
    assert "<trkpt" in operator.get(f"{path}.gpx", params=PURPOSE).text
    assert made(operator.get(f"{path}.geojson", params=PURPOSE))["type"]

    def looked() -> bool:
        log = made(owner.get("/v1/me/access-log"))["items"]
        return any(line["what"] == "vessel_track" for line in log)

    assert eventually(looked)


def test_a_storm_calls_boats_back_through_the_fan_out(http: httpx.Client, person: Sign) -> None:
    send(http, 0, *AT_SEA)
    operator, owner, head = map(person, (OPERATOR, OWNER, HEAD))
    eventually(lambda: made(operator.get(f"/v1/vessels/{BOAT}", params=PURPOSE)).get("state"))
    body = {
        "area": {"circle": [*AT_SEA, 60]},
        "headline": {"vi": "Bão số 9: về bờ ngay", "en": "Storm 9: return now"},
        "body": {"vi": "Vào Chân Mây trước 18 giờ.", "en": "Enter Chan May before 18:00."},
        "expires": (datetime.now(UTC) + timedelta(hours=12)).isoformat(),
    }
    assert owner.post("/v1/vessel-recalls", body).status_code == 403
    recall = eventually(
        lambda: (a := operator.post("/v1/vessel-recalls", body)).status_code == 201 and a.json()
    )["recall"]

    def told() -> Any:
        box = made(owner.get("/v1/me/warnings"))["items"]
        return next((one for one in box if one["id"] == recall["id"]), None)

    assert eventually(told)["personal"] is True
    progress = eventually(
        lambda: next(
            (
                one
                for one in made(operator.get(f"/v1/deliveries/{recall['id']}"))["items"]
                if one["left"] == 0
            ),
            None,
        )
    )
    assert progress["audience"] == sum(progress["outcomes"].values()) >= 1
    answered = owner.post(
        f"/v1/vessel-recalls/{recall['id']}/answers", {"boat": BOAT, "answer": "returning"}
    )
    made(answered)
    seen = made(head.get(f"/v1/vessel-recalls/{recall['id']}"))
    assert "returning" in str(seen)
    over = {"body": {"vi": "Bão đã qua.", "en": "The storm has passed."}}
    made(operator.post(f"/v1/vessel-recalls/{recall['id']}/cancel", over))
    assert eventually(lambda: (one := told()) and one["cancelled"])
