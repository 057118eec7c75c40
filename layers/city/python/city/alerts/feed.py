"""The Atom index (RFC 4287) of the public CAP messages: one entry for each warning's newest one."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import (
    Element,
    SubElement,
    indent,
    register_namespace,
    tostring,
)

from city.alerts.cap import NAMESPACE, cap_time
from city.alerts.capxml import MEDIA_TYPE
from city.alerts.desk import Desk
from city.alerts.view_models import AlertView
from city.alerts.views import PUBLIC, alert_view, current
from city.kernel.clock import HUE

ATOM = "http://www.w3.org/2005/Atom"
FEED_TYPE = "application/atom+xml"
ENDED_SHOWN = timedelta(hours=24)
LONGEST = 50
_A, _C = f"{{{ATOM}}}", f"{{{NAMESPACE}}}"


def entries(desk: Desk) -> list[AlertView]:
    """What is in force, and what ended in the last day, newest message first."""
    cards = {card["id"]: card for card in current(desk)}
    for month in desk.alerts.months(PUBLIC)[:2]:
        rows, _ = desk.alerts.feed(PUBLIC, month, after=None, limit=LONGEST)
        for _, card in rows:
            if datetime.fromisoformat(card["last"]["sent"]) > desk.now - ENDED_SHOWN:
                cards.setdefault(card["id"], card)
    views = [alert_view(desk, card) for card in cards.values()]
    return sorted(views, key=lambda view: view.sent, reverse=True)[: 2 * LONGEST]


def atom(desk: Desk, base_url: str) -> str:
    """The feed as XML."""
    register_namespace("", ATOM)
    register_namespace("cap", NAMESPACE)
    listed = entries(desk)
    newest = max((view.sent for view in listed), default=datetime(2026, 1, 1, tzinfo=HUE))
    root = Element(_A + "feed")
    _add(root, "id", f"{base_url}/v1/alerts.atom")
    _add(root, "title", f"{desk.book.issuer.name.vi}: cảnh báo (CAP 1.2)")
    _add(root, "updated", cap_time(newest))
    _link(root, f"{base_url}/v1/alerts.atom", "self", FEED_TYPE)
    author = SubElement(root, _A + "author")
    _add(author, "name", desk.book.issuer.name.vi)
    for view in listed:
        _entry(SubElement(root, _A + "entry"), view, base_url)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _entry(entry: Element, view: AlertView, base_url: str) -> None:
    _add(entry, "id", f"urn:oid:{view.identifier}")
    _add(entry, "title", _vi(view.headline))
    _add(entry, "updated", cap_time(view.sent))
    _add(entry, "summary", _vi(view.description))
    _link(entry, f"{base_url}{view.cap}", "alternate", MEDIA_TYPE)
    _link(entry, f"{base_url}{view.page}", "related", "text/html")
    for name, value in (
        ("status", view.status),
        ("msgType", view.message_type),
        ("event", _vi(view.event)),
        ("urgency", view.urgency),
        ("severity", view.severity),
        ("certainty", view.certainty),
        ("expires", cap_time(view.expires)),
        ("areaDesc", view.area.name.vi),
    ):
        SubElement(entry, _C + name).text = value


def _vi(words: Any) -> str:
    return words if isinstance(words, str) else str(words.vi)


def _add(parent: Element, name: str, value: str) -> None:
    SubElement(parent, _A + name).text = value


def _link(parent: Element, href: str, rel: str, kind: str) -> None:
    SubElement(parent, _A + "link", {"href": href, "rel": rel, "type": kind})


def tag(body: str) -> str:
    """The strong ETag of a body."""
    return f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
