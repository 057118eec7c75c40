"""The review: who looks at what, and what they say. Two officers never judge the same case."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from city.adapters.acts import did
from city.adapters.routes import validated
from city.adapters.table import CommitConflict, Operation
from city.contracts.envelope import Announcement
from city.contracts.violations import HazardConfirmed, ViolationJudged
from city.contracts.watching import RuleKind, Severity
from city.kernel.ids import derived_id
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, invalid
from city.violations import precision
from city.violations.desk import Desk
from city.violations.model import (
    CLAIM,
    HAZARDS,
    STATE_NAMES,
    Claim,
    DenyReason,
    Entry,
    Outcome,
    State,
    Violation,
    due_in,
)
from city.violations.refusals import ClaimedByOther, EvidenceGone, WrongState
from city.violations.store import Store, changes

LOOKED_AT = 300  # rows of the queue in one call
Note = Annotated[str | None, Field(max_length=500)]


class Asked(BaseModel, frozen=True, extra="forbid"):
    """What a step is given."""


class Next(Asked):
    """How many cases to claim (the one on the screen and those to be loaded ahead), of which."""

    count: int = Field(1, ge=1, le=3)
    kind: RuleKind | None = None
    severity: Severity | None = None
    camera_id: str | None = Field(None, max_length=41)


class Confirm(Asked):
    """It is what the machine says. `plate` corrects a reading (normal form)."""

    plate: str | None = Field(None, pattern=r"^[0-9A-Z]{4,12}$")
    note: Note = None


class Deny(Asked):
    """It is not."""

    reason: DenyReason
    note: Note = None


class Transfer(Asked):
    """Hand it to an authority; the rule's own if none is named."""

    authority: str | None = Field(None, max_length=60)
    note: Note = None


class Answer(Asked):
    """What the authority made of it. `keep_until` is when the evidence may go."""

    outcome: Outcome
    reference: str = Field(min_length=1, max_length=120)
    keep_until: AwareDatetime | None = None
    note: Note = None


Action = Literal["confirm", "deny", "transfer", "outcome"]
BODIES: dict[str, type[Asked]] = {
    "confirm": Confirm, "deny": Deny, "transfer": Transfer, "outcome": Answer,
}  # fmt: skip


def next_ones(desk: Desk, asked: Next, who: Principal) -> list[Violation]:
    """Claim the first cases that nobody looks at; one's own come again, their claims renewed."""
    found: list[Violation] = []
    after: str | None = None
    looked_at = 0
    while len(found) < asked.count and looked_at < LOOKED_AT:
        rows, after = desk.store.rows("QUEUE", after, 50)
        looked_at += len(rows)
        for row in rows:
            if len(found) == asked.count or not _wanted(row.doc, asked, who, desk.now):
                continue
            try:
                found.append(claim(desk, row.doc["id"], who))
            except (ClaimedByOther, Conflict, WrongState, NotFound):
                continue  # somebody was quicker
        if after is None:
            break
    return found


def _wanted(card: dict[str, Any], asked: Next, who: Principal, now: datetime) -> bool:
    held = Claim.model_validate(card["claim"]) if card.get("claim") else None
    free = held is None or held.by == who.user_id or not held.holds(now)
    return (
        free
        and (asked.kind is None or card["kind"] == asked.kind)
        and (asked.severity is None or card["severity"] == asked.severity)
        and (asked.camera_id is None or card["camera_id"] == asked.camera_id)
    )


def claim(desk: Desk, id_: str, who: Principal) -> Violation:
    """Look at a case: for ten minutes nobody else may judge it.

    Raises:
        NotFound, Conflict: no such case, or somebody changed it just now.
        WrongState: it is judged already.
        ClaimedByOther: somebody else looks at it.
    """
    before = desk.violation(id_)
    _waits(before)
    _free(desk, before, who)
    mine = Claim(by=who.user_id, until=desk.now + CLAIM)
    entry = None if before.claim and before.claim.by == who.user_id else desk.entry(who, "claimed")
    return _saved(desk, before, before.model_copy(update={"claim": mine}), entry)


def release(desk: Desk, id_: str, who: Principal) -> Violation:
    """Give a case back unjudged. One that is not one's own stays as it is.

    Raises:
        NotFound, Conflict: no such case, or somebody changed it just now.
    """
    before = desk.violation(id_)
    if before.claim is None or before.claim.by != who.user_id:
        return before
    after = before.model_copy(update={"claim": None})
    return _saved(desk, before, after, desk.entry(who, "released"))


def act(desk: Desk, id_: str, action: str, raw: dict[str, Any], who: Principal) -> Violation:
    """Take a step.

    Raises:
        NotFound, Forbidden: no such case or step, or not for this person.
        Invalid: a field is missing or wrong.
        WrongState, ClaimedByOther, EvidenceGone, Conflict: not now.
    """
    if action not in BODIES:
        raise NotFound(what=f"bước / step {action[:40]}")
    before = desk.violation(id_)
    desk.require(who, f"violations:act/{action}", before)
    body = validated(BODIES[action], raw, "body")
    if isinstance(body, Confirm):
        return _confirm(desk, before, body, who)
    if isinstance(body, Deny):
        return _deny(desk, before, body, who)
    if isinstance(body, Transfer):
        return _transfer(desk, before, body, who)
    assert isinstance(body, Answer)  # noqa: S101 - the four are all there are
    return _answer(desk, before, body, who)


def _confirm(desk: Desk, before: Violation, body: Confirm, who: Principal) -> Violation:
    after = _judged(desk, before, State.CONFIRMED, who, body.note)
    after = after.model_copy(update={"plate": body.plate or before.plate})
    more = [*precision.counted(before, confirmed=True), *Store.total(desk.now, confirmed=1)]
    told: list[Announcement] = [_told(desk, before, "confirmed")]
    if before.kind in HAZARDS:
        told.append(
            HazardConfirmed.model_validate(
                {
                    "violation_id": before.id, "hazard": before.kind,
                    "camera_id": before.camera_id, "lat": before.place[0],
                    "lon": before.place[1], "seen_at": before.started_at,
                    "score": before.score, "at": desk.now,
                }
            )
        )  # fmt: skip
    entry = desk.entry(who, "confirmed", corrected=body.plate is not None)
    return _saved(desk, before, after, entry, more, told)


def _deny(desk: Desk, before: Violation, body: Deny, who: Principal) -> Violation:
    after = _judged(desk, before, State.DENIED, who, body.note)
    after = after.model_copy(update={"reason": body.reason})
    # What was real or seen already is not the machine's mistake.
    fault = body.reason not in (DenyReason.DUPLICATE, DenyReason.EXEMPT)
    more = precision.counted(before, confirmed=False) if fault else []
    entry = desk.entry(who, "denied", reason=body.reason.value)
    told = _told(desk, before, "denied", reason=body.reason.value)
    return _saved(desk, before, after, entry, [*more, *Store.total(desk.now, denied=1)], [told])


def _judged(
    desk: Desk, before: Violation, to: State, who: Principal, note: str | None
) -> Violation:
    _waits(before)
    _free(desk, before, who)
    return before.model_copy(
        update={
            "state": to, "claim": None, "judged_by": who.user_id, "judged_at": desk.now,
            "note": note, "due": due_in(to, desk.now),
        }
    )  # fmt: skip


def _transfer(desk: Desk, before: Violation, body: Transfer, who: Principal) -> Violation:
    if before.state is not State.CONFIRMED:
        raise _wrong(before)
    if before.erased_at is not None:
        raise EvidenceGone
    authority = body.authority or before.authority
    if authority is None or desk.agency(authority) is None:
        raise invalid("authority", "Chưa rõ cơ quan nhận.", "Name an authority that exists.")
    after = before.model_copy(
        update={
            "state": State.TRANSFERRED, "handed_to": authority, "handed_at": desk.now,
            "note": body.note or before.note, "due": None,
        }
    )  # fmt: skip
    told = _told(desk, before, "transferred")
    entry = desk.entry(who, "transferred", to=authority)
    return _saved(desk, before, after, entry, Store.total(desk.now, transferred=1), [told])


def _answer(desk: Desk, before: Violation, body: Answer, who: Principal) -> Violation:
    if before.state is not State.TRANSFERRED:
        raise _wrong(before)
    due = body.keep_until or due_in(State.CLOSED, desk.now)
    if due is None or due <= desk.now:
        raise invalid("keep_until", "Phải ở tương lai.", "Must be in the future.")
    after = before.model_copy(
        update={
            "state": State.CLOSED, "outcome": body.outcome, "outcome_ref": body.reference,
            "outcome_at": desk.now, "note": body.note or before.note, "due": due,
        }
    )  # fmt: skip
    told = _told(desk, before, "outcome", outcome=body.outcome.value)
    entry = desk.entry(who, "outcome", outcome=body.outcome.value, reference=body.reference)
    counted = Store.total(desk.now, **{f"outcome_{body.outcome.value}": 1})
    return _saved(desk, before, after, entry, counted, [told])


def _waits(violation: Violation) -> None:
    if violation.state is not State.WAITING:
        raise _wrong(violation)


def _wrong(violation: Violation) -> WrongState:
    name = STATE_NAMES[violation.state]
    return WrongState(extra={"state": violation.state.value}, vi=name.vi, en=name.en)


def _free(desk: Desk, violation: Violation, who: Principal) -> None:
    held = violation.claim
    if held is not None and held.by != who.user_id and held.holds(desk.now):
        raise ClaimedByOther


def _told(desk: Desk, before: Violation, step: str, **more: str) -> ViolationJudged:
    return ViolationJudged.model_validate(
        {
            "violation_id": before.id, "camera_id": before.camera_id, "rule_id": before.rule_id,
            "rule_version": before.rule_version, "kind": before.kind, "step": step,
            "seq": before.seq + 1, "at": desk.now, **more,
        }
    )  # fmt: skip


def _saved(
    desk: Desk,
    before: Violation,
    after: Violation,
    entry: Entry | None,
    more: list[Operation] | None = None,
    told: list[Announcement] | None = None,
) -> Violation:
    stored, operations = changes(before, after, entry)
    if entry is not None:
        operations += did(desk.now, entry.by, f"{before.id}#{stored.seq}", entry.action)
    events = [
        (derived_id(desk.now, before.id, str(stored.seq), each.happened), each, desk.now)
        for each in told or []
    ]
    try:
        desk.outbox.commit([*operations, *(more or [])], events)
    except CommitConflict as error:
        raise Conflict from error
    return stored
