"""hues-nano: a one-stage detector that finds the middle of things on a grid of four pixels.

Heads as in CenterNet (Zhou et al. 2019) with the box targets of TTFNet (Liu et al. 2020): a heat
map for each class, and at every cell the distances to the box's four sides. Peaks, the best hundred
and their suppression are part of the exported graph.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name

from .data import CLASSES

STRIDE = 4
KEEP = 100
OVERLAP = 0.6  # boxes of one class that overlap more are one thing
REACH = 16.0  # unit of the box heads in pixels


def _conv(inside: int, outside: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )


class Block(nn.Module):  # type: ignore[misc]  # torch is not in the lint's environment
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(channels, channels // 2), _conv(channels // 2, channels))

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) to the same."""
        out: Tensor = x + self.body(x)
        return out


class HuesNano(nn.Module):  # type: ignore[misc]
    """(n, 3, 192, 320) in 0..1 to heat (n, 11, 48, 80) logits and boxes (n, 4, 48, 80) pixels."""

    def __init__(self, widths: tuple[int, int, int, int, int] = (12, 24, 48, 96, 128)) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.stem = _conv(3, a, 2)
        self.s4 = nn.Sequential(_conv(a, b, 2), Block(b))
        self.s8 = nn.Sequential(_conv(b, c, 2), Block(c), Block(c))
        self.s16 = nn.Sequential(_conv(c, d, 2), Block(d), Block(d))
        self.s32 = nn.Sequential(_conv(d, e, 2), Block(e))
        self.from32, self.from16 = _conv(e, d, size=1), _conv(d, c, size=1)
        self.from8 = _conv(c, b, size=1)
        self.mix16, self.mix8, self.mix4 = Block(d), Block(c), _conv(b, 32)
        self.heat = nn.Conv2d(32, len(CLASSES), 1)
        self.sides = nn.Sequential(_conv(32, 16), nn.Conv2d(16, 4, 1))
        nn.init.constant_(self.heat.bias, -4.0)  # rare at first: keeps the early loss small

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and distances to left, top, right, bottom."""
        s4 = self.s4(self.stem(x))
        s8 = self.s8(s4)
        s16 = self.s16(s8)
        up16 = self.mix16(s16 + _up(self.from32(self.s32(s16))))
        up8 = self.mix8(s8 + _up(self.from16(up16)))
        fine = self.mix4(s4 + _up(self.from8(up8)))
        return self.heat(fine), F.softplus(self.sides(fine)) * REACH


def _up(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class Exported(nn.Module):  # type: ignore[misc]
    """The whole graph: bytes in, a hundred rows out (x1, y1, x2, y2, score, class)."""

    def __init__(
        self, net: HuesNano, slope: float = 1.0, offsets: Sequence[float] = (0.0,) * len(CLASSES)
    ) -> None:
        """`slope` and `offsets` of the logits come from the calibration."""
        super().__init__()
        self.net = net
        self.slope = slope
        self.register_buffer("offsets", torch.tensor(offsets).reshape(1, -1, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """(n, 192, 320, 3) blue-green-red bytes to (n, 100, 6), best first."""
        heat, sides = self.net(pictures.permute(0, 3, 1, 2).float() / 255.0)
        heat = (heat * self.slope + self.offsets).sigmoid()
        best = heat.amax(1, keepdim=True)
        peak = (heat == F.max_pool2d(heat, 3, 1, 1)) & (heat == best)
        c, h, w = heat.shape[1], heat.shape[2], heat.shape[3]
        scores, index = (heat * peak.float()).reshape(-1, c * h * w).topk(KEEP, dim=1)
        label, cell = index // (h * w), index % (h * w)
        middle_x = ((cell % w).float() + 0.5) * STRIDE
        middle_y = ((cell // w).float() + 0.5) * STRIDE
        at = sides.reshape(-1, 4, h * w).gather(2, cell.unsqueeze(1).expand(-1, 4, -1))
        boxes = torch.stack(
            (middle_x - at[:, 0], middle_y - at[:, 1], middle_x + at[:, 2], middle_y + at[:, 3]),
            dim=2,
        )
        scores = scores * _first_of_its_kind(boxes, label)
        scores, order = scores.topk(KEEP, dim=1)
        rows = torch.cat((boxes, label.unsqueeze(2).float()), dim=2)
        rows = rows.gather(1, order.unsqueeze(2).expand(-1, -1, 5))
        return torch.cat((rows[:, :, :4], scores.unsqueeze(2), rows[:, :, 4:]), dim=2)


def _first_of_its_kind(boxes: Tensor, label: Tensor) -> Tensor:
    """1 for boxes that overlap no better one of their class (rows are sorted by score)."""
    low = torch.maximum(boxes[:, :, None, :2], boxes[:, None, :, :2])
    high = torch.minimum(boxes[:, :, None, 2:], boxes[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(3)
    area = (boxes[:, :, 2:] - boxes[:, :, :2]).clamp(min=0).prod(2)
    overlap = shared / (area[:, :, None] + area[:, None, :] - shared + 1e-6)
    same = (label[:, :, None] == label[:, None, :]).float()
    earlier = torch.triu(torch.ones(KEEP, KEEP), diagonal=1)
    worst = (overlap * same * earlier).amax(1)
    return (worst <= OVERLAP).float()
