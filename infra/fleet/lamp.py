"""The cheapest detector and the film it is for: a box where the picture is bright."""

import hashlib
import io

import av
import numpy as np
import onnx
from city.contracts.cameras import CameraConfig, ModelCard
from city.contracts.watching import Intrusion
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEIGHT, FPS = 64, 48, 1
PERIOD, LIT = 60, 3  # a lamp is lit for three frames in sixty
MODEL = "lamp@1"
COOLDOWN_S = 30.0
RULE = Intrusion.model_validate(
    {
        "rule_id": "lamp",
        "name_vi": "Đèn sáng",
        "name_en": "Lamp on",
        "valid_from": "2020-01-01T00:00:00Z",
        "zone": [[0, 0], [1, 0], [1, 1]],
        "cooldown_s": COOLDOWN_S,
    }
)


def model() -> bytes:
    """Family `hues`: one box [0, 0, 64, 48] of class 0, its score the picture's brightness."""
    fixed = np.zeros((1, 1, 6), np.float32)
    fixed[0, 0, 2:4] = WIDTH, HEIGHT
    score = np.zeros((1, 1, 6), np.float32)
    score[0, 0, 4] = 1 / 255
    shape = np.asarray([-1, 1, 1], np.int64)
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["pictures"], ["floats"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["floats"], ["mean"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Reshape", ["mean", "shape"], ["bright"]),
            helper.make_node("Mul", ["bright", "score"], ["scored"]),
            helper.make_node("Add", ["scored", "fixed"], ["detections"]),
        ],
        "lamp",
        [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", HEIGHT, WIDTH, 3])],
        [helper.make_tensor_value_info("detections", TensorProto.FLOAT, ["n", 1, 6])],
        [
            numpy_helper.from_array(value, name)
            for name, value in (("shape", shape), ("score", score), ("fixed", fixed))
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 9
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def card(data: bytes) -> ModelCard:
    """Its card."""
    name, version = MODEL.split("@")
    return ModelCard(
        name=name, version=version, sha256=hashlib.sha256(data).hexdigest(), family="hues",
        input_width=WIDTH, input_height=HEIGHT, classes=("person",), thresholds={"person": 0.6},
        licence="Apache-2.0", trained_on="nothing: brightness", synthetic=True,
    )  # fmt: skip


def config(camera_id: str, source: str) -> CameraConfig:
    """A camera of the soak."""
    return CameraConfig(
        camera_id=camera_id, config_version=1, epoch=0, source=source, place=(16.46, 107.59),
        sample_fps=5, sampling="steady", model=MODEL, rules=(RULE,), simulated=True,
    )  # fmt: skip


def _picture(n: int) -> np.ndarray:
    """Dim, with something that moves; bright while the lamp is lit."""
    lit = n % PERIOD < LIT
    picture = np.full((HEIGHT, WIDTH, 3), 235 if lit else 60, np.uint8)
    picture[4:12, n % WIDTH] = 120
    return picture


def film(frames: int) -> list[bytes]:
    """An MPEG transport stream in pieces of one frame; each piece can be the first."""
    file = _Pieces()
    options = {"mpegts_flags": "+pat_pmt_at_frames+resend_headers", "flush_packets": "1"}
    with av.open(file, "w", format="mpegts", options=options) as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = 1
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "30"}
        pieces = []
        for n in range(frames):
            for packet in stream.encode(av.VideoFrame.from_ndarray(_picture(n), format="bgr24")):
                out.mux(packet)
            pieces.append(file.taken())
    return pieces


class _Pieces(io.RawIOBase):
    """A file that hands over what was written since the last time."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        data = bytes(self._held)
        self._held.clear()
        return data
