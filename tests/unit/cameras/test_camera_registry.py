"""The model registry: whole, compared, never changed; what is bad is refused before it is used."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
from cameras_graphs import card, hues
from moto import mock_aws

from gpu_workers.cameras.inference.session import BadModel
from gpu_workers.cameras.register import register
from gpu_workers.cameras.registry import Bucket, Folder, load

MODEL = hues([[0, 0, 160, 90, 1, 1]])


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="ap-southeast-1")
        client.create_bucket(
            Bucket="evidence",
            CreateBucketConfiguration={"LocationConstraint": "ap-southeast-1"},
        )
        yield client


def _files(folder: Path, **more: Any) -> tuple[Path, Path]:
    told = {**card("hues", MODEL, 320, 192).model_dump(mode="json"), **more}
    (folder / "m.onnx").write_bytes(MODEL)
    (folder / "c.json").write_text(json.dumps({**told, "figures": {"map": 0.5}}))
    return folder / "m.onnx", folder / "c.json"


def test_a_published_model_is_loaded_and_sees(s3: Any, tmp_path: Path) -> None:
    bucket = Bucket(s3, "evidence")
    assert register(*_files(tmp_path), bucket) == "tiny@1"
    detector = load("tiny@1", [Folder(tmp_path), bucket])
    (boxes,) = detector.detect([np.full((192, 320, 3), 255, np.uint8)])
    assert [box.label for box in boxes] == ["car"]
    assert register(*_files(tmp_path), bucket) == "tiny@1"  # the same again is no fault


def test_a_version_never_changes(s3: Any, tmp_path: Path) -> None:
    bucket = Bucket(s3, "evidence")
    register(*_files(tmp_path), bucket)
    other = hues([[0, 0, 9, 9, 1, 1]])
    (tmp_path / "m.onnx").write_bytes(other)
    (tmp_path / "c.json").write_text(card("hues", other, 320, 192).model_dump_json())
    with pytest.raises(BadModel, match="next version"):
        register(tmp_path / "m.onnx", tmp_path / "c.json", bucket)


def test_a_file_that_was_changed_is_refused_before_it_is_parsed(s3: Any, tmp_path: Path) -> None:
    bucket = Bucket(s3, "evidence")
    register(*_files(tmp_path), bucket)
    s3.put_object(Bucket="evidence", Key="models/tiny/1/model.onnx", Body=MODEL + b"\0")
    with pytest.raises(BadModel, match="sha256"):
        load("tiny@1", [bucket])


@pytest.mark.parametrize(
    "card_json",
    [b"{", b"{}", b"[]", json.dumps({**card("hues", MODEL, 320, 192).model_dump(mode="json"),
                                     "family": "magic"}).encode(),
     json.dumps({**card("hues", MODEL, 320, 192).model_dump(mode="json"),
                 "classes": []}).encode(),
     json.dumps({**card("hues", MODEL, 320, 192).model_dump(mode="json"),
                 "version": "2"}).encode()],
)  # fmt: skip
def test_a_bad_card_is_refused(s3: Any, card_json: bytes) -> None:
    s3.put_object(Bucket="evidence", Key="models/tiny/1/model.onnx", Body=MODEL)
    s3.put_object(Bucket="evidence", Key="models/tiny/1/card.json", Body=card_json)
    with pytest.raises(BadModel, match="card"):
        load("tiny@1", [Bucket(s3, "evidence")])


@pytest.mark.parametrize("name", ["tiny@2", "../x@1", "tiny", "tiny@1/../../2", "a@b@c"])
def test_what_is_not_there_is_said(s3: Any, name: str) -> None:
    with pytest.raises(BadModel):
        load(name, [Folder(Path("/nowhere")), Bucket(s3, "evidence")])


def test_a_model_that_is_not_what_its_card_says_is_not_published(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(BadModel):
        register(*_files(tmp_path, family="yolov8"), Bucket(s3, "evidence"))
    assert "Contents" not in s3.list_objects_v2(Bucket="evidence")


def test_a_lost_bucket_is_said_as_a_bad_model(s3: Any) -> None:
    with pytest.raises(BadModel, match="NoSuchBucket"):
        load("tiny@1", [Bucket(s3, "gone")])
