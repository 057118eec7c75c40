"""categories, routing, sla and reasons: `python -m infra.seed.make_rules`.

Categories are fields visible on the city's public portal (Decision 30/2022 has the official annex,
whose text we could not read). Routing and promises are proposals as data, dated from 2019-01-01.
"""

from typing import Any

from infra.seed.make_units import EVE, REFORM, _text, write

START = "2019-01-01"
WARD = "ward_committee"

# code, vi, en, group, icon, immediate, working days, agency, hint vi, hint en
FIELDS: list[tuple[str, str, str, str, str, bool, int, str, str, str]] = [
    ("urban_order", "Trật tự đô thị", "Urban order", "order", "store", False, 7, WARD,
     "Lấn chiếm vỉa hè, buôn bán sai chỗ", "Blocked pavements, misplaced trading"),
    ("waste", "Rác thải, vệ sinh môi trường", "Waste and cleanliness", "environment", "trash-2",
     False, 7, "cty-moi-truong-do-thi", "Rác tồn, điểm tập kết bẩn", "Uncollected or dumped waste"),
    ("roads", "Đường sá, vỉa hè", "Roads and pavements", "infrastructure", "construction", False, 7,
     "so-xay-dung", "Ổ gà, vỉa hè hỏng", "Potholes, broken pavements"),
    ("drainage", "Thoát nước", "Drainage", "infrastructure", "droplets", False, 7, "cty-thoat-nuoc",
     "Cống nghẹt, nắp cống vỡ", "Blocked drains, broken covers"),
    ("lighting", "Chiếu sáng công cộng", "Street lighting", "infrastructure", "lamp", False, 7,
     "cty-chieu-sang", "Đèn đường tắt, chập điện", "Street lights out or faulty"),
    ("trees", "Cây xanh, công viên", "Trees and parks", "environment", "trees", False, 7,
     "trung-tam-cong-vien-cay-xanh", "Cây ngã, cành gãy", "Fallen trees, broken branches"),
    ("construction", "Xây dựng", "Construction", "order", "hard-hat", False, 7, WARD,
     "Xây dựng sai phép, vật liệu rơi vãi", "Works without permit, spilled material"),
    ("noise", "Tiếng ồn", "Noise", "order", "volume-2", False, 7, WARD,
     "Karaoke, loa kéo, công trình ban đêm", "Karaoke, loudspeakers, night works"),
    ("traffic", "Giao thông", "Traffic", "traffic", "traffic-cone", False, 7,
     "phong-canh-sat-giao-thong", "Đèn tín hiệu hỏng, đỗ xe sai", "Faulty signals, wrong parking"),
    ("flooding", "Ngập lụt", "Flooding", "disaster", "waves", True, 1, "chi-cuc-thuy-loi",
     "Đường ngập, nước dâng nhanh", "Flooded roads, fast rising water"),
    ("power", "Điện", "Electricity", "utilities", "zap", False, 7, "cty-dien-luc",
     "Mất điện, dây điện nguy hiểm", "Outages, dangerous wires"),
    ("water", "Nước sạch", "Water supply", "utilities", "glass-water", False, 7, "cty-cap-nuoc",
     "Mất nước, vỡ ống, nước bẩn", "No water, burst pipes, dirty water"),
    ("telecom", "Viễn thông", "Telecom", "utilities", "radio-tower", False, 7,
     "so-khoa-hoc-cong-nghe", "Dây cáp rối, cột nghiêng", "Tangled cables, leaning poles"),
    ("health", "Y tế, an toàn thực phẩm", "Health and food safety", "society", "heart-pulse", False,
     7, "so-y-te", "Cơ sở y tế, quán ăn mất vệ sinh", "Clinics, unhygienic eateries"),
    ("education", "Giáo dục", "Education", "society", "graduation-cap", False, 7,
     "so-giao-duc", "Trường lớp, thu chi, bạo lực học đường", "Schools, fees, bullying"),
    ("heritage", "Di tích, du lịch", "Heritage and tourism", "culture", "landmark", False, 7,
     "trung-tam-bao-ton-di-tich", "Xâm hại di tích, chèo kéo khách", "Damage, touting"),
    ("animals", "Động vật", "Animals", "environment", "paw-print", False, 7, WARD,
     "Chó thả rông, gia súc trên đường", "Stray dogs, cattle on roads"),
    ("advertising", "Quảng cáo", "Advertising", "culture", "megaphone", False, 7,
     "so-van-hoa-the-thao", "Quảng cáo sai quy định", "Unlawful advertising"),
    ("attitude", "Thái độ phục vụ", "Public-service attitude", "government", "user-check", False, 7,
     "so-noi-vu", "Cán bộ, công chức phục vụ chưa tốt", "How officials treated you"),
    ("infosec", "An toàn thông tin", "Information security", "government", "shield-alert", False, 7,
     "ban-an-toan-thong-tin", "Lừa đảo mạng, tin giả", "Online fraud, false news"),
    ("fire", "Cháy, nguy cơ cháy", "Fire", "disaster", "flame", True, 1, "phong-canh-sat-pccc",
     "Khói, lửa, rò rỉ ga", "Smoke, flames, gas leaks"),
]
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


def main() -> None:
    """Write the documents."""
    write(
        "categories.json",
        [
            {
                "code": code,
                "name": _text(vi, en),
                "group": group,
                "icon": icon,
                "urgency": "immediate" if immediate else "timed",
                "hint": _text(hint_vi, hint_en),
            }
            for code, vi, en, group, icon, immediate, _, _, hint_vi, hint_en in FIELDS
        ],
    )
    write(
        "sla.json",
        [{"valid_from": START, "working_days": 7}]
        + [
            {
                "category": code,
                "valid_from": START,
                "working_days": days,
                **({"minutes": IMMEDIATE_MINUTES} if immediate else {}),
            }
            for code, _, _, _, _, immediate, days, *_ in FIELDS
        ],
    )
    write("routing.json", _routing())
    write(
        "reasons.json",
        {
            name: [{"code": code, "vi": vi, "en": en} for code, vi, en in listed]
            for name, listed in REASONS.items()
        },
    )


def _routing() -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = []
    for n, (code, vi, en, *rest) in enumerate(FIELDS, 1):
        agency = rest[4]
        to = "UBND nơi xảy ra" if agency == WARD else "đơn vị chuyên ngành"
        to_en = "committee of the place" if agency == WARD else "the specialised body"
        rules.append(
            {
                "code": f"R{n:02}",
                "category": code,
                "agency": agency,
                "priority": 20,
                "valid_from": START,
                "text": _text(f"{vi} → {to}", f"{en} → {to_en}"),
            }
        )
    rules.append(
        {
            "code": "R90",
            "agency": WARD,
            "priority": 10,
            "valid_from": START,
            "text": _text("Mọi lĩnh vực → UBND nơi xảy ra", "Any field → committee of the place"),
        }
    )
    rules.append(
        {
            "code": "R98",
            "agency": "ubnd-474",
            "priority": 5,
            "valid_from": START,
            "valid_to": EVE,
            "text": _text("Ngoài ranh giới đã biết → UBND quận", "Outside known outlines → district"),
        }
    )
    rules.append(
        {
            "code": "R99",
            "agency": "van-phong-ubnd",
            "priority": 1,
            "valid_from": REFORM,
            "text": _text("Không rõ nơi xảy ra → Văn phòng UBND", "Place unknown → city office"),
        }
    )
    return rules


if __name__ == "__main__":
    main()
