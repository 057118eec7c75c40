"""The life of a version of a mini app, as one table.

A move is (state, action, actor, guard, next state); `None` as next state keeps the state. Who may
is asked of the policy (`partners:act/<action>`), the moment of this table. The diagram in
docs/partners.md is drawn from it. An app holds at most two versions: the one that people open
(LIVE, SUSPENDED, REVOKED) and the one on its way.
"""

from enum import StrEnum
from typing import Literal, NamedTuple

from city.kernel.text import Text, text

Actor = Literal["partner", "reviewer", "administrator", "system"]


class AppState(StrEnum):
    """Where a version stands. Wire values are stable."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    SANDBOX = "SANDBOX"
    APPROVED = "APPROVED"
    LIVE = "LIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    REPLACED = "REPLACED"


_S = AppState
STATE_NAMES: dict[AppState, Text] = {
    _S.DRAFT: text("Bản nháp", "Draft"),
    _S.SUBMITTED: text("Đang thẩm định", "Under review"),
    _S.SANDBOX: text("Chạy thử, chờ duyệt", "In the sandbox, to be approved"),
    _S.APPROVED: text("Đã duyệt, chưa mở", "Approved, not yet open"),
    _S.LIVE: text("Đang hoạt động", "Live"),
    _S.SUSPENDED: text("Tạm ngừng", "Suspended"),
    _S.REVOKED: text("Đã thu hồi", "Revoked"),
    _S.REPLACED: text("Đã có bản mới", "Replaced"),
}
FINAL = frozenset({_S.REVOKED, _S.REPLACED})
OPENED = frozenset({_S.LIVE, _S.SUSPENDED, _S.REVOKED})  # people may know that it exists

GUARD_NAMES: dict[str, Text] = {
    "none_on_the_way": text("chưa có bản nào đang làm", "no other version is on its way"),
    "no_findings": text("kiểm tra tự động không thấy lỗi", "the checks find nothing"),
    "more_wait": text("còn thẩm định khác", "another review is still to come"),
    "all_passed": text("cả ba đều đạt", "it is the third, and all passed"),
    "one_failed": text("có thẩm định không đạt", "it is the third, and one failed"),
    "second_person": text("người khác với người đề nghị", "another person than the one who asked"),
    "terms_signed": text("đã ký điều khoản hiện hành", "the current terms are signed"),
    "other_terms_signed": text(
        "người khác, và đã ký điều khoản hiện hành",
        "another person than the one who suspended; the current terms are signed",
    ),
}
ACTION_NAMES: dict[str, Text] = {
    "draft": text("Tạo bản nháp", "Begin a draft"),
    "edit": text("Sửa", "Change"),
    "submit": text("Nộp thẩm định", "Submit"),
    "withdraw": text("Rút về", "Withdraw"),
    "review": text("Thẩm định", "Review"),
    "send_back": text("Trả lại", "Send back"),
    "ask_approval": text("Đề nghị duyệt", "Ask for approval"),
    "approve": text("Duyệt", "Approve"),
    "go_live": text("Mở cho người dân", "Go live"),
    "suspend": text("Tạm ngừng", "Suspend"),
    "resume": text("Cho hoạt động lại", "Let go on"),
    "revoke": text("Thu hồi", "Revoke"),
    "replace": text("Thay bằng bản mới", "Replace"),
}


class Move(NamedTuple):
    """One allowed move. `start` None means that the version does not exist yet."""

    start: AppState | None
    action: str
    actor: Actor
    guard: str | None
    to: AppState | None


WORKFLOW: tuple[Move, ...] = (
    Move(None, "draft", "partner", "none_on_the_way", _S.DRAFT),
    Move(_S.DRAFT, "edit", "partner", None, None),
    Move(_S.DRAFT, "submit", "partner", "no_findings", _S.SUBMITTED),
    Move(_S.SUBMITTED, "withdraw", "partner", None, _S.DRAFT),
    # three officers, in any order; what failed comes back with all three answers
    Move(_S.SUBMITTED, "review", "reviewer", "more_wait", None),
    Move(_S.SUBMITTED, "review", "reviewer", "all_passed", _S.SANDBOX),
    Move(_S.SUBMITTED, "review", "reviewer", "one_failed", _S.DRAFT),
    # two administrators
    Move(_S.SANDBOX, "ask_approval", "administrator", None, None),
    Move(_S.SANDBOX, "approve", "administrator", "second_person", _S.APPROVED),
    Move(_S.SANDBOX, "send_back", "administrator", None, _S.DRAFT),
    Move(_S.APPROVED, "send_back", "administrator", None, _S.DRAFT),
    Move(_S.APPROVED, "go_live", "partner", "terms_signed", _S.LIVE),
    Move(_S.LIVE, "replace", "system", None, _S.REPLACED),
    # at once, by one; back only by another
    Move(_S.LIVE, "suspend", "administrator", None, _S.SUSPENDED),
    Move(_S.SUSPENDED, "resume", "administrator", "other_terms_signed", _S.LIVE),
    *(
        Move(start, "revoke", "administrator", None, _S.REVOKED)
        for start in (_S.SANDBOX, _S.APPROVED, _S.LIVE, _S.SUSPENDED)
    ),
)
ACTIONS = frozenset(move.action for move in WORKFLOW) - {"draft", "edit", "replace"}


def moves(state: AppState | None, action: str) -> list[Move]:
    """What the table knows for an action in a state."""
    return [move for move in WORKFLOW if move.start == state and move.action == action]
