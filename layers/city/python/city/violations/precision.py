"""How often a rule at a camera is right, from what people said, and what threshold would be better.

Wilson's interval: E. B. Wilson, Probable inference, the law of succession, and statistical
inference, JASA 22 (1927), 209-212; z = 1.96 for 95 %.
"""

import math
from datetime import datetime

from pydantic import BaseModel, Field

from city.adapters.table import ABSENT, Add, CommitConflict, Operation, Put, Row
from city.contracts.violations import ThresholdAccepted
from city.kernel.ids import derived_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, invalid
from city.violations.desk import Desk
from city.violations.model import Violation

Z = 1.96
BUCKETS = 20
ENOUGH = 30  # answers before a proposal is made
WANTED = 0.8  # precision that a proposal aims at
LOSES_AT_MOST = 0.2  # of what people confirmed


class Share(BaseModel, frozen=True):
    """A share with its 95 % interval; None without any answer."""

    share: float
    low: float
    high: float


class Proposal(BaseModel, frozen=True):
    """Another least score, and what it would have done to the answers so far."""

    min_score: float
    precision: Share
    kept_confirmed: int
    lost_confirmed: int
    spared_denied: int


class Precision(BaseModel, frozen=True):
    """One version of a rule at one camera."""

    camera_id: str
    rule_id: str
    rule_version: int
    judged: int
    confirmed: int
    precision: Share | None
    proposal: Proposal | None
    accepted: bool = False


class PrecisionQuery(PageQuery):
    """All, or those of one camera."""

    camera_id: str | None = Field(None, max_length=41)


class Accept(BaseModel, frozen=True, extra="forbid"):
    """The score that a person takes over; it may differ from the proposal."""

    min_score: float = Field(ge=0, le=1)


def wilson(successes: int, total: int) -> Share | None:
    """A share of successes with its interval; None for no trials.

    >>> wilson(8, 10)
    Share(share=0.8, low=0.4902, high=0.9433)
    """
    if total == 0:
        return None
    share, z2 = successes / total, Z * Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Share(share=round(share, 4), low=round(low, 4), high=round(high, 4))


def bucket(score: float) -> int:
    """The twentieth that a score lies in.

    >>> bucket(0.0), bucket(0.049), bucket(0.05), bucket(0.3), bucket(1.0)
    (0, 0, 1, 6, 19)
    """
    return min(BUCKETS - 1, math.floor(score * BUCKETS + 1e-9))


def counted(violation: Violation, *, confirmed: bool) -> list[Operation]:
    """The answer, added to the rule's figures."""
    sk = f"{violation.camera_id}#{violation.rule_id}#{violation.rule_version}"
    name = f"{'c' if confirmed else 'd'}{bucket(violation.score)}"
    return [Add("FIGURES", sk, {name: 1})]


def proposed(confirmed: list[int], denied: list[int]) -> Proposal | None:
    """The lowest threshold whose precision is good enough and that loses little; None while there
    are few answers, the rule is good as it is, or no threshold would help."""
    judged, right = sum(confirmed) + sum(denied), sum(confirmed)
    if judged < ENOUGH or right / judged >= WANTED:
        return None
    for at in range(1, BUCKETS):
        kept, wrong = sum(confirmed[at:]), sum(denied[at:])
        if right - kept > LOSES_AT_MOST * right or kept == 0:
            return None
        share = wilson(kept, kept + wrong)
        if share is not None and share.share >= WANTED:
            return Proposal(
                min_score=round(at / BUCKETS, 2), precision=share, kept_confirmed=kept,
                lost_confirmed=right - kept, spared_denied=sum(denied) - wrong,
            )  # fmt: skip
    return None


def _read(row: Row, *, accepted: bool) -> Precision:
    camera_id, rule_id, version = row.sk.split("#")
    held = row.counters
    confirmed = [held.get(f"c{i}", 0) for i in range(BUCKETS)]
    denied = [held.get(f"d{i}", 0) for i in range(BUCKETS)]
    right, judged = sum(confirmed), sum(confirmed) + sum(denied)
    return Precision(
        camera_id=camera_id, rule_id=rule_id, rule_version=int(version), judged=judged,
        confirmed=right, precision=wilson(right, judged),
        proposal=None if accepted else proposed(confirmed, denied), accepted=accepted,
    )  # fmt: skip


def table(desk: Desk, query: PrecisionQuery) -> Page[Precision]:
    """Precision by camera and rule, in order of their ids."""
    after = decode_cursor(query.cursor).get("a")
    prefix = f"{query.camera_id}#" if query.camera_id else ""
    rows, more = desk.store.table.query("FIGURES", prefix=prefix, after=after, limit=query.limit)
    taken = desk.store.table.get_many([("ACCEPTED", row.sk) for row in rows])
    items = [_read(row, accepted=("ACCEPTED", row.sk) in taken) for row in rows]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def accept(
    desk: Desk, camera_id: str, rule_id: str, version: int, body: Accept, who: Principal
) -> Precision:
    """Take a threshold over: the registry makes it the rule's next version. Once for a version.

    Raises:
        NotFound: nobody judged this version yet.
        Invalid: too few answers to go by.
        Conflict: somebody took one over already.
    """
    sk = f"{camera_id}#{rule_id}#{version}"
    row = desk.store.table.get("FIGURES", sk)
    if row is None:
        raise NotFound(what="quy tắc / rule")
    held = _read(row, accepted=False)
    if held.judged < ENOUGH:
        raise invalid(
            "min_score", f"Cần ít nhất {ENOUGH} kết luận.", f"Needs at least {ENOUGH} answers."
        )
    told = ThresholdAccepted(
        proposal_id=sk, camera_id=camera_id, rule_id=rule_id, from_version=version,
        min_score=body.min_score, by=who.user_id, at=desk.now,
    )  # fmt: skip
    at: datetime = desk.now
    kept = {"by": who.user_id, "at": at.isoformat(), "min_score": body.min_score}
    put = Put(Row("ACCEPTED", sk, kept), ABSENT)
    try:
        desk.outbox.commit([put], [(derived_id(at, "threshold", sk), told, at)])
    except CommitConflict as error:
        raise Conflict from error
    return _read(row, accepted=True)
