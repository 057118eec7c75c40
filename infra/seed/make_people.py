"""people.json, the demo accounts: `python -m infra.seed.make_people`.

Everybody is made up. Numbers are +84900000nnn, which look it; the local city sends nothing out.
"""

import json
from typing import Any

from infra.seed.writing import DATA, write

CITIZENS = ["Nguyễn Thị Lan", "Trần Văn Minh", "Lê Hoàng Nam", "Phạm Thu Hà", "Hoàng Anh Tuấn"]
SINGLE = [
    ("tourist", "Emma Wilson"),
    ("business", "Đỗ Quang Huy"),
    ("press", "Võ Thanh Tâm"),
    ("party_member", "Bùi Văn Đức"),
    ("union_member", "Ngô Thị Mai"),
    ("youth_union_member", "Đặng Minh Khôi"),
    ("civil_servant", "Huỳnh Thị Thảo"),
    ("public_employee", "Trương Văn Lợi"),
    ("partner_developer", "Phan Gia Bảo"),
    ("auditor", "Mai Thị Hồng"),
    ("administrator", "Quản trị hệ thống"),
]
IOC = [
    ("ioc_operator", "Trực ban 1"),
    ("ioc_operator", "Trực ban 2"),
    ("ioc_supervisor", "Trưởng ca"),
]
ORGANISATIONS = {
    "business": None,
    "tourist": None,
    "press": "bao-hue",
    "party_member": "thanh-uy",
    "union_member": "cong-doan",
    "youth_union_member": "thanh-doan",
    "civil_servant": "so-xay-dung",
    "public_employee": "cty-thoat-nuoc",
    "partner_developer": "hiep-hoi-dn",
    "auditor": "nen-tang",
    "administrator": "nen-tang",
}
ADMINS = {62: "cong-doan", 63: "bao-hue", 64: "ioc", 65: "thanh-uy"}
KINDS_WITH_OFFICER = ("department", "service", "enterprise", "ward_committee")


def people() -> list[dict[str, Any]]:
    """Everybody, in a fixed order: numbers never move."""
    made: list[dict[str, Any]] = []

    def add(first: int, name: str, roles: list[str], unit: str | None = None) -> None:
        """A person; `unit` is the organisation that gave them all their roles but `citizen`."""
        made.append({"phone": f"+84900000{first:03}", "name": name, "roles": roles, "unit": unit})

    for n, name in enumerate(CITIZENS, 1):
        add(n, name, ["citizen"])
    for n, (role, name) in enumerate(SINGLE, 21):
        add(n, name, ["citizen", role], ORGANISATIONS[role])
    for n, (role, name) in enumerate(IOC, 51):
        add(n, name, ["citizen", role], "ioc")
    listed = json.loads((DATA / "agencies.json").read_text("utf-8"))
    today = [a for a in listed if "valid_to" not in a and a["kind"] in KINDS_WITH_OFFICER]
    for n, agency in enumerate(today, 101):
        role = "ward_officer" if agency["kind"] == "ward_committee" else "agency_officer"
        add(n, f"Cán bộ {agency['name']['vi']}", ["citizen", role], agency["id"])
    for n in (2, 3, 4, 5):
        add(30 + n, f"Quản trị hệ thống {n}", ["citizen", "administrator"], "nen-tang")
    for n, organisation in ADMINS.items():
        add(n, f"Quản trị {organisation}", ["citizen", "organisation_admin"], organisation)
    add(66, "Lãnh đạo Sở Nông nghiệp và Môi trường", ["citizen", "agency_head"],
        "so-nong-nghiep-moi-truong")  # fmt: skip
    add(61, "Lãnh đạo Xí nghiệp Thoát nước", ["citizen", "agency_head"], "cty-thoat-nuoc")
    return made


if __name__ == "__main__":
    write("people.json", people())
