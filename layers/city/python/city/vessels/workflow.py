"""The legal life of a case, as one table.

A move is (state, action, actor, guard, next state); `None` as next state keeps the state. Who may
is the policy's question (`vessels:act/<action>`), when is this table's. The machine opens cases,
raises them and ends small ones whose boat spoke again; it never fines anybody: a fine is proposed
by one person and decided by another.
"""

from enum import StrEnum
from typing import Literal, NamedTuple

from city.kernel.text import Text, text

Actor = Literal["person", "system"]


class CaseState(StrEnum):
    """Where a case stands. Wire values are stable."""

    OPENED = "OPENED"
    NOTIFIED = "NOTIFIED"
    EXPLAINED = "EXPLAINED"
    VERIFYING = "VERIFYING"
    BREACH = "BREACH"
    FINE_PROPOSED = "FINE_PROPOSED"
    FINED = "FINED"
    CLOSED = "CLOSED"


_S = CaseState
CASE_NAMES: dict[CaseState, Text] = {
    _S.OPENED: text("Mới mở", "Opened"),
    _S.NOTIFIED: text("Đã thông báo chủ tàu", "Owner notified"),
    _S.EXPLAINED: text("Đã giải trình", "Explained"),
    _S.VERIFYING: text("Đang xác minh", "Being verified"),
    _S.BREACH: text("Xác định vi phạm", "Breach found"),
    _S.FINE_PROPOSED: text("Đã đề xuất xử phạt", "Fine proposed"),
    _S.FINED: text("Đã quyết định xử phạt", "Fine decided"),
    _S.CLOSED: text("Đã đóng", "Closed"),
}
OPEN = tuple(state for state in CaseState if state is not _S.CLOSED)
_EARLY = (_S.OPENED, _S.NOTIFIED)


class Move(NamedTuple):
    """One allowed move. `start` None means that there is no case yet."""

    start: CaseState | None
    action: str
    actor: Actor
    guard: str | None
    to: CaseState | None


def _moves(
    starts: tuple[CaseState | None, ...],
    action: str,
    to: CaseState | None,
    actor: Actor = "person",
    guard: str | None = None,
) -> list[Move]:
    return [Move(start, action, actor, guard, to) for start in starts]


WORKFLOW: tuple[Move, ...] = (
    *_moves((None,), "open", _S.OPENED, "system"),
    *_moves(OPEN, "raise", None, "system"),
    *_moves(OPEN, "over", None, "system"),
    *_moves(_EARLY, "end", _S.CLOSED, "system", "small"),
    *_moves((_S.OPENED,), "notify", _S.NOTIFIED),
    *_moves((*_EARLY, _S.VERIFYING), "explain", _S.EXPLAINED),
    *_moves((*_EARLY, _S.EXPLAINED), "verify", _S.VERIFYING),
    *_moves(_EARLY, "close", _S.CLOSED, guard="over"),
    *_moves((_S.EXPLAINED, _S.VERIFYING), "clear", _S.CLOSED),
    *_moves((_S.VERIFYING,), "find_breach", _S.BREACH),
    *_moves((_S.BREACH,), "caution", _S.CLOSED),
    *_moves((_S.BREACH,), "propose_fine", _S.FINE_PROPOSED, guard="in_band"),
    *_moves((_S.FINE_PROPOSED,), "send_back", _S.BREACH),
    *_moves((_S.FINE_PROPOSED,), "decide_fine", _S.FINED, guard="second_person"),
    *_moves((_S.FINED,), "settle", _S.CLOSED),
)

ACTION_NAMES: dict[str, Text] = {
    "open": text("Mở hồ sơ", "Open"),
    "raise": text("Nâng mức", "Raise"),
    "over": text("Tình trạng đã hết", "The situation is over"),
    "end": text("Tự đóng khi có tín hiệu", "Ended, the boat spoke again"),
    "notify": text("Đã thông báo chủ tàu", "Owner notified"),
    "explain": text("Giải trình", "Explain"),
    "verify": text("Xác minh", "Verify"),
    "close": text("Đóng hồ sơ", "Close"),
    "clear": text("Không vi phạm", "No breach"),
    "find_breach": text("Xác định vi phạm", "Find a breach"),
    "caution": text("Nhắc nhở, không phạt", "Caution, no fine"),
    "propose_fine": text("Đề xuất xử phạt", "Propose a fine"),
    "send_back": text("Trả lại đề xuất", "Send the proposal back"),
    "decide_fine": text("Quyết định xử phạt", "Decide the fine"),
    "settle": text("Đã chấp hành", "Settled"),
}


def moves(state: CaseState | None, action: str | None = None) -> list[Move]:
    """The moves from a state, of one action or of all."""
    return [m for m in WORKFLOW if m.start == state and (action is None or m.action == action)]
