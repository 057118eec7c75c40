"""CAP 1.2 as XML, both ways, with the standard library.

Element order is that of the OASIS schema; tests validate what is written against it. What is read
may come from another service: document types and entities are refused before the parser sees them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import (
    Element,
    ParseError,
    SubElement,
    fromstring,
    indent,
    register_namespace,
    tostring,
)

from pydantic import ValidationError

from city.alerts.cap import (
    NAMESPACE,
    CapAlert,
    CapArea,
    Circle,
    Info,
    Named,
    Ring,
    cap_time,
)
from city.kernel.problems import invalid

MAX_READ = 1_000_000  # bytes
MEDIA_TYPE = "application/cap+xml"
_Q = f"{{{NAMESPACE}}}"


def write(message: CapAlert) -> str:
    """The message as an XML document."""
    register_namespace("", NAMESPACE)
    root = Element(_Q + "alert")
    _add(root, "identifier", message.identifier)
    _add(root, "sender", message.sender)
    _add(root, "sent", cap_time(message.sent))
    _add(root, "status", message.status)
    _add(root, "msgType", message.message_type)
    _add(root, "source", message.source)
    _add(root, "scope", "Restricted" if message.restriction else "Public")
    _add(root, "restriction", message.restriction or None)
    for code in message.codes:
        _add(root, "code", code)
    _add(root, "note", message.note)
    _add(root, "references", " ".join(message.references) or None)
    _add(root, "incidents", " ".join(message.incidents) or None)
    for info in message.infos:
        _add_info(SubElement(root, _Q + "info"), info)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add(parent: Element, name: str, value: str | None) -> None:
    if value is not None:
        SubElement(parent, _Q + name).text = value


def _add_named(parent: Element, name: str, pairs: Iterable[Named]) -> None:
    for pair in pairs:
        inner = SubElement(parent, _Q + name)
        _add(inner, "valueName", pair.name)
        _add(inner, "value", pair.value)


def _add_info(parent: Element, info: Info) -> None:
    _add(parent, "language", info.language)
    for category in info.categories:
        _add(parent, "category", category)
    _add(parent, "event", info.event)
    for response in info.responses:
        _add(parent, "responseType", response)
    _add(parent, "urgency", info.urgency)
    _add(parent, "severity", info.severity)
    _add(parent, "certainty", info.certainty)
    _add(parent, "audience", info.audience)
    _add_named(parent, "eventCode", info.event_codes)
    for name, moment in (
        ("effective", info.effective),
        ("onset", info.onset),
        ("expires", info.expires),
    ):
        _add(parent, name, cap_time(moment) if moment else None)
    _add(parent, "senderName", info.sender_name)
    _add(parent, "headline", info.headline)
    _add(parent, "description", info.description)
    _add(parent, "instruction", info.instruction)
    _add(parent, "web", info.web)
    _add(parent, "contact", info.contact)
    _add_named(parent, "parameter", info.parameters)
    for area in info.areas:
        inner = SubElement(parent, _Q + "area")
        _add(inner, "areaDesc", area.description)
        for ring in area.polygons:
            _add(inner, "polygon", " ".join(f"{lat!r},{lon!r}" for lat, lon in ring))
        for circle in area.circles:
            _add(inner, "circle", f"{circle.lat!r},{circle.lon!r} {circle.radius_km!r}")
        _add_named(inner, "geocode", area.geocodes)


def parse(document: str | bytes) -> CapAlert:
    """The message of an XML document.

    Raises:
        Invalid: not XML, not CAP 1.2, or a message that the city has no use for.
    """
    text = document.decode("utf-8", errors="replace") if isinstance(document, bytes) else document
    if len(text.encode()) > MAX_READ or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise _unreadable("document type, entities or size")
    try:
        root = fromstring(text.encode())  # noqa: S314 - see above
        if root.tag != _Q + "alert":
            raise _unreadable("not a CAP 1.2 alert")
        return CapAlert(
            identifier=_text(root, "identifier") or "",
            sender=_text(root, "sender") or "",
            sent=_moment(root, "sent"),
            status=_text(root, "status"),
            message_type=_text(root, "msgType"),
            source=_text(root, "source"),
            restriction=_text(root, "restriction"),
            codes=_texts(root, "code"),
            note=_text(root, "note"),
            references=tuple((_text(root, "references") or "").split()),
            incidents=tuple((_text(root, "incidents") or "").split()),
            infos=tuple(_info(each) for each in root.findall(_Q + "info")),
        )
    except (ParseError, ValueError) as error:
        reason = str(error.errors()[0]["loc"]) if isinstance(error, ValidationError) else str(error)
        raise _unreadable(reason) from error


def _unreadable(reason: str) -> Exception:
    return invalid(
        "cap",
        f"Không đọc được thành bản tin CAP 1.2: {reason}.",
        f"Cannot be read as a CAP 1.2 message: {reason}.",
    )


def _text(parent: Element, name: str) -> str | None:
    found = parent.find(_Q + name)
    return None if found is None else (found.text or "")


def _texts(parent: Element, name: str) -> tuple[str, ...]:
    return tuple(each.text or "" for each in parent.findall(_Q + name))


def _moment(parent: Element, name: str) -> Any:
    text = _text(parent, name)
    return None if text is None else datetime.fromisoformat(text)


def _named(parent: Element, name: str) -> tuple[Named, ...]:
    return tuple(
        Named(name=_text(each, "valueName") or "", value=_text(each, "value") or "")
        for each in parent.findall(_Q + name)
    )


def _info(element: Element) -> Info:
    return Info(
        language=_text(element, "language") or "en-US",
        categories=_texts(element, "category"),
        event=_text(element, "event") or "",
        responses=_texts(element, "responseType"),
        urgency=_text(element, "urgency"),
        severity=_text(element, "severity"),
        certainty=_text(element, "certainty"),
        audience=_text(element, "audience"),
        event_codes=_named(element, "eventCode"),
        effective=_moment(element, "effective"),
        onset=_moment(element, "onset"),
        expires=_moment(element, "expires"),
        sender_name=_text(element, "senderName"),
        headline=_text(element, "headline"),
        description=_text(element, "description"),
        instruction=_text(element, "instruction"),
        web=_text(element, "web"),
        contact=_text(element, "contact"),
        parameters=_named(element, "parameter"),
        areas=tuple(_area(each) for each in element.findall(_Q + "area")),
    )


def _area(element: Element) -> CapArea:
    return CapArea(
        description=_text(element, "areaDesc") or "",
        polygons=tuple(_ring(text) for text in _texts(element, "polygon")),
        circles=tuple(_circle(text) for text in _texts(element, "circle")),
        geocodes=_named(element, "geocode"),
    )


def _ring(text: str) -> Ring:
    pairs = [pair.split(",") for pair in text.split()]
    return tuple((float(lat), float(lon)) for lat, lon in pairs)


def _circle(text: str) -> Circle:
    point, radius = text.split()
    lat, lon = point.split(",")
    return Circle(lat=float(lat), lon=float(lon), radius_km=float(radius))
