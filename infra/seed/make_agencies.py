"""agencies.json: `python -m infra.seed.make_agencies`.

The list is ours: kinds of bodies that exist in such a city, 235 of them before and 235 after
2025-07-01 (the number that the city publishes), 33 of them enterprises, with names in the usual
form. It claims no body's real competence.
"""

from typing import Any

from infra.seed.writing import EVE, REFORM, facts, words, write

DEPARTMENTS = [
    ("so-xay-dung", "Sở Xây dựng", "Department of Construction"),
    ("so-tai-chinh", "Sở Tài chính", "Department of Finance"),
    (
        "so-nong-nghiep-moi-truong",
        "Sở Nông nghiệp và Môi trường",
        "Department of Agriculture and Environment",
    ),
    ("so-y-te", "Sở Y tế", "Department of Health"),
    ("so-giao-duc", "Sở Giáo dục và Đào tạo", "Department of Education and Training"),
    ("so-van-hoa-the-thao", "Sở Văn hóa và Thể thao", "Department of Culture and Sports"),
    ("so-du-lich", "Sở Du lịch", "Department of Tourism"),
    ("so-khoa-hoc-cong-nghe", "Sở Khoa học và Công nghệ", "Department of Science and Technology"),
    ("so-cong-thuong", "Sở Công Thương", "Department of Industry and Trade"),
    ("so-noi-vu", "Sở Nội vụ", "Department of Home Affairs"),
    ("so-tu-phap", "Sở Tư pháp", "Department of Justice"),
    ("so-ngoai-vu", "Sở Ngoại vụ", "Department of Foreign Affairs"),
    ("thanh-tra", "Thanh tra thành phố", "City Inspectorate"),
    ("van-phong-ubnd", "Văn phòng UBND thành phố", "Office of the People's Committee"),
    (
        "ban-quan-ly-khu-kinh-te",
        "Ban Quản lý Khu kinh tế, công nghiệp",
        "Economic and Industrial Zones Authority",
    ),
    (
        "ban-an-toan-thong-tin",
        "Trung tâm Giám sát an toàn thông tin",
        "Information Security Monitoring Centre",
    ),
    ("cong-an-thanh-pho", "Công an thành phố", "City Police"),
    ("bo-chi-huy-quan-su", "Bộ Chỉ huy Quân sự thành phố", "City Military Command"),
    ("bo-doi-bien-phong", "Bộ đội Biên phòng thành phố", "City Border Guard"),
    ("bao-hiem-xa-hoi", "Bảo hiểm xã hội", "Social Insurance"),
]
SERVICES = [
    ("trung-tam-cong-vien-cay-xanh", "Trung tâm Công viên Cây xanh", "Parks and Trees Centre"),
    (
        "trung-tam-bao-ton-di-tich",
        "Trung tâm Bảo tồn Di tích Cố đô",
        "Monuments Conservation Centre",
    ),
    ("trung-tam-kiem-soat-benh-tat", "Trung tâm Kiểm soát bệnh tật", "Centre for Disease Control"),
    (
        "trung-tam-phuc-vu-hanh-chinh-cong",
        "Trung tâm Phục vụ hành chính công",
        "Public Administration Service Centre",
    ),
    ("phong-canh-sat-giao-thong", "Phòng Cảnh sát giao thông", "Traffic Police"),
    ("phong-canh-sat-pccc", "Phòng Cảnh sát phòng cháy chữa cháy", "Fire Police"),
    ("phong-an-ninh-mang", "Phòng An ninh mạng", "Cyber Security Police"),
    ("chi-cuc-kiem-lam", "Chi cục Kiểm lâm", "Forest Protection"),
    (
        "chi-cuc-thuy-loi",
        "Chi cục Thủy lợi và Phòng chống thiên tai",
        "Irrigation and Disaster Prevention",
    ),
    ("chi-cuc-thu-y", "Chi cục Chăn nuôi và Thú y", "Livestock and Animal Health"),
    ("chi-cuc-bao-ve-moi-truong", "Chi cục Bảo vệ môi trường", "Environmental Protection"),
    ("chi-cuc-an-toan-thuc-pham", "Chi cục An toàn vệ sinh thực phẩm", "Food Safety"),
    ("quan-ly-thi-truong", "Chi cục Quản lý thị trường", "Market Surveillance"),
    ("thanh-tra-giao-thong", "Thanh tra giao thông", "Transport Inspectorate"),
    ("khu-quan-ly-duong-bo", "Khu Quản lý đường bộ II", "National Road Authority II"),
    (
        "ban-qldt-cong-trinh-do-thi",
        "Ban Quản lý dự án công trình đô thị",
        "Urban Works Project Board",
    ),
    ("ban-qlda-giao-thong", "Ban Quản lý dự án giao thông", "Transport Project Board"),
    ("ban-qlda-nong-nghiep", "Ban Quản lý dự án nông nghiệp", "Agriculture Project Board"),
    (
        "ban-qlda-cai-thien-nuoc",
        "Ban Quản lý dự án cải thiện môi trường nước",
        "Water Environment Project Board",
    ),
    ("trung-tam-quan-ly-cho", "Ban Quản lý các chợ", "Markets Board"),
    ("benh-vien-thanh-pho", "Bệnh viện thành phố", "City Hospital"),
    ("trung-tam-cap-cuu-115", "Trung tâm Cấp cứu 115", "Emergency Medical Service 115"),
    ("trung-tam-bao-tro-xa-hoi", "Trung tâm Bảo trợ xã hội", "Social Protection Centre"),
    ("quy-phat-trien-dat", "Trung tâm Phát triển quỹ đất", "Land Fund Development Centre"),
    ("van-phong-dang-ky-dat", "Văn phòng Đăng ký đất đai", "Land Registration Office"),
    ("thu-vien-tong-hop", "Thư viện Tổng hợp", "General Library"),
    ("trung-tam-the-thao", "Trung tâm Thể thao", "Sports Centre"),
    ("nha-van-hoa", "Trung tâm Văn hóa - Điện ảnh", "Culture and Film Centre"),
    ("ban-quan-ly-ben-xe", "Ban Quản lý bến xe, bến thuyền", "Bus and Boat Stations"),
    ("cang-vu", "Cảng vụ Hàng hải", "Maritime Administration"),
    ("dai-khi-tuong", "Đài Khí tượng Thủy văn", "Hydrometeorological Station"),
]
ENTERPRISES = [
    (
        "cty-moi-truong-do-thi",
        "Công ty Môi trường và Công trình đô thị",
        "Urban Environment and Works Company",
    ),
    ("cty-cap-nuoc", "Công ty Cấp nước", "Water Supply Company"),
    ("cty-dien-luc", "Công ty Điện lực", "Power Company"),
    ("cty-chieu-sang", "Công ty Chiếu sáng đô thị", "Street Lighting Company"),
    ("cty-thoat-nuoc", "Xí nghiệp Thoát nước", "Drainage Enterprise"),
    ("cty-thuy-loi", "Công ty Thủy lợi", "Irrigation Company"),
    ("cty-xe-buyt", "Công ty Xe buýt", "Bus Company"),
    ("cty-duong-bo", "Công ty Quản lý đường bộ", "Road Maintenance Company"),
    ("cty-duong-sat", "Công ty Đường sắt", "Railway Company"),
    ("cty-xay-lap", "Công ty Xây lắp", "Construction Company"),
    ("vien-thong-1", "Doanh nghiệp Viễn thông số 1", "Telecom Operator 1"),
    ("vien-thong-2", "Doanh nghiệp Viễn thông số 2", "Telecom Operator 2"),
    ("vien-thong-3", "Doanh nghiệp Viễn thông số 3", "Telecom Operator 3"),
    ("vien-thong-4", "Doanh nghiệp Viễn thông số 4", "Telecom Operator 4"),
    ("buu-dien", "Bưu điện thành phố", "City Post"),
]
DAMS = 8
BRANCHES = ("Điện lực khu vực", "Power branch"), ("Cấp nước khu vực", "Water branch")
CREWS = 10


def agencies(known: dict[str, Any]) -> list[dict[str, Any]]:
    """235 agencies before the reform and 235 after it."""
    return [*_lasting(), *_former(known), *_present(known["from_2025_07_01"]["communes"])]


def _lasting() -> list[dict[str, Any]]:
    """Those that the reform did not touch."""
    named = [
        (i, vi, en, kind)
        for kind, listed in (
            ("department", DEPARTMENTS),
            ("service", SERVICES),
            ("enterprise", ENTERPRISES),
        )
        for i, vi, en in listed
    ]
    named += [
        (f"thuy-dien-{n}", f"Nhà máy thủy điện số {n}", f"Hydropower plant {n}", "enterprise")
        for n in range(1, DAMS + 1)
    ]
    for k, (vi, en) in enumerate(BRANCHES, 1):
        named += [
            (f"chi-nhanh-{k}-{n}", f"{vi} {n}", f"{en} {n}", "enterprise") for n in range(1, 6)
        ]
    return [{"id": i, "name": words(vi, en), "kind": kind} for i, vi, en, kind in named]


def _former(known: dict[str, Any]) -> list[dict[str, Any]]:
    """Committees and offices until the reform, each with the committees that took over."""
    heirs: dict[str, list[str]] = {}
    for commune in known["from_2025_07_01"]["communes"]:
        for old in commune["formed_from"]:
            heirs.setdefault(old["code"], []).append(f"ubnd-{commune['code']}")
    made = []
    for district in known["until_2025_06_30"]["districts"]:
        code, name = district["code"], district["name"]
        after = list(dict.fromkeys(h for c in district["communes"] for h in heirs[c["code"]]))
        for prefix, vi, en, kind in (
            ("ubnd", "UBND", "People's Committee", "committee"),
            ("qldt", "Phòng Quản lý đô thị", "Urban office", "office"),
        ):
            held = _old(f"{prefix}-{code}", f"{vi} {name}", f"{en}, {name}", kind)
            made.append({**held, "successors": after})
        for commune in district["communes"]:
            c, n = commune["code"], commune["name"]
            en = f"People's Committee, {n} (until 2025)"
            held = _old(f"ubnd-{c}-cu", f"UBND {n} (cũ)", en, "ward_committee")
            made.append({**held, "parent": f"ubnd-{code}", "unit": c, "successors": heirs[c]})
    return made


def _present(communes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Committees, police and service centres since the reform."""
    made = []
    for commune in communes:
        c, n = commune["code"], commune["name"]
        held = _new(f"ubnd-{c}", f"UBND {n}", f"People's Committee, {n}", "ward_committee")
        made.append({**held, "unit": c})
    for commune in communes:
        c, n = commune["code"], commune["name"]
        centre = f"Trung tâm Phục vụ hành chính công {n}"
        made.append(_new(f"cong-an-{c}", f"Công an {n}", f"Police, {n}", "police"))
        made.append(_new(f"hcc-{c}", centre, f"Service centre, {n}", "service"))
        if n.startswith("Phường"):
            works = f"Trung tâm Cung ứng dịch vụ công {n}"
            made.append(_new(f"dvc-{c}", works, f"Public works centre, {n}", "service"))
    for n in range(1, CREWS + 1):
        vi, en = f"Đội Trật tự đô thị khu vực {n}", f"Urban order crew {n}"
        made.append(_new(f"trat-tu-do-thi-{n}", vi, en, "service"))
    return made


def _old(i: str, vi: str, en: str, kind: str) -> dict[str, Any]:
    return {"id": i, "name": words(vi, en), "kind": kind, "valid_to": EVE}


def _new(i: str, vi: str, en: str, kind: str) -> dict[str, Any]:
    return {"id": i, "name": words(vi, en), "kind": kind, "valid_from": REFORM}


if __name__ == "__main__":
    write("agencies.json", agencies(facts()))
