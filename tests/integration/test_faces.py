"""A face under warrant over real HTTP: from the legal basis to a candidate, and away at the end.

The enroller and the worker are the test itself: they speak the contracts. No face model is needed,
since what the city does with a vector does not depend on whose it is.
"""

import base64
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from city.contracts.cameras import CameraConfig
from city.contracts.watching import FaceList
from city.kernel.clock import utc_now
from city_people import Person, Sure, eventually, good
from face_city import ADMIN, ENROLLER, NEXT, VECTOR, enrol, lease, legal_basis, seen, watched
from PIL import Image

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
OPERATOR, SUPERVISOR = "+84900000051", "+84900000053"
SEARCHES = "/v1/violations/searches"


def refused(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, f"{answer.request.url}: {answer.text[:400]}"
    return str(answer.json()["type"]).rsplit(":", 1)[-1]


def photo() -> str:
    out = io.BytesIO()
    Image.new("RGB", (200, 200), "grey").save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()


def test_a_face_is_searched_for_only_with_everything_and_forgotten(
    http: httpx.Client, web: httpx.Client, person: Sign
) -> None:
    operator, admin = person(OPERATOR), Sure(web, ADMIN)
    now = utc_now()
    ask: dict[str, Any] = {
        "kind": "face", "photo": photo(), "purpose": "missing_person", "warrant": "12/LTN-CSĐT",
        "issued_by": "Cơ quan điều tra", "since": now.isoformat(),
        "until": (now + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    assert refused(operator.post(SEARCHES, ask), 409) == "no-legal-basis"
    basis = legal_basis()
    assert person(SUPERVISOR).http.put(
        "/v1/cameras/faces-basis", json=basis, headers=person(SUPERVISOR).headers()
    ).status_code == 403  # fmt: skip
    good(web.put("/v1/cameras/faces-basis", json=basis, headers=admin.headers()))

    def asked() -> dict[str, Any] | None:  # the basis reaches the other unit over the bus
        answer = operator.post(SEARCHES, ask)
        return good(answer, 201) if answer.status_code != 409 else None

    id_ = eventually(asked)["id"]
    assert http.post(NEXT, json={}).status_code == 401
    assert good(http.post(NEXT, json={}, headers=ENROLLER))["items"] == []  # not released yet
    decide = f"{SEARCHES}/{id_}/decide"
    assert refused(operator.post(decide, {"release": True}), 403)
    chief = Sure(web, SUPERVISOR)
    shown = good(chief.get(f"{SEARCHES}/{id_}/photo"))
    assert base64.b64decode(shown["data"]).startswith(b"\xff\xd8")
    assert good(chief.post(decide, {"release": True}))["enrolment"] == "waiting"

    config = watched(http, admin)
    (item,) = good(http.post(NEXT, json={}, headers=ENROLLER))["items"]
    assert item["search_id"] == id_
    assert http.post(f"/v1/violations/faces/{id_}/vector", json=VECTOR).status_code == 401
    enrol(http, id_)

    def looked_for() -> CameraConfig | None:
        fresh = lease(http, config, held=config.epoch)
        return fresh if any(isinstance(r, FaceList) for r in fresh.rules) else None

    listed = eventually(looked_for)
    (rule,) = (r for r in listed.rules if isinstance(r, FaceList))
    assert [(w.entry, list(w.vector)) for w in rule.wanted] == [(id_, VECTOR["vector"])]
    assert listed.config_version > config.config_version

    case = seen(listed, rule)

    def candidate() -> list[Any] | None:
        return good(chief.get(f"{SEARCHES}/{id_}/hits"))["items"] or None

    (hit,) = eventually(candidate)
    assert (hit["case_id"], hit["measure"], hit["line"]) == (case, 0.41, 0.5)
    assert good(operator.get(f"/v1/violations/{case}"))["kind"] == "face_list"
    assert good(chief.post(f"{SEARCHES}/{id_}/end"))["state"] == "ended"
    eventually(lambda: not any(
        isinstance(r, FaceList) for r in lease(http, config, held=config.epoch).rules
    ))  # fmt: skip
    assert chief.get(f"{SEARCHES}/{id_}/photo").status_code == 404
    good(admin.post(f"/v1/cameras/{config.camera_id}/disable"))  # no worker is to look for it
    chain = good(chief.get(f"{SEARCHES}/{id_}/audit", params={"limit": 50}))
    assert chain["broken_at"] is None
    actions = [each["action"] for each in chain["items"]]
    assert [a for a in actions if a != "looked"] == [
        "asked", "photo_read", "released", "photo_given", "enrolled", "hit", "ended",
    ]  # fmt: skip
    for sure in (admin, chief):
        sure.leave()
