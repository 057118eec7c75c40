"""What is said at each step, and to whom: reporter and followers, agencies, the centre."""

from typing import NamedTuple

from city.kernel.text import Text, text


class Notice(NamedTuple):
    """Words for one audience. Placeholders: {code}, {due_vi}, {due_en}."""

    title: Text
    body: Text


_WATCH = text("Bấm để xem chi tiết.", "Open it for the details.")


def _n(vi: str, en: str, body: Text = _WATCH) -> Notice:
    return Notice(text(vi, en), body)


REPORTER: dict[str, Notice] = {
    "submit": _n(
        "Đã nhận phản ánh {code}",
        "Report {code} received",
        text("Cảm ơn bạn. Trung tâm sẽ xác minh ngay.", "Thank you. The centre will verify it."),
    ),
    "verify": _n("Phản ánh {code} đang được xác minh", "Report {code} is being verified"),
    "request_info": _n(
        "Phản ánh {code} cần bổ sung thông tin",
        "Report {code} needs more information",
        text("Xin trả lời câu hỏi để được xử lý tiếp.", "Please answer the question to go on."),
    ),
    "reject": _n("Phản ánh {code} không đủ điều kiện xử lý", "Report {code} was not eligible"),
    "decide_appeal": _n("Đã trả lời khiếu nại {code}", "The appeal on {code} was decided"),
    "merge": _n("Phản ánh {code} đã gộp với việc trùng", "Report {code} was merged"),
    "dispatch": _n(
        "Phản ánh {code} đã chuyển cơ quan xử lý",
        "Report {code} was dispatched",
        text("Hạn trả lời: {due_vi}.", "Due: {due_en}."),
    ),
    "acknowledge": _n("Cơ quan đã nhận phản ánh {code}", "The agency acknowledged {code}"),
    "return": _n("Phản ánh {code} được chuyển lại trung tâm", "Report {code} went back"),
    "decide_extension": _n(
        "Hạn xử lý {code} được xem lại",
        "The due date of {code} was reviewed",
        text("Hạn trả lời hiện nay: {due_vi}.", "Due now: {due_en}."),
    ),
    "follow_up": _n("Phản ánh {code} chuyển sang theo dõi", "Report {code} is being followed up"),
    "resume": _n("Phản ánh {code} được xử lý tiếp", "Work on {code} goes on"),
    "publish": _n(
        "Đã có kết quả phản ánh {code}",
        "The result of {code} is here",
        text("Mời bạn xem và đánh giá.", "Please read and rate it."),
    ),
    "decide_reopen": _n("Đã trả lời yêu cầu mở lại {code}", "Your request on {code} was decided"),
    "close": _n("Phản ánh {code} đã đóng", "Report {code} was closed"),
    "hide": _n("Phản ánh {code} tạm ẩn khỏi trang công khai", "Report {code} was hidden"),
    "unhide": _n("Phản ánh {code} hiện lại công khai", "Report {code} is public again"),
}
PRIVATE = frozenset({"submit", "request_info", "hide", "unhide"})
"""Steps that concern the reporter alone."""

AGENCY: dict[str, Notice] = {
    "dispatch": _n(
        "Việc mới: {code}", "New work: {code}", text("Hạn: {due_vi}.", "Due: {due_en}.")
    ),
    "provide_info": _n("{code}: người phản ánh đã bổ sung", "{code}: information was added"),
    "decide_extension": _n("{code}: đã quyết định gia hạn", "{code}: extension decided"),
    "send_back": _n("{code}: cần trả lời lại", "{code}: answer sent back"),
    "publish": _n("{code}: kết quả đã công bố", "{code}: result published"),
    "decide_reopen": _n("{code}: quyết định mở lại", "{code}: reopening decided"),
    "escalate": _n("{code}: nhắc hạn xử lý", "{code}: due-time reminder"),
}
CENTRE: dict[str, Notice] = {
    "submit": _n("Phản ánh mới {code}", "New report {code}"),
    "provide_info": _n("{code}: đã bổ sung thông tin", "{code}: information added"),
    "appeal": _n("{code}: có khiếu nại", "{code}: appeal"),
    "return": _n("{code}: cơ quan trả lại", "{code}: returned by the agency"),
    "request_extension": _n("{code}: xin gia hạn", "{code}: extension asked"),
    "answer": _n("{code}: đã trả lời, chờ công bố", "{code}: answered, to be published"),
    "request_reopen": _n("{code}: yêu cầu mở lại", "{code}: reopening asked"),
    "escalate": _n("{code}: quá hạn hoặc sắp đến hạn", "{code}: late or nearly so"),
}
