"""Pictures of any size into one batch of a network's size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from gpu_workers.cameras.seen import Picture

PAD = 114
Fit = Literal["corner", "middle", "stretch"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A batch and the way back. `pictures`: uint8 [N, height, width, 3].

    A point of the batch at pixel p is at the share (p - shift) / span of its picture; `shift` and
    `span` are float32 [N, 2] (x, y).
    """

    pictures: npt.NDArray[np.uint8]
    shift: npt.NDArray[np.float32]
    span: npt.NDArray[np.float32]

    def shares(self, n: int, corners: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Corners [M, 4] (x1, y1, x2, y2) of picture n in shares of it, clipped to it."""
        points = corners.reshape(-1, 2, 2) - self.shift[n]
        within: npt.NDArray[np.float32] = np.clip(points / self.span[n], 0, 1).reshape(-1, 4)
        return within


def fit(
    pictures: Sequence[Picture], width: int, height: int, how: Fit, into: Picture | None = None
) -> Fitted:
    """Scale pictures to a size: aspect kept and padded right and below, padded around, or bent.

    `into` (uint8 [at least N, height, width, 3]) is used for the batch when it is given.
    """
    count = len(pictures)
    batch = np.empty((count, height, width, 3), np.uint8) if into is None else into[:count]
    shift = np.zeros((count, 2), np.float32)
    span = np.empty((count, 2), np.float32)
    for n, picture in enumerate(pictures):
        tall, wide = picture.shape[:2]
        scale = min(width / wide, height / tall)
        across, down = (width, height) if how == "stretch" else (
            min(width, round(wide * scale)), min(height, round(tall * scale)),
        )  # fmt: skip
        left, top = ((width - across) // 2, (height - down) // 2) if how == "middle" else (0, 0)
        place = batch[n, top : top + down, left : left + across]
        batch[n, :top], batch[n, top + down :] = PAD, PAD
        if across < width:
            batch[n, :, :left], batch[n, :, left + across :] = PAD, PAD
        if (across, down) == (wide, tall):
            place[:] = picture
        else:
            smaller = across < wide
            way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
            if smaller and wide >= 4 * across:  # an average of every second pixel is as good
                picture = picture[::2, ::2]
            done = cv2.resize(picture, (across, down), dst=place, interpolation=way)
            if not np.may_share_memory(done, place):
                place[:] = done
        shift[n] = left, top
        span[n] = (across, down) if how == "stretch" else (wide * scale, tall * scale)
    return Fitted(batch, shift, span)


def planes(
    batch: npt.NDArray[np.uint8], *, rgb: bool, unit: bool, type_: npt.DTypeLike = np.float32
) -> npt.NDArray[np.floating]:
    """uint8 [N, H, W, 3] blue-green-red to floats [N, 3, H, W], red first if `rgb`, 0 to 1 if
    `unit`."""
    seen = batch[..., ::-1] if rgb else batch
    made = np.ascontiguousarray(seen.transpose(0, 3, 1, 2)).astype(type_)
    if unit:
        made *= made.dtype.type(1 / 255)
    return made
