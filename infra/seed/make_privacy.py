"""purposes.json, deadlines.json, retention.json, holders.json: `python -m infra.seed.make_privacy`.

Deadlines are those of Decree 356/2025/NĐ-CP as two law firms' notes give them (read 2026-11-24);
the decree's own text was not read, and the rows say so.
"""

from typing import Any

from infra.seed.writing import words, write

CITY = words("Thành phố Huế", "City of Huế")
LAW = "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15"
DECREE = "Nghị định 356/2025/NĐ-CP"


def purpose(name: str, basis: str, party: dict[str, str], vi: str, en: str, text_vi: str,
            text_en: str, months: int, *, sensitive: bool = False) -> dict[str, Any]:  # fmt: skip
    """One purpose of processing."""
    return {
        "id": name, "version": "1.0", "basis": basis, "party": party, "name": words(vi, en),
        "text": words(text_vi, text_en), "retention_months": months, "sensitive": sensitive,
    }  # fmt: skip


def purposes() -> list[dict[str, Any]]:
    """For what people's data are used, by whom and on what ground."""
    health = words("Sở Y tế", "Department of Health")
    school = words("Sở Giáo dục và Đào tạo", "Department of Education")
    wallet = words("Đối tác ví điện tử (mô phỏng)", "E-wallet partner (sandbox)")
    return [
        purpose("account", "contract", CITY, "Tài khoản", "Account",
                "Số điện thoại, tên và thiết bị để đăng nhập.",
                "Telephone number, name and devices, to sign in.", 0),
        purpose("field_reports", "law", CITY, "Phản ánh hiện trường", "Field reports",
                "Người phản ánh chỉ Trung tâm biết; đơn vị xử lý không thấy.",
                "Who reports is known to the centre only; agencies never see it.", 24),
        purpose("location_warnings", "consent", CITY, "Cảnh báo theo vị trí",
                "Warnings by location", "Dùng vị trí gần đúng để báo lũ, bão, cháy gần bạn.",
                "Your approximate place, to warn you of floods, storms and fires near you.", 1,
                sensitive=True),
        purpose("usage_statistics", "consent", CITY, "Thống kê sử dụng", "Usage statistics",
                "Đếm chức năng được dùng, không lưu ai đã dùng gì.",
                "Counting which functions are used, without keeping who used what.", 24),
        purpose("health_record", "consent", health, "Xem hồ sơ sức khoẻ", "Health record",
                "Hiển thị hồ sơ của bạn từ Sở Y tế; không sao chép.",
                "Showing your record from the department; nothing is copied.", 1, sensitive=True),
        purpose("school_record", "consent", school, "Xem học bạ", "School record",
                "Hiển thị học bạ của con bạn; không sao chép.",
                "Showing your child's record; nothing is copied.", 1, sensitive=True),
        purpose("wallet", "consent", wallet, "Liên kết ví điện tử", "Wallet link",
                "Chia sẻ tên và mức xác minh với đối tác ví.",
                "Sharing your name and level of verification with the wallet partner.", 60,
                sensitive=True),
    ]  # fmt: skip


def deadlines() -> list[dict[str, Any]]:
    """How long the city has, by kind of request."""

    def row(kind: str, days: int, unit: str, how: str, confirmed: bool) -> dict[str, Any]:
        return {
            "kind": kind, "days": days, "unit": unit, "valid_from": "2026-01-01",
            "document": DECREE, "checked_how": how, "unconfirmed": not confirmed,
        }  # fmt: skip

    two, one = "two law firms' notes agree", "one note gives 10 to 20 days; article not read"
    return [
        row("reply", 2, "working", two, True),
        row("withdraw", 15, "calendar", two, True),
        row("export", 10, "calendar", one, False),
        row("rectify", 10, "calendar", one, False),
        row("erase", 20, "calendar", one, False),
    ]


def retention() -> list[dict[str, Any]]:
    """What is forgotten when. `by: ttl` rows go by themselves; `by: sweep` are announced daily."""

    def row(holder: str, kind: str, months: int, by: str, basis: str) -> dict[str, Any]:
        return {"holder": holder, "kind": kind, "months": months, "by": by, "basis": basis}

    return [
        row("media", "owners", 24, "ttl", LAW),
        row("media", "refused", 1, "ttl", "purpose fulfilled"),
        row("notify", "inbox", 12, "ttl", "purpose fulfilled"),
        row("identity", "codes", 0, "ttl", "purpose fulfilled"),
        row("identity", "sessions", 1, "ttl", "purpose fulfilled"),
        row("privacy", "access_log", 24, "ttl", LAW),
        row("privacy", "exports", 0, "ttl", "gone after seven days by the bucket's rule"),
        row("bills", "attempts", 24, "ttl", "evidence of what a biller was asked and answered"),
        row("wallet", "books", 120, "kept", "Luật Kế toán 88/2015/QH13, Điều 41 (10 năm)"),
        row("settlement", "books", 120, "kept", "Luật Kế toán 88/2015/QH13, Điều 41 (10 năm)"),
        row("reports", "reporters", 24, "sweep", LAW),
        row("vessels", "tracks", 36, "ttl", "Nghị định 41/2026/NĐ-CP"),
        row("vessels", "looks", 24, "ttl", LAW),
        row("cameras", "looks", 24, "ttl", LAW),
        # The unit's own sweep removes evidence: docs/cameras.md.
        row("violations", "denied", 0, "own", "seven days; ours"),
        row("violations", "unreviewed", 1, "own", "30 days; ours"),
        row("violations", "transferred", 12, "own", "a year after the authority's answer; ours"),
    ]


HOLDERS = [
    "identity", "grants", "reports", "media", "notify", "catalogue", "cards", "fanout", "merchants",
    "privacy", "bills", "vessels", "violations", "wallet", "alerts", "cameras", "indicators",
    "partners", "settlement",
]  # fmt: skip

if __name__ == "__main__":
    write("purposes.json", purposes())
    write("deadlines.json", deadlines())
    write("retention.json", retention())
    write("holders.json", HOLDERS)
