"""functions.json and homes.json: the super app's functions and each role's home, as data.

`python -m infra.seed.make_functions`. A function is `live` when its link opens something that
works (a test compares links with the web app's routes); the others say that they are planned.
"""

from typing import Any

from infra.seed.writing import words, write

EVERYONE = ["everyone"]
IOC = ["ioc_operator", "ioc_supervisor"]
AGENCY = ["agency_officer", "agency_head", "ward_officer"]
LISTED: list[tuple[str, str, str, str, str, str, str, list[str]]] = [
    # id, group, icon, vi, en, link, unit, roles
    ("report", "city", "camera", "Gửi phản ánh", "Report a problem", "/report", "reports", EVERYONE),
    ("my-reports", "city", "file-text", "Phản ánh của tôi", "My reports", "/reports/mine", "reports", ["citizen"]),
    ("reports", "city", "users", "Phản ánh công khai", "Public reports", "/reports", "reports", EVERYONE),
    ("map", "city", "map", "Bản đồ phản ánh", "Map of reports", "/map", "reports", EVERYONE),
    ("statistics", "city", "chart-column", "Thống kê phản ánh", "Report statistics", "/statistics", "stats", EVERYONE),
    ("function-statistics", "city", "gauge", "Chức năng được dùng", "Functions in use", "/statistics/functions", "catalogue", EVERYONE),
    ("inbox", "me", "bell", "Thông báo", "Notices", "/inbox", "notify", ["citizen"]),
    ("profile", "me", "user", "Hồ sơ của tôi", "My profile", "/me", "identity", ["citizen", "tourist"]),
    ("card", "me", "id-card", "Thẻ điện tử", "Electronic card", "/me/card", "cards", ["citizen", "tourist"]),
    ("card-check", "work", "scan-line", "Kiểm tra thẻ", "Check a card", "/cards/verify", "cards", ["business", "union_member", "civil_servant", "public_employee", *AGENCY]),
    ("roles", "me", "badge-check", "Vai trò", "Roles", "/me/roles", "grants", ["citizen"]),
    ("privacy", "me", "shield", "Dữ liệu của tôi", "My data", "/me/privacy", "privacy", ["citizen"]),
    ("devices", "me", "smartphone", "Thiết bị, khoá truy cập", "Devices and passkeys", "/me/devices", "identity", ["citizen"]),
    ("organisation", "work", "building", "Quản lý thành viên", "Members", "/organisation", "grants", ["organisation_admin"]),
    ("console", "work", "inbox", "Hàng chờ IOC", "Centre's queue", "/console", "reports", IOC),
    ("agency", "work", "inbox", "Việc của đơn vị", "Agency inbox", "/console/agency", "reports", AGENCY),
    ("sla", "work", "clock", "Theo dõi hạn xử lý", "Deadlines", "/console/sla", "sla", [*IOC, *AGENCY]),
    ("scores", "work", "gauge", "Điểm cơ quan", "Agency scores", "/console/scores", "stats", [*IOC, *AGENCY]),
    ("operations", "work", "activity", "Hàng đợi, lỗi", "Queues, failures", "/console/ops", "ops", [*IOC, "administrator"]),
    ("alert-desk", "work", "triangle-alert", "Soạn cảnh báo", "Write warnings", "/console/alerts", "alerts", IOC),
    ("accounts", "work", "user-cog", "Tài khoản, khiếu nại", "Accounts and appeals", "/console/accounts", "identity", ["administrator"]),
    ("data-requests", "work", "shield", "Yêu cầu dữ liệu", "Data requests", "/console/privacy", "privacy", ["administrator", "auditor"]),
    ("status", "work", "activity", "Vận hành hệ thống", "Operations", "/status", "ops", EVERYONE),
    ("warnings", "safety", "triangle-alert", "Cảnh báo", "Warnings", "/warnings", "alerts", EVERYONE),
    ("flooded-roads", "safety", "waves", "Đường ngập", "Flooded roads", "/now/roads", "sensing", EVERYONE),
    ("storm", "safety", "wind", "Bão", "Storms", "/now/storm", "alerts", EVERYONE),
    ("fire", "safety", "flame", "Cháy rừng, đốt rơm rạ", "Fires", "/now/fire", "alerts", EVERYONE),
    ("rivers", "safety", "waves", "Mực nước sông", "River levels", "/now/rivers", "sensing", EVERYONE),
    ("air", "safety", "wind", "Chất lượng không khí", "Air quality", "/now/air", "sensing", EVERYONE),
    ("water-quality", "safety", "droplets", "Chất lượng nước", "Water quality", "/now/water", "sensing", EVERYONE),
    ("rain", "safety", "cloud-rain", "Lượng mưa", "Rain", "/now/rain", "sensing", EVERYONE),
    ("places", "safety", "map-pin", "Nơi đã lưu", "Saved places", "/me/places", "fanout", ["citizen"]),
    ("shelters", "safety", "house", "Điểm sơ tán", "Shelters", "/shelters", "gis", EVERYONE),
    ("wallet", "money", "wallet", "Ví điện tử", "Wallet", "/wallet", "wallet", ["citizen", "business", "tourist"]),
    ("scan", "money", "scan-line", "Quét VietQR", "Scan VietQR", "/pay/scan", "merchants", ["citizen", "business", "tourist"]),
    ("receive", "money", "wallet", "Mã nhận tiền", "Receive by a code", "/wallet/receive", "wallet", ["citizen", "business", "tourist"]),
    ("bills", "money", "receipt", "Hoá đơn", "Bills", "/bills", "bills", ["citizen", "business"]),
    ("electricity", "money", "zap", "Tiền điện", "Electricity bill", "/bills/electricity", "bills", ["citizen", "business"]),
    ("water-bill", "money", "droplets", "Tiền nước", "Water bill", "/bills/water", "bills", ["citizen", "business"]),
    ("sanitation", "money", "trash", "Phí vệ sinh", "Sanitation fee", "/bills/sanitation", "bills", ["citizen", "business"]),
    ("fees", "money", "receipt", "Phí dịch vụ công", "Public fees", "/bills/fees", "bills", ["citizen", "business"]),
    ("tuition", "money", "graduation-cap", "Học phí", "Tuition", "/bills/tuition", "bills", ["citizen"]),
    ("hospital", "money", "heart-pulse", "Viện phí", "Hospital fees", "/bills/hospital", "bills", ["citizen"]),
    ("merchant", "money", "store", "Điểm bán của tôi", "My shop", "/me/shop", "merchants", ["citizen", "business"]),
    ("merchant-apply", "money", "store", "Đăng ký nhận thanh toán", "Apply to take payments", "/me/shop/apply", "merchants", ["business"]),
    ("money-desk", "work", "landmark", "Khiếu nại, đối soát tiền", "Disputes and reconciliation", "/console/money", "settlement", ["administrator", "auditor"]),
    ("services", "public", "landmark", "Dịch vụ công", "Public services", "/services", "services", ["citizen", "business"]),
    ("service-monitor", "public", "gauge", "Giám sát dịch vụ công", "Service monitoring", "/services/monitor", "services", ["civil_servant", "press", "auditor"]),
    ("health", "public", "heart-pulse", "Hồ sơ sức khoẻ", "Health record", "/health", "records", ["citizen"]),
    ("school", "public", "graduation-cap", "Học bạ", "School record", "/school", "records", ["citizen"]),
    ("epidemic", "public", "shield", "Khai báo y tế", "Health declaration", "/epidemic", "epidemic", EVERYONE),
    ("indicators", "public", "chart-column", "Chỉ tiêu kinh tế - xã hội", "Indicators", "/city", "indicators", EVERYONE),
    ("documents", "public", "file-text", "Văn bản số hoá", "Digitised documents", "/documents", "archive", ["press", "civil_servant", "public_employee"]),
    ("gis", "public", "map", "Bản đồ thành phố", "City map", "/gis", "gis", EVERYONE),
    ("press-room", "public", "newspaper", "Phòng báo chí", "Press room", "/press", "stats", ["press"]),
    ("enter-figures", "work", "chart-column", "Nhập, công bố số liệu", "Enter and release figures", "/city/enter", "indicators", ["agency_officer", "agency_head"]),
    ("business", "money", "store", "Việc kinh doanh", "Your business", "/business", "merchants", ["business"]),
    ("party", "groups", "flag", "Tổ chức Đảng của tôi", "My Party organisation", "/groups/party_member", "grants", ["party_member"]),
    ("union", "groups", "users", "Công đoàn của tôi", "My trade union", "/groups/union_member", "grants", ["union_member"]),
    ("youth", "groups", "users", "Tổ chức Đoàn của tôi", "My youth union", "/groups/youth_union_member", "grants", ["youth_union_member"]),
    ("meetings", "groups", "calendar", "Họp không giấy", "Paperless meetings", "/meetings", "meetings", ["civil_servant", "public_employee", "party_member"]),
    ("sights", "travel", "landmark", "Điểm tham quan", "Sights", "/tour", "tourism", EVERYONE),
    ("tour-360", "travel", "rotate-3d", "Tham quan 360°", "360° tours", "/tour/360/ngo-mon", "tourism", EVERYONE),
    ("routes", "travel", "route", "Tuyến du lịch", "Routes", "/tour/routes", "tourism", EVERYONE),
    ("cameras", "work", "cctv", "Camera", "Cameras", "/console/cameras", "cameras", IOC),
    ("vessels", "work", "ship", "Giám sát tàu cá", "Fishing boats", "/console/vessels", "vessels", [*IOC, "civil_servant"]),
    ("infosec", "work", "shield", "An toàn thông tin", "Information security", "/console/infosec", "infosec", IOC),
    ("partners", "work", "plug", "Ứng dụng của tổ chức", "Your organisation's apps", "/partners", "partners", ["partner_developer"]),
    ("partner-review", "work", "plug", "Thẩm định ứng dụng đối tác", "Partner review", "/console/partners", "partners", ["administrator", "auditor"]),
]  # fmt: skip
LIVE = {
    "report", "my-reports", "reports", "map", "statistics", "function-statistics", "inbox",
    "profile", "card", "card-check", "roles", "privacy", "devices", "organisation", "console",
    "agency", "sla", "accounts", "data-requests", "status", "warnings", "places",
    "flooded-roads", "storm", "fire", "rivers", "air", "water-quality", "rain", "alert-desk",
    "vessels", "scores", "operations", "cameras",
    "wallet", "scan", "bills", "electricity", "water-bill", "sanitation", "fees", "tuition",
    "hospital", "merchant", "sights", "tour-360", "routes",
    "indicators", "enter-figures", "press-room", "business", "party", "union", "youth",
    "receive", "merchant-apply", "money-desk", "partners", "partner-review",
}  # fmt: skip
VERIFIED = {"card"}
GROUPS = {
    "city": words("Thành phố", "City"),
    "safety": words("An toàn", "Safety"),
    "money": words("Thanh toán", "Payments"),
    "public": words("Dịch vụ công", "Public services"),
    "me": words("Của tôi", "Mine"),
    "groups": words("Tổ chức", "Organisations"),
    "travel": words("Du lịch", "Travel"),
    "apps": words("Ứng dụng đối tác", "Partner apps"),
    "work": words("Công việc", "Work"),
}
HOMES: dict[str, tuple[str, str, list[str]]] = {
    "guest": ("Chào bạn", "Welcome", ["report", "map", "reports", "statistics"]),
    "citizen": ("Chào bạn", "Welcome", ["report", "scan", "bills", "wallet"]),
    "tourist": ("Chào mừng đến Huế", "Welcome to Huế", ["sights", "routes", "tour-360", "warnings"]),
    "business": ("Chúc kinh doanh thuận lợi", "Good business", ["business", "merchant", "scan",
                                                               "bills"]),
    "press": ("Thông tin cho báo chí", "For the press", ["press-room", "indicators", "statistics",
                                                       "warnings"]),
    "party_member": ("Chào đồng chí", "Welcome, comrade", ["party", "card", "indicators",
                                                          "inbox"]),
    "union_member": ("Chào đoàn viên", "Welcome, member", ["union", "card", "card-check",
                                                          "inbox"]),
    "youth_union_member": ("Chào đoàn viên", "Welcome, member", ["youth", "report", "card",
                                                                "inbox"]),
    "civil_servant": ("Chúc một ngày làm việc tốt", "Have a good day at work",
                      ["card-check", "reports", "statistics", "inbox"]),
    "public_employee": ("Chúc một ngày làm việc tốt", "Have a good day at work",
                        ["card-check", "reports", "statistics", "inbox"]),
    "agency_officer": ("Việc hôm nay", "Today's work", ["agency", "sla", "card-check", "inbox"]),
    "agency_head": ("Việc của đơn vị", "Your agency", ["agency", "sla", "statistics", "inbox"]),
    "ward_officer": ("Việc của phường, xã", "Your ward", ["agency", "sla", "card-check", "inbox"]),
    "ioc_operator": ("Ca trực", "Your shift", ["console", "sla", "map", "status"]),
    "ioc_supervisor": ("Ca trực", "Your shift", ["console", "sla", "statistics", "status"]),
    "organisation_admin": ("Tổ chức của bạn", "Your organisation", ["organisation", "roles",
                                                                   "inbox", "privacy"]),
    "partner_developer": ("Nhà phát triển", "Developers", ["partners", "inbox", "statistics",
                                                          "status"]),
    "auditor": ("Kiểm tra, giám sát", "Audit", ["money-desk", "data-requests", "statistics",
                                              "status"]),
    "administrator": ("Quản trị", "Administration", ["accounts", "money-desk", "data-requests",
                                                    "status"]),
}  # fmt: skip


def functions() -> list[dict[str, Any]]:
    """Every function."""
    return [
        {
            "id": i, "group": group, "icon": icon, "name": words(vi, en), "link": link,
            "unit": unit, "roles": roles, "state": "live" if i in LIVE else "planned",
            "assurance": 2 if i in VERIFIED else 1,
        }
        for i, group, icon, vi, en, link, unit, roles in LISTED
    ]  # fmt: skip


def homes() -> dict[str, Any]:
    """Groups in their order, and what each role sees first."""
    return {
        "groups": [{"id": i, "name": name} for i, name in GROUPS.items()],
        "roles": [
            {"role": role, "greeting": words(vi, en), "quick": quick}
            for role, (vi, en, quick) in HOMES.items()
        ],
    }


if __name__ == "__main__":
    write("functions.json", functions())
    write("homes.json", homes())
