"""The paintings that stand in the drawn scenes: gate, bridge, tower, hall, trees, walls, boats.

Each is drawn by the project on a transparent ground, larger than it is shown.
"""

import math
import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageFilter

Paint = tuple[int, int, int]
Pen = ImageDraw.ImageDraw
TILE, TILE_DARK, RIDGE = (196, 142, 52), (150, 98, 34), (226, 186, 92)
GREEN_TILE, RED, RED_DARK = (72, 112, 84), (148, 42, 34), (104, 26, 24)
BRICK, BRICK_DARK, STONE, STONE_DARK = (
    (170, 112, 84),
    (128, 82, 62),
    (186, 178, 164),
    (138, 130, 118),
)
STEEL, STEEL_DARK = (206, 214, 220), (142, 154, 164)
BARK = (92, 68, 48)


def sheet(width: int, height: int) -> tuple[Image.Image, Pen]:
    """An empty transparent sheet and a pen on it."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    return image, ImageDraw.Draw(image)


def roof(pen: Pen, box: tuple[float, float, float, float], tile: Paint = TILE) -> None:
    """A hipped roof with lifted eaves, from (left, top) to (right, eaves)."""
    left, top, right, eaves = box
    width, rise = right - left, eaves - top
    inset = width * 0.16
    lift = rise * 0.28
    steps = 24
    low = [
        (left + width * i / steps, eaves - lift * (2 * i / steps - 1) ** 4)
        for i in range(steps + 1)
    ]
    pen.polygon([(left + inset, top), (right - inset, top), *reversed(low)], fill=tile)
    for i in range(1, 40):
        x = left + width * i / 40
        share = (x - left) / width
        topx = left + inset + (width - 2 * inset) * share
        foot = eaves - lift * (2 * share - 1) ** 4
        pen.line(
            [(topx, top), (x, foot)], fill=TILE_DARK if tile == TILE else (50, 84, 62), width=2
        )
    pen.line(low, fill=RIDGE, width=max(3, int(rise * 0.07)))
    pen.rectangle([left + inset * 0.9, top - rise * 0.09, right - inset * 0.9, top + rise * 0.05],
                  fill=RIDGE)  # fmt: skip
    for x in (left + inset * 0.9, right - inset * 0.9):
        pen.ellipse([x - rise * 0.09, top - rise * 0.2, x + rise * 0.09, top], fill=RIDGE)


def columns(pen: Pen, box: tuple[float, float, float, float], count: int) -> None:
    """A dark hall behind red columns."""
    left, top, right, bottom = box
    pen.rectangle(box, fill=(70, 34, 30))
    bay = (right - left) / count
    for i in range(count):
        x = left + bay * i
        pen.rectangle([x + bay * 0.2, top, x + bay * 0.85, bottom], fill=(96, 48, 34))
        pen.line([(x + bay * 0.52, top), (x + bay * 0.52, bottom)], fill=(66, 30, 26), width=3)
    for i in range(count + 1):
        x = left + bay * i
        pen.rectangle([x - bay * 0.09, top, x + bay * 0.09, bottom], fill=RED)
        pen.rectangle([x + bay * 0.03, top, x + bay * 0.09, bottom], fill=RED_DARK)


def bricks(
    image: Image.Image, box: tuple[float, float, float, float], paint: Paint = BRICK
) -> None:
    """A wall of courses, lighter above and weathered below."""
    pen = ImageDraw.Draw(image)
    left, top, right, bottom = (int(v) for v in box)
    pen.rectangle([left, top, right, bottom], fill=tuple(int(c * 0.72) for c in paint))
    chance = random.Random(left * 31 + right)
    course = max(8, (bottom - top) // 22)
    for row, y in enumerate(range(top, bottom, course)):
        shade = 1.06 - 0.22 * (y - top) / max(1, bottom - top)
        step = course * 3
        for x in range(left - (row % 2) * step // 2, right, step):
            tone = shade * chance.uniform(0.93, 1.05)
            fill = tuple(min(255, int(c * tone)) for c in paint)
            pen.rectangle([max(left, x), y, min(right, x + step - 2), min(bottom, y + course - 2)],
                          fill=(*fill, 255))  # fmt: skip
    pen.line([(left, top), (right, top)], fill=(*STONE, 255), width=max(3, course // 2))


def noon_gate() -> Image.Image:
    """Ngọ Môn: a stone base with its passages, the pavilion of five phoenixes above."""
    image, pen = sheet(2000, 1000)
    for left, right in ((0, 420), (1580, 2000)):
        bricks(image, (left, 470, right, 1000), STONE)
        columns(pen, (left + 60, 330, right - 60, 470), 4)
        roof(pen, (left + 10, 235, right - 10, 350), GREEN_TILE)
    bricks(image, (400, 490, 1600, 1000), STONE)
    for x, width, high, paint in (
        (1000, 120, 290, (52, 38, 36)), (810, 90, 240, (58, 44, 40)), (1190, 90, 240, (58, 44, 40)),
        (620, 80, 220, (64, 50, 46)), (1380, 80, 220, (64, 50, 46)),
    ):  # fmt: skip
        pen.rectangle([x - width / 2, 1000 - high, x + width / 2, 1000], fill=paint)
        half, arch = width / 2, 1000 - high
        pen.pieslice([x - half, arch - half, x + half, arch + half], 180, 360, fill=paint)
        pen.arc([x - half - 8, arch - half - 8, x + half + 8, arch + half + 8], 180, 360,
                fill=STONE_DARK, width=9)  # fmt: skip
    columns(pen, (470, 330, 1530, 490), 11)
    roof(pen, (430, 235, 1570, 352), GREEN_TILE)
    columns(pen, (640, 150, 1360, 240), 7)
    roof(pen, (600, 55, 1400, 170))
    return image


def hall() -> Image.Image:
    """A wide hall with a double roof on a stone terrace, as Thái Hòa's."""
    image, pen = sheet(1800, 620)
    bricks(image, (0, 530, 1800, 620), STONE)
    columns(pen, (120, 330, 1680, 530), 11)
    roof(pen, (30, 190, 1770, 360))
    pen.rectangle([330, 160, 1470, 205], fill=RED_DARK)
    for i in range(12):
        pen.rectangle([345 + i * 94, 166, 425 + i * 94, 198], fill=(206, 164, 74))
    roof(pen, (260, 40, 1540, 175))
    return image


def tower() -> Image.Image:
    """Phước Duyên: an octagon of seven storeys that grow smaller."""
    image, pen = sheet(620, 1400)
    y, width = 1330.0, 470.0
    bricks(image, (20, 1330, 600, 1400), STONE)
    for storey in range(7):
        high = 172 - storey * 9
        left, right = 310 - width / 2, 310 + width / 2
        bricks(image, (left, y - high, right, y), (196, 150, 108))
        side = width * 0.24
        for a, b in ((left, left + side), (right - side, right)):
            bricks(image, (a, y - high, b, y), (166, 122, 86))
        pen.rectangle([left, y - high, left + side, y], outline=BRICK_DARK, width=3)
        pen.rectangle([right - side, y - high, right, y], outline=BRICK_DARK, width=3)
        pen.rectangle([310 - width * 0.09, y - high * 0.66, 310 + width * 0.09, y],
                      fill=(70, 44, 36))  # fmt: skip
        pen.pieslice([310 - width * 0.09, y - high * 0.82, 310 + width * 0.09, y - high * 0.5], 180,
                     360, fill=(70, 44, 36))  # fmt: skip
        pen.polygon([(left - 26, y - high), (right + 26, y - high), (right - 6, y - high - 26),
                     (left + 6, y - high - 26)], fill=(148, 104, 70))  # fmt: skip
        y -= high + 22
        width *= 0.872
    pen.polygon(
        [(310 - width * 0.5, y), (310 + width * 0.5, y), (310, y - 70)], fill=(148, 104, 70)
    )
    pen.ellipse([292, y - 106, 328, y - 66], fill=RIDGE)
    return image


def bridge(lamps: bool = False) -> Image.Image:
    """Trường Tiền: six steel arches on stone piers."""
    image, pen = sheet(3600, 420)
    deck, span = 300, 600
    for i in range(6):
        left = i * span
        crest = [
            (left + span * t / 40, deck - 190 * math.sin(math.pi * t / 40) ** 0.75)
            for t in range(41)
        ]
        for t in range(2, 40, 4):
            x, y = crest[t]
            pen.line([(x, y), (x, deck)], fill=STEEL_DARK, width=6)
            nx, ny = crest[min(40, t + 4)]
            pen.line([(x, deck), (nx, ny)], fill=STEEL_DARK, width=4)
        pen.line(crest, fill=STEEL, width=18, joint="curve")
        if lamps:
            for t in range(1, 40, 2):
                x, y = crest[t]
                hue = [(255, 214, 120), (200, 130, 255), (120, 220, 210)][i % 3]
                pen.ellipse([x - 9, y - 9, x + 9, y + 9], fill=hue)
    pen.rectangle([0, deck - 10, 3600, deck + 26], fill=STEEL)
    pen.rectangle([0, deck + 20, 3600, deck + 30], fill=STEEL_DARK)
    for x in range(0, 3600, 24):
        pen.line([(x, deck - 40), (x, deck)], fill=STEEL_DARK, width=3)
    pen.line([(0, deck - 40), (3600, deck - 40)], fill=STEEL, width=6)
    for i in range(7):
        x = min(3560, max(40, i * span))
        pen.polygon([(x - 34, deck + 28), (x + 34, deck + 28), (x + 48, 420), (x - 48, 420)],
                    fill=STONE_DARK)  # fmt: skip
    return image


def flag_tower() -> Image.Image:
    """Kỳ Đài: three terraces and the flag."""
    image, pen = sheet(1400, 1000)
    for top, inset in ((760, 0), (610, 170), (480, 330)):
        bricks(image, (inset, top, 1400 - inset, 1000 if not inset else top + 170), BRICK)
    pen.rectangle([692, 120, 708, 500], fill=STONE_DARK)
    flag = [(708, 125), (990, 150), (980, 318), (708, 300)]
    pen.polygon(flag, fill=(206, 28, 34))
    star = []
    for k in range(10):
        r = 56 if k % 2 == 0 else 23
        angle = math.pi * (k / 5 - 0.5)
        star.append((846 + r * math.cos(angle), 224 + r * math.sin(angle)))
    pen.polygon(star, fill=(250, 214, 60))
    return image


def wall(length: int = 2400) -> Image.Image:
    """A stretch of the citadel's brick wall."""
    image, _ = sheet(length, 200)
    bricks(image, (0, 20, length, 200), (150, 104, 82))
    pen = ImageDraw.Draw(image)
    chance = random.Random(length)
    for _ in range(length // 30):
        x, y = chance.uniform(0, length), chance.uniform(60, 190)
        pen.ellipse([x, y, x + chance.uniform(10, 70), y + 9], fill=(112, 98, 70))
    return image


def tree(seed: int, leaf: Paint = (70, 112, 62), tall: float = 1.0) -> Image.Image:
    """A broad tree: leaves as many soft dabs, darker below."""
    image, pen = sheet(700, int(800 * tall))
    chance = random.Random(seed)
    foot, crown = image.height, image.height * 0.42
    pen.polygon([(325, foot), (378, foot), (362, crown), (338, crown)], fill=BARK)
    for side in (-1, 1):
        pen.line([(350, crown + 120), (350 + side * 150, crown - 40)], fill=BARK, width=16)
    for n in range(520):
        angle, reach = chance.uniform(0, 2 * math.pi), chance.random() ** 0.6
        x = 350 + math.cos(angle) * reach * 310
        y = crown - 20 + math.sin(angle) * reach * image.height * 0.36
        light = 0.72 + 0.5 * (1 - (y / (crown * 2))) + n / 3000
        size = chance.uniform(18, 44)
        fill = tuple(min(255, int(c * light * chance.uniform(0.9, 1.1))) for c in leaf)
        pen.ellipse([x - size, y - size * 0.7, x + size, y + size * 0.7], fill=(*fill, 235))
    return image.filter(ImageFilter.GaussianBlur(1.2))


def pine(seed: int) -> Image.Image:
    """A tall pine of the tombs' hills."""
    image, pen = sheet(360, 1000)
    chance = random.Random(seed)
    pen.polygon([(170, 1000), (194, 1000), (186, 160), (178, 160)], fill=(104, 74, 54))
    for n in range(420):
        y = chance.uniform(60, 640)
        reach = 30 + (y - 60) * 0.22
        x = 182 + chance.uniform(-reach, reach)
        tone = chance.uniform(0.75, 1.2)
        fill = tuple(int(c * tone) for c in (54, 92, 62))
        size = chance.uniform(10, 26)
        pen.ellipse([x - size, y - size * 0.45, x + size, y + size * 0.45], fill=(*fill, 235))
        if n % 40 == 0:
            pen.line([(182, y), (x, y - 10)], fill=(104, 74, 54), width=5)
    return image.filter(ImageFilter.GaussianBlur(0.8))


def bamboo_house() -> Image.Image:
    """A house on stilts over the water, as Xung Khiêm's."""
    image, pen = sheet(1200, 620)
    for x in range(90, 1140, 120):
        pen.rectangle([x, 470, x + 18, 620], fill=STONE_DARK)
    columns(pen, (80, 300, 1120, 470), 8)
    pen.rectangle([60, 455, 1140, 490], fill=(150, 112, 70))
    roof(pen, (10, 190, 1190, 325), (150, 120, 92))
    pen.rectangle([300, 158, 900, 200], fill=(96, 48, 34))
    roof(pen, (240, 60, 960, 175), (150, 120, 92))
    return image


def boat() -> Image.Image:
    """A dragon boat for visitors."""
    image, pen = sheet(900, 360)
    pen.polygon([(40, 240), (860, 240), (800, 330), (110, 330)], fill=(190, 60, 40))
    pen.rectangle([40, 232, 860, 250], fill=RIDGE)
    columns(pen, (190, 140, 740, 236), 7)
    roof(pen, (150, 70, 780, 155), (200, 150, 50))
    pen.line([(60, 240), (30, 150), (66, 96)], fill=(72, 132, 80), width=26, joint="curve")
    pen.ellipse([46, 66, 118, 122], fill=(72, 132, 80))
    pen.polygon([(104, 90), (150, 100), (104, 112)], fill=RIDGE)
    pen.ellipse([86, 80, 98, 92], fill=(255, 255, 240))
    pen.line([(850, 238), (888, 170), (860, 130)], fill=(72, 132, 80), width=18, joint="curve")
    return image


def stele_pavilion() -> Image.Image:
    """A square pavilion for a stele."""
    image, pen = sheet(700, 700)
    bricks(image, (40, 610, 660, 700), STONE)
    pen.rectangle([130, 330, 570, 610], fill=(198, 178, 146))
    pen.rectangle([285, 400, 415, 610], fill=(74, 56, 48))
    pen.pieslice([285, 335, 415, 465], 180, 360, fill=(74, 56, 48))
    roof(pen, (50, 220, 650, 350))
    pen.rectangle([210, 180, 490, 232], fill=RED_DARK)
    roof(pen, (170, 80, 530, 195))
    return image


def market() -> Image.Image:
    """A row of stalls under awnings."""
    image, pen = sheet(1400, 420)
    for i, hue in enumerate(
        ((206, 74, 58), (232, 178, 60), (64, 132, 126), (206, 74, 58), (122, 84, 158))
    ):
        left = 20 + i * 275
        pen.rectangle([left + 20, 190, left + 245, 420], fill=(120, 88, 62))
        pen.polygon([(left, 190), (left + 265, 190), (left + 235, 96), (left + 30, 96)], fill=hue)
        for k in range(6):
            x = left + k * 45
            pen.pieslice([x, 170, x + 45, 214], 0, 180, fill=hue if k % 2 else (250, 244, 230))
        for k in range(7):
            x = left + 34 + k * 29
            pen.ellipse([x, 300 - (k % 2) * 12, x + 32, 332 - (k % 2) * 12],
                        fill=((214, 120, 40), (150, 170, 60), (196, 60, 60))[k % 3])  # fmt: skip
        pen.rectangle([left + 20, 330, left + 245, 420], fill=(146, 108, 76))
    return image


def ground(
    size: int, base: Paint, paint: Callable[[Pen, float], None], grain: Sequence[Paint], seed: int
) -> Image.Image:
    """A ground seen from above; `paint(pen, scale)` draws on it, pixels are metres times scale."""
    image = Image.new("RGB", (size, size), base)
    pen = ImageDraw.Draw(image)
    chance = random.Random(seed)
    for _ in range(size * 6):
        x, y, r = chance.uniform(0, size), chance.uniform(0, size), chance.uniform(1, 5)
        pen.ellipse([x, y, x + r * 3, y + r], fill=chance.choice(list(grain)))
    paint(pen, size / 320)
    return image
