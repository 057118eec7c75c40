"""The unit over HTTP with the demo city's own documents."""

import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from city.kernel.reference import Reference
from unit_app import fresh

from infra.seed.documents import documents

CITY = Reference.from_documents(documents())
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def unit() -> ModuleType:
    module = fresh("directory")
    module.reference = lambda: CITY  # type: ignore[attr-defined]
    module.utc_now = lambda: NOW  # type: ignore[attr-defined]
    return module


def get(unit: ModuleType, path: str, status: int = 200, /, **query: str) -> Any:
    event = {
        "httpMethod": "GET",
        "path": path,
        "headers": {"accept-language": "en"},
        "queryStringParameters": query,
        "requestContext": {"httpMethod": "GET", "path": path, "identity": {}},
        "body": None,
    }
    answer = unit.app(event, None)
    assert answer["statusCode"] == status, answer["body"]
    return json.loads(answer["body"])


def due(unit: ModuleType, start: str, status: int = 200, **query: str) -> Any:
    return get(unit, "/v1/calendar/due", status, **{"from": start}, **query)


def test_categories_carry_their_promise(unit: ModuleType) -> None:
    items = {c["code"]: c for c in get(unit, "/v1/categories")["items"]}
    assert items["drainage"]["working_days"] == 7
    assert items["drainage"]["minutes"] is None
    assert items["drainage"]["name"] == {"vi": "Thoát nước", "en": "Drainage"}
    assert items["flooding"]["urgency"] == "immediate"
    assert items["flooding"]["minutes"] == 120


def test_agencies_page_to_235_in_either_period(unit: ModuleType) -> None:
    for day in ("2023-07-31", "2026-11-23"):
        found: list[str] = []
        query = {"limit": "100", "as_of": day}
        while True:
            page = get(unit, "/v1/agencies", 200, **query)
            found += [agency["id"] for agency in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert len(found) == len(set(found)) == 235


@pytest.mark.parametrize("words", ["Thoát nước", "thoat nuoc", "DRAINAGE"])
def test_agencies_are_found_by_words(unit: ModuleType, words: str) -> None:
    assert "cty-thoat-nuoc" in [a["id"] for a in get(unit, "/v1/agencies", q=words)["items"]]


def test_one_agency(unit: ModuleType) -> None:
    assert get(unit, "/v1/agencies/cty-cap-nuoc")["kind"] == "enterprise"
    assert get(unit, "/v1/agencies/nobody", 404)["type"] == "urn:hue-s:problem:not-found"


@pytest.mark.parametrize("cursor", ["x", "eyJuIjoieCJ9", "eyJuIjotNX0"])
def test_a_foreign_cursor_is_refused(unit: ModuleType, cursor: str) -> None:
    problem = get(unit, "/v1/agencies", 422, cursor=cursor)
    assert problem["errors"][0]["field"] == "cursor"


def test_units_by_level_and_day(unit: ModuleType) -> None:
    assert len(get(unit, "/v1/units", level="commune")["items"]) == 40
    assert len(get(unit, "/v1/units", level="commune", as_of="2025-06-30")["items"]) == 133
    assert get(unit, "/v1/units", level="district")["items"] == []
    vy_da = get(unit, "/v1/units/19777", as_of="2025-06-30")
    assert vy_da["name"] == "Phường Vỹ Dạ"
    assert vy_da["successors"] == [{"code": "19777", "part": "full"}]
    get(unit, "/v1/units/19777x", 404)


def test_outlines_say_that_they_are_approximate(unit: ModuleType) -> None:
    made = get(unit, "/v1/units.geojson")
    assert made["approximate"] is True
    assert len(made["features"]) == 40
    assert all(f["properties"]["approximate"] for f in made["features"])
    first = made["features"][0]
    assert first["properties"] == {
        "code": "19753",
        "name": "Phường Phú Xuân",
        "level": "commune",
        "approximate": True,
    }
    former = get(unit, "/v1/units.geojson", as_of="2021-06-30", level="district")
    assert former["approximate"] is False
    assert len(former["features"]) == 9
    get(unit, "/v1/units.geojson", 404, as_of="2023-01-01", level="district")


def test_the_ward_of_a_place(unit: ModuleType) -> None:
    found = get(unit, "/v1/places/ward", lat="16.4612", lon="107.5921")
    assert (found["code"], found["name"]) == ("19789", "Phường Thuận Hóa")
    assert found["approximate"] is True
    assert found["near_border"] is False
    before = get(unit, "/v1/places/ward", lat="16.4612", lon="107.5921", as_of="2023-07-31")
    assert before["name"] == "Phường Phú Nhuận"
    get(unit, "/v1/places/ward", 404, lat="16.06", lon="108.2")


@pytest.mark.parametrize("lat", ["91", "nan", "", "x"])
def test_a_place_that_is_none(unit: ModuleType, lat: str) -> None:
    problem = get(unit, "/v1/places/ward", 422, lat=lat, lon="107.6")
    assert problem["errors"][0]["field"] == "lat"


def test_due(unit: ModuleType) -> None:
    made = due(unit, "2026-11-20T09:00:00+07:00", working_days="7")
    assert made["from"] == "2026-11-20T09:00:00+07:00"
    assert (made["day_zero"], made["due_date"]) == ("2026-11-20", "2026-12-02")
    assert made["due_at"] == "2026-12-02T23:59:59+07:00"
    assert [day["date"] for day in made["skipped"]] == [
        "2026-11-21",
        "2026-11-22",
        "2026-11-24",
        "2026-11-28",
        "2026-11-29",
    ]
    assert made["skipped"][2]["reason"]["vi"].startswith("Ngày Văn hóa")


@pytest.mark.parametrize(
    "start",
    [
        "2026-11-20",
        "2026-11-20T09:00:00",
        "2026-11-20T02:00:00Z",
        "2026-11-20T09:00:00 07:00",
        "2026-11-19T17:00:00.000Z",
    ],
)
def test_due_takes_a_day_or_a_time(unit: ModuleType, start: str) -> None:
    assert due(unit, start)["due_date"] == "2026-12-02"


@pytest.mark.parametrize(
    "start",
    ["", "x", "1700000000", "2026-13-01", "9999-12-31T23:00:00Z", "0001-01-01", "20/11/2026"],
)
def test_due_refuses_what_is_no_time(unit: ModuleType, start: str) -> None:
    problem = due(unit, start, 422)
    assert problem["errors"][0]["field"] == "from"
    assert problem["messages"]["vi"]


@pytest.mark.parametrize("days", ["-1", "366", "x", "1.5"])
def test_due_refuses_odd_numbers_of_days(unit: ModuleType, days: str) -> None:
    problem = due(unit, "2026-11-20", 422, working_days=days)
    assert problem["errors"][0]["field"] == "working_days"


def test_due_beyond_the_calendar_names_its_span(unit: ModuleType) -> None:
    problem = due(unit, "2030-12-20", 422, working_days="30")
    assert problem["type"] == "urn:hue-s:problem:calendar-not-covered"
    assert "2030-12-31" in problem["detail"]


def test_a_year_of_the_calendar(unit: ModuleType) -> None:
    year = get(unit, "/v1/calendar", year="2026")
    assert [day["date"] for day in year["workdays"]] == ["2026-01-10", "2026-08-22"]
    assert "2026-11-24" in [day["date"] for day in year["holidays"]]
    assert all(day["source"] for day in year["holidays"] + year["workdays"])
    get(unit, "/v1/calendar", 404, year="2031")
