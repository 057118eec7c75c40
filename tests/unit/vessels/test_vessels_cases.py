"""The legal life of a case: who may, when, by whom a fine; and reports about boats."""

from datetime import timedelta
from typing import Any

import pytest
from city.adapters.acts import RECORDS
from city.kernel.page import PageQuery
from city.kernel.people import Principal
from city.kernel.problems import (
    AssuranceNeeded,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
)
from city.vessels import holding
from city.vessels.case_views import case_view, timeline
from city.vessels.cases import (
    FIELDS,
    Case,
    OutOfBand,
    SecondPerson,
    WrongMoment,
    deadlines,
    first_broken,
)
from city.vessels.handling import BoatReport, act, report
from city.vessels.model import State
from city.vessels.workflow import ACTION_NAMES, CASE_NAMES, OPEN, WORKFLOW, CaseState
from vessels_world import BOOK, HEAD, NAM, OFFICER, OPERATOR, OWNER, T0, World, fix

WHY = {"note": "một lý do đủ dài"}
PROPOSAL = {**WHY, "amount_vnd": 400_000_000}


@pytest.fixture
def world() -> World:
    """A boat of 26.4 m, silent for over six hours."""
    made = World()
    made.keep(fix("tau-006", T0), fix("tau-001", T0))
    made.now = T0 + timedelta(hours=7)
    made.sweep()
    return made


def case_id(world: World, boat: str = "tau-006") -> str:
    return world.live(boat).cases["silence"]


def go(
    world: World, action: str, who: Principal, fields: Any = None, boat: str = "tau-006"
) -> Case:
    return act(world.desk(), world.cases[boat], action, fields or {}, who, None)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _remember(world: World) -> None:
    world.cases = {b: case_id(world, b) for b in ("tau-006", "tau-001")}  # type: ignore[attr-defined]


def test_every_state_is_reached_and_left_and_every_action_has_a_name() -> None:
    assert {m.to for m in WORKFLOW if m.to} == set(CaseState) == set(CASE_NAMES)
    assert {m.start for m in WORKFLOW if m.start} == set(OPEN)
    assert {m.action for m in WORKFLOW} == set(ACTION_NAMES)
    assert {m.action for m in WORKFLOW if m.actor == "person"} == set(FIELDS)
    assert not any(
        m.to in (CaseState.FINE_PROPOSED, CaseState.FINED) for m in WORKFLOW if m.actor == "system"
    )


def test_from_notice_to_a_settled_fine(world: World) -> None:
    assert go(world, "notify", OPERATOR, {"how": "phone"}).state is CaseState.NOTIFIED
    assert go(world, "verify", OFFICER).state is CaseState.VERIFYING
    assert go(world, "find_breach", OFFICER, WHY).state is CaseState.BREACH
    assert go(world, "propose_fine", OFFICER, PROPOSAL).state is CaseState.FINE_PROPOSED
    fined = go(world, "decide_fine", HEAD, {"decision": "12/QĐ-XPHC"})
    assert fined.state is CaseState.FINED
    assert fined.fine is not None
    assert (fined.fine.amount_vnd, fined.fine.decision) == (400_000_000, "12/QĐ-XPHC")
    assert go(world, "settle", OFFICER, WHY).state is CaseState.CLOSED
    entries, _ = world.store.timeline(fined.id, None, 99)
    assert [e.action for e in entries] == [
        "open", "notify", "verify", "find_breach", "propose_fine", "decide_fine", "settle",
    ]  # fmt: skip
    assert first_broken(entries) is None
    assert first_broken([entries[0], entries[1].model_copy(update={"note": "x"})]) == 2
    told = holding.export(world.desk(), HEAD.user_id)
    assert [(one["case"], one["action"]) for one in told["acts"]] == [
        (f"{fined.code}/6", "decide_fine")
    ]
    assert list(told) == ["acts"]
    assert holding.erase(world.desk(), HEAD.user_id).kept_by_law == RECORDS
    assert holding.erase(world.desk(), "somebody").kept_by_law is None


def test_two_persons_and_the_band(world: World) -> None:
    for action, fields in (("verify", {}), ("find_breach", WHY)):
        go(world, action, HEAD, fields)
    for amount, repeated in ((299_999_999, False), (500_000_001, False), (700_000_001, True)):
        with pytest.raises(OutOfBand):
            go(world, "propose_fine", HEAD, {**WHY, "amount_vnd": amount, "repeated": repeated})
    go(world, "propose_fine", HEAD, {**WHY, "amount_vnd": 700_000_000, "repeated": True})
    with pytest.raises(SecondPerson):
        go(world, "decide_fine", HEAD, {"decision": "12/QĐ"})
    with pytest.raises(Forbidden):  # an officer proposes, a head decides
        go(world, "decide_fine", OFFICER, {"decision": "12/QĐ"})
    with pytest.raises(AssuranceNeeded):
        go(world, "decide_fine", HEAD.model_copy(update={"acr": 1}), {"decision": "12/QĐ"})
    other = HEAD.model_copy(update={"user_id": "another-head"})
    assert go(world, "send_back", other, WHY).fine is None


def test_no_fine_where_the_data_has_no_band(world: World) -> None:
    for action, fields in (("verify", {}), ("find_breach", WHY)):
        go(world, action, OFFICER, fields, "tau-001")  # 17.2 m: no band for silence
    shown = case_view(world.desk(), world.cases["tau-001"], OFFICER)  # type: ignore[attr-defined]
    assert shown.band is None
    assert [a.code for a in shown.allowed] == ["caution"]
    with pytest.raises(WrongMoment):
        go(world, "propose_fine", OFFICER, PROPOSAL, "tau-001")


def test_who_may_what(world: World) -> None:
    stranger = Principal(user_id="x", roles=frozenset({"citizen"}))
    elsewhere = OFFICER.model_copy(update={"unit": "so-y-te"})
    for who in (stranger, elsewhere):
        for action in ("explain", "verify"):
            with pytest.raises((NotFound, Forbidden)):
                go(world, action, who, WHY)
        with pytest.raises(NotFound):
            case_view(world.desk(), case_id(world), who)
    with pytest.raises(Forbidden):
        go(world, "verify", OPERATOR)
    with pytest.raises(NotFound):
        go(world, "no_such_action", OFFICER)
    with pytest.raises(Invalid):
        go(world, "close", OFFICER, {"note": "x"})
    with pytest.raises(WrongMoment) as refused:  # not over yet
        go(world, "close", OFFICER, WHY)
    assert refused.value.extra["allowed"] == ["notify", "explain", "verify"]


def test_an_owner_explains_and_sees_an_office_never_a_person(world: World) -> None:
    go(world, "notify", OPERATOR, {"how": "radio"}, "tau-001")
    explained = go(world, "explain", OWNER, {"note": "Máy hỏng do sét đánh"}, "tau-001")
    assert (explained.state, explained.explanation) == (CaseState.EXPLAINED, "Máy hỏng do sét đánh")
    mine = timeline(world.desk(), explained.id, PageQuery(), OWNER).items
    assert [step.by for step in mine] == ["system", "office", NAM]
    theirs = timeline(world.desk(), explained.id, PageQuery(), OFFICER).items
    assert [step.by for step in theirs] == ["system", "operator", NAM]
    shown = case_view(world.desk(), explained.id, OWNER)
    assert shown.allowed == []
    assert go(world, "clear", OFFICER, WHY, "tau-001").state is CaseState.CLOSED


def test_deadlines_are_data_with_their_source(world: World) -> None:
    case = world.store.case(case_id(world))
    assert case is not None
    due = {d.action: d for d in deadlines(BOOK, case, world.now)}
    assert set(due) == {"notify", "in_port"}
    assert due["notify"].due_at - case.opened_at == timedelta(hours=6)
    assert due["in_port"].due_at - case.opened_at == timedelta(days=10)
    assert not any(d.confirmed for d in due.values())
    late = deadlines(BOOK, case, world.now + timedelta(hours=7))
    assert {d.action for d in late if d.missed} == {"notify"}
    usual = deadlines(BOOK, case.model_copy(update={"stage": 2}), world.now)
    grave = deadlines(BOOK, case.model_copy(update={"stage": 2, "grave": True}), world.now)
    hours = [
        next(d.due_at for d in made if d.action == "verify") - case.opened_at
        for made in (usual, grave)
    ]
    assert hours == [timedelta(hours=24), timedelta(hours=12)]


def test_versions_and_races(world: World) -> None:
    desk = world.desk()
    with pytest.raises(PreconditionFailed):
        act(desk, case_id(world), "verify", {}, OFFICER, 7)
    assert act(desk, case_id(world), "verify", {}, OFFICER, 1).version == 2

    class Meanwhile:
        """Somebody else steps between reading and writing."""

        def __getattr__(self, name: str) -> Any:
            return getattr(world.memory, name)

        def commit(self, *operations: Any) -> None:
            if not self.done:
                self.done = True
                act(world.desk(), world.cases["tau-006"], "clear", WHY, HEAD, None)  # type: ignore[attr-defined]
            world.memory.commit(*operations)

        done = False

    other = World(Meanwhile())
    other.now = world.now
    with pytest.raises(Conflict):
        act(other.desk(), case_id(world), "clear", WHY, OFFICER, None)


def test_reports_by_radio_and_from_ports(world: World) -> None:
    told = BoatReport(kind="radio", lat=16.7, lon=108.1)
    report(world.desk(), "tau-001", told, OWNER)
    assert world.live("tau-001").state is State.REPORTED_BY_RADIO
    with pytest.raises(NotFound):
        report(world.desk(), "tau-006", told, OWNER)
    with pytest.raises((NotFound, Forbidden)):
        report(world.desk(), "tau-001", BoatReport(kind="arrived"), OWNER)
    report(world.desk(), "tau-001", BoatReport(kind="arrived"), OFFICER)
    assert world.live("tau-001").state is State.IN_PORT
    old = BoatReport(kind="radio", lat=16.7, lon=108.1, at=world.now - timedelta(hours=25))
    with pytest.raises(Invalid):
        report(world.desk(), "tau-001", old, OFFICER)
    with pytest.raises(ValueError, match="position"):
        BoatReport(kind="radio")
    kept, _ = world.store.cards("BOAT#tau-001", prefix="TOLD#", limit=9)
    assert [doc["by"] for _, doc in kept] == ["desk", "owner"]
