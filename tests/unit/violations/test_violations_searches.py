"""Searches under warrant, precision and thresholds, the evidence pack, the triggers."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from city.contracts.cameras import RecordingSearched
from city.contracts.watching import plate_hash
from city.kernel.page import PageQuery
from city.kernel.problems import Conflict, Invalid, NotFound
from city.violations import custody, intake, pack, precision, search_chain, searches
from city.violations.precision import Accept, PrecisionQuery, proposed, wilson
from city.violations.refusals import EvidenceChanged, NotReleased, SamePerson, WrongState
from city.violations.search_models import Decision, NewSearch, SearchView
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from unit_app import fresh
from violations_world import CHIEF, LAN, MINH, OFFICER, STRANGER, T0, World

PAGE = PageQuery(cursor=None, limit=20)


def asked(world: World, kind: str = "watch", **more: Any) -> SearchView:
    told: dict[str, Any] = {
        "kind": kind, "plates": ["75A-123.45"], "purpose": "stolen_vehicle",
        "warrant": "12/LKX-PC02", "issued_by": "Công an thành phố",
        "since": T0 - timedelta(days=30), "until": T0 + timedelta(days=20),
    }  # fmt: skip
    return searches.ask(world.desk(), NewSearch(**{**told, **more}), LAN)


def released(world: World, kind: str = "watch", **more: Any) -> str:
    search = asked(world, kind, **more)
    searches.decide(world.desk(), search.id, Decision(release=True), CHIEF)
    return search.id


def audit(world: World, id_: str) -> list[str]:
    shown = custody.chain(world.desk(), f"SEARCH#{id_}", PAGE)
    assert shown.broken_at is None
    return [entry.action for entry in shown.items]


def test_a_search_does_nothing_until_a_second_person_releases_it() -> None:
    world = World()
    search = asked(world, "history")
    with pytest.raises(NotReleased):
        searches.results(world.desk(), search.id, PAGE, CHIEF)
    with pytest.raises(SamePerson):
        searches.decide(world.desk(), search.id, Decision(release=True), LAN)
    searches.decide(world.desk(), search.id, Decision(release=False, note="no"), CHIEF)
    with pytest.raises(Conflict):
        searches.decide(world.desk(), search.id, Decision(release=True), CHIEF)
    with pytest.raises(NotReleased):
        searches.results(world.desk(), search.id, PAGE, CHIEF)
    assert audit(world, search.id) == ["asked", "refused"]
    assert world.events("watch_list_changed") == []


def test_workers_get_salted_hashes_and_neither_rows_nor_events_a_plate() -> None:
    world = World()
    id_ = released(world)
    told = world.events("watch_list_changed")[-1]
    assert told["plate_hashes"] == [plate_hash("75A12345", told["salt"])]
    assert "75A12345" not in json.dumps(world.events("watch_list_changed"))
    assert "75A12345" not in str(world.memory.rows())
    searches.end(world.desk(), id_, CHIEF)
    after = world.events("watch_list_changed")[-1]
    assert (after["version"], after["plate_hashes"]) == (2, [])
    assert after["salt"] != told["salt"]


def test_every_hit_and_every_miss_is_in_the_audit() -> None:
    world = World()
    seen, unseen = released(world), released(world, plates=["75B99999"])
    hit = world.made("h", kind="watch_list", rule_id="watch-list")
    for _ in range(3):
        intake.take(world.desk(), hit)
    assert audit(world, seen) == ["asked", "released", "hit"]
    world.wait(days=21)
    assert searches.tend(world.desk()) == 2
    assert searches.tend(world.desk()) == 0
    assert audit(world, seen)[-1] == "ended"
    assert audit(world, unseen) == ["asked", "released", "miss"]
    with pytest.raises(NotReleased):
        searches.end(world.desk(), seen, CHIEF)


def test_the_past_of_a_plate_is_found_within_the_window_and_page_by_page() -> None:
    world = World()
    for n in range(5):
        world.case(f"v{n}")
        world.wait(days=1)
    world.case("other", plate="75C00001")
    id_ = released(world, "history", plates=["75A12345", "75Z00000"], since=T0, until=T0
                   + timedelta(days=3, seconds=1))  # fmt: skip
    first = searches.results(world.desk(), id_, PageQuery(cursor=None, limit=3), CHIEF)
    assert [each.violation_id for each in first.items] == ["v0", "v1", "v2"]
    rest = searches.results(world.desk(), id_, PageQuery(cursor=first.next_cursor, limit=3), CHIEF)
    assert [each.violation_id for each in rest.items] == ["v3"]
    whole = searches.results(world.desk(), id_, PAGE, CHIEF)
    assert whole.missed == ["75Z00000"]
    missing = released(world, "history", plates=["75Z00000"])
    assert searches.results(world.desk(), missing, PAGE, CHIEF).items == []
    assert audit(world, missing)[-1] == "miss"
    assert audit(world, id_).count("hit") == 3


def test_a_recording_is_searched_once_released_and_its_hits_and_misses_are_in_the_audit() -> None:
    world = World()
    more = {"camera_id": "cam-1", "recording_key": "recordings/cam-1/x.mp4"}
    for wrong in ({}, {**more, "camera_id": "cam-2"}, {"camera_id": "cam-1"}):
        with pytest.raises(ValueError):
            asked(world, "recording", **wrong)
    id_, empty = released(world, "recording", **more), released(world, "recording", **more)
    first = world.events("recording_search_released")[0]
    assert first["plate_hashes"] == [plate_hash("75A12345", first["salt"])]
    assert "75A12345" not in json.dumps(world.events("recording_search_released"))
    seen = RecordingSearched(
        search_id=id_, camera_id="cam-1", plate="75A12345", seen_at=T0, detection_id="f1", at=T0
    )
    end = RecordingSearched(search_id=id_, camera_id="cam-1", found=1, frames=9, at=T0)
    none = end.model_copy(update={"search_id": empty, "found": 0})
    for event in (end, seen, seen, end, none, none):
        searches.searched(world.desk(), event)
    assert audit(world, id_) == ["asked", "released", "watched", "hit"]
    assert audit(world, empty) == ["asked", "released", "miss"]
    assert search_chain.found(world.desk(), id_).hits == 1
    stray = end.model_copy(update={"search_id": "no-search"})
    assert searches.searched(world.desk(), stray) is False


def test_a_corrected_plate_is_found_and_the_misread_one_is_not() -> None:
    world = World()
    world.case()
    world.act("confirm", plate="75A54321")
    ids = {}
    for plate in ("75A54321", "75A12345"):
        id_ = released(world, "history", plates=[plate])
        ids[plate] = len(searches.results(world.desk(), id_, PAGE, CHIEF).items)
    assert ids == {"75A54321": 1, "75A12345": 0}


def test_what_cannot_be_asked_for() -> None:
    world = World()
    wrongs: tuple[dict[str, Any], ...] = (
        {"until": T0 - timedelta(days=40)},
        {"until": T0 + timedelta(days=31)},
    )
    for wrong in wrongs:
        with pytest.raises(Invalid):
            asked(world, **wrong)
    with pytest.raises(ValueError):
        asked(world, plates=["'; DROP"])
    with pytest.raises(ValueError):
        asked(world, warrant="")
    with pytest.raises(NotFound):
        searches.decide(world.desk(), "no-search", Decision(release=True), CHIEF)


def test_precision_is_what_people_said_and_a_proposal_takes_the_next_version() -> None:
    world = World()
    for n in range(40):
        score, right = (0.9, True) if n % 2 else (0.45, n % 10 == 0)
        world.case(f"v{n}", score=score, evidence=())
        reason: dict[str, Any] = {} if right else {"reason": "false_alarm"}
        world.act("confirm" if right else "deny", f"v{n}", **reason)
    world.case("dup", evidence=())
    world.act("deny", "dup", reason="duplicate")  # not the machine's mistake
    (row,) = precision.table(world.desk(), PrecisionQuery(cursor=None, limit=20)).items
    assert (row.judged, row.confirmed) == (40, 24)
    assert row.precision is not None
    assert (row.precision.low, row.precision.high) == (0.446, 0.7365)
    assert row.proposal is not None
    assert (row.proposal.min_score, row.proposal.spared_denied, row.proposal.lost_confirmed) == (
        0.5, 16, 4,
    )  # fmt: skip
    accept = Accept(min_score=0.5)
    precision.accept(world.desk(), "cam-1", "red-light", 1, accept, CHIEF)
    with pytest.raises(Conflict):
        precision.accept(world.desk(), "cam-1", "red-light", 1, accept, CHIEF)
    (told,) = world.events("threshold_accepted")
    assert (told["from_version"], told["min_score"], told["by"]) == (1, 0.5, "chief")
    with pytest.raises(NotFound):
        precision.accept(world.desk(), "cam-1", "red-light", 2, accept, CHIEF)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=20, max_size=20))
def test_a_proposal_is_better_and_loses_little(buckets: list[tuple[int, int]]) -> None:
    right, wrong = [c for c, _ in buckets], [d for _, d in buckets]
    made = proposed(right, wrong)
    if made is not None:
        assert made.precision.share >= precision.WANTED > sum(right) / sum(right + wrong)
        assert made.kept_confirmed >= 0.8 * sum(right)


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilsons_interval_holds_its_share(successes: int, total: int) -> None:
    successes = min(successes, total)
    made = wilson(successes, total)
    assert made is not None
    assert 0 <= made.low <= made.share <= made.high <= 1


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (160, 90), "grey").save(out, "JPEG")
    return out.getvalue()


def handed(world: World) -> None:
    (item,) = world.files("v1", "at")
    data = picture()
    world.evidence.write(item.key, data)
    item = item.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})
    world.case(evidence=(item, *world.files("v1", "clip")))
    world.act("confirm")
    world.act("transfer")


def test_the_pack_holds_what_was_signed_and_is_the_same_whenever_it_is_made() -> None:
    world = World()
    handed(world)
    made = pack.keep(world.desk(), "v1")
    world.wait(days=9)
    world.packs.held.clear()
    given_ = pack.give(world.desk(), "v1", OFFICER)
    assert given_.sha256 == made.sha256
    assert world.packs.held[made.key] == made.data
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        names = archive.namelist()
        assert names == [
            "SHA256SUMS", "evidence/01-at.jpg", "evidence/02-clip.mp4", "manifest.json",
            "report.pdf",
        ]  # fmt: skip
        for line in archive.read("SHA256SUMS").decode().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.read("report.pdf").startswith(b"%PDF")
    assert [f["sha256"] for f in manifest["files"]] == [
        hashlib.sha256(world.evidence.held[k]).hexdigest()
        for k in ("evidence/cam-1/v1/at", "evidence/cam-1/v1/clip")
    ]
    assert [e["action"] for e in manifest["chain_of_custody"]] == [
        "received", "confirmed", "transferred",
    ]  # fmt: skip
    assert world.actions()[-2:] == ["pack_made", "pack_read"]
    with pytest.raises(NotFound):
        pack.give(world.desk(), "v1", STRANGER)


@pytest.mark.parametrize("fault", ["altered", "missing"])
def test_no_pack_is_made_of_evidence_that_is_not_what_was_signed(fault: str) -> None:
    world = World()
    handed(world)
    if fault == "altered":
        world.evidence.held["evidence/cam-1/v1/clip"] += b"!"
    else:
        del world.evidence.held["evidence/cam-1/v1/clip"]
    with pytest.raises(EvidenceChanged):
        pack.keep(world.desk(), "v1")


def test_no_pack_before_a_case_is_handed_over() -> None:
    world = World()
    world.case()
    with pytest.raises(WrongState):
        pack.give(world.desk(), "v1", MINH)


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = fresh("violations")
    module.world = World()  # type: ignore[attr-defined]
    monkeypatch.setattr(module, "desk", lambda: module.world.desk())
    return module


def test_events_from_the_bus_reach_the_review(unit: ModuleType) -> None:
    world: World = unit.world
    handed(world)
    judged = next(e for e in world.bus.events if e.data.get("step") == "transferred")
    made = world.made("w1")
    told = [
        judged.model_dump(),
        {**judged.model_dump(), "id": "x", "type": made.event_type(),
         "data": made.model_dump(mode="json")},
    ]  # fmt: skip
    records = [
        {"messageId": str(n), "eventSource": "aws:sqs", "body": json.dumps(body),
         "eventSourceARN": "arn:aws:sqs:x:0:hues-test-violations-events"}
        for n, body in enumerate(told)
    ]  # fmt: skip
    for _ in range(2):
        assert unit.events({"Records": records}, None) == {"batchItemFailures": []}
    assert len(world.packs.held) == 1
    assert world.actions().count("pack_made") == 1
    assert world.get("w1").detections == 1
    unit.events({"schedule": "sweep"}, None)


def test_strangers_are_turned_away(unit: ModuleType) -> None:
    for method, path in (
        ("GET", "/v1/violations"),
        ("POST", "/v1/violations/next"),
        ("GET", "/v1/violations/v1/evidence"),
        ("GET", "/v1/violations/searches"),
    ):
        event: dict[str, Any] = {
            "httpMethod": method,
            "path": path,
            "headers": {},
            "requestContext": {},
            "body": None,
        }
        assert unit.app(event, None)["statusCode"] == 401
    event = {"httpMethod": "GET", "path": "/v1/violations/statistics", "headers": {},
             "requestContext": {}, "body": None}  # fmt: skip
    assert json.loads(unit.app(event, None)["body"])["all"]["detections"] == 0
