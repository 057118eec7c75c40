"""From a draft to the city's home: who may, when, and that nothing leads there by another way."""

from datetime import date, timedelta
from typing import Any

import pytest
from city.adapters import acts
from city.adapters.table import CommitConflict
from city.contracts.manifest import AppManifest
from city.kernel.page import PageQuery
from city.kernel.people import Principal
from city.kernel.problems import (
    AssuranceNeeded,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
)
from city.partners import acting, drafting, views
from city.partners.documents import PartnerTerms
from city.partners.model import (
    KINDS,
    AlreadyReviewed,
    AnotherPerson,
    IdTaken,
    TermsNotSigned,
    WrongAppState,
)
from city.partners.shapes import AppStep, NewHosts, NewSignature, QueueQuery
from city.partners.store import KEPT_BY
from city.partners.workflow import ACTION_NAMES, ACTIONS, FINAL, GUARD_NAMES, WORKFLOW, AppState
from hypothesis import given, settings
from hypothesis import strategies as st
from partners_world import (
    DATA,
    EVERYBODY,
    FIRST,
    HOST,
    LEGAL,
    MAKER,
    NOW,
    ORGANISATION,
    OUTSIDE,
    REVIEWERS,
    RULES,
    SECOND,
    SECURITY,
    STRANGER,
    WHY,
    World,
    manifest,
    person,
)


@pytest.fixture
def world() -> World:
    return World()


def fields(error: Any) -> list[str]:
    return [one.field for one in error.value.errors]


def test_the_table_reaches_every_state_and_every_path_can_end() -> None:
    reached: set[AppState | None] = {None}
    while True:
        more = {m.to or m.start for m in WORKFLOW if m.start in reached} | reached
        if more == reached:
            break
        reached = more
    assert reached == {None, *AppState}
    ending: set[AppState | None] = set(FINAL)
    while True:
        more = {m.start for m in WORKFLOW if m.to in ending} | ending
        if more == ending:
            break
        ending = more
    assert ending == {None, *AppState}
    assert {m.action for m in WORKFLOW} == set(ACTION_NAMES)
    assert {m.guard for m in WORKFLOW} - {None} == set(GUARD_NAMES)


def test_the_straight_way(world: World) -> None:
    world.to("LIVE")
    shown = views.show(world.office(), "dat-ban")
    assert (shown.opens, shown.organisation) == (f"https://{HOST}/", ORGANISATION)
    assert [one.purpose.vi for one in shown.permissions]
    (told,) = world.said("partner_app_changed")
    assert (told["app_id"], told["shown"], told["roles"]) == ("dat-ban", True, ["citizen"])
    answers = world.said("partner_app_answered")
    assert [one["outcome"] for one in answers] == ["review_passed"] * 3 + ["approve"]
    assert {one["to"] for one in answers} == {"maker"}
    log = views.desk(world.office(), "dat-ban", FIRST).log
    assert [(line.action, line.by) for line in reversed(log)] == [
        ("draft", "maker"), ("submit", "maker"), ("review", "legal"), ("review", "security"),
        ("review", "data"), ("ask_approval", "first"), ("approve", "second"), ("go_live", "maker"),
    ]  # fmt: skip
    told = acts.export(world.table, "maker")["acts"]
    assert [(one["case"], one["action"]) for one in told] == [
        ("dat-ban/v1", "go_live"), (f"{ORGANISATION}/terms-{world.office().terms.version}", "sign"),
        ("dat-ban/v1", "submit"), ("dat-ban/v1", "draft"),
    ]  # fmt: skip
    assert told[1]["words"] == "Phan Gia Bảo, Giám đốc"
    (review,) = acts.export(world.table, "legal")["acts"]
    assert (review["action"], review["words"]) == ("review", WHY)
    assert acts.export(world.table, "first")["acts"][-1]["action"] == "allow_hosts"
    kept = acts.erase(world.table, "maker", KEPT_BY)
    assert (kept.items, kept.kept_by_law) == (0, KEPT_BY)
    assert all(line.by is None for line in views.desk(world.office(), "dat-ban", MAKER).log)


def test_what_the_checks_find_comes_back_and_nothing_is_handed_in(world: World) -> None:
    world.begin(icon="rocket", retention_days=4000)
    with pytest.raises(Invalid) as refused:
        world.act("submit", MAKER)
    assert fields(refused) == ["icon", "retention_days"]
    assert world.state == "DRAFT"
    drafting.edit(world.office(), "dat-ban", manifest(), MAKER)
    world.act("submit", MAKER)
    assert world.state == "SUBMITTED"
    with pytest.raises(WrongAppState):
        drafting.edit(world.office(), "dat-ban", manifest(), MAKER)
    world.act("withdraw", MAKER)
    with pytest.raises(Invalid) as refused:
        drafting.edit(world.office(), "dat-ban", manifest(id="khac-ten"), MAKER)
    assert fields(refused) == ["id"]


def test_an_id_is_taken_once_and_only_for_ones_own_organisation(world: World) -> None:
    world.begin()
    with pytest.raises(IdTaken):
        world.begin()
    with pytest.raises(NotFound):
        drafting.begin(world.office(), manifest(id="nguoi-la"), STRANGER)
    with pytest.raises(NotFound):
        views.desk(world.office(), "dat-ban", STRANGER)
    for reader in (LEGAL, OUTSIDE):  # a draft is nobody's but its owner's
        with pytest.raises(NotFound):
            views.desk(world.office(), "dat-ban", reader)
    world.act("submit", MAKER)
    assert views.desk(world.office(), "dat-ban", LEGAL).coming
    with pytest.raises(NotFound):
        views.desk(world.office(), "dat-ban", OUTSIDE)


def test_each_review_is_given_once_by_an_officer_of_its_agency(world: World) -> None:
    world.to("SUBMITTED")
    for who in (SECURITY, OUTSIDE):
        with pytest.raises(NotFound):
            world.act("review", who, kind="legal", passed=True, words=WHY)
    for body in ({"passed": True, "words": WHY}, {"kind": "legal", "words": WHY},
                 {"kind": "legal", "passed": True, "words": "ok"}):  # fmt: skip
        with pytest.raises(Invalid):
            world.act("review", LEGAL, **body)
    world.act("review", LEGAL, kind="legal", passed=True, words=WHY, conditions="Báo cáo quý.")
    with pytest.raises(AlreadyReviewed):
        world.act("review", LEGAL, kind="legal", passed=False, words=WHY)
    both = LEGAL.model_copy(update={"posts": LEGAL.posts | SECURITY.posts})
    with pytest.raises(AnotherPerson):
        world.act("review", both, kind="security", passed=True, words=WHY)
    insider = SECURITY.model_copy(update={"posts": SECURITY.posts | {("business", ORGANISATION)}})
    with pytest.raises(AnotherPerson):
        world.act("review", insider, kind="security", passed=True, words=WHY)
    desk = views.desk(world.office(), "dat-ban", MAKER)
    assert desk.coming
    assert desk.coming.reviews[0].conditions == "Báo cáo quý."


def test_one_failed_review_brings_it_back_with_every_answer(world: World) -> None:
    world.to("SUBMITTED")
    world.review("security", passed=False)
    world.review("legal")
    assert world.state == "SUBMITTED"
    world.review("data_protection")
    assert world.state == "DRAFT"
    desk = views.desk(world.office(), "dat-ban", MAKER)
    assert desk.coming
    assert [one.passed for one in desk.coming.reviews] == [True, False, True]
    world.act("submit", MAKER)
    assert views.queue(world.office(), QueueQuery(), LEGAL).items[0].waits_for == list(KINDS)


def test_two_administrators_with_a_passkey_approve(world: World) -> None:
    world.to("SANDBOX")
    with pytest.raises(AnotherPerson):
        world.act("approve", SECOND)  # nobody has asked
    with pytest.raises(AssuranceNeeded):
        world.act("ask_approval", FIRST.model_copy(update={"stepped_up_until": None}))
    world.act("ask_approval", FIRST)
    with pytest.raises(AnotherPerson):
        world.act("approve", FIRST)
    with pytest.raises(Forbidden):
        world.act("approve", MAKER)
    insider = SECOND.model_copy(update={"posts": SECOND.posts | {("business", ORGANISATION)}})
    with pytest.raises(AnotherPerson):
        world.act("approve", insider)
    judge = SECOND.model_copy(update={"user_id": "legal"})
    with pytest.raises(AnotherPerson):
        world.act("approve", judge)
    world.act("approve", SECOND)
    world.act("send_back", FIRST, words=WHY)
    assert world.state == "DRAFT"
    world.act("submit", MAKER)
    world.review()
    with pytest.raises(AnotherPerson):  # what was asked for before does not count again
        world.act("approve", SECOND)


def new_terms(world: World) -> None:
    newer = RULES.terms[0].model_dump() | {"version": 2, "valid_from": date(2026, 11, 20)}
    terms = (*RULES.terms, PartnerTerms.model_validate(newer))
    world.rules = RULES.model_copy(update={"terms": terms})


def test_terms_are_signed_as_read_and_new_ones_again(world: World) -> None:
    world.to("APPROVED")
    with pytest.raises(TermsNotSigned):
        world.act("go_live", MAKER)
    other = NewSignature(version=1, sha256="0" * 64, signatory="Phan Gia Bảo", position="Giám đốc")
    with pytest.raises(Invalid):
        drafting.sign(world.office(), ORGANISATION, other, MAKER)
    with pytest.raises(AssuranceNeeded):
        world.sign(MAKER.model_copy(update={"stepped_up_until": None}))
    with pytest.raises(NotFound):
        world.sign(STRANGER)
    world.sign()
    first = world.store.signature(ORGANISATION, 1)
    world.sign(MAKER.model_copy(update={"user_id": "somebody"}))
    assert world.store.signature(ORGANISATION, 1) == first
    assert first
    assert (first.by, first.sha256) == ("maker", RULES.terms[0].sha256)
    new_terms(world)
    with pytest.raises(TermsNotSigned):
        world.act("go_live", MAKER)
    world.sign()
    world.act("go_live", MAKER)
    assert world.state == "LIVE"


def test_new_terms_flag_what_is_live_and_keep_what_is_suspended(world: World) -> None:
    world.to("LIVE")
    live = QueueQuery(state="LIVE")
    assert not views.queue(world.office(), live, FIRST).items[0].terms_due
    new_terms(world)
    assert views.queue(world.office(), live, FIRST).items[0].terms_due
    assert views.show(world.office(), "dat-ban").opens
    world.act("suspend", FIRST, words=WHY)
    with pytest.raises(TermsNotSigned):
        world.act("resume", SECOND)
    world.sign()
    world.act("resume", SECOND)
    assert views.show(world.office(), "dat-ban").opens


def test_suspending_takes_one_person_and_acts_at_once(world: World) -> None:
    world.to("LIVE")
    with pytest.raises(Invalid):
        world.act("suspend", FIRST, words="xấu")
    calm = FIRST.model_copy(update={"stepped_up_until": None})
    world.act("suspend", calm, words="Máy chủ bị chiếm quyền.")
    shown = views.show(world.office(), "dat-ban")
    assert (shown.opens, shown.reason) == (None, "Máy chủ bị chiếm quyền.")
    assert views.public_list(world.office(), PageQuery()).items == []
    assert [one["shown"] for one in world.said("partner_app_changed")] == [True, False]
    assert world.said("partner_app_answered")[-1]["words"] == "Máy chủ bị chiếm quyền."
    with pytest.raises(AnotherPerson):
        world.act("resume", FIRST)
    world.act("resume", SECOND)
    assert views.show(world.office(), "dat-ban").opens
    world.act("revoke", FIRST, words="Bán dữ liệu cho bên thứ ba.")
    assert views.show(world.office(), "dat-ban").state is AppState.REVOKED
    for action, who in (("resume", SECOND), ("suspend", FIRST), ("go_live", MAKER)):
        with pytest.raises(WrongAppState):
            world.act(action, who, words=WHY)
    with pytest.raises(WrongAppState):
        drafting.edit(world.office(), "dat-ban", manifest(version="2.0.0"), MAKER)
    assert [one["shown"] for one in world.said("partner_app_changed")] == [True, False, True, False]


def test_the_next_version_goes_the_whole_way_while_the_live_one_stays(world: World) -> None:
    world.to("LIVE")
    drafting.edit(world.office(), "dat-ban", manifest(version="1.0.0"), MAKER)
    with pytest.raises(Invalid) as refused:
        world.act("submit", MAKER)
    assert fields(refused) == ["version"]
    drafting.edit(world.office(), "dat-ban", manifest(version="1.1.0", icon="map"), MAKER)
    world.act("submit", MAKER)
    assert views.show(world.office(), "dat-ban").version == "1.0.0"
    assert {q.state for q in views.queue(world.office(), QueueQuery(), DATA).items} == {
        AppState.SUBMITTED
    }
    world.review()
    world.act("ask_approval", SECOND)
    world.act("approve", FIRST)
    world.act("suspend", FIRST, words=WHY)
    with pytest.raises(WrongAppState):  # a new version is no way around a suspension
        world.act("go_live", MAKER)
    world.act("resume", SECOND)
    world.act("go_live", MAKER)
    assert views.show(world.office(), "dat-ban").version == "1.1.0"
    desk = views.desk(world.office(), "dat-ban", MAKER)
    assert desk.coming is None
    kept = world.table.get("A#dat-ban", "V#000001")
    assert kept
    assert kept.doc["state"] == "REPLACED"
    assert len(views.queue(world.office(), QueueQuery(state="LIVE"), FIRST).items) == 1


def test_hosts_are_allowed_by_an_administrator_and_asked_again_before_opening(
    world: World,
) -> None:
    world.to("APPROVED")
    world.sign()
    with pytest.raises(Forbidden):
        drafting.allow_hosts(world.office(), ORGANISATION, NewHosts(hosts=[]), MAKER)
    for wrong in ("https://x.example", "10.0.0.1", "localhost", "*.example.com", "a..example"):
        with pytest.raises(Invalid):
            drafting.allow_hosts(world.office(), ORGANISATION, NewHosts(hosts=[wrong]), FIRST)
    with pytest.raises(NotFound):
        drafting.allow_hosts(world.office(), "khong-co", NewHosts(hosts=[]), FIRST)
    drafting.allow_hosts(world.office(), ORGANISATION, NewHosts(hosts=["b.example"]), FIRST)
    with pytest.raises(Invalid) as refused:
        world.act("go_live", MAKER)
    assert fields(refused) == ["entry"]
    drafting.allow_hosts(world.office(), ORGANISATION, NewHosts(hosts=[HOST.upper()]), FIRST)
    world.act("go_live", MAKER)


def test_the_queue_is_for_duties_and_shows_who_waits_longest_first(world: World) -> None:
    for n, name in enumerate(("cho-mot", "cho-hai", "cho-ba")):
        made = manifest(id=name)
        drafting.begin(world.office(), made, MAKER)
        office = world.office()
        acting.act(office, name, "submit", AppStep(), MAKER)
        world.now += timedelta(hours=n + 1)
    seen = views.queue(world.office(), QueueQuery(limit=2), LEGAL)
    assert [one.id for one in seen.items] == ["cho-mot", "cho-hai"]
    assert all(one.yours for one in seen.items)
    rest = views.queue(world.office(), QueueQuery(limit=2, cursor=seen.next_cursor), LEGAL)
    assert [one.id for one in rest.items] == ["cho-ba"]
    assert not views.queue(world.office(), QueueQuery(), FIRST).items[0].yours
    with pytest.raises(Forbidden):
        views.queue(world.office(), QueueQuery(), OUTSIDE)
    with pytest.raises(Forbidden):
        views.queue(world.office(), QueueQuery(state="DRAFT"), LEGAL)


def test_two_at_once_and_one_of_them_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.to("SUBMITTED")

    def lost(*_: Any, **__: Any) -> None:
        raise CommitConflict([0])

    monkeypatch.setattr(world.store, "save", lost)
    with pytest.raises(Conflict):
        world.act("withdraw", MAKER)


STEPS = sorted(ACTIONS)
EXTRA = ["edit", "sign", "terms"]
# What might well work, so that walks get far; beside them anything by anybody.
LIKELY: list[tuple[str, str, dict[str, Any]]] = [
    ("submit", "maker", {}),
    *(("review", who.user_id, {"kind": kind, "passed": True}) for kind, who in REVIEWERS.items()),
    ("review", "security", {"kind": "security", "passed": False}),
    *(("ask_approval", name, {}) for name in ("first", "second")),
    *(("approve", name, {}) for name in ("first", "second", "legal")),
    ("sign", "maker", {}),
    ("go_live", "maker", {}),
    ("suspend", "first", {}),
    *(("resume", name, {}) for name in ("first", "second")),
    ("edit", "maker", {}),
]
bodies = st.fixed_dictionaries(
    {"kind": st.sampled_from([None, *KINDS]), "passed": st.sampled_from([None, True, False])}
)
anything = st.tuples(st.sampled_from([*STEPS, *EXTRA]), st.sampled_from(sorted(EVERYBODY)), bodies)


@given(
    st.sampled_from(["DRAFT", "SUBMITTED", "SANDBOX", "APPROVED", "LIVE"]),
    st.lists(st.sampled_from(LIKELY) | anything, min_size=25, max_size=40),
)
@settings(max_examples=100, deadline=None)
def test_whatever_people_try_live_means_three_passes_two_persons_and_signed_terms(
    start: str, tries: list[tuple[str, str, dict[str, Any]]]
) -> None:
    world = World()
    world.to(start)
    for action, name, body in tries:
        who: Principal = EVERYBODY[name]
        try:
            if action == "edit":
                version = f"1.0.{len(world.table.rows())}"
                drafting.edit(world.office(), "dat-ban", manifest(version=version), who)
            elif action == "sign":
                world.sign(who)
            elif action == "terms":
                new_terms(world)
            else:
                world.act(action, who, words=WHY, **body)
        except Problem as problem:
            assert problem.status in (403, 404, 409, 422)  # noqa: PT017
        else:
            if action in ("go_live", "resume"):
                assert world.store.signature(ORGANISATION, world.office().terms.version)
        _holds(world)


def _holds(world: World) -> None:
    office = world.office()
    app, _ = office.found("dat-ban")
    current = app.current
    for one in app.releases:
        if one.state in (AppState.SANDBOX, AppState.APPROVED, AppState.LIVE, AppState.SUSPENDED):
            assert {r.kind for r in one.reviews if r.passed} == set(KINDS)
            reviewers = {r.by for r in one.reviews}
            assert len(reviewers) == 3
            assert "maker" not in reviewers
        if one.state in (AppState.APPROVED, AppState.LIVE, AppState.SUSPENDED):
            assert one.asked_by != one.approved_by
            assert {one.asked_by, one.approved_by} == {"first", "second"}
    shown = world.said("partner_app_changed")
    live = current is not None and current.state is AppState.LIVE
    assert (bool(shown) and shown[-1]["shown"]) == live
    listed = {
        (row.pk, row.sk.partition("#")[2]) for row in world.table.rows() if row.pk.startswith("S#")
    }
    assert listed == {(f"S#{one.state.value}", "dat-ban") for one in app.releases}


def test_an_auditor_reads_and_takes_no_step(world: World) -> None:
    world.to("LIVE")
    auditor = person("auditor", "auditor", "nen-tang")
    desk = views.desk(world.office(), "dat-ban", auditor)
    assert desk.allowed == []
    assert not desk.may_edit
    for action in STEPS:
        with pytest.raises((Forbidden, NotFound)):
            world.act(action, auditor, words=WHY, kind="legal", passed=True)
    assert world.now > NOW


def test_allowed_steps_are_those_that_work(world: World) -> None:
    def steps(who: Principal) -> set[str]:
        return {one.action for one in views.desk(world.office(), "dat-ban", who).allowed}

    world.begin()
    assert steps(MAKER) == {"submit"}
    world.act("submit", MAKER)
    assert (steps(MAKER), steps(LEGAL), steps(FIRST)) == ({"withdraw"}, {"review"}, set())
    world.review()
    assert steps(FIRST) == {"ask_approval", "send_back", "revoke"}
    world.act("ask_approval", FIRST)
    assert steps(FIRST) == {"send_back", "revoke"}
    assert steps(SECOND) == {"approve", "send_back", "revoke"}
    world.act("approve", SECOND)
    assert steps(MAKER) == {"go_live"}
    world.sign()
    world.act("go_live", MAKER)
    assert (steps(MAKER), steps(FIRST)) == (set(), {"suspend", "revoke"})
    world.act("suspend", FIRST, words=WHY)
    assert (steps(FIRST), steps(SECOND)) == ({"revoke"}, {"resume", "revoke"})


def test_a_manifest_is_kept_as_it_was_told(world: World) -> None:
    world.begin(sandbox_entry="http://localhost:5173/")
    held = views.desk(world.office(), "dat-ban", MAKER).coming
    assert held
    assert held.manifest == AppManifest.model_validate(held.manifest.model_dump())
    assert held.manifest.sandbox_entry == "http://localhost:5173/"
