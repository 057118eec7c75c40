"""What each family of detectors takes and gives.

| family | picture | output |
|---|---|---|
| hues | uint8 NHWC, padded right and below | [N, K, 6]: corners in pixels, score, class |
| yolox | BGR 0-255, padded right and below | [N, A, 5 + C]: grid offsets, objectness, scores |
| yolov8 | RGB 0-1, padded around | [N, 4 + C, A]: centre, size, scores; with NMS as hues |
| rtdetr, dfine | RGB 0-1, stretched | labels, boxes, scores; or logits and boxes |

An adapter names candidates; thresholds, words and the limit are applied to all alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt
from city.contracts.cameras import Family, ModelCard

from gpu_workers.cameras.inference.letterbox import Fit, Fitted, planes

NMS_IOU = 0.45
MOST_CANDIDATES = 1000  # into NMS
STRIDES = (8, 16, 32)  # of YOLOX's grids

Floats = npt.NDArray[np.float32]


class WrongLayout(Exception):
    """The graph's outputs are none that its card's family has."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Of one picture: corners [M, 4] in pixels of the batch, scores [M], class indices [M]."""

    corners: Floats
    scores: Floats
    classes: npt.NDArray[np.int64]


class Layout(Protocol):
    """One family's way. `inputs` are ONNX Runtime's descriptions of the graph's inputs."""

    fit: Fit

    def feed(self, fitted: Fitted, inputs: Sequence[Any]) -> dict[str, npt.NDArray[Any]]:
        """What to run the graph with."""
        ...

    def read(self, outputs: Mapping[str, npt.NDArray[Any]], least: float) -> list[Candidates]:
        """Candidates of each picture; `least` is the lowest threshold of the card.

        Raises:
            WrongLayout: the shapes are none of this family's.
        """
        ...


def layout_of(card: ModelCard) -> Layout:
    """The adapter of a card's family."""
    makers: dict[Family, type[Any]] = {
        "hues": Hues, "yolox": YoloX, "yolov8": YoloV8, "rtdetr": Detr, "dfine": Detr,
    }  # fmt: skip
    made: Layout = makers[card.family](card)
    return made


def _float_of(told: Any) -> npt.DTypeLike:
    return np.float16 if told.type == "tensor(float16)" else np.float32


def suppressed(corners: Floats, scores: Floats, classes: npt.NDArray[np.int64]) -> Candidates:
    """Non-maximum suppression within each class."""
    if len(scores) > MOST_CANDIDATES:
        best = np.argpartition(scores, -MOST_CANDIDATES)[-MOST_CANDIDATES:]
        corners, scores, classes = corners[best], scores[best], classes[best]
    if not len(scores):
        return Candidates(corners, scores, classes)
    sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    found: Any = cv2.dnn.NMSBoxesBatched(
        sizes.tolist(), scores.tolist(), classes.tolist(), 0.0, NMS_IOU
    )
    kept = np.asarray(found, np.int64).reshape(-1)
    return Candidates(corners[kept], scores[kept], classes[kept])


def _cornered(centred: Floats) -> Floats:
    """Centre and size [M, 4] to corners."""
    half = centred[..., 2:] / 2
    return np.concatenate([centred[..., :2] - half, centred[..., :2] + half], axis=-1)


def _rows(found: npt.NDArray[Any], least: float) -> list[Candidates]:
    """[N, K, 6] of corners, score and class, suppressed in the graph already."""
    made = []
    for rows in found:
        kept = rows[rows[:, 4] >= least].astype(np.float32)
        made.append(Candidates(kept[:, :4], kept[:, 4], kept[:, 5].astype(np.int64)))
    return made


class Hues:
    """The project's own: normalising and peak picking are in the graph."""

    fit: Fit = "corner"

    def __init__(self, card: ModelCard) -> None:
        self._classes = len(card.classes)

    def feed(self, fitted: Fitted, inputs: Sequence[Any]) -> dict[str, npt.NDArray[Any]]:
        """The pictures as they are."""
        return {inputs[0].name: fitted.pictures}

    def read(self, outputs: Mapping[str, npt.NDArray[Any]], least: float) -> list[Candidates]:
        """See `Layout`."""
        found = next(iter(outputs.values()))
        if found.ndim != 3 or found.shape[2] != 6:
            raise WrongLayout(f"hues gives [N, K, 6], not {list(found.shape)}")
        return _rows(found, least)


class YoloX:
    """Megvii's YOLOX exported without `--decode_in_inference`: offsets in three grids."""

    fit: Fit = "corner"

    def __init__(self, card: ModelCard) -> None:
        self._classes = len(card.classes)
        grids, strides = [], []
        for stride in STRIDES:
            down, across = card.input_height // stride, card.input_width // stride
            y, x = np.meshgrid(np.arange(down), np.arange(across), indexing="ij")
            grids.append(np.stack([x, y], axis=-1).reshape(-1, 2))
            strides.append(np.full((down * across, 1), stride))
        self._grid = np.concatenate(grids).astype(np.float32)
        self._stride = np.concatenate(strides).astype(np.float32)

    def feed(self, fitted: Fitted, inputs: Sequence[Any]) -> dict[str, npt.NDArray[Any]]:
        """Blue first, 0 to 255."""
        told = inputs[0]
        return {told.name: planes(fitted.pictures, rgb=False, unit=False, type_=_float_of(told))}

    def read(self, outputs: Mapping[str, npt.NDArray[Any]], least: float) -> list[Candidates]:
        """See `Layout`."""
        found = next(iter(outputs.values())).astype(np.float32, copy=False)
        if found.shape[1:] != (len(self._grid), 5 + self._classes):
            raise WrongLayout(
                f"yolox gives [N, {len(self._grid)}, {5 + self._classes}], not {list(found.shape)}"
            )
        made = []
        for rows in found:
            scores = rows[:, 4:5] * rows[:, 5:]
            classes = scores.argmax(axis=1)
            best = scores[np.arange(len(rows)), classes]
            on = best >= least
            centre = (rows[on, :2] + self._grid[on]) * self._stride[on]
            size = np.exp(np.clip(rows[on, 2:4], None, 10)) * self._stride[on]
            corners = _cornered(np.concatenate([centre, size], axis=1))
            made.append(suppressed(corners, best[on], classes[on]))
        return made


class YoloV8:
    """The layout of YOLOv8 and its successors; with `nms=True` or end-to-end, rows as `hues`."""

    fit: Fit = "middle"

    def __init__(self, card: ModelCard) -> None:
        self._classes = len(card.classes)

    def feed(self, fitted: Fitted, inputs: Sequence[Any]) -> dict[str, npt.NDArray[Any]]:
        """Red first, 0 to 1."""
        told = inputs[0]
        return {told.name: planes(fitted.pictures, rgb=True, unit=True, type_=_float_of(told))}

    def read(self, outputs: Mapping[str, npt.NDArray[Any]], least: float) -> list[Candidates]:
        """See `Layout`."""
        found = next(iter(outputs.values())).astype(np.float32, copy=False)
        if found.ndim == 3 and found.shape[1] == 4 + self._classes:
            return [self._one(columns, least) for columns in found]
        if found.ndim == 3 and found.shape[2] == 6:
            return _rows(found, least)
        raise WrongLayout(f"yolov8 gives [N, {4 + self._classes}, A], not {list(found.shape)}")

    def _one(self, columns: Floats, least: float) -> Candidates:
        scores = columns[4:]
        best = scores.max(axis=0)
        on = best >= least
        return suppressed(_cornered(columns[:4, on].T), best[on], scores[:, on].argmax(axis=0))


class Detr:
    """RT-DETR and D-FINE: with their post-processing in the graph, or logits and boxes of it."""

    fit: Fit = "stretch"

    def __init__(self, card: ModelCard) -> None:
        self._classes = len(card.classes)
        self._size = np.asarray([card.input_width, card.input_height], np.int64)

    def feed(self, fitted: Fitted, inputs: Sequence[Any]) -> dict[str, npt.NDArray[Any]]:
        """Red first, 0 to 1; the size that boxes are wanted in is the batch's own."""
        fed: dict[str, npt.NDArray[Any]] = {}
        for told in inputs:
            if len(told.shape) == 4:
                type_ = _float_of(told)
                fed[told.name] = planes(fitted.pictures, rgb=True, unit=True, type_=type_)
            else:
                fed[told.name] = np.tile(self._size, (len(fitted.pictures), 1))
        return fed

    def read(self, outputs: Mapping[str, npt.NDArray[Any]], least: float) -> list[Candidates]:
        """See `Layout`."""
        if {"labels", "boxes", "scores"} <= set(outputs):
            corners, best, classes = (outputs[name] for name in ("boxes", "scores", "labels"))
            return self._chosen(corners, best, classes, least)
        logits = next((v for k, v in outputs.items() if "logits" in k), None)
        boxes = next((v for k, v in outputs.items() if "boxes" in k), None)
        if logits is None or boxes is None or logits.shape[-1] != self._classes:
            shapes = {name: list(value.shape) for name, value in outputs.items()}
            raise WrongLayout(f"labels, boxes, scores or logits and boxes are needed, not {shapes}")
        scores = 1 / (1 + np.exp(-logits.astype(np.float32)))
        corners = _cornered(boxes.astype(np.float32)) * np.tile(self._size, 2)
        classes = scores.argmax(axis=-1)
        best = scores.max(axis=-1)
        return self._chosen(corners, best, classes, least)

    @staticmethod
    def _chosen(
        corners: npt.NDArray[Any], scores: npt.NDArray[Any], classes: npt.NDArray[Any], least: float
    ) -> list[Candidates]:
        on = scores >= least
        return [
            Candidates(
                corners[n][on[n]].astype(np.float32),
                scores[n][on[n]].astype(np.float32),
                classes[n][on[n]].astype(np.int64),
            )
            for n in range(len(on))
        ]
