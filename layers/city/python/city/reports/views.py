"""What is shown to whom. The reporter is in none of it: these functions never see the vault.

Texts are masked (`redact.mask`) for everybody but the centre and the reporter. Answers appear to
the public once published. Addresses of pictures are given only when intake is done.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from city.contracts.reports import RatingLevel
from city.kernel.clock import local_date
from city.kernel.ids import public_code
from city.kernel.reference import Reference
from city.kernel.text import Text
from city.reports.fields import FIELDS
from city.reports.model import ACCEPTABLE, Answer, Assignment, Photo, Report
from city.reports.redact import mask
from city.reports.store import TimelineEntry
from city.reports.workflow import ACTION_NAMES, STATES, State

UrlOf = Callable[[str], str]
Viewer = Literal["public", "reporter", "agency", "centre"]


class NamedAgency(BaseModel):
    """An agency in a list."""

    id: str
    name: Text
    lead: bool | None = None


class PlaceView(BaseModel):
    """Where; `ward_name` is the commune's name on the day of the report."""

    lat: float
    lon: float
    address: str
    ward: str | None
    ward_name: str | None


class RatingSummary(BaseModel):
    """Ratings in one line; the percentage is of `count`."""

    count: int
    acceptable_percent: float


class Card(BaseModel):
    """A report in a list."""

    id: str
    code: str
    category: str
    category_name: Text
    title: str
    state: State
    state_name: Text
    step: int
    place: PlaceView
    submitted_at: datetime
    updated_at: datetime
    due_at: datetime | None
    overdue: bool
    thumb_url: str | None
    photo_count: int
    agencies: list[NamedAgency]
    rating: RatingSummary | None


class NearCard(Card):
    """A report and how far away it is, in metres."""

    distance_m: int


class WorkCard(Card):
    """A report in a work list. For an agency: its assignment and that one's due time."""

    assignment_no: int | None = None
    lead: bool | None = None
    new: bool | None = None
    paused: bool | None = None
    extension_asked: bool = False


class PhotoView(BaseModel):
    """A picture; the addresses are absent while intake is at work."""

    id: str
    state: str
    url: str | None
    thumb_url: str | None
    width: int | None
    height: int | None


class ExtensionView(BaseModel):
    """A request for more time and what became of it."""

    asked_at: datetime
    working_days: int
    reason: str
    note: str
    decision: str | None
    decided_at: datetime | None
    old_due_at: datetime
    new_due_at: datetime | None


class AssignmentView(BaseModel):
    """One agency's part: both due times are always there."""

    no: int
    round: int
    agency: NamedAgency
    lead: bool
    state: str
    started_at: datetime
    due_at: datetime
    due_original_at: datetime
    overdue: bool
    acknowledged_at: datetime | None
    done_at: datetime | None
    extensions: list[ExtensionView]


class AnswerView(BaseModel):
    """What an agency replied."""

    assignment_no: int
    agency: NamedAgency
    text: str
    photos: list[PhotoView]
    at: datetime
    published: bool


class ReasonView(BaseModel):
    """A reason code in words."""

    code: str
    vi: str
    en: str
    note: str = ""


class InfoView(BaseModel):
    """An open question to the reporter."""

    question: str
    asked_at: datetime


class FollowUpView(BaseModel):
    """Until when the matter is only watched."""

    plan_date: str


class ActionView(BaseModel):
    """Something the caller may do now; `fields` is the JSON Schema of the body."""

    action: str
    label: Text
    fields: dict[str, Any]


class RatingsView(BaseModel):
    """Ratings in full."""

    total: int
    by_level: dict[RatingLevel, int]


class ReportView(Card):
    """A whole report."""

    text: str
    urgency: str
    due_original_at: datetime | None
    photos: list[PhotoView]
    assignments: list[AssignmentView]
    answers: list[AnswerView]
    reason: ReasonView | None
    info_request: InfoView | None
    follow_up: FollowUpView | None
    merged_into: str | None
    round: int
    reopened: int
    fines_vnd: int
    hidden: bool
    version: int
    mine: bool
    followed: bool
    allowed: list[ActionView]
    ratings: RatingsView


class TimelineView(BaseModel):
    """One line of the public timeline. `hash` chains the lines (see docs)."""

    seq: int
    at: datetime
    action: str
    actor: str
    agency: NamedAgency | None
    from_state: str | None
    to_state: str
    text: Text
    note: str | None
    due_at: datetime | None
    photos: list[PhotoView] = Field(default_factory=list)
    hash: str


def _named(city: Reference, agency_id: str, lead: bool | None = None) -> NamedAgency:
    agency = city.agency(agency_id)
    name = agency.name if agency else Text(vi=agency_id, en=agency_id)
    return NamedAgency(id=agency_id, name=name, lead=lead)


def _ward_name(city: Reference, code: str | None, day: datetime) -> str | None:
    unit = city.unit(code, local_date(day)) if code else None
    return unit.name if unit else None


def _rating(counts: dict[str, int]) -> RatingSummary | None:
    total = sum(counts.values())
    if not total:
        return None
    good = sum(counts.get(level, 0) for level in ACCEPTABLE)
    return RatingSummary(count=total, acceptable_percent=round(100 * good / total, 2))


def card_fields(doc: dict[str, Any], city: Reference, now: datetime, url: UrlOf) -> dict[str, Any]:
    """The fields of a card out of a stored one (`store.card`)."""
    submitted = datetime.fromisoformat(doc["sub"])
    due = datetime.fromisoformat(doc["due"]) if doc["due"] else None
    state = State(doc["state"])
    category = city.category(doc["cat"])
    return {
        "id": doc["id"],
        "code": public_code("PA", doc["id"]),
        "category": doc["cat"],
        "category_name": category.name if category else Text(vi=doc["cat"], en=doc["cat"]),
        "title": doc["title"],
        "state": state,
        "state_name": STATES[state].name,
        "step": STATES[state].step,
        "place": PlaceView(
            lat=doc["lat"],
            lon=doc["lon"],
            address=doc["addr"],
            ward=doc["ward"],
            ward_name=_ward_name(city, doc["ward"], submitted),
        ),
        "submitted_at": submitted,
        "updated_at": datetime.fromisoformat(doc["upd"]),
        "due_at": due,
        "overdue": due is not None and now > due,
        "thumb_url": url(doc["thumb"]) if doc["thumb"] else None,
        "photo_count": doc["photos"],
        "agencies": [_named(city, agency_id, lead) for agency_id, lead in doc["ag"]],
        "rating": _rating(doc["rate"]),
    }


def work_card(doc: dict[str, Any], city: Reference, now: datetime, url: UrlOf) -> WorkCard:
    """A card of a work list."""
    return WorkCard(
        **card_fields(doc, city, now, url),
        assignment_no=doc.get("no"),
        lead=doc.get("lead"),
        new=doc.get("new"),
        paused=doc.get("paused"),
        extension_asked=doc.get("ext", False),
    )


def photo_view(photo: Photo, url: UrlOf) -> PhotoView:
    """A picture with its addresses."""
    return PhotoView(
        id=photo.id,
        state=photo.state,
        url=url(photo.key) if photo.key else None,
        thumb_url=url(photo.thumb_key) if photo.thumb_key else None,
        width=photo.width,
        height=photo.height,
    )


def _assignment(a: Assignment, city: Reference, now: datetime) -> AssignmentView:
    return AssignmentView(
        no=a.no,
        round=a.round,
        agency=_named(city, a.agency_id, a.lead),
        lead=a.lead,
        state=a.state.value,
        started_at=a.started_at,
        due_at=a.due_at,
        due_original_at=a.due_original_at,
        overdue=a.clock == "running" and now > a.due_at,
        acknowledged_at=a.acknowledged_at,
        done_at=a.done_at,
        extensions=[
            ExtensionView(**{**e.model_dump(), "note": mask(e.note)}) for e in a.extensions
        ],
    )


def _answer(a: Answer, city: Reference, url: UrlOf, viewer: Viewer) -> AnswerView:
    return AnswerView(
        assignment_no=a.assignment_no,
        agency=_named(city, a.agency_id),
        text=a.text if viewer == "centre" else mask(a.text),
        photos=[photo_view(p, url) for p in a.photos],
        at=a.at,
        published=a.published,
    )


def _reason(report: Report, city: Reference) -> ReasonView | None:
    if report.refusal is None:
        return None
    known = {reason.code: reason for reason in city.reasons["ineligible"]}
    reason = known.get(report.refusal.code)
    code = report.refusal.code
    return ReasonView(
        code=code,
        vi=reason.vi if reason else code,
        en=reason.en if reason else code,
        note=mask(report.refusal.note),
    )


def action_views(names: list[str]) -> list[ActionView]:
    """What may be done, with the shape of each body."""
    return [
        ActionView(action=name, label=ACTION_NAMES[name], fields=FIELDS[name].model_json_schema())
        for name in names
    ]


def report_view(
    report: Report,
    stored_card: dict[str, Any],
    city: Reference,
    now: datetime,
    url: UrlOf,
    *,
    viewer: Viewer,
    mine: bool,
    followed: bool = False,
    allowed: list[str],
) -> ReportView:
    """A report as `viewer` may see it."""
    inside = viewer in ("centre", "agency")
    words = report.text if viewer in ("centre", "reporter") else mask(report.text)
    lead = report.lead
    return ReportView(
        **card_fields(stored_card, city, now, url),
        text=words,
        urgency=report.urgency,
        due_original_at=lead.due_original_at if lead else None,
        photos=[photo_view(p, url) for p in report.photos if p.state != "refused"],
        assignments=[_assignment(a, city, now) for a in report.assignments],
        answers=[_answer(a, city, url, viewer) for a in report.answers if inside or a.published],
        reason=_reason(report, city),
        info_request=InfoView(
            question=mask(report.info_request.question), asked_at=report.info_request.asked_at
        )
        if report.info_request
        else None,
        follow_up=FollowUpView(plan_date=report.plan_date.isoformat())
        if report.plan_date
        else None,
        merged_into=report.merged_into,
        round=report.round,
        reopened=report.reopened,
        fines_vnd=sum(s.amount_vnd for s in report.sanctions),
        hidden=report.hidden,
        version=report.version,
        mine=mine,
        followed=followed,
        allowed=action_views(allowed),
        ratings=RatingsView(total=sum(report.ratings.values()), by_level=dict(report.ratings)),
    )


_LINES: dict[str, Text] = {
    "submit": Text(vi="Hệ thống đã tiếp nhận phản ánh", en="The report was received"),
    "verify": Text(vi="Trung tâm bắt đầu xác minh", en="The centre began to verify"),
    "request_info": Text(vi="Cần bổ sung thông tin", en="More information was asked for"),
    "provide_info": Text(vi="Người phản ánh đã bổ sung", en="The reporter added information"),
    "reject": Text(vi="Phản ánh không đủ điều kiện xử lý", en="The report was found not eligible"),
    "appeal": Text(vi="Người phản ánh khiếu nại", en="The reporter appealed"),
    "decide_appeal": Text(vi="Trung tâm trả lời khiếu nại", en="The centre decided the appeal"),
    "merge": Text(vi="Gộp với phản ánh trùng", en="Merged with the same matter"),
    "withdraw": Text(vi="Người phản ánh rút lại", en="The reporter withdrew it"),
    "dispatch": Text(vi="Chuyển đến {agencies} xử lý", en="Dispatched to {agencies}"),
    "acknowledge": Text(vi="{agency} đã nhận xử lý", en="{agency} acknowledged"),
    "return": Text(vi="{agency} trả lại, không thuộc thẩm quyền", en="{agency} returned it"),
    "request_extension": Text(vi="{agency} xin gia hạn", en="{agency} asked for more time"),
    "decide_extension": Text(
        vi="Trung tâm quyết định việc gia hạn", en="The centre decided on the extension"
    ),
    "follow_up": Text(vi="{agency} chuyển sang theo dõi", en="{agency} moved it to follow-up"),
    "resume": Text(vi="{agency} xử lý tiếp", en="{agency} resumed work"),
    "sanction": Text(vi="{agency} đã xử phạt vi phạm", en="{agency} imposed a fine"),
    "answer": Text(vi="{agency} đã trả lời", en="{agency} answered"),
    "send_back": Text(vi="Trung tâm yêu cầu trả lời rõ hơn", en="The centre sent the answer back"),
    "publish": Text(vi="Kết quả được công bố", en="The result was published"),
    "rate": Text(vi="Người dân đánh giá", en="A citizen rated the result"),
    "request_reopen": Text(vi="Người phản ánh yêu cầu mở lại", en="The reporter asked to reopen"),
    "decide_reopen": Text(
        vi="Trung tâm quyết định việc mở lại", en="The centre decided on reopening"
    ),
    "close": Text(vi="Phản ánh đã đóng", en="The report was closed"),
    "hide": Text(vi="Ẩn khỏi trang công khai", en="Hidden from the public"),
    "unhide": Text(vi="Hiện lại trên trang công khai", en="Shown to the public again"),
    "escalate": Text(vi="Nhắc hạn {agency}: {rung}", en="Reminder to {agency}: {rung}"),
}
_RUNGS = {
    "warn_80": Text(vi="đã qua 80 % thời gian", en="80 % of the time has passed"),
    "due": Text(vi="đã đến hạn", en="due time has passed"),
    "late_2": Text(vi="quá hạn 2 ngày làm việc", en="two working days late"),
    "late_5": Text(vi="quá hạn 5 ngày làm việc", en="five working days late"),
}


def timeline_view(
    entry: TimelineEntry, report: Report, city: Reference, url: UrlOf, *, inside: bool
) -> TimelineView:
    """One line of the timeline in words; notes of the agency's unpublished work stay inside."""
    agency = _named(city, entry.agency_id) if entry.agency_id else None
    parties = [_named(city, agency_id).name for agency_id, _ in entry.detail.get("agencies", [])]
    rung = _RUNGS.get(entry.detail.get("rung", ""), Text(vi="", en=""))
    line = _LINES[entry.action]
    photos: list[Photo] = []
    if entry.action == "submit":
        photos = [p for p in report.photos if p.state == "ready"]
    if entry.action == "answer":
        photos = [
            p
            for a in report.answers
            if a.at == entry.at and (inside or a.published)
            for p in a.photos
        ]
    return TimelineView(
        seq=entry.seq,
        at=entry.at,
        action=entry.action,
        actor=entry.actor,
        agency=agency,
        from_state=entry.from_state,
        to_state=entry.to_state,
        text=Text(
            vi=line.vi.format(
                agency=agency.name.vi if agency else "",
                agencies="; ".join(p.vi for p in parties),
                rung=rung.vi,
            ),
            en=line.en.format(
                agency=agency.name.en if agency else "",
                agencies="; ".join(p.en for p in parties),
                rung=rung.en,
            ),
        ),
        note=entry.note or None,
        due_at=entry.due_at,
        photos=[photo_view(p, url) for p in photos],
        hash=entry.hash,
    )
