"""Use cases of people: draft a warning, take a step of its life."""

from typing import Any

from city.adapters.routes import validated
from city.adapters.table import CommitConflict
from city.alerts.capxml import parse
from city.alerts.compose import compose
from city.alerts.desk import ATTEMPTS, Desk, begun, found, opened, stepped
from city.alerts.fields import FIELDS, AreaAsked, CapImport, Draft, NewDraft
from city.alerts.kinds import Kind
from city.alerts.model import Alert, Content
from city.alerts.places import settled
from city.alerts.steps import Step, as_area, revised
from city.alerts.store import retrying
from city.kernel import policy
from city.kernel.clock import local_date
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import Conflict, NotFound, PreconditionFailed, invalid


def draft(desk: Desk, body: NewDraft, who: Principal) -> Alert:
    """A warning by hand.

    Raises:
        Invalid: no such kind, bad fields or area.
    """
    kind = desk.kind(body.kind)
    area = settled(as_area(body.area), desk.city, local_date(desk.now))
    severity = body.severity
    plain = compose(kind, severity=severity, fields=body.fields or {}, area=area)
    content = revised(plain, kind, body, area)
    warning_id = desk.new_id(desk.now)
    warning = begun(desk, kind, content, warning_id, by=who.user_id, status=body.status)
    return opened(desk, warning, kind, action="draft", by=who.user_id, note=body.note)


def import_cap(desk: Desk, body: CapImport, who: Principal) -> Alert:
    """A draft of ours from another service's message: its words, scales, times and drawings.

    Raises:
        Invalid: not CAP, not about here, or its facts do not fit the kind.
    """
    message = parse(body.cap)
    kind = desk.kind(body.kind)
    by_language = {info.language[:2].lower(): info for info in message.infos}
    first = by_language.get("vi") or (message.infos[0] if message.infos else None)
    if first is None or not first.areas:
        raise invalid("cap", "Bản tin không có vùng.", "The message has no area.")
    other = by_language.get("en", first)
    area = AreaAsked.model_validate(
        {
            "name": {"vi": first.areas[0].description[:50], "en": other.areas[0].description[:50]},
            "polygons": [ring for each in first.areas for ring in each.polygons],
            "circles": [
                (c.lat, c.lon, c.radius_km * 1000) for each in first.areas for c in each.circles
            ],
        }
    )
    words = {
        name: {"vi": getattr(first, name), "en": getattr(other, name)}
        for name in ("headline", "description", "instruction")
        if getattr(first, name) and getattr(other, name)
    }
    scales = {
        name: getattr(first, name)
        for name in ("severity", "urgency", "certainty")
        if getattr(first, name) != "Unknown"
    }
    return draft(
        desk,
        NewDraft.model_validate(
            {
                "kind": kind.id,
                "status": body.status,
                "severity": "Minor",
                "area": area,
                "fields": body.fields,
                "onset": first.onset,
                "expires": first.expires,
                "note": f"CAP {message.sender} {message.identifier}"[:1000],
                **words,
                **scales,
            }
        ),
        who,
    )


def act(
    desk: Desk,
    warning_id: str,
    action: str,
    raw: dict[str, Any],
    who: Principal,
    *,
    if_match: int | None = None,
) -> Alert:
    """Take one step of a warning's life for a person.

    Raises:
        NotFound: no such warning or action.
        Forbidden: the policy does not let this person take it.
        NotAllowedNow: the life cycle has no such move from here.
        PreconditionFailed: `if_match` is not the current version.
        Invalid, NotReady, TypedWordNeeded: the fields or the message do not do.
    """
    if action not in FIELDS:
        raise NotFound(what=f"hành động / action {action[:40]}")
    policy.require(who, f"alerts:act/{action}", Resource(), desk.now)
    fields = validated(FIELDS[action], raw, "body")

    def attempt(n: int) -> Alert:
        warning = found(desk, warning_id)
        if if_match is not None and if_match != warning.version:
            raise PreconditionFailed(given=if_match, current=warning.version)
        return stepped(desk, warning, _step(desk, warning, action, fields, who), n)

    try:
        return retrying(ATTEMPTS if if_match is None else 1, attempt)
    except CommitConflict as error:
        raise Conflict from error


def _step(desk: Desk, warning: Alert, action: str, fields: Any, who: Principal) -> Step:
    content = warning.draft or warning.current or warning.drafted
    kind = desk.kind_of(content)
    area = None
    if isinstance(fields, Draft) and fields.area:
        area = settled(as_area(fields.area), desk.city, local_date(desk.now))
    changed = None
    if action == "confirm":
        changed = _turned_into(desk, warning, kind, fields)
        kind = desk.kind_of(changed) if changed else kind
    return Step(action, "person", who.user_id, desk.now, kind, fields, changed, area)


def _turned_into(desk: Desk, warning: Alert, kind: Kind, fields: Any) -> Content | None:
    """The draft as what a detection turned out to be.

    Raises:
        Invalid: the kind's data does not let it become that, or its fields do not fit.
    """
    wanted = fields.kind or (kind.id if not kind.life.becomes else "")
    allowed = kind.life.becomes or (kind.id,)
    if wanted not in allowed:
        listed = ", ".join(allowed)
        raise invalid("kind", f"Chỉ nhận: {listed}.", f"Must be one of: {listed}.")
    if warning.draft is None or (wanted == kind.id and not fields.fields):
        return None
    target = desk.kind(wanted)
    mapped = desk.book.mapping("detection", wanted, None, local_date(desk.now))
    severity = mapped.levels[0].severity if mapped else warning.draft.severity
    kept = {name: value for name, value in warning.draft.fields.items() if target.spec(name)}
    return compose(
        target,
        severity=severity,
        fields={**kept, **(fields.fields or {})},
        area=warning.draft.area,
        urgency=mapped.urgency if mapped and mapped.urgency != "by_trend" else None,
        certainty="Observed",
    )
