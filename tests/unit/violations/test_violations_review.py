"""Cases come in, two officers never judge the same one, steps, custody, retention."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from city.adapters import acts
from city.kernel.chain import first_broken
from city.kernel.page import PageQuery
from city.kernel.problems import Forbidden, Invalid, NotFound, Problem
from city.violations import custody, holding, intake, retention, reviewing, views
from city.violations.model import State
from city.violations.refusals import ClaimedByOther, EvidenceGone, WrongState
from city.violations.reviewing import Next
from city.violations.store import Store
from city.violations.view_models import QueueQuery
from hypothesis import given, settings
from hypothesis import strategies as st
from mortal import Died, MortalTable
from violations_world import CHIEF, LAN, MINH, OFFICER, POLICE, STRANGER, T0, World

ALL = QueueQuery.model_validate({"limit": 50})
PAGE = PageQuery(cursor=None, limit=50)


def queue(world: World) -> list[str]:
    return [card.id for card in views.listing(world.desk(), ALL).items]


def test_events_in_any_order_and_number_make_one_case_with_its_evidence() -> None:
    for order in set(permutations(["made", "made", "came", "more"])):
        world = World()
        for name in order:
            if name == "came":
                intake.join(world.desk(), world.came())
            else:
                event = world.made("v1") if name == "made" else world.made("v2", "v1")
                intake.take(world.desk(), event)
        case = world.get()
        assert (case.detections, case.evidence, queue(world)) == (2, 2, ["v1"])
        figures = views.figures(world.desk()).all
        assert (figures.detections, figures.incidents) == (2, 1)


def test_the_queue_is_the_most_severe_first_then_the_oldest_and_a_case_grows_in_it() -> None:
    world = World()
    for id_, severity in (("a", "minor"), ("b", "severe"), ("c", "minor"), ("d", "severe")):
        world.case(id_, severity=severity)
        world.wait(seconds=1)
    assert queue(world) == ["b", "d", "a", "c"]
    world.case("e", incident="c", severity="severe")
    assert queue(world) == ["b", "c", "d", "a"]
    assert len(Store(world.table).rows("QUEUE", None, 10)[0]) == 4


def test_two_officers_get_different_cases_and_a_claim_ends() -> None:
    world = World()
    for id_ in "abc":
        world.case(id_)
        world.wait(seconds=1)
    lans = reviewing.next_ones(world.desk(), Next(count=2), LAN)
    minhs = reviewing.next_ones(world.desk(), Next(count=3), MINH)
    assert ([v.id for v in lans], [v.id for v in minhs]) == (["a", "b"], ["c"])
    again = reviewing.next_ones(world.desk(), Next(count=2), LAN)
    assert [v.id for v in again] == ["a", "b"]
    with pytest.raises(ClaimedByOther):
        world.act("confirm", "a", MINH)
    world.wait(minutes=11)
    assert world.act("confirm", "a", MINH).state is State.CONFIRMED
    with pytest.raises(WrongState):
        world.act("confirm", "a", LAN)
    reviewing.release(world.desk(), "b", LAN)
    assert world.get("b").claim is None
    assert reviewing.release(world.desk(), "c", LAN).claim is not None  # not one's own


def test_a_case_from_seeing_to_the_authoritys_answer() -> None:
    world = World()
    world.case()
    reviewing.claim(world.desk(), "v1", LAN)
    custody.evidence(world.desk(), "v1", LAN)
    assert world.act("confirm", plate="75A54321").due == world.now + timedelta(days=90)
    handed = world.act("transfer")
    assert (handed.handed_to, handed.due) == (POLICE, None)
    assert [c.id for c in views.handed(world.desk(), POLICE, PAGE).items] == ["v1"]
    with pytest.raises(NotFound):
        world.act("outcome", who=STRANGER, outcome="criminal_case", reference="01/QĐ")
    done = world.act("outcome", who=OFFICER, outcome="criminal_case", reference="01/QĐ")
    assert (done.state, done.due) == (State.CLOSED, world.now + timedelta(days=365))
    assert world.actions() == [
        "received", "claimed", "evidence_read", "confirmed", "transferred", "outcome",
    ]  # fmt: skip
    figures = views.figures(world.desk())
    assert figures.all.criminal_cases == figures.years["2026"].criminal_cases == 1
    assert figures.all.transferred_percent == 100.0
    assert [e["step"] for e in world.events("violation_judged")] == [
        "confirmed", "transferred", "outcome",
    ]  # fmt: skip


def test_nothing_here_holds_an_amount_of_money() -> None:
    world = World()
    world.case()
    world.act("confirm")
    told = world.act("transfer").model_dump_json() + json.dumps(world.events("violation_judged"))
    assert "vnd" not in told
    assert "amount" not in told


def test_refusals() -> None:
    world = World()
    world.case()
    with pytest.raises(WrongState):
        world.act("transfer")
    with pytest.raises(Invalid):
        world.act("deny")
    with pytest.raises(Invalid):
        world.act("deny", reason="because")
    with pytest.raises(NotFound):
        world.act("fine")
    with pytest.raises((Forbidden, NotFound)):
        world.act("confirm", who=OFFICER)
    world.act("confirm")
    with pytest.raises(Invalid):
        world.act("transfer", authority="no-such-agency")
    with pytest.raises(NotFound):
        custody.evidence(world.desk(), "v1", OFFICER)  # not handed to them yet
    world.act("transfer")
    assert custody.evidence(world.desk(), "v1", OFFICER).files


def test_only_what_a_person_confirmed_as_fire_becomes_a_hazard() -> None:
    world = World()
    world.case("f", kind="fire", rule_id="fire", plate=None)
    world.case("s", kind="smoke", rule_id="smoke", plate=None)
    world.case("r")
    assert world.events("hazard_confirmed") == []
    world.act("confirm", "f")
    world.act("deny", "s", reason="false_alarm")
    world.act("confirm", "r")
    (told,) = world.events("hazard_confirmed")
    assert (told["violation_id"], told["hazard"], told["lat"]) == ("f", "fire", 16.46)


def test_every_look_at_the_evidence_is_a_link_of_a_chain_that_shows_tampering() -> None:
    world = World()
    world.case()
    for who in (LAN, CHIEF, LAN):
        given = custody.evidence(world.desk(), "v1", who)
    assert [f.url.startswith("signed:evidence/") for f in given.files] == [True, True]
    shown = custody.chain(world.desk(), "V#v1", PAGE)
    assert [e.by for e in shown.items] == ["system", "lan", "chief", "lan"]
    assert shown.broken_at is None
    forged = shown.items[1].model_copy(update={"by": "somebody"})
    assert first_broken([shown.items[0], forged, *shown.items[2:]]) == 2
    row = world.table.get("V#v1", "E#000002")
    assert row is not None
    row.doc["by"] = "somebody"
    assert custody.chain(world.desk(), "V#v1", PAGE).broken_at == 2
    assert acts.export(world.table, "lan")["acts"][0]["action"] == "evidence_read"
    assert acts.erase(world.table, "lan", holding.LAW).kept_by_law == holding.LAW
    assert acts.erase(world.table, "somebody").kept_by_law is None


@pytest.mark.parametrize(
    ("steps", "days"), [([], 30), (["deny"], 7), (["confirm"], 90)], ids=["waits", "denied", "kept"]
)
def test_evidence_goes_when_its_time_is_over_and_the_chain_says_so(
    steps: list[str], days: int
) -> None:
    world = World()
    world.case()
    for step in steps:
        reason: dict[str, Any] = {"reason": "unclear"} if step == "deny" else {}
        world.act(step, **reason)
    world.wait(days=days, seconds=-1)
    assert retention.sweep(world.desk()) == 0
    assert len(world.evidence.held) == 2
    world.wait(seconds=2)
    assert [retention.sweep(world.desk()) for _ in range(2)] == [1, 0]
    case = world.get()
    assert world.evidence.held == {}
    assert (case.plate, case.evidence, case.due) == (None, 0, None)
    assert case.state is (State.LAPSED if not steps else case.state)
    assert world.actions()[-1] == "erased"
    assert "75A12345" not in str(world.memory.rows())
    assert queue(world) == []
    with pytest.raises(EvidenceGone):
        custody.evidence(world.desk(), "v1", LAN)


def test_what_was_handed_over_stays_until_the_authority_answered() -> None:
    world = World()
    world.case()
    world.act("confirm")
    world.act("transfer")
    world.wait(days=2000)
    assert retention.sweep(world.desk()) == 0
    world.act("outcome", outcome="sanctioned", reference="x", keep_until="2033-01-01T00:00:00Z")
    assert world.get().due is not None
    world.now = T0 + timedelta(days=365 * 7)
    assert retention.sweep(world.desk()) == 1


def test_evidence_that_comes_after_the_end_is_not_kept() -> None:
    world = World()
    world.case(evidence=())
    world.wait(days=31)
    retention.sweep(world.desk())
    assert intake.join(world.desk(), world.came()) is False
    intake.take(world.desk(), world.made("v2", "v1", evidence=world.files("v2")))
    assert world.evidence.held == {}
    assert world.get().plate is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_dies_while_erasing_begins_again(when: Any) -> None:
    for k in range(1, 12):
        world = World()
        world.case()
        world.case("v2", incident="v1")
        world.wait(days=31)
        world.table = MortalTable(world.memory, k, when)
        try:
            retention.sweep(world.desk())
            died = False
        except Died:
            died = True
        world.table = world.memory
        retention.sweep(world.desk())
        assert world.evidence.held == {}
        assert world.actions().count("erased") == 1
        assert custody.broken(world.desk(), "V#v1") is None
        if not died:
            return
    raise AssertionError


steps = st.lists(
    st.tuples(
        st.sampled_from(["claim", "release", "confirm", "deny", "transfer", "outcome", "wait"]),
        st.sampled_from([LAN, MINH, CHIEF, OFFICER]),
    ),
    max_size=14,
)


@given(steps)
@settings(max_examples=80, deadline=None)
def test_whatever_is_tried_the_chain_holds_and_a_case_is_judged_once(
    tried: list[tuple[str, Any]],
) -> None:
    world = World()
    fields: dict[str, dict[str, Any]] = {
        "deny": {"reason": "unclear"}, "outcome": {"outcome": "no_action", "reference": "1"}
    }  # fmt: skip
    world.case()
    for step, who in tried:
        try:
            if step == "wait":
                world.wait(minutes=11)
            elif step in ("claim", "release"):
                getattr(reviewing, step)(world.desk(), "v1", who)
            else:
                world.act(step, who=who, **fields.get(step, {}))
        except Problem:
            continue
    figures = views.figures(world.desk()).all
    assert figures.confirmed + figures.denied <= 1
    assert figures.transferred <= figures.confirmed
    assert custody.broken(world.desk(), "V#v1") is None
    waiting = world.get().state is State.WAITING
    assert queue(world) == (["v1"] if waiting else [])
