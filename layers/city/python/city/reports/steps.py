"""Guards and effects of the workflow's actions. Pure: a report goes in, a new one comes out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from city.kernel.calendar import WorkingCalendar
from city.kernel.problems import Forbidden, Problem, invalid
from city.kernel.text import text
from city.reports import fields as f
from city.reports.model import (
    ARBITER_AFTER,
    HAS_ANSWERED,
    OPEN,
    REOPEN_WINDOW_DAYS,
    WORKING,
    Answer,
    Assignment,
    AssignmentState,
    Extension,
    InfoRequest,
    Photo,
    Refusal,
    Report,
    Sanction,
)
from city.reports.workflow import ACTION_NAMES, FINAL, Actor, Move, State, moves


class Promise(Protocol):
    """The SLA rule of a category, as the reference data gives it."""

    @property
    def working_days(self) -> int:
        """Days of the usual process."""

    @property
    def minutes(self) -> int | None:
        """Minutes around the clock of the immediate one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One attempt at an action: who, when, with what. `fields` is None when only asking."""

    action: str
    actor: Actor
    now: datetime
    calendar: WorkingCalendar
    fields: Any = None
    agency_id: str | None = None
    supervisor: bool = False
    promise: Promise | None = None
    photos: tuple[Photo, ...] = ()
    rule: str | None = None


class NotAllowedNow(Problem):
    """The workflow has no such move from here; `allowed` says what there is."""

    status = 409
    slug = "illegal-transition"
    title = text("Chưa làm được việc này", "Not possible now")
    detail = text(
        "Phản ánh đang ở bước “{state_vi}” nên không thể “{action_vi}”.",
        "The report is “{state_en}”, so “{action_en}” is not possible.",
    )


def mine(report: Report, agency_id: str | None) -> Assignment | None:
    """The current assignment of an agency."""
    return next((a for a in report.current if a.agency_id == agency_id), None)


# ---------------------------------------------------------------- guards

Guard = Callable[[Report, Step], bool]


def _own(report: Report, step: Step, states: frozenset[AssignmentState]) -> Assignment | None:
    assignment = mine(report, step.agency_id)
    return assignment if assignment and assignment.state in states else None


def _others_open(report: Report, step: Step) -> bool:
    """Whether, after this agency's answer, somebody of the current ones still has to answer."""
    return any(a.agency_id != step.agency_id and a.state in OPEN for a in report.current)


def _may_answer(report: Report, step: Step) -> bool:
    states = WORKING | {AssignmentState.FOLLOW_UP}
    return _own(report, step, states) is not None


def _accepted(_: Report, step: Step) -> bool:
    return step.fields is None or bool(step.fields.accept)


def _may_reopen(report: Report, step: Step) -> bool:
    return (
        report.low_rated_round == report.round
        and report.resolved_at is not None
        and step.now <= report.resolved_at + timedelta(days=REOPEN_WINDOW_DAYS)
    )


def _is_running(report: Report, step: Step) -> bool:
    return any(step.fields is None or a.no == step.fields.assignment_no for a in report.running)


GUARDS: dict[str, Guard] = {
    "assigned": lambda r, s: bool(r.current),
    "not_assigned": lambda r, s: not r.current,
    "accepted": _accepted,
    "refused": lambda r, s: s.fields is None or not s.fields.accept,
    "arbiter_if_bounced": lambda r, s: r.bounces < ARBITER_AFTER or s.supervisor,
    "is_new": lambda r, s: _own(r, s, frozenset({AssignmentState.ASSIGNED})) is not None,
    "is_working": lambda r, s: _own(r, s, frozenset({AssignmentState.IN_PROGRESS})) is not None,
    "is_assigned": lambda r, s: mine(r, s.agency_id) is not None,
    "open_lead": lambda r, s: (a := _own(r, s, OPEN)) is not None and a.lead,
    "open_helper": lambda r, s: (a := _own(r, s, OPEN)) is not None and not a.lead,
    "working_lead": lambda r, s: (a := _own(r, s, WORKING)) is not None and a.lead,
    "in_follow_up": lambda r, s: _own(r, s, frozenset({AssignmentState.FOLLOW_UP})) is not None,
    "last_answer": lambda r, s: _may_answer(r, s) and not _others_open(r, s),
    "others_still_work": lambda r, s: _may_answer(r, s) and _others_open(r, s),
    "extension_asked": lambda r, s: any(a.pending_extension for a in r.current),
    "lead_answered": lambda r, s: r.lead is not None and r.lead.state in HAS_ANSWERED,
    "may_reopen": _may_reopen,
    "window_over": lambda r, s: (
        r.resolved_at is not None and s.now > r.resolved_at + timedelta(days=REOPEN_WINDOW_DAYS)
    ),
    "visible": lambda r, s: not r.hidden,
    "hidden": lambda r, s: r.hidden,
    "is_running": _is_running,
}


def possible(report: Report, step: Step) -> Move | None:
    """The move that a step would make, or None."""
    for move in moves(report.state, step.action):
        if move.actor == step.actor and (move.guard is None or GUARDS[move.guard](report, step)):
            return move
    return None


def allowed(report: Report, ask: Callable[[str, Actor], Step], actors: set[Actor]) -> list[str]:
    """The actions open to a caller who may act as any of `actors`, in table order."""
    names: dict[str, None] = {}
    for move in moves(report.state):
        if move.actor in actors and possible(report, ask(move.action, move.actor)):
            names[move.action] = None
    return list(names)


def refusal(report: Report, action: str, open_to_caller: list[str]) -> NotAllowedNow:
    """The 409 that names what is possible instead."""
    from city.reports.workflow import STATES

    state, wanted = STATES[report.state].name, ACTION_NAMES[action]
    return NotAllowedNow(
        state_vi=state.vi,
        state_en=state.en,
        action_vi=wanted.vi,
        action_en=wanted.en,
        extra={"state": report.state.value, "allowed": open_to_caller},
    )


# ---------------------------------------------------------------- effects


def _replace(report: Report, assignment: Assignment, **changes: Any) -> Report:
    changed = assignment.model_copy(update=changes)
    return report.model_copy(
        update={
            "assignments": tuple(changed if a.no == changed.no else a for a in report.assignments)
        }
    )


def _own_or_refuse(report: Report, step: Step) -> Assignment:
    assignment = mine(report, step.agency_id)
    if assignment is None:
        raise Forbidden
    return assignment


def due(step: Step, start: datetime, working_days: int | None) -> tuple[datetime, int | None]:
    """Due time of a new clock: minutes around the clock, or working days (reports.md 4.3)."""
    promise = step.promise
    if working_days is None and promise is not None and promise.minutes:
        return start + timedelta(minutes=promise.minutes), None
    days = working_days or (promise.working_days if promise else 7)
    return step.calendar.due_at(start, days), days


def _dispatch(report: Report, step: Step) -> Report:
    d: f.Dispatch = step.fields
    urgency = d.urgency or report.urgency
    kept = {a.agency_id: a for a in report.current if a.state in OPEN}
    wanted = {p.agency_id for p in d.agencies}
    assignments = [
        a
        if a.no not in {k.no for k in kept.values()} or a.agency_id in wanted
        else a.model_copy(update={"state": AssignmentState.CANCELLED, "done_at": step.now})
        for a in report.assignments
    ]
    for party in d.agencies:
        if party.agency_id in kept:
            no = kept[party.agency_id].no
            assignments = [
                a.model_copy(update={"lead": party.lead}) if a.no == no else a for a in assignments
            ]
            continue
        assignments.append(_new_assignment(step, len(assignments) + 1, party, report.round))
    return report.model_copy(update={"assignments": tuple(assignments), "urgency": urgency})


def _new_assignment(step: Step, no: int, party: f.Party, round_no: int) -> Assignment:
    due_at, days = due(step, step.now, party.working_days)
    return Assignment(
        no=no,
        round=round_no,
        agency_id=party.agency_id,
        lead=party.lead,
        started_at=step.now,
        working_days=days,
        due_original_at=due_at,
        due_at=due_at,
        rule=step.rule,
    )


def _return(report: Report, step: Step) -> Report:
    assignment = _own_or_refuse(report, step)
    changed = _replace(report, assignment, state=AssignmentState.RETURNED, done_at=step.now)
    return changed.model_copy(update={"bounces": report.bounces + 1})


def _acknowledge(report: Report, step: Step) -> Report:
    return _replace(
        report,
        _own_or_refuse(report, step),
        state=AssignmentState.IN_PROGRESS,
        acknowledged_at=step.now,
    )


def _pause(report: Report, now: datetime) -> Report:
    for a in report.running:
        report = _replace(report, a, paused_at=now)
    return report


def _run_on(report: Report, step: Step) -> Report:
    """Restart paused clocks: the working days of the pause are given back."""
    for a in report.current:
        if a.paused_at is None:
            continue
        given = step.calendar.working_days_between(a.paused_at, step.now)
        report = _replace(report, a, paused_at=None, due_at=step.calendar.due_at(a.due_at, given))
    return report


def _ask_info(report: Report, step: Step) -> Report:
    by = "ioc" if step.actor == "ioc" else "agency"
    asked = InfoRequest(question=step.fields.question, asked_at=step.now, by=by)
    return _pause(report, step.now).model_copy(update={"info_request": asked})


def _provide_info(report: Report, step: Step) -> Report:
    added = f"\n\n[Bổ sung] {step.fields.text}"
    return _run_on(report, step).model_copy(
        update={
            "info_request": None,
            "text": report.text + added,
            "photos": report.photos + step.photos,
        }
    )


def _ask_extension(report: Report, step: Step) -> Report:
    a = _own_or_refuse(report, step)
    asked = Extension(
        asked_at=step.now,
        working_days=step.fields.working_days,
        reason=step.fields.reason,
        note=step.fields.note,
        old_due_at=a.due_at,
    )
    return _replace(
        report, a, state=AssignmentState.EXTENSION_REQUESTED, extensions=(*a.extensions, asked)
    )


def _decide_extension(report: Report, step: Step) -> Report:
    d: f.DecideExtension = step.fields
    waiting = [a for a in report.current if a.pending_extension]
    a = next((a for a in waiting if d.assignment_no in (None, a.no)), None)
    if a is None or a.pending_extension is None:
        raise invalid(
            "assignment_no", "Cơ quan này không xin gia hạn.", "This agency asked for no extension."
        )
    asked = a.pending_extension
    new_due = (
        step.calendar.due_at(a.due_at, d.working_days or asked.working_days) if d.approve else None
    )
    decided = asked.model_copy(
        update={
            "decision": "approved" if d.approve else "refused",
            "decided_at": step.now,
            "new_due_at": new_due,
        }
    )
    return _replace(
        report,
        a,
        state=AssignmentState.IN_PROGRESS,
        extensions=(*a.extensions[:-1], decided),
        due_at=new_due or a.due_at,
    )


def _follow_up(report: Report, step: Step) -> Report:
    if step.fields.plan_date <= step.now.date():
        raise invalid("plan_date", "Ngày dự kiến phải ở tương lai.", "The date must lie ahead.")
    a = _own_or_refuse(report, step)
    watched = _replace(report, a, state=AssignmentState.FOLLOW_UP)
    return _pause(watched, step.now).model_copy(update={"plan_date": step.fields.plan_date})


def _resume(report: Report, step: Step) -> Report:
    a = _own_or_refuse(report, step)
    working = _run_on(_replace(report, a, state=AssignmentState.IN_PROGRESS), step)
    return working.model_copy(update={"plan_date": None})


def _answer(report: Report, step: Step) -> Report:
    a = _own_or_refuse(report, step)
    if report.state is State.FOLLOW_UP:
        report = _run_on(report, step)
        a = _own_or_refuse(report, step)
    given = Answer(
        assignment_no=a.no,
        agency_id=a.agency_id,
        text=step.fields.text,
        photos=step.photos,
        at=step.now,
    )
    answered = _replace(report, a, state=AssignmentState.ANSWERED, done_at=step.now)
    return answered.model_copy(update={"answers": (*report.answers, given), "plan_date": None})


def _send_back(report: Report, step: Step) -> Report:
    no = step.fields.assignment_no
    for a in report.current:
        if a.state is AssignmentState.ANSWERED and (a.no == no or (no is None and a.lead)):
            return _replace(report, a, state=AssignmentState.IN_PROGRESS, done_at=None)
    raise invalid("assignment_no", "Cơ quan này chưa trả lời.", "This agency has not answered.")


def _publish(report: Report, step: Step) -> Report:
    for a in report.current:
        over = AssignmentState.DONE if a.state in HAS_ANSWERED else AssignmentState.CANCELLED
        report = _replace(report, a, state=over, done_at=a.done_at or step.now)
    answers = tuple(a.model_copy(update={"published": True}) for a in report.answers)
    return report.model_copy(update={"answers": answers, "resolved_at": step.now})


def _decide_reopen(report: Report, step: Step) -> Report:
    if not step.fields.accept:
        return report
    again = report.model_copy(
        update={
            "round": report.round + 1,
            "reopened": report.reopened + 1,
            "resolved_at": None,
            "bounces": 0,
        }
    )
    assignments = list(report.assignments)
    for old in report.current:
        party = f.Party(agency_id=old.agency_id, lead=old.lead)
        assignments.append(_new_assignment(step, len(assignments) + 1, party, again.round))
    return again.model_copy(update={"assignments": tuple(assignments)})


def _sanction(report: Report, step: Step) -> Report:
    given = Sanction(
        agency_id=step.agency_id or "",
        amount_vnd=step.fields.amount_vnd,
        decision_no=step.fields.decision_no,
        at=step.now,
    )
    return report.model_copy(update={"sanctions": (*report.sanctions, given)})


def _reject(report: Report, step: Step) -> Report:
    why = Refusal(code=step.fields.reason, note=step.fields.note)
    return report.model_copy(update={"refusal": why, "info_request": None})


def _appeal(report: Report, step: Step) -> Report:
    added = f"\n\n[Khiếu nại] {step.fields.text}"
    return report.model_copy(
        update={"text": report.text + added, "photos": report.photos + step.photos}
    )


def _decide_appeal(report: Report, step: Step) -> Report:
    return report.model_copy(update={"refusal": None}) if step.fields.accept else report


Effect = Callable[[Report, Step], Report]


def _same(report: Report, _: Step) -> Report:
    return report


EFFECTS: dict[str, Effect] = {
    "verify": _same,
    "request_info": _ask_info,
    "provide_info": _provide_info,
    "reject": _reject,
    "appeal": _appeal,
    "decide_appeal": _decide_appeal,
    "merge": lambda r, s: r.model_copy(update={"merged_into": s.fields.into}),
    "withdraw": lambda r, s: r.model_copy(update={"info_request": None}),
    "dispatch": _dispatch,
    "acknowledge": _acknowledge,
    "return": _return,
    "request_extension": _ask_extension,
    "decide_extension": _decide_extension,
    "follow_up": _follow_up,
    "resume": _resume,
    "sanction": _sanction,
    "answer": _answer,
    "send_back": _send_back,
    "publish": _publish,
    "rate": _same,
    "request_reopen": lambda r, s: r.model_copy(update={"reopen_reason": s.fields.reason}),
    "decide_reopen": _decide_reopen,
    "close": _same,
    "hide": lambda r, s: r.model_copy(update={"hidden": True}),
    "unhide": lambda r, s: r.model_copy(update={"hidden": False}),
    "escalate": _same,
}


def take(report: Report, step: Step, move: Move) -> Report:
    """The report after a step: effect, next state, times and counters.

    Raises:
        Invalid, Forbidden: the fields do not fit the report.
    """
    changed = EFFECTS[step.action](report, step)
    return changed.model_copy(
        update={
            "state": move.to or report.state,
            "updated_at": step.now,
            "seq": report.seq + 1,
            "version": report.version + 1,
        }
    )


__all__ = [
    "FINAL",
    "NotAllowedNow",
    "Step",
    "allowed",
    "due",
    "mine",
    "possible",
    "refusal",
    "take",
]
