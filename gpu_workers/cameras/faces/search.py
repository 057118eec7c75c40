"""Comparing faces with a small watch list: shut unless law, flag and model are all there.

Whoever has the right to search brings an embedder; this file sees to it that nothing is embedded
without a legal basis, and that no vector of anybody who is not on the list is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from city.contracts.watching import FACES_MOST

from gpu_workers.cameras.seen import Picture

from .card import FaceCard, Vector


class NotAllowed(Exception):
    """Face search was asked for without everything that it needs."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture: its corners in pixels (left, top, right, bottom) and its vector."""

    corners: tuple[int, int, int, int]
    vector: Vector


class FaceEmbedder(Protocol):
    """Faces of a picture as vectors; whose they are is not its business."""

    card: FaceCard

    def embed(self, picture: Picture) -> Sequence[Face]:
        """Every face that is at least as wide as the card wants."""
        ...


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """What a search rests on: the order, the two who released it, until when it holds."""

    reference: str
    asked_by: str
    released_by: str
    until: datetime

    @property
    def sound(self) -> bool:
        """An order and two different people."""
        two = self.asked_by and self.released_by and self.asked_by != self.released_by
        return bool(self.reference and two)

    def covers(self, at: datetime) -> bool:
        """Sound and still in its time."""
        return self.sound and at < self.until


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry of the list: a number, a vector and what it rests on; no name."""

    entry: str
    vector: Vector
    basis: LegalBasis | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A likeness that a person has to judge; `measure` by the card's metric."""

    entry: str
    measure: float
    score: float
    corners: tuple[int, int, int, int]
    reference: str


class FaceSearch:
    """Compares every face of a picture with the list; an entry is dropped when its basis ends."""

    def __init__(
        self, *, enabled: bool, embedder: FaceEmbedder | None, wanted: Sequence[Wanted]
    ) -> None:
        """Raises:
        NotAllowed: the flag, the model, a legal basis of an entry or the list is missing.
        """
        if not enabled:
            raise NotAllowed("the camera's flag `faces` is off")
        if embedder is None:
            raise NotAllowed("no face model is registered")
        if not 0 < len(wanted) <= FACES_MOST:
            raise NotAllowed(f"a list has 1 to {FACES_MOST} entries")
        if not all(each.basis is not None and each.basis.sound for each in wanted):
            raise NotAllowed("no legal basis")
        dims = embedder.card.dims
        if any(each.vector.shape != (dims,) for each in wanted):
            raise NotAllowed(f"a vector is not one of {embedder.card.full_name}")
        self._embedder, self._wanted = embedder, list(wanted)

    @property
    def card(self) -> FaceCard:
        """The model's card."""
        return self._embedder.card

    def covered(self, at: datetime) -> int:
        """Forget the entries whose basis is over; how many are left."""
        self._wanted = [each for each in self._wanted if each.basis and each.basis.covers(at)]
        return len(self._wanted)

    def look(self, picture: Picture, at: datetime) -> list[Hit]:
        """Likenesses beyond the card's line: for each entry the best face.

        Raises:
            NotAllowed: no legal basis covers this moment; no face was embedded.
        """
        if not self.covered(at):
            raise NotAllowed("the legal basis does not cover this moment")
        hits: dict[str, Hit] = {}
        for face in self._embedder.embed(picture):
            for wanted in self._wanted:
                measure = self.card.measure(face.vector, wanted.vector)
                known = hits.get(wanted.entry)
                score = self.card.score(measure)
                if self.card.alike(measure) and (known is None or score > known.score):
                    reference = wanted.basis.reference if wanted.basis else ""
                    hits[wanted.entry] = Hit(wanted.entry, measure, score, face.corners, reference)
        return list(hits.values())


def vector_of(numbers: Sequence[float]) -> Vector:
    """A vector from its numbers."""
    return np.asarray(numbers, np.float32)
