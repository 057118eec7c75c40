"""The guide's 360° scenes, drawn: `python -m infra.seed.draw_scenes`.

They are drawings of the project, made from memory of public pictures; proportions are free and
nothing in them is surveyed. Hotspots come from where things stand in the drawing.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from infra.seed import paintings as paint
from infra.seed.grounds import GRASS, WATER, WATER_DUSK, court, lake, river
from infra.seed.panorama import Air, Card, Floats, render
from infra.seed.writing import HERE, words

SIZE, OVER = (4096, 2048), 1.5  # what is kept; how much larger it is painted
MOST_BYTES = 250_000
DAY = Air((92, 150, 206), (222, 234, 240), (120, 144, 150), (1.0, 1.0, 0.98), (40, 48))
DUSK = Air((58, 48, 104), (246, 166, 110), (92, 66, 104), (0.62, 0.5, 0.58), (-100, 4),
           (255, 214, 140))  # fmt: skip


@dataclass(frozen=True)
class Spot:
    """A hotspot at a card, at a share of its height."""

    card: int
    opens: Literal["scene", "sight"]
    target: str
    vi: str
    en: str
    share: float = 0.5


@dataclass(frozen=True)
class Drawing:
    """A scene to draw."""

    id: str
    sight: str
    light: Literal["day", "dusk"]
    name: dict[str, str]
    about: dict[str, str]
    cards: list[Card]
    ground: Callable[[], Image.Image]
    ridge: Callable[[Floats], Floats]
    spots: list[Spot]

    @property
    def file(self) -> str:
        """The name of its picture."""
        return f"scene-{self.id}.webp"

    def draw(self) -> Image.Image:
        """Paint it larger than it is kept."""
        size = (int(SIZE[0] * OVER), int(SIZE[1] * OVER))
        air = DAY if self.light == "day" else DUSK
        big = render(size, air, self.ground(), self.cards, self.ridge)
        return big.resize(SIZE, Image.Resampling.LANCZOS)

    def document(self, prefix: str, static: Path) -> dict[str, Any]:
        """The scene as the guide's data."""
        spots = [
            {
                "id": f"{self.id}-{n}", "opens": s.opens, "target": s.target,
                "name": words(s.vi, s.en), "yaw": round(self.cards[s.card].yaw, 1),
                "pitch": round(self.cards[s.card].pitch(s.share), 1),
            }
            for n, s in enumerate(self.spots)
        ]  # fmt: skip
        return {
            "id": self.id, "name": self.name, "about": self.about, "light": self.light,
            "sight": self.sight, "drawn": True, "picture": f"{prefix}/{self.file}",
            "bytes": (static / prefix.strip("/") / self.file).stat().st_size,
            "width": SIZE[0], "height": SIZE[1], "hotspots": spots,
        }  # fmt: skip


def hills(seed: int, high: float) -> Callable[[Floats], Floats]:
    """A ridge of soft hills, `high` degrees at the most."""
    chance = random.Random(seed)
    waves = [(n, chance.uniform(0, 6.28), chance.random() / n**0.7) for n in range(2, 15)]
    total = sum(w for _, _, w in waves)

    def ridge(yaw: Floats) -> Floats:
        up = sum(w * (1 + np.sin(np.radians(yaw) * n + p)) / 2 for n, p, w in waves) / total
        made: Floats = np.asarray(up * high, np.float32)
        return made

    return ridge


def trees(seed: int, places: list[tuple[float, float, float]], pines: bool = False) -> list[Card]:
    """Trees at (x, z) of a height in metres."""
    chance = random.Random(seed)
    leaves = [(70, 112, 62), (84, 124, 60), (58, 100, 66), (96, 128, 70)]
    made = []
    for n, (x, z, high) in enumerate(places):
        picture = paint.pine(seed + n) if pines else paint.tree(seed + n, chance.choice(leaves))
        made.append(Card(picture, x, z, high * picture.width / picture.height))
    return made


def far_bank(seed: int, z: float) -> list[Card]:
    """A row of trees on the other side of a river."""
    chance = random.Random(seed)
    return trees(seed, [(x + chance.uniform(-4, 4), z + chance.uniform(0, 8),
                         chance.uniform(8, 14)) for x in range(-190, 200, 13)])  # fmt: skip


def around(seed: int, low: float, high: float, count: int, skip: float) -> list[Card]:
    """Trees on all sides but the front, which `skip` degrees of keep free."""
    chance = random.Random(seed)
    places = []
    for n in range(count):
        angle = np.radians(skip + (360 - 2 * skip) * (n + chance.uniform(0, 0.7)) / count)
        far = chance.uniform(low, high)
        places.append(
            (float(far * np.sin(angle)), float(far * np.cos(angle)), chance.uniform(7, 12))
        )
    return trees(seed, places)


def scene_list() -> list[Drawing]:
    """All scenes. In each, the cards that hotspots name come first."""
    bridge_day = [
        Card(paint.bridge(), 24, 62, 280, -1.5, turn=10),
        Card(paint.flag_tower(), -104, 112, 62),
        Card(paint.boat(), -12, 22, 15, 0.0, turn=-30),
        Card(paint.market(), -30, -20, 26),
    ]
    bridge_dusk = [
        Card(paint.bridge(lamps=True), -14, 54, 270, -1.5, turn=-12),
        Card(paint.boat(), 12, 19, 13, 0.0, turn=34),
        Card(paint.flag_tower(), 110, 138, 60),
        Card(paint.boat(), -46, 52, 15, 0.0, turn=-50),
    ]
    gate = [
        Card(paint.noon_gate(), 0, 46, 66),
        Card(paint.flag_tower(), 4, -84, 60),
        Card(paint.wall(), -76, 47, 88, turn=0),
        Card(paint.wall(2300), 76, 47, 88, turn=0),
    ]
    throne = [
        Card(paint.hall(), 0, 32, 50),
        Card(paint.noon_gate(), 0, -58, 66),
        Card(paint.wall(), -90, 10, 190, turn=-90),
        Card(paint.wall(2300), 90, 10, 190, turn=90),
    ]
    pagoda = [
        Card(paint.tower(), 3, 22, 11),
        Card(paint.boat(), -14, -34, 15, turn=200),
        Card(paint.stele_pavilion(), -12, 17, 7),
        Card(paint.stele_pavilion(), 17, 18, 7),
        Card(paint.hall(), -6, 56, 34),
    ]
    garden = [
        Card(paint.bamboo_house(), -6, 26, 22, 0.0),
        Card(paint.stele_pavilion(), 40, 20, 9),
        Card(paint.wall(), -20, -46, 120, turn=180),
    ]
    return [
        Drawing(
            "ngo-mon", "ngo-mon", "day", words("Trước Ngọ Môn", "Before the Noon Gate"),
            words("Sân trước Ngọ Môn: cổng đá năm lối đi với lầu Ngũ Phụng, hai hồ sen hai bên; "
                  "sau lưng là Kỳ Đài.",
                  "The square before the Noon Gate: a stone base of five passages under the Five "
                  "Phoenix pavilion, lotus basins on both sides; behind you the flag tower."),
            gate + around(21, 24, 60, 34, 66), lambda: court(basins=True), hills(1, 2.4),
            [Spot(0, "sight", "ngo-mon", "Ngọ Môn", "Noon Gate", 0.62),
             Spot(0, "scene", "thai-hoa", "Qua cổng đến điện Thái Hòa",
                  "Through the gate to the throne hall", 0.16),
             Spot(1, "scene", "truong-tien", "Ra bờ sông, cầu Trường Tiền",
                  "To the river and Trường Tiền", 0.3),
             Spot(1, "sight", "ky-dai", "Kỳ Đài", "Flag tower", 0.75)],
        ),
        Drawing(
            "thai-hoa", "dien-thai-hoa", "day", words("Sân điện Thái Hòa", "Court of the throne "
                                                      "hall"),
            words("Sân đại triều: điện Thái Hòa hai tầng mái ngói vàng ở trước mặt, mặt sau Ngọ "
                  "Môn ở sau lưng.",
                  "The court of audiences: the hall with its double yellow roof ahead, the back of "
                  "the Noon Gate behind."),
            throne + around(31, 18, 48, 30, 50), lambda: court(basins=False), hills(2, 1.6),
            [Spot(0, "sight", "dien-thai-hoa", "Điện Thái Hòa", "Hall of Supreme Harmony", 0.6),
             Spot(1, "scene", "ngo-mon", "Trở ra trước Ngọ Môn", "Back out before the Noon Gate",
                  0.2),
             Spot(2, "sight", "the-mieu", "Về phía Thế Miếu", "Towards Thế Miếu", 0.8)],
        ),
        Drawing(
            "truong-tien", "truong-tien", "day", words("Bờ sông Hương", "On the Perfume River"),
            words("Bờ nam sông Hương: cầu Trường Tiền sáu vài bắc ngang, Kỳ Đài ở bờ bên kia, "
                  "thuyền rồng trên sông, chợ sau lưng.",
                  "The river's southern bank: the six arches of Trường Tiền across the water, the "
                  "flag tower on the other side, a dragon boat, a market behind."),
            bridge_day + far_bank(41, 150) + around(42, 14, 46, 20, 98),
            lambda: river(7, WATER, GRASS), hills(3, 4.5),
            [Spot(0, "sight", "truong-tien", "Cầu Trường Tiền", "Trường Tiền bridge", 0.75),
             Spot(1, "scene", "ngo-mon", "Sang Kỳ Đài và Ngọ Môn", "Over to the Noon Gate", 0.5),
             Spot(2, "scene", "thien-mu", "Lên thuyền đến Thiên Mụ", "By boat to Thiên Mụ", 0.4),
             Spot(0, "scene", "truong-tien-toi", "Chờ đến hoàng hôn", "Wait for dusk", 0.08),
             Spot(3, "sight", "dong-ba", "Chợ Đông Ba", "Đông Ba market", 0.6)],
        ),
        Drawing(
            "truong-tien-toi", "truong-tien", "dusk", words("Cầu Trường Tiền lúc hoàng hôn",
                                                           "Trường Tiền at dusk"),
            words("Hoàng hôn trên sông Hương: đèn màu theo sáu vài cầu, mặt trời thấp phía "
                  "thượng nguồn.",
                  "Dusk over the river: coloured lamps along the six arches, the sun low "
                  "upstream."),
            bridge_dusk + far_bank(51, 150) + around(52, 14, 46, 20, 98),
            lambda: river(6, WATER_DUSK, (104, 118, 82)), hills(4, 6.0),
            [Spot(0, "sight", "truong-tien", "Cầu Trường Tiền", "Trường Tiền bridge", 0.75),
             Spot(1, "scene", "truong-tien", "Trở lại ban ngày", "Back to daylight", 0.4),
             Spot(2, "sight", "ky-dai", "Kỳ Đài", "Flag tower", 0.5)],
        ),
        Drawing(
            "thien-mu", "thien-mu", "day", words("Chùa Thiên Mụ", "Thiên Mụ pagoda"),
            words("Trên đồi Hà Khê: tháp Phước Duyên bảy tầng, hai nhà bia, chánh điện phía sau; "
                  "sông Hương sau lưng.",
                  "On Hà Khê hill: the seven-storey Phước Duyên tower, two stele houses, the main "
                  "hall beyond; the river behind."),
            pagoda
            + trees(61, [(x, 30 + (x * 5) % 11, 10) for x in range(-90, 100, 9) if abs(x) > 20])
            + trees(63, [(x, -8 - (x * 3) % 7, 8) for x in range(-70, 80, 16) if abs(x) > 8])
            + trees(66, [(-26, 40, 15), (34, 44, 16), (-36, 30, 14)], pines=True),
            lambda: court(basins=False, river_behind=True), hills(5, 5.5),
            [Spot(0, "sight", "thien-mu", "Tháp Phước Duyên", "Phước Duyên tower", 0.55),
             Spot(1, "scene", "truong-tien", "Xuôi dòng về cầu Trường Tiền",
                  "Downriver to Trường Tiền", 0.5),
             Spot(4, "scene", "tu-duc", "Lên lăng Tự Đức", "On to the tomb of Tự Đức", 0.3)],
        ),
        Drawing(
            "tu-duc", "lang-tu-duc", "dusk", words("Hồ Lưu Khiêm, lăng Tự Đức",
                                                 "Lưu Khiêm lake, tomb of Tự Đức"),
            words("Chiều bên hồ Lưu Khiêm: nhà thủy tạ Xung Khiêm trên cột, sen trên mặt nước, "
                  "đồi thông chung quanh.",
                  "Evening at Lưu Khiêm lake: the Xung Khiêm pavilion on its posts, lotus on the "
                  "water, pine hills around."),
            garden + around(71, 14, 44, 22, 72)
            + trees(76, [(x, 74 + (x * 7) % 9, 17) for x in range(-90, 100, 12)], pines=True),
            lake, hills(6, 9.0),
            [Spot(0, "sight", "lang-tu-duc", "Nhà thủy tạ Xung Khiêm", "Xung Khiêm pavilion", 0.5),
             Spot(1, "sight", "lang-dong-khanh", "Sang lăng Đồng Khánh",
                  "Over to the tomb of Đồng Khánh", 0.4),
             Spot(2, "scene", "thien-mu", "Trở lại Thiên Mụ", "Back to Thiên Mụ", 0.6)],
        ),
    ]  # fmt: skip


SCENES = scene_list()


def keep(image: Image.Image, path: Path) -> int:
    """Write as WebP, as well as fits into the limit; the size in bytes."""
    for quality in range(84, 30, -4):
        image.save(path, "WEBP", quality=quality, method=6)
        if path.stat().st_size <= MOST_BYTES:
            break
    return path.stat().st_size


if __name__ == "__main__":
    folder = HERE.parents[1] / "frontend/static/guide"
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        print(scene.id, keep(scene.draw(), folder / scene.file))
