"""Definitions of indicators and the first values: `python -m infra.seed.make_indicators`.

Values come from public pages, each with its address; most are preliminary figures of press
conferences and say so. Where the pages give only a range or a year is missing, there is no value.
The indicator `drain-cleaned-m` is INVENTED for trying the entering out and is marked `demo`.
"""

import json
import random
from typing import Any

from infra.seed.writing import DATA, words

DIGEST = "thuathienhue.gov.vn, Thông tin dư địa chí: Dân cư – lao động"
Y2022 = "markettimes.vn 25/3/2023, theo báo cáo của Tỉnh uỷ và Sở Du lịch"
Y2023 = "vneconomy.vn 8/12/2023, theo báo cáo của UBND tỉnh"
Y2024 = "kinhte.congthuong.vn 12/2024, theo báo cáo tại HĐND tỉnh"
Y2025 = "kenh14.vn 22/12/2025, tổng kết Năm Du lịch quốc gia"
PRELIMINARY, ROUND_UP = "ước tính cuối năm", "số tròn, nguồn ghi “hơn”"
GROUPS = [
    ("economy", "Kinh tế", "Economy"),
    ("tourism", "Du lịch", "Tourism"),
    ("people", "Dân cư", "People"),
    ("services", "Đô thị", "Urban services"),
]
# code, group, name, unit, meaning, period, decimals, low, high, agency
DEFINED: list[tuple[str, str, tuple[str, str], tuple[str, str], tuple[str, str], str, int,
                    float | None, float | None, str]] = [
    ("grdp-growth", "economy", ("Tăng trưởng GRDP", "GRDP growth"), ("%", "%"),
     ("Tổng sản phẩm trên địa bàn tăng bao nhiêu so với năm trước, theo giá so sánh.",
      "How much the gross regional product grew over the year before, at constant prices."),
     "year", 2, -30, 40, "so-tai-chinh"),
    ("grdp-per-head-usd", "economy", ("GRDP bình quân đầu người", "GRDP per head"),
     ("USD", "USD"), ("Tổng sản phẩm chia cho dân số.", "The regional product over the people."),
     "year", 0, 0, 100_000, "so-tai-chinh"),
    ("exports-musd", "economy", ("Kim ngạch xuất khẩu", "Exports"),
     ("triệu USD", "million USD"), ("Hàng hoá bán ra nước ngoài.", "Goods sold abroad."),
     "year", 0, 0, 100_000, "so-cong-thuong"),
    ("visitors-thousand", "tourism", ("Lượt khách du lịch", "Visitors"),
     ("nghìn lượt", "thousand visits"),
     ("Mỗi lần đến được đếm một lượt; một người có thể đến nhiều lần.",
      "Each visit counts; one person may come several times."), "year", 0, 0, 100_000,
     "so-du-lich"),
    ("foreign-visitors-thousand", "tourism", ("Lượt khách quốc tế", "Foreign visitors"),
     ("nghìn lượt", "thousand visits"),
     ("Phần khách quốc tế trong lượt khách.", "The foreign part of all visits."), "year", 0, 0,
     100_000, "so-du-lich"),
    ("tourism-revenue-bn", "tourism", ("Doanh thu du lịch", "Revenue from tourism"),
     ("tỷ đồng", "billion đồng"), ("Khách chi ở Huế bao nhiêu.", "What visitors spend in Huế."),
     "year", 0, 0, 1_000_000, "so-du-lich"),
    ("population", "people", ("Dân số trung bình", "Average population"), ("người", "people"),
     ("Số người trung bình trong năm. Năm 2019 tính lại theo tổng điều tra.",
      "People on average over the year. In 2019 the figures were reset by the census."),
     "year", 0, 0, 10_000_000, "so-noi-vu"),
    ("urban-population", "people", ("Dân cư thành thị", "Urban population"), ("người", "people"),
     ("Phần dân số sống ở thành thị.", "The part of the people who live in towns."), "year", 0, 0,
     10_000_000, "so-noi-vu"),
    ("life-expectancy", "people", ("Tuổi thọ trung bình", "Life expectancy"), ("năm", "years"),
     ("Một người sinh năm đó sống bao lâu, theo tỷ lệ chết của năm đó.",
      "How long somebody born that year lives at that year's death rates."), "year", 1, 0, 130,
     "so-y-te"),
    ("birth-rate", "people", ("Tỷ suất sinh thô", "Crude birth rate"), ("‰", "‰"),
     ("Số trẻ sinh ra trên một nghìn dân.", "Births in a thousand people."), "year", 2, 0, 100,
     "so-y-te"),
]  # fmt: skip
DEMO = {
    "code": "drain-cleaned-m", "group": "services",
    "name": words("Cống đã nạo vét", "Drains cleaned"), "unit": words("mét", "metres"),
    "meaning": words("Bao nhiêu mét cống được nạo vét trong tháng, ở mỗi phường, xã.",
                     "How many metres of drains were cleaned in the month, in each commune."),
    "period": "month", "by_commune": True, "decimals": 0, "low": 0, "high": 1_000_000,
    "agency": "cty-thoat-nuoc", "demo": True,
}  # fmt: skip
DEMO_COMMUNES = ("19753", "19774", "19777", "19789", "19815")
DEMO_SOURCE = "SỐ LIỆU THỬ do dự án đặt ra"
Value = tuple[str, float, str, str]
KNOWN: dict[str, list[Value]] = {
    "grdp-growth": [("2022", 8.56, "", Y2022), ("2023", 7.03, PRELIMINARY, Y2023),
                    ("2024", 8.15, PRELIMINARY, Y2024)],
    "grdp-per-head-usd": [("2023", 2665, PRELIMINARY, Y2023),
                          ("2024", 2840, "nguồn ghi “khoảng”", Y2024)],
    "exports-musd": [("2023", 1200, "ước 12 tháng", "cafef.vn 9/1/2024"),
                     ("2024", 1300, PRELIMINARY, Y2024)],
    "visitors-thousand": [("2022", 2050, "", Y2022), ("2024", 4000, ROUND_UP, Y2024),
                          ("2025", 6300, ROUND_UP, Y2025)],
    "foreign-visitors-thousand": [("2022", 263, "", Y2022),
                                  ("2023", 1200, "nguồn ghi “khoảng”", "cafef.vn 9/1/2024"),
                                  ("2024", 1300, "nguồn ghi “khoảng”", Y2024),
                                  ("2025", 1900, ROUND_UP, Y2025)],
    "tourism-revenue-bn": [("2022", 4533, PRELIMINARY, Y2022),
                           ("2024", 8500, "nguồn ghi “khoảng”", Y2024),
                           ("2025", 13000, ROUND_UP, Y2025)],
}  # fmt: skip
DIGESTED: dict[str, list[float]] = {  # 2016 to 2020
    "population": [1_149_871, 1_154_310, 1_163_610, 1_129_505, 1_133_713],
    "urban-population": [559_451, 563_404, 566_727, 563_397, 562_321],
    "life-expectancy": [71.5, 71.7, 71.7, 71.8, 71.7],
    "birth-rate": [15.06, 14.86, 14.62, 14.45, 14.25],
}


def definitions() -> list[dict[str, Any]]:
    """Every definition."""
    made = [
        {
            "code": code, "group": group, "name": words(*name), "unit": words(*unit),
            "meaning": words(*meaning), "period": period, "by_commune": False,
            "decimals": decimals, "low": low, "high": high, "agency": agency, "demo": False,
        }
        for code, group, name, unit, meaning, period, decimals, low, high, agency in DEFINED
    ]  # fmt: skip
    return [*made, DEMO]


def groups() -> list[dict[str, Any]]:
    """Groups in their order."""
    return [{"id": code, "name": words(vi, en)} for code, vi, en in GROUPS]


def values() -> list[dict[str, Any]]:
    """The first values, as if released by hand."""
    known = {**KNOWN, **{
        code: [(str(2016 + n), value, "", DIGEST) for n, value in enumerate(listed)]
        for code, listed in DIGESTED.items()
    }}  # fmt: skip
    made = [
        {"code": code, "period": period, "area": "city", "value": value, "note": note,
         "source": source}
        for code, listed in known.items()
        for period, value, note, source in listed
    ]  # fmt: skip
    chance = random.Random(7)
    for month in range(1, 11):
        parts = [chance.randrange(300, 2400, 10) for _ in DEMO_COMMUNES]
        for area, value in [*zip(DEMO_COMMUNES, parts, strict=True), ("city", sum(parts))]:
            made.append(
                {"code": "drain-cleaned-m", "period": f"2026-{month:02}", "area": area,
                 "value": value, "note": "", "source": DEMO_SOURCE}
            )  # fmt: skip
    return made


if __name__ == "__main__":
    folder = DATA / "indicators"
    folder.mkdir(exist_ok=True)
    for document in (definitions, groups, values):
        text = json.dumps(document(), ensure_ascii=False, indent=1) + "\n"
        (folder / f"{document.__name__}.json").write_text(text, encoding="utf-8")
