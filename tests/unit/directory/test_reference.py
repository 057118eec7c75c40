"""Lookups on the demo city's documents, and what must hold for those documents."""

import re
from collections import Counter
from datetime import date

import pytest
from city.kernel.people import Role
from city.kernel.reference import WARD_COMMITTEE, Reference
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point
from shapely.geometry import MultiPolygon
from world import small_city

from infra.seed.documents import documents, people

CITY = Reference.from_documents(documents())
TODAY, BEFORE = date(2026, 11, 23), date(2023, 7, 31)


def codes(day: date, level: str) -> set[str]:
    return {unit.code for unit in CITY.units_as_of(day, level)}


@pytest.mark.parametrize(
    ("day", "levels"),
    [
        (date(2019, 1, 1), {"province": 1, "district": 9, "commune": 133}),
        (date(2024, 12, 31), {"province": 1, "district": 9, "commune": 133}),
        (date(2025, 1, 1), {"city": 1, "district": 9, "commune": 133}),
        (date(2025, 6, 30), {"city": 1, "district": 9, "commune": 133}),
        (date(2025, 7, 1), {"city": 1, "commune": 40}),
        (TODAY, {"city": 1, "commune": 40}),
    ],
)
def test_levels_are_data(day: date, levels: dict[str, int]) -> None:
    assert Counter(unit.level for unit in CITY.units_as_of(day)) == levels


@pytest.mark.parametrize("day", [date(2019, 1, 1), date(2022, 1, 1), date(2025, 1, 1), TODAY])
def test_every_parent_stands_on_the_same_day(day: date) -> None:
    for unit in CITY.units_as_of(day):
        assert unit.parent is None or CITY.unit(unit.parent, day) is not None


def test_a_commune_that_moved_has_another_parent() -> None:
    parents = [CITY.unit("19900", day) for day in (date(2021, 6, 30), date(2021, 7, 1))]
    assert [unit.parent for unit in parents if unit] == ["478", "474"]


@pytest.mark.parametrize(
    ("code", "born", "to", "now"),
    [
        ("19783", BEFORE, TODAY, ["19789"]),  # Vĩnh Ninh became part of Thuận Hóa
        ("19783", BEFORE, date(2024, 1, 1), ["19783"]),
        ("19789", TODAY, TODAY, ["19789"]),
        ("483", BEFORE, date(2025, 2, 1), ["482"]),  # Nam Đông into Phú Lộc
        ("46", BEFORE, TODAY, ["46"]),
    ],
)
def test_restating_to_later_units(code: str, born: date, to: date, now: list[str]) -> None:
    assert CITY.restate(code, born, to) == now


def test_a_split_unit_restates_to_all_its_parts() -> None:
    assert CITY.restate("474", BEFORE, date(2025, 1, 1)) == ["474", "475"]
    assert set(CITY.restate("474", BEFORE, TODAY)) < codes(TODAY, "commune")


def test_every_former_commune_has_an_heir() -> None:
    heirs = {final for c in codes(BEFORE, "commune") for final in CITY.restate(c, BEFORE, TODAY)}
    assert heirs == codes(TODAY, "commune")


@pytest.mark.parametrize("day", [BEFORE, TODAY])
def test_agencies_are_235_of_which_33_enterprises(day: date) -> None:
    kinds = Counter(agency.kind for agency in CITY.agencies_as_of(day))
    assert kinds.total() == 235
    assert kinds["enterprise"] == 33
    assert kinds["ward_committee"] == len(codes(day, "commune"))


def test_ids_are_unique_and_successors_exist() -> None:
    ids = [agency.id for agency in CITY.agencies]
    assert len(ids) == len(set(ids))
    for agency in CITY.agencies:
        assert set(agency.successors) <= set(ids)
        assert agency.valid_to is None or agency.successors


@pytest.mark.parametrize("day", [BEFORE, TODAY])
def test_every_category_is_promised_and_routed_anywhere(day: date) -> None:
    for category in CITY.categories:
        assert CITY.sla(category.code, day).working_days > 0
        for ward in codes(day, "commune"):
            routed = CITY.route(category.code, ward, day)
            assert routed is not None
            acting = [routed.agency_id, *(other.agency_id for other in routed.alternatives)]
            assert len(acting) == len(set(acting))
            assert all(CITY.agency(agency, day) for agency in acting)
        assert CITY.route(category.code, None, day) is not None


def test_a_committee_acts_for_its_own_ward_of_its_own_time() -> None:
    now, then = CITY.route("noise", "19777", TODAY), CITY.route("noise", "19777", BEFORE)
    assert now is not None
    assert then is not None
    assert (now.agency_id, then.agency_id) == ("ubnd-19777", "ubnd-19777-cu")


def test_routing_rules_name_what_exists() -> None:
    known = {category.code for category in CITY.categories}
    for rule in CITY.routing:
        assert rule.category is None or rule.category in known
        assert rule.agency == WARD_COMMITTEE or CITY.agency(rule.agency)
        assert rule.text.vi != rule.text.en


def test_a_rule_for_some_wards_wins_there_only() -> None:
    city = small_city()
    local = city.routing[0].model_copy(
        update={"code": "R2", "agency": "parks", "wards": ("w2",), "priority": 30}
    )
    city = city.model_copy(update={"routing": (*city.routing, local)})
    here, there = city.route("drainage", "w2", TODAY), city.route("drainage", "w1", TODAY)
    assert here is not None
    assert there is not None
    assert (here.rule_code, [r.rule_code for r in here.alternatives]) == ("R2", ["R1", "R0"])
    assert there.rule_code == "R1"


def test_a_rule_that_has_ended_is_silent() -> None:
    city = small_city()
    ended = city.routing[0].model_copy(update={"valid_to": date(2026, 1, 1)})
    city = city.model_copy(update={"routing": (ended, *city.routing[1:])})
    routed = city.route("drainage", "w1", TODAY)
    assert routed is not None
    assert routed.agency_id == "ward-1"


@pytest.mark.parametrize(
    ("lat", "lon", "now"),
    [
        (16.4677, 107.5792, "Phường Phú Xuân"),  # Ngọ Môn
        (16.4612, 107.5921, "Phường Thuận Hóa"),  # Lê Lợi street
        (16.4536, 107.5447, "Phường Kim Long"),  # Thiên Mụ pagoda
        (16.4327, 107.5657, "Phường Thủy Xuân"),  # Tự Đức's tomb
        (16.4015, 107.7026, "Phường Phú Bài"),  # airport
        (16.5610, 107.6470, "Phường Thuận An"),  # beach
        (16.2760, 107.2310, "Xã A Lưới 2"),
        (16.2400, 108.0700, "Xã Chân Mây - Lăng Cô"),
        (16.1650, 107.7250, "Xã Khe Tre"),
    ],
)
def test_known_places(lat: float, lon: float, now: str) -> None:
    ward = CITY.ward_at(lat, lon, TODAY)
    assert ward is not None
    assert ward.name == now


OUTLINES = {
    day: {
        b.code: MultiPolygon([(p[0], p[1:]) for p in b.polygons])
        for b in CITY.boundaries(day).boundaries  # type: ignore[union-attr]
    }
    for day in (BEFORE, TODAY)
}


@given(st.sampled_from([BEFORE, TODAY]), st.floats(16.0, 16.75), st.floats(107.0, 108.2))
def test_point_in_polygon_agrees_with_an_independent_library(
    day: date, lat: float, lon: float
) -> None:
    point = Point(lon, lat)
    holding = {code for code, outline in OUTLINES[day].items() if outline.covers(point)}
    found = CITY.ward_at(lat, lon, day)
    if found is None:
        assert all(not outline.contains(point) for outline in OUTLINES[day].values())
    else:
        assert found.code in holding
        apart_m = OUTLINES[day][found.code].boundary.distance(point) * 111_200
        assert 0.93 * apart_m - 1 <= found.border_distance_m <= apart_m + 1


@pytest.mark.parametrize("day", [BEFORE, TODAY])
def test_outlines_cover_the_units_once(day: date) -> None:
    made = OUTLINES[day]
    assert set(made) == codes(day, "commune")
    assert all(outline.is_valid for outline in made.values())
    whole = MultiPolygon().union(next(iter(made.values())))
    for outline in made.values():
        whole = whole.union(outline)
    assert sum(outline.area for outline in made.values()) == pytest.approx(whole.area, rel=1e-6)


def test_official_outlines_win_over_approximate_ones() -> None:
    held = CITY.boundaries(TODAY)
    assert held is not None
    official = held.model_copy(update={"approximate": False})
    for sets in ((held, official), (official, held)):
        assert CITY.model_copy(update={"boundary_sets": sets}).boundaries(TODAY) is official


def test_a_former_commune_lies_in_its_heir() -> None:
    for code, outline in OUTLINES[BEFORE].items():
        (heir,) = CITY.restate(code, BEFORE, TODAY)
        assert OUTLINES[TODAY][heir].intersection(outline).area > 0.99 * outline.area


def test_reasons_are_bilingual_and_unique() -> None:
    assert set(CITY.reasons) == {"ineligible", "return", "extension", "rating", "reopen"}
    for listed in CITY.reasons.values():
        assert len({reason.code for reason in listed}) == len(listed)
        assert all(reason.vi and reason.en for reason in listed)


def test_people_cover_roles_and_committees() -> None:
    listed = people()
    assert all(re.fullmatch(r"\+8490000\d{4}", person["phone"]) for person in listed)
    assert len({person["phone"] for person in listed}) == len(listed)
    assert {role for person in listed for role in person["roles"]} == {role.value for role in Role}
    units = {person["unit"] for person in listed if person["unit"]}
    assert all(CITY.organisation(unit, TODAY) for unit in units)
    assert {f"ubnd-{code}" for code in codes(TODAY, "commune")} <= units
    routed = {rule.agency for rule in CITY.routing} - {WARD_COMMITTEE}
    assert routed <= units
