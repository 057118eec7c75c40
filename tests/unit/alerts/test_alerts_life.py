"""The life of a warning: who may do what when, what goes out, what is looked at afterwards."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from alerts_world import AREA, CITIZEN, OPERATOR, SECOND, SQUARE, SUPERVISOR, World
from city.adapters import acts
from city.alerts import tending
from city.alerts.desk import found
from city.alerts.fields import FIELDS
from city.alerts.model import Alert, lane_of
from city.alerts.refusals import NotAllowedNow, NotReady, TypedWordNeeded
from city.alerts.steps import EFFECTS, GUARDS, Step
from city.alerts.store import channel
from city.alerts.workflow import (
    ACTION_NAMES,
    FINAL,
    GUARD_NAMES,
    IN_FORCE,
    WORKFLOW,
    State,
    moves,
)
from city.contracts.alerts import MAX_BYTES, AlertReleased
from city.kernel.chain import first_broken
from city.kernel.people import Principal
from city.kernel.problems import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed, Problem
from hypothesis import given, settings
from hypothesis import strategies as st

RELEASING = {"release", "release_now", "cancel"}


def test_the_table_is_whole() -> None:
    actions = {m.action for m in WORKFLOW}
    assert actions == set(ACTION_NAMES)
    assert {m.guard for m in WORKFLOW} - {None} == set(GUARDS) == set(GUARD_NAMES)
    assert {m.action for m in WORKFLOW if m.actor == "person" and m.start} == set(FIELDS)
    assert set(EFFECTS) | RELEASING | {"draft"} == actions


def test_every_state_can_be_reached_and_every_path_can_end() -> None:
    reached: set[State | None] = {None}
    while True:
        more = {m.to for m in WORKFLOW if m.start in reached and m.to} - reached
        if not more:
            break
        reached |= more
    assert reached - {None} == set(State)
    ending = set(FINAL)
    while True:
        more = {m.start for m in WORKFLOW if m.to in ending and m.start} - ending
        if not more:
            break
        ending |= more
    assert ending == set(State)


def test_released_to_the_bus_with_its_words_area_and_lane() -> None:
    at = World()
    warning = at.out(at.draft(area={**AREA, "polygons": [SQUARE]}))
    for who, actions in ((OPERATOR, ["submit", "draft"]), (SUPERVISOR, ["release", "approve"])):
        told = acts.export(at.table, who.user_id)["acts"]
        assert sorted(one["action"] for one in told) == sorted(actions)
        assert all(one["case"].startswith(warning.code) for one in told)
    [event] = at.released()
    assert (event.message_type, event.status, event.revision) == ("Alert", "Actual", 1)
    assert event.severity == "Severe" and event.lane == "P1"  # not immediate
    assert event.headline.vi == "Lũ tại Kim Long (sông Hương): trên báo động 3"
    assert event.headline.en == "Flood at Kim Long (Hương river): above alarm level 3"
    assert "4,57 m" in event.body.vi and "4.57 m" in event.body.en
    assert (
        event.area.units == ("19774",) and event.area.polygons[0][0] == event.area.polygons[0][-1]
    )
    assert event.references == () and event.roles is None
    assert event.expires - event.sent == timedelta(minutes=240)
    assert event.document == f"/v1/alerts/cap/{warning.messages[0].identifier}"


@pytest.mark.parametrize(
    ("severity", "urgency", "lane"),
    [
        ("Extreme", "Future", "P0"),
        ("Severe", "Immediate", "P0"),
        ("Severe", "Expected", "P1"),
        ("Moderate", "Immediate", "P1"),
        ("Minor", "Immediate", "P2"),
    ],
)
def test_lanes(severity: Any, urgency: Any, lane: str) -> None:
    assert lane_of("Actual", severity, urgency) == lane
    assert lane_of("Exercise", severity, urgency) == "P2"


def test_severe_needs_a_second_person_and_minor_does_not() -> None:
    at = World()
    grave = at.draft(severity="Severe")
    at.act(grave, "submit", SUPERVISOR)
    with pytest.raises(NotAllowedNow) as refused:
        at.act(grave, "approve", SUPERVISOR)
    assert refused.value.extra["needs"] == "second_person"
    assert at.act(grave, "approve", SECOND).state is State.APPROVED
    light = at.draft(severity="Moderate")
    at.act(light, "submit", SUPERVISOR)
    assert at.act(light, "approve", SUPERVISOR).state is State.APPROVED


def test_who_edited_cannot_approve_whoever_submitted() -> None:
    at = World()
    warning = at.draft()
    at.act(warning, "edit", SUPERVISOR, risk_level=3)
    at.act(warning, "submit", OPERATOR)
    with pytest.raises(NotAllowedNow):
        at.act(warning, "approve", SUPERVISOR)
    assert at.act(warning, "approve", SECOND).approved_by == "second"


def test_lowering_a_severe_warning_needs_two_persons_too() -> None:
    at = World()
    warning = at.out(at.draft(severity="Severe"))
    at.act(warning, "update", SUPERVISOR, severity="Minor")
    at.act(warning, "submit", SUPERVISOR)
    with pytest.raises(NotAllowedNow):
        at.act(warning, "approve", SUPERVISOR)


def test_an_edit_after_approval_asks_for_approval_again() -> None:
    at = World()
    warning = at.draft()
    at.act(warning, "submit", OPERATOR)
    at.act(warning, "approve", SUPERVISOR)
    after = at.act(warning, "edit", OPERATOR, headline={"vi": "Khác", "en": "Other"})
    assert after.state is State.DRAFT and after.approved_by is None
    with pytest.raises(NotAllowedNow):
        at.act(warning, "release", SUPERVISOR)
    assert at.released() == []


def test_what_is_released_is_what_was_approved_to_the_letter() -> None:
    at = World()
    warning = at.draft()
    at.act(warning, "submit", OPERATOR)
    approved = at.act(warning, "approve", SUPERVISOR)
    assert approved.draft is not None
    other = approved.draft.model_copy(update={"risk_level": 5})
    desk, guard = at.desk(), GUARDS["approved_words"]
    step = Step("release", "person", "supervisor", at.now, desk.kind(warning.kind))
    assert guard(approved, step)
    assert not guard(approved.model_copy(update={"draft": other}), step)


@pytest.mark.parametrize("action", ["approve", "release", "release_now", "cancel", "review"])
def test_operators_do_not_release_and_citizens_do_nothing(action: str) -> None:
    at = World()
    warning = at.draft()
    for who in (OPERATOR, CITIZEN):
        with pytest.raises(Forbidden):
            at.act(warning, action, who)
    with pytest.raises(Forbidden):
        at.act(warning, "edit", CITIZEN)


def test_immediate_release_only_in_a_named_case_of_that_gravity_and_reviewed_once() -> None:
    at = World()
    warning = at.draft(severity="Severe")
    now = {"case": "flood_beyond_level_3", "reason": "nước lên rất nhanh ở Kim Long"}
    with pytest.raises(NotAllowedNow):
        at.act(warning, "release_now", SUPERVISOR, **now)  # not extreme
    at.act(warning, "edit", OPERATOR, severity="Extreme")
    with pytest.raises(NotAllowedNow):
        at.act(warning, "release_now", SUPERVISOR, **{**now, "case": "no_such_case"})
    out = at.act(warning, "release_now", SUPERVISOR, **now)
    assert out.state is State.ACTIVE and out.review_due == (1,)
    assert at.released()[0].lane == "P0"
    judged = {"revision": 1, "finding": "upheld", "note": "đúng quy trình"}
    with pytest.raises(NotAllowedNow):
        at.act(warning, "review", SUPERVISOR, **judged)  # who released does not review
    reviewed = at.act(warning, "review", SECOND, **judged)
    assert reviewed.review_due == () and reviewed.reviews[0].by == "second"
    with pytest.raises(NotAllowedNow):
        at.act(warning, "review", SECOND, **judged)


def test_cancel_goes_out_at_once_refers_to_all_and_is_reviewed_when_severe() -> None:
    at = World()
    warning = at.out(at.draft())
    at.wait(minutes=5)
    over = at.act(warning, "cancel", SUPERVISOR, reason={"vi": "Nước đã rút.", "en": "It fell."})
    assert over.state is State.CANCELLED and over.review_due == (2,)
    first, cancel = at.released()
    assert (cancel.message_type, cancel.revision, cancel.urgency) == ("Cancel", 2, "Past")
    assert cancel.references == (over.messages[0].reference,)
    assert cancel.lane == first.lane and cancel.body.vi == "Nước đã rút."
    assert at.act(over, "review", SECOND, revision=2, finding="upheld", note="đúng").finished
    with pytest.raises(NotAllowedNow):
        at.act(warning, "update", OPERATOR)


def test_a_message_with_faults_does_not_go_out() -> None:
    at = World()
    warning = at.draft(expires=(at.now + timedelta(minutes=10)).isoformat())
    at.act(warning, "submit", OPERATOR)
    at.act(warning, "approve", SUPERVISOR)
    at.wait(minutes=20)
    with pytest.raises(NotReady) as faults:
        at.act(warning, "release", SUPERVISOR)
    assert {e.field for e in faults.value.errors} == {"info.0.expires", "info.1.expires"}
    assert at.released() == [] and found(at.desk(), warning.id).state is State.APPROVED


def test_words_of_templates_follow_the_facts_and_words_of_people_stay() -> None:
    at = World()
    warning = at.draft()
    at.act(warning, "edit", OPERATOR, description={"vi": "Tự viết.", "en": "By hand."})
    after = at.act(warning, "edit", OPERATOR, fields={"level_words": {"vi": "cao", "en": "high"}})
    assert after.draft is not None
    assert after.draft.headline.vi == "Lũ tại Kim Long (sông Hương): cao"
    assert after.draft.description.vi == "Tự viết."
    graver = at.act(warning, "edit", OPERATOR, severity="Extreme")
    assert graver.draft is not None and graver.draft.instruction.vi.startswith("Lên chỗ cao ngay")
    assert graver.draft.responses == ("Evacuate", "Shelter")


def test_bad_drafts_are_refused_by_field() -> None:
    at = World()
    for changes, field in (
        ({"kind": "meteor"}, "kind"),
        ({"fields": {"level_m": 1e9}}, "fields.level_m"),
        ({"fields": {"moon": 1}}, "fields.moon"),
        ({"fields": {"trend": "sideways"}}, "fields.trend"),
        ({"fields": {"crest_at": "2026-11-20T09:00:00"}}, "fields.crest_at"),
        ({"fields": {"station": "plain"}}, "fields.station"),
        ({"area": {"name": AREA["name"]}}, "area"),
    ):
        body: dict[str, Any] = {**changes}
        with pytest.raises(Invalid) as refused:
            at.draft(**{"kind": "river_flood", **body}) if "kind" not in body else _new(at, body)
        assert [e.field for e in refused.value.errors] == [field]
    with pytest.raises(Invalid):
        at.draft("city_bulletin", fields={"topic": "power"})


def _new(at: World, body: dict[str, Any]) -> Alert:
    from city.alerts import service
    from city.alerts.fields import NewDraft

    whole = {"severity": "Minor", "area": AREA, **body}
    return service.draft(at.desk(), NewDraft.model_validate(whole), OPERATOR)


def test_stale_versions_unknown_ids_and_actions() -> None:
    from city.alerts import service

    at = World()
    warning = at.draft()
    at.act(warning, "edit", OPERATOR, risk_level=2)
    with pytest.raises(PreconditionFailed):
        service.act(at.desk(), warning.id, "submit", {}, OPERATOR, if_match=1)
    assert service.act(at.desk(), warning.id, "submit", {}, OPERATOR, if_match=2).version == 3
    for alert_id, action in ((warning.id, "expire"), (warning.id, "propose"), ("nothing", "edit")):
        with pytest.raises(NotFound):
            at.act(alert_id, action, SUPERVISOR)


def test_a_correction_says_so() -> None:
    at = World()
    warning = at.out(at.draft("city_bulletin"))
    words = {"vi": "Cấp nước lại lúc 15 giờ.", "en": "Water is back at 15:00."}
    at.act(warning, "update", OPERATOR, fields={"message": words})
    at.out(warning)
    assert [e.headline.vi for e in at.released()] == [
        "Thông báo về nước sạch: Phường Kim Long",
        "Đính chính: Thông báo về nước sạch: Phường Kim Long",
    ]


def test_it_expires_by_the_clock_and_not_before_and_updates_are_proposed_in_time() -> None:
    at = World()
    warning = at.out(at.draft())
    at.wait(minutes=179)
    assert tending.tend(at.desk()) == (0, 0)
    at.wait(minutes=1)
    assert tending.tend(at.desk()) == (0, 1)
    assert tending.tend(at.desk()) == (0, 0)
    assert found(at.desk(), warning.id).state is State.REVISING
    at.wait(minutes=60)
    assert tending.tend(at.desk()) == (1, 0)
    ended = found(at.desk(), warning.id)
    assert ended.state is State.EXPIRED and ended.draft is None
    assert at.desk().alerts.active(channel("Actual", public=True)) == []
    assert len(at.released()) == 1


def test_a_reminder_does_not_disturb_an_update_that_somebody_writes() -> None:
    at = World()
    warning = at.out(at.draft())
    at.wait(minutes=170)
    at.act(warning, "update", OPERATOR, fields={"level_m": 3.0})
    at.wait(minutes=15)
    assert tending.tend(at.desk()) == (0, 0)
    held = found(at.desk(), warning.id)
    assert held.draft is not None and held.draft.fields["level_m"] == 3.0
    assert tending.tend(at.desk()) == (0, 0)
    assert at.desk().alerts.due("REMIND", at.now, 10) == []
    back = at.act(warning, "discard", OPERATOR)
    assert back.state is State.ACTIVE and back.draft is None


def test_the_timeline_is_chained_and_an_altered_step_shows() -> None:
    at = World()
    warning = at.out(at.draft())
    at.act(warning, "cancel", SUPERVISOR, reason={"vi": "Hết.", "en": "Over."})
    entries, _ = at.desk().alerts.timeline(warning.id, limit=100)
    assert [e.action for e in entries] == ["draft", "submit", "approve", "release", "cancel"]
    assert [e.seq for e in entries] == [1, 2, 3, 4, 5]
    assert first_broken(entries) is None
    forged = [*entries]
    forged[2] = forged[2].model_copy(update={"by": "somebody"})
    assert first_broken(forged) == 3
    assert entries[3].detail["approved_by"] == "supervisor"


def test_someone_else_was_faster() -> None:
    from city.adapters.table import CommitConflict
    from city.alerts import service

    at = World()
    warning = at.draft()
    stale = at.desk()
    at.act(warning, "submit", OPERATOR)

    class Losing:
        def __getattr__(self, name: str) -> Any:
            return getattr(at.table, name)

        def commit(self, *operations: Any) -> None:
            raise CommitConflict((0,))

    from city.adapters.outbox import Outbox
    from city.alerts.store import Alerts

    losing = Losing()
    blocked = type(stale)(
        alerts=Alerts(losing, Outbox(losing, at.bus)), book=stale.book, city=stale.city,
        base_url="", now=at.now, new_id=stale.new_id,
    )  # fmt: skip
    with pytest.raises(Conflict):
        service.act(blocked, warning.id, "approve", {}, SUPERVISOR)
    assert found(at.desk(), warning.id).state is State.SUBMITTED


def test_the_largest_message_that_the_linter_lets_through_fits_the_bus() -> None:
    at = World()
    import math

    rings = []
    for k in range(20):
        turn = [2 * math.pi * i / 99 for i in range(99)]
        ring = [
            [16.3 + 0.004 * k + 0.0301234 * math.sin(t), 107.5 + 0.0301234 * math.cos(t)]
            for t in turn
        ]
        rings.append([*ring, ring[0]])
    words = {"vi": "ữ" * 4000, "en": "x" * 4000}
    less = {"vi": "ữ" * 2000, "en": "x" * 2000}
    area = {**AREA, "units": [], "polygons": rings, "name": {"vi": "ữ" * 50, "en": "x" * 50}}
    warning = at.draft(area=area, description=words, instruction=less)
    at.out(warning)
    [event] = at.released()
    assert sum(len(ring) for ring in event.area.polygons) > 1900
    assert len(event.model_dump_json().encode()) < MAX_BYTES
    with pytest.raises(ValueError, match="larger than the bus"):
        AlertReleased.model_validate({**event.model_dump(), "body": {"vi": "ữ" * 90_000, "en": ""}})


STEPS = st.lists(
    st.tuples(
        st.sampled_from([*FIELDS, "tend"]),
        st.sampled_from([OPERATOR, SUPERVISOR, SECOND]),
        st.sampled_from(["", "DIỄN TẬP", "TEST", "EXERCISE"]),
        st.sampled_from(["Minor", "Extreme"]),
    ),
    max_size=25,
)


def _try(at: World, warning: Alert, step: tuple[str, Principal, str, str]) -> None:
    action, who, confirm, severity = step
    words = {"vi": "Lý do đủ dài", "en": "A reason long enough"}
    fields: dict[str, dict[str, Any]] = {
        "edit": {"severity": severity},
        "update": {"severity": severity},
        "release": {"confirm": confirm},
        "release_now": {
            "confirm": confirm,
            "case": "flood_beyond_level_3",
            "reason": "một lý do đủ dài",
        },
        "cancel": {"reason": words},
        "reject": {"reason": "không cần"},
        "send_back": {"reason": "sửa lại"},
        "deny": {"reason": "không đúng"},
        "review": {"revision": 1, "finding": "upheld", "note": "được rồi"},
    }
    at.wait(minutes=7)
    try:
        if action == "tend":
            at.wait(minutes=90)
            tending.tend(at.desk())
        else:
            at.act(warning, action, who, **fields.get(action, {}))
    except Problem:
        return


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from(["Exercise", "Test"]))
def test_no_path_leads_from_an_exercise_to_a_real_warning(
    steps: Sequence[tuple[str, Principal, str, str]], status: str
) -> None:
    at = World()
    warning = at.draft(status=status)
    ready: list[tuple[str, Principal, str, str]] = [
        ("submit", OPERATOR, "", "Minor"),
        ("approve", SUPERVISOR, "", "Minor"),
        ("release", SUPERVISOR, "DIỄN TẬP" if status == "Exercise" else "TEST", "Minor"),
    ]
    for step in [*ready, *steps]:
        _try(at, warning, step)
        assert found(at.desk(), warning.id).status == status
    assert at.released()  # it did go out, to those who take part
    for event in at.released():
        assert event.status == status and event.lane == "P2"
        assert event.headline.vi.startswith("[DIỄN TẬP]" if status == "Exercise" else "[THỬ")
        held = at.desk().alerts.document(event.identifier)
        assert held is not None and held["public"] is False
        assert f"<status>{status}</status>" in held["xml"]
    assert at.desk().alerts.active(channel("Actual", public=True)) == []
    assert at.desk().alerts.months(channel("Actual", public=True)) == []


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_on_every_path_revisions_count_up_references_hold_and_the_chain_is_whole(
    steps: Sequence[tuple[str, Principal, str, str]],
) -> None:
    at = World()
    warning = at.draft()
    for step in [("submit", OPERATOR, "", ""), ("approve", SUPERVISOR, "", ""), *steps]:
        _try(at, warning, step)
    held = found(at.desk(), warning.id)
    events = at.released()
    assert [e.revision for e in events] == list(range(1, len(events) + 1))
    assert len({e.identifier for e in events}) == len(events)
    assert all((e.message_type == "Alert") == (e.references == ()) for e in events)
    assert all(a.sent < b.sent for a, b in itertools.pairwise(events))
    entries, _ = at.desk().alerts.timeline(warning.id, limit=1000)
    assert first_broken(entries) is None and entries[-1].seq == held.version
    shown = at.desk().alerts.active(channel("Actual", public=True))
    assert len(shown) == (1 if held.state in IN_FORCE else 0)
    assert at.desk().alerts.due("EXPIRES", at.now + timedelta(days=30), 10) == (
        [warning.id] if held.state in IN_FORCE else []
    )


def test_a_real_warning_refuses_the_exercises_word_and_the_other_way_round() -> None:
    at = World()
    real, drill = at.draft(), at.draft(status="Exercise")
    for warning in (real, drill):
        at.act(warning, "submit", OPERATOR)
        at.act(warning, "approve", SUPERVISOR)
    with pytest.raises(TypedWordNeeded):
        at.act(real, "release", SUPERVISOR, confirm="diễn tập")
    with pytest.raises(TypedWordNeeded):
        at.act(drill, "release", SUPERVISOR)
    assert at.released() == []
    assert at.act(drill, "release", SUPERVISOR, confirm="diễn tập").state is State.ACTIVE


def test_offered_actions_are_those_that_the_table_has() -> None:
    from city.alerts.steps import offered

    at = World()
    warning = at.draft()
    listed = offered(warning, at.desk().kind(warning.kind), "operator", at.now)
    assert listed == ["edit", "submit", "release_now", "reject"]
    assert {m.action for m in moves(State.DRAFT)} > set(listed)
