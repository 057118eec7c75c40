"""What the registry refuses, and why."""

from city.kernel.problems import Problem
from city.kernel.text import text


class Disabled(Problem):
    """The camera is switched off: its message may die."""

    status = 410
    slug = "camera-disabled"
    title = text("Camera đang tắt", "Camera disabled")
    detail = text("Camera này đang tắt.", "This camera is switched off.")


class OldGeneration(Problem):
    """The message is not the camera's newest: it may die."""

    status = 409
    slug = "camera-generation"
    title = text("Phiếu giao đã cũ", "Assignment is old")
    detail = text(
        "Camera đã có phiếu giao khác (thế hệ {current}).",
        "The camera has another assignment by now (generation {current}).",
    )


class Superseded(Problem):
    """Somebody else holds the camera by now."""

    status = 409
    slug = "camera-superseded"
    title = text("Camera đã giao cho máy khác", "Camera is another's")
    detail = text("Máy khác đang giữ camera này.", "Another worker holds this camera.")


class JobOver(Problem):
    """The recording was watched, or could not be: its message may die."""

    status = 410
    slug = "camera-job-over"
    title = text("Việc đã xong", "Job is over")
    detail = text("Đoạn ghi này đã xử lý xong.", "This recording was dealt with.")


class Untested(Problem):
    """A rule goes live only after it was tried on a recording."""

    status = 409
    slug = "rule-untested"
    title = text("Quy tắc chưa thử", "Rule was not tried")
    detail = text(
        "Thử quy tắc trên một đoạn ghi trước khi áp dụng.",
        "Try the rule on a recording before it goes live.",
    )


class WrongState(Problem):
    """The version of the rule is not in a state for this."""

    status = 409
    slug = "rule-state"
    title = text("Không làm được lúc này", "Not possible now")
    detail = text("Phiên bản đang ở trạng thái {state}.", "This version is {state}.")


class NoLegalBasis(Problem):
    """Faces are searched only under a recorded legal basis that is in force."""

    status = 409
    slug = "no-legal-basis"
    title = text("Chưa có căn cứ pháp lý", "No legal basis")
    detail = text(
        "Nhận diện khuôn mặt đang tắt: chưa ghi nhận căn cứ pháp lý còn hiệu lực.",
        "Face search is off: no legal basis in force is recorded.",
    )
