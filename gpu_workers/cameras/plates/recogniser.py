"""The text recogniser that ships with rapidocr (PP-OCRv6, Apache-2.0), run by ONNX Runtime."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from gpu_workers.cameras.seen import Picture

from .grammar import ALPHABET

MODEL = "PP-OCRv6_rec_small.onnx"
HEIGHT = 48
WIDEST = 320
Floats = npt.NDArray[np.float64]


class Recogniser:
    """Lines of text to probabilities over the plates' alphabet. One session for a whole worker."""

    def __init__(self, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(_file()), options, providers=["CPUExecutionProvider"]
        )
        names = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._classes = [_indices(names, c) for c in ALPHABET]
        self._input = self._session.get_inputs()[0].name

    def columns(self, lines: Sequence[Picture]) -> list[Floats]:
        """For each line (columns, 37): the alphabet, then everything else as blank."""
        if not lines:
            return []
        sized = [_sized(line) for line in lines]
        widest = max(s.shape[1] for s in sized)
        batch = np.zeros((len(sized), 3, HEIGHT, widest), dtype=np.float32)
        for row, line in zip(batch, sized, strict=True):
            row[:, :, : line.shape[1]] = line.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1.0
        said = self._session.run(None, {self._input: batch})[0]
        return [self._ours(one, s.shape[1] / widest) for one, s in zip(said, sized, strict=True)]

    def _ours(self, said: npt.NDArray[np.float32], filled: float) -> Floats:
        used = said[: max(1, int(np.ceil(len(said) * filled)))]
        kept = np.stack([used[:, c].sum(axis=1) for c in self._classes], axis=1).astype(np.float64)
        rest = np.clip(1.0 - kept.sum(axis=1, keepdims=True), 0.0, 1.0)
        return np.concatenate((kept, rest), axis=1)


def _file() -> Path:
    """In rapidocr's wheel; the package itself is not imported: it would load far more.

    Raises:
        FileNotFoundError: rapidocr is not installed, or ships another model.
    """
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("rapidocr")
    return Path(spec.origin).parent / "models" / MODEL


@lru_cache(maxsize=1)
def shared_recogniser() -> Recogniser:
    """One for the whole process, loaded when the first plate is read."""
    return Recogniser()


def _indices(names: list[str], character: str) -> list[int]:
    """Places in the model's output: blank is the first, so a name's place is one further."""
    spelled = {character, character.lower()} | ({"Đ", "đ"} if character == "D" else set())
    return [names.index(c) + 1 for c in sorted(spelled) if c in names]


def _sized(line: Picture) -> Picture:
    h, w = line.shape[:2]
    wide = int(np.clip(round(w * HEIGHT / h), 16, WIDEST))
    return np.asarray(cv2.resize(line, (wide, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)
