"""Guards and effects of the workflow: pure functions from a warning and a step to the next one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from city.alerts.compose import checked_fields, compose
from city.alerts.fields import AreaAsked, Draft
from city.alerts.kinds import Kind, at_least, worse
from city.alerts.model import Alert, Area, Content, Review
from city.alerts.workflow import Actor, Move, State, moves

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Step:
    """One step that somebody wants to take."""

    action: str
    actor: Actor
    by: str
    now: datetime
    kind: Kind
    fields: Any = None
    content: Content | None = None
    area: Area | None = None


def _second_person(warning: Alert, step: Step) -> bool:
    draft = warning.draft
    if draft is None:
        return False
    gravest = worse(draft.severity, warning.current.severity) if warning.current else draft.severity
    return not at_least(gravest, step.kind.life.second_person_from) or step.by not in (
        warning.edited_by,
        warning.submitted_by,
    )


def _named_case(warning: Alert, step: Step) -> bool:
    wanted = getattr(step.fields, "case", None)
    return warning.draft is not None and any(
        case.code == wanted and at_least(warning.draft.severity, case.at_least)
        for case in step.kind.named_cases
    )


def _standing_order(warning: Alert, step: Step) -> bool:
    draft = warning.draft
    return (
        draft is not None
        and warning.status == "Actual"
        and warning.origin == "sensing"
        and warning.edited_by is None
        and not warning.over
        and any(
            at_least(draft.severity, order.at_least) and draft.certainty == order.certainty
            for order in step.kind.standing_orders
        )
    )


def _review_due(warning: Alert, step: Step) -> bool:
    revision = getattr(step.fields, "revision", None)
    if revision not in warning.review_due:
        return False
    message = warning.messages[revision - 1]
    return step.by not in (message.by, message.approved_by)


def _releasable(warning: Alert, step: Step) -> bool:
    """Nobody is warned of what nobody looked at, nor of what is only a hint."""
    return warning.verdict in (None, "confirmed") and step.kind.life.releasable


GUARDS: dict[str, Callable[[Alert, Step], bool]] = {
    "verdict_given": _releasable,
    "second_person": _second_person,
    "approved_words": lambda w, s: bool(w.draft and w.draft.digest == w.approved_digest),
    "named_case": lambda w, s: _named_case(w, s) and _releasable(w, s),
    "standing_order": lambda w, s: _standing_order(w, s) and _releasable(w, s),
    "untouched": lambda w, s: w.edited_by is None and w.submitted_by is None,
    "verdict_open": lambda w, s: w.verdict == "open",
    "unexpired": lambda w, s: bool(w.unexpired(s.now)),
    "expired": lambda w, s: bool(w.messages) and not w.unexpired(s.now),
    "review_due": _review_due,
}


def possible(warning: Alert, step: Step) -> Move | None:
    """The move that a step would be, or None."""
    return next(
        (
            move
            for move in moves(warning.state, step.action)
            if move.actor == step.actor
            and (move.guard is None or GUARDS[move.guard](warning, step))
        ),
        None,
    )


def revised(content: Content, kind: Kind, change: Draft, area: Area | None) -> Content:
    """A content after a change. Words that the templates wrote follow; words of people stay.

    Raises:
        Invalid: the fields do not fit the kind.
    """
    severity = change.severity or content.severity
    fields = checked_fields(kind, {**content.fields, **(change.fields or {})})
    base = compose(kind, severity=content.severity, fields=content.fields, area=content.area)
    fresh = compose(kind, severity=severity, fields=fields, area=area or content.area)
    kept = {
        name: getattr(content, name)
        for name in ("headline", "description", "instruction", "responses")
        if getattr(content, name) != getattr(base, name)
    }
    given = {name: value for name in _DIRECT if (value := getattr(change, name)) is not None}
    carried = content.model_dump(include={"urgency", "certainty", "risk_level", "onset", "expires"})
    return fresh.model_copy(update={**carried, **kept, **given})


_DIRECT = (
    "urgency",
    "certainty",
    "responses",
    "risk_level",
    "headline",
    "description",
    "instruction",
    "onset",
    "expires",
)


def as_area(asked: AreaAsked) -> Area:
    """The area as it was asked for; `places.settled` checks it."""
    return Area(**asked.model_dump())


def _changed(**changes: Any) -> dict[str, Any]:
    """A paper that changes loses who stood behind it."""
    cleared = {"submitted_by": None, "approved_by": None, "approved_digest": None}
    return {**cleared, **changes}


def take(warning: Alert, step: Step, move: Move) -> Alert:
    """The warning after a step; releases add their message in `releasing.py`."""
    changes = EFFECTS[step.action](warning, step)
    return warning.model_copy(
        update={
            "version": warning.version + 1,
            "updated_at": step.now,
            "state": move.to or warning.state,
            **changes,
        }
    )


def _edit(warning: Alert, step: Step) -> dict[str, Any]:
    content = warning.draft or warning.current
    if content is None:
        raise LookupError("nothing to edit")
    after = revised(content, step.kind, step.fields, step.area)
    return _changed(draft=after, edited_by=step.by)


def _approve(warning: Alert, step: Step) -> dict[str, Any]:
    digest = warning.draft.digest if warning.draft else None
    return {"approved_by": step.by, "approved_digest": digest}


def _propose(_: Alert, step: Step) -> dict[str, Any]:
    return _changed(draft=step.content, suggested=None, edited_by=None, remind_at=None)


def _confirm(_: Alert, step: Step) -> dict[str, Any]:
    changes: dict[str, Any] = {"verdict": "confirmed", "verdict_by": step.by}
    if step.content is not None:
        changes |= _changed(draft=step.content, edited_by=step.by)
    return changes


def _review(warning: Alert, step: Step) -> dict[str, Any]:
    done = Review(
        revision=step.fields.revision,
        by=step.by,
        at=step.now,
        finding=step.fields.finding,
        note=step.fields.note,
    )
    left = tuple(r for r in warning.review_due if r != done.revision)
    return {"reviews": (*warning.reviews, done), "review_due": left}


def _discard(_: Alert, step: Step) -> dict[str, Any]:
    later = step.now + timedelta(minutes=step.kind.life.update_min)
    return _changed(draft=None, suggested=None, edited_by=None, remind_at=later)


_CLOSED: dict[str, Any] = {"draft": None, "suggested": None, "remind_at": None}
EFFECTS: dict[str, Callable[[Alert, Step], dict[str, Any]]] = {
    "edit": _edit,
    "update": _edit,
    "submit": lambda w, s: {"submitted_by": s.by},
    "approve": _approve,
    "send_back": lambda w, s: _changed(),
    "reject": lambda w, s: {"suggested": None},
    "end": lambda w, s: {"over": True, "suggested": None},
    "propose": _propose,
    "note_change": lambda w, s: {"suggested": s.content},
    "confirm": _confirm,
    "deny": lambda w, s: {"verdict": "denied", "verdict_by": s.by, "suggested": None},
    "discard": _discard,
    "expire": lambda w, s: _CLOSED,
    "review": _review,
}


def offered(warning: Alert, kind: Kind, by: str, now: datetime) -> list[str]:
    """Actions that a person could take now, as far as the life cycle goes."""
    found: dict[str, None] = {}
    for move in moves(warning.state):
        step = Step(move.action, "person", by, now, kind)
        if move.actor != "person" or move.action in found:
            continue
        asks = move.guard in ("named_case", "review_due")
        if asks:
            fits = (
                bool(kind.named_cases) if move.guard == "named_case" else bool(warning.review_due)
            )
        else:
            fits = move.guard is None or GUARDS[move.guard](warning, step)
        if fits:
            found[move.action] = None
    return list(found)


def public_state(state: State) -> str:
    """A state as the public needs it: the desk's papers are nobody's business."""
    if state in (State.CANCELLED, State.EXPIRED):
        return state.value
    return State.ACTIVE.value
