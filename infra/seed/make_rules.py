"""categories, routing, sla and reasons: `python -m infra.seed.make_rules`.

Categories (sources/fields.csv) are fields visible on the city's public portal; the official annex
(Decision 30/2022) could not be read. Routing and promises are proposals as data, dated from
2019-01-01.
"""

import csv
from typing import Any

from infra.seed.writing import HERE, words, write

START = "2019-01-01"
WARD = "ward_committee"
OFFICE = "van-phong-ubnd"
IMMEDIATE_MINUTES = 120

REASONS: dict[str, list[tuple[str, str, str]]] = {
    "ineligible": [
        ("no_place", "Không rõ địa điểm", "The place is not clear"),
        ("no_evidence", "Không đủ thông tin, hình ảnh", "Not enough information or pictures"),
        ("not_public", "Việc dân sự, riêng tư", "A private or civil matter"),
        ("not_competence", "Không thuộc thẩm quyền của thành phố", "Not the city's competence"),
        ("already_settled", "Đã được giải quyết", "Already settled"),
        ("in_court", "Đang được cơ quan tố tụng giải quyết", "Before a court or in an inquiry"),
        ("untrue", "Nội dung không đúng sự thật", "The content is not true"),
        ("abusive", "Ngôn từ xúc phạm", "Abusive wording"),
        ("advert", "Quảng cáo, thư rác", "Advertising or spam"),
    ],
    "return": [
        ("not_ours", "Không thuộc thẩm quyền", "Not our competence"),
        ("other_area", "Thuộc địa bàn khác", "Lies in another area"),
        ("needs_other", "Cần cơ quan khác chủ trì", "Another agency must lead"),
    ],
    "extension": [
        ("materials", "Chờ vật tư, kinh phí", "Waiting for material or funds"),
        ("weather", "Thời tiết không thuận lợi", "Bad weather"),
        ("complex", "Vụ việc phức tạp, cần xác minh thêm", "Complex, needs more inquiry"),
        ("other_party", "Chờ đơn vị phối hợp", "Waiting for another party"),
    ],
    "rating": [
        ("slow", "Xử lý chậm", "Too slow"),
        ("not_fixed", "Chưa giải quyết xong", "Not fixed"),
        ("unclear", "Trả lời chưa rõ", "The answer is not clear"),
        ("attitude", "Thái độ chưa tốt", "Poor attitude"),
        ("quick", "Xử lý nhanh", "Quick"),
        ("thorough", "Xử lý triệt để", "Thorough"),
    ],
    "reopen": [
        ("not_fixed", "Thực tế chưa được xử lý", "Not fixed in reality"),
        ("came_back", "Tái diễn", "It came back"),
        ("wrong_answer", "Trả lời không đúng nội dung", "The answer misses the point"),
    ],
}


def fields() -> list[dict[str, str]]:
    """The rows of sources/fields.csv, in the order in which people see them."""
    with (HERE / "sources/fields.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def categories() -> list[dict[str, Any]]:
    """Fields of reports."""
    return [
        {
            "code": field["code"],
            "name": words(field["vi"], field["en"]),
            "group": field["group"],
            "icon": field["icon"],
            "urgency": field["urgency"],
            "hint": words(field["hint_vi"], field["hint_en"]),
            "words": field["words"].split(";"),
        }
        for field in fields()
    ]


def promises() -> list[dict[str, Any]]:
    """The default, then one rule for each category."""
    made: list[dict[str, Any]] = [{"valid_from": START, "working_days": 7}]
    for field in fields():
        rule = {
            "category": field["code"],
            "valid_from": START,
            "working_days": int(field["working_days"]),
        }
        immediate = field["urgency"] == "immediate"
        made.append({**rule, "minutes": IMMEDIATE_MINUTES} if immediate else rule)
    return made


def routing() -> list[dict[str, Any]]:
    """One rule for each category, then what holds when it names nobody."""
    rules: list[dict[str, Any]] = []
    for n, field in enumerate(fields(), 1):
        agency, vi, en = field["agency"], field["vi"], field["en"]
        to = "UBND nơi xảy ra" if agency == WARD else "đơn vị chuyên ngành"
        to_en = "committee of the place" if agency == WARD else "the specialised body"
        rules.append(
            {
                "code": f"R{n:02}",
                "category": field["code"],
                "agency": agency,
                "priority": 20,
                "valid_from": START,
                "text": words(f"{vi} → {to}", f"{en} → {to_en}"),
            }
        )
    anywhere = words("Mọi lĩnh vực → UBND nơi xảy ra", "Any field → committee of the place")
    unknown = words("Không rõ nơi xảy ra → Văn phòng UBND", "Place unknown → city office")
    rules += [
        {"code": "R90", "agency": WARD, "priority": 10, "valid_from": START, "text": anywhere},
        {"code": "R99", "agency": OFFICE, "priority": 1, "valid_from": START, "text": unknown},
    ]
    return rules


def main() -> None:
    """Write the documents."""
    write("categories.json", categories())
    write("sla.json", promises())
    write("routing.json", routing())
    write(
        "reasons.json",
        {
            name: [{"code": code, "vi": vi, "en": en} for code, vi, en in listed]
            for name, listed in REASONS.items()
        },
    )


if __name__ == "__main__":
    main()
