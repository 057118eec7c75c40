"""One drawn picture for each kind of sight: `python -m infra.seed.draw_sights`."""

from PIL import Image, ImageDraw

from infra.seed import paintings as paint
from infra.seed.draw_scenes import keep
from infra.seed.writing import HERE

SIZE = (960, 540)
HORIZON = 380
GRASS, WATER = (126, 152, 92), (112, 156, 164)
# a kind's ground, then its paintings: what, middle of the foot (x, y), width in pixels
Placed = tuple[Image.Image, int, int, int]


def _kinds() -> dict[str, tuple[paint.Paint, list[Placed]]]:
    pines = [(paint.pine(n), x, 420 + n % 3 * 12, 96) for n, x in enumerate(range(70, 960, 118))]
    near = [(paint.tree(90, (84, 124, 60)), 120, 470, 250), (paint.tree(91), 850, 478, 270)]
    return {
        "palace": (GRASS, [*near, (paint.noon_gate(), 480, 470, 600)]),
        "tomb": (GRASS, [*pines, (paint.stele_pavilion(), 480, 470, 330)]),
        "temple": (GRASS, [*near, (paint.tower(), 480, 500, 190)]),
        "bridge": (WATER, [(paint.bridge(), 480, 430, 940)]),
        "house": (GRASS, [*near, (paint.bamboo_house(), 480, 470, 520)]),
        "craft": (paint.STONE, [*near, (paint.market(), 480, 500, 780)]),
        "museum": (GRASS, [*near, (paint.hall(), 480, 460, 640)]),
        "nature": (GRASS, [*pines, *((p, x + 50, y + 90, 150) for p, x, y, _ in pines[::2])]),
        "water": (WATER, [(paint.boat(), 520, 490, 430)]),
    }


def picture(ground: paint.Paint, placed: list[Placed]) -> Image.Image:
    """Sky, hills, ground and the paintings on it."""
    image = Image.new("RGB", SIZE)
    pen = ImageDraw.Draw(image)
    for y in range(HORIZON):
        share = y / HORIZON
        pen.line([(0, y), (SIZE[0], y)], fill=(
            int(112 + 114 * share), int(164 + 74 * share), int(212 + 28 * share)))  # fmt: skip
    pen.polygon([(0, HORIZON), (0, 330), (190, 286), (360, 336), (560, 270), (760, 332),
                 (960, 290), (960, HORIZON)], fill=(140, 164, 168))  # fmt: skip
    pen.rectangle([0, HORIZON, *SIZE], fill=ground)
    if ground == WATER:
        for n in range(90):
            x, y = (n * 197) % SIZE[0], HORIZON + 8 + (n * 61) % (SIZE[1] - HORIZON)
            pen.ellipse([x, y, x + 70 - n % 40, y + 3], fill=(142, 182, 186))
    for what, x, foot, width in placed:
        shown = what.resize((width, width * what.height // what.width), Image.Resampling.LANCZOS)
        image.paste(shown, (x - width // 2, foot - shown.height), shown)
    return image


if __name__ == "__main__":
    folder = HERE.parents[1] / "frontend/static/guide"
    for kind, (ground, placed) in _kinds().items():
        print(kind, keep(picture(ground, placed), folder / f"{kind}.webp"))
