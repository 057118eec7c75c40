"""The card of a face model: who may use it, what it makes, and where a likeness begins."""

import json
import math
from typing import Literal

import numpy as np
import numpy.typing as npt
from city.contracts.watching import Sha256Hex
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gpu_workers.cameras.inference.session import BadModel

Vector = npt.NDArray[np.float32]


class FaceCard(BaseModel):
    """`line` is where likeness begins: a cosine from which on, or a Euclidean distance below which,
    two faces are shown to an officer as maybe one person's. It comes with the model, from whoever
    measured it; nothing else in the city sets it.

    `files` are the model's files by name with their sha256. `size`, `mean`, `scale` and `colour`
    say how an ONNX graph wants its square picture; `least_px` is the narrowest face compared.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    version: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,31}$")
    kind: Literal["dlib", "onnx"]
    files: dict[str, Sha256Hex] = Field(min_length=1)
    dims: int = Field(ge=64, le=1024)
    metric: Literal["cosine", "distance"]
    line: float = Field(gt=0, le=4)
    least_px: int = Field(default=36, ge=16, le=400)
    size: int = Field(default=112, ge=32, le=320)
    mean: float = 127.5
    scale: float = Field(default=1 / 127.5, gt=0)
    colour: Literal["rgb", "bgr"] = "rgb"
    licence: str = Field(min_length=2)
    trained_on: str = Field(min_length=2)

    @property
    def full_name(self) -> str:
        """name@version."""
        return f"{self.name}@{self.version}"

    def measure(self, one: Vector, other: Vector) -> float:
        """Two vectors by the card's metric. NaN for vectors of no length."""
        if self.metric == "distance":
            return float(np.linalg.norm(one - other))
        length = float(np.linalg.norm(one) * np.linalg.norm(other))
        return float(one @ other) / length if length else math.nan

    def score(self, measure: float) -> float:
        """0.5 at the line, 1 for the very same, 0 at the far end: for officers to sort by."""
        if self.metric == "distance":
            half = 1 - measure / (2 * self.line)
        else:
            half = 0.5 + (measure - self.line) / (2 * (1 - self.line) or 1)
        return min(1.0, max(0.0, half)) if math.isfinite(half) else 0.0

    def alike(self, measure: float) -> bool:
        """Whether a measure is on the near side of the line."""
        return measure < self.line if self.metric == "distance" else measure >= self.line


def parsed(written: bytes) -> FaceCard:
    """A card from its file.

    Raises:
        BadModel: it is none.
    """
    try:
        return FaceCard.model_validate(json.loads(written))
    except (ValidationError, ValueError) as fault:
        raise BadModel(f"a bad face card: {str(fault)[:200]}") from None
