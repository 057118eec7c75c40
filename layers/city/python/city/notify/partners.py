"""What is said to whoever handed in a mini app: every answer of an officer."""

from city.adapters.table import Table
from city.contracts.partners import PartnerAppAnswered
from city.kernel.text import Text, text
from city.notify import box

TITLES: dict[str, Text] = {
    "review_passed": text("{name}: {about_vi} đạt", "{name} passed: {about_en}"),
    "review_failed": text("{name}: {about_vi} chưa đạt", "{name} did not pass: {about_en}"),
    "send_back": text("{name} được trả lại để sửa", "{name} was sent back"),
    "approve": text("{name} đã được duyệt", "{name} was approved"),
    "suspend": text("{name} bị tạm ngừng", "{name} was suspended"),
    "resume": text("{name} hoạt động trở lại", "{name} is live again"),
    "revoke": text("{name} bị thu hồi", "{name} was revoked"),
}
OTHERWISE: dict[str, Text] = {
    "approve": text(
        "Ký điều khoản hiện hành rồi bấm Mở cho người dân.",
        "Sign the current terms, then let it go live.",
    ),
}
OPEN = text("Bấm để xem chi tiết.", "Open it for the details.")


def tell(table: Table, event: PartnerAppAnswered, event_id: str) -> bool:
    """Put an answer into the box of whoever handed it in; whether it is new there."""
    about = event.about or Text(vi="", en="")
    title = TITLES[event.outcome]
    said = Text(
        vi=title.vi.format(name=event.name.vi, about_vi=about.vi),
        en=title.en.format(name=event.name.en, about_en=about.en),
    )
    body = text(event.words, event.words) if event.words else OTHERWISE.get(event.outcome, OPEN)
    doc = {
        "kind": f"partners.{event.outcome}",
        "title": said.model_dump(),
        "body": body.model_dump(),
        "link": f"/partners/{event.app_id}",
    }
    return box.put(table, event.to, event.at, event_id, doc)
