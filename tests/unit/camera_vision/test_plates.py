"""Plates: the grammar as data, decoding under it, reading, voting."""

from collections.abc import Sequence

import numpy as np
import pytest
from city.contracts.cameras import Box
from city.contracts.watching import Label
from hypothesis import given, settings
from hypothesis import strategies as st
from vision_world import MORNING, box

from gpu_workers.cameras.evaluation.plates import NOISES, exact
from gpu_workers.cameras.plates.decode import Reading, decode
from gpu_workers.cameras.plates.find import colour_of
from gpu_workers.cameras.plates.grammar import ALPHABET, GRAMMAR, normal_form
from gpu_workers.cameras.plates.reader import PlateReader, Read
from gpu_workers.cameras.plates.vote import AGREED, TrackPlates, vote
from gpu_workers.cameras.scenes.plate_art import PlateArt, PlateColour, plate_picture
from gpu_workers.cameras.seen import Picture
from gpu_workers.cameras.vision.tracks import Track


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("75A12345", "civil"),
        ("29H1234", "civil"),
        ("75B123456", "motorbike"),
        ("75AB12345", "motorbike"),
        ("80NG12301", "diplomatic"),
        ("80123NN01", "diplomatic"),
        ("TM1234", "army"),
        ("75LD12345", "special"),
        ("13A12345", None),  # no province has 13
        ("75I12345", None),  # I is no series letter
        ("75A1234567", None),
        ("ZZ1234", None),
    ],
)
def test_what_the_grammar_lets_pass(text: str, kind: str | None) -> None:
    found = GRAMMAR.matches(text)
    assert found == kind


def test_every_code_belongs_to_one_province() -> None:
    codes = [c for many in GRAMMAR.data["provinces"].values() for c in many]
    assert len(codes) == len(set(codes))
    assert len(GRAMMAR.data["provinces"]) == 34
    assert GRAMMAR.provinces["75"] == "Huế"
    assert {"13", "42", "44", "45", "46", "87", "91", "96"}.isdisjoint(GRAMMAR.provinces)


def test_unconfirmed_entries_say_so() -> None:
    unsure = [p for p in GRAMMAR.data["patterns"] if not p["confirmed"]]
    assert {p["kind"] for p in unsure} == {"special", "trailer", "diplomatic", "army"}
    assert GRAMMAR.data["army_confirmed"] is False


@pytest.mark.parametrize("written", ["75a-123.45", "75A 12345", "75A·123–45"])
def test_one_normal_form(written: str) -> None:
    assert normal_form(written) == "75A12345"


@given(st.text())
def test_a_normal_form_is_its_own(text: str) -> None:
    once = normal_form(text)
    assert normal_form(once) == once
    assert set(once) <= set(ALPHABET)


def columns(text: str, sure: float = 0.9) -> np.ndarray:
    """What a recogniser would say of this text: every character in its column, blanks between."""
    rows = []
    for c in text:
        row = np.full(37, (1 - sure) / 36)
        row[36 if c == " " else ALPHABET.index(c)] = sure
        blank = np.full(37, 0.05 / 36)
        blank[36] = 0.95
        rows += [row, blank]
    return np.array(rows)


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("75A12345", "75A12345"),
        ("75AI2345", "75A12345"),  # I is no figure
        ("7SA1234S", "75A12345"),
        ("75812345", "75B12345"),  # a letter has to stand there
        ("75AO2Z45", "75A02245"),
        ("TM1Z34", "TM1234"),
        ("75 A 123 45", "75A12345"),
    ],
)
def test_the_grammar_settles_look_alikes(seen: str, meant: str) -> None:
    reading = decode(columns(seen))
    assert reading is not None
    assert reading.text == meant
    changed = [k for k, (a, b) in enumerate(zip(seen, meant, strict=False)) if a != b]
    if " " not in seen and changed:
        certain = [s for k, s in enumerate(reading.sure) if k not in changed]
        assert max(reading.sure[k] for k in changed) < min(certain)


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(GRAMMAR.provinces)),
    st.sampled_from(GRAMMAR.data["letters"]),
    st.integers(0, 99_999),
    st.floats(0.5, 0.99),
)
def test_what_is_clearly_written_is_read(code: str, letter: str, number: int, sure: float) -> None:
    text = f"{code}{letter}{number:05d}"
    reading = decode(columns(text, sure))
    assert reading is not None
    assert reading.text == text
    assert GRAMMAR.matches(reading.text) is not None


def test_too_few_columns_are_no_plate() -> None:
    assert decode(columns("75")) is None


@pytest.mark.parametrize("colour", ["white", "yellow", "blue", "red"])
@pytest.mark.parametrize("light", [1.0, 0.5])
def test_the_ground_says_whose_it_is(colour: PlateColour, light: float) -> None:
    plate = plate_picture(PlateArt(("75A-123.45",), colour))
    assert colour_of((plate * light).astype(np.uint8)) == colour


def read(text: str, sure: float = 0.9, lines: int = 1) -> Read:
    return Read(Reading(text, "civil", (sure,) * len(text)), "white", lines)


def test_the_vote_is_by_place_and_by_certainty() -> None:
    said = vote([read("75A12845"), read("75A12345"), read("75B12345", 0.4), read("75A12345")])
    assert said is not None
    assert said.text == "75A12345"
    assert said.frames == 4
    alone = vote([read("75A12345")])
    agreed = vote([read("75A12345")] * 4)
    assert alone is not None
    assert agreed is not None
    assert said.score < agreed.score
    assert alone.score < agreed.score


@given(st.lists(st.sampled_from(["75A12345", "75A12346", "75B12345", "75A1234"]), min_size=1))
def test_a_vote_stays_within_what_was_heard(texts: list[str]) -> None:
    said = vote([read(t) for t in texts])
    assert said is not None
    assert 0 <= said.score <= 1
    assert len(said.text) in {len(t) for t in texts}
    for place, c in enumerate(said.text):
        assert c in {t[place] for t in texts if len(t) == len(said.text)}


class Scripted(PlateReader):
    """Says what it is told to, and counts how often it was asked."""

    def __init__(self, says: Sequence[str | None]) -> None:
        self.says, self.asked = says, 0

    def read(self, vehicle: Picture) -> Read | None:
        self.asked += 1
        text = self.says[min(self.asked, len(self.says)) - 1]
        return read(text, 0.97) if text else None


def standing(label: Label = "car") -> Track:
    track = Track(7)
    track.add(MORNING, box(label, 0.5, 0.8, 0.4, 0.5))
    return track


def test_a_plate_that_is_read_is_not_read_in_every_frame() -> None:
    reader = Scripted(["75A12345"])
    eye = TrackPlates(reader)
    picture, boxes = np.zeros((200, 300, 3), np.uint8), list[Box]()
    for _ in range(40):
        said = eye.look(picture, [standing()], boxes)
    assert said[7].text == "75A12345"
    assert AGREED <= reader.asked < 14


def test_a_track_that_changes_over_to_another_vehicle_changes_its_plate() -> None:
    eye = TrackPlates(Scripted(["75A12345"] * 4 + ["30H98761"] * 4))
    picture = np.zeros((200, 300, 3), np.uint8)
    for _ in range(60):
        said = eye.look(picture, [standing()], [])
    assert said[7].text == "30H98761"


def test_people_have_no_plates() -> None:
    reader = Scripted(["75A12345"])
    TrackPlates(reader).look(np.zeros((200, 300, 3), np.uint8), [standing("person")], [])
    assert reader.asked == 0


def test_rendered_plates_are_read() -> None:
    scores = exact(PlateReader(), NOISES[1], 1_000_000, 6)
    assert sum(s["exact"] for s in scores.values()) / len(scores) >= 0.75, scores
    assert max(s["wrong"] for s in scores.values()) <= 0.34, scores
