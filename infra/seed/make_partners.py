"""partners/*.json, what the unit `partners` goes by: `python -m infra.seed.make_partners`.

Scopes, limits and the terms are drafts of ours for the demo; no lawyer has read them, and the text
says so. Agencies that review are those whose work it is in the city's real order.
"""

from typing import Any

from infra.seed.writing import words, write

# Events that say nothing about a person. A test looks each of them up in `events/`.
EVENTS = [
    "vn.hue.alerts.alert_released.v1",
    "vn.hue.sensing.episode_changed.v1",
]
ICONS = [
    "calendar", "file-text", "graduation-cap", "heart-pulse", "house", "landmark", "map",
    "map-pin", "newspaper", "plug", "receipt", "route", "store", "users", "waves", "zap",
]  # fmt: skip


def scopes() -> list[dict[str, Any]]:
    """What an app may ask for."""

    def scope(name: str, vi: str, en: str, text_vi: str, text_en: str,
              *, sensitive: bool = False) -> dict[str, Any]:  # fmt: skip
        return {"id": name, "name": words(vi, en), "text": words(text_vi, text_en),
                "sensitive": sensitive}  # fmt: skip

    return [
        scope("profile.name", "Họ tên", "Name", "Họ tên trong hồ sơ của bạn.",
              "The name in your profile."),
        scope("profile.phone", "Số điện thoại", "Telephone number",
              "Số điện thoại bạn dùng để đăng nhập.", "The number you sign in with.",
              sensitive=True),
        scope("card.kind", "Loại thẻ điện tử", "Kind of card",
              "Loại thẻ bạn có (ví dụ thẻ đoàn viên), không kèm số thẻ.",
              "Which kind of card you hold, without its number."),
        scope("location.ward", "Phường, xã đang ở", "Commune you are in",
              "Chỉ phường, xã, không phải vị trí chính xác.",
              "The commune only, not your exact place."),
        scope("location.exact", "Vị trí chính xác", "Exact place",
              "Vị trí của máy khi bạn đang mở ứng dụng.",
              "Where your device is while the app is open.", sensitive=True),
        scope("payment.intent", "Đề nghị thanh toán", "Payment requests",
              "Tạo một đề nghị thanh toán; bạn xem và trả trong Hue-S.",
              "Making a payment request, which you see and pay within Hue-S."),
        scope("inbox.write", "Gửi thông báo", "Notices",
              "Gửi thông báo vào hộp thư Hue-S của bạn.", "Sending notices to your inbox."),
    ]  # fmt: skip


def duties() -> list[dict[str, Any]]:
    """Which agency's officers review what."""

    def duty(kind: str, agency: str, vi: str, en: str, at_vi: str, at_en: str) -> dict[str, Any]:
        return {"kind": kind, "agency": agency, "name": words(vi, en),
                "looks_at": words(at_vi, at_en)}  # fmt: skip

    return [
        duty("legal", "so-tu-phap", "Thẩm định pháp lý", "Legal review",
             "Chủ quản, điều khoản, mục đích của từng quyền, cam kết hỗ trợ.",
             "Owner, terms, the purpose of each permission, promised support."),
        duty("security", "ban-an-toan-thong-tin", "Thẩm định an toàn thông tin",
             "Security review", "Máy chủ, bản chạy thử, sự kiện xin nhận.",
             "Hosts, the trial version, events asked for."),
        duty("data_protection", "cong-an-thanh-pho", "Thẩm định bảo vệ dữ liệu",
             "Data-protection review", "Dữ liệu xin xem, thời hạn giữ, hồ sơ đánh giá tác động.",
             "Data asked for, how long they are kept, the impact assessment."),
    ]  # fmt: skip


def limits() -> dict[str, Any]:
    """What the automatic checks go by; invented for the demo."""
    return {
        "retention_days": 365,
        "sensitive_retention_days": 90,
        "purpose_words": 6,
        "vague": [
            "cải thiện trải nghiệm", "nâng cao chất lượng dịch vụ", "phục vụ người dùng tốt hơn",
            "cung cấp dịch vụ", "mục đích khác", "khi cần thiết", "improve the experience",
            "improve your experience", "improve our services", "provide the service",
            "provide services", "other purposes", "as needed", "business purposes",
        ],
        "icons": ICONS,
    }  # fmt: skip


def terms() -> list[dict[str, Any]]:
    """The responsibility terms, every version: what was signed must stay readable."""
    vi = "\n".join(
        [
            "Văn bản mẫu của bản trình diễn, chưa được luật sư thẩm định.",
            (
                "1. Tổ chức chủ quản chịu trách nhiệm về nội dung, tính đúng đắn và an toàn của "
                "ứng dụng, kể cả phần thuê người khác làm."
            ),
            (
                "2. Chỉ xin các quyền nêu trong bản khai và chỉ dùng cho mục đích đã nêu; "
                "không bán, không chuyển cho bên khác; xoá khi hết thời hạn giữ."
            ),
            "3. Báo cho thành phố trong 24 giờ khi biết có sự cố về dữ liệu hoặc an toàn.",
            "4. Trả lời người dân trong thời hạn đã cam kết, qua đầu mối hỗ trợ đã khai.",
            "5. Thành phố có quyền tạm ngừng ngay và nêu lý do; thu hồi khi vi phạm điều 1 đến 4.",
            "6. Bản mới của điều khoản phải được ký lại; chưa ký thì không mở được bản mới.",
        ]
    )
    en = "\n".join(
        [
            "A sample for the demo; no lawyer has reviewed it.",
            (
                "1. The owner organisation answers for the app's content, correctness and safety, "
                "also for what it has others do."
            ),
            (
                "2. It asks only for the permissions declared and uses them only for the purposes "
                "given; it sells and hands on nothing, and deletes what is older than declared."
            ),
            "3. It tells the city within 24 hours of learning of an incident with data or safety.",
            "4. It answers people within the time promised, at the contact declared.",
            "5. The city may suspend at once, saying why, and revoke on a breach of 1 to 4.",
            (
                "6. A new version of these terms has to be signed again; without that, nothing new "
                "goes live."
            ),
        ]
    )
    title = words("Điều khoản trách nhiệm của đối tác", "Partners' responsibility terms")
    return [{"version": 1, "valid_from": "2026-11-01", "title": title, "text": words(vi, en)}]


if __name__ == "__main__":
    write("partners/scopes.json", scopes())
    write("partners/events.json", EVENTS)
    write("partners/duties.json", duties())
    write("partners/limits.json", limits())
    write("partners/terms.json", terms())
