"""The visitors' guide: data that hold together, pages, distances, what a phone keeps."""

import json
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from city.kernel.geo import distance_m
from city.kernel.problems import NotFound
from city.tourism import views
from city.tourism.documents import from_documents
from city.tourism.model import SightKind
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError
from unit_app import fresh

from infra.seed.load_tourism import tourism_documents

STATIC = Path(__file__).parents[3] / "frontend" / "static"
GUIDE = from_documents(tourism_documents(), "test")
HUE = (15.9, 107.0, 16.8, 108.3)  # south, west, north, east


@pytest.fixture(scope="module")
def unit() -> ModuleType:
    module = fresh("tourism")
    module.guide = lambda: GUIDE  # type: ignore[attr-defined]
    return module


def get(unit: ModuleType, path: str, status: int = 200, /, **query: str) -> Any:
    event = {
        "httpMethod": "GET", "path": path, "headers": {"accept-language": "en"},
        "queryStringParameters": query, "body": None,
        "requestContext": {"httpMethod": "GET", "path": path, "identity": {}},
    }  # fmt: skip
    answer = unit.app(event, None)
    assert answer["statusCode"] == status, answer["body"]
    if status == 200:
        assert answer["headers"]["Cache-Control"] == "public, max-age=300"
    return json.loads(answer["body"])


def test_the_guide_holds_together() -> None:
    assert len(GUIDE.sights) >= 25
    assert len(GUIDE.sight) == len(GUIDE.sights)
    assert {s.kind for s in GUIDE.sights} == set(SightKind)
    south, west, north, east = HUE
    for sight in GUIDE.sights:
        assert south < sight.lat < north, sight.id
        assert west < sight.lon < east, sight.id
        assert "position" in sight.unconfirmed
        assert sight.hours is None or "hours" in sight.unconfirmed
    for route in GUIDE.routes:
        assert len(set(route.stops)) == len(route.stops)
        assert set(route.stops) <= set(GUIDE.sight), route.id
    for scene in GUIDE.scenes:
        assert scene.drawn
        assert scene.sight in GUIDE.sight
        for spot in scene.hotspots:
            assert spot.target in (GUIDE.scene if spot.opens == "scene" else GUIDE.sight), spot.id


def test_every_scene_is_reached_from_every_other() -> None:
    leads = {
        s.id: {spot.target for spot in s.hotspots if spot.opens == "scene"} for s in GUIDE.scenes
    }
    for start in leads:
        seen = {start}
        while more := {target for one in seen for target in leads[one]} - seen:
            seen |= more
        assert seen == set(leads), start


def test_pictures_are_there_and_small() -> None:
    for url, size in GUIDE.pictures.items():
        assert (STATIC / url.lstrip("/")).stat().st_size == size
    assert {s.picture for s in GUIDE.sights} == set(GUIDE.pictures)
    for scene in GUIDE.scenes:
        path = STATIC / scene.picture.lstrip("/")
        assert path.stat().st_size == scene.bytes <= 250_000
        with Image.open(path) as image:
            assert image.size == (scene.width, scene.height)
        assert scene.width == 2 * scene.height  # equirectangular


@given(st.integers(1, 17), st.none() | st.sampled_from(list(SightKind)),
       st.none() | st.tuples(st.floats(16, 16.7), st.floats(107.2, 108.1)))  # fmt: skip
def test_pages_give_each_sight_once_and_nearest_first(
    limit: int, kind: SightKind | None, place: tuple[float, float] | None
) -> None:
    near = f"{place[0]},{place[1]}" if place else None
    listed: list[views.SightCard] = []
    cursor: str | None = None
    while True:
        query = views.SightsQuery(limit=limit, cursor=cursor, kind=kind, near=near)
        page = views.sights(GUIDE, query)
        assert len(page.items) <= limit
        listed += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    wanted = {s.id for s in GUIDE.sights if kind in (None, s.kind)}
    assert [s.id for s in listed] == list(dict.fromkeys(s.id for s in listed))
    assert {s.id for s in listed} == wanted
    if place:
        away = [distance_m(*place, s.lat, s.lon) for s in listed]
        assert all(a <= b + 1 for a, b in pairwise(away))


def test_a_place_is_two_numbers_on_the_earth() -> None:
    for wrong in ("", "16.4", "a,b", "91,107", "16,181", "16,107,1", "nan,107"):
        with pytest.raises(ValidationError):
            views.SightsQuery(near=wrong)


def test_lengths_of_routes_follow_from_their_stops() -> None:
    for route in views.routes(GUIDE).items:
        assert route.stops[0].leg_m == 0
        assert route.distance_m == sum(s.leg_m for s in route.stops)
        straight = sum(distance_m(a.lat, a.lon, b.lat, b.lon) for a, b in pairwise(route.stops))
        assert straight <= route.distance_m <= straight * 1.3 + 50 * len(route.stops)
        assert route.minutes > sum(s.leg_minutes for s in route.stops)


def test_the_pack_holds_every_address_a_page_asks_for(unit: ModuleType) -> None:
    parts = get(unit, "/v1/tourism/pack")["parts"]
    urls = [part["url"] for part in parts]
    assert len(set(urls)) == len(urls)
    for url in urls:
        if url.startswith("/v1/tourism"):
            path, _, query = url.partition("?")
            get(unit, path, **dict([query.split("=")] if query else []))
        elif url != "/v1/units.geojson":
            assert (STATIC / url.lstrip("/")).is_file()
    kept = get(unit, "/v1/tourism/sights", limit="100")
    assert kept["next_cursor"] is None, "the pack keeps one page: it must hold all sights"


def test_over_http(unit: ModuleType) -> None:
    sight = get(unit, "/v1/tourism/sights/ngo-mon")
    assert sight["name"] == {"vi": "Ngọ Môn", "en": "Noon Gate"}
    assert [s["id"] for s in sight["scenes"]] == ["ngo-mon"]
    assert "kinh-thanh-di-bo" in {r["id"] for r in sight["routes"]}
    assert sight["id"] not in {s["id"] for s in sight["nearby"]}
    assert get(unit, "/v1/tourism/scenes/ngo-mon")["drawn"] is True
    assert len(get(unit, "/v1/tourism/scenes")["items"]) == len(GUIDE.scenes)
    get(unit, "/v1/tourism/sights/nowhere", 404)
    get(unit, "/v1/tourism/scenes/nowhere", 404)
    refused = get(unit, "/v1/tourism/sights", 422, near="here")
    assert refused["errors"][0]["field"] == "near"
    with pytest.raises(NotFound):
        views.sight(GUIDE, "nowhere")
