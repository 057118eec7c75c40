"""The grounds of the drawn scenes, painted as seen from above."""

import random

from PIL import Image

from infra.seed import paintings as paint

MAP = 2400  # pixels of a ground seen from above, 320 m across
WATER, WATER_DUSK = (104, 146, 156), (196, 142, 128)
GRASS, SAND, PAVING = (120, 148, 88), (206, 190, 158), (196, 182, 162)


def _at(metres: float) -> float:
    return MAP / 2 + metres * MAP / 320


def river(front: float, water: paint.Paint, shore: paint.Paint) -> Image.Image:
    """A bank underfoot, the river from `front` metres ahead to the other side."""

    def on(pen: paint.Pen, _: float) -> None:
        chance = random.Random(3)
        pen.rectangle([0, 0, MAP, MAP - _at(front)], fill=water)
        pen.rectangle([0, 0, MAP, MAP - _at(146)], fill=GRASS)
        for _n in range(5200):
            x, y = chance.uniform(0, MAP), chance.uniform(MAP - _at(146), MAP - _at(front))
            tone = chance.choice((0.9, 0.95, 1.07, 1.12))
            fill = tuple(min(255, int(c * tone)) for c in water)
            long = chance.uniform(6, 60)
            pen.ellipse([x, y, x + long, y + 2.5], fill=fill)
        pen.rectangle([0, MAP - _at(front), MAP, MAP - _at(front - 1.2)], fill=paint.STONE_DARK)
        pen.rectangle([0, MAP - _at(2.4), MAP, MAP - _at(-3.0)], fill=PAVING)
        for x in range(0, MAP, 9):
            pen.line([(x, MAP - _at(2.4)), (x, MAP - _at(-3.0))], fill=(178, 164, 146), width=1)

    return paint.ground(MAP, shore, on, [(112, 140, 80), (128, 158, 94), (106, 134, 84)], 5)


def court(basins: bool, river_behind: bool = False) -> Image.Image:
    """A paved court between lawns: lotus basins ahead, or none and a river behind."""

    def on(pen: paint.Pen, _: float) -> None:
        pen.rectangle([_at(-13), 0, _at(13), MAP], fill=PAVING)
        for metre in range(-160, 160, 2):
            pen.line([(_at(-13), _at(metre)), (_at(13), _at(metre))], fill=(184, 169, 148), width=1)
        for metre in range(-12, 14, 2):
            pen.line([(_at(metre), 0), (_at(metre), MAP)], fill=(184, 169, 148), width=1)
        if river_behind:
            pen.rectangle([0, _at(20), MAP, _at(140)], fill=WATER)
            pen.rectangle([0, _at(18), MAP, _at(20)], fill=paint.STONE)
        if not basins:
            return
        chance = random.Random(8)
        for left, right in ((-74, -16), (16, 74)):
            box = [_at(left), MAP - _at(44), _at(right), MAP - _at(12)]
            pen.rectangle(box, fill=WATER)
            for _n in range(260):
                x, y = chance.uniform(box[0], box[2] - 14), chance.uniform(box[1], box[3] - 10)
                pen.ellipse([x, y, x + 13, y + 9], fill=(96, 144, 88))
                if chance.random() < 0.3:
                    pen.ellipse([x + 3, y, x + 9, y + 5], fill=(232, 158, 180))
            pen.rectangle(box, outline=paint.STONE, width=6)

    return paint.ground(MAP, GRASS, on, [(112, 140, 80), (130, 160, 96), (106, 134, 84)], 6)


def lake() -> Image.Image:
    """A garden path along a lake ahead."""

    def on(pen: paint.Pen, _: float) -> None:
        pen.ellipse([_at(-70), MAP - _at(64), _at(70), MAP - _at(6)], fill=(98, 132, 120))
        chance = random.Random(9)
        for _n in range(500):
            x, z = chance.uniform(-58, 58), chance.uniform(12, 56)
            if (x / 66) ** 2 + ((z - 35) / 27) ** 2 < 1:
                pen.ellipse([_at(x), MAP - _at(z), _at(x) + 12, MAP - _at(z) + 8],
                            fill=(104, 150, 94))  # fmt: skip
        pen.rectangle([0, MAP - _at(4.2), MAP, MAP - _at(-2)], fill=SAND)

    return paint.ground(MAP, (112, 142, 84), on, [(100, 128, 74), (124, 154, 92)], 7)
