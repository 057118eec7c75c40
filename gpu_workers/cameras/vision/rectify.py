"""Straightening a four-cornered part of a picture."""

from collections.abc import Sequence

import cv2
import numpy as np
from city.contracts.watching import Point

from gpu_workers.cameras.seen import Picture


def rectified(picture: Picture, corners: Sequence[Point], size: tuple[int, int]) -> Picture:
    """The quadrangle (top left, top right, bottom right, left; shares) as (width, height)."""
    h, w = picture.shape[:2]
    source = np.array([(x * w, y * h) for x, y in corners], dtype=np.float32)
    wide, high = size
    target = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    out = cv2.warpPerspective(
        picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(out, np.uint8)
