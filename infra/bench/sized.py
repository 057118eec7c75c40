"""A detector of the size that operators use: the graph of YOLOX-s (Ge et al. 2021), untrained.

How fast a graph runs does not depend on what it has learned, so its weights are drawn at random:
it finds nothing. Backbone, neck and heads have the published layers and widths (depth 0.33, width
0.5), normalisation folded into the convolutions as an export has it.
"""

import hashlib
from typing import Any, get_args

import numpy as np
import onnx
from city.contracts.cameras import ModelCard
from city.contracts.watching import Label
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEIGHT = 640, 384
CLASSES: tuple[str, ...] = get_args(Label)
SEED = 6


class Drawing:
    """A graph under construction; each method returns the name of what it has made."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.stored: list[Any] = []
        self._rng = np.random.default_rng(SEED)

    def add(self, kind: str, inputs: list[str], **how: Any) -> str:
        """One node."""
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **how))
        return name

    def keep(self, values: Any) -> str:
        """A constant."""
        name = f"w{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(values, name))
        return name

    def bare(
        self, x: str, a: int, b: int, size: int = 1, stride: int = 1, *, loud: float = 1,
        bias: float = 0,
    ) -> str:  # fmt: skip
        """A convolution from `a` to `b` channels; `loud` is its gain."""
        scale = loud * (2 / (a * size * size)) ** 0.5
        weight = self._rng.normal(0, scale, (b, a, size, size)).astype(np.float32)
        given = [x, self.keep(weight), self.keep(np.full(b, bias, np.float32))]
        pad = size // 2
        return self.add("Conv", given, strides=[stride] * 2, pads=[pad] * 4)

    def conv(self, x: str, a: int, b: int, size: int = 1, stride: int = 1, loud: float = 1) -> str:
        """The same with its SiLU."""
        made = self.bare(x, a, b, size, stride, loud=loud)
        return self.add("Mul", [made, self.add("Sigmoid", [made])])

    def csp(self, x: str, a: int, b: int, n: int, *, short: bool = True) -> str:
        """Two ways of half the width, one through `n` bottlenecks."""
        half = b // 2
        one, two = self.conv(x, a, half), self.conv(x, a, half)
        for _ in range(n):
            deep = self.conv(self.conv(one, half, half), half, half, 3)
            one = self.add("Add", [deep, one]) if short else deep
        return self.conv(self.join(one, two), b, b)

    def join(self, *parts: str) -> str:
        """Side by side."""
        return self.add("Concat", list(parts), axis=1)

    def larger(self, x: str) -> str:
        """Twice the size."""
        empty = self.keep(np.zeros(0, np.float32))
        scales = self.keep(np.array([1, 1, 2, 2], np.float32))
        return self.add("Resize", [x, empty, scales], mode="nearest")


def yolox_s() -> tuple[ModelCard, bytes]:
    """Its card and its file, at 640 x 384."""
    d = Drawing()
    outputs = [_head(d, level, n) for n, level in zip((128, 256, 512), _levels(d), strict=True)]
    rows = d.add("Concat", outputs, axis=2)
    d.nodes.append(helper.make_node("Transpose", [rows], ["output"], perm=[0, 2, 1]))
    floats = TensorProto.FLOAT
    made = helper.make_graph(
        d.nodes,
        "yolox-s",
        [helper.make_tensor_value_info("images", floats, ["n", 3, HEIGHT, WIDTH])],
        [helper.make_tensor_value_info("output", floats, ["n", None, 5 + len(CLASSES)])],
        d.stored,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    data = bytes(model.SerializeToString())
    card = ModelCard(
        name="yolox-s-untrained", version="1", sha256=hashlib.sha256(data).hexdigest(),
        family="yolox", input_width=WIDTH, input_height=HEIGHT, classes=CLASSES,
        licence="Apache-2.0", trained_on="nothing: random weights, for measuring", synthetic=True,
    )  # fmt: skip
    return card, data


def _levels(d: Drawing) -> list[str]:
    """CSPDarknet and PAFPN: pictures to features at strides 8, 16 and 32."""
    axes = d.keep(np.array([2, 3], np.int64))
    ends = d.keep(np.array([2**30] * 2, np.int64))
    steps = d.keep(np.array([2, 2], np.int64))
    parts = [
        d.add("Slice", ["images", d.keep(np.array(at, np.int64)), ends, axes, steps])
        for at in ((0, 0), (1, 0), (0, 1), (1, 1))
    ]
    x = d.conv(d.join(*parts), 12, 32, 3, loud=1 / 128)  # bytes come in
    x = d.csp(d.conv(x, 32, 64, 3, 2), 64, 64, 1)
    c3 = d.csp(d.conv(x, 64, 128, 3, 2), 128, 128, 3)
    c4 = d.csp(d.conv(c3, 128, 256, 3, 2), 256, 256, 3)
    x = d.conv(d.conv(c4, 256, 512, 3, 2), 512, 256)
    pools = [
        d.add("MaxPool", [x], kernel_shape=[k, k], strides=[1, 1], pads=[k // 2] * 4)
        for k in (5, 9, 13)
    ]
    c5 = d.csp(d.conv(d.join(x, *pools), 1024, 512), 512, 512, 1, short=False)
    up5 = d.conv(c5, 512, 256)
    p4 = d.csp(d.join(d.larger(up5), c4), 512, 256, 1, short=False)
    up4 = d.conv(p4, 256, 128)
    n3 = d.csp(d.join(d.larger(up4), c3), 256, 128, 1, short=False)
    n4 = d.csp(d.join(d.conv(n3, 128, 128, 3, 2), up4), 256, 256, 1, short=False)
    n5 = d.csp(d.join(d.conv(n4, 256, 256, 3, 2), up5), 512, 512, 1, short=False)
    return [n3, n4, n5]


def _head(d: Drawing, level: str, channels: int) -> str:
    """Boxes, objectness and classes of one level as [n, 5 + classes, cells]."""
    stem = d.conv(level, channels, 128)
    seen, placed = (d.conv(d.conv(stem, 128, 128, 3), 128, 128, 3) for _ in range(2))
    thing = d.add("Sigmoid", [d.bare(placed, 128, 1, loud=0.01, bias=-8.0)])
    kinds = d.add("Sigmoid", [d.bare(seen, 128, len(CLASSES), loud=0.01)])
    whole = d.join(d.bare(placed, 128, 4, loud=0.01), thing, kinds)
    return d.add("Reshape", [whole, d.keep(np.array([0, 5 + len(CLASSES), -1], np.int64))])
