"""From a content to its CAP document and to what the bus says. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from city.alerts.cap import CapAlert, CapArea, Circle, Info, Named, cap_time
from city.alerts.compose import shown
from city.alerts.kinds import Book, Kind
from city.alerts.lint import EXERCISE_MARKS, LANGUAGES, TEST_MARKS
from city.alerts.model import Alert, Area, Content, Message, lane_of
from city.alerts.places import outlines
from city.contracts.alerts import AlertArea, AlertReleased, MessageType, Status
from city.kernel.clock import HUE, local_date
from city.kernel.reference import Reference
from city.kernel.text import Language, Text

_NOTES = {
    "Exercise": "DIỄN TẬP - đây không phải cảnh báo thật. EXERCISE - this is not a real warning.",
    "Test": "THỬ NGHIỆM - không phải cảnh báo thật. TEST - this is not a real warning.",
}
_RESTRICTED = "Authorities of the city only"
SHORT: dict[str, Language] = {"vi-VN": "vi", "en-US": "en"}


@dataclass(frozen=True, slots=True)
class Press:
    """What it takes to make a message."""

    book: Book
    city: Reference
    base_url: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """The formal facts of one message."""

    revision: int
    type: MessageType
    identifier: str
    sent: datetime
    expires: datetime
    references: tuple[str, ...]


def whole(moment: datetime) -> datetime:
    """A moment in Huế's time, to the second: CAP knows no finer."""
    return moment.astimezone(HUE).replace(microsecond=0)


def sent_at(warning: Alert, now: datetime) -> datetime:
    """When the next message is sent: later than the one before, in whole seconds."""
    last = warning.last
    return max(whole(now), whole(last.sent) + timedelta(seconds=1)) if last else whole(now)


def identifier(prefix: str, sent: datetime, n: int) -> str:
    """`<prefix>.Y.M.D.h.m.s.n` of the moment in UTC, as WMO's register has it."""
    t = sent.astimezone(UTC)
    return f"{prefix}.{t.year}.{t.month}.{t.day}.{t.hour}.{t.minute}.{t.second}.{n}"


def expiry(content: Content, kind: Kind, sent: datetime) -> datetime:
    """When a message ends: as written, or after the kind's lifetime."""
    if content.expires:
        return whole(content.expires)
    return sent + timedelta(minutes=kind.life.expires_min)


def headline(content: Content, kind: Kind, status: Status, message_type: MessageType) -> Text:
    """A headline as people read it: what is not real says so first, a correction says so too."""
    words = content.headline
    if message_type == "Update" and kind.words.update_mark:
        mark = kind.words.update_mark
        words = Text(vi=f"{mark.vi} {words.vi}", en=f"{mark.en} {words.en}")
    marks = {"Exercise": EXERCISE_MARKS, "Test": TEST_MARKS}.get(status)
    if marks is None:
        return words
    return Text(vi=f"{marks['vi-VN']} {words.vi}", en=f"{marks['en-US']} {words.en}")


def page_path(warning_id: str) -> str:
    """The page of a warning on the web."""
    return f"/alerts/{warning_id}"


def document_path(identifier: str) -> str:
    """Where a CAP document is read."""
    return f"/v1/alerts/cap/{identifier}"


def cap_message(press: Press, warning: Alert, content: Content, stamp: Stamp) -> CapAlert:
    """The CAP message of a content."""
    kind = press.book.kind_of_version(content.kind, content.kind_version)
    if kind is None:
        raise LookupError(f"kind {content.kind} version {content.kind_version}")
    return CapAlert(
        identifier=stamp.identifier,
        sender=press.book.issuer.sender,
        sent=stamp.sent,
        status=warning.status,
        message_type=stamp.type,
        source=press.book.issuer.name.en,
        restriction=None if kind.public else _RESTRICTED,
        codes=(f"hue-s:{warning.code}",),
        note=_NOTES.get(warning.status),
        references=stamp.references,
        incidents=(warning.episode_id,),
        infos=tuple(_info(press, warning, kind, content, stamp, each) for each in LANGUAGES),
    )


def _info(
    press: Press, warning: Alert, kind: Kind, content: Content, stamp: Stamp, language: str
) -> Info:
    short = SHORT[language]
    over = stamp.type == "Cancel"
    onset = content.onset
    return Info(
        language=language,
        categories=kind.categories,
        event=content.event.within(short),
        responses=("AllClear",) if over else content.responses,
        urgency="Past" if over else content.urgency,
        severity=content.severity,
        certainty=content.certainty,
        event_codes=(Named(name="hue-s:kind", value=kind.id), *kind.event_codes),
        effective=stamp.sent,
        onset=whole(onset) if onset else None,
        expires=stamp.expires,
        sender_name=press.book.issuer.name.within(short),
        headline=headline(content, kind, warning.status, stamp.type).within(short),
        description=content.description.within(short),
        instruction=content.instruction.within(short) or None,
        web=f"{press.base_url}{page_path(warning.id)}",
        contact=press.book.issuer.contact.within(short),
        parameters=_parameters(warning, kind, content, short),
        areas=(_area(press, content.area, short, local_date(stamp.sent)),),
    )


def _parameters(
    warning: Alert, kind: Kind, content: Content, language: Language
) -> tuple[Named, ...]:
    listed = [Named(name="hue-s:thread", value=warning.code)]
    if content.risk_level:
        listed.append(Named(name="hue-s:disaster-risk-level", value=str(content.risk_level)))
    for spec in kind.fields:
        if spec.name in content.fields:
            value = shown(spec, content.fields[spec.name], language)
            unit = f" {spec.unit}" if spec.unit else ""
            listed.append(Named(name=f"hue-s:{spec.name}", value=f"{value}{unit}"))
    rests = warning.provenance
    if rests.rule:
        rule = f"{rests.rule} v{rests.rule_version}, {rests.table_version}"
        listed.append(Named(name="hue-s:rule", value=rule))
    return tuple(listed)


def _area(press: Press, area: Area, language: Language, day: date) -> CapArea:
    """Outlines of units are drawn for those who know no codes; the codes always stand beside."""
    codes = [press.book.issuer.city] if area.whole_city else [*area.units, *area.touched]
    names = []
    for code in dict.fromkeys(codes):
        unit = press.city.unit(code, day)
        since = unit.valid_from if unit else None
        listed = f"{press.book.issuer.geocode_list} {since or '2010-01-01'}"
        names.append(Named(name=listed, value=code))
    room = outlines(area.units, press.city, day) if area.units else ()
    polygons = (*area.polygons, *room)
    return CapArea(
        description=area.name.within(language),
        polygons=polygons if len(polygons) <= 20 else area.polygons,
        circles=tuple(Circle(lat=a, lon=o, radius_km=m / 1000) for a, o, m in area.circles),
        geocodes=tuple(names),
    )


def announcement(
    warning: Alert, kind: Kind, content: Content, message: Message, stamp: Stamp, seq: int
) -> AlertReleased:
    """What the bus says of a released message."""
    area = content.area
    return AlertReleased(
        alert_id=warning.id,
        episode_id=warning.episode_id,
        revision=message.revision,
        identifier=message.identifier,
        message_type=message.type,
        status=warning.status,
        lane=message.lane,
        kind=content.kind,
        severity=content.severity,
        urgency="Past" if message.type == "Cancel" else content.urgency,
        certainty=content.certainty,
        sent=message.sent,
        effective=message.sent,
        expires=message.expires,
        headline=headline(content, kind, warning.status, message.type),
        body=content.description,
        instruction=content.instruction,
        area=AlertArea(
            units=area.units,
            polygons=area.polygons,
            circles=area.circles,
            whole_city=area.whole_city,
        ),
        roles=content.roles,
        references=stamp.references,
        document=document_path(message.identifier),
        seq=seq,
    )


def short_message(
    warning: Alert, content: Content, cap: CapAlert, stamp: Stamp, **decided: Any
) -> Message:
    """The message as the warning remembers it."""
    return Message(
        revision=stamp.revision,
        type=stamp.type,
        identifier=stamp.identifier,
        reference=f"{cap.sender},{cap.identifier},{cap_time(cap.sent)}",
        sent=stamp.sent,
        expires=stamp.expires,
        severity=content.severity,
        lane=lane_of(warning.status, content.severity, content.urgency),
        digest=content.digest,
        **decided,
    )
