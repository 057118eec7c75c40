"""Publish a face model: `python -m gpu_workers.cameras.faces.register <model.onnx> <card.json>`.

The card is as `FaceCard`, without `files` if you like: the hash is filled in. The graph is loaded
and run once before anything is written; a version never changes. Setting: EVIDENCE_BUCKET.
"""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from gpu_workers.cameras.inference.session import BadModel
from gpu_workers.cameras.seen import Picture

from .card import FaceCard, parsed
from .dlib_faces import Spot
from .embedders import MODEL_FILE
from .onnx_faces import OnnxEmbedder


class _Nobody:
    """Finds no face: a graph is tried on an empty picture only."""

    def find(self, picture: Picture, least_px: int) -> list[Spot]:  # noqa: ARG002 - see `Finder`
        """See `Finder`."""
        return []


def checked(data: bytes, card: bytes) -> tuple[FaceCard, bytes]:
    """The card, with the file's hash in it, and as it is to be written.

    Raises:
        BadModel: the card is bad, of another file, or the graph is not what it says.
        ValueError: the card is no JSON.
    """
    told = json.loads(card)
    digest = hashlib.sha256(data).hexdigest()
    told.setdefault("files", {MODEL_FILE: digest})
    told.setdefault("kind", "onnx")
    written = json.dumps(told, ensure_ascii=False, indent=2).encode()
    read = parsed(written)
    if read.kind != "onnx" or read.files.get(MODEL_FILE) != digest:
        raise BadModel(f"{read.full_name}: its card is of another file")
    OnnxEmbedder(read, data, _Nobody())
    return read, written


def register(model: Path, card: Path, s3: Any, bucket: str) -> str:
    """Check and publish; returns the name for FACE_MODEL.

    Raises:
        BadModel: see `checked`; or the version is there already.
    """
    data = model.read_bytes()
    read, written = checked(data, card.read_bytes())
    folder = f"models/{read.name}/{read.version}"
    try:
        # The card claims the version; who dies in between leaves a version that nobody can load.
        s3.put_object(Bucket=bucket, Key=f"{folder}/card.json", Body=written,
                      ContentType="application/json", IfNoneMatch="*")  # fmt: skip
    except ClientError as fault:
        raise BadModel(f"{read.full_name} is not published: "
                       f"{fault.response['Error']['Code']}") from None  # fmt: skip
    s3.put_object(Bucket=bucket, Key=f"{folder}/{MODEL_FILE}", Body=data)
    return read.full_name


def main() -> int:
    """Run."""
    import boto3

    parser = argparse.ArgumentParser(description="Publish a face model to the model registry.")
    parser.add_argument("model", type=Path)
    parser.add_argument("card", type=Path)
    told = parser.parse_args()
    try:
        print(register(told.model, told.card, boto3.client("s3"), os.environ["EVIDENCE_BUCKET"]))
    except (BadModel, ValueError, OSError) as fault:
        print(f"✗ {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
