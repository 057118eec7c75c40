"""Reading the plate of one vehicle in one picture."""

from dataclasses import dataclass

import numpy as np

from gpu_workers.cameras.seen import Picture

from .decode import Reading, decode
from .find import Candidate, Colour, candidates
from .recogniser import Floats, Recogniser, shared_recogniser

LEAST = 0.35  # per character: less is noise that happens to fit the grammar
GAP = 2  # blank columns between two lines


@dataclass(frozen=True, slots=True)
class Read:
    """One frame's word on a plate."""

    reading: Reading
    colour: Colour
    lines: int


class PlateReader:
    """Finds, straightens, recognises, decodes."""

    def __init__(self, recogniser: Recogniser | None = None) -> None:
        self._given = recogniser

    def read(self, vehicle: Picture) -> Read | None:
        """The best plate in a vehicle's picture."""
        return self.best(candidates(vehicle))

    def best(self, plates: list[Candidate]) -> Read | None:
        """The candidate that reads best."""
        lines = [line for plate in plates for line in plate.lines]
        columns = iter((self._given or shared_recogniser()).columns(lines))
        best: Read | None = None
        for plate in plates:
            reading = decode(_joined([next(columns) for _ in plate.lines]))
            if reading is None or reading.score < LEAST or min(reading.sure) < LEAST / 4:
                continue
            if best is None or reading.score > best.reading.score:
                best = Read(reading, plate.colour, len(plate.lines))
        return best


def _joined(lines: list[Floats]) -> Floats:
    """Lines one after the other, with nothing between them."""
    gap = np.zeros((GAP, lines[0].shape[1]))
    gap[:, -1] = 1.0
    parts: list[Floats] = []
    for line in lines:
        parts += [line, gap]
    return np.concatenate(parts[:-1])
