"""Cases as lists and details, and recalls."""

from typing import Any

from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.text import Text
from city.vessels import recalls
from city.vessels import view_models as models
from city.vessels.cases import SYSTEM, Case, band_of, deadlines, offered
from city.vessels.desk import Desk
from city.vessels.handling import found
from city.vessels.model import Boat
from city.vessels.workflow import ACTION_NAMES, CASE_NAMES, CaseState


def cases(desk: Desk, query: models.CasesQuery, who: Principal) -> Page[models.CaseCard]:
    """Cases, newest first.

    Raises:
        NotFound: the caller's agency has nothing to do with fishing, or the boat is not theirs.
    """
    boat = desk.boat(query.boat) if query.boat else None
    desk.require(who, "vessels:cases", boat.account if boat else None)
    if boat:
        return cases_of(desk, boat, query)
    return _page(desk, "CASES#ALL" if query.all else "CASES#OPEN", "", query)


def cases_of(desk: Desk, boat: Boat, query: PageQuery) -> Page[models.CaseCard]:
    """A boat's cases, newest first."""
    return _page(desk, f"BOAT#{boat.id}", "CASE#", query)


def _page(desk: Desk, pk: str, prefix: str, query: PageQuery) -> Page[models.CaseCard]:
    after = decode_cursor(query.cursor).get("a")
    rows, more = desk.store.cards(pk, prefix=prefix, after=after, limit=query.limit)
    items = [models.CaseCard(**_shown(desk, card)) for _, card in rows]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def _shown(desk: Desk, card: dict[str, Any]) -> dict[str, Any]:
    case = Case.model_validate({**card, "unit": "", "since": card["opened_at"]})
    boat, zone = desk.book.boat.get(case.boat), _zone_name(desk, case)
    dues = deadlines(desk.book, case, desk.now)
    waiting = [due for due in dues if due.done_at is None and case.state is not CaseState.CLOSED]
    return {
        **case.model_dump(
            include={"id", "code", "boat", "kind", "state", "stage", "grave", "over", "opened_at",
                     "updated_at"}
        ),
        "registration": boat.registration if boat else case.boat,
        "zone": zone,
        "state_name": CASE_NAMES[case.state],
        "next_due": waiting[0].due_at if waiting else None,
        "missed": any(due.missed for due in waiting),
    }  # fmt: skip


def _zone_name(desk: Desk, case: Case) -> Text | None:
    return next((zone.name for zone in desk.book.zones if zone.id == case.zone), None)


def case_view(desk: Desk, case_id: str, who: Principal) -> models.CaseView:
    """A case with what the caller may do.

    Raises:
        NotFound: no such case, or not the caller's.
    """
    case, boat = found(desk, case_id)
    desk.require(who, "vessels:case", boat.account)
    band = band_of(desk.book, boat, case)
    actions = [
        action
        for action in offered(case, band, who.user_id)
        if desk.may(who, f"vessels:act/{action}", boat.account)
    ]
    card = case.model_dump(mode="json")
    mine = boat.account == who.user_id and not desk.may(who, "vessels:cases")
    return models.CaseView(
        **_shown(desk, {k: card[k] for k in (*_CARD, "done")}),
        since=case.since,
        evidence=case.evidence,
        deadlines=deadlines(desk.book, case, desk.now),
        explanation=case.explanation,
        fine=case.fine.model_copy(update={"proposed_by": ""}) if case.fine and mine else case.fine,
        band=band.model_dump(mode="json") if band else None,
        version=case.version,
        allowed=[models.Named(code=a, name=ACTION_NAMES[a]) for a in actions],
    )


_CARD = (
    "id", "code", "boat", "kind", "zone", "state", "stage", "grave", "over", "opened_at",
    "updated_at",
)  # fmt: skip


def timeline(desk: Desk, case_id: str, query: PageQuery, who: Principal) -> Page[models.StepView]:
    """Every step of a case; its owner sees that an office acted, never who.

    Raises:
        NotFound: no such case, or not the caller's.
    """
    case, boat = found(desk, case_id)
    desk.require(who, "vessels:timeline", boat.account)
    staff = desk.may(who, "vessels:cases")
    after = decode_cursor(query.cursor).get("a")
    entries, more = desk.store.timeline(case.id, after, query.limit)

    def by(actor: str) -> str:
        if actor in (SYSTEM, who.user_id) or staff:
            return actor
        return "owner" if actor == boat.account else "office"

    items = [
        models.StepView(
            **entry.model_dump(exclude={"by", "prev_hash"}),
            name=ACTION_NAMES[entry.action],
            by=by(entry.by),
        )
        for entry in entries
    ]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def recall_list(desk: Desk, query: PageQuery, who: Principal) -> Page[models.RecallView]:
    """Recalls, newest first.

    Raises:
        NotFound: the caller's agency has nothing to do with fishing.
    """
    desk.require(who, "vessels:recall_list")
    after = decode_cursor(query.cursor).get("a")
    rows, more = desk.store.cards("RECALLS", after=after, limit=query.limit)
    items = [recall_view(desk, recalls.found(desk, sk)) for sk, _ in rows]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def recall_view(desk: Desk, recall: recalls.Recall) -> models.RecallView:
    """A recall and how many answered."""
    told = recalls.answers(desk, recall)
    return models.RecallView(
        recall=recall, open=recall.open_at(desk.now), **recalls.tally(recall, told)
    )


def called(
    desk: Desk, recall_id: str, query: models.CalledQuery, who: Principal
) -> Page[models.CalledBoat]:
    """Boats that were called, with their answers.

    Raises:
        NotFound: no such recall, or the caller's agency has nothing to do with fishing.
    """
    desk.require(who, "vessels:called")
    recall = recalls.found(desk, recall_id)
    told, fleet = recalls.answers(desk, recall), desk.store.fleet()
    wanted = [b for b in sorted(recall.boats) if not (query.silent and b in told)]
    after = str(decode_cursor(query.cursor).get("a", ""))
    left = [boat for boat in wanted if boat > after]
    items = []
    for boat_id in left[: query.limit]:
        boat = desk.book.boat.get(boat_id)
        items.append(
            models.CalledBoat(
                boat=boat_id,
                registration=boat.registration if boat else boat_id,
                reachable=bool(boat and boat.account),
                state=fleet[boat_id].state,
                answer=told.get(boat_id),
            )
        )
    more = len(left) > query.limit
    return Page(items=items, next_cursor=encode_cursor({"a": items[-1].boat}) if more else None)
