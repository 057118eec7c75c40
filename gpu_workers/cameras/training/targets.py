"""What the network should say, and how far off it is."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from .data import CLASSES, HEIGHT, WIDTH
from .network import STRIDE

ROWS, COLUMNS = HEIGHT // STRIDE, WIDTH // STRIDE
REACH = 0.54  # of half a box: how far the bell of a thing goes (TTFNet)
Floats = npt.NDArray[np.float32]


def draw(boxes: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Boxes of one picture (MOST, 6) to heat, box (4, rows, columns), its weight, and the mask.

    The mask is 0 where something half hidden makes every answer right.
    """
    heat = np.zeros((len(CLASSES), ROWS, COLUMNS), dtype=np.float32)
    target = np.zeros((4, ROWS, COLUMNS), dtype=np.float32)
    weight = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    mask = np.ones((ROWS, COLUMNS), dtype=np.float32)
    kept = boxes[boxes[:, 0] >= 0]
    areas = (kept[:, 3] - kept[:, 1]) * (kept[:, 4] - kept[:, 2])
    for label, x1, y1, x2, y2, counts in kept[np.argsort(-areas)]:  # the small ones on top
        x, y = (x1 + x2) / 2 / STRIDE, (y1 + y2) / 2 / STRIDE
        column, row = int(np.clip(x, 0, COLUMNS - 1)), int(np.clip(y, 0, ROWS - 1))
        if not counts:
            mask[
                int(y1 / STRIDE) : int(y2 / STRIDE) + 1, int(x1 / STRIDE) : int(x2 / STRIDE) + 1
            ] = 0
            continue
        bell, (r0, r1, c0, c1) = _bell(row, column, (x2 - x1) / STRIDE, (y2 - y1) / STRIDE)
        part = heat[int(label), r0:r1, c0:c1]
        np.maximum(part, bell, out=part)
        target[:, r0:r1, c0:c1] = np.array([x1, y1, x2, y2], dtype=np.float32)[:, None, None]
        weight[r0:r1, c0:c1] = bell * np.log(max((x2 - x1) * (y2 - y1), 8.0)) / bell.sum()
        mask[r0:r1, c0:c1] = 1
    return heat, target, weight, mask


def _bell(
    row: int,
    column: int,
    wide: float,
    high: float,
) -> tuple[Floats, tuple[int, int, int, int]]:
    reach_x, reach_y = max(int(wide / 2 * REACH), 0), max(int(high / 2 * REACH), 0)
    c0, c1 = max(column - reach_x, 0), min(column + reach_x + 1, COLUMNS)
    r0, r1 = max(row - reach_y, 0), min(row + reach_y + 1, ROWS)
    sx, sy = (2 * reach_x + 1) / 6, (2 * reach_y + 1) / 6
    xs, ys = np.arange(c0, c1) - column, np.arange(r0, r1) - row
    bell = np.exp(-(xs[None, :] ** 2) / (2 * sx * sx) - (ys[:, None] ** 2) / (2 * sy * sy))
    return bell.astype(np.float32), (r0, r1, c0, c1)


def loss(
    heat: Tensor,
    sides: Tensor,
    want: tuple[Tensor, Tensor, Tensor, Tensor],
) -> tuple[Tensor, Tensor]:
    """Penalty-reduced focal loss of the heat and GIoU loss of the boxes."""
    bells, target, weight, mask = want
    p = heat.sigmoid().clamp(1e-4, 1 - 1e-4)
    here = (bells == 1).float()
    hits = -torch.log(p) * (1 - p) ** 2 * here
    others = -torch.log(1 - p) * p**2 * (1 - bells) ** 4 * (1 - here) * mask[:, None]
    seen = (hits + others).sum() / here.sum().clamp(min=1)
    ys = (torch.arange(ROWS) + 0.5)[:, None] * STRIDE
    xs = (torch.arange(COLUMNS) + 0.5)[None, :] * STRIDE
    box = torch.stack((xs - sides[:, 0], ys - sides[:, 1], xs + sides[:, 2], ys + sides[:, 3]), 1)
    return seen, (_giou(box, target) * weight).sum() / weight.sum().clamp(min=1)


def _giou(a: Tensor, b: Tensor) -> Tensor:
    """1 - generalised IoU (Rezatofighi et al. 2019) of boxes along axis 1."""
    wide = (torch.minimum(a[:, 2], b[:, 2]) - torch.maximum(a[:, 0], b[:, 0])).clamp(min=0)
    high = (torch.minimum(a[:, 3], b[:, 3]) - torch.maximum(a[:, 1], b[:, 1])).clamp(min=0)
    shared = wide * high
    area = (
        (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
        + (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
        - shared
    )
    hull = (torch.maximum(a[:, 2], b[:, 2]) - torch.minimum(a[:, 0], b[:, 0])) * (
        torch.maximum(a[:, 3], b[:, 3]) - torch.minimum(a[:, 1], b[:, 1])
    )
    return 1 - shared / (area + 1e-6) + (hull - area) / (hull + 1e-6)
