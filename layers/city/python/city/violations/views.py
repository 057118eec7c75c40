"""Lists, a case, figures."""

from typing import Any

from city.kernel import policy
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.text import Text
from city.violations import view_models as models
from city.violations.desk import Desk
from city.violations.model import (
    DENY_NAMES,
    OUTCOME_NAMES,
    STATE_NAMES,
    Outcome,
    State,
    Violation,
)
from city.violations.search_models import PURPOSE_NAMES

SCANNED = 1_000  # rows in one call, however few fit the filter
SHOWN = 20


def listing(desk: Desk, query: models.QueueQuery) -> Page[models.Card]:
    """What waits, the most severe and oldest first; or cases of a month, newest first."""
    waiting = query.state is State.WAITING
    month = query.month or f"{desk.now:%Y%m}"
    return _page(desk, "QUEUE" if waiting else f"ALL#{month}", query, reverse=not waiting)


def handed(desk: Desk, agency: str, query: PageQuery) -> Page[models.Card]:
    """Cases that were handed to an agency, newest first."""
    asked = models.QueueQuery.model_validate({"cursor": query.cursor, "limit": query.limit})
    return _page(desk, f"HANDED#{agency}", asked, reverse=True, any_state=True)


def _page(
    desk: Desk, pk: str, query: models.QueueQuery, *, reverse: bool, any_state: bool = False
) -> Page[models.Card]:
    items: list[models.Card] = []
    after, scanned = decode_cursor(query.cursor).get("a"), 0
    while scanned < SCANNED and len(items) < query.limit:
        rows, more = desk.store.rows(pk, after, query.limit, reverse=reverse)
        for row in rows:
            scanned, after = scanned + 1, row.sk
            if _fits(row.doc, query, any_state=any_state):
                items.append(models.Card.model_validate(row.doc))
            if len(items) == query.limit:
                break
        if more is None and (not rows or after == rows[-1].sk):
            return Page(items=items)
    return Page(items=items, next_cursor=encode_cursor({"a": after}))


def _fits(card: dict[str, Any], query: models.QueueQuery, *, any_state: bool) -> bool:
    return (
        (any_state or card["state"] == query.state)
        and (query.kind is None or card["kind"] == query.kind)
        and (query.severity is None or card["severity"] == query.severity)
        and (query.camera_id is None or card["camera_id"] == query.camera_id)
    )


def one(desk: Desk, violation: Violation, who: Principal) -> models.CaseView:
    """A case with its first twenty detections and the steps that are open to the caller."""
    kept, _ = desk.store.detections(violation.id, None, SHOWN)
    seen = [
        models.Seen(
            detection_id=each.detection_id, at=each.detection.at, score=each.detection.score,
            boxes=each.detection.boxes, measures=each.detection.measures,
            said=each.detection.said, files=len(each.evidence),
        )
        for each in kept
        if each.detection is not None
    ]  # fmt: skip
    told = violation.model_dump(exclude={"seq", "chain"})
    return models.CaseView(
        **told, code=violation.code, state_name=STATE_NAMES[violation.state], seen=seen,
        may=_may(desk, violation, who),
    )  # fmt: skip


def _may(desk: Desk, violation: Violation, who: Principal) -> list[Any]:
    held = violation.claim
    free = held is None or held.by == who.user_id or not held.holds(desk.now)
    steps = {
        State.WAITING: ["claim", "confirm", "deny"] if free else [],
        State.CONFIRMED: ["transfer"] if violation.erased_at is None else [],
        State.TRANSFERRED: ["outcome"],
    }.get(violation.state, [])

    def allowed(step: str) -> bool:
        action = "violations:claim" if step == "claim" else f"violations:act/{step}"
        return policy.allows(who, action, Resource(unit=violation.handed_to), desk.now)

    return [step for step in steps if allowed(step)]


def choices() -> models.Choices:
    """Codes with their names."""

    def listed(names: dict[Any, Text]) -> list[models.Choice]:
        return [models.Choice(code=code.value, name=name) for code, name in names.items()]

    return models.Choices(
        deny=listed(DENY_NAMES), outcomes=listed(OUTCOME_NAMES), purposes=listed(PURPOSE_NAMES),
        states=listed(STATE_NAMES),
    )  # fmt: skip


def figures(desk: Desk) -> models.Figures:
    """All, and each year."""
    rows, _ = desk.store.rows("TOTALS", None, 200)
    totals = {row.sk: _totals(dict(row.counters)) for row in rows}
    return models.Figures(all=totals.pop("ALL", _totals({})), years=dict(sorted(totals.items())))


def _totals(held: dict[str, int]) -> models.Totals:
    def share(part: int, whole: int) -> float | None:
        return round(100 * part / whole, 2) if whole else None

    detections, transferred = held.get("detections", 0), held.get("transferred", 0)
    confirmed, denied = held.get("confirmed", 0), held.get("denied", 0)
    return models.Totals(
        detections=detections, incidents=held.get("incidents", 0), confirmed=confirmed,
        denied=denied, lapsed=held.get("lapsed", 0), transferred=transferred,
        sanctioned=held.get(f"outcome_{Outcome.SANCTIONED}", 0),
        criminal_cases=held.get(f"outcome_{Outcome.CRIMINAL_CASE}", 0),
        erased=held.get("erased", 0),
        transferred_percent=share(transferred, detections),
        confirmed_percent=share(confirmed, confirmed + denied),
    )  # fmt: skip
