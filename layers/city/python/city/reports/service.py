"""What people and the clock can ask of a report. One function per thing; stores come in."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from city.adapters.media_ids import belongs
from city.adapters.table import ABSENT, CommitConflict, Operation, Put, retrying
from city.contracts.media import MediaReady, MediaRefused
from city.contracts.reports import REPORT_EVENTS, ReportChanged, ReportPlace
from city.contracts.sla import ClockEscalated
from city.kernel.clock import HUE, local_date, stamp
from city.kernel.ids import NewId, is_ulid
from city.kernel.people import AGENCY, IOC, Principal, Role
from city.kernel.problems import Conflict, Forbidden, NotFound, PreconditionFailed, invalid
from city.kernel.reference import Reference
from city.reporters.store import Reporters
from city.reports.fields import FIELDS, Fields, Rate
from city.reports.model import ACCEPTABLE, Photo, Place, Report
from city.reports.redact import mask
from city.reports.steps import Step, allowed, possible, refusal, take
from city.reports.store import Reports, TimelineEntry, media_row, rating_put
from city.reports.workflow import Actor, State

TERMS = "2026-11"
REGULATION = "30/2022/QĐ-UBND"
ATTEMPTS = 6
CLOSE_LIMIT = 200
RETENTION_MONTHS = 3  # looked at by each sweep
CLOSE_LOOKBACK_DAYS = 45  # a schedule that slept longer than this is an incident of its own
_CITY = (15.8, 106.9, 16.9, 108.4)  # south, west, north, east: a generous frame around Huế


class PlaceBody(BaseModel):
    """Where, as the reporter says."""

    model_config = ConfigDict(extra="forbid")

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""


class NewReport(BaseModel):
    """A report as it comes in."""

    model_config = ConfigDict(extra="forbid")

    category: str
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=4000)]
    place: PlaceBody
    photos: list[str] = Field(default_factory=list, max_length=5)
    accept_terms: bool
    urgency: Literal["timed", "immediate"] | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the functions below lean on; made once per process, or per test."""

    reports: Reports
    vault: Reporters
    city: Reference
    secret: str
    now: datetime
    new_id: NewId


def submit(
    desk: Desk,
    body: NewReport,
    user_id: str,
    *,
    key: str | None = None,
    channel: str = "app",
    contact: dict[str, Any] | None = None,
    media_url: str | None = None,
) -> Report:
    """Take in a report. The same `key` of the same person never makes a second one.

    Raises:
        Invalid: unknown category, place outside the city, terms refused, somebody else's picture.
    """
    _check(desk, body, user_id)
    claim = _hash(desk, f"{user_id}|{key}") if key else None
    now = desk.now
    report_id = desk.new_id(now)
    if claim and (earlier := desk.reports.claimed(claim)):
        return found(desk, earlier)
    ward = desk.city.ward_at(body.place.lat, body.place.lon, local_date(now))
    category = desk.city.category(body.category)
    report = Report(
        id=report_id,
        state=State.RECEIVED,
        category=body.category,
        text=body.text,
        place=Place(
            lat=body.place.lat,
            lon=body.place.lon,
            address=body.place.address,
            ward=ward.code if ward else None,
        ),
        urgency=body.urgency or (category.urgency if category else "timed"),
        channel=channel,
        submitted_at=now,
        updated_at=now,
        terms=TERMS,
        regulation=REGULATION,
        external_media_url=media_url,
        seq=1,
    )
    # The vault first: a death between the two leaves a link to nothing, never a report of nobody.
    desk.vault.link(report_id, user_id, "reporter", now, contact)
    for _ in range(ATTEMPTS):
        photos, media = _claim(desk, body.photos, report_id)
        ready = report.model_copy(update={"photos": photos})
        try:
            return desk.reports.add(
                ready,
                _entry(None, ready, "submit", "citizen"),
                _event(None, ready, "submit", "citizen"),
                key=claim,
                media=media,
            )
        except CommitConflict:
            if claim and (earlier := desk.reports.claimed(claim)):
                return found(desk, earlier)
    raise Conflict


def _check(desk: Desk, body: NewReport, user_id: str) -> None:
    if not body.accept_terms:
        raise invalid(
            "accept_terms",
            "Cần cam kết thông tin là trung thực.",
            "You must declare that the information is true.",
        )
    if desk.city.category(body.category) is None:
        raise invalid(
            "category", f"Không có lĩnh vực “{body.category}”.", f"No category “{body.category}”."
        )
    south, west, north, east = _CITY
    if not (south <= body.place.lat <= north and west <= body.place.lon <= east):
        raise invalid(
            "place", "Vị trí nằm ngoài thành phố Huế.", "The place is outside the city of Huế."
        )
    check_photos(desk, body.photos, user_id)


def check_photos(desk: Desk, ids: Sequence[str], user_id: str) -> None:
    """Refuse pictures that somebody else uploaded, and the same one twice.

    Raises:
        Invalid: as said.
    """
    for i, media_id in enumerate(ids):
        if not belongs(media_id, user_id, desk.secret):
            raise invalid(
                f"photos.{i}", "Ảnh này không phải do bạn tải lên.", "You did not upload this."
            )
    if len(set(ids)) != len(ids):
        raise invalid("photos", "Một ảnh được nêu hai lần.", "A picture is named twice.")


def _claim(
    desk: Desk, ids: Sequence[str], report_id: str
) -> tuple[tuple[Photo, ...], list[Operation]]:
    """Pictures as far as they are known, and the writes that claim them for a report.

    Raises:
        Invalid: another report has a picture already, or intake refused it.
    """
    known = desk.reports.media(ids)
    photos: list[Photo] = []
    writes: list[Operation] = []
    for i, media_id in enumerate(ids):
        row = known.get(media_id)
        doc = row.doc if row else {}
        if doc.get("report_id") not in (None, report_id):
            raise invalid(
                f"photos.{i}", "Ảnh đã dùng cho phản ánh khác.", "Another report has this picture."
            )
        photo = Photo.model_validate(doc.get("photo") or {"id": media_id})
        if photo.state == "refused":
            raise invalid(
                f"photos.{i}",
                "Ảnh không đạt kiểm tra, hãy chọn ảnh khác.",
                "The picture failed its check; choose another.",
            )
        photos.append(photo)
        version = row.version + 1 if row else 1
        write = media_row(media_id, {**doc, "report_id": report_id}, version)
        writes.append(Put(write, row.version if row else ABSENT))
    return tuple(photos), writes


def found(desk: Desk, report_id: str) -> Report:
    """The report.

    Raises:
        NotFound: there is none of this id.
    """
    report = desk.reports.get(report_id) if is_ulid(report_id) else None
    if report is None:
        raise NotFound(what=f"phản ánh / report {report_id[:40]}")
    return report


def actors(desk: Desk, report: Report, who: Principal | None) -> set[Actor]:
    """As what a caller may act on a report."""
    if who is None:
        return set()
    acting: set[Actor] = {"citizen"}
    if who.has(IOC):
        acting.add("ioc")
    if who.has(AGENCY) and who.unit:
        acting.add("agency")
    if desk.vault.bond(report.id, who.user_id) == "reporter":
        acting.add("reporter")
    return acting


def visible(desk: Desk, report: Report, who: Principal | None) -> Report:
    """The report, unless it is hidden from this caller.

    Raises:
        NotFound: hidden, and the caller is neither the centre, nor an assigned agency, nor its
            reporter.
    """
    if not report.hidden or (who and who.has(IOC)):
        return report
    assigned = {a.agency_id for a in report.assignments}
    if who and (
        (who.has(AGENCY) and who.unit in assigned) or "reporter" in actors(desk, report, who)
    ):
        return report
    raise NotFound(what=f"phản ánh / report {report.id}")


def open_actions(desk: Desk, report: Report, who: Principal | None) -> list[str]:
    """The actions that the workflow offers this caller now."""

    def ask(action: str, actor: Actor) -> Step:
        return _step(desk, report, action, actor, who, None)

    return allowed(report, ask, actors(desk, report, who))


def act(
    desk: Desk,
    report_id: str,
    action: str,
    raw: dict[str, Any],
    who: Principal,
    *,
    if_match: int | None = None,
) -> Report:
    """Take one step of the workflow for a caller.

    Raises:
        NotFound: no such report or action.
        NotAllowedNow: the workflow has no such move for this caller from here.
        PreconditionFailed: `if_match` is not the current version.
        Invalid: the fields do not fit.
    """
    if action not in FIELDS or action in ("rate", "escalate", "close"):
        raise NotFound(what=f"hành động / action {action[:40]}")
    fields = parse_fields(action, raw)
    photo_ids: list[str] = getattr(fields, "photos", [])
    check_photos(desk, photo_ids, who.user_id)
    _check_fields(desk, report_id, action, fields)

    def attempt() -> Report:
        report = visible(desk, found(desk, report_id), who)
        if if_match is not None and if_match != report.version:
            raise PreconditionFailed(given=if_match, current=report.version)
        for actor in sorted(actors(desk, report, who)):
            photos, media = _claim(desk, photo_ids, report.id) if photo_ids else ((), [])
            step = _step(desk, report, action, actor, who, fields, photos)
            move = possible(report, step)
            if move:
                after = take(report, step, move)
                return desk.reports.save(
                    report,
                    after,
                    _entry(report, after, action, actor, step),
                    _event(report, after, action, actor, step.agency_id),
                    media,
                )
        raise refusal(report, action, open_actions(desk, report, who))

    try:
        return retrying(ATTEMPTS if if_match is None else 1, attempt)
    except CommitConflict as error:
        raise Conflict from error


def parse_fields(action: str, raw: dict[str, Any]) -> Fields:
    """The fields of an action, checked.

    Raises:
        Invalid: something is missing or wrong.
    """
    from city.adapters.routes import validated

    parsed: Fields = validated(FIELDS[action], raw, "body")
    return parsed


def _check_fields(desk: Desk, report_id: str, action: str, fields: Any) -> None:
    """What a model alone cannot know: codes and agencies of the data, the other report."""
    lists = {
        "reject": "ineligible",
        "return": "return",
        "request_extension": "extension",
        "request_reopen": "reopen",
    }
    if action in lists:
        codes = {reason.code for reason in desk.city.reasons[lists[action]]}
        if fields.reason not in codes:
            raise invalid(
                "reason",
                f"Chỉ nhận: {', '.join(sorted(codes))}.",
                f"Must be one of: {', '.join(sorted(codes))}.",
            )
    if action == "dispatch":
        for i, party in enumerate(fields.agencies):
            if desk.city.agency(party.agency_id, local_date(desk.now)) is None:
                raise invalid(
                    f"agencies.{i}.agency_id",
                    f"Không có cơ quan “{party.agency_id}” vào ngày này.",
                    f"There is no agency “{party.agency_id}” on this day.",
                )
    if action == "merge":
        other = desk.reports.get(fields.into) if is_ulid(fields.into) else None
        if other is None or other.id == report_id or other.state is State.MERGED:
            raise invalid(
                "into",
                "Không gộp được vào phản ánh này.",
                "It cannot be merged into that report.",
            )


def _step(
    desk: Desk,
    report: Report,
    action: str,
    actor: Actor,
    who: Principal | None,
    fields: Any,
    photos: tuple[Photo, ...] = (),
) -> Step:
    promise = rule = None
    if action in ("dispatch", "decide_reopen"):
        today = local_date(desk.now)
        promise = desk.city.sla(report.category, today)
        suggested = desk.city.route(report.category, report.place.ward, today)
        chosen = {p.agency_id for p in getattr(fields, "agencies", [])}
        rule = suggested.rule_code if suggested and suggested.agency_id in chosen else "manual"
    return Step(
        action=action,
        actor=actor,
        now=desk.now,
        calendar=desk.city.calendar,
        fields=fields,
        agency_id=who.unit if who and actor == "agency" else None,
        supervisor=bool(who and Role.IOC_SUPERVISOR in who.roles),
        promise=promise,
        photos=photos,
        rule=rule,
    )


def rate(desk: Desk, report_id: str, body: Rate, who: Principal) -> Report:
    """One person's rating of this round; a second one takes the place of the first.

    Raises:
        NotFound, NotAllowedNow, Forbidden: no such report, not published yet, an agency's own.
    """
    if body.reason is not None:
        codes = {reason.code for reason in desk.city.reasons["rating"]}
        if body.reason not in codes:
            raise invalid("reason", "Không có lý do này.", "There is no such reason.")

    def attempt() -> Report:
        report = visible(desk, found(desk, report_id), who)
        step = _step(desk, report, "rate", "citizen", who, body)
        move = possible(report, step)
        if move is None:
            raise refusal(report, "rate", open_actions(desk, report, who))
        if who.unit and who.unit in {a.agency_id for a in report.assignments}:
            raise Forbidden
        rater = _hash(desk, f"rater|{report.id}|{who.user_id}")
        before = desk.reports.rating(report.id, report.round, rater)
        counts = dict(report.ratings)
        if before:
            counts[before.doc["level"]] -= 1
        counts[body.level] = counts.get(body.level, 0) + 1
        reporter = desk.vault.bond(report.id, who.user_id) == "reporter"
        low = report.low_rated_round
        if reporter:
            low = None if body.level in ACCEPTABLE else report.round
        after = take(report, step, move).model_copy(
            update={"ratings": {k: v for k, v in counts.items() if v}, "low_rated_round": low}
        )
        doc = {**body.model_dump(mode="json"), "reporter": reporter, "at": desk.now.isoformat()}
        put = rating_put(report.id, report.round, rater, doc, before)
        return desk.reports.save(
            report,
            after,
            _entry(report, after, "rate", "citizen", step),
            _event(report, after, "rate", "citizen"),
            [put],
        )

    try:
        return retrying(ATTEMPTS, attempt)
    except CommitConflict as error:
        raise Conflict from error


def escalate(desk: Desk, event: ClockEscalated) -> bool:
    """Write a rung of the ladder into the timeline, unless its clock has stopped or it is there."""

    def attempt() -> Report:
        report = found(desk, event.case_id)
        fields = FIELDS["escalate"].model_validate(
            {"assignment_no": event.assignment_no, "rung": event.rung}
        )
        step = _step(desk, report, "escalate", "system", None, fields)
        move = possible(report, step)
        if move is None or _already(desk, report, event):
            return report
        after = take(report, step, move)
        return desk.reports.save(
            report,
            after,
            _entry(report, after, "escalate", "system", step),
            _event(report, after, "escalate", "system", event.agency_id),
        )

    before = found(desk, event.case_id)
    return retrying(ATTEMPTS, attempt).version > before.version


def _already(desk: Desk, report: Report, event: ClockEscalated) -> bool:
    entries, _ = desk.reports.timeline(report.id, limit=1000)
    return any(
        e.action == "escalate"
        and e.detail.get("assignment_no") == event.assignment_no
        and e.detail.get("rung") == event.rung
        and e.due_at == event.due_at
        for e in entries
    )


def picture_done(desk: Desk, event: MediaReady | MediaRefused) -> None:
    """Attach the outcome of a picture's intake to the report that claimed it, now or later."""
    if isinstance(event, MediaReady):
        photo = Photo(
            id=event.media_id,
            state="ready",
            key=event.key,
            thumb_key=event.thumb_key,
            width=event.width,
            height=event.height,
            dhash=event.dhash,
        )
    else:
        photo = Photo(id=event.media_id, state="refused")
    for _ in range(ATTEMPTS):
        try:
            _attach(desk, photo)
            return
        except CommitConflict:
            continue
    raise Conflict


def _attach(desk: Desk, photo: Photo) -> None:
    row = desk.reports.media([photo.id]).get(photo.id)
    doc = {**(row.doc if row else {}), "photo": photo.model_dump(mode="json")}
    report_id = doc.get("report_id")
    if row is not None and row.doc.get("photo") == doc["photo"]:
        return
    version = row.version + 1 if row else 1
    expect = row.version if row else ABSENT
    if report_id is None:
        desk.reports.note_media(photo.id, doc, expect, version)
        return
    report = found(desk, report_id)

    def swap(photos: tuple[Photo, ...]) -> tuple[Photo, ...]:
        return tuple(photo if p.id == photo.id else p for p in photos)

    after = report.model_copy(
        update={
            "photos": swap(report.photos),
            "answers": tuple(
                a.model_copy(update={"photos": swap(a.photos)}) for a in report.answers
            ),
            "version": report.version + 1,
        }
    )
    desk.reports.amend(report, after, [Put(media_row(photo.id, doc, version), expect)])


def forget_reporters(desk: Desk, before: datetime) -> int:
    """Cut the bond between people and reports that were over before a moment; how many bonds.

    Looks at the months that have just come of age: the sweep comes daily, so nothing is missed.
    """
    forgotten = 0
    day = before.astimezone(HUE).date().replace(day=1)
    for _ in range(RETENTION_MONTHS):
        for report_id in desk.reports.ended_in(day.strftime("%Y%m"), stamp(before)):
            forgotten += desk.vault.forget_report(report_id)
        day = (day - timedelta(days=1)).replace(day=1)
    return forgotten


def close_due(desk: Desk) -> int:
    """Close what was published long enough ago and not disputed. Safe to run twice or late."""
    closed = 0
    today = desk.now.astimezone(HUE).date()
    for back in range(CLOSE_LOOKBACK_DAYS):
        day = (today - timedelta(days=back)).strftime("%Y%m%d")
        for report_id in desk.reports.closing(day, CLOSE_LIMIT):
            report = found(desk, report_id)
            step = _step(desk, report, "close", "system", None, FIELDS["close"]())
            move = possible(report, step)
            if move is None:
                continue
            after = take(report, step, move)
            try:
                desk.reports.save(
                    report,
                    after,
                    _entry(report, after, "close", "system", step),
                    _event(report, after, "close", "system"),
                )
            except CommitConflict:
                continue  # somebody asked to reopen meanwhile; the next run looks again
            closed += 1
    return closed


def _hash(desk: Desk, words: str) -> str:
    return hmac.new(desk.secret.encode(), words.encode(), hashlib.sha256).hexdigest()[:32]


_PUBLIC_ACTOR: dict[Actor, Literal["citizen", "ioc", "agency", "system"]] = {
    "reporter": "citizen",
    "citizen": "citizen",
    "ioc": "ioc",
    "agency": "agency",
    "system": "system",
}
_SAID = ("note", "question")  # the fields whose words belong in the public timeline


def _entry(
    before: Report | None, after: Report, action: str, actor: Actor, step: Step | None = None
) -> TimelineEntry:
    fields = step.fields if step else None
    said = next((getattr(fields, name) for name in _SAID if getattr(fields, name, "")), "")
    detail: dict[str, Any] = {}
    if action == "escalate" and fields:
        detail = {"assignment_no": fields.assignment_no, "rung": fields.rung}
    if action == "dispatch":
        detail = {"agencies": [[a.agency_id, a.lead] for a in after.current]}
    if action in ("reject", "return", "request_extension", "request_reopen") and fields:
        detail = {"reason": fields.reason}
    if action == "rate" and fields:
        detail = {"level": fields.level}
        said = ""
    due = after.due_at
    if action == "escalate" and fields:
        due = next((a.due_at for a in after.assignments if a.no == fields.assignment_no), due)
    return TimelineEntry(
        seq=after.seq,
        at=after.updated_at,
        action=action,
        actor=_PUBLIC_ACTOR[actor],
        agency_id=step.agency_id if step else None,
        from_state=before.state.value if before else None,
        to_state=after.state.value,
        note=mask(said),
        due_at=due,
        detail=detail,
    )


def _event(
    before: Report | None, after: Report, action: str, actor: Actor, agency_id: str | None = None
) -> ReportChanged:
    return REPORT_EVENTS[action](
        report_id=after.id,
        code=after.code,
        seq=after.seq,
        action=action,
        at=after.updated_at.astimezone(UTC),
        actor=_PUBLIC_ACTOR[actor],
        agency_id=agency_id,
        from_state=before.state.value if before else None,
        to_state=after.state.value,
        round=after.round,
        before=before.facts() if before else None,
        after=after.facts(),
        clocks=after.clocks(),
        place=ReportPlace(lat=after.place.lat, lon=after.place.lon),
    )
