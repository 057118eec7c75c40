"""Drafts by rule: episodes, citizens' reports, detections; the same facts make the same draft."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from alerts_world import CITIZEN, DOCUMENTS, OPERATOR, SUPERVISOR, T0, World, book, episode
from city.alerts import detections, nearby, tending
from city.alerts.desk import found
from city.alerts.documents import from_documents
from city.alerts.episodes import by_trend, on_episode
from city.alerts.fields import Detection
from city.alerts.model import Alert
from city.alerts.recompute import recompute
from city.alerts.refusals import NotAllowedNow
from city.alerts.risk import risk_level
from city.alerts.workflow import State
from city.contracts.reports import REPORT_EVENTS, Bucket, Facts, ReportChanged, ReportPlace
from city.contracts.sensing import EpisodeChanged, EpisodePlace, Outlook
from city.contracts.violations import HazardConfirmed
from city.kernel.clock import local_date
from city.kernel.problems import Invalid
from hypothesis import given, settings
from hypothesis import strategies as st


def told(at: World, event: EpisodeChanged) -> Alert:
    warning = on_episode(at.desk(), event)
    assert warning is not None
    return warning


def test_a_flood_makes_a_draft_with_words_scales_area_and_what_it_rests_on() -> None:
    at = World()
    warning = told(at, episode(level=2))
    content = warning.drafted
    assert warning.state is State.DRAFT and warning.created_by == "system"
    assert (content.severity, content.urgency, content.certainty) == (
        "Moderate", "Immediate", "Observed",
    )  # fmt: skip
    assert content.fields["over_m"] == 0.71  # the forecasters' own sentence: BĐ2 + 0.71
    assert content.headline.vi == "Lũ tại Kim Long (sông Hương): trên báo động 2"
    assert "19774" in content.area.units and "20014" in content.area.units
    rests = warning.provenance
    assert rests.reading_ids == ("kim-long.water_level@1763604000000",)
    assert (rests.rule, rests.rule_version, rests.mapping) == ("river-kim-long", 1, "river-level")
    assert rests.table_version == "river-kim-long-2020"
    [drafted] = at.said("alert_drafted")
    assert drafted["origin"] == "sensing" and "headline" not in drafted


@pytest.mark.parametrize(
    ("kind", "uom", "level", "value", "severity", "makes"),
    [
        ("river_level", "m", 1, 1.44, "Minor", "river_flood"),
        ("river_level", "m", 3, 3.9, "Severe", "river_flood"),
        ("river_level", "m/h", 2, 0.6, "Moderate", "river_flood"),
        ("reservoir", "m", 3, 46.2, "Severe", "reservoir_release"),
        ("rain", "mm", 2, 66.0, "Moderate", "heavy_rain"),
        ("road_flood", "m", 3, 0.7, "Severe", "road_flood"),
        ("air", "index", 1, 160.0, "Minor", "air_quality"),
        ("air", "index", 3, 320.4, "Severe", "air_quality"),
        ("water_quality", "index", 2, 8.0, "Severe", "water_quality"),
        ("fire_danger", "level", 5, 5.0, "Severe", "fire_danger"),
    ],
)
def test_every_kind_of_episode_is_mapped_and_its_words_are_clean(
    kind: Any, uom: str, level: int, value: float, severity: str, makes: str
) -> None:
    from city.alerts.desk import findings
    from city.alerts.lint import blocking

    at = World()
    warning = told(at, episode(level=level, kind=kind, uom=uom, value=value))
    assert (warning.kind, warning.drafted.severity) == (makes, severity)
    assert blocking(findings(at.desk(), warning)) == []
    assert recompute(at.desk(), warning).same


def test_above_the_third_level_people_hear_how_far_above_it() -> None:
    warning = told(World(), episode(1, 4))  # printed by the forecasters as BĐ3 + 1.07
    assert "Cao hơn báo động 3 là 1,07 m." in warning.drafted.description.vi
    low = told(World(), episode(1, 2, levels=(61.0,), station="thuong-nhat", value=61.2))
    assert "Cao hơn" not in low.drafted.description.vi  # its third level is not known


def test_an_outage_is_no_warning_and_nothing_is_drafted_under_the_first_level() -> None:
    at = World()
    assert on_episode(at.desk(), episode(kind="outage", uom=None, value=None)) is None
    assert on_episode(at.desk(), episode(kind="fire_danger", uom="level", level=3)) is None


def test_urgency_follows_the_trend() -> None:
    assert by_trend(episode(level=2)) == "Immediate"
    assert by_trend(episode(level=2, trend="steady")) == "Immediate"
    assert by_trend(episode(level=2, trend="falling")) == "Expected"
    assert by_trend(episode(level=1, previous_level=2, trend="steady")) == "Expected"
    assert by_trend(episode(level=0, previous_level=1)) == "Past"


def test_an_untouched_draft_follows_the_river_and_an_edited_one_gets_a_suggestion() -> None:
    at = World()
    told(at, episode(1, 1))
    warning = told(at, episode(2, 2))
    assert warning.draft is not None and warning.draft.severity == "Moderate"
    at.act(warning, "edit", OPERATOR, headline={"vi": "Tự viết", "en": "By hand"})
    warning = told(at, episode(3, 3))
    assert warning.draft is not None and warning.suggested is not None
    assert (warning.draft.severity, warning.suggested.severity) == ("Moderate", "Severe")
    assert warning.draft.headline.vi == "Tự viết"


def test_an_episode_that_ends_before_anybody_acted_ends_the_draft() -> None:
    at = World()
    told(at, episode(1, 1))
    warning = told(at, episode(2, 0))
    assert warning.state is State.REJECTED and warning.over
    kept = told(at, episode(1, 1, episode_id="01HZZZZZZZZZZZZZZZZZZZZZZY"))
    at.act(kept, "submit", OPERATOR)
    kept = told(at, episode(2, 0, episode_id="01HZZZZZZZZZZZZZZZZZZZZZZY"))
    assert kept.state is State.SUBMITTED and kept.over  # people decide


def test_in_force_a_change_is_proposed_and_the_end_is_told_not_done() -> None:
    at = World()
    warning = at.out(told(at, episode(1, 2)))
    at.wait(minutes=10)
    warning = told(at, episode(2, 3))
    assert warning.state is State.REVISING and warning.draft is not None
    assert warning.draft.severity == "Severe" and len(at.released()) == 1
    warning = at.out(warning)
    assert [e.message_type for e in at.released()] == ["Alert", "Update"]
    warning = told(at, episode(3, 0))
    assert warning.state is State.ACTIVE and warning.over
    at.wait(minutes=200)
    assert tending.tend(at.desk()) == (0, 0)  # no update is proposed for what is over


def test_a_standing_order_releases_the_extreme_at_once_and_somebody_reviews_it() -> None:
    at = World()
    warning = told(at, episode(1, 4))
    assert warning.state is State.ACTIVE and warning.review_due == (1,)
    [event] = at.released()
    assert (event.severity, event.lane, event.status) == ("Extreme", "P0", "Actual")
    assert warning.messages[0].case == "standing_order" and warning.messages[0].by == "system"
    assert at.act(warning, "review", SUPERVISOR, revision=1, finding="upheld", note="đúng")
    assert told(at, episode(1, 4)).version == warning.version + 1  # the same event again
    assert len(at.released()) == 1


def test_no_standing_order_for_what_people_touched_or_what_is_less_sure() -> None:
    at = World()
    warning = told(at, episode(1, 3))
    at.act(warning, "edit", OPERATOR, risk_level=3)
    told(at, episode(2, 4))
    assert at.released() == []
    likely = episode(1, 4, episode_id="01HZZZZZZZZZZZZZZZZZZZZZZX", kind="rain", uom="mm")
    assert told(at, likely).state is State.DRAFT  # rain has no standing order


def test_a_death_between_draft_and_standing_order_is_made_good_by_the_second_delivery() -> None:
    from city.alerts.episodes import _begin
    from city.alerts.store import Claim

    at = World()
    event = episode(1, 4)
    row = at.book.mapping("sensing", "river_level", "m", local_date(T0))
    assert row is not None
    _begin(at.desk(), event, at.desk().kind("river_flood"), row, Claim(event.episode_id))
    assert at.released() == []
    assert told(at, event).state is State.ACTIVE
    assert len(at.released()) == 1


EVENTS = [
    episode(1, 1),
    episode(2, 2),
    episode(3, 3),
    episode(4, 2, previous_level=3),
    episode(5, 1),
]


@settings(max_examples=60, deadline=None)
@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS), max_size=5))
def test_any_order_and_repetition_ends_with_the_newest(
    order: list[EpisodeChanged], again: list[EpisodeChanged]
) -> None:
    at = World()
    for event in [*order, *again]:
        on_episode(at.desk(), event)
    held = at.desk().alerts.of_episode("Actual", EVENTS[0].episode_id)
    assert held is not None
    warning = found(at.desk(), held.doc["alert"])
    assert warning.provenance.source_seq == 5
    assert warning.draft is not None and warning.draft.severity == "Minor"
    assert len(at.desk().alerts.desk(after=None, limit=10)[0]) == 1


def test_the_end_that_comes_first_leaves_no_draft_for_what_is_over() -> None:
    at = World()
    assert on_episode(at.desk(), episode(2, 0)) is None
    assert on_episode(at.desk(), episode(1, 1)) is None
    assert at.desk().alerts.desk(after=None, limit=10)[0] == []


def test_after_the_end_of_a_thread_the_same_episode_may_open_another() -> None:
    at = World()
    first = told(at, episode(1, 2))
    at.act(first, "reject", OPERATOR, reason="đã có cảnh báo khác")
    assert told(at, episode(2, 2)).id == first.id  # no worse than they knew
    second = told(at, episode(3, 3))
    assert second.id != first.id and second.episode_id == f"{first.episode_id}~3"
    assert second.state is State.DRAFT
    at.out(second)
    at.wait(hours=5)
    tending.tend(at.desk())
    third = told(at, episode(4, 2, previous_level=3))
    assert third.id not in (first.id, second.id) and third.draft is not None
    assert told(at, episode(4, 2, previous_level=3)).id == third.id


def test_a_forecast_says_what_comes_next() -> None:
    at = World()
    ahead = Outlook(level=3, at=T0 + timedelta(hours=2), source="extrapolation", official=False)
    warning = told(at, episode(1, 2, outlook=ahead))
    assert "có thể đạt trên báo động 3 lúc 11:00 ngày 20/11/2026" in warning.drafted.description.vi
    assert "above alarm level 3 may be reached" in warning.drafted.description.en


def test_a_station_that_nobody_described_is_a_circle_with_its_codes() -> None:
    at = World()
    place = EpisodePlace(lat=16.46, lon=107.56, units=())
    warning = told(at, episode(1, 2, station="new-gauge", place=place))
    assert warning.drafted.area.circles == ((16.46, 107.56, 2000.0),)
    assert warning.drafted.area.touched


def test_recompute_makes_the_same_draft_and_names_what_differs() -> None:
    at = World()
    warning = told(at, episode(1, 2))
    at.act(warning, "edit", OPERATOR, headline={"vi": "Khác", "en": "Other"})
    at.wait(days=400)
    assert recompute(at.desk(), found(at.desk(), warning.id)).same
    forged = warning.model_copy(
        update={"drafted": warning.drafted.model_copy(update={"severity": "Extreme"})}
    )
    assert recompute(at.desk(), forged).differing == ("severity",)
    assert recompute(at.desk(), at.draft()).reason == "no rule wrote it: hand"


def test_recompute_uses_the_rows_of_that_time_not_todays() -> None:
    at = World()
    warning = told(at, episode(1, 2))
    newer = {**DOCUMENTS, "mappings": [dict(row) for row in DOCUMENTS["mappings"]]}
    row = next(r for r in newer["mappings"] if r["id"] == "river-level")
    levels = [{**level, "severity": "Extreme"} for level in row["levels"]]
    newer["mappings"].append({**row, "version": 2, "levels": levels})
    at.book = from_documents(newer, "newer")
    assert recompute(at.desk(), warning).same
    fresh = told(at, episode(1, 1, episode_id="01HZZZZZZZZZZZZZZZZZZZZZZW"))
    assert fresh.drafted.severity == "Extreme"


def test_the_risk_level_only_where_the_area_is_known() -> None:
    event = episode(1, 2)
    assert risk_level(book(), "river_flood", event, local_date(T0)) is None

    def level(area: int, alarm: int, value: float) -> int | None:
        stations = [
            {**s, "risk_area": area} if s["id"] == "kim-long" else s for s in DOCUMENTS["stations"]
        ]
        known = from_documents({**DOCUMENTS, "stations": stations}, "x")
        row = risk_level(known, "river_flood", episode(1, alarm, value=value), local_date(T0))
        return row.level if row else None

    assert [level(1, 1, 1.4), level(1, 2, 2.7), level(1, 3, 4.0)] == [1, 1, 2]
    assert [level(2, 2, 2.7), level(3, 2, 2.7), level(4, 1, 1.4)] == [2, 2, 2]
    assert [level(4, 2, 2.7), level(4, 3, 3.79), level(4, 3, 3.9)] == [3, 3, None]
    assert level(1, 4, 4.6) is None  # past what was read: the operator sets it


def report(n: int, lat: float, lon: float, minutes: float = 0, **changes: Any) -> ReportChanged:
    base: dict[str, Any] = {
        "report_id": f"01HR{n:022}",
        "code": f"PA-{n}",
        "seq": 1,
        "action": "submit",
        "at": T0 + timedelta(minutes=minutes),
        "actor": "citizen",
        "to_state": "RECEIVED",
        "after": Facts(bucket=Bucket.PENDING, category="flooding", ward="19774"),
        "place": ReportPlace(lat=lat, lon=lon),
    }
    return REPORT_EVENTS["submit"](**{**base, **changes})


def heard(at: World, event: ReportChanged) -> Alert | None:
    return nearby.on_report(at.desk(), event)


def test_two_reports_near_one_another_within_the_hour_make_one_draft() -> None:
    at = World()
    assert heard(at, report(1, 16.460, 107.560)) is None
    assert heard(at, report(1, 16.460, 107.560)) is None  # the same one again
    at.wait(minutes=20)
    warning = heard(at, report(2, 16.462, 107.561, 20))
    assert warning is not None and warning.kind == "road_flood"
    assert warning.drafted.certainty == "Likely" and warning.verdict == "open"
    assert warning.drafted.fields["reports"] == 2
    assert warning.provenance.report_ids == (f"01HR{1:022}", f"01HR{2:022}")
    lat, lon, metres = warning.drafted.area.circles[0]
    assert (round(lat, 3), round(lon, 4)) == (16.461, 107.5605) and 200 < metres < 300
    third = heard(at, report(3, 16.461, 107.560, 25))
    assert third is not None and third.id == warning.id
    assert len(at.said("alert_drafted")) == 1
    assert recompute(at.desk(), warning).same


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (report(2, 16.480, 107.560, 20), "too far"),
        (report(2, 16.460, 107.560, 61), "too late"),
        (
            report(2, 16.460, 107.560, 5, after=Facts(bucket=Bucket.PENDING, category="noise")),
            "another matter",
        ),
        (report(2, 16.460, 107.560, 5, place=None), "no place"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_far_late_or_different_does_not_add_up(second: ReportChanged, why: str) -> None:
    at = World()
    heard(at, report(1, 16.460, 107.560))
    at.now = second.at
    assert heard(at, second) is None, why
    assert at.said("alert_drafted") == []


def test_the_replayed_past_is_no_news() -> None:
    at = World()
    at.wait(days=300)
    assert heard(at, report(1, 16.46, 107.56)) is None
    assert heard(at, report(2, 16.46, 107.56)) is None
    assert at.table.query("NEARBY#flooding#w6ugh")[0] == []


def seen(n: int = 1, kind: str = "fire_detection", **changes: Any) -> Detection:
    base = {
        "detection_id": f"cam-{n}", "kind": kind, "lat": 16.40, "lon": 107.56,
        "at": T0, "source": "tower",
    }  # fmt: skip
    return Detection.model_validate({**base, **changes})


def test_a_detection_waits_for_a_verdict_and_goes_to_nobody() -> None:
    at = World()
    warning = detections.detect(at.desk(), seen())
    assert detections.detect(at.desk(), seen()).version == warning.version
    assert warning.verdict == "open" and warning.drafted.roles == ("ioc_operator", "ioc_supervisor")
    with pytest.raises(NotAllowedNow) as refused:
        at.act(warning, "submit", OPERATOR)
    assert refused.value.extra["needs"] == "verdict_given"
    assert recompute(at.desk(), warning).same
    with pytest.raises(Invalid):
        detections.detect(at.desk(), seen(kind="storm"))


def test_fire_that_a_person_confirmed_on_a_camera_waits_here_once() -> None:
    at = World()
    told = HazardConfirmed(
        violation_id="v1", hazard="smoke", camera_id="cam-1", lat=16.41, lon=107.565,
        seen_at=T0, score=0.7, at=T0,
    )  # fmt: skip
    drafts = {detections.on_hazard(at.desk(), told).id for _ in range(2)}
    assert len(drafts) == 1
    warning = detections.on_hazard(at.desk(), told)
    assert (warning.kind, warning.origin) == ("fire_detection", "detection")


def test_smoke_that_turns_out_to_be_a_fire_is_a_severe_warning_for_all() -> None:
    at = World()
    warning = detections.detect(at.desk(), seen())
    with pytest.raises(Invalid):
        at.act(warning, "confirm", OPERATOR)  # what is it?
    with pytest.raises(Invalid):
        at.act(warning, "confirm", OPERATOR, kind="storm")
    place = {"vi": "đồi Thiên An", "en": "Thiên An hill"}
    fire = at.act(warning, "confirm", OPERATOR, kind="forest_fire", fields={"place": place})
    assert fire.draft is not None
    assert (fire.draft.severity, fire.draft.urgency, fire.draft.certainty) == (
        "Severe", "Immediate", "Observed",
    )  # fmt: skip
    assert fire.draft.headline.vi == "Cháy rừng tại đồi Thiên An" and fire.draft.roles is None
    at.out(fire)
    [event] = at.released()
    assert (event.kind, event.lane, event.roles) == ("forest_fire", "P0", None)


def test_straw_burning_goes_to_agencies_alone_and_into_no_public_list() -> None:
    from city.alerts.store import channel

    at = World()
    warning = detections.detect(at.desk(), seen())
    at.out(at.act(warning, "confirm", OPERATOR, kind="straw_burning"))
    [event] = at.released()
    assert event.roles is not None and "citizen" not in event.roles
    assert CITIZEN.roles.isdisjoint(event.roles)
    assert at.desk().alerts.active(channel("Actual", public=True)) == []
    assert len(at.desk().alerts.active(channel("Actual", public=False))) == 1
    held = at.desk().alerts.document(event.identifier)
    assert held is not None and held["public"] is False
    assert "<scope>Restricted</scope>" in held["xml"]


def test_a_denied_detection_is_not_released_and_a_verdict_is_given_once() -> None:
    at = World()
    false = detections.detect(at.desk(), seen(1))
    assert at.act(false, "deny", OPERATOR, reason="hơi nước").state is State.REJECTED
    with pytest.raises(NotAllowedNow):
        at.act(false, "confirm", OPERATOR, kind="forest_fire")
    road = detections.detect(at.desk(), seen(2, "road_flood", source="camera"))
    assert at.act(road, "confirm", OPERATOR).state is State.DRAFT
    with pytest.raises(NotAllowedNow):
        at.act(road, "deny", OPERATOR, reason="nhầm")


def test_not_even_a_named_case_releases_what_nobody_looked_at() -> None:
    at = World()
    fire = detections.detect(at.desk(), seen(1, "forest_fire"))
    now = {"case": "fire_at_homes", "reason": "lửa sát khu dân cư"}
    with pytest.raises(NotAllowedNow):
        at.act(fire, "release_now", SUPERVISOR, **now)
    at.act(fire, "confirm", OPERATOR)
    assert at.act(fire, "release_now", SUPERVISOR, **now).state is State.ACTIVE
    assert at.released()[0].lane == "P0"


def _meteor() -> dict[str, Any]:
    """A hazard that nobody thought of, as one more row."""
    road = next(k for k in DOCUMENTS["kinds"] if k["id"] == "city_bulletin")
    return {
        **road,
        "id": "jellyfish",
        "name": {"vi": "Sứa độc", "en": "Jellyfish"},
        "event": {"vi": "Sứa độc", "en": "Jellyfish"},
        "categories": ["Health"],
        "fields": [
            {
                "name": "beach", "type": "name", "required": True,
                "label": {"vi": "Bãi tắm", "en": "Beach"},
            }
        ],
        "words": {
            "headline": [{"vi": "Sứa độc tại {beach}", "en": "Jellyfish at {beach}"}],
            "description": [{"vi": "Khu vực: {area}.", "en": "Area: {area}."}],
            "instruction": {"*": [{"vi": "Không xuống nước.", "en": "Stay out of the water."}]},
        },
        "example": {"severity": "Minor", "fields": {"beach": "Thuận An"}},
    }  # fmt: skip


def test_a_new_hazard_is_data_only() -> None:
    from city.alerts import views
    from city.alerts.view_models import AlertQuery

    mapping = next(m for m in DOCUMENTS["mappings"] if m["id"] == "seen-road")
    more = {
        **DOCUMENTS,
        "kinds": [*DOCUMENTS["kinds"], _meteor()],
        "mappings": [
            *DOCUMENTS["mappings"],
            {**mapping, "id": "m", "matches": "jellyfish", "kind": "jellyfish"},
        ],
    }  # fmt: skip
    at = World(book=from_documents(more, "more"))
    at.out(at.draft("jellyfish", fields={"beach": "Thuận An"}))
    [shown] = views.listing(at.desk(), AlertQuery(kind="jellyfish")).items
    assert shown.headline == at.released()[0].headline
    assert shown.fields[0].words.vi == "Thuận An"
    with pytest.raises(Invalid):  # its rule says so, but a required field cannot be guessed
        detections.detect(at.desk(), seen(kind="jellyfish"))


def test_every_sentence_names_fields_that_its_kind_has() -> None:
    import re

    for kind in book().kinds:
        known = {f.name for f in kind.fields} | {"area", "severity"}
        words = [*kind.words.headline, *kind.words.description]
        words += itertools.chain.from_iterable(kind.words.instruction.values())
        for each in words:
            in_vi, in_en = (set(re.findall(r"{(\w+)}", text)) for text in (each.vi, each.en))
            assert in_vi == in_en <= known, (kind.id, each.vi)
