"""What the review refuses, and why."""

from city.kernel.problems import Problem
from city.kernel.text import text


class ClaimedByOther(Problem):
    """Somebody else looks at it just now."""

    status = 409
    slug = "claimed"
    title = text("Đang có người xem", "Somebody looks at it")
    detail = text("Cán bộ khác đang xem vụ này.", "Another officer is looking at this one.")


class WrongState(Problem):
    """The step does not fit the state."""

    status = 409
    slug = "violation-state"
    title = text("Không làm được lúc này", "Not possible now")
    detail = text("Vụ đang ở trạng thái “{vi}”.", "It is “{en}”.")


class EvidenceGone(Problem):
    """The evidence was removed by the rule of its retention."""

    status = 410
    slug = "evidence-gone"
    title = text("Chứng cứ đã xoá", "Evidence removed")
    detail = text("Chứng cứ đã xoá theo thời hạn lưu.", "It was removed when its time was over.")


class EvidenceChanged(Problem):
    """A file is not the one whose hash was signed."""

    status = 409
    slug = "evidence-changed"
    title = text("Chứng cứ không còn nguyên vẹn", "Evidence is not intact")
    detail = text("Tệp {key} thiếu hoặc đã bị thay đổi.", "The file {key} is missing or altered.")


class SamePerson(Problem):
    """Whoever asks does not release."""

    status = 409
    slug = "same-person"
    title = text("Cần người thứ hai", "A second person is needed")
    detail = text("Người đề nghị không được tự duyệt.", "Whoever asked may not release the search.")


class NotReleased(Problem):
    """The search is not in force."""

    status = 409
    slug = "search-not-released"
    title = text("Chưa được duyệt", "Not released")
    detail = text("Lệnh tìm này không có hiệu lực.", "This search is not in force.")


class NoBasis(Problem):
    """Faces are searched only under a recorded legal basis that is in force."""

    status = 409
    slug = "no-legal-basis"
    title = text("Chưa có căn cứ pháp lý", "No legal basis")
    detail = text(
        "Không tìm khuôn mặt được: chưa ghi nhận căn cứ pháp lý còn hiệu lực.",
        "No face may be searched for: no legal basis in force is recorded.",
    )


class TooManyFaces(Problem):
    """A watch list, not a population."""

    status = 409
    slug = "too-many-faces"
    title = text("Quá nhiều khuôn mặt", "Too many faces")
    detail = text("Cùng lúc tối đa {most}.", "At most {most} at the same time.")
