"""Nobody is searched for without a basis, and a likeness is what the card's line says."""

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from city.contracts.cameras import Box, CameraConfig
from city.contracts.watching import FaceList
from faces_made import BASIS, LIST, UNTIL, Embedder, axis, card, face_list, wanted
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from vision_world import MORNING, box

from gpu_workers.cameras.faces import FaceSearch, LegalBasis, NotAllowed, Wanted
from gpu_workers.cameras.faces.looker import FaceListLooker, head_of
from gpu_workers.cameras.seen import Frame, Happening
from gpu_workers.cameras.vision import make_watch

NOISE = np.random.default_rng(3).integers(0, 255, (360, 640, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "missing",
    [
        {"enabled": False},
        {"embedder": None},
        {"wanted": []},
        {"wanted": [Wanted("w1", axis(0), None)]},
        {"wanted": [Wanted("w1", axis(0), LegalBasis("QĐ-12", "an", "an", UNTIL))]},
        {"wanted": [Wanted("w1", axis(0), LegalBasis("", "an", "binh", UNTIL))]},
        {"wanted": [Wanted("w1", axis(0), LegalBasis("QĐ-12", "", "binh", UNTIL))]},
        {"wanted": [Wanted("w1", axis(0, of=65), BASIS)]},
        {"wanted": [Wanted(f"w{n}", axis(n), BASIS) for n in range(11)]},
    ],
)
def test_without_everything_there_is_no_search(missing: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"enabled": True, "embedder": Embedder(), "wanted": LIST}
    FaceSearch(**whole)
    with pytest.raises(NotAllowed):
        FaceSearch(**{**whole, **missing})


def test_a_likeness_is_told_with_what_it_rests_on() -> None:
    near = axis(0) * 0.9 + axis(1) * 0.1
    embedder = Embedder(near, axis(0, 1, 2), axis(5))
    (hit,) = FaceSearch(enabled=True, embedder=embedder, wanted=LIST).look(NOISE, MORNING)
    assert (hit.entry, hit.reference) == ("w1", "QĐ-12/2026")
    assert hit.measure == pytest.approx(0.994, abs=0.001)
    assert 0.9 < hit.score <= 1


def test_one_face_may_be_like_two_of_the_list_and_each_entry_has_its_best_face() -> None:
    both = axis(0, 1)  # 0.71 with either
    hits = FaceSearch(enabled=True, embedder=Embedder(both, axis(1)), wanted=LIST).look(
        NOISE, MORNING
    )
    assert {hit.entry: round(hit.measure, 2) for hit in hits} == {"w1": 0.71, "w2": 1.0}


def test_an_entry_is_forgotten_when_its_basis_ends_and_then_nothing_is_embedded() -> None:
    sooner = LegalBasis("QĐ-1", "an", "binh", MORNING + timedelta(hours=1))
    embedder = Embedder(axis(0), axis(1))
    search = FaceSearch(
        enabled=True, embedder=embedder, wanted=[Wanted("w1", axis(0), sooner), LIST[1]]
    )
    assert len(search.look(NOISE, MORNING)) == 2
    assert [h.entry for h in search.look(NOISE, MORNING + timedelta(hours=1))] == ["w2"]
    with pytest.raises(NotAllowed):
        search.look(NOISE, UNTIL)
    assert embedder.asked == 2
    with pytest.raises(NotAllowed):
        search.look(NOISE, MORNING)  # what is forgotten stays so


VECTORS = hnp.arrays(np.float32, 64, elements=st.floats(-2, 2, width=32))


@given(VECTORS, VECTORS, st.sampled_from(["cosine", "distance"]), st.floats(0.2, 0.9))
def test_the_score_orders_as_the_measure_and_is_half_at_the_line(
    one: np.ndarray, other: np.ndarray, metric: Any, line: float
) -> None:
    told = card(metric=metric, line=line)
    measure = told.measure(one, other)
    score = told.score(measure)
    assert 0 <= score <= 1
    if told.alike(measure):
        assert score >= 0.499
    assert told.score(line) == pytest.approx(0.5)
    assert told.measure(one, other) == pytest.approx(told.measure(other, one), nan_ok=True)


def test_vectors_of_no_length_are_like_nobody() -> None:
    nothing = axis(of=64) * 0
    assert not card().alike(card().measure(nothing, axis(0)))
    assert card().score(card().measure(nothing, axis(0))) == 0


# The eye of a camera


def at(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


def looked(
    rule: FaceList, embedder: Embedder | None, seconds: Iterable[float], people: list[Box],
    *, flag: bool = True, clock: datetime = MORNING, turn: Any = None,
) -> list[Happening]:  # fmt: skip
    """What a camera with this list tells of people who stand there."""

    def eye(told: FaceList) -> FaceListLooker:
        ready = {embedder.card.full_name: embedder} if embedder else {}
        return FaceListLooker(told, ready, turn=turn or threading.Lock(), clock=lambda: clock)

    config = CameraConfig(
        camera_id="c", config_version=1, epoch=1, source="file:x", place=(16.4, 107.6), model="m@1",
        rules=(rule,), faces=flag, sample_fps=5,
    )  # fmt: skip
    watch = make_watch(config, faces=eye)
    told: list[Happening] = []
    for n, second in enumerate(seconds):
        told += watch.step(Frame("c", NOISE, at(second), n), people)
    return told


PERSON = box("person", 0.5, 0.9, 0.3, 0.8)
STEPS = [n / 5 for n in range(20)]


def test_a_wanted_person_is_told_once_as_a_likeness_with_the_entry() -> None:
    embedder = Embedder(axis(0))
    told = looked(face_list(wanted("s1", axis(0))), embedder, STEPS, [PERSON])
    (only,) = told
    assert (only.said, only.rule.kind) == ("s1", "face_list")
    assert only.measures == {"cosine": 1.0, "line": 0.6}
    assert only.boxes[0].label == "person"
    assert only.plate is None
    assert embedder.asked <= 5  # about once a second, however many frames


def test_only_heads_of_people_are_looked_at_and_those_large_enough() -> None:
    embedder = Embedder(axis(0))
    rule = face_list(wanted("s1", axis(0)))
    assert looked(rule, embedder, STEPS, [box("car", 0.5, 0.9, 0.3, 0.8)]) == []
    assert looked(rule, embedder, STEPS, [box("person", 0.5, 0.5, 0.02, 0.05)]) == []
    assert embedder.asked == 0
    looked(rule, embedder, [0.0, 0.2, 0.4], [PERSON])
    high, wide = embedder.pictures[0].shape[:2]
    assert high < 0.8 * NOISE.shape[0]
    assert wide < 0.5 * NOISE.shape[1]
    assert head_of(NOISE, PERSON).shape == embedder.pictures[0].shape


@pytest.mark.parametrize(
    "missing",
    [
        {"flag": False},
        {"embedder": None},
        {"clock": UNTIL},
        {"rule": face_list(wanted("s1", axis(0), released_by="a-mark"))},
        {"rule": face_list(wanted("s1", axis(0), until=MORNING))},
        {"rule": face_list(wanted("s1", axis(0), model="other@1"))},
        {"rule": face_list()},
    ],
)
def test_a_camera_without_all_it_needs_looks_at_nobody(missing: dict[str, Any]) -> None:
    embedder = Embedder(axis(0))
    told: dict[str, Any] = {"rule": face_list(wanted("s1", axis(0))), "embedder": embedder}
    told |= missing
    assert looked(told.pop("rule"), told.pop("embedder"), STEPS, [PERSON], **told) == []
    assert embedder.asked == 0


def test_a_worker_without_face_models_leaves_the_list_alone() -> None:
    config = CameraConfig(
        camera_id="c", config_version=1, epoch=1, source="file:x", place=(16.4, 107.6), model="m@1",
        rules=(face_list(wanted("s1", axis(0))),), faces=True,
    )  # fmt: skip
    assert make_watch(config).step(Frame("c", NOISE, MORNING, 0), [PERSON]) == []


def test_a_list_that_is_taken_back_is_forgotten_with_the_next_configuration() -> None:
    embedder = Embedder(axis(0))
    made: list[FaceListLooker] = []

    def eye(told: FaceList) -> FaceListLooker:
        made.append(
            FaceListLooker(told, {"test@1": embedder}, turn=threading.Lock(), clock=lambda: MORNING)
        )
        return made[-1]

    config = CameraConfig(
        camera_id="c", config_version=1, epoch=1, source="file:x", place=(16.4, 107.6), model="m@1",
        rules=(face_list(wanted("s1", axis(0))),), faces=True, sample_fps=5,
    )  # fmt: skip
    watch = make_watch(config, faces=eye)
    second = iter(range(9))
    for other in (config.model_copy(update={"rules": ()}), config.model_copy(
        update={"faces": False})):  # fmt: skip
        watch.renew(other)
        for _ in range(3):
            n = next(second)
            assert watch.step(Frame("c", NOISE, at(n), n), [PERSON]) == []
    assert embedder.asked == 0
    watch.renew(config)
    assert len(made) == 2  # nothing was kept of the first


def test_while_the_model_is_busy_a_frame_goes_by() -> None:
    turn = threading.Lock()
    embedder = Embedder(axis(0))
    with turn:
        assert looked(
            face_list(wanted("s1", axis(0))), embedder, STEPS, [PERSON], turn=turn
        ) == []  # fmt: skip
    assert embedder.asked == 0
