"""Pictures of Vietnamese number plates: one or two lines, five colours.

The lettering is Bitstream Vera Bold made narrow, not the official typeface; sizes follow the usual
520 x 110 mm (one line), 330 x 165 mm (two lines, cars) and 190 x 140 mm (motorbikes).
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import reportlab
from PIL import Image, ImageDraw, ImageFont

from gpu_workers.cameras.seen import Picture

PlateColour = Literal["white", "yellow", "blue", "red"]
FONT = Path(reportlab.__file__).parent / "fonts" / "VeraBd.ttf"
GROUND: dict[PlateColour, tuple[int, int, int]] = {  # red, green, blue
    "white": (238, 238, 236),
    "yellow": (244, 196, 30),
    "blue": (24, 66, 150),
    "red": (178, 24, 30),
}
INK: dict[PlateColour, tuple[int, int, int]] = {
    "white": (18, 18, 20),
    "yellow": (18, 18, 20),
    "blue": (245, 245, 245),
    "red": (245, 245, 245),
}
SCALE = 0.5  # pixels per millimetre
MARGIN = 0.08


@dataclass(frozen=True, slots=True)
class PlateArt:
    """`lines` as they are read: ("75A-123.45",) or ("75-B1", "234.56")."""

    lines: tuple[str, ...]
    colour: PlateColour = "white"
    motorbike: bool = False

    @property
    def text(self) -> str:
        """Without separators."""
        return "".join(c for line in self.lines for c in line if c.isalnum())

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height in metres."""
        if self.motorbike:
            return 0.19, 0.14
        return (0.52, 0.11) if len(self.lines) == 1 else (0.33, 0.165)


@lru_cache(maxsize=512)
def plate_picture(art: PlateArt) -> Picture:
    """The plate straight on, half a pixel per millimetre times two: about 95 to 260 pixels wide."""
    width_m, height_m = art.size_m
    width, height = round(width_m * 1000 * SCALE), round(height_m * 1000 * SCALE)
    image = Image.new("RGB", (width, height), GROUND[art.colour])
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((1, 1, width - 2, height - 2), 4, outline=INK[art.colour], width=2)
    row = height / len(art.lines)
    for n, line in enumerate(art.lines):
        ink = _line(line, width * (1 - 2 * MARGIN), row * 0.80, INK[art.colour])
        x = round((width - ink.width) / 2)
        y = round(n * row + (row - ink.height) / 2 + (1 if n == 0 else -1) * (len(art.lines) - 1))
        image.paste(ink, (x, y), ink)
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def _line(text: str, width: float, height: float, colour: tuple[int, int, int]) -> Image.Image:
    font = ImageFont.truetype(str(FONT), 96)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("RGBA", (int(right - left), int(bottom - top)), (*colour, 0))
    ImageDraw.Draw(image).text((-left, -top), text, font=font, fill=(*colour, 255))
    natural = image.width * (height / image.height)
    return image.resize(
        (max(1, round(min(width, natural * 0.86))), max(1, round(height))), Image.Resampling.LANCZOS
    )
