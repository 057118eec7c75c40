"""Recalls: who is called, by which event, who answers."""

from datetime import timedelta

import pytest
from city.kernel.page import PageQuery
from city.kernel.problems import Conflict, Invalid, NotFound
from city.kernel.text import text
from city.vessels import recalls
from city.vessels.case_views import called, recall_view
from city.vessels.recalls import NewAnswer, NewRecall, Revision, SeaArea, Withdrawal
from city.vessels.view_models import CalledQuery
from city.vessels.views import mine
from vessels_world import HA, NAM, OFFICER, OPERATOR, OWNER, PORT, T0, World, fix

WORDS = {"headline": text("Về bờ ngay", "Return now"), "body": text("Bão số 5", "Storm 5")}
AREA = SeaArea(circle=(16.75, 108.0, 20))


def new(world: World, area: SeaArea = AREA) -> NewRecall:
    return NewRecall(area=area, expires=world.now + timedelta(days=1), **WORDS)


@pytest.fixture
def world() -> World:
    """Two boats of one owner in the area, one of another, one in port, one far away."""
    made = World()
    made.keep(
        fix("tau-001", T0), fix("tau-002", T0), fix("tau-003", T0), fix("tau-006", T0),
        fix("tau-004", T0, PORT), fix("tau-007", T0, (15.9, 109.6)),
    )  # fmt: skip
    return made


def test_boats_at_sea_in_the_area_are_called_and_each_person_once(world: World) -> None:
    made = recalls.order(world.desk(), new(world), OPERATOR)
    assert made.boats == ("tau-001", "tau-002", "tau-003", "tau-006")
    (event,) = world.events("recall_ordered")
    assert (event["notice_id"], event["revision"], event["cancel"]) == (made.id, 1, False)
    assert event["persons"] == [NAM, HA]  # one owns two boats; one boat has no account
    assert "TTH" not in str(event)  # neither numbers nor places of boats travel
    assert "108" not in str(event)


def test_a_ring_and_what_may_have_drifted_in(world: World) -> None:
    ring = SeaArea(ring=((16.0, 109.3), (17.0, 109.3), (17.0, 110.0), (16.0, 110.0), (16.0, 109.3)))
    with pytest.raises(Invalid):
        recalls.order(world.desk(), new(world, ring), OPERATOR)
    world.wait(hours=4)  # 32 nautical miles at 8 knots: the one at 109.6 E may be inside by now
    made = recalls.order(world.desk(), new(world, ring), OPERATOR)
    assert made.boats == ("tau-007",)
    world.wait(hours=14)  # and after 18 hours those at 108.0 E too
    assert "tau-001" in recalls.called(world.desk(), ring)


def test_revision_calls_newcomers_and_cancel_tells_everybody(world: World) -> None:
    made = recalls.order(world.desk(), new(world), OPERATOR)
    world.wait(hours=1)
    world.keep(fix("tau-004", world.now))
    again = recalls.revise(
        world.desk(), made.id, Revision(body=text("Bão mạnh lên", "Stronger")), OPERATOR
    )
    assert (again.revision, len(again.boats)) == (2, 5)
    over = recalls.cancel(
        world.desk(), made.id, Withdrawal(body=text("Bão đổi hướng", "It turned")), OPERATOR
    )
    told = world.events("recall_ordered")
    assert [(e["revision"], e["cancel"]) for e in told] == [(1, False), (2, False), (3, True)]
    assert told[2]["body"]["vi"] == "Bão đổi hướng"
    assert [turn.boats for turn in over.history] == [4, 5, 5]
    assert recalls.standing(world.desk()) == []
    for act in (
        lambda: recalls.revise(world.desk(), made.id, Revision(), OPERATOR),
        lambda: recalls.answer(world.desk(), made.id, answer("tau-001"), OWNER),
    ):
        with pytest.raises(Conflict):
            act()


def answer(boat: str, words: recalls.Answer = "returning") -> NewAnswer:
    return NewAnswer(boat=boat, answer=words)


def test_who_answered_and_who_did_not(world: World) -> None:
    made = recalls.order(world.desk(), new(world), OPERATOR)
    desk = world.desk()
    assert recalls.answer(desk, made.id, answer("tau-001"), OWNER).by == "owner"
    assert recalls.answer(desk, made.id, answer("tau-006", "need_help"), OPERATOR).by == "desk"
    recalls.answer(desk, made.id, answer("tau-001", "in_port"), OWNER)  # the newest counts
    shown = recall_view(desk, made)
    assert (shown.called, shown.answered) == (4, 2)
    assert shown.answers == {"in_port": 1, "need_help": 1}
    silent = called(desk, made.id, CalledQuery(silent=True, limit=1), OFFICER)
    assert [(b.boat, b.reachable) for b in silent.items] == [("tau-002", True)]
    rest = called(desk, made.id, CalledQuery(silent=True, cursor=silent.next_cursor), OFFICER)
    assert [b.boat for b in rest.items] == ["tau-003"]
    for boat in ("tau-006", "tau-004", "no-boat"):
        with pytest.raises(NotFound):  # not the caller's, not called, not there
            recalls.answer(desk, made.id, answer(boat), OWNER)


def test_an_owner_sees_the_recall_with_the_boat(world: World) -> None:
    made = recalls.order(world.desk(), new(world), OPERATOR)
    recalls.answer(world.desk(), made.id, answer("tau-002", "sheltering"), OWNER)
    boats = {boat.id: boat for boat in mine(world.desk(), OWNER).items}
    assert set(boats) == {"tau-001", "tau-002"}
    assert boats["tau-001"].recalls[0].answer is None
    told = boats["tau-002"].recalls[0].answer
    assert told is not None
    assert told.answer == "sheltering"
    world.wait(days=2)
    assert mine(world.desk(), OWNER).items[0].recalls == []


def test_areas_are_checked() -> None:
    for given in (
        {}, {"ring": ((0, 0), (1, 0), (1, 1), (0, 1))}, {"circle": (91, 0, 5)},
        {"circle": (16, 108, 0)},
        {"circle": (16, 108, 5), "ring": ((0, 0), (1, 0), (1, 1), (0, 0))},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"\|"):
            SeaArea.model_validate(given)
    world = World()
    for span in (timedelta(0), timedelta(days=8)):
        with pytest.raises(Invalid):
            recalls.order(
                world.desk(), new(world).model_copy(update={"expires": T0 + span}), OPERATOR
            )
    assert PageQuery().limit
