"""The triggers: what a guest sees, who may enter and release, over HTTP shapes."""

import json
from types import ModuleType

import pytest
from city.indicators.documents import from_documents
from test_indicators import AGENCY, CODE, HEAD, NOW, OFFICER, STRANGER, VALUES, WARD, World
from unit_app import call, fresh

from infra.seed.load_indicators import indicator_documents, seed

PEOPLE = {"officer": OFFICER, "head": HEAD, "stranger": STRANGER}
ROWS = [{"period": "2026-10", "area": WARD, "value": 77}]
BODY = {"code": CODE, "source": "Sổ nạo vét", "rows": ROWS}


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = fresh("indicators")
    world = World()
    seed(world.table, [one for one in VALUES if one["code"] == "grdp-growth"])
    monkeypatch.setattr(module, "desk", world.desk)
    monkeypatch.setattr("city.adapters.http.utc_now", lambda: NOW)
    monkeypatch.setattr("city.adapters.http.trust", lambda: None)
    monkeypatch.setattr("city.adapters.http.read", lambda token, trust, now: PEOPLE[token])
    return module


def test_figures_are_for_everybody(unit: ModuleType) -> None:
    listed = call(unit, "GET", "/v1/indicators")["items"]
    made = indicator_documents()
    made.pop("values")
    assert {one["code"] for one in listed} == set(from_documents(made, "").definition)
    growth = call(unit, "GET", "/v1/indicators/grdp-growth")
    assert [v["value"] for v in growth["values"]] == [8.56, 7.03, 8.15]
    assert len(call(unit, "GET", "/v1/indicators/grdp-growth/values")["items"]) == 3
    sheet = call(unit, "GET", "/v1/indicators/grdp-growth/values.csv")
    assert "2024,city,Toàn thành phố,8.15" in sheet
    told = call(unit, "GET", "/v1/indicators/grdp-growth/values/2023/city")
    assert told["history"][0]["submission"] == "seed"
    call(unit, "GET", "/v1/indicators/grdp-growth/values/1999/city", status=404)
    call(unit, "GET", "/v1/indicators/nothing", status=404)


def test_entering_and_releasing(unit: ModuleType) -> None:
    call(unit, "POST", "/v1/indicator-submissions", body=BODY, status=401)
    call(unit, "POST", "/v1/indicator-submissions/check", "stranger", BODY, 404)
    checked = call(unit, "POST", "/v1/indicator-submissions/check", "officer", BODY)
    assert (len(checked["rows"]), checked["corrections"]) == (1, 0)
    wrong = {**BODY, "rows": [{"period": "2026-13", "value": 1}]}
    refused = call(unit, "POST", "/v1/indicator-submissions", "officer", wrong, 422)
    assert refused["errors"][0]["field"] == "rows.1"
    made = call(unit, "POST", "/v1/indicator-submissions", "officer", BODY, 201)
    path = f"/v1/indicator-submissions/{made['id']}"
    assert (made["state"], made["mine"], made["agency"]) == ("SUBMITTED", True, AGENCY)
    assert call(unit, "GET", path, "head")["mine"] is False
    call(unit, "GET", path, "stranger", status=404)
    call(unit, "POST", f"{path}/actions/burn", "head", {}, 404)
    refused = call(unit, "POST", f"{path}/actions/release", "officer", {}, 403)
    call(unit, "POST", f"{path}/actions/release", "head", {})
    listed = call(unit, "GET", "/v1/indicator-submissions", "officer")["items"]
    assert [one["state"] for one in listed] == ["RELEASED"]
    assert call(unit, "GET", "/v1/indicator-releases")["items"][0]["values"] == 1
    assert call(unit, "GET", f"/v1/indicators/{CODE}/values/2026-10/{WARD}")["value"] == 77
    text = json.dumps(call(unit, "GET", path, "head"))
    assert "officer" not in text, "people are not named"
