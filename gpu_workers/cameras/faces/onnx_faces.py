"""An operator's own face model: an ONNX graph of the ArcFace family with its card.

A square picture of an upright face goes in, a vector comes out. Faces and eyes are found by dlib's
detector (the extra); both eyes are brought to where the family's training had them.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import cv2
import numpy as np
import onnxruntime as ort

from gpu_workers.cameras.inference.session import BadModel, providers
from gpu_workers.cameras.seen import Picture

from .card import FaceCard, Vector
from .dlib_faces import Spot
from .search import Face

# Eyes in a picture of 112 x 112, as ArcFace's alignment has them (x, y; left to right).
EYES = np.array([[38.2946, 51.6963], [73.5318, 51.5014]])
FULL = 112


class Finder(Protocol):
    """Finds faces and their eyes."""

    def find(self, picture: Picture, least_px: int) -> list[Spot]:
        """The faces of a picture that are wide enough."""
        ...


class OnnxEmbedder:
    """See `FaceEmbedder`."""

    def __init__(self, card: FaceCard, model: bytes, finder: Finder) -> None:
        """Load and try a model.

        Raises:
            BadModel: it cannot be loaded or run, or gives something else than its card says.
        """
        self.card, self._finder = card, finder
        try:
            self._session: Any = ort.InferenceSession(model, providers=providers())
        except Exception as fault:  # noqa: BLE001 - ONNX Runtime's errors have no common base
            raise BadModel(f"{card.full_name}: {str(fault)[:300]}") from None
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4:
            raise BadModel(f"{card.full_name}: wants one picture, (batch, 3, height, width)")
        self._input = inputs[0].name
        self.vector(np.zeros((card.size, card.size, 3), np.uint8))

    def embed(self, picture: Picture) -> Sequence[Face]:
        """See `FaceEmbedder`."""
        spots = self._finder.find(picture, self.card.least_px)
        return [
            Face(s.corners, self.vector(aligned(picture, s.eyes, self.card.size))) for s in spots
        ]

    def vector(self, face: Picture) -> Vector:
        """The vector of an aligned face (blue, green, red; the card's size).

        Raises:
            BadModel: the graph does not run, or gives no vector of the card's length.
        """
        told = face[:, :, ::-1] if self.card.colour == "rgb" else face
        fed = ((told.astype(np.float32) - self.card.mean) * self.card.scale).transpose(2, 0, 1)
        try:
            out = self._session.run(None, {self._input: fed[None]})[0]
        except Exception as fault:  # noqa: BLE001 - as above
            raise BadModel(f"{self.card.full_name}: {str(fault)[:300]}") from None
        if out.shape != (1, self.card.dims):
            raise BadModel(f"{self.card.full_name}: gives {out.shape}, its card says dims "
                           f"{self.card.dims}")  # fmt: skip
        return np.asarray(out[0], np.float32)


def aligned(
    picture: Picture, eyes: tuple[tuple[float, float], tuple[float, float]], size: int
) -> Picture:
    """The face turned, scaled and moved so that its eyes are where the family has them."""
    wanted = EYES * (size / FULL)
    (x0, y0), (x1, y1) = eyes
    here, there = complex(x1 - x0, y1 - y0), complex(*(wanted[1] - wanted[0]))
    turn = there / here if abs(here) > 1e-6 else complex(1)
    move = complex(*wanted[0]) - turn * complex(x0, y0)
    matrix = np.array([[turn.real, -turn.imag, move.real], [turn.imag, turn.real, move.imag]])
    return np.asarray(cv2.warpAffine(picture, matrix, (size, size)), np.uint8)
