"""Two lists of movements, compared by our reference. Pure.

Every reference of either list comes out exactly once, as one of five kinds, with what is to be done
about it. Who carries it out, and whether it was done before, is not decided here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel


class Comparison(StrEnum):
    """How a reference compares."""

    MATCHED = "matched"
    OURS_ONLY = "ours_only"
    THEIRS_ONLY = "theirs_only"
    AMOUNT_DIFFERS = "amount_differs"
    LATE = "late"


class Action(StrEnum):
    """What is to be done."""

    NONE = "none"
    REQUERY = "requery"
    CAPTURE_LATE = "capture_late"
    REFUND = "refund"
    OPEN_CASE = "open_case"


class Standing(StrEnum):
    """How a payment stands in our books."""

    OPEN = "open"  # sent, and the outcome is not known
    BOOKED = "booked"  # the money counts as theirs
    UNDONE = "undone"  # the payer has it back


class Ours(BaseModel, frozen=True):
    """A movement as our ledger has it. `amount_vnd` is signed: a refund is negative."""

    ref: str
    amount_vnd: int
    standing: Standing
    day: date


class Theirs(BaseModel, frozen=True):
    """A line of a statement."""

    ref: str
    amount_vnd: int
    at: datetime
    receipt: str = ""


class Finding(BaseModel, frozen=True):
    """One reference, compared. A difference without an action does not exist."""

    ref: str
    kind: Comparison
    action: Action
    ours_vnd: int | None = None
    theirs_vnd: int | None = None
    lines: int = 0
    receipt: str = ""


def match(
    day: date,
    ours: Iterable[Ours],
    theirs: Sequence[Theirs],
    known: Callable[[str], Ours | None],
) -> list[Finding]:
    """Compare a day. `known` finds a payment of another day by its reference.

    Lines of one reference are added up: a payment and its refund on the same day are their sum.
    The same line twice is the other side's mistake and shows as a different amount.
    """
    mine = {each.ref: each for each in ours}
    lines: dict[str, list[Theirs]] = defaultdict(list)
    for line in theirs:
        lines[line.ref].append(line)
    found = [_compared(day, ref, mine.get(ref) or known(ref), lines[ref]) for ref in lines]
    found += [_missing(each) for ref, each in mine.items() if ref not in lines]
    return sorted(found, key=lambda f: f.ref)


def _compared(day: date, ref: str, mine: Ours | None, lines: list[Theirs]) -> Finding:
    """A reference that is on the statement."""
    total = sum(line.amount_vnd for line in lines)
    kind, action = _judged(day, mine, total)
    return Finding(
        ref=ref,
        kind=kind,
        action=action,
        ours_vnd=mine.amount_vnd if mine else None,
        theirs_vnd=total,
        lines=len(lines),
        receipt=lines[0].receipt,
    )


def _judged(day: date, mine: Ours | None, total: int) -> tuple[Comparison, Action]:
    if mine is None:
        return Comparison.THEIRS_ONLY, Action.OPEN_CASE
    if mine.amount_vnd != total:
        return Comparison.AMOUNT_DIFFERS, Action.OPEN_CASE
    if mine.standing is Standing.OPEN:
        return Comparison.LATE, Action.CAPTURE_LATE
    if mine.standing is Standing.UNDONE:
        return Comparison.THEIRS_ONLY, Action.OPEN_CASE
    return (Comparison.MATCHED if mine.day == day else Comparison.LATE), Action.NONE


def _missing(mine: Ours) -> Finding:
    """A reference of ours that is not on the statement."""
    undone = mine.standing is Standing.UNDONE
    return Finding(
        ref=mine.ref,
        kind=Comparison.MATCHED if undone else Comparison.OURS_ONLY,
        action=Action.NONE if undone else Action.REQUERY,
        ours_vnd=mine.amount_vnd,
    )
