"""The workflow of a report, as one table.

A move is (state, action, actor, guard, next state). `None` as next state keeps the state. Where two
moves share state, action and actor, their guards exclude one another. The diagram in
docs/workflow.md is drawn from this table; `tests/unit/reports/test_workflow.py` proves that every
state is reachable and that every path can end.
"""

from enum import StrEnum
from typing import Literal, NamedTuple

from city.contracts.reports import Bucket
from city.kernel.text import Text, text

VERSION = "2026-11-23"

Actor = Literal["reporter", "citizen", "ioc", "agency", "system"]


class State(StrEnum):
    """Where a report stands. Wire values are stable."""

    RECEIVED = "RECEIVED"
    VERIFYING = "VERIFYING"
    NEED_INFO = "NEED_INFO"
    INELIGIBLE = "INELIGIBLE"
    APPEALED = "APPEALED"
    INELIGIBLE_FINAL = "INELIGIBLE_FINAL"
    MERGED = "MERGED"
    WITHDRAWN = "WITHDRAWN"
    DISPATCHED = "DISPATCHED"
    RETURNED = "RETURNED"
    IN_PROGRESS = "IN_PROGRESS"
    FOLLOW_UP = "FOLLOW_UP"
    ANSWERED = "ANSWERED"
    RESOLVED = "RESOLVED"
    REOPEN_REQUESTED = "REOPEN_REQUESTED"
    CLOSED = "CLOSED"


class StateFacts(NamedTuple):
    """Name for people, step on the six-span bridge, public bucket."""

    name: Text
    step: int
    bucket: Bucket


STATES: dict[State, StateFacts] = {
    State.RECEIVED: StateFacts(text("Đã tiếp nhận", "Received"), 1, Bucket.PENDING),
    State.VERIFYING: StateFacts(text("Đang xác minh", "Being verified"), 2, Bucket.PENDING),
    State.NEED_INFO: StateFacts(text("Chờ bổ sung", "More information needed"), 2, Bucket.PENDING),
    State.INELIGIBLE: StateFacts(text("Không đủ điều kiện", "Not eligible"), 2, Bucket.INELIGIBLE),
    State.APPEALED: StateFacts(text("Đang khiếu nại", "Appealed"), 2, Bucket.INELIGIBLE),
    State.INELIGIBLE_FINAL: StateFacts(
        text("Không đủ điều kiện (đã xem lại)", "Not eligible (reviewed)"), 2, Bucket.INELIGIBLE
    ),
    State.MERGED: StateFacts(
        text("Đã gộp với phản ánh khác", "Merged with another report"), 2, Bucket.MERGED
    ),
    State.WITHDRAWN: StateFacts(text("Đã rút", "Withdrawn"), 1, Bucket.WITHDRAWN),
    State.DISPATCHED: StateFacts(text("Đã chuyển xử lý", "Dispatched"), 3, Bucket.IN_PROGRESS),
    State.RETURNED: StateFacts(text("Chuyển lại", "Returned"), 3, Bucket.IN_PROGRESS),
    State.IN_PROGRESS: StateFacts(text("Đang xử lý", "In progress"), 4, Bucket.IN_PROGRESS),
    State.FOLLOW_UP: StateFacts(text("Chuyển theo dõi", "Follow-up"), 4, Bucket.FOLLOW_UP),
    State.ANSWERED: StateFacts(
        text("Đã trả lời, chờ duyệt", "Answered, under review"), 5, Bucket.IN_PROGRESS
    ),
    State.RESOLVED: StateFacts(text("Đã xử lý", "Resolved"), 6, Bucket.RESOLVED),
    State.REOPEN_REQUESTED: StateFacts(
        text("Yêu cầu mở lại", "Reopening requested"), 6, Bucket.IN_PROGRESS
    ),
    State.CLOSED: StateFacts(text("Đã đóng", "Closed"), 6, Bucket.RESOLVED),
}

FINAL = frozenset({State.INELIGIBLE_FINAL, State.MERGED, State.WITHDRAWN, State.CLOSED})
ASSIGNED = frozenset(
    {State.DISPATCHED, State.RETURNED, State.IN_PROGRESS, State.FOLLOW_UP, State.ANSWERED}
)


class Move(NamedTuple):
    """One allowed move. `start` None means that there is no report yet."""

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


_S = State
_LIVE: tuple[State | None, ...] = tuple(State)

WORKFLOW: tuple[Move, ...] = (
    *_moves((None,), "submit", "reporter", _S.RECEIVED),
    # the centre looks at it
    *_moves((_S.RECEIVED,), "verify", "ioc", _S.VERIFYING),
    *_moves((_S.RECEIVED, _S.VERIFYING), "request_info", "ioc", _S.NEED_INFO),
    *_moves((_S.NEED_INFO,), "provide_info", "reporter", _S.VERIFYING, "not_assigned"),
    *_moves((_S.NEED_INFO,), "provide_info", "reporter", _S.IN_PROGRESS, "assigned"),
    *_moves((_S.RECEIVED, _S.VERIFYING), "reject", "ioc", _S.INELIGIBLE),
    *_moves((_S.NEED_INFO,), "reject", "ioc", _S.INELIGIBLE, "not_assigned"),
    *_moves((_S.INELIGIBLE,), "appeal", "reporter", _S.APPEALED),
    *_moves((_S.APPEALED,), "decide_appeal", "ioc", _S.VERIFYING, "accepted"),
    *_moves((_S.APPEALED,), "decide_appeal", "ioc", _S.INELIGIBLE_FINAL, "refused"),
    *_moves((_S.RECEIVED, _S.VERIFYING), "merge", "ioc", _S.MERGED),
    *_moves((_S.RECEIVED, _S.VERIFYING), "withdraw", "reporter", _S.WITHDRAWN),
    *_moves((_S.NEED_INFO,), "withdraw", "reporter", _S.WITHDRAWN, "not_assigned"),
    # somebody must act
    *_moves((_S.RECEIVED, _S.VERIFYING), "dispatch", "ioc", _S.DISPATCHED),
    *_moves((_S.RETURNED,), "dispatch", "ioc", _S.DISPATCHED, "arbiter_if_bounced"),
    *_moves((_S.DISPATCHED, _S.IN_PROGRESS), "acknowledge", "agency", _S.IN_PROGRESS, "is_new"),
    *_moves((_S.DISPATCHED, _S.IN_PROGRESS), "return", "agency", _S.RETURNED, "open_lead"),
    *_moves((_S.DISPATCHED, _S.IN_PROGRESS), "return", "agency", None, "open_helper"),
    *_moves((_S.IN_PROGRESS,), "request_info", "agency", _S.NEED_INFO, "is_working"),
    *_moves((_S.IN_PROGRESS,), "request_extension", "agency", None, "is_working"),
    *_moves(
        (_S.DISPATCHED, _S.IN_PROGRESS, _S.NEED_INFO),
        "decide_extension",
        "ioc",
        None,
        "extension_asked",
    ),
    *_moves((_S.IN_PROGRESS,), "follow_up", "agency", _S.FOLLOW_UP, "working_lead"),
    *_moves((_S.FOLLOW_UP,), "resume", "agency", _S.IN_PROGRESS, "in_follow_up"),
    *_moves((_S.IN_PROGRESS, _S.FOLLOW_UP), "answer", "agency", _S.ANSWERED, "last_answer"),
    *_moves((_S.IN_PROGRESS,), "answer", "agency", None, "others_still_work"),
    *_moves(
        (_S.IN_PROGRESS, _S.FOLLOW_UP, _S.ANSWERED, _S.RESOLVED),
        "sanction",
        "agency",
        None,
        "is_assigned",
    ),
    # the centre publishes
    *_moves((_S.ANSWERED,), "publish", "ioc", _S.RESOLVED),
    *_moves((_S.IN_PROGRESS,), "publish", "ioc", _S.RESOLVED, "lead_answered"),
    *_moves((_S.ANSWERED,), "send_back", "ioc", _S.IN_PROGRESS),
    # people judge
    *_moves((_S.RESOLVED, _S.CLOSED), "rate", "citizen", None),
    *_moves((_S.RESOLVED,), "request_reopen", "reporter", _S.REOPEN_REQUESTED, "may_reopen"),
    *_moves((_S.REOPEN_REQUESTED,), "decide_reopen", "ioc", _S.DISPATCHED, "accepted"),
    *_moves((_S.REOPEN_REQUESTED,), "decide_reopen", "ioc", _S.RESOLVED, "refused"),
    *_moves((_S.RESOLVED,), "close", "system", _S.CLOSED, "window_over"),
    # at any time
    *_moves(_LIVE, "hide", "ioc", None, "visible"),
    *_moves(_LIVE, "unhide", "ioc", None, "hidden"),
    *_moves((_S.DISPATCHED, _S.IN_PROGRESS, _S.RETURNED), "escalate", "system", None, "is_running"),
)

ACTION_NAMES: dict[str, Text] = {
    "submit": text("Gửi phản ánh", "Report"),
    "verify": text("Nhận xác minh", "Take for verification"),
    "request_info": text("Hỏi thêm thông tin", "Ask for information"),
    "provide_info": text("Bổ sung thông tin", "Add information"),
    "reject": text("Không đủ điều kiện", "Reject"),
    "appeal": text("Khiếu nại", "Appeal"),
    "decide_appeal": text("Quyết định khiếu nại", "Decide the appeal"),
    "merge": text("Gộp với phản ánh giống", "Merge with another"),
    "withdraw": text("Rút phản ánh", "Withdraw"),
    "dispatch": text("Chuyển xử lý", "Dispatch"),
    "acknowledge": text("Tiếp nhận xử lý", "Acknowledge"),
    "return": text("Trả lại, không thuộc thẩm quyền", "Return, not ours"),
    "request_extension": text("Xin gia hạn", "Ask for an extension"),
    "decide_extension": text("Quyết định gia hạn", "Decide the extension"),
    "follow_up": text("Chuyển theo dõi", "Move to follow-up"),
    "resume": text("Xử lý tiếp", "Resume"),
    "sanction": text("Ghi nhận xử phạt", "Record a sanction"),
    "answer": text("Trả lời", "Answer"),
    "send_back": text("Yêu cầu trả lời lại", "Send the answer back"),
    "publish": text("Công bố kết quả", "Publish"),
    "rate": text("Đánh giá", "Rate"),
    "request_reopen": text("Yêu cầu mở lại", "Ask to reopen"),
    "decide_reopen": text("Quyết định mở lại", "Decide on reopening"),
    "close": text("Đóng", "Close"),
    "hide": text("Ẩn khỏi công khai", "Hide from the public"),
    "unhide": text("Hiện lại", "Show again"),
    "escalate": text("Nhắc hạn", "Escalate"),
}


def moves(state: State | None, action: str | None = None) -> list[Move]:
    """The moves from a state, of one action or of all."""
    return [m for m in WORKFLOW if m.start == state and (action is None or m.action == action)]
