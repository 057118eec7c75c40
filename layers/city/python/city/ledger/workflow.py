"""The life of a payment, as one table.

What goes through somebody else's hands (a biller, the bank) is SENT before they are called, and
UNKNOWN whenever their answer is: nobody can tell a lost answer from a lost request. Neither is
ever ended by the clock; only proof that nothing was paid voids it. Nothing is sent twice: proof
that the first request was not carried out would say nothing about the second. What stays between
our own accounts is CAPTURED in the commit that begins it.
"""

from enum import StrEnum
from typing import NamedTuple

from city.kernel.text import Text, text


class State(StrEnum):
    """Where a payment stands. Wire values are stable."""

    CREATED = "CREATED"  # nothing is held: money is to come in, or to leave a payable account
    HELD = "HELD"  # the payer's money is set aside
    SENT = "SENT"  # the other side is being asked, now
    UNKNOWN = "UNKNOWN"  # it was asked, and nobody knows what came of it
    CASE = "CASE"  # a person has to find out
    CAPTURED = "CAPTURED"
    VOID = "VOID"
    PART_REFUNDED = "PART_REFUNDED"
    REFUNDED = "REFUNDED"


class Proof(StrEnum):
    """Why it is certain that the other side was not paid."""

    NEVER_SENT = "never_sent"  # cancelled or expired before anybody was asked
    REFUSED_CONNECTION = "refused_connection"  # no byte of the request left
    REJECTED = "rejected"  # the other side's final answer
    NOT_FOUND = "not_found"  # asked again after the time when "not found" is final
    ABSENT_IN_STATEMENT = "absent_in_statement"
    SETTLED_BY_PERSONS = "settled_by_persons"


STATE_NAMES: dict[State, Text] = {
    State.CREATED: text("Đã tạo", "Created"),
    State.HELD: text("Đã giữ tiền", "Money held"),
    State.SENT: text("Đang gửi", "Being sent"),
    State.UNKNOWN: text(
        "Đang hỏi lại nhà cung cấp; tiền của bạn an toàn",
        "We are asking the provider; your money is safe",
    ),
    State.CASE: text("Nhân viên đang tra soát", "Staff are looking into it"),
    State.CAPTURED: text("Thành công", "Paid"),
    State.VOID: text("Không thực hiện; tiền không bị trừ", "Not carried out; nothing was charged"),
    State.PART_REFUNDED: text("Đã hoàn một phần", "Partly refunded"),
    State.REFUNDED: text("Đã hoàn tiền", "Refunded"),
}

_OPEN = (State.CREATED, State.HELD)
_ASKED = (State.SENT, State.UNKNOWN)
FINAL = frozenset({State.VOID, State.REFUNDED})
PAID = frozenset({State.CAPTURED, State.PART_REFUNDED, State.REFUNDED})


class Move(NamedTuple):
    """One allowed move."""

    start: State
    action: str
    to: State


def _moves(starts: tuple[State, ...], action: str, to: State) -> list[Move]:
    return [Move(start, action, to) for start in starts]


WORKFLOW: tuple[Move, ...] = (
    *_moves(_OPEN, "send", State.SENT),
    *_moves(_ASKED, "doubt", State.UNKNOWN),
    *_moves((*_ASKED, State.CASE), "capture", State.CAPTURED),
    *_moves((*_OPEN, *_ASKED, State.CASE), "void", State.VOID),
    *_moves(_ASKED, "escalate", State.CASE),
    *_moves((State.CAPTURED, State.PART_REFUNDED), "refund", State.PART_REFUNDED),
    *_moves((State.CAPTURED, State.PART_REFUNDED), "refund", State.REFUNDED),
)

# Which proof is good from which state: what was never sent is void by that alone; what was sent
# needs the other side's word.
PROOFS: dict[State, frozenset[Proof]] = {
    State.CREATED: frozenset({Proof.NEVER_SENT}),
    State.HELD: frozenset({Proof.NEVER_SENT}),
    State.SENT: frozenset({Proof.REFUSED_CONNECTION, Proof.REJECTED}),
    State.UNKNOWN: frozenset({Proof.REJECTED, Proof.NOT_FOUND, Proof.ABSENT_IN_STATEMENT}),
    State.CASE: frozenset({Proof.SETTLED_BY_PERSONS, Proof.ABSENT_IN_STATEMENT}),
}


def allowed(state: State, action: str, to: State) -> bool:
    """Whether the table has this move."""
    return Move(state, action, to) in WORKFLOW
