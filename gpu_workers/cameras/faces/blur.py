"""Making people and plates unrecognisable, whatever a face detector would have found.

No face or plate has to be found for this: what the detector calls a person or a vehicle is
covered as a whole region. Cells of a mosaic keep nothing but their mean, unlike a soft blur,
which can be undone in part.
"""

from collections.abc import Collection, Sequence

import cv2
import numpy as np
from city.contracts.cameras import Box

from gpu_workers.cameras.seen import Picture

HEAD = 0.42  # of a person's height, from the top: a head that bows is still in it
MARGIN = 0.06  # of the box on every side: boxes are a little small now and then
CELLS = 6  # at most so many cells across a region ...
LEAST_PX = 8  # ... and none smaller than this
WHOLE = ("motorbike", "bicycle", "car", "truck", "bus", "plate")  # rider, windows and plate at once


def blur(picture: Picture, boxes: Sequence[Box], *, keep: Collection[int] = ()) -> Picture:
    """A copy in which everybody is covered but the things whose track is in `keep`.

    People are covered even then when they are persons: a fine is for a plate, not for a face.
    """
    out = picture.copy()
    h, w = out.shape[:2]
    kept = [b for b in boxes if b.track is not None and b.track in keep and b.label != "person"]
    for box in boxes:
        if box in kept or (box.label == "plate" and any(_within(box, k) for k in kept)):
            continue
        share = HEAD if box.label == "person" else 1.0 if box.label in WHOLE else 0.0
        if share:
            _cover(out, _region(box, share, w, h), picture)
    for box in kept:  # who stands before another thing is not given away by it
        _show(out, picture, _region(box, 1.0, w, h, margin=0.0))
    for box in boxes:
        if box.label == "person":
            _cover(out, _region(box, HEAD, w, h), picture)
    return out


def _region(
    box: Box,
    share: float,
    w: int,
    h: int,
    margin: float = MARGIN,
) -> tuple[int, int, int, int]:
    (x0, y0), (x1, y1) = box.top_left, box.bottom_right
    dx, dy = (x1 - x0) * margin, (y1 - y0) * margin
    bottom = y0 + (y1 - y0) * share
    return (
        max(int((x0 - dx) * w), 0),
        max(int((y0 - dy) * h), 0),
        min(int(np.ceil((x1 + dx) * w)), w),
        min(int(np.ceil((bottom + dy) * h)), h),
    )


def _cover(out: Picture, region: tuple[int, int, int, int], source: Picture) -> None:
    x0, y0, x1, y1 = region
    wide, high = x1 - x0, y1 - y0
    if wide < 1 or high < 1:
        return
    cell = max(LEAST_PX, -(-max(wide, high) // CELLS))
    cells = max(1, wide // cell), max(1, high // cell)
    means = cv2.resize(source[y0:y1, x0:x1], cells, interpolation=cv2.INTER_AREA)
    out[y0:y1, x0:x1] = cv2.resize(means, (wide, high), interpolation=cv2.INTER_NEAREST)


def _show(out: Picture, source: Picture, region: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = region
    out[y0:y1, x0:x1] = source[y0:y1, x0:x1]


def _within(inner: Box, outer: Box) -> bool:
    x = (inner.top_left[0] + inner.bottom_right[0]) / 2
    y = (inner.top_left[1] + inner.bottom_right[1]) / 2
    return (
        outer.top_left[0] <= x <= outer.bottom_right[0]
        and outer.top_left[1] <= y <= outer.bottom_right[1]
    )
