"""How alike a model finds pictures: `python -m gpu_workers.cameras.faces.compare a.jpg b.jpg …`.

For whoever has to trust a model: the largest face of each picture against that of the first, by the
card's metric. Setting: FACE_MODEL; EVIDENCE_BUCKET for a model of the registry.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import cv2

from gpu_workers.cameras import registry

from .embedders import Embedders
from .enrol import DEFAULT_MODEL
from .search import Face, FaceEmbedder


def largest(path: Path, embedder: FaceEmbedder) -> Face | None:
    """The widest face of a picture."""
    picture: Any = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        return None
    found = embedder.embed(picture)
    return max(found, key=lambda face: face.corners[2] - face.corners[0], default=None)


def main(paths: list[str]) -> int:
    """Print a line for each picture."""
    places: list[registry.Models] = []
    if bucket := os.environ.get("EVIDENCE_BUCKET"):
        import boto3

        places.append(registry.Bucket(boto3.client("s3"), bucket))
    embedder = Embedders(places).get(os.environ.get("FACE_MODEL", DEFAULT_MODEL))
    card, first = embedder.card, None
    print(f"{card.full_name}: {card.metric}, line {card.line}")
    for path in map(Path, paths):
        began = time.perf_counter()
        face = largest(path, embedder)
        took = (time.perf_counter() - began) * 1000
        first = first or face
        if face is None or first is None:
            print(f"  {path.name}: no face ({took:.0f} ms)")
            continue
        measure = card.measure(first.vector, face.vector)
        wide = face.corners[2] - face.corners[0]
        word = "beyond the line" if card.alike(measure) else "not alike"
        print(f"  {path.name}: {measure:.3f} {word}, {wide} px wide ({took:.0f} ms)")
    return 0 if first else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
