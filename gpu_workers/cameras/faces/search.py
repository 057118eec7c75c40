"""Searching a small watch list of faces: a port, shut unless law, flag and model are all there.

The project ships no face model: none with a clean licence could be had. Whoever has the right to
search brings an embedder; this file sees to it that nothing is embedded without a legal basis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gpu_workers.cameras.seen import Picture

Vector = npt.NDArray[np.float32]
MOST_WANTED = 100  # a watch list, not a population


class NotAllowed(Exception):
    """Face search was asked for without everything that it needs."""


class FaceEmbedder(Protocol):
    """Faces of a picture as vectors; whose they are is not its business."""

    name: str  # name@version, as in the model registry

    def embed(self, picture: Picture) -> Sequence[tuple[tuple[int, int, int, int], Vector]]:
        """Each face's corners in pixels (left, top, right, bottom) and its vector."""
        ...


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """What a search rests on: the order, the two who released it, until when it holds."""

    reference: str
    asked_by: str
    released_by: str
    until: datetime

    def covers(self, at: datetime) -> bool:
        """An order, two different people, still valid."""
        return bool(
            self.reference
            and self.asked_by
            and self.released_by
            and self.asked_by != self.released_by
            and at < self.until
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry of the list: a number and a vector, no name."""

    entry: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Hit:
    """A likeness that a person has to judge."""

    entry: str
    likeness: float
    corners: tuple[int, int, int, int]
    reference: str


class FaceSearch:
    """Compares every face with the list by cosine; keeps no vector of anybody who is not on it."""

    def __init__(
        self,
        *,
        enabled: bool,
        basis: LegalBasis | None,
        embedder: FaceEmbedder | None,
        wanted: Sequence[Wanted],
        least: float = 0.6,
    ) -> None:
        if not enabled:
            raise NotAllowed("the camera's flag `faces` is off")
        if basis is None:
            raise NotAllowed("no legal basis")
        if embedder is None:
            raise NotAllowed("no face model is registered")
        if not 0 < len(wanted) <= MOST_WANTED:
            raise NotAllowed(f"a list has 1 to {MOST_WANTED} entries")
        self._basis, self._embedder, self._least = basis, embedder, least
        self._entries = [w.entry for w in wanted]
        self._matrix = np.stack([_unit(w.vector) for w in wanted])

    def look(self, picture: Picture, at: datetime) -> list[Hit]:
        """Likenesses above the least. NotAllowed once the basis no longer holds."""
        if not self._basis.covers(at):
            raise NotAllowed("the legal basis does not cover this moment")
        hits = []
        for corners, vector in self._embedder.embed(picture):
            likeness = self._matrix @ _unit(vector)
            best = int(likeness.argmax())
            if likeness[best] >= self._least:
                hits.append(
                    Hit(self._entries[best], float(likeness[best]), corners, self._basis.reference)
                )
        return hits


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return (vector / max(length, 1e-12)).astype(np.float32)
