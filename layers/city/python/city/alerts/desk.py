"""The desk: what the use cases lean on, and how a step is stored with all that it causes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from city.adapters.table import CommitConflict
from city.alerts.kinds import Book, Kind
from city.alerts.lint import Finding, lint
from city.alerts.messages import Press
from city.alerts.model import Alert, Content, Provenance, TimelineEntry
from city.alerts.refusals import check_typed, not_ready, refusal
from city.alerts.releasing import preview, released
from city.alerts.steps import SYSTEM, Step, offered, possible, take
from city.alerts.store import Alerts, Claim, Key, month
from city.alerts.workflow import State
from city.contracts.alerts import AlertDrafted, Origin, Status
from city.contracts.envelope import Announcement
from city.kernel.clock import local_date
from city.kernel.ids import NewId, is_ulid, public_code
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.reference import Reference

ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the use cases lean on, at one moment."""

    alerts: Alerts
    book: Book
    city: Reference
    base_url: str
    now: datetime
    new_id: NewId

    @property
    def press(self) -> Press:
        """What it takes to make a message."""
        return Press(self.book, self.city, self.base_url)

    def kind(self, kind_id: str) -> Kind:
        """A kind of today.

        Raises:
            Invalid: there is none.
        """
        found = self.book.kind(kind_id, local_date(self.now))
        if found is None:
            raise invalid(
                "kind", f"Không có loại cảnh báo “{kind_id}”.", f"No kind of warning “{kind_id}”."
            )
        return found

    def kind_of(self, content: Content) -> Kind:
        """The kind in the version that a content was written with."""
        found = self.book.kind_of_version(content.kind, content.kind_version)
        return found or self.kind(content.kind)


def found(desk: Desk, warning_id: str) -> Alert:
    """The warning.

    Raises:
        NotFound: there is none of this id.
    """
    warning = desk.alerts.get(warning_id) if is_ulid(warning_id) else None
    if warning is None:
        raise NotFound(what=f"cảnh báo / warning {warning_id[:40]}")
    return warning


def begun(
    desk: Desk,
    kind: Kind,
    content: Content,
    warning_id: str,
    *,
    by: str,
    status: Status = "Actual",
    origin: Origin = "hand",
    episode: str | None = None,
    provenance: Provenance | None = None,
    created_at: datetime | None = None,
) -> Alert:
    """A new warning, not stored yet."""
    at = created_at or desk.now
    return Alert(
        id=warning_id,
        code=public_code("CB" if status == "Actual" else "DT", warning_id),
        episode_id=episode or warning_id,
        status=status,
        state=State.DRAFT,
        origin=origin,
        created_at=at,
        updated_at=at,
        created_by=by,
        drafted=content,
        draft=content,
        provenance=provenance
        or Provenance(
            origin=origin, kind_version=kind.version, documents_version=desk.book.version
        ),
        edited_by=None if by == SYSTEM else by,
        verdict="open" if kind.life.verdict and origin in ("detection", "reports") else None,
        detected_kind=kind.id if origin in ("detection", "reports") else None,
    )


def opened(
    desk: Desk,
    warning: Alert,
    kind: Kind,
    *,
    action: str,
    by: str,
    note: str = "",
    claim: Claim | None = None,
) -> Alert:
    """Store a new warning and tell the operators. `claim` names what it answers to, if that is
    not its own thread alone.

    Raises:
        Conflict: its episode has a warning already.
    """
    entry = _entry(None, warning, action, by, note)
    counts = {_count_key(warning, kind.id): {"drafts": 1}}
    if warning.detected_kind:
        counts[_count_key(warning, kind.id)]["detections"] = 1
    try:
        return desk.alerts.save(
            None,
            warning,
            entry,
            public=(kind.public, kind.public),
            events=[drafted_event(warning)],
            counts=counts,
            claim=claim or Claim(warning.episode_id),
        )
    except CommitConflict as error:
        raise Conflict from error


def drafted_event(warning: Alert) -> AlertDrafted:
    """What tells the operators that something waits."""
    content = warning.draft or warning.drafted
    return AlertDrafted(
        alert_id=warning.id,
        episode_id=warning.episode_id,
        kind=content.kind,
        status=warning.status,
        severity=content.severity,
        origin=warning.origin,
        at=warning.updated_at,
        seq=warning.version,
    )


def stepped(
    desk: Desk, stored: Alert, step: Step, n: int = 1, facts: dict[str, Any] | None = None
) -> Alert:
    """The warning after one step, stored, with whatever it releases. `facts` are what became known
    with the step (a newer event): they hold before guards are asked.

    Raises:
        NotAllowedNow, NotReady, TypedWordNeeded: why not.
        CommitConflict: somebody else stepped first.
    """
    warning = stored.model_copy(update=facts or {})
    move = possible(warning, step)
    if move is None:
        raise refusal(warning, step, offered(warning, step.kind, step.by, step.now))
    before_kind = desk.kind_of(stored.draft or stored.current or stored.drafted)
    events: list[Announcement] = []
    documents: dict[str, dict[str, Any]] = {}
    counted: dict[str, int] = {}
    if step.action in ("release", "release_now", "cancel"):
        if step.actor == "person" and step.action != "cancel":
            check_typed(warning, step.fields.confirm)
        out = released(desk.press, warning, step, n)
        if out.faults:
            raise not_ready(out.faults)
        after = out.warning
        events.append(out.event)
        documents[out.message.identifier] = out.document
        counted[_COUNTED_MESSAGES[out.message.type]] = 1
    else:
        after = take(warning, step, move)
        if step.action == "propose":
            events.append(drafted_event(after))
    public = (before_kind.public, step.kind.public)
    entry = _entry(stored, after, step.action, step.by, _note(step), _detail(stored, after, step))
    counts = _counts(stored, after, step, counted)
    return desk.alerts.save(
        stored, after, entry, public=public, events=events, documents=documents, counts=counts
    )


_COUNTED_MESSAGES = {"Alert": "released", "Update": "updates", "Cancel": "cancelled"}


def _counts(
    before: Alert, after: Alert, step: Step, counted: dict[str, int]
) -> Mapping[Key, Mapping[str, int]]:
    """Additions of a step: messages by the month, verdicts by the month of the detection."""
    held: dict[Key, dict[str, int]] = {}
    if step.action == "expire":
        counted = {**counted, "expired": 1}
    if step.action == "reject":
        counted = {**counted, "rejected": 1}
    if counted:
        held[_count_key(after, after.kind)] = dict(counted)
    if step.action in ("confirm", "deny") and before.detected_kind:
        key = (f"COUNT#{before.status}#{month(before.created_at)}", before.detected_kind)
        row = held.setdefault(key, {})
        row["confirmed" if step.action == "confirm" else "denied"] = 1
        if step.action == "confirm":
            row[f"as:{after.kind}"] = 1
    return held


def _count_key(warning: Alert, kind: str) -> Key:
    return f"COUNT#{warning.status}#{month(warning.updated_at)}", kind


def _note(step: Step) -> str:
    note = getattr(step.fields, "note", "")
    reason = getattr(step.fields, "reason", "")
    return note or (reason if isinstance(reason, str) else reason.vi)


def _detail(before: Alert, after: Alert, step: Step) -> dict[str, Any]:
    """What the timeline keeps of a step beside its words: digests, revisions, verdicts."""
    told: dict[str, Any] = {}
    if after.draft and (before.draft is None or before.draft.digest != after.draft.digest):
        told["draft"] = after.draft.digest
    if len(after.messages) > len(before.messages) and after.last:
        last = after.last
        told |= {
            "revision": last.revision,
            "identifier": last.identifier,
            "type": last.type,
            "approved_by": last.approved_by,
            "case": last.case,
            "digest": last.digest,
        }
    if after.verdict != before.verdict:
        told |= {"verdict": after.verdict, "kind": after.kind}
    if step.action == "review":
        told |= {"revision": step.fields.revision, "finding": step.fields.finding}
    return told


def _entry(
    before: Alert | None,
    after: Alert,
    action: str,
    by: str,
    note: str = "",
    detail: dict[str, Any] | None = None,
) -> TimelineEntry:
    return TimelineEntry(
        seq=after.version,
        at=after.updated_at,
        action=action,
        by=by,
        from_state=before.state.value if before else None,
        to_state=after.state.value,
        note=note,
        detail=detail or ({} if before else {"draft": after.drafted.digest}),
    )


def findings(desk: Desk, warning: Alert) -> list[Finding]:
    """What the linter says of the message that would go out now."""
    kind = desk.kind_of(warning.draft or warning.current or warning.drafted)
    return lint(preview(desk.press, warning, kind, desk.now)[0])
