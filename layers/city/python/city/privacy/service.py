"""Consents, requests and the record of who looked. Everything here may be told twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from city.adapters.holder import Erased
from city.adapters.parts import Parts
from city.adapters.table import ABSENT, CommitConflict
from city.contracts.envelope import Announcement
from city.contracts.privacy import (
    ConsentChanged,
    DataSeen,
    PersonalDataHandled,
    PersonalDataRequested,
    RetentionDue,
)
from city.contracts.reports import ClockState
from city.contracts.sla import ClockEscalated, ClocksTold
from city.kernel.ids import NewId, derived_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.reference import Reference
from city.privacy.model import (
    AlreadyDecided,
    DataRequestRecord,
    Deadline,
    NewConsent,
    NewRequest,
    NotByConsent,
    NotReady,
    OfficersQuery,
    Part,
    Purpose,
    Receipt,
    RequestView,
    Ruling,
    Seen,
    StillOpen,
)
from city.privacy.store import Privacy

ATTEMPTS = 6
CASE = "DSR-"  # cases of this unit on the shared clocks
OFFICE = "privacy-office"
ASK_AGAIN = timedelta(hours=1)
EXPORT_KEEP = timedelta(days=7)
REPLY, CARRY_OUT = 1, 2  # the two clocks of a request

Event = tuple[str, Announcement, datetime]


@dataclass(frozen=True, slots=True)
class Bureau:
    """What the rights lean on."""

    privacy: Privacy
    city: Reference
    parts: Parts
    now: datetime
    new_id: NewId

    @property
    def purposes(self) -> dict[str, Purpose]:
        """Purposes by id."""
        return {p["id"]: Purpose.model_validate(p) for p in self.city.more.get("purposes", [])}

    @property
    def holders(self) -> list[str]:
        """Units that hold personal data."""
        return list(self.city.more.get("holders", []))

    def deadline(self, kind: str) -> Deadline:
        """The newest deadline in force for a kind of request."""
        today = self.now.date()
        rows = [Deadline.model_validate(d) for d in self.city.more.get("deadlines", [])]
        fitting = [d for d in rows if d.kind == kind and d.valid_from <= today]
        return max(fitting, key=lambda d: d.valid_from)


def purposes(bureau: Bureau) -> Page[Purpose]:
    """For what data are used."""
    return Page(items=list(bureau.purposes.values()))


def deadlines(bureau: Bureau) -> Page[Deadline]:
    """How long the city has."""
    return Page(items=[Deadline.model_validate(d) for d in bureau.city.more.get("deadlines", [])])


def consents(bureau: Bureau, who: Principal) -> Page[Receipt]:
    """One's newest receipts."""
    return Page(items=bureau.privacy.consents(who.user_id))


def consent(bureau: Bureau, body: NewConsent, who: Principal) -> Receipt:
    """Consent to a purpose. Consenting again to what holds gives the same receipt.

    Raises:
        Invalid: no such purpose, or the words have a newer version.
        NotByConsent: it does not rest on consent.
    """
    purpose = bureau.purposes.get(body.purpose)
    if purpose is None:
        raise invalid("purpose", "Không có mục đích này.", "There is no such purpose.")
    if purpose.basis != "consent":
        raise NotByConsent
    if body.version != purpose.version:
        raise invalid("version", "Nội dung đã có bản mới.", "The words have a newer version.")
    for _ in range(ATTEMPTS):
        held, version = bureau.privacy.consent(who.user_id, purpose.id)
        if held and held.withdrawn_at is None and held.sha256 == purpose.sha256:
            return held
        made = Receipt(
            id=bureau.new_id(bureau.now),
            purpose=purpose.id,
            party=purpose.party,
            version=purpose.version,
            sha256=purpose.sha256,
            channel="http",
            given_at=bureau.now,
            seq=(held.seq if held else 0) + 1,
        )
        try:
            bureau.privacy.save_receipt(
                who.user_id, made, version, _consent_event(bureau, who.user_id, made)
            )
        except CommitConflict:
            continue
        return made
    raise Conflict


def withdraw(bureau: Bureau, receipt_id: str, subject: str) -> Receipt:
    """Withdraw a consent. It acts at once: whoever asks next is told no.

    Raises:
        NotFound: not one of one's own.
    """
    shown = bureau.privacy.receipt(subject, receipt_id)
    if shown is None:
        raise NotFound(what="biên nhận đồng ý / receipt")
    for _ in range(ATTEMPTS):
        held, version = bureau.privacy.consent(subject, shown.purpose)
        if held is None or held.id != receipt_id or held.withdrawn_at:
            return held if held and held.id == receipt_id else shown
        after = held.model_copy(update={"withdrawn_at": bureau.now, "seq": held.seq + 1})
        try:
            bureau.privacy.save_receipt(
                subject, after, version, _consent_event(bureau, subject, after)
            )
        except CommitConflict:
            continue
        return after
    raise Conflict


def consented(bureau: Bureau, subject: str, purpose: str) -> bool:
    """Whether a person consents now; one read."""
    held, _ = bureau.privacy.consent(subject, purpose)
    return held is not None and held.withdrawn_at is None


def _consent_event(bureau: Bureau, subject: str, receipt: Receipt) -> Event:
    changed = ConsentChanged(
        subject=subject,
        purpose=receipt.purpose,
        party=receipt.party.en,
        state="withdrawn" if receipt.withdrawn_at else "given",
        seq=receipt.seq,
        at=bureau.now,
    )
    return derived_id(bureau.now, subject, receipt.purpose, str(receipt.seq)), changed, bureau.now


def access_log(bureau: Bureau, query: PageQuery, who: Principal) -> Page[Seen]:
    """Who looked at one's data, newest first."""
    after = decode_cursor(query.cursor).get("a")
    items, more = bureau.privacy.seen(who.user_id, after, query.limit)
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def ask(bureau: Bureau, body: NewRequest, who: Principal) -> RequestView:
    """Ask for one's data, for a correction, or to be forgotten.

    Raises:
        Invalid: a correction without words. StillOpen: one of this kind is under way.
    """
    if body.kind == "rectify" and len(body.text.strip()) < 10:
        raise invalid("text", "Nói rõ điều cần sửa.", "Say what is to be corrected.")
    now = bureau.now
    deadline = bureau.deadline(body.kind)
    record = DataRequestRecord(
        id=f"{CASE}{bureau.new_id(now)}",
        subject=who.user_id,
        kind=body.kind,
        text=body.text,
        state="received" if body.kind == "rectify" else "working",
        created_at=now,
        reply_by=_due(bureau, bureau.deadline("reply")),
        due_at=_due(bureau, deadline),
        deadline=deadline,
        parts=()
        if body.kind == "rectify"
        else tuple(Part(holder=holder) for holder in bureau.holders),
        asked_at=now,
    ).step(now, "received")
    events = [_clocks(bureau, record)]
    if record.state == "working":
        events.append(_asked(bureau, record))
    try:
        bureau.privacy.save(record, ABSENT, events)
    except CommitConflict as error:
        raise StillOpen from error
    return RequestView.of(record)


def mine(bureau: Bureau, who: Principal) -> Page[RequestView]:
    """One's requests, newest first."""
    return Page(items=[RequestView.of(r) for r in bureau.privacy.requests_of(who.user_id)])


def own(bureau: Bureau, request_id: str, who: Principal) -> DataRequestRecord:
    """One of one's own requests.

    Raises:
        NotFound: it is not.
    """
    held = bureau.privacy.request(request_id)
    if held is None or held[0].subject != who.user_id:
        raise NotFound(what="yêu cầu / request")
    return held[0]


def file(bureau: Bureau, request_id: str, who: Principal) -> dict[str, Any]:
    """Everything the holders wrote, as one document.

    Raises:
        NotFound: not one's own. NotReady: not complete, or older than a week.
    """
    record = own(bureau, request_id, who)
    if record.kind != "export" or record.state != "done":
        raise NotReady
    if bureau.now > record.created_at + EXPORT_KEEP:
        raise NotReady
    data = {part.holder: bureau.parts.read(record.id, part.holder) for part in record.parts}
    return {
        "request": record.id,
        "made_at": bureau.now.isoformat(),
        "holders": [part.model_dump(mode="json") for part in record.parts],
        "data": {holder: document for holder, document in data.items() if document},
    }


def handled(bureau: Bureau, told: PersonalDataHandled) -> bool:
    """A holder is done; True when that completed the request. Twice and late change nothing."""
    for _ in range(ATTEMPTS):
        held = bureau.privacy.request(told.request_id)
        if held is None:
            return False
        record, version = held
        waiting = [p for p in record.parts if p.holder == told.holder and p.state == "waiting"]
        if record.state != "working" or not waiting:
            return False
        done = Part(
            holder=told.holder, state=told.outcome, items=told.items, law=told.law, at=bureau.now
        )
        parts = tuple(done if p.holder == told.holder else p for p in record.parts)
        complete = all(p.state != "waiting" for p in parts)
        after = record.step(
            bureau.now, f"handled:{told.holder}", parts=parts,
            state="done" if complete else "working",
        )  # fmt: skip
        if complete:
            after = after.step(bureau.now, "done")
        try:
            bureau.privacy.save(after, version, [_clocks(bureau, after)] if complete else [])
        except CommitConflict:
            continue
        return complete
    raise Conflict


def chase(bureau: Bureau) -> int:
    """Ask holders again that have not answered for an hour; how many requests. By the clock."""
    asked = 0
    for record in bureau.privacy.working():
        if record.asked_at and bureau.now - record.asked_at < ASK_AGAIN:
            continue
        held = bureau.privacy.request(record.id)
        if held is None or held[0].state != "working":
            continue
        after = held[0].step(bureau.now, "asked again", asked_at=bureau.now)
        try:
            bureau.privacy.save(after, held[1], [_asked(bureau, after)])
            asked += 1
        except CommitConflict:
            continue  # a holder answered meanwhile
    return asked


def late(bureau: Bureau, told: ClockEscalated) -> bool:
    """A deadline was passed; False for other units' cases and for what is known."""
    if not told.case_id.startswith(CASE) or told.rung == "warn_80":
        return False
    for _ in range(ATTEMPTS):
        held = bureau.privacy.request(told.case_id)
        what = f"late:{told.assignment_no}:{told.rung}"
        if held is None or any(e.what == what for e in held[0].history):
            return False
        after = held[0].step(bureau.now, what, late=True)
        try:
            bureau.privacy.save(after, held[1], [])
        except CommitConflict:
            continue
        return True
    raise Conflict


def officers(
    bureau: Bureau, query: OfficersQuery, who: Principal, announce: Callable[[DataSeen], None]
) -> Page[RequestView]:
    """Everybody's requests, for the data protection officer; each person sees that they looked."""
    after = decode_cursor(query.cursor).get("a")
    records, more = bureau.privacy.all(after, query.limit)
    shown = [r for r in records if query.state in (None, r.state)]
    for record in shown:
        if record.subject != who.user_id:
            announce(
                DataSeen(
                    seen_id=bureau.new_id(bureau.now), subject=record.subject, by=who.user_id,
                    by_role="data_protection_officer", what="data_request",
                    purpose="data_rights", case=record.id, at=bureau.now,
                )
            )  # fmt: skip
    return Page(
        items=[RequestView.of(r) for r in shown],
        next_cursor=encode_cursor({"a": more}) if more else None,
    )


def rule(bureau: Bureau, request_id: str, body: Ruling, who: Principal) -> RequestView:
    """Decide a correction.

    Raises:
        NotFound: no such request. AlreadyDecided: it is not open for a decision.
        Invalid: one's own request.
    """
    for _ in range(ATTEMPTS):
        held = bureau.privacy.request(request_id)
        if held is None:
            raise NotFound(what="yêu cầu / request")
        record, version = held
        if record.state != "received":
            raise AlreadyDecided(state=record.state)
        if record.subject == who.user_id:
            raise invalid("id", "Không tự quyết yêu cầu của mình.", "Not your own request.")
        note = f"{body.note} {body.legal_basis}".strip()
        after = record.step(
            bureau.now, "accepted" if body.accept else "refused", note,
            state="done" if body.accept else "refused",
        )  # fmt: skip
        try:
            bureau.privacy.save(after, version, [_clocks(bureau, after)])
        except CommitConflict:
            continue
        return RequestView.of(after)
    raise Conflict


def retain(bureau: Bureau) -> list[Event]:
    """What holders may forget today, by the retention table: one event a holder, kind and day."""
    rows = [r for r in bureau.city.more.get("retention", []) if r["by"] == "sweep"]
    events: list[Event] = []
    for row in rows:
        before = bureau.now - timedelta(days=30.4375 * row["months"])
        due = RetentionDue(holder=row["holder"], kind=row["kind"], before=before, at=bureau.now)
        day = bureau.now.date().isoformat()
        events.append((derived_id(bureau.now, row["holder"], row["kind"], day), due, bureau.now))
    return events


def export(bureau: Bureau, subject: str) -> dict[str, Any]:
    """Everything about a person here."""
    seen, _ = bureau.privacy.seen(subject, None, 1000)
    return {
        "consents": [r.model_dump(mode="json") for r in bureau.privacy.receipts(subject)],
        "access_log": [s.model_dump(mode="json") for s in seen],
        "requests": [
            RequestView.of(r).model_dump(mode="json") for r in bureau.privacy.requests_of(subject)
        ],
    }


def erase(bureau: Bureau, subject: str) -> Erased:
    """Withdraw every consent. Receipts stay as the proof the law asks for, under the bare id."""
    held = [r for r in bureau.privacy.consents(subject) if r.withdrawn_at is None]
    for receipt in held:
        withdraw(bureau, receipt.id, subject)
    proof = bureau.privacy.receipts(subject)
    return Erased(len(held), "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15" if proof else None)


def _due(bureau: Bureau, deadline: Deadline) -> datetime:
    if deadline.unit == "working":
        return bureau.city.calendar.due_at(bureau.now, deadline.days)
    return bureau.now + timedelta(days=deadline.days)


def _asked(bureau: Bureau, record: DataRequestRecord) -> Event:
    asked = PersonalDataRequested(
        request_id=record.id,
        subject=record.subject,
        kind="export" if record.kind == "export" else "erase",
        at=record.created_at,
    )
    return derived_id(bureau.now, record.id, str(record.seq)), asked, bureau.now


def _clocks(bureau: Bureau, record: DataRequestRecord) -> Event:
    """The request's two promises: a first reply, which the system gives at once, and its end."""
    over = record.state not in ("received", "working")
    replied = record.state != "received"

    def clock(no: int, due: datetime, *, stopped: bool) -> ClockState:
        return ClockState(
            assignment_no=no, agency_id=OFFICE, lead=True,
            status="stopped" if stopped else "running",
            started_at=record.created_at, due_original_at=due, due_at=due,
        )  # fmt: skip

    told = ClocksTold(
        case_id=record.id,
        seq=record.seq,
        clocks=(
            clock(REPLY, record.reply_by, stopped=replied),
            clock(CARRY_OUT, record.due_at, stopped=over),
        ),
        at=bureau.now,
    )
    return derived_id(bureau.now, record.id, "clocks", str(record.seq)), told, bureau.now
