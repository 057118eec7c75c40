"""roles.json and organisations.json, who gives which role: `python -m infra.seed.make_roles`.

Names of bodies are those of the city's real kinds of organisation; the single ones are examples.
"""

from typing import Any

from infra.seed.writing import words, write

PUBLIC_BODIES = ["department", "service", "office", "police", "committee", "ward_committee"]
EMPLOYERS = [*PUBLIC_BODIES, "enterprise", "ioc"]


def role(name: str, vi: str, en: str, kind: str, **more: Any) -> dict[str, Any]:
    """One role."""
    return {"id": name, "name": words(vi, en), "kind": kind, **more}


def roles() -> list[dict[str, Any]]:
    """Every role; `citizen` needs no grant: having an account is enough."""
    given, alone, system = "organisation", "self", "system"
    return [
        role("citizen", "Người dân", "Citizen", alone),
        role("tourist", "Khách du lịch", "Tourist", alone, months_max=3),
        role("business", "Doanh nghiệp", "Business", alone, needs_evidence=True, assurance=2,
             months_max=24),
        role("press", "Báo chí", "Press", given, issuers=["press"], needs_evidence=True,
             months_max=24),
        role("party_member", "Đảng viên", "Party member", given, issuers=["party"]),
        role("union_member", "Đoàn viên công đoàn", "Union member", given, issuers=["union"]),
        role("youth_union_member", "Đoàn viên thanh niên", "Youth union member", given,
             issuers=["youth_union"], months_max=60),
        role("civil_servant", "Công chức", "Civil servant", given, issuers=PUBLIC_BODIES),
        role("public_employee", "Viên chức", "Public employee", given, issuers=EMPLOYERS),
        role("agency_officer", "Cán bộ xử lý", "Agency officer", given, issuers=EMPLOYERS,
             staff=True, months_max=60),
        role("agency_head", "Lãnh đạo đơn vị", "Agency head", given, issuers=EMPLOYERS,
             staff=True, months_max=60),
        role("ward_officer", "Cán bộ phường, xã", "Ward officer", given,
             issuers=["ward_committee"], staff=True, months_max=60),
        role("ioc_operator", "Trực ban IOC", "IOC operator", given, issuers=["ioc"],
             months_max=24),
        role("ioc_supervisor", "Trưởng ca IOC", "IOC supervisor", given, issuers=["ioc"],
             months_max=24),
        role("partner_developer", "Nhà phát triển đối tác", "Partner developer", given,
             issuers=["business"], months_max=24),
        role("organisation_admin", "Quản trị của tổ chức", "Organisation administrator", system,
             months_max=24),
        role("auditor", "Kiểm toán", "Auditor", system, months_max=12),
        role("administrator", "Quản trị hệ thống", "Administrator", system, months_max=12),
    ]  # fmt: skip


def organisations() -> list[dict[str, Any]]:
    """Bodies that are no agency of the field reports."""
    listed = [
        ("nen-tang", "Ban quản trị nền tảng Hue-S", "Hue-S platform board", "platform"),
        ("ioc", "Trung tâm Giám sát, điều hành đô thị thông minh", "Operations centre", "ioc"),
        ("thanh-uy", "Thành ủy Huế", "City Party Committee", "party"),
        ("dang-uy-khoi", "Đảng ủy các cơ quan thành phố", "Party committee of agencies", "party"),
        ("cong-doan", "Liên đoàn Lao động thành phố Huế", "Federation of Labour", "union"),
        ("thanh-doan", "Thành đoàn Huế", "City Youth Union", "youth_union"),
        ("bao-hue", "Báo Huế ngày nay (ví dụ)", "Huế Today newspaper (example)", "press"),
        ("hiep-hoi-dn", "Hiệp hội Doanh nghiệp (ví dụ)", "Business association (example)",
         "business"),
        ("htx-nha-vuon", "Hợp tác xã Nhà vườn Thủy Biều (ví dụ)", "Garden-house co-op (example)",
         "business"),
        ("cty-xe-dap", "Công ty Xe đạp Sông Hương (ví dụ)", "Perfume River Bicycles (example)",
         "business"),
    ]  # fmt: skip
    return [{"id": i, "name": words(vi, en), "kind": kind} for i, vi, en, kind in listed]


if __name__ == "__main__":
    write("roles.json", roles())
    write("organisations.json", organisations())
