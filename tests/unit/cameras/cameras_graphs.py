"""Tiny ONNX graphs in the layouts of detector families; each sees where a picture is bright.

Nothing is learned: a graph answers with boxes that stand in it as constants, and scores that follow
the picture's brightness, so that order, thresholds and batches can be told apart.
"""

import hashlib
from typing import Any

import numpy as np
import onnx
from city.contracts.cameras import ModelCard
from onnx import TensorProto, helper, numpy_helper


def graph(
    nodes: list[Any],
    inputs: list[Any],
    outputs: list[str],
    constants: dict[str, Any],
) -> bytes:
    """A model's bytes."""
    made = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        [
            helper.make_tensor_value_info(
                name,
                TensorProto.INT64 if name == "labels" else TensorProto.FLOAT,
                [None] * (2 if name in ("labels", "scores") else 3),
            )
            for name in outputs
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _brightness(into: str, source: str = "pictures") -> list[Any]:
    """Mean of each picture times the constant `scale`, in the constant `shape` ([-1, ...])."""
    return [
        helper.make_node("Cast", [source], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "scale"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "shape"], [into]),
    ]


def _constant(scale: float, shape: list[int]) -> dict[str, Any]:
    return {"scale": np.float32(scale), "shape": np.asarray(shape, np.int64)}


def hues(rows: Any, width: int = 320, height: int = 192) -> bytes:
    """rows [K, 6]; each score is multiplied by the picture's brightness (0 to 1)."""
    rows = np.asarray(rows, np.float32)[None]
    times = np.ones_like(rows)
    times[..., 4] = 0
    score = np.zeros_like(rows)
    score[..., 4] = rows[..., 4]
    fixed = rows * times
    return graph(
        [
            *_brightness("bright"),
            helper.make_node("Mul", ["bright", "score"], ["scores"]),
            helper.make_node("Add", ["scores", "fixed"], ["detections"]),
        ],
        [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", height, width, 3])],
        ["detections"],
        {**_constant(1 / 255, [-1, 1, 1]), "score": score, "fixed": fixed},
    )


def floating(
    output: Any, width: int, height: int, *, batch: int | str = "n", half: bool = False
) -> bytes:
    """A float picture in, `output` [A, B] for every picture of the batch out, whatever it shows."""
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    return graph(
        [
            *_brightness("zero"),
            helper.make_node("Add", ["zero", "output"], ["output0"]),
        ],
        [helper.make_tensor_value_info("pictures", kind, [batch, 3, height, width])],
        ["output0"],
        {**_constant(0.0, [-1, 1, 1]), "output": np.asarray(output, np.float32)[None]},
    )


def seeing(output: Any, scale: float, width: int, height: int) -> bytes:
    """As `floating`, with the picture's mean times `scale` added to all of the output."""
    return graph(
        [
            *_brightness("mean_"),
            helper.make_node("Add", ["mean_", "output"], ["output0"]),
        ],
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, height, width])],
        ["output0"],
        {**_constant(scale, [-1, 1, 1]), "output": np.asarray(output, np.float32)[None]},
    )


def processed(labels: Any, shares: Any, scores: Any, width: int, height: int) -> bytes:
    """RT-DETR with its post-processing: boxes in the wanted size, from shares [Q, 4]."""
    return graph(
        [
            *_brightness("zero", "images"),
            helper.make_node("Cast", ["zero"], ["whole"], to=TensorProto.INT64),
            helper.make_node("Add", ["whole", "labels_"], ["labels"]),
            helper.make_node("Add", ["zero", "scores_"], ["scores"]),
            helper.make_node("Cast", ["orig_target_sizes"], ["sizes"], to=TensorProto.FLOAT),
            helper.make_node("Concat", ["sizes", "sizes"], ["corners"], axis=1),
            helper.make_node("Unsqueeze", ["corners", "one"], ["wide"]),
            helper.make_node("Mul", ["wide", "shares"], ["boxes"]),
        ],
        [
            helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, height, width]),
            helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, ["n", 2]),
        ],
        ["labels", "boxes", "scores"],
        {
            **_constant(0.0, [-1, 1]),
            "labels_": np.asarray(labels, np.int64)[None],
            "scores_": np.asarray(scores, np.float32)[None],
            "shares": np.asarray(shares, np.float32)[None],
            "one": np.asarray([1], np.int64),
        },
    )


def raw_detr(logits: Any, boxes: Any, width: int, height: int) -> bytes:
    """RT-DETR or D-FINE without it: logits [Q, C] and boxes [Q, 4] (centre, size, shares)."""
    return graph(
        [
            *_brightness("zero"),
            helper.make_node("Add", ["zero", "logits_"], ["pred_logits"]),
            helper.make_node("Add", ["zero", "boxes_"], ["pred_boxes"]),
        ],
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 3, height, width])],
        ["pred_logits", "pred_boxes"],
        {
            **_constant(0.0, [-1, 1, 1]),
            "logits_": np.asarray(logits, np.float32)[None],
            "boxes_": np.asarray(boxes, np.float32)[None],
        },
    )


def card(family: str, model: bytes, width: int, height: int, **more: Any) -> ModelCard:
    """A card for a graph."""
    told: dict[str, Any] = {
        "name": "tiny",
        "version": "1",
        "sha256": hashlib.sha256(model).hexdigest(),
        "family": family,
        "input_width": width,
        "input_height": height,
        "classes": ("person", "car"),
        "thresholds": {"default": 0.25},
        "licence": "Apache-2.0",
        "trained_on": "nothing",
        **more,
    }
    return ModelCard.model_validate(told)
