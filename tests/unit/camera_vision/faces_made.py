"""Faces as a test says: an embedder that answers what it is told, and a list of two."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from city.contracts.watching import FaceList, FaceWanted
from vision_world import MORNING, NAMED

from gpu_workers.cameras.faces.card import FaceCard, Vector
from gpu_workers.cameras.faces.search import Face, LegalBasis, Wanted, vector_of
from gpu_workers.cameras.seen import Picture

UNTIL = MORNING + timedelta(days=1)
BASIS = LegalBasis("QĐ-12/2026", "a-mark", "b-mark", UNTIL)


def card(**more: Any) -> FaceCard:
    told: dict[str, Any] = {
        "name": "test", "version": "1", "kind": "onnx", "files": {"model.onnx": "0" * 64},
        "dims": 64, "metric": "cosine", "line": 0.6, "licence": "none", "trained_on": "nothing",
    }  # fmt: skip
    return FaceCard(**{**told, **more})


def axis(*at: int, of: int = 64) -> Vector:
    """A vector that points along some axes."""
    made = np.zeros(of, np.float32)
    made[list(at)] = 1
    return made


class Embedder:
    """Sees the same faces in every picture, and counts how often it is asked."""

    def __init__(self, *vectors: Vector, **more: Any) -> None:
        self.card, self.vectors, self.asked = card(**more), vectors, 0
        self.pictures: list[Picture] = []

    def embed(self, picture: Picture) -> Sequence[Face]:
        self.asked += 1
        self.pictures.append(picture)
        return [Face((0, 0, 99, 99), vector_of(list(v))) for v in self.vectors]


LIST = [Wanted("w1", axis(0), BASIS), Wanted("w2", axis(1), BASIS)]


def wanted(entry: str, vector: Vector, **more: Any) -> FaceWanted:
    told: dict[str, Any] = {
        "entry": entry, "vector": tuple(float(x) for x in vector), "model": "test@1",
        "basis": "QĐ-12/2026", "asked_by": "a-mark", "released_by": "b-mark", "until": UNTIL,
    }  # fmt: skip
    return FaceWanted(**{**told, **more})


def face_list(*entries: FaceWanted, **more: Any) -> FaceList:
    rule = {**NAMED, "rule_id": "face-list", "valid_from": MORNING - timedelta(days=1)}
    return FaceList(**{**rule, "wanted": entries, **more})
