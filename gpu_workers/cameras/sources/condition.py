"""Whether a camera sees: frozen, dark, blurred or turned away. On small grey pictures.

Each finding must hold for `HOLD_S` before it is said, and is taken back as soon as a picture
disproves it.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt
from city.contracts.cameras import CameraState

from gpu_workers.cameras.sources.sampling import Grey

HOLD_S = 10.0
FROZEN_BELOW = 0.02  # mean difference of 255; a living sensor's noise alone is above it
DARK_BELOW = 12  # of 255, of the picture's brightest hundredth: a covered lens, not a night
SHARP_SHARE = 0.25  # of the sharpness that this camera usually has
SHARP_LEAST = 0.004  # below it nothing has edges, whatever is usual
MATCH_BELOW = 0.35  # correlation of the edges with those of the background
LEARN_S = 60.0
RELEARN_S = 600.0  # a camera that was turned for good becomes its own background again


@dataclass(slots=True)
class Condition:
    """One camera's pictures over the last minutes; about one picture a second is enough."""

    _last: Grey | None = None
    _last_s: float = 0.0
    _began_s: float = 0.0
    _since: dict[CameraState, float] = field(default_factory=dict)
    _sharp: float = 0.0
    _edges: npt.NDArray[np.float32] | None = None

    def look(self, small: Grey, detail: Grey, at_s: float) -> CameraState:
        """The state after this picture. `detail` is a part of it at the stream's own size."""
        first = self._last is None or self._last.shape != small.shape or at_s < self._last_s
        if first:
            self._began_s, self._since, self._edges = at_s, {}, None
        dark = bool(np.count_nonzero(small >= DARK_BELOW) < small.size / 100)
        still = not first and self._still(small)
        found: dict[CameraState, bool] = {
            "frozen": still and not dark,
            "dark": dark,
            "moved": not dark and not still and self._moved(small, at_s),
            "blurred": not dark and not still and self._blurred(detail, at_s),
        }
        self._last, self._last_s = small, at_s
        return self._held(found, at_s)

    def _held(self, found: dict[CameraState, bool], at_s: float) -> CameraState:
        for state, so in found.items():
            if so:
                self._since.setdefault(state, at_s)
            else:
                self._since.pop(state, None)
        long = [state for state, since in self._since.items() if at_s - since >= HOLD_S]
        order: tuple[CameraState, ...] = ("frozen", "dark", "moved", "blurred")
        return next((state for state in order if state in long), "live")

    def _still(self, small: Grey) -> bool:
        assert self._last is not None  # noqa: S101 - said by the caller, for the type checker
        return float(cv2.absdiff(small, self._last).mean()) < FROZEN_BELOW

    def _blurred(self, detail: Grey, at_s: float) -> bool:
        sharp = _sharpness(detail)
        blurred = sharp < max(SHARP_LEAST, SHARP_SHARE * self._sharp)
        if not blurred or at_s - self._since.get("blurred", at_s) > RELEARN_S:
            rate = 1.0 if self._sharp == 0 else 0.02
            self._sharp += rate * (sharp - self._sharp)
        return blurred

    def _moved(self, small: Grey, at_s: float) -> bool:
        edges = _edges(small)
        if self._edges is None or at_s - self._since.get("moved", at_s) > RELEARN_S:
            self._edges = edges
            return False
        match = _correlation(edges, self._edges)
        if match < MATCH_BELOW:
            return True
        rate = min(1.0, max(0.0, at_s - self._last_s) / LEARN_S)
        cv2.accumulateWeighted(edges, self._edges, rate)
        return False


def _sharpness(detail: Grey) -> float:
    """Variance of the Laplacian over that of the picture, so that dusk makes nothing blurred."""
    _, edges = cv2.meanStdDev(cv2.Laplacian(detail, cv2.CV_16S))
    _, picture = cv2.meanStdDev(detail)
    return float(edges[0, 0] ** 2 / (picture[0, 0] ** 2 + 1.0))


def _edges(small: Grey) -> npt.NDArray[np.float32]:
    """Strength of edges, so that day and night have the same."""
    soft = cv2.GaussianBlur(small, (5, 5), 0)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.GaussianBlur(cv2.magnitude(across, down), (5, 5), 0), np.float32)


def _correlation(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    """Pearson's, -1 to 1; 1 where one of the two has no edges at all."""
    a, b = one - one.mean(), other - other.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return 1.0 if size < 1e-6 else float(np.vdot(a, b)) / size
