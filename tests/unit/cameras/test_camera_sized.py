"""The bench's large graph is one that a worker takes, and of the size that it says."""

import numpy as np
import onnx
from onnx import numpy_helper

from gpu_workers.cameras.inference.session import OnnxDetector
from infra.bench.sized import yolox_s


def test_the_large_graph_runs_as_its_card_says_and_finds_nothing() -> None:
    card, data = yolox_s()
    stored = onnx.load_from_string(data).graph.initializer
    assert 8_800_000 < sum(numpy_helper.to_array(one).size for one in stored) < 9_100_000
    detector = OnnxDetector(card, data, threads=1)  # warms up: its output fits its family
    grey = np.full((360, 640, 3), 90, np.uint8)
    assert detector.detect([grey, grey]) == [[], []]
