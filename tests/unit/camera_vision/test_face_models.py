"""Face models: an operator's ONNX graph with its card, dlib where it is installed, enrolment."""

import base64
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import cv2
import numpy as np
import onnx
import pytest
from city.contracts.watching import FaceList
from faces_made import Embedder, axis, card, face_list, wanted
from moto import mock_aws
from onnx import TensorProto, helper, numpy_helper

from gpu_workers.cameras.faces import dlib_faces, enrol
from gpu_workers.cameras.faces.card import parsed
from gpu_workers.cameras.faces.dlib_faces import Spot, shipped_card
from gpu_workers.cameras.faces.embedders import Embedders, read
from gpu_workers.cameras.faces.onnx_faces import EYES, OnnxEmbedder, aligned
from gpu_workers.cameras.faces.register import register
from gpu_workers.cameras.inference.session import BadModel
from gpu_workers.cameras.registry import Bucket, Folder

DIMS, SIZE = 64, 32


def graph(dims: int = DIMS) -> bytes:
    """Rows of a fixed matrix times the picture: nothing is learned, but faces differ."""
    rng = np.random.default_rng(9)
    weights = rng.normal(size=(3 * SIZE * SIZE, dims)).astype(np.float32)
    made = helper.make_graph(
        [
            helper.make_node("Flatten", ["face"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["vector"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, [None, 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [None, dims])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


GRAPH = graph()
CARD = card(
    name="tiny", size=SIZE, dims=DIMS, files={"model.onnx": hashlib.sha256(GRAPH).hexdigest()}
)


class Finder:
    """Finds one face, with its eyes where the test says."""

    def __init__(self, eyes: tuple[tuple[float, float], tuple[float, float]]) -> None:
        self.eyes = eyes

    def find(self, picture: np.ndarray, least_px: int) -> list[Spot]:
        return [Spot((0, 0, 200, 200), None, self.eyes)]


def test_an_operators_model_gives_the_same_vector_for_a_face_that_is_moved_and_turned() -> None:
    rng = np.random.default_rng(2)
    soft = cv2.GaussianBlur(rng.integers(0, 255, (600, 600, 3), dtype=np.uint8), (0, 0), 9)
    face = np.asarray(cv2.normalize(soft, soft.copy(), 0, 255, cv2.NORM_MINMAX), np.uint8)
    eyes = ((260.0, 280.0), (340.0, 276.0))
    embedder = OnnxEmbedder(CARD, GRAPH, Finder(eyes))
    (first,) = embedder.embed(face)
    turn = cv2.getRotationMatrix2D((300, 300), 14, 1.1)
    moved = np.asarray(cv2.warpAffine(face, turn, (600, 600)), np.uint8)
    there = [tuple(turn @ np.array([x, y, 1.0])) for x, y in eyes]
    (second,) = OnnxEmbedder(CARD, GRAPH, Finder((there[0], there[1]))).embed(moved)
    (other,) = OnnxEmbedder(CARD, GRAPH, Finder(eyes)).embed(face[::-1].copy())
    same = CARD.measure(first.vector, second.vector)
    different = CARD.measure(first.vector, other.vector)
    assert same > 0.97
    assert different < same - 0.1


def test_eyes_come_to_where_the_family_has_them() -> None:
    picture = np.zeros((300, 300, 3), np.uint8)
    eyes = ((100.0, 120.0), (160.0, 150.0))
    for x, y in eyes:
        cv2.circle(picture, (int(x), int(y)), 6, (255, 255, 255), -1)
    out = aligned(picture, eyes, 112)
    for x, y in EYES:
        assert out[round(y), round(x)].min() > 200


def test_a_model_of_the_registry_is_the_cards_file_or_none(tmp_path: Path) -> None:
    folder = tmp_path / "tiny" / "1"
    folder.mkdir(parents=True)
    places = [Folder(tmp_path)]
    with pytest.raises(BadModel, match="not in the registry"):
        read("tiny@1", places)
    (folder / "card.json").write_text(CARD.model_dump_json())
    with pytest.raises(BadModel):
        read("tiny@1", places)
    (folder / "model.onnx").write_bytes(GRAPH)
    assert read("tiny@1", places) == (CARD, GRAPH)
    (folder / "model.onnx").write_bytes(GRAPH + b" ")
    with pytest.raises(BadModel, match="not the card's file"):
        read("tiny@1", places)
    (folder / "card.json").write_text(CARD.model_copy(update={"version": "2"}).model_dump_json())
    with pytest.raises(BadModel, match="another's"):
        read("tiny@1", places)
    (folder / "card.json").write_text("{}")
    with pytest.raises(BadModel, match="bad face card"):
        read("tiny@1", places)


@pytest.mark.parametrize(
    ("model", "more"),
    [(b"no graph", {}), (graph(80), {}), (GRAPH, {"size": 64}), (GRAPH, {"dims": 80})],
)
def test_a_graph_that_is_not_what_its_card_says_is_refused(
    model: bytes, more: dict[str, Any]
) -> None:
    with pytest.raises(BadModel):
        OnnxEmbedder(CARD.model_copy(update=more), model, Finder(((0, 0), (1, 0))))


def test_the_shipped_card_says_whose_weights_they_are_and_what_they_learned_from() -> None:
    told = shipped_card()
    assert (told.full_name, told.dims, told.metric) == ("dlib-resnet@1", 128, "distance")
    assert told.line < 0.6  # stricter than the author's: a list is compared with passers-by
    assert "not asked" in told.trained_on
    assert not any("68" in name for name in told.files)


def test_a_card_lacks_nothing() -> None:
    for gone in ("licence", "trained_on", "line", "metric", "files"):
        whole = json.loads(CARD.model_dump_json())
        del whole[gone]
        with pytest.raises(BadModel):
            parsed(json.dumps(whole).encode())


def test_weights_that_are_not_the_cards_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACES_FOLDER", str(tmp_path))
    with pytest.raises(BadModel, match="missing"):
        dlib_faces.checked(shipped_card(), dlib_faces.POINTS)
    (tmp_path / dlib_faces.POINTS).write_bytes(b"something else")
    with pytest.raises(BadModel, match="not the card's"):
        dlib_faces.checked(shipped_card(), dlib_faces.POINTS)


def test_a_list_of_a_model_that_is_not_here_looks_for_nobody(tmp_path: Path) -> None:
    rule: FaceList = face_list(wanted("s1", axis(0), model="elsewhere@1"))
    assert Embedders([Folder(tmp_path)]).looker(rule).idle


def test_a_version_is_published_once_whole_and_then_found(tmp_path: Path) -> None:
    model, written = tmp_path / "m.onnx", tmp_path / "card.json"
    model.write_bytes(GRAPH)
    told = json.loads(CARD.model_dump_json(exclude={"files", "kind"}))
    written.write_text(json.dumps(told))
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="evidence")
        name = register(model, written, s3, "evidence")
        places = [Bucket(s3, "evidence")]
        assert (name, read(name, places)) == ("tiny@1", (CARD, GRAPH))
        with pytest.raises(BadModel, match="not published"):
            register(model, written, s3, "evidence")
        for wrong in ({"dims": 80}, {"size": 64}, {"files": {"model.onnx": "0" * 64}}):
            written.write_text(json.dumps({**told, **wrong, "version": "2"}))
            with pytest.raises(BadModel):
                register(model, written, s3, "evidence")
        with pytest.raises(BadModel, match="not in the registry"):
            read("tiny@2", places)


# Enrolment


def jpeg(side: int = 200) -> bytes:
    _, data = cv2.imencode(".jpg", np.full((side, side, 3), 90, np.uint8))
    return bytes(data)


@pytest.mark.parametrize(
    ("vectors", "miss"), [([], "no_face"), ([axis(0), axis(1)], "several_faces"), ([axis(0)], None)]
)
def test_a_photo_has_one_face_or_a_reason(vectors: list[Any], miss: str | None) -> None:
    told = enrol.answer_of(jpeg(), Embedder(*vectors))
    assert told.get("miss") == miss
    assert ("vector" in told) == (miss is None)
    assert enrol.answer_of(b"no picture", Embedder(axis(0)))["miss"] == "no_face"


def test_a_face_that_is_too_small_for_a_reference_is_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(enrol, "WIDE_ENOUGH", 120)
    assert enrol.answer_of(jpeg(), Embedder(axis(0)))["miss"] == "small_face"


@pytest.fixture
def city() -> Iterator[tuple[str, list[Any]]]:
    """A desk for enrollers that has one photo."""
    heard: list[Any] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append((self.path, self.headers["X-API-Key"], body))
            out = b""
            if self.path.endswith("/next"):
                items = [] if len(heard) > 1 else [
                    {"search_id": "s 1", "photo": base64.b64encode(jpeg()).decode()}
                ]  # fmt: skip
                out = json.dumps({"items": items}).encode()
            self.send_response(200 if out else 204)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", heard
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_enroller_takes_a_photo_answers_and_asks_again(city: tuple[str, list[Any]]) -> None:
    address, heard = city
    desk = enrol.Desk(address, "e.key")
    assert enrol.once(desk, Embedder(axis(3)))
    assert not enrol.once(desk, Embedder(axis(3)))
    paths = [path for path, _, _ in heard]
    assert paths == [
        "/v1/violations/faces/next", "/v1/violations/faces/s%201/vector",
        "/v1/violations/faces/next",
    ]  # fmt: skip
    assert {key for _, key, _ in heard} == {"e.key"}
    assert heard[1][2]["vector"][3] == 1.0


# The real model, where its operator installed it


def real() -> Any:
    try:
        return Embedders().get("dlib-resnet@1")
    except BadModel as fault:
        pytest.skip(f"the extra is not installed (requirements/faces.txt): {fault}")


def astronaut() -> np.ndarray:
    """Eileen Collins, official portrait by NASA, public domain, from scikit-image's wheel."""
    data: Any = pytest.importorskip(
        "skimage.data", reason="scikit-image, whose wheel has the picture, is not installed"
    )
    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])


def changed() -> dict[str, np.ndarray]:
    """The portrait under other light, blur, size and compression."""
    plain = astronaut()
    made = {"mirrored": plain[:, ::-1].copy()}
    for gamma in (0.4, 0.6, 1.5, 2.0):
        made[f"gamma {gamma}"] = (255 * (plain / 255.0) ** gamma).astype(np.uint8)
    for sigma in (1, 2, 3):
        made[f"blur {sigma}"] = np.asarray(cv2.GaussianBlur(plain, (0, 0), sigma), np.uint8)
    for share in (0.7, 0.5, 0.4):
        small = cv2.resize(plain, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        made[f"size {share}"] = np.asarray(small, np.uint8)
    for quality in (50, 20):
        data = cv2.imencode(".jpg", plain, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        made[f"jpeg {quality}"] = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return made


def test_the_real_model_finds_a_portrait_again_under_other_light_blur_and_size() -> None:
    embedder, told = real(), shipped_card()
    reference = max(embedder.embed(astronaut()), key=lambda face: face.corners[2] - face.corners[0])
    found: dict[str, float] = {}
    for name, picture in changed().items():
        measures = [told.measure(face.vector, reference.vector) for face in embedder.embed(picture)]
        found[name] = min(measures, default=9.0)
    assert {name: m for name, m in found.items() if not told.alike(m)} == {}, found


def test_the_real_model_does_not_take_other_people_for_the_portrait() -> None:
    embedder, told = real(), shipped_card()
    folder = os.environ.get("FACES_OTHERS")
    if not folder:
        pytest.skip("FACES_OTHERS names no folder with pictures of other people")
    reference = embedder.embed(astronaut())[0].vector
    measures: dict[str, float] = {}
    for path in sorted(Path(folder).glob("*.[jp][pn]g")):
        read_: Any = cv2.imread(str(path), cv2.IMREAD_COLOR)
        measures |= {
            f"{path.name} {n}": told.measure(face.vector, reference)
            for n, face in enumerate(embedder.embed(read_))
        }
    assert measures, "no face in any of them"
    assert {name: m for name, m in measures.items() if told.alike(m)} == {}, measures


def test_the_real_model_enrols_the_portrait_and_not_a_wall() -> None:
    embedder = real()
    _, portrait = cv2.imencode(".jpg", astronaut())
    told = enrol.answer_of(bytes(portrait), embedder)
    assert len(told["vector"]) == 128
    assert enrol.answer_of(jpeg(), embedder)["miss"] == "no_face"
