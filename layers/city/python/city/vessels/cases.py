"""Cases: their fields, guards and effects, pure; and the hash-chained timeline."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from city.kernel.clock import local_date
from city.kernel.problems import Problem
from city.kernel.text import Text, text
from city.vessels.model import Boat, Book, FineBand
from city.vessels.workflow import Actor, CaseState, Move, moves

Kind = Literal["silence", "limit", "protected"]
SYSTEM = "system"


class WrongMoment(Problem):
    """The case's state does not allow this step; `allowed` says which it does."""

    status: ClassVar[int] = 409
    slug: ClassVar[str] = "vessel-case-state"
    title: ClassVar[Text] = text("Chưa làm được bước này", "Not possible now")
    detail: ClassVar[Text] = text(
        "Hồ sơ đang ở trạng thái {state}; bước này chưa hoặc không còn làm được.",
        "The case is in state {state}; this step is not possible now.",
    )


class SecondPerson(Problem):
    """Who proposed a fine does not decide it."""

    status: ClassVar[int] = 409
    slug: ClassVar[str] = "second-person"
    title: ClassVar[Text] = text("Cần người thứ hai", "A second person is needed")
    detail: ClassVar[Text] = text(
        "Người đề xuất không được tự quyết định.", "Whoever proposed it may not decide it."
    )


class OutOfBand(Problem):
    """The amount is not within what the decree allows."""

    status: ClassVar[int] = 422
    slug: ClassVar[str] = "fine-out-of-band"
    title: ClassVar[Text] = text("Mức phạt ngoài khung", "The fine is out of its band")
    detail: ClassVar[Text] = text(
        "Khung phạt: {least} – {most} đồng.", "The band: {least} – {most} đồng."
    )


class Fine(BaseModel, frozen=True):
    """A fine as proposed. `band` is the row of the data that allows it."""

    amount_vnd: int
    band: str
    repeated: bool
    proposed_by: str
    decision: str = ""


class Case(BaseModel, frozen=True):
    """A case. `evidence` is what it was opened by; `done` when which action was first taken."""

    id: str
    code: str
    boat: str
    kind: Kind
    zone: str | None = None
    unit: str
    state: CaseState = CaseState.OPENED
    stage: int = 1
    grave: bool = False
    over: bool = False
    since: datetime
    opened_at: datetime
    updated_at: datetime
    version: int = 1
    chain: str = ""
    evidence: dict[str, Any] = {}
    done: dict[str, datetime] = {}
    explanation: str = ""
    fine: Fine | None = None


class Entry(BaseModel, frozen=True):
    """One step. `hash` covers the entry and the hash before it."""

    seq: int
    at: datetime
    action: str
    by: str
    from_state: str | None
    to_state: str
    note: str = ""
    detail: dict[str, Any] = {}
    prev_hash: str = ""
    hash: str = ""

    def chained(self, prev_hash: str) -> "Entry":
        """The entry linked to the one before."""
        linked = self.model_copy(update={"prev_hash": prev_hash, "hash": ""})
        return linked.model_copy(update={"hash": _digest(linked)})


def _digest(entry: Entry) -> str:
    body = entry.model_dump(mode="json", exclude={"hash"})
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def first_broken(entries: Sequence[Entry]) -> int | None:
    """The `seq` of the first entry that does not fit the chain; None when all do."""
    before = ""
    for entry in entries:
        if entry.prev_hash != before or _digest(entry) != entry.hash:
            return entry.seq
        before = entry.hash
    return None


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Note(_Fields):
    """Words that go into the timeline."""

    note: str = Field("", max_length=1000)


class Reasoned(_Fields):
    """A step that needs its reason."""

    note: str = Field(min_length=5, max_length=1000)


class Notified(Note):
    """How the owner was told."""

    how: Literal["phone", "radio", "app", "in_person"]


class Proposal(Reasoned):
    """A fine, in đồng."""

    amount_vnd: int = Field(gt=0)
    repeated: bool = False


class Decision(Note):
    """The number of the decision."""

    decision: str = Field(min_length=3, max_length=80)


FIELDS: dict[str, type[Note] | type[Reasoned]] = {
    "notify": Notified,
    "explain": Reasoned,
    "verify": Note,
    "close": Reasoned,
    "clear": Reasoned,
    "find_breach": Reasoned,
    "caution": Reasoned,
    "propose_fine": Proposal,
    "send_back": Reasoned,
    "decide_fine": Decision,
    "settle": Reasoned,
}


class Step(BaseModel, frozen=True):
    """One step that somebody wants to take; `band` is the fine that the law allows, if any."""

    action: str
    actor: Actor
    by: str
    now: datetime
    fields: Any = None
    band: FineBand | None = None


def _in_band(case: Case, step: Step) -> bool:  # noqa: ARG001 - guards share one signature
    if step.band is None or step.fields is None:
        return step.band is not None
    most = step.band.repeat_most_vnd if step.fields.repeated else step.band.most_vnd
    return bool(step.band.least_vnd <= step.fields.amount_vnd <= most)


GUARDS: dict[str, Callable[[Case, Step], bool]] = {
    "small": lambda case, step: case.stage < 3 and not case.grave,
    "over": lambda case, step: case.over,
    "in_band": _in_band,
    "second_person": lambda case, step: bool(case.fine) and case.fine.proposed_by != step.by,  # type: ignore[union-attr]
}


def take(case: Case, step: Step) -> tuple[Case, Move]:
    """The case after a step.

    Raises:
        WrongMoment: not in this state. SecondPerson, OutOfBand: not by this person or amount.
    """
    found = [m for m in moves(case.state, step.action) if m.actor == step.actor]
    if not found:
        allowed = offered(case, step.band, step.by)
        raise WrongMoment(extra={"allowed": allowed}, state=case.state.value)
    move = found[0]
    if move.guard and not GUARDS[move.guard](case, step):
        _refuse(case, step, move)
    done = {step.action: step.now, **case.done}
    changes = {
        "state": move.to or case.state,
        "version": case.version + 1,
        "updated_at": step.now,
        "done": done,
        **_effects(case, step),
    }
    return case.model_copy(update=changes), move


def _refuse(case: Case, step: Step, move: Move) -> None:
    if move.guard == "second_person":
        raise SecondPerson
    if move.guard == "in_band" and step.band:
        most = step.band.repeat_most_vnd if step.fields.repeated else step.band.most_vnd
        raise OutOfBand(least=f"{step.band.least_vnd:,}", most=f"{most:,}")
    raise WrongMoment(extra={"allowed": offered(case, step.band, step.by)}, state=case.state.value)


def _effects(case: Case, step: Step) -> dict[str, Any]:
    fields = step.fields
    if step.action == "explain":
        return {"explanation": fields.note}
    if step.action == "propose_fine" and step.band:
        fine = Fine(
            amount_vnd=fields.amount_vnd,
            band=step.band.id,
            repeated=fields.repeated,
            proposed_by=step.by,
        )
        return {"fine": fine}
    if step.action == "send_back":
        return {"fine": None}
    if step.action == "decide_fine" and case.fine:
        return {"fine": case.fine.model_copy(update={"decision": fields.decision})}
    return {}


def offered(case: Case, band: FineBand | None, by: str) -> list[str]:
    """Actions that a person could take now, as far as the case goes."""
    return [
        move.action
        for move in moves(case.state)
        if move.actor == "person"
        and (
            move.guard is None
            or GUARDS[move.guard](
                case,
                Step(action=move.action, actor="person", by=by, now=case.updated_at, band=band),
            )
        )
    ]


class CaseDeadline(BaseModel, frozen=True):
    """A deadline of a case, with the document that sets it."""

    action: str
    words: Text
    due_at: datetime
    done_at: datetime | None
    missed: bool
    source: Text
    confirmed: bool


def deadlines(book: Book, case: Case, now: datetime) -> list[CaseDeadline]:
    """What must be done by when; a grave case's own hours replace the usual ones."""
    rows = [
        row
        for row in book.deadlines
        if row.case == case.kind
        and row.stage <= case.stage
        and row.holds(local_date(case.opened_at))
    ]
    grave = {row.action for row in rows if row.grave} if case.grave else set()
    made = []
    for row in rows:
        if row.grave != (row.action in grave):
            continue
        due, done = case.opened_at + timedelta(hours=row.hours), case.done.get(row.action)
        made.append(
            CaseDeadline(
                action=row.action,
                words=row.words,
                due_at=due,
                done_at=done,
                missed=(done or now) > due and (done is not None or case.state is not _CLOSED),
                source=row.source,
                confirmed=row.confirmed,
            )
        )
    return sorted(made, key=lambda due: due.due_at)


_CLOSED = CaseState.CLOSED


def band_of(book: Book, boat: Boat, case: Case) -> FineBand | None:
    """The fine that the law of the day allows for a case of such a boat."""
    day = local_date(case.opened_at)
    rows = [
        r for r in book.fines if r.case == case.kind and r.holds(day) and r.from_m <= boat.lmax_m
    ]
    return max(rows, key=lambda row: row.from_m, default=None)
