"""Publish a detector: `python -m gpu_workers.cameras.register <model.onnx> <card.json>`.

The card is as `ModelCard`, without `sha256` if you like: it is filled in. The model is loaded and
run once before anything is written. Setting: EVIDENCE_BUCKET; the rest is boto3's.
"""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

import boto3

from gpu_workers.cameras.inference.session import BadModel, OnnxDetector
from gpu_workers.cameras.registry import Bucket, check, parsed


def register(model: Path, card: Path, bucket: Bucket) -> str:
    """Check and publish; returns what to write into a camera's configuration.

    Raises:
        BadModel: the card is bad, the model does not do what it says, or the version is taken.
    """
    data = model.read_bytes()
    told = json.loads(card.read_text("utf-8"))
    told.setdefault("sha256", hashlib.sha256(data).hexdigest())
    written = json.dumps(told, ensure_ascii=False, indent=2).encode()
    read = parsed(written)
    check(read, data)
    detector = OnnxDetector(read, data)
    bucket.put(read, written, data)
    return detector.name


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(description="Publish a detector to the model registry.")
    parser.add_argument("model", type=Path)
    parser.add_argument("card", type=Path)
    told = parser.parse_args()
    bucket = Bucket(boto3.client("s3"), os.environ["EVIDENCE_BUCKET"])
    try:
        print(register(told.model, told.card, bucket))
    except (BadModel, ValueError, OSError) as fault:
        print(f"✗ {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
