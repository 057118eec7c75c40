"""No face reaches a worker without flag, basis, two people and time; all of it is audited."""

import base64
import io
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from city.adapters.sealed import seal, unseal
from city.adapters.table import Put
from city.cameras import faces as registry_faces
from city.cameras import rules as registry_rules
from city.cameras.refusals import NoLegalBasis
from city.contracts.violations import FACES_SEALED_FOR, FaceListChanged
from city.contracts.watching import FaceList
from city.kernel.page import PageQuery
from city.kernel.problems import Conflict, Invalid, NotFound
from city.violations import custody, face_search, intake, search_chain, searches
from city.violations.face_models import Enrolled
from city.violations.refusals import NoBasis, NotReleased, SamePerson, TooManyFaces
from city.violations.search_models import NewSearch
from faces_world import ADMIN, CHIEF, LAN, MODEL, T0, VECTOR, Faces, photo
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

PAGE = PageQuery(cursor=None, limit=20)


def audit(world: Faces, id_: str) -> list[str]:
    shown = custody.chain(world.review.desk(), f"SEARCH#{id_}", PAGE)
    assert shown.broken_at is None
    return [entry.action for entry in shown.items]


def ready() -> Faces:
    world = Faces()
    world.basis()
    world.flag()
    return world


def test_a_face_is_looked_for_when_everything_is_there_and_forgotten_at_the_end() -> None:
    world = ready()
    id_ = world.in_force()
    config = world.told()
    (rule,) = (r for r in config.rules if isinstance(r, FaceList))
    (wanted,) = rule.wanted
    assert (wanted.entry, wanted.vector, wanted.model) == (id_, VECTOR, MODEL)
    assert wanted.basis == "QĐ 12/2026"
    assert {"lan", "chief"}.isdisjoint({wanted.asked_by, wanted.released_by})
    assert wanted.asked_by != wanted.released_by
    held = world.registry.health(config)
    searches.end(world.review.desk(), id_, CHIEF)
    world.carry()
    assert world.registry.report("a", held).renew == ("cam-1",)
    assert world.looked_for() == []
    assert world.review.evidence.held == {}
    assert search_chain.found(world.review.desk(), id_).vector is None
    assert audit(world, id_) == ["asked", "released", "enrolled", "miss"]


@pytest.mark.parametrize("missing", ["flag", "basis", "second", "time", "vector", "end of basis"])
def test_each_missing_control_keeps_the_face_from_workers(missing: str) -> None:
    world = Faces()
    world.basis(days=2)
    if missing != "flag":
        world.flag()
    id_ = world.asked(days=1).id
    if missing == "second":
        with pytest.raises(SamePerson):
            world.decide(id_, replace_roles(CHIEF))
        with pytest.raises(NotReleased):
            world.enrol(id_)
    else:
        world.decide(id_)
        if missing != "vector":
            world.enrol(id_)
    if missing == "basis":
        world.basis(since=timedelta(days=1))
    if missing == "time":
        world.wait(days=1)
    if missing == "end of basis":
        world.basis(days=0.1)
        world.wait(hours=3)
    assert world.looked_for() == []


def replace_roles(who: Any) -> Any:
    """The one who asked, with the office of who releases."""
    return who.model_copy(update={"user_id": LAN.user_id})


REFUSALS = (
    NoBasis, NoLegalBasis, TooManyFaces, SamePerson, NotReleased, Conflict, Invalid, NotFound,
)  # fmt: skip
STEPS = st.sampled_from(
    ["ask", "release", "release own", "refuse", "enrol", "end", "basis", "short basis",
     "later basis", "flag", "unflag", "hours", "day", "tend", "carry"]
)  # fmt: skip


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_a_worker_is_told_only_what_is_lawful(steps: list[str]) -> None:
    world = Faces()
    ids: list[str] = []
    for step in steps:
        with suppress(*REFUSALS):
            take(world, step, ids)
        lawful(world, ids)


def take(world: Faces, step: str, ids: list[str]) -> None:
    desk = world.review.desk()
    newest = ids[-1] if ids else "none"
    if step == "ask":
        ids.append(world.asked(days=3 if len(ids) % 2 else 1).id)
    elif step == "release":
        world.decide(newest)
    elif step == "release own":
        world.decide(newest, replace_roles(CHIEF))
    elif step == "refuse":
        world.decide(newest, release=False)
    elif step == "enrol":
        face_search.enrol(desk, newest, Enrolled(model=MODEL, vector=VECTOR), "e")
    elif step == "end":
        searches.end(desk, newest, CHIEF)
    elif step.endswith("basis"):
        world.basis(
            days=1 if step.startswith("short") else 9,
            since=timedelta(hours=9 if step.startswith("later") else 0),
        )
    elif step in ("flag", "unflag"):
        world.flag(on=step == "flag")
    elif step in ("hours", "day"):
        world.wait(hours=5 if step == "hours" else 24)
    elif step == "tend":
        world.tend()
    else:
        world.carry()


def lawful(world: Faces, ids: list[str]) -> None:
    told = world.told()
    entries = {w.entry: w for r in told.rules if isinstance(r, FaceList) for w in r.wanted}
    assert set(entries) <= set(ids)
    camera = world.registry.desk().camera("cam-1")
    basis = world.registry.desk().store.faces_basis()
    for id_, wanted in entries.items():
        search = search_chain.found(world.review.desk(), id_)
        assert told.faces
        assert camera.faces
        assert basis is not None
        assert basis.holds(world.now)
        assert search.decided_by not in (None, search.asked_by)
        assert world.now < wanted.until <= min(search.until, basis.valid_until)
    # What is over leaves nothing behind, once the sweep has run.
    for id_ in ids:
        search = search_chain.found(world.review.desk(), id_)
        if search.state in ("refused", "ended"):
            assert search.vector is None
        if search.state == "refused":
            assert f"face-references/{id_}" not in world.review.evidence.held


def test_a_basis_that_is_cut_short_ends_the_entry_at_the_worker_even_without_a_city() -> None:
    world = ready()
    world.in_force(days=10)
    before = world.told()
    world.basis(days=1)
    assert world.registry.report("a", world.registry.health(before)).renew == ("cam-1",)
    (rule,) = (r for r in world.told().rules if isinstance(r, FaceList))
    assert rule.valid_until == rule.wanted[0].until == world.now + timedelta(days=1)


def test_it_is_asked_for_under_a_basis_and_no_longer_than_it() -> None:
    world = Faces()
    with pytest.raises(NoBasis):
        world.asked()
    world.basis(days=5)
    with pytest.raises(Invalid):
        world.asked(days=6)
    id_ = world.asked(days=5).id
    world.basis(days=4)
    with pytest.raises(Invalid):
        world.decide(id_)
    world.wait(days=6)
    with pytest.raises(NoBasis):
        world.decide(id_)


@pytest.mark.parametrize(
    "wrong",
    [{"photo": None}, {"plates": ["75A12345"]}, {"kind": "watch"}, {"warrant": ""},
     {"photo": photo(40)}, {"photo": "AAAA"}, {"photo": "not base64!"}],
)  # fmt: skip
def test_what_cannot_be_asked_for(wrong: dict[str, Any]) -> None:
    world = ready()
    with pytest.raises((Invalid, ValueError)) as fault:
        world.asked(**wrong)
    assert len(str(fault.value)) < 500  # no photo in an error
    assert world.review.evidence.held == {}


def test_ten_faces_together_and_no_more() -> None:
    world = ready()
    ids = [world.asked().id for _ in range(11)]
    for id_ in ids[:10]:
        world.decide(id_)
        world.enrol(id_)
    with pytest.raises(TooManyFaces):
        world.decide(ids[10])
    assert world.looked_for() == ids[:10]
    searches.end(world.review.desk(), ids[0], CHIEF)
    world.decide(ids[10])
    for _ in range(20):  # asked for and released, thirty may be open
        world.asked()
    with pytest.raises(TooManyFaces):
        world.asked()


def test_the_photo_lies_encrypted_bare_and_goes_with_the_search() -> None:
    world = ready()
    id_ = world.asked().id
    ((key, kept),) = world.review.evidence.held.items()
    assert key == f"face-references/{id_}"
    assert not kept.startswith(b"\xff\xd8")
    shown = face_search.photo(world.review.desk(), id_, CHIEF)
    with Image.open(io.BytesIO(base64.b64decode(shown.data))) as opened:
        assert not opened.getexif()
    assert audit(world, id_) == ["asked", "photo_read"]
    world.decide(id_, release=False)
    assert world.review.evidence.held == {}
    with pytest.raises(NotFound):
        face_search.photo(world.review.desk(), id_, CHIEF)


def test_nothing_of_a_face_is_in_the_clear_in_rows_or_events() -> None:
    world = ready()
    world.in_force()
    number = str(VECTOR[0])
    for told in (world.review.bus.events, world.review.memory.rows(), world.registry.memory.rows()):
        assert number not in str(told)
    assert number in world.told().model_dump_json()


def test_nobody_makes_a_vector_before_the_release_and_each_photo_given_is_written_down() -> None:
    world = ready()
    id_ = world.asked().id
    assert face_search.next_photo(world.review.desk(), "e1").items == []
    world.decide(id_)
    (item,) = face_search.next_photo(world.review.desk(), "e1").items
    assert item.search_id == id_
    assert base64.b64decode(item.photo).startswith(b"\xff\xd8")
    assert face_search.next_photo(world.review.desk(), "e2").items == []  # e1 has it
    world.wait(minutes=3)
    assert len(face_search.next_photo(world.review.desk(), "e2").items) == 1
    world.enrol(id_, vector=None, miss="several_faces")
    assert world.looked_for() == []
    assert audit(world, id_) == ["asked", "released", "photo_given", "photo_given", "not_enrolled"]
    with pytest.raises(NotReleased):
        world.enrol(id_)
    later = world.asked().id
    world.decide(later)
    world.wait(days=30)
    assert face_search.next_photo(world.review.desk(), "e1").items == []


@pytest.mark.parametrize(
    "wrong", [{"vector": None}, {"miss": "no_face"}, {"vector": (0.0,) * 128}, {"vector": (1.0,)},
              {"vector": (float("nan"),) * 128}, {"model": "x"}],
)  # fmt: skip
def test_an_answer_is_a_vector_or_a_reason(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Enrolled(**{"model": MODEL, "vector": VECTOR, **wrong})


def test_a_likeness_is_a_candidate_in_the_queue_and_an_entry_of_the_audit_once() -> None:
    world = ready()
    id_ = world.in_force()
    seen = likeness(world, id_)
    assert world.registry.take(seen) == "taken"
    assert world.registry.take(seen) == "duplicate"
    (told,) = world.registry.events("detection_made")
    assert told["rule_name"]["en"] == "Maybe a wanted person (not identified)"
    event = world.review.made("f1", kind="face_list", rule_id="face-list", plate=None)
    event = event.model_copy(update={"detection": seen})
    for _ in range(3):
        intake.take(world.review.desk(), event)
    shown = face_search.hits(world.review.desk(), id_, PAGE, CHIEF)
    ((hit), entry) = shown.items, shown.entry
    assert [(h.camera_id, h.metric, h.measure, h.line) for h in hit] == [
        ("cam-1", "distance", 0.41, 0.5)
    ]
    assert audit(world, id_) == ["asked", "released", "enrolled", "hit", "looked"]
    assert entry == 5
    world.wait(days=11)
    world.tend()
    assert audit(world, id_)[-1] == "ended"  # with hits it is no miss
    assert world.review.get("f1").kind == "face_list"


def likeness(world: Faces, said: str) -> Any:
    return world.registry.detection(
        "f1", rule_id="face-list", kind="face_list", said=said, score=0.6,
        epoch=world.told().epoch, measures={"distance": 0.41, "line": 0.5},
    )  # fmt: skip


@pytest.mark.parametrize("why", ["flag", "basis", "other", "ended", "recording"])
def test_a_likeness_without_what_it_needs_is_refused_with_its_files(why: str) -> None:
    world = ready()
    id_ = world.in_force()
    seen = likeness(world, "somebody" if why == "other" else id_)
    if why == "flag":
        world.flag(on=False)
    elif why == "basis":
        world.basis(since=timedelta(days=1))
    elif why == "ended":
        searches.end(world.review.desk(), id_, CHIEF)
        world.carry()
    elif why == "recording":
        seen = seen.model_copy(update={"job_id": "job-1"})
    assert world.registry.take(seen) == "refused"
    assert world.registry.events("detection_made") == []


def test_two_people_near_each_other_are_two_cases() -> None:
    world = ready()
    first, second = world.in_force(), world.in_force()
    seen = likeness(world, first)
    other = seen.model_copy(update={"detection_id": "f2", "said": second})
    again = seen.model_copy(update={"detection_id": "f3"})
    assert [world.registry.take(each) for each in (seen, other, again)] == [
        "taken", "taken", "merged",
    ]  # fmt: skip


def test_a_hit_of_a_search_that_is_over_is_told_to_nobody() -> None:
    world = ready()
    id_ = world.in_force()
    event = world.review.made("f1", kind="face_list", plate=None, said=id_)
    searches.end(world.review.desk(), id_, CHIEF)
    assert face_search.hit(world.review.desk(), event) == 0
    stray = world.review.made("f2", kind="face_list", plate=None, said="nobody")
    assert face_search.hit(world.review.desk(), stray) == 0


def test_what_nobody_decides_or_whose_time_or_basis_is_over_ends_by_itself() -> None:
    world = ready()
    undecided, lasting, hidden = world.asked().id, world.in_force(), world.in_force(days=2)
    world.wait(days=3)
    assert world.looked_for() == [lasting]  # at once, before any sweep
    world.tend()
    assert audit(world, hidden)[-1] == "miss"
    assert world.looked_for() == [lasting]
    world.wait(days=5)
    world.tend()
    assert audit(world, undecided) == ["asked", "lapsed"]
    world.basis(since=timedelta(days=1))
    world.tend()
    assert audit(world, lasting)[-1] == "miss"
    assert world.review.evidence.held == {}
    assert not world.registry.desk().camera("cam-1").faces  # the flag ended with the basis


def test_what_a_death_left_is_put_right_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    world = ready()
    id_ = world.in_force()

    def dies(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(face_search, "over", dies)
        with pytest.raises(RuntimeError):
            searches.end(world.review.desk(), id_, CHIEF)
    assert world.review.evidence.held
    world.tend()
    assert world.review.evidence.held == {}
    assert world.looked_for() == []


def test_faces_are_not_drawn_by_hand_nor_taken_from_an_older_list() -> None:
    world = ready()
    words: dict[str, Any] = {"name_vi": "x", "name_en": "x", "valid_from": T0}
    by_hand = FaceList(rule_id="mine", **words)
    with pytest.raises(Invalid):
        registry_rules.draft(world.registry.desk(), "cam-1", by_hand, ADMIN)
    id_ = world.in_force()
    lists = [e for e in world.review.bus.events if e.type.endswith("face_list_changed.v1")]
    searches.end(world.review.desk(), id_, CHIEF)
    world.carry()
    old = FaceListChanged.model_validate(lists[0].data)
    assert registry_faces.take_list(world.registry.desk(), old) is False
    assert world.looked_for() == []


def test_entries_of_one_person_twice_are_not_passed_on() -> None:
    """The registry asks again for two people, whatever the list says."""
    world = ready()
    world.in_force()
    desk = world.registry.desk()
    row = desk.store.table.get("FACES", "LIST")
    assert row is not None
    told = json.loads(unseal(desk.secret, FACES_SEALED_FOR, row.doc["sealed"]))
    told[0]["released_by"] = told[0]["asked_by"]
    sealed = seal(desk.secret, FACES_SEALED_FOR, json.dumps(told).encode())
    changed = replace(row, doc={**row.doc, "sealed": sealed})
    desk.store.commit([Put(changed, row.version)])
    assert world.looked_for() == []


def test_no_vector_is_taken_nor_photo_given_once_the_basis_is_over() -> None:
    world = ready()
    id_ = world.asked().id
    world.decide(id_)
    world.basis(since=timedelta(days=1))
    assert face_search.next_photo(world.review.desk(), "e").items == []
    with pytest.raises(NotReleased):
        world.enrol(id_)


@pytest.mark.parametrize("second", [LAN.user_id, None])
def test_a_release_by_one_person_is_none_however_it_came_into_the_table(second: Any) -> None:
    world = ready()
    id_ = world.asked().id
    desk = world.review.desk()
    row = desk.store.table.get(f"SEARCH#{id_}", "META")
    assert row is not None
    forged = {**row.doc, "state": "released", "decided_by": second, "enrolment": "waiting"}
    desk.store.commit([Put(replace(row, doc=forged), row.version)])
    assert face_search.next_photo(desk, "e").items == []
    with pytest.raises(NotReleased):
        world.enrol(id_)
    assert face_search.hit(desk, world.review.made("f1", kind="face_list", said=id_)) == 0


def test_a_request_without_photo_or_with_plates_names_the_fault_in_two_languages() -> None:
    with pytest.raises(ValueError, match=r"\|"):
        NewSearch(
            kind="face", purpose="rescue", warrant="12345", issued_by="ab", since=T0,
            until=T0 + timedelta(days=1), plates=[],
        )  # fmt: skip
