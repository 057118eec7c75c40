"""The one way out: a warning's next message, its CAP document and its announcement. Pure.

Nothing here or elsewhere changes a warning's status, and the message takes it from the warning: an
exercise cannot become real on its way out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from city.alerts.cap import CapAlert
from city.alerts.capxml import write
from city.alerts.kinds import Kind, at_least
from city.alerts.lint import Finding, blocking, lint
from city.alerts.messages import (
    Press,
    Stamp,
    announcement,
    cap_message,
    expiry,
    identifier,
    sent_at,
    short_message,
)
from city.alerts.model import Alert, Content, Message
from city.alerts.steps import SYSTEM, Step
from city.alerts.workflow import State
from city.contracts.alerts import AlertReleased, MessageType
from city.kernel.text import Text

LONGEST_HEADLINE = 160


@dataclass(frozen=True, slots=True)
class Released:
    """A message on its way out."""

    warning: Alert
    message: Message
    document: dict[str, Any]
    event: AlertReleased
    faults: list[Finding]


def preview(press: Press, warning: Alert, kind: Kind, now: datetime) -> tuple[CapAlert, Stamp]:
    """The CAP message that the paper on the desk would become now."""
    content = warning.draft or warning.current or warning.drafted
    kind_of_message: MessageType = "Update" if warning.messages else "Alert"
    stamp = _stamp(press, warning, kind, content, kind_of_message, now, 1)
    return cap_message(press, warning, content, stamp), stamp


def _stamp(
    press: Press,
    warning: Alert,
    kind: Kind,
    content: Content,
    message_type: MessageType,
    now: datetime,
    n: int,
) -> Stamp:
    sent = sent_at(warning, now)
    last = warning.last
    expires = expiry(content, kind, sent)
    if message_type == "Cancel" and last:
        expires = max(last.expires, sent + timedelta(hours=1))
    return Stamp(
        revision=len(warning.messages) + 1,
        type=message_type,
        identifier=identifier(press.book.issuer.identifier_prefix, sent, n),
        sent=sent,
        expires=expires,
        references=tuple(m.reference for m in warning.unexpired(sent)),
    )


def cancelled(content: Content, reason: Text) -> Content:
    """What people read when a warning is taken back."""
    head = Text(
        vi=f"Hủy cảnh báo: {content.event.vi}, {content.area.name.vi}"[:LONGEST_HEADLINE],
        en=f"Cancelled: {content.event.en}, {content.area.name.en}"[:LONGEST_HEADLINE],
    )
    nothing = Text(vi="", en="")
    return content.model_copy(
        update={"headline": head, "description": reason, "instruction": nothing, "onset": None}
    )


def released(press: Press, warning: Alert, step: Step, n: int) -> Released:
    """The warning after its next message; `n` tells apart identifiers of one second."""
    over = step.action == "cancel"
    base = warning.current if over else warning.draft
    if base is None:
        raise LookupError("nothing to release")
    content = cancelled(base, step.fields.reason) if over else base
    kind_of_message: MessageType = "Cancel" if over else "Update" if warning.messages else "Alert"
    stamp = _stamp(press, warning, step.kind, content, kind_of_message, step.now, n)
    cap = cap_message(press, warning, content, stamp)
    case = getattr(step.fields, "case", None) or (step.by == SYSTEM and "standing_order") or None
    message = short_message(
        warning, content, cap, stamp, by=step.by, approved_by=warning.approved_by, case=case
    )
    floor = step.kind.life.second_person_from
    alone = case is not None or (over and at_least(content.severity, floor))
    after = warning.model_copy(
        update={
            "version": warning.version + 1,
            "updated_at": step.now,
            "state": State.CANCELLED if over else State.ACTIVE,
            "current": content,
            "draft": None,
            "suggested": None,
            "edited_by": None,
            "submitted_by": None,
            "approved_by": None,
            "approved_digest": None,
            "messages": (*warning.messages, message),
            "review_due": (*warning.review_due, message.revision) if alone else warning.review_due,
            "remind_at": None if over else _reminder(step, stamp),
        }
    )
    document = {
        "warning": warning.id,
        "revision": message.revision,
        "public": step.kind.public and warning.status == "Actual",
        "sent": message.sent.isoformat(),
        "xml": write(cap),
    }
    event = announcement(after, step.kind, content, message, stamp, after.version)
    return Released(after, message, document, event, blocking(lint(cap)))


def _reminder(step: Step, stamp: Stamp) -> datetime | None:
    """When an update is due; not when the message ends before that."""
    due = stamp.sent + timedelta(minutes=step.kind.life.update_min)
    return due if due < stamp.expires else None
