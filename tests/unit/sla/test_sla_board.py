from datetime import timedelta

import pytest
from city.kernel.people import Principal, Role
from city.kernel.problems import Forbidden
from city.sla import service
from city.sla.model import BoardItem, BoardQuery
from city.sla.views import board
from sla_world import NOON, City, end_of, state

OPERATOR = Principal(user_id="u1", roles=frozenset({Role.IOC_OPERATOR}))
OFFICER = Principal(user_id="u2", roles=frozenset({Role.AGENCY_OFFICER}), unit="ag-1")
NOW = end_of("2026-03-11") + timedelta(hours=6)  # Thursday 12 March, 06:00 in Huế


def _query(**given: object) -> BoardQuery:
    return BoardQuery.model_validate(given)


def _city() -> City:
    city = City()
    for day in ("09", "11", "12", "13"):
        for agency in ("ag-1", "ag-2"):
            due = end_of(f"2026-03-{day}")
            city.follow(1, state(due=due, agency=agency), case=f"{agency}-{day}")
    return city


def _cases(city: City, who: Principal, **query: object) -> list[str]:
    page = board(city.clocks, _query(**query), who, NOW)
    return [item.case_id for item in page.items]


def test_filters() -> None:
    city = _city()
    assert _cases(city, OFFICER) == ["ag-1-09", "ag-1-11", "ag-1-12", "ag-1-13"]
    assert _cases(city, OFFICER, filter="today") == ["ag-1-12"]
    assert _cases(city, OFFICER, filter="overdue") == ["ag-1-09", "ag-1-11"]
    assert _cases(city, OPERATOR, filter="today") == ["ag-1-12", "ag-2-12"]
    assert _cases(city, OPERATOR, agency="ag-2", filter="overdue") == ["ag-2-09", "ag-2-11"]


def test_rung_and_overdue_are_shown() -> None:
    city = _city()
    city.sweep(NOW)
    items = board(city.clocks, _query(agency="ag-1"), OPERATOR, NOW).items
    assert [(item.rung, item.overdue) for item in items] == [
        ("late_2", True),
        ("due", True),
        ("warn_80", False),
        ("warn_80", False),
    ]


def test_pages_cover_everything_once() -> None:
    city = _city()
    seen: list[BoardItem] = []
    cursor = None
    while True:
        query = _query(limit=3, cursor=cursor, filter="all")
        page = board(city.clocks, query, OPERATOR, NOW)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == 8 and len({item.case_id for item in seen}) == 8
    first = board(city.clocks, _query(limit=7), OPERATOR, NOW).next_cursor
    foreign = _query(cursor=first, filter="overdue")
    assert board(city.clocks, foreign, OPERATOR, NOW).items == []


def test_officers_see_their_own_agency_only() -> None:
    city = _city()
    assert _cases(city, OFFICER, agency="ag-1")
    with pytest.raises(Forbidden):
        _cases(city, OFFICER, agency="ag-2")
    with pytest.raises(Forbidden):
        _cases(city, OFFICER.model_copy(update={"unit": None}))


def test_a_stopped_clock_leaves_the_board() -> None:
    city = _city()
    city.follow(2, state(due=end_of("2026-03-09"), status="stopped"), case="ag-1-09", now=NOON)
    assert _cases(city, OFFICER, filter="overdue") == ["ag-1-11"]


def test_another_units_case_escalates_and_is_on_no_board() -> None:
    city = City()
    told = state(due=end_of("2026-03-11"), agency="privacy-office")
    service.follow(city.clocks, city.days, "DSR-1", 1, [told], NOON, listed=False)
    assert _cases(city, OPERATOR) == []
    assert _cases(city, OPERATOR, agency="privacy-office") == []
    city.sweep(NOW)
    assert ("DSR-1", told.assignment_no, "due") in city.bus.said
    assert _cases(city, OPERATOR) == []
