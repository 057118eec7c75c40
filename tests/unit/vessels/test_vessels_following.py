"""Boats followed through positions, words and the clock: cases, warnings, outages, crashes."""

from datetime import timedelta
from typing import Any

import pytest
from city.adapters.table_memory import MemoryTable
from city.vessels import following
from city.vessels.cases import Case, first_broken
from city.vessels.model import Fix, State
from city.vessels.moments import millis
from city.vessels.watch import Told
from city.vessels.workflow import CaseState
from hypothesis import given, settings
from hypothesis import strategies as st
from mortal import Died, MortalTable
from test_vessels_sailing import at_margin
from vessels_world import BOOK, LIMIT, NAM, PORT, T0, World, fix, voyage


def case_of(world: World, boat: str, key: str = "silence") -> Case:
    found = world.store.case(world.live(boat).cases[key])
    assert found is not None
    return found


def later(world: World, hours: float) -> None:
    world.now = T0 + timedelta(hours=hours)
    world.sweep()


def test_silence_opens_a_case_raises_it_and_a_small_one_ends_by_itself() -> None:
    world = World()
    world.keep(*voyage("tau-001", [0]))
    later(world, 5)
    assert world.live("tau-001").state is State.LATE
    assert world.live("tau-001").cases == {}
    later(world, 6.1)
    case = case_of(world, "tau-001")
    assert (case.state, case.stage, case.grave) == (CaseState.OPENED, 1, False)
    assert case.evidence["fixes"][-1][2] == millis(T0)
    assert [e["about"] for e in world.events("skippers_warned")] == ["silence"]
    assert world.events("skippers_warned")[0]["persons"] == [NAM]
    later(world, 24.1)
    assert case_of(world, "tau-001").stage == 2
    world.sweep()
    assert case_of(world, "tau-001").version == 2  # a second sweep changes nothing
    world.keep(fix("tau-001", world.now))
    ended = world.store.case(case.id)
    assert ended is not None
    assert (ended.state, ended.over) == (CaseState.CLOSED, True)
    assert world.live("tau-001").cases == {}
    entries, _ = world.store.timeline(case.id, None, 100)
    assert [e.action for e in entries] == ["open", "raise", "end"]
    assert first_broken(entries) is None
    assert world.store.cards("CASES#OPEN", limit=9)[0] == []


def test_ten_days_and_the_limits_neighbourhood_wait_for_people() -> None:
    for boat, place, hours in (("tau-006", (16.75, 108.0), 241), ("tau-012", at_margin(8), 7)):
        world = World()
        world.keep(fix(boat, T0, place))
        later(world, 7)
        later(world, hours)
        case = case_of(world, boat)
        assert (case.stage == 3) or case.grave
        world.keep(fix(boat, world.now, place))
        after = world.store.case(case.id)
        assert after is not None
        assert (after.state, after.over) == (CaseState.OPENED, True)


def test_radio_pauses_the_case_and_does_not_end_it() -> None:
    world = World()
    world.keep(*voyage("tau-001", [0]))
    later(world, 7)
    opened = case_of(world, "tau-001")
    following.tell(world.desk(), BOOK.boat["tau-001"], Told(radio=millis(world.now)))
    assert world.live("tau-001").state is State.REPORTED_BY_RADIO
    later(world, 12)
    assert case_of(world, "tau-001") == opened
    later(world, 32)
    assert case_of(world, "tau-001").stage == 2


def test_near_a_line_the_skipper_is_warned_first_and_a_crossing_is_a_grave_case() -> None:
    world = World()
    margins = [20.0, 4.0, -0.5, -1.0]
    for i, miles in enumerate(margins):
        world.now = T0 + timedelta(hours=2 * i)
        world.keep(fix("tau-003", world.now, at_margin(miles)))
        told = [e["about"] for e in world.events("skippers_warned")]
        assert told == [[], ["approach"], ["approach"], ["approach", "crossed"]][i]
    case = case_of(world, "tau-003", LIMIT)
    assert (case.kind, case.grave, case.zone) == ("limit", True, LIMIT)
    assert case.since == T0 + timedelta(hours=4)  # the first of the two
    assert case.evidence["zone"]["confirmed"] is False
    world.wait(hours=2)
    world.keep(fix("tau-003", world.now, at_margin(2)))
    back = world.store.case(case.id)
    assert back is not None
    assert (back.state, back.over) == (CaseState.OPENED, True)


def fleet_of(vendor: str, number: int) -> list[str]:
    fitting = [b.id for b in BOOK.boats if b.devices and b.devices[0].vendor == vendor]
    return [b for b in fitting if len(BOOK.boat[b].devices) == 1][:number]


def test_an_outage_is_one_incident_and_nobodys_case() -> None:
    world = World()
    boats = fleet_of("ncc-b", 7)
    world.keep(*(fix(b, T0 + timedelta(minutes=i)) for i, b in enumerate(boats)))
    alone = fleet_of("ncc-a", 1)[0]
    world.keep(fix(alone, T0))
    later(world, 7)
    standing = world.store.outages()[0].standing
    assert list(standing) == ["ncc-b"]
    assert standing["ncc-b"].at_sea == 7
    assert {world.live(b).state for b in boats} == {State.OUTAGE}
    assert world.live(alone).state is State.SILENT_6H  # another vendor's boat is on its own
    later(world, 300)
    assert all(world.live(b).cases == {} for b in boats)
    spoke = boats[:6]
    world.keep(*(fix(b, world.now) for b in spoke))
    world.sweep()
    assert world.store.outages()[0].standing == {}
    assert [o.vendor for o in world.store.outage_list(None, 9)[0]] == ["ncc-b"]
    assert world.live(boats[6]).state is State.LATE  # its own clock starts when the outage ends
    later(world, 307)
    assert world.live(boats[6]).state is State.SILENT_6H


def test_a_track_never_changes() -> None:
    world = World()
    first = fix("tau-001", T0, (16.7, 108.0))
    assert world.keep(first) == 1
    assert world.keep(first._replace(lat=17.0)) == 0  # another place for the same moment
    rows, _ = world.store.track("tau-001", "202611", after=None, until=None, limit=9)
    assert [Fix.unpacked(row.doc["fix"]) for row in rows] == [first]
    assert rows[0].ttl is not None
    assert rows[0].ttl - first.t // 1000 >= 1096 * 86_400  # 36 months


@given(st.permutations(range(9)), st.integers(1, 9), st.booleans())
@settings(max_examples=25)
def test_positions_in_any_order_lead_to_the_same_boat(
    order: list[int], size: int, twice: bool
) -> None:
    fixes = voyage("tau-006", (2.0 * i for i in range(9)))
    one, other = World(), World()
    one.now = other.now = T0 + timedelta(hours=17)
    one.keep(*fixes)
    mixed = [fixes[i] for i in order] * (2 if twice else 1)
    for first in range(0, len(mixed), size):
        other.keep(*mixed[first : first + size])
    after = one.live("tau-006")
    assert other.live("tau-006").model_copy(update={"since": after.since}) == after
    assert _tracks(one) == _tracks(other)


def _tracks(world: World) -> list[Any]:
    return [r for r in world.memory.rows() if r.pk.startswith("TRACK#")]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(4))
def test_a_process_that_dies_leaves_nothing_half_done(at: int, after: bool) -> None:
    world = World()
    world.keep(*voyage("tau-001", [0]))
    world.now = T0 + timedelta(hours=7)
    inner = world.table
    world.table = MortalTable(inner, at + 1, "after" if after else "before")
    try:
        world.sweep()
        world.keep(fix("tau-001", world.now, PORT))
    except Died:
        pass
    world.table = inner
    world.sweep()
    world.keep(fix("tau-001", world.now, PORT))
    assert isinstance(inner, MemoryTable)
    assert world.live("tau-001").state is State.IN_PORT
    assert world.live("tau-001").cases == {}
    metas = [r for r in inner.rows() if r.pk.startswith("CASE#") and r.sk == "META"]
    assert [r.doc["state"] for r in metas] in ([], ["CLOSED"])
    for row in metas:
        entries, _ = world.store.timeline(row.doc["id"], None, 99)
        assert first_broken(entries) is None
