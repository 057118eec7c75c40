"""A report's life through the service, in memory: every step, every refusal."""

from datetime import timedelta
from typing import Any

import pytest
from city.adapters.media_ids import make
from city.contracts.media import MediaReady
from city.contracts.sla import ClockEscalated
from city.kernel.chain import first_broken
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.problems import Forbidden, Invalid, NotFound, PreconditionFailed
from city.kernel.text import plain
from city.reports import search, service
from city.reports.fields import Rate
from city.reports.model import Report
from city.reports.service import NewReport
from city.reports.steps import NotAllowedNow
from city.reports.store import card
from city.reports.workflow import State
from world import DRAINS, LAN, MINH, NEW_REPORT, OPERATOR, PARKS, SUPERVISOR, World


def submit(world: World, key: str | None = None, **changes: Any) -> Report:
    body = NewReport.model_validate({**NEW_REPORT, **changes})
    return service.submit(world.desk(), body, LAN.user_id, key=key)


def act(world: World, report: Report, action: str, who: Principal, **fields: Any) -> Report:
    world.wait(minutes=1)
    return service.act(world.desk(), report.id, action, fields, who)


def dispatched(world: World, *agencies: dict[str, Any]) -> Report:
    report = submit(world)
    act(world, report, "verify", OPERATOR)
    chosen = list(agencies) or [{"agency_id": "drains", "lead": True}]
    return act(world, report, "dispatch", OPERATOR, agencies=chosen)


def resolved(world: World) -> Report:
    report = dispatched(world)
    act(world, report, "acknowledge", DRAINS)
    act(world, report, "answer", DRAINS, text="Đã thay nắp cống mới.")
    return act(world, report, "publish", OPERATOR)


def test_the_whole_way() -> None:
    world = World()
    report = resolved(world)
    assert report.state is State.RESOLVED
    assert report.timing == "original"
    rated = service.rate(world.desk(), report.id, Rate(level="satisfied"), LAN)
    assert rated.ratings == {"satisfied": 1}
    types = [e.type.split(".")[3] for e in world.bus.events]
    assert types == [
        "report_received",
        "report_taken",
        "report_dispatched",
        "report_acknowledged",
        "report_answered",
        "report_resolved",
        "report_rated",
    ]
    entries, _ = world.desk().reports.timeline(report.id, limit=100)
    assert [e.seq for e in entries] == list(range(1, 8))
    assert first_broken(entries) is None
    tampered = entries[2].model_copy(update={"note": "khác"})
    assert first_broken([*entries[:2], tampered, *entries[3:]]) == 3


def test_due_date_is_the_calendars() -> None:
    world = World()
    report = dispatched(world)
    # Monday 16 November 2026 plus seven working days, 24 November being a holiday.
    assert report.due_at is not None
    assert report.due_at.isoformat() == "2026-11-26T16:59:59+00:00"


def test_immediate_matters_run_round_the_clock() -> None:
    world = World()
    report = submit(world, category="noise")
    act(world, report, "verify", OPERATOR)
    after = act(world, report, "dispatch", OPERATOR, agencies=[{"agency_id": "ward-1"}])
    assert after.due_at == after.updated_at + timedelta(minutes=120)


def test_the_reporter_is_in_no_row_of_the_reports_table() -> None:
    world = World()
    report = resolved(world)
    service.rate(world.desk(), report.id, Rate(level="unsatisfied"), LAN)
    for row in world.reports_table.rows():  # type: ignore[attr-defined]
        assert LAN.user_id not in str(row)
    assert all(LAN.user_id not in e.model_dump_json() for e in world.bus.events)


def test_a_key_makes_one_report_only() -> None:
    world = World()
    first = submit(world, key="k1")
    world.wait(minutes=5)
    assert submit(world, key="k1").id == first.id
    assert submit(world, key="k2").id != first.id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"accept_terms": False}, "accept_terms"),
        ({"category": "weather"}, "category"),
        ({"place": {"lat": 10.7, "lon": 106.6}}, "place"),
        ({"photos": [make(ulid(World().now, 1), "minh", "another secret" * 3)]}, "photos.0"),
    ],
)
def test_what_is_refused_names_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        submit(World(), **changes)
    assert refused.value.errors[0].field == field


def test_illegal_steps_say_what_is_possible() -> None:
    world = World()
    report = submit(world)
    with pytest.raises(NotAllowedNow) as refused:
        act(world, report, "publish", OPERATOR)
    assert refused.value.extra["state"] == "RECEIVED"
    assert {"verify", "reject", "dispatch"} <= set(refused.value.extra["allowed"])
    with pytest.raises(NotAllowedNow):
        act(world, report, "verify", MINH)
    with pytest.raises(NotFound):
        act(world, report, "escalate", OPERATOR)


def test_stale_versions_are_refused() -> None:
    world = World()
    report = submit(world)
    service.act(world.desk(), report.id, "verify", {}, OPERATOR, if_match=1)
    with pytest.raises(PreconditionFailed):
        service.act(world.desk(), report.id, "reject", {"reason": "no_place"}, OPERATOR, if_match=1)


def test_not_ours_twice_needs_an_arbiter() -> None:
    world = World()
    report = dispatched(world)
    for _ in range(2):
        act(world, report, "return", DRAINS, reason="not_ours")
        if report.bounces or _ == 0:
            report = world.desk().reports.get(report.id)  # type: ignore[assignment]
        if report.bounces < 2:
            act(world, report, "dispatch", OPERATOR, agencies=[{"agency_id": "drains"}])
    with pytest.raises(NotAllowedNow):
        act(world, report, "dispatch", OPERATOR, agencies=[{"agency_id": "drains"}])
    after = act(world, report, "dispatch", SUPERVISOR, agencies=[{"agency_id": "parks"}])
    assert after.state is State.DISPATCHED


def test_two_agencies_one_lead() -> None:
    world = World()
    pair: list[dict[str, Any]] = [{"agency_id": "drains", "lead": True}, {"agency_id": "parks"}]
    report = dispatched(world, *pair)
    act(world, report, "acknowledge", DRAINS)
    act(world, report, "acknowledge", PARKS)
    after = act(world, report, "answer", PARKS, text="Đã dọn cành cây.")
    assert after.state is State.IN_PROGRESS
    after = act(world, report, "answer", DRAINS, text="Đã thay nắp cống.")
    assert after.state is State.ANSWERED
    with pytest.raises(Invalid):
        service.parse_fields("dispatch", {"agencies": [{"agency_id": "a"}, {"agency_id": "b"}]})


def test_an_extension_keeps_both_due_times() -> None:
    world = World()
    report = dispatched(world)
    act(world, report, "acknowledge", DRAINS)
    act(world, report, "request_extension", DRAINS, working_days=3, reason="materials")
    after = act(world, report, "decide_extension", OPERATOR, approve=True)
    part = after.assignments[0]
    assert part.due_original_at.isoformat() == "2026-11-26T16:59:59+00:00"
    assert part.due_at.isoformat() == "2026-12-01T16:59:59+00:00"
    assert part.extensions[0].decision == "approved"
    world.wait(days=11)
    act(world, report, "answer", DRAINS, text="Đã xử lý xong.")
    assert act(world, report, "publish", OPERATOR).timing == "extended"


def test_questions_stop_the_clock_and_give_time_back() -> None:
    world = World()
    report = dispatched(world)
    act(world, report, "acknowledge", DRAINS)
    asked = act(world, report, "request_info", DRAINS, question="Ở gần nhà nào?")
    assert (asked.due_at, asked.bucket) == (None, "in_progress")
    world.wait(days=3)
    after = act(world, report, "provide_info", LAN, text="Đối diện bưu điện.")
    assert after.state is State.IN_PROGRESS
    assert after.due_at is not None
    assert after.due_at.isoformat() == "2026-12-01T16:59:59+00:00"


def test_low_rating_reopens_with_new_clocks() -> None:
    world = World()
    report = resolved(world)
    with pytest.raises(NotAllowedNow):
        act(world, report, "request_reopen", LAN, reason="not_fixed")
    service.rate(world.desk(), report.id, Rate(level="unsatisfied"), LAN)
    act(world, report, "request_reopen", LAN, reason="not_fixed")
    after = act(world, report, "decide_reopen", OPERATOR, accept=True)
    assert (after.state, after.round, after.reopened) == (State.DISPATCHED, 2, 1)
    assert [a.agency_id for a in after.current] == ["drains"]


def test_reopening_has_an_end_and_reports_close() -> None:
    world = World()
    report = resolved(world)
    service.rate(world.desk(), report.id, Rate(level="unsatisfied"), LAN)
    world.wait(days=16)
    with pytest.raises(NotAllowedNow):
        act(world, report, "request_reopen", LAN, reason="not_fixed")
    assert service.close_due(world.desk()) == 1
    assert service.close_due(world.desk()) == 0
    assert service.found(world.desk(), report.id).state is State.CLOSED


def test_ratings_are_one_per_person_and_may_change() -> None:
    world = World()
    report = resolved(world)
    for level in ("unsatisfied", "satisfied"):
        service.rate(world.desk(), report.id, Rate(level=level), MINH)
    service.rate(world.desk(), report.id, Rate(level="acceptable"), LAN)
    assert service.found(world.desk(), report.id).ratings == {"satisfied": 1, "acceptable": 1}
    with pytest.raises(Forbidden):
        service.rate(world.desk(), report.id, Rate(level="very_satisfied"), DRAINS)


def test_rejection_appeal_and_final_word() -> None:
    world = World()
    report = submit(world)
    with pytest.raises(Invalid):
        act(world, report, "reject", OPERATOR, reason="because")
    act(world, report, "reject", OPERATOR, reason="no_place")
    act(world, report, "appeal", LAN, text="Có địa điểm rõ ràng mà.")
    after = act(world, report, "decide_appeal", OPERATOR, accept=False)
    assert after.state is State.INELIGIBLE_FINAL
    assert service.open_actions(world.desk(), after, LAN) == []


def test_pictures_may_be_ready_before_or_after_the_report() -> None:
    for early in (True, False):
        world = World()
        media_id = make(ulid(world.now, 77), LAN.user_id, world.desk().secret)
        ready = MediaReady(
            media_id=media_id,
            key="m/1.jpg",
            thumb_key="t/1.jpg",
            width=10,
            height=10,
            size_bytes=10,
            sha256="0" * 64,
            dhash="0" * 16,
        )
        if early:
            service.picture_done(world.desk(), ready)
        report = submit(world, photos=[media_id])
        for _ in range(2):
            service.picture_done(world.desk(), ready)
        assert service.found(world.desk(), report.id).photos[0].key == "m/1.jpg"
        with pytest.raises(Invalid):
            submit(world, photos=[media_id])


def test_escalations_are_written_once_and_only_while_the_clock_runs() -> None:
    world = World()
    report = dispatched(world)
    assert report.due_at is not None
    rung = ClockEscalated(
        case_id=report.id,
        assignment_no=1,
        agency_id="drains",
        lead=True,
        rung="due",
        due_at=report.due_at,
        at=world.now,
    )
    assert service.escalate(world.desk(), rung)
    assert not service.escalate(world.desk(), rung)
    act(world, report, "acknowledge", DRAINS)
    act(world, report, "answer", DRAINS, text="Xong rồi ạ.")
    late = rung.model_copy(update={"rung": "late_2"})
    assert not service.escalate(world.desk(), late)


def test_lists_page_through_everything_once() -> None:
    world = World()
    ids = []
    for _ in range(25):
        ids.append(submit(world).id)
        world.wait(days=3)
    seen: list[str] = []
    cursor = None
    while True:
        query = search.ListQuery(limit=7, cursor=cursor)
        cards, cursor = search.page(world.desk().reports, query)
        seen += [c["id"] for c in cards]
        if cursor is None:
            break
    assert seen == ids[::-1]
    some = search.ListQuery.model_validate({"from": "2026-12-01", "to": "2026-12-31"})
    cards, _ = search.page(world.desk().reports, some)
    assert {c["sub"][:7] for c in cards} <= {"2026-11", "2026-12"}
    assert len(cards) == 10
    nowhere = search.ListQuery(bbox="100,10,101,11")
    assert search.page(world.desk().reports, nowhere) == ([], None)


def test_words_are_found_without_their_diacritics() -> None:
    world = World()
    report = submit(world)
    title = card(report)["title"]
    bare = plain(title)
    assert bare != title.casefold()  # else this test shows nothing
    for words in (title.upper(), bare, " ".join(reversed(bare.split()[:3]))):
        found, _ = search.page(world.desk().reports, search.ListQuery(q=words))
        assert [c["id"] for c in found] == [report.id]
    assert search.page(world.desk().reports, search.ListQuery(q=f"{bare} xyz"))[0] == []


def test_near_and_work_lists_follow_the_report() -> None:
    world = World()
    report = submit(world)
    here = search.NearQuery(lat=16.4601, lon=107.5901)
    assert [m for _, m in search.near(world.desk().reports, here)] == [15]
    ioc = search.WorkQuery()
    assert [c["id"] for c in search.work(world.desk(), ioc, OPERATOR)[0]] == [report.id]
    act(world, report, "dispatch", OPERATOR, agencies=[{"agency_id": "drains"}])
    assert search.work(world.desk(), ioc, OPERATOR)[0] == []
    cards, _ = search.work(world.desk(), ioc, DRAINS)
    assert [(c["id"], c["no"], c["new"]) for c in cards] == [(report.id, 1, True)]
    with pytest.raises(Forbidden):
        search.work(world.desk(), ioc, LAN)


def test_hidden_reports_are_gone_for_the_public_only() -> None:
    world = World()
    report = act(world, submit(world), "hide", OPERATOR, note="Có tên người")
    assert search.page(world.desk().reports, search.ListQuery())[0] == []
    for who in (None, MINH):
        with pytest.raises(NotFound):
            service.visible(world.desk(), report, who)
    for who in (LAN, OPERATOR):
        assert service.visible(world.desk(), report, who) == report


def test_in_time_nobody_knows_who_reported_what_is_over() -> None:
    world = World()
    old, running = submit(world), submit(world)
    act(world, old, "withdraw", LAN)
    world.wait(days=200)
    before = world.now - timedelta(days=199)
    assert service.forget_reporters(world.desk(), before) == 1
    assert service.forget_reporters(world.desk(), before) == 0
    assert world.desk().vault.people(old.id) == []
    assert world.desk().vault.people(running.id)
    assert world.desk().reports.get(old.id)
