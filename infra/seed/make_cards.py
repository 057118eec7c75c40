"""cards.json: kinds of electronic card and who may read what of them for which purpose."""

from typing import Any

from infra.seed.writing import words, write


def kind(name: str, vi: str, en: str, role: str, months: int, fields: list[str]) -> dict[str, Any]:
    """One kind of card."""
    return {
        "id": name, "name": words(vi, en), "role": role, "months": months, "fields": fields,
    }  # fmt: skip


def reader(purpose: str, vi: str, en: str, roles: list[str], fields: list[str],
           *, gated: bool) -> dict[str, Any]:  # fmt: skip
    """Who may ask for a purpose, and which fields they then see."""
    return {
        "purpose": purpose, "name": words(vi, en), "roles": roles, "fields": fields,
        "gated": gated,
    }  # fmt: skip


OFFICERS = ["agency_officer", "agency_head", "ward_officer", "civil_servant", "public_employee"]
CARDS = {
    "kinds": [
        kind("citizen", "Thẻ công dân Huế", "Huế citizen card", "citizen", 24,
             ["name", "birth_date", "home_unit"]),
        kind("tourist", "Thẻ du lịch Huế", "Huế visitor card", "tourist", 3, ["name"]),
        kind("union", "Thẻ đoàn viên công đoàn", "Union member card", "union_member", 24,
             ["name"]),
        kind("officer", "Thẻ công vụ", "Officer card", "civil_servant", 12, ["name"]),
    ],
    "readers": [
        reader("identity_check", "Đối chiếu khi làm thủ tục", "Check at a counter", OFFICERS,
               ["name", "birth_date", "home_unit"], gated=False),
        reader("event_entry", "Vào cửa sự kiện", "Entry to an event",
               [*OFFICERS, "business", "union_member"], ["name"], gated=True),
        reader("age_check", "Kiểm tra đủ 18 tuổi", "Check of age", ["business"], ["adult"],
               gated=False),
    ],
}  # fmt: skip

if __name__ == "__main__":
    write("cards.json", CARDS)
