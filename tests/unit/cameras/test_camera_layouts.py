"""Families of detectors: pictures in, the same boxes out, whatever a family's layout is."""

from typing import Any

import numpy as np
import pytest
from cameras_graphs import card, floating, hues, processed, raw_detr, seeing
from city.contracts.cameras import Box

from gpu_workers.cameras.inference.letterbox import PAD, fit, planes
from gpu_workers.cameras.inference.session import BadModel, OnnxDetector, providers

WIDE = np.full((360, 640, 3), 255, np.uint8)  # 16:9
TALL = np.full((640, 360, 3), 255, np.uint8)
DARK = np.zeros((360, 640, 3), np.uint8)


def _same(box: Box, label: str, corners: tuple[float, ...], score: float) -> None:
    assert box.label == label
    assert (*box.top_left, *box.bottom_right) == pytest.approx(corners, abs=0.01)
    assert box.score == pytest.approx(score, abs=0.01)


def test_the_projects_own_family() -> None:
    model = hues([[32, 18, 160, 90, 0.9, 1], [0, 0, 320, 180, 0.5, 0], [0, 0, 9, 9, 0.2, 0]])
    detector = OnnxDetector(card("hues", model, 320, 192), model)
    wide, dark = detector.detect([WIDE, DARK])
    bright = 0.965  # the padding below is grey
    assert len(wide) == 2
    _same(wide[0], "car", (0.1, 0.1, 0.5, 0.5), 0.9 * bright)
    _same(wide[1], "person", (0, 0, 1, 1), 0.5 * bright)
    assert dark == []  # below the threshold
    assert detector.provider == providers()[0]


def test_a_tall_picture_is_scaled_by_its_height() -> None:
    model = hues([[0, 0, 108, 192, 1, 1], [54, 96, 320, 192, 0.9, 1]])
    (boxes,) = OnnxDetector(card("hues", model, 320, 192), model).detect([TALL])
    assert (*boxes[0].top_left, *boxes[0].bottom_right) == pytest.approx((0, 0, 1, 1))
    assert (*boxes[1].top_left, *boxes[1].bottom_right) == pytest.approx((0.5, 0.5, 1, 1))


def test_yolox_offsets_are_read_on_their_grids() -> None:
    rows = np.full((8 * 8 + 4 * 4 + 2 * 2, 7), 0, np.float32)
    # In the grid of stride 16 (4 x 4, after 64 rows), cell (x=1, y=2): centre (24, 40), size 32x16.
    rows[64 + 2 * 4 + 1] = [0.5, 0.5, np.log(2), np.log(1), 0.9, 0.1, 0.9]
    # A weaker box of the same class over it, and one of another class there.
    rows[64 + 2 * 4 + 2] = [-0.5, 0.5, np.log(2), np.log(1), 0.8, 0.1, 0.9]
    rows[64 + 2 * 4 + 3] = [-1.5, 0.5, np.log(2), np.log(1), 0.9, 0.6, 0.1]
    model = floating(rows, 64, 64)
    picture = np.zeros((64, 64, 3), np.uint8)
    (boxes,) = OnnxDetector(card("yolox", model, 64, 64), model).detect([picture])
    assert len(boxes) == 2
    _same(boxes[0], "car", (8 / 64, 32 / 64, 40 / 64, 48 / 64), 0.81)
    _same(boxes[1], "person", (8 / 64, 32 / 64, 40 / 64, 48 / 64), 0.54)


def test_yolov8_columns_are_centred_boxes() -> None:
    columns = np.zeros((6, 5), np.float32)
    columns[:, 0] = [32, 32, 32, 18, 0.05, 0.8]  # of 64 x 64; a 16:9 picture fills rows 14 to 50
    columns[:, 1] = [33, 32, 32, 18, 0.05, 0.7]
    columns[:, 2] = [16, 23, 8, 8, 0.6, 0.1]
    model = floating(columns, 64, 64)
    (boxes,) = OnnxDetector(card("yolov8", model, 64, 64), model).detect([WIDE])
    assert len(boxes) == 2
    _same(boxes[0], "car", (0.25, 0.25, 0.75, 0.75), 0.8)
    _same(boxes[1], "person", (12 / 64, 5 / 36, 20 / 64, 13 / 36), 0.6)


def test_yolov8_with_nms_in_the_graph_gives_rows() -> None:
    model = floating([[16, 23, 48, 41, 0.8, 1], [0, 0, 64, 64, 0.1, 0]], 64, 64)
    (boxes,) = OnnxDetector(card("yolov8", model, 64, 64), model).detect([WIDE])
    assert len(boxes) == 1
    _same(boxes[0], "car", (0.25, 0.25, 0.75, 0.75), 0.8)


@pytest.mark.parametrize("family", ["rtdetr", "dfine"])
def test_detr_with_its_post_processing(family: str) -> None:
    model = processed([1, 0, 1], [[0.1, 0.2, 0.5, 0.6], [0, 0, 1, 1], [0, 0, 1, 1]],
                      [0.9, 0.4, 0.1], 64, 64)  # fmt: skip
    found = OnnxDetector(card(family, model, 64, 64), model).detect([WIDE, TALL])
    for boxes in found:
        assert len(boxes) == 2
        _same(boxes[0], "car", (0.1, 0.2, 0.5, 0.6), 0.9)
        _same(boxes[1], "person", (0, 0, 1, 1), 0.4)


@pytest.mark.parametrize("family", ["rtdetr", "dfine"])
def test_detr_as_logits_and_boxes(family: str) -> None:
    model = raw_detr([[-5, 2], [0, -5], [-5, -5]], [[0.3, 0.4, 0.4, 0.4]] * 3, 64, 64)
    (boxes,) = OnnxDetector(card(family, model, 64, 64), model).detect([WIDE])
    assert len(boxes) == 2
    _same(boxes[0], "car", (0.1, 0.2, 0.5, 0.6), 0.88)
    _same(boxes[1], "person", (0.1, 0.2, 0.5, 0.6), 0.5)


@pytest.mark.parametrize("family", ["yolox", "yolov8"])
def test_colours_and_range_are_the_familys(family: str) -> None:
    """The graph adds the mean of what it is given to a class score of 0."""
    if family == "yolox":
        rows = np.full((8 * 8 + 4 * 4 + 2 * 2, 7), 1.0, np.float32)
        model = seeing(rows * [0, 0, 0, 0, 1, 0, 0], 1 / 1000, 64, 64)
        expected = (1 + 0.1) * 0.1  # objectness 1 + 100/1000, class 100/1000
    else:
        model = seeing(np.ones((6, 4)) * [[32], [32], [9], [9], [0], [0]], 1.0, 64, 64)
        expected = 100 / 255
    picture = np.full((64, 64, 3), 100, np.uint8)
    told = card(family, model, 64, 64, thresholds={"default": 0.01})
    (boxes,) = OnnxDetector(told, model).detect([picture])
    assert boxes[0].score == pytest.approx(expected, abs=0.003)


def test_red_comes_first_where_the_family_wants_it() -> None:
    red = np.zeros((1, 2, 2, 3), np.uint8)
    red[..., 2] = 255
    assert planes(red, rgb=True, unit=True)[0, :, 0, 0].tolist() == [1, 0, 0]
    assert planes(red, rgb=False, unit=False)[0, :, 0, 0].tolist() == [0, 0, 255]


def test_a_graph_with_a_fixed_batch_is_run_as_often_as_needed() -> None:
    model = floating([[16, 23, 48, 41, 0.8, 1]], 64, 64, batch=4)
    found = OnnxDetector(card("yolov8", model, 64, 64), model).detect([WIDE] * 7)
    assert [len(boxes) for boxes in found] == [1] * 7


def test_an_accelerator_gets_few_sizes_and_everybody_the_right_boxes() -> None:
    model = hues([[0, 0, 320, 180, 1, 1]])
    detector = OnnxDetector(card("hues", model, 320, 192), model, few_sizes=True)
    sizes: list[int] = []
    run = detector._session.run

    class Session:
        def run(self, names: Any, fed: Any) -> Any:
            sizes.append(len(fed["pictures"]))
            return run(names, fed)

    detector._session = Session()
    for count in range(1, 10):
        pictures = [WIDE if n % 2 == 0 else DARK for n in range(count)]
        found = [len(boxes) for boxes in detector.detect(pictures)]
        assert found == [1 if n % 2 == 0 else 0 for n in range(count)]
    assert sizes == [1, 2, 4, 4, 8, 8, 8, 8, 16]


def test_half_precision_graphs_get_half_precision() -> None:
    model = floating([[16, 23, 48, 41, 0.8, 1]], 64, 64, half=True)
    (boxes,) = OnnxDetector(card("yolov8", model, 64, 64), model).detect([WIDE])
    assert len(boxes) == 1


def test_words_are_mapped_and_unknown_ones_dropped() -> None:
    model = hues([[0, 0, 50, 50, 1, 0], [0, 0, 60, 60, 1, 1], [0, 0, 70, 70, 1, 7]])
    told = card("hues", model, 320, 192, classes=("pedestrian", "giraffe"),
                mapped={"pedestrian": "person"})  # fmt: skip
    (boxes,) = OnnxDetector(told, model).detect([WIDE])
    assert [box.label for box in boxes] == ["person"]


def test_each_label_has_its_own_threshold() -> None:
    model = hues([[0, 0, 50, 50, 0.6, 0], [0, 0, 60, 60, 0.6, 1]])
    told = card("hues", model, 320, 192, thresholds={"person": 0.5, "car": 0.7})
    (boxes,) = OnnxDetector(told, model).detect([WIDE])
    assert [box.label for box in boxes] == ["person"]


@pytest.mark.parametrize(
    ("family", "shape"), [("hues", (4, 7)), ("yolox", (10, 7)), ("yolov8", (9, 9)),
                          ("rtdetr", (3, 3))],
)  # fmt: skip
def test_a_graph_of_another_family_is_refused_when_it_is_loaded(
    family: str, shape: tuple[int, int]
) -> None:
    if family == "hues":
        model = hues(np.zeros((3, 6)))
        with pytest.raises(BadModel):
            OnnxDetector(card("yolov8", model, 320, 192), model)
        return
    model = floating(np.zeros(shape), 64, 64)
    with pytest.raises(BadModel):
        OnnxDetector(card(family, model, 64, 64), model)


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(BadModel):
        OnnxDetector(card("hues", b"nothing", 320, 192), b"nothing")


def test_the_session_says_which_provider_it_took() -> None:
    model = hues([[0, 0, 1, 1, 1, 1]])
    told = card("hues", model, 320, 192)
    assert OnnxDetector(told, model, wanted=["CPUExecutionProvider"]).provider.startswith("CPU")


@pytest.mark.parametrize("how", ["corner", "middle", "stretch"])
@pytest.mark.parametrize("size", [(360, 640), (640, 360), (64, 64), (30, 50), (1080, 1920)])
def test_the_way_back_from_a_batch(how: Any, size: tuple[int, int]) -> None:
    """A white block in a black picture, found in the batch, is at its place in the picture."""
    tall, wide = size
    picture = np.zeros((tall, wide, 3), np.uint8)
    picture[tall // 4 : tall // 2, wide // 4 : wide // 2] = 255
    fitted = fit([picture], 96, 64, how)
    white = np.argwhere(fitted.pictures[0, :, :, 0] > 127)
    white = white[fitted.pictures[0, white[:, 0], white[:, 1], 0] != PAD]
    (top, left), (bottom, right) = white.min(axis=0), white.max(axis=0) + 1
    corners = np.asarray([[left, top, right, bottom]], np.float32)
    assert fitted.shares(0, corners)[0] == pytest.approx([0.25, 0.25, 0.5, 0.5], abs=0.04)
