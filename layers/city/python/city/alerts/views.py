"""What people and operators read: lists, places, the map, one warning, the desk."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from city.alerts.capxml import write
from city.alerts.compose import shown as field_words
from city.alerts.desk import Desk, findings, found
from city.alerts.kinds import Kind
from city.alerts.messages import document_path, headline, page_path
from city.alerts.model import Alert, Area, Content, TimelineEntry
from city.alerts.places import concerns, holds
from city.alerts.releasing import preview
from city.alerts.shapes import circle_ring
from city.alerts.steps import offered, public_state
from city.alerts.store import card as card_of
from city.alerts.store import channel
from city.alerts.view_models import (
    ActionView,
    AlertDetail,
    AlertQuery,
    AlertView,
    DeskCard,
    DeskQuery,
    DraftView,
    FieldView,
    KindView,
    MapQuery,
    MessageView,
    NearQuery,
    Preview,
)
from city.alerts.workflow import ACTION_NAMES, STATE_NAMES, State
from city.kernel.clock import local_date
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import NotFound
from city.kernel.text import Language, Text

PUBLIC = channel("Actual", public=True)


def kind_view(kind: Kind) -> KindView:
    """A kind for the composer."""
    return KindView(
        **{name: getattr(kind, name) for name in _KIND_FIELDS},
        releasable=kind.life.releasable,
        becomes=kind.life.becomes,
        second_person_from=kind.life.second_person_from,
        expires_min=kind.life.expires_min,
        example=kind.example.model_dump(),
    )


_KIND_FIELDS = ("id", "version", "name", "fields", "style", "public", "named_cases")


def alert_view(desk: Desk, card: Mapping[str, Any], lang: Language | None = None) -> AlertView:
    """A card as people read it."""
    content = Content.model_validate(card["content"])
    kind = desk.kind_of(content)
    last = card["last"]

    def said(words: Text) -> Text | str:
        return words.within(lang) if lang else words

    return AlertView(
        id=card["id"],
        code=card["code"],
        status=card["status"],
        state=public_state(State(card["state"])),
        kind=kind.id,
        kind_name=kind.name,
        style=kind.style,
        revision=last["revision"],
        message_type=last["type"],
        identifier=last["identifier"],
        severity=content.severity,
        urgency=content.urgency,
        certainty=content.certainty,
        risk_level=content.risk_level,
        event=said(content.event),
        headline=said(headline(content, kind, card["status"], last["type"])),
        description=said(content.description),
        instruction=said(content.instruction),
        area=content.area,
        fields=list(_fields(kind, content)),
        sent=last["sent"],
        expires=last["expires"],
        episode_id=card["episode"],
        cap=document_path(last["identifier"]),
        page=page_path(card["id"]),
    )


def _fields(kind: Kind, content: Content) -> Iterator[FieldView]:
    for spec in kind.fields:
        if spec.name in content.fields:
            value = content.fields[spec.name]
            words = Text(vi=field_words(spec, value, "vi"), en=field_words(spec, value, "en"))
            yield FieldView(
                name=spec.name, label=spec.label, value=value, words=words, unit=spec.unit
            )


def current(desk: Desk) -> list[dict[str, Any]]:
    """Cards of what is in force by the clock, newest first: the sweep may be a minute behind."""
    now = desk.now
    cards = [
        card
        for card in desk.alerts.active(PUBLIC)
        if datetime.fromisoformat(card["last"]["expires"]) > now
    ]
    return sorted(cards, key=lambda card: str(card["last"]["sent"]), reverse=True)


def listing(desk: Desk, query: AlertQuery) -> Page[AlertView]:
    """Warnings, newest first."""
    wanted = ((position, card) for position, card in _cards(desk, query) if _matches(query, card))
    items: list[AlertView] = []
    position: dict[str, Any] | None = None
    for position_of_card, card in wanted:
        if len(items) == query.limit:
            return Page(items=items, next_cursor=encode_cursor(position or {}))
        items.append(alert_view(desk, card, query.lang))
        position = position_of_card
    return Page(items=items)


def _cards(desk: Desk, query: AlertQuery) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Cards with the position that continues after each."""
    at = decode_cursor(query.cursor)
    if query.active:
        key = (at.get("s"), at.get("i"))
        for card in current(desk):
            mine = (card["last"]["sent"], card["id"])
            if key == (None, None) or mine < key:
                yield {"s": mine[0], "i": mine[1]}, card
        return
    for month in desk.alerts.months(PUBLIC):
        if at.get("m") and month > at["m"]:
            continue
        after = at.get("k") if at.get("m") == month else None
        while True:
            rows, after = desk.alerts.feed(PUBLIC, month, after=after, limit=query.limit)
            for sk, card in rows:
                yield {"m": month, "k": sk}, card
            if after is None:
                break


def _matches(query: AlertQuery, card: Mapping[str, Any]) -> bool:
    content = card["content"]
    if query.kind and content["kind"] != query.kind:
        return False
    return not query.unit or concerns(Area.model_validate(content["area"]), query.unit)


def near(desk: Desk, query: NearQuery) -> Page[AlertView]:
    """Warnings in force at a point."""
    ward = desk.city.ward_at(query.lat, query.lon, local_date(desk.now))
    code = ward.code if ward else None
    cards = [
        card
        for card in current(desk)
        if holds(Area.model_validate(card["content"]["area"]), query.lat, query.lon, code)
    ]
    return Page(items=[alert_view(desk, card, query.lang) for card in cards])


def on_map(desk: Desk, query: MapQuery) -> dict[str, Any]:
    """Warnings in force as GeoJSON. `unit_codes` are drawn by whoever has the outlines."""
    features = []
    for card in current(desk):
        if query.kind in (None, card["content"]["kind"]):
            view = alert_view(desk, card)
            area = view.area
            rings = [*area.polygons, *(circle_ring(circle) for circle in area.circles)]
            shape = [[[[lon, lat] for lat, lon in ring]] for ring in rings]
            features.append(
                {
                    "type": "Feature",
                    "id": view.id,
                    "geometry": {"type": "MultiPolygon", "coordinates": shape} if shape else None,
                    "properties": {
                        **view.model_dump(mode="json", exclude={"area", "id"}),
                        "area_name": area.name.model_dump(),
                        "unit_codes": list(area.units),
                        "whole_city": area.whole_city,
                    },
                }
            )
    return {"type": "FeatureCollection", "features": features}


def detail(desk: Desk, warning_id: str) -> AlertDetail:
    """A released warning with its thread.

    Raises:
        NotFound: there is none, it was never released, or it is not for the public.
    """
    warning = found(desk, warning_id)
    shown = card_of(warning)
    content = warning.current
    if content is None or warning.status != "Actual" or not desk.kind_of(content).public:
        raise NotFound(what=f"cảnh báo / warning {warning_id[:40]}")
    thread = [
        MessageView(
            **message.model_dump(include=set(MessageView.model_fields) - {"cap"}),
            cap=document_path(message.identifier),
        )
        for message in warning.messages
    ]
    return AlertDetail(**alert_view(desk, shown).model_dump(), messages=thread)


def desk_list(desk: Desk, query: DeskQuery) -> Page[DeskCard]:
    """The operators' list, newest first."""
    items: list[DeskCard] = []
    after = decode_cursor(query.cursor).get("k")
    while True:
        rows, following = desk.alerts.desk(after=after, limit=query.limit)
        for row in rows:
            if len(items) == query.limit:
                return Page(items=items, next_cursor=encode_cursor({"k": items[-1].id}))
            if query.state in (None, row["state"]) and query.status in (None, row["status"]):
                items.append(DeskCard.model_validate(row))
        if following is None:
            return Page(items=items)
        after = following


def draft_view(desk: Desk, warning: Alert, by: str) -> DraftView:
    """A warning as operators see it."""
    kind = desk.kind_of(warning.draft or warning.current or warning.drafted)
    return DraftView(
        **{name: getattr(warning, name) for name in _WARNING_FIELDS},
        state_name=STATE_NAMES[warning.state],
        kind=kind_view(kind),
        findings=[] if warning.finished else findings(desk, warning),
        allowed=[
            ActionView(action=action, name=ACTION_NAMES[action])
            for action in offered(warning, kind, by, desk.now)
        ],
    )


_WARNING_FIELDS = set(DraftView.model_fields) - {"state_name", "kind", "findings", "allowed"}


def preview_view(desk: Desk, warning: Alert) -> Preview:
    """The next message before it goes out."""
    content = warning.draft or warning.current or warning.drafted
    kind = desk.kind_of(content)
    cap, stamp = preview(desk.press, warning, kind, desk.now)
    return Preview(
        message_type=stamp.type,
        headline=headline(content, kind, warning.status, stamp.type),
        description=content.description,
        instruction=content.instruction,
        expires=stamp.expires,
        findings=findings(desk, warning),
        cap=write(cap),
    )


def timeline(desk: Desk, warning: Alert, query: PageQuery) -> Page[TimelineEntry]:
    """Every step of a warning, hash-chained."""
    entries, following = desk.alerts.timeline(
        warning.id, limit=query.limit, after=decode_cursor(query.cursor).get("a")
    )
    return Page(items=entries, next_cursor=encode_cursor({"a": following}) if following else None)
