"""The life of a warning, as one table.

A move is (state, action, actor, guard, next state); `None` as next state keeps the state. A person
is asked for by the policy (`alerts:act/<action>`), the moment by this table, what a kind of hazard
adds by its data. The diagram in docs/alerts.md is drawn from this table.

The states from ACTIVE on are of a released warning: beside what people read now, the next message
may lie on the desk. Nothing leads from an exercise to a real warning: no action changes a status.
"""

from enum import StrEnum
from typing import Literal, NamedTuple

from city.kernel.text import Text, text

Actor = Literal["person", "system"]


class State(StrEnum):
    """Where a warning stands. Wire values are stable."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    REVISING = "REVISING"
    REVISION_SUBMITTED = "REVISION_SUBMITTED"
    REVISION_APPROVED = "REVISION_APPROVED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


_S = State
STATE_NAMES: dict[State, Text] = {
    _S.DRAFT: text("Dự thảo", "Draft"),
    _S.SUBMITTED: text("Chờ duyệt", "Waiting for approval"),
    _S.APPROVED: text("Đã duyệt, chờ phát", "Approved, to be released"),
    _S.ACTIVE: text("Đang hiệu lực", "In force"),
    _S.REVISING: text("Đang soạn cập nhật", "In force, update drafted"),
    _S.REVISION_SUBMITTED: text("Cập nhật chờ duyệt", "In force, update waits for approval"),
    _S.REVISION_APPROVED: text("Cập nhật đã duyệt", "In force, update approved"),
    _S.CANCELLED: text("Đã hủy", "Cancelled"),
    _S.EXPIRED: text("Hết hiệu lực", "Expired"),
    _S.REJECTED: text("Không phát", "Not released"),
}
FINAL = frozenset({_S.CANCELLED, _S.EXPIRED, _S.REJECTED})
IN_FORCE = frozenset({_S.ACTIVE, _S.REVISING, _S.REVISION_SUBMITTED, _S.REVISION_APPROVED})
ON_DESK = frozenset(State) - FINAL - {_S.ACTIVE}

_OPEN = (_S.DRAFT, _S.SUBMITTED, _S.APPROVED)
_REVISIONS = (_S.REVISING, _S.REVISION_SUBMITTED, _S.REVISION_APPROVED)
_FORCE = (_S.ACTIVE, *_REVISIONS)


class Move(NamedTuple):
    """One allowed move. `start` None means that there is no warning yet."""

    start: State | None
    action: str
    actor: Actor
    guard: str | None
    to: State | None


def _moves(
    starts: tuple[State | None, ...],
    action: str,
    actor: Actor,
    to: State | None,
    guard: str | None = None,
) -> list[Move]:
    return [Move(start, action, actor, guard, to) for start in starts]


WORKFLOW: tuple[Move, ...] = (
    *_moves((None,), "draft", "person", _S.DRAFT),
    *_moves((None,), "propose", "system", _S.DRAFT),
    # before the first message
    *_moves(_OPEN, "edit", "person", _S.DRAFT),
    *_moves((_S.DRAFT,), "submit", "person", _S.SUBMITTED, "verdict_given"),
    *_moves((_S.SUBMITTED,), "approve", "person", _S.APPROVED, "second_person"),
    *_moves((_S.SUBMITTED, _S.APPROVED), "send_back", "person", _S.DRAFT),
    *_moves((_S.APPROVED,), "release", "person", _S.ACTIVE, "approved_words"),
    *_moves((_S.DRAFT, _S.SUBMITTED), "release_now", "person", _S.ACTIVE, "named_case"),
    *_moves((_S.DRAFT,), "release_now", "system", _S.ACTIVE, "standing_order"),
    *_moves(_OPEN, "reject", "person", _S.REJECTED),
    *_moves((_S.DRAFT,), "propose", "system", None, "untouched"),
    *_moves(_OPEN, "note_change", "system", None),
    *_moves((_S.DRAFT,), "end", "system", _S.REJECTED, "untouched"),
    # a detection is judged
    *_moves((_S.DRAFT,), "confirm", "person", None, "verdict_open"),
    *_moves((_S.DRAFT,), "deny", "person", _S.REJECTED, "verdict_open"),
    # in force
    *_moves((_S.ACTIVE,), "update", "person", _S.REVISING, "unexpired"),
    *_moves((_S.ACTIVE,), "propose", "system", _S.REVISING, "unexpired"),
    *_moves((_S.REVISING,), "propose", "system", None, "untouched"),
    *_moves(_FORCE, "note_change", "system", None),
    *_moves(_REVISIONS, "edit", "person", _S.REVISING),
    *_moves((_S.REVISING,), "submit", "person", _S.REVISION_SUBMITTED),
    *_moves((_S.REVISION_SUBMITTED,), "approve", "person", _S.REVISION_APPROVED, "second_person"),
    *_moves((_S.REVISION_SUBMITTED, _S.REVISION_APPROVED), "send_back", "person", _S.REVISING),
    *_moves((_S.REVISION_APPROVED,), "release", "person", _S.ACTIVE, "approved_words"),
    *_moves((_S.REVISING,), "release_now", "person", _S.ACTIVE, "named_case"),
    *_moves((_S.REVISING,), "release_now", "system", _S.ACTIVE, "standing_order"),
    *_moves(_REVISIONS, "discard", "person", _S.ACTIVE),
    *_moves(_FORCE, "cancel", "person", _S.CANCELLED, "unexpired"),
    *_moves(_FORCE, "expire", "system", _S.EXPIRED, "expired"),
    # what went out on one person's word is looked at afterwards
    *_moves((*_FORCE, _S.CANCELLED, _S.EXPIRED), "review", "person", None, "review_due"),
)

ACTION_NAMES: dict[str, Text] = {
    "draft": text("Soạn cảnh báo", "Draft a warning"),
    "propose": text("Hệ thống đề xuất", "Proposed by rule"),
    "edit": text("Sửa", "Edit"),
    "submit": text("Trình duyệt", "Submit"),
    "approve": text("Duyệt", "Approve"),
    "send_back": text("Trả lại", "Send back"),
    "release": text("Phát cảnh báo", "Release"),
    "release_now": text("Phát ngay", "Release at once"),
    "reject": text("Không phát", "Do not release"),
    "note_change": text("Số liệu thay đổi", "The source changed"),
    "end": text("Sự kiện đã hết", "The event is over"),
    "confirm": text("Xác nhận đúng", "Confirm the detection"),
    "deny": text("Xác nhận sai", "Deny the detection"),
    "update": text("Soạn cập nhật", "Draft an update"),
    "discard": text("Bỏ bản cập nhật", "Discard the update"),
    "cancel": text("Hủy cảnh báo", "Cancel the warning"),
    "expire": text("Hết hiệu lực", "Expire"),
    "review": text("Xem xét lại", "Review afterwards"),
}

GUARD_NAMES: dict[str, Text] = {
    "verdict_given": text("phát hiện đã được xác nhận", "the detection is confirmed"),
    "second_person": text(
        "người duyệt khác người soạn và người trình (từ mức nghiêm trọng)",
        "the approver neither wrote nor submitted it (Severe and above)",
    ),
    "approved_words": text("đúng nội dung đã duyệt", "exactly what was approved"),
    "named_case": text(
        "trường hợp khẩn cấp có tên, phát hiện đã xác nhận",
        "a named extreme case, and no detection waits for its verdict",
    ),
    "standing_order": text("mệnh lệnh thường trực", "a standing order"),
    "untouched": text("chưa ai sửa", "nobody has edited it"),
    "verdict_open": text("chưa có kết luận", "no verdict yet"),
    "unexpired": text("bản tin còn hiệu lực", "the message is still in force"),
    "expired": text("đã quá giờ hết hạn", "the expiry has passed"),
    "review_due": text("người khác xem lại, một lần", "by somebody else, once"),
}


def moves(state: State | None, action: str | None = None) -> list[Move]:
    """The moves from a state, of one action or of all."""
    return [m for m in WORKFLOW if m.start == state and (action is None or m.action == action)]
