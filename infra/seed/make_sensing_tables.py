"""Dated tables of national indices and alarm levels: `python -m infra.seed.make_sensing_tables`.

Every table names its document and how it was checked. What could not be read in the document
itself is `confirmed: false`, and the API says so beside every figure made with it. The health
advice is our wording.
"""

from typing import Any

from infra.seed.writing import words, write

CHECKED = "2026-11-24"
READ = "third-party transcription of the signed PDF, cells checked by eye; four public copies agree"
CODE_ONLY = "public implementations only; the text of the decision was not available"
BULLETINS = "derived from levels and distances printed in forecasters' bulletins"
PAGE = "the city's own web page about the decision"

INDEX = [0, 50, 100, 150, 200, 300, 400, 500]
COLUMNS = {
    "o3_1h": [0, 160, 200, 300, 400, 800, 1000, 1200],
    "o3_8h": [0, 100, 120, 170, 210, 400],
    "co": [0, 10000, 30000, 45000, 60000, 90000, 120000, 150000],
    "so2": [0, 125, 350, 550, 800, 1600, 2100, 2630],
    "no2": [0, 100, 200, 700, 1200, 2350, 3100, 3850],
    "pm10": [0, 50, 150, 250, 350, 420, 500, 600],
    "pm25": [0, 25, 50, 80, 150, 250, 350, 500],
}
AIR_BANDS = [
    (0, "Tốt", "Good", "#00e400", "Tự do hoạt động ngoài trời.", "Enjoy being outdoors."),
    (
        51, "Trung bình", "Moderate", "#ffff00",
        "Người nhạy cảm nên giảm hoạt động nặng ngoài trời.",
        "Sensitive people: ease off heavy effort outdoors.",
    ),
    (
        101, "Kém", "Poor", "#ff7e00",
        "Người già, trẻ em, người bệnh hô hấp, tim mạch: ở ngoài trời ít hơn.",
        "Elderly, children, people with lung or heart disease: spend less time outdoors.",
    ),
    (
        151, "Xấu", "Bad", "#ff0000",
        "Hạn chế ra ngoài; đeo khẩu trang chống bụi mịn; đóng cửa sổ.",
        "Limit time outdoors; wear a fine-dust mask; close windows.",
    ),
    (
        201, "Rất xấu", "Very bad", "#8f3f97",
        "Ở trong nhà; hoãn hoạt động ngoài trời; người bệnh theo dõi sức khoẻ.",
        "Stay indoors; put off outdoor activity; patients watch their health.",
    ),
    (
        301, "Nguy hại", "Hazardous", "#7e0023",
        "Mọi người ở trong nhà, đóng kín cửa; cần ra ngoài thì đeo khẩu trang N95.",
        "Everybody stays indoors with windows closed; an N95 mask if you must go out.",
    ),
]  # fmt: skip
WATER_BANDS = [
    (0, "Ô nhiễm rất nặng", "Very heavily polluted", "#7e0023",
     "Cần xử lý khẩn cấp.", "Needs urgent treatment."),
    (10, "Kém", "Very poor", "#ff0000",
     "Chỉ dùng cho giao thông thủy.", "Only for navigation."),
    (26, "Xấu", "Poor", "#ff7e00",
     "Dùng cho giao thông thủy và tương đương.", "For navigation and the like."),
    (51, "Trung bình", "Moderate", "#ffff00",
     "Dùng cho tưới tiêu và tương đương.", "For irrigation and the like."),
    (76, "Tốt", "Good", "#00e400",
     "Cấp nước sinh hoạt sau xử lý phù hợp.", "Water supply after suitable treatment."),
    (91, "Rất tốt", "Very good", "#3333ff",
     "Dùng tốt cho cấp nước sinh hoạt.", "Good for water supply."),
]  # fmt: skip

# group, unit, q below, points (concentration, q), q above, first point belongs to `below`, note
WATER: dict[str, tuple[str, str, float, list[tuple[float, float]], float, bool, str]] = {
    "ph": ("I", "pH", 10, [(5.5, 50), (6, 100), (8.5, 100), (9, 50)], 10, False, ""),
    **{
        name: ("II", "µg/L", 100, [(limit, 100)], 10, False, "")
        for name, limit in (
            ("aldrin", 0.1), ("bhc", 0.02), ("dieldrin", 0.1), ("ddt", 1.0), ("heptachlor", 0.2),
        )
    },
    "as": ("III", "mg/L", 100, [(0.01, 100), (0.02, 75), (0.05, 50), (0.1, 25)], 10, False, ""),
    "cd": (
        "III", "mg/L", 100, [(0.005, 75), (0.008, 50), (0.01, 25), (0.1, 10)], 10, False,
        "one public copy has q = 100 at 0.005",
    ),
    "pb": (
        "III", "mg/L", 100, [(0.02, 75), (0.04, 50), (0.05, 25), (0.5, 10)], 10, False,
        "one public copy has q = 100 at 0.02",
    ),
    "cr6": (
        "III", "mg/L", 100, [(0.01, 100), (0.02, 75), (0.04, 50), (0.05, 25), (0.1, 10)], 10,
        False, "the step at 0.05 is missing in one public copy",
    ),
    "cu": ("III", "mg/L", 100, [(0.1, 100), (0.2, 75), (0.5, 50), (1, 25), (2, 10)], 10, False, ""),
    "zn": (
        "III", "mg/L", 100, [(0.5, 100), (1, 75), (1.5, 50), (2, 25), (3, 10)], 10, False, "",
    ),
    "hg": (
        "III", "mg/L", 100, [(0.001, 75), (0.0015, 50), (0.002, 25), (0.01, 10)], 10, False,
        "whether 0.001 itself is q = 100 is disputed",
    ),
    "do_saturation": (
        "IV", "%", 10,
        [(20, 25), (50, 50), (75, 75), (88, 100), (112, 100), (125, 75), (150, 50), (200, 25)],
        10, False, "",
    ),
    "bod5": ("IV", "mg/L", 100, [(4, 100), (6, 75), (15, 50), (25, 25), (50, 10)], 10, False, ""),
    "cod": (
        "IV", "mg/L", 100, [(10, 100), (15, 75), (30, 50), (50, 25), (150, 10)], 10, False, "",
    ),
    "toc": ("IV", "mg/L", 100, [(4, 100), (6, 75), (15, 50), (25, 25), (50, 10)], 10, False, ""),
    "n_nh4": ("IV", "mg/L", 100, [(0.3, 75), (0.6, 50), (0.9, 25), (5, 10)], 10, False, ""),
    "n_no3": (
        "IV", "mg/L", 100, [(2, 100), (5, 75), (10, 50), (15, 25)], 10, False,
        "one public copy has q = 52 at 10, another goes from 25 to 10 between 10 and 15",
    ),
    "n_no2": ("IV", "mg/L", 100, [(0.05, 100)], 10, False, ""),
    "p_po4": (
        "IV", "mg/L", 100, [(0.1, 100), (0.2, 75), (0.3, 50), (0.5, 25), (4, 10)], 10, False, "",
    ),
    "coliform": (
        "V", "MPN/100mL", 100, [(2500, 100), (5000, 75), (7500, 50), (10000, 25)], 10, False, "",
    ),
    "e_coli": ("V", "MPN/100mL", 100, [(20, 100), (50, 75), (100, 50), (200, 25)], 10, False, ""),
}  # fmt: skip
TWO_COPIES = {"toc", "as", "cu", "zn", "aldrin", "bhc", "dieldrin", "ddt", "heptachlor", "e_coli"}

DECISION_2020 = "Quyết định 05/2020/QĐ-TTg"
DERIVED = "pinned by level and distance pairs of bulletins"
RIVERS: list[dict[str, Any]] = [
    {
        "station": "kim-long", "river": "Hương", "record": 5.81, "record_year": 1999,
        "levels": [(1, 1.0, True, DERIVED), (2, 2.0, True, DERIVED), (3, 3.5, True, DERIVED)],
    },
    {
        "station": "phu-oc", "river": "Bồ", "record": 5.24, "record_year": 2020,
        "levels": [
            (1, 1.5, False, "quoted by others, not derived"),
            (2, 3.0, True, DERIVED), (3, 4.5, True, DERIVED),
        ],
    },
    {
        "station": "thuong-nhat", "river": "Tả Trạch",
        "levels": [(2, 61.0, False, "from one bulletin (2025-10-29)")],
    },
]  # fmt: skip
FIRE_BANDS = [
    (0, "Cấp I – thấp", "I – low", "#00b050", "Đốt dọn có kiểm soát.", "Controlled burning only."),
    (5000, "Cấp II – trung bình", "II – moderate", "#ffff00",
     "Cẩn thận khi dùng lửa gần rừng.", "Take care with fire near forests."),
    (10000, "Cấp III – cao", "III – high", "#ffc000",
     "Không đốt nương rẫy; trực gác.", "No burning of fields; keep watch."),
    (15000, "Cấp IV – nguy hiểm", "IV – dangerous", "#ff6600",
     "Cấm dùng lửa trong và gần rừng.", "No fire in or near forests."),
    (20000, "Cấp V – cực kỳ nguy hiểm", "V – extreme", "#ff0000",
     "Cấm lửa; kiểm soát người ra vào rừng.", "No fire; entry to forests controlled."),
]  # fmt: skip


def _bands(rows: list[Any]) -> list[dict[str, Any]]:
    return [
        {"low": low, "name": words(vi, en), "colour": colour, "advice": words(avi, aen)}
        for low, vi, en, colour, avi, aen in rows
    ]


def _origin(name: str, authority: str, document: str, **rest: Any) -> dict[str, Any]:
    return {"id": name, "authority": authority, "document": document, "checked_on": CHECKED, **rest}


def air() -> dict[str, Any]:
    """VN_AQI."""
    return {
        **_origin(
            "vn-aqi-2019", "Tổng cục Môi trường", "Quyết định 1459/QĐ-TCMT", article="Bảng 1, 2, 3",
            valid_from="2019-11-12", checked_how=READ, confirmed=True,
        ),
        "kind": "air", "index": INDEX, "columns": COLUMNS, "bands": _bands(AIR_BANDS),
    }  # fmt: skip


def water() -> dict[str, Any]:
    """VN_WQI."""
    rows = {
        name: {
            "group": group, "uom": uom, "below": below, "points": points, "above": above,
            "first_inclusive": inclusive,
            "confirmed": not note,
            "note": note or ("in two of three public copies" if name in TWO_COPIES else ""),
        }
        for name, (group, uom, below, points, above, inclusive, note) in WATER.items()
    }  # fmt: skip
    return {
        **_origin(
            "vn-wqi-2019", "Tổng cục Môi trường", "Quyết định 1460/QĐ-TCMT",
            valid_from="2019-11-12", checked_how=CODE_ONLY, confirmed=False,
        ),
        "kind": "water", "rows": rows, "bands": _bands(WATER_BANDS),
    }  # fmt: skip


def rivers() -> list[dict[str, Any]]:
    """Alarm levels of gauges."""
    return [
        {
            **_origin(
                f"alarm-{river['station']}-2020", "Thủ tướng Chính phủ", DECISION_2020,
                valid_from="2020-03-20", checked_how=BULLETINS,
                confirmed=all(level[2] for level in river["levels"]),
            ),
            "kind": "river", "station": river["station"], "river": river["river"],
            "record": river.get("record"), "record_year": river.get("record_year"),
            "levels": [
                {"level": k, "value": value, "confirmed": confirmed, "source": source}
                for k, value, confirmed, source in river["levels"]
            ],
        }
        for river in RIVERS
    ]  # fmt: skip


def fire() -> dict[str, Any]:
    """Forest-fire danger. Zone 3 from April on could not be read, so it has no figure."""
    months = (3, 4, 5, 6, 7, 8, 9)
    return {
        **_origin(
            "fire-hue-2022", "UBND tỉnh Thừa Thiên Huế", "Quyết định 33/2022/QĐ-UBND",
            valid_from="2022-08-01", checked_how=PAGE, confirmed=False,
        ),
        "kind": "fire",
        "zones": {
            "1": words("Vùng 1: đồng bằng và ven biển", "Zone 1: plain and coast"),
            "2": words("Vùng 2: Nam Đông cũ", "Zone 2: former Nam Đông"),
            "3": words("Vùng 3: A Lưới cũ", "Zone 3: former A Lưới"),
        },
        "rain_reset": {
            "1": dict(zip(months, (5.0, 7.0, 7.0, 10.0, 10.0, 10.0, 5.0), strict=True)),
            "2": dict(zip(months, (5.0, 6.5, 6.5, 7.1, 7.1, 7.1, 5.0), strict=True)),
            "3": {3: 5.0},
        },
        "bands": _bands(FIRE_BANDS),
    }  # fmt: skip


def main() -> None:
    """Write the document."""
    write("sensing/tables.json", [air(), water(), *rivers(), fire()])


if __name__ == "__main__":
    main()
