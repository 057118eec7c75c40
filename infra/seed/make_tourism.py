"""The visitors' guide: `python -m infra.seed.make_tourism`.

Names and facts are public; nobody has checked on the spot where each sight lies or when it opens,
so both are marked unconfirmed. Pictures are drawings: `draw_sights` and `draw_scenes` make them.
"""

import csv
import json
from pathlib import Path
from typing import Any

from infra.seed.draw_scenes import SCENES
from infra.seed.writing import DATA, HERE, words

STATIC = HERE.parents[1] / "frontend/static"
PICTURES = "/guide"
SOURCE = words(
    "Tư liệu công khai (trang của cơ quan bảo tồn, UNESCO, báo chí); vị trí đọc từ bản đồ công "
    "cộng, chưa đối chiếu thực địa.",
    "Public material (the conservation centre, UNESCO, the press); positions read from public "
    "maps, not checked on the spot.",
)
HOURS = {
    "monuments": words(
        "Hằng ngày; mùa hè 6:30–17:30, mùa đông 7:00–17:00. Có vé vào cổng.",
        "Daily; summer 6:30–17:30, winter 7:00–17:00. Tickets are sold at the gate.",
    ),
    "temples": words("Ban ngày; giữ yên lặng, mặc kín đáo.", "By day; quiet, shoulders and knees "
                     "covered."),
    "open": words("Không có cổng; đi lại cả ngày.", "No gate; open at all hours."),
    "market": words("Sáng sớm đến chiều tối.", "From early morning to the evening."),
    "shops": words("Ban ngày, theo từng nhà.", "By day, as each house likes."),
    "outside": words("Chỉ nhìn từ bên ngoài trong giờ học.", "From outside only in school hours."),
    "ask": None,
}  # fmt: skip
ROUTES: list[tuple[str, str, str, str, str, str, int, list[str]]] = [
    ("kinh-thanh-di-bo", "walk", "Dạo Kinh thành", "Walk through the citadel",
     "Từ bờ sông qua Kỳ Đài, Ngọ Môn đến hồ Tịnh Tâm.",
     "From the river past the flag tower and the Noon Gate to Tịnh Tâm lake.", 30,
     ["phu-van-lau", "ky-dai", "ngo-mon", "dien-thai-hoa", "the-mieu", "bao-tang-co-vat",
      "ho-tinh-tam"]),
    ("hai-bo-song", "walk", "Hai bờ sông Hương", "Both banks of the river",
     "Chợ Đông Ba, cầu Trường Tiền, trường Quốc Học.",
     "Đông Ba market, Trường Tiền bridge, Quốc Học school.", 20,
     ["dong-ba", "truong-tien", "quoc-hoc"]),
    ("thuyen-song-huong", "boat", "Thuyền trên sông Hương", "By boat on the Perfume River",
     "Bến gần cầu Trường Tiền ngược dòng lên Thiên Mụ, Hòn Chén, lăng Minh Mạng.",
     "From near Trường Tiền upriver to Thiên Mụ, Hòn Chén and the tomb of Minh Mạng.", 45,
     ["truong-tien", "thien-mu", "hon-chen", "lang-minh-mang"]),
    ("lang-vua-xe-dap", "cycle", "Lăng vua bằng xe đạp", "Royal tombs by bicycle",
     "Đàn Nam Giao, chùa Từ Hiếu, làng hương, lăng Tự Đức, đồi Vọng Cảnh.",
     "Nam Giao, Từ Hiếu, the incense village, the tomb of Tự Đức, Vọng Cảnh hill.", 35,
     ["nam-giao", "tu-hieu", "thuy-xuan", "lang-tu-duc", "lang-dong-khanh", "vong-canh"]),
    ("kim-long-xe-dap", "cycle", "Kim Long và Thiên Mụ", "Kim Long and Thiên Mụ",
     "Dọc bờ bắc: Phu Văn Lâu, nhà vườn An Hiên, chùa Thiên Mụ.",
     "Along the northern bank: Phu Văn Lâu, the An Hiên garden house, Thiên Mụ.", 30,
     ["phu-van-lau", "an-hien", "thien-mu"]),
    ("dong-que-xe-dap", "cycle", "Đồng quê phía đông", "Countryside in the east",
     "Từ cầu Trường Tiền ra cầu ngói Thanh Toàn.",
     "From Trường Tiền to the tiled bridge of Thanh Toàn.", 40,
     ["truong-tien", "cung-an-dinh", "cau-ngoi-thanh-toan"]),
]  # fmt: skip


def sights() -> list[dict[str, Any]]:
    """Every sight, with what about it is unconfirmed."""
    with (HERE / "sources/sights.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="|"))
    return [
        {
            "id": row["id"], "kind": row["kind"], "name": words(row["vi"], row["en"]),
            "about": words(row["about_vi"], row["about_en"]), "hours": HOURS[row["hours"]],
            "lat": float(row["lat"]), "lon": float(row["lon"]),
            "heritage": row["heritage"] == "1", "picture": f"{PICTURES}/{row['kind']}.webp",
            "unconfirmed": ["position", *(["hours"] if HOURS[row["hours"]] else [])],
            "source": SOURCE,
        }
        for row in rows
    ]  # fmt: skip


def routes() -> list[dict[str, Any]]:
    """Routes over the sights."""
    return [
        {"id": i, "mode": mode, "name": words(vi, en), "about": words(about_vi, about_en),
         "stay_minutes": stay, "stops": stops}
        for i, mode, vi, en, about_vi, about_en, stay, stops in ROUTES
    ]  # fmt: skip


def scenes() -> list[dict[str, Any]]:
    """Scenes as they were drawn; hotspots stand where their things stand in the drawing."""
    return [scene.document(PICTURES, STATIC) for scene in SCENES]


def pictures() -> dict[str, int]:
    """The sights' pictures and their sizes in bytes."""
    kinds = sorted({sight["kind"] for sight in sights()})
    paths = [Path(f"guide/{kind}.webp") for kind in kinds]
    return {f"/{path}": (STATIC / path).stat().st_size for path in paths}


if __name__ == "__main__":
    folder = DATA / "tourism"
    folder.mkdir(exist_ok=True)
    for made in (sights, routes, scenes, pictures):
        text = json.dumps(made(), ensure_ascii=False, indent=1) + "\n"
        (folder / f"{made.__name__}.json").write_text(text, encoding="utf-8")
