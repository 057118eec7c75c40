"""Scenes: the same seed is the same film, and the truth is where the paint is."""

from pathlib import Path
from typing import get_args

import av
import numpy as np
import pytest
from city.contracts.watching import Label

from gpu_workers.cameras.scenes import LOOKS, NAMES, Look, film, make_scene
from gpu_workers.cameras.scenes.backdrop import Backdrop
from gpu_workers.cameras.scenes.chance import any_plate, street
from gpu_workers.cameras.scenes.lens import Lens
from gpu_workers.cameras.scenes.scene import Scene
from gpu_workers.cameras.scenes.stage import passes
from gpu_workers.cameras.scenes.things import Thing, drive, stay


def one(thing: Thing) -> Scene:
    return Scene("one", Lens(), Backdrop(), (thing,), seconds=0.1, fps=10.0)


@pytest.mark.parametrize("name", NAMES)
def test_every_scene_paints_has_rules_and_truth_within_its_film(name: str) -> None:
    scene = make_scene(name, seed=1)
    shot = next(scene.frames())
    assert shot.picture.shape == (scene.lens.height, scene.lens.width, 3)
    ids = {rule.rule_id for rule in scene.rules}
    assert ids
    for incident in scene.incidents:
        assert incident.rule_id in ids
        assert 0 <= incident.since_s < incident.until_s <= scene.seconds + 3
    assert scene.incidents or scene.level


@pytest.mark.parametrize("look", LOOKS)
def test_a_seed_is_a_film(look: Look) -> None:
    first, again, other = (
        [s.picture for s in street(seed, 0.5, look).frames(2)] for seed in (3, 3, 4)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("label", get_args(Label)[:7] + get_args(Label)[8:])
def test_the_box_is_where_the_paint_is(label: Label) -> None:
    at = stay(0.0, 1.0, 1.0, 14.0)
    thing = Thing(label, at, (20, 20, 240), seed=4)
    (painted,) = (s for s in one(thing).frames())
    (empty,) = (s for s in Scene("none", Lens(), Backdrop(), seconds=0.1).frames())
    changed = np.abs(painted.picture.astype(int) - empty.picture).max(axis=2) > 14
    rows, columns = np.nonzero(changed)
    (seen,) = painted.seen
    box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    slack = 9 if label in ("smoke", "fire") else 4
    assert np.abs(box - seen.box).max() <= slack, (box, seen.box)
    assert seen.visible > 0.5


def test_what_stands_behind_a_bus_is_hidden() -> None:
    bus = Thing("bus", stay(0.0, 1.0, 0.0, 14.0))
    behind = Thing("person", stay(0.0, 1.0, 0.0, 24.0))
    beside = Thing("person", stay(0.0, 1.0, 4.0, 16.0))
    scene = Scene(
        "three", Lens(above_m=3.0, pitch_deg=8), Backdrop(), (bus, behind, beside), seconds=0.1
    )
    seen = {s.track: s for s in next(scene.frames()).seen}
    assert seen[2].visible < 0.1
    assert seen[3].visible > 0.8


def test_a_shake_moves_picture_and_truth_together() -> None:
    thing = Thing("car", stay(0.0, 2.0, 1.0, 12.0), (20, 20, 240))
    still = Scene("s", Lens(), Backdrop(), (thing,), seconds=1.0, look="day")
    shaken = Scene("s", Lens(), Backdrop(), (thing,), seconds=1.0, look="shake")
    (calm,) = {s.seen[0].box for s in still.frames()}
    boxes = [s.seen[0].box for s in shaken.frames()]
    assert max(abs(b[0] - calm[0]) for b in boxes) > 1.0


def test_a_path_says_when_it_passes() -> None:
    path = drive(2.0, (0.0, 10.0), (0.0, 20.0, 5.0))
    assert passes(path, 15.0) == pytest.approx(3.0)
    with pytest.raises(ValueError, match="30"):
        passes(path, 30.0)


def test_a_plate_shows_its_text_to_the_one_behind() -> None:
    art = any_plate(np.random.default_rng(1))
    away = drive(0.0, (0.0, 8.0), (0.0, 9.0, 4.0))
    scene = Scene(
        "p", Lens(1280, 720, 1.5), Backdrop(), (Thing("car", away, plate=art),), seconds=0.1
    )
    (seen,) = next(scene.frames()).seen
    assert seen.plate == art.text
    assert seen.plate_corners is not None
    wide = seen.plate_corners[1][0] - seen.plate_corners[0][0]
    assert wide == pytest.approx(art.size_m[0] * 1.5 * 1280 / 8.0, rel=0.6)


def test_a_film_is_real_h264(tmp_path: Path) -> None:
    scene = Scene("f", Lens(320, 192), Backdrop(), (), seconds=1.0, fps=10.0)
    assert film(scene, tmp_path / "f.mp4") == 10
    with av.open(str(tmp_path / "f.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        times = [float((f.pts or 0) * (stream.time_base or 0)) for f in container.decode(stream)]
    assert times == pytest.approx([k / 10 for k in range(10)])
