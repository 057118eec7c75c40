"""The board: running clocks by due time, for the IOC and for each agency's own officers."""

from datetime import datetime, time, timedelta

from city.kernel.clock import HUE, local_date, stamp
from city.kernel.page import Page, decode_cursor, encode_cursor
from city.kernel.people import IOC, Principal
from city.kernel.problems import Forbidden
from city.sla.model import BoardItem, BoardQuery
from city.sla.store import ALL, Clocks


def board(clocks: Clocks, query: BoardQuery, who: Principal, now: datetime) -> Page[BoardItem]:
    """A page of the board, earliest due time first.

    Raises:
        Forbidden: an officer asked for another agency, or belongs to none.
        Invalid: the cursor is not one of ours.
    """
    since, until = _between(query, now)
    given = decode_cursor(query.cursor).get("after")
    if isinstance(given, str):
        since = max(since or "", given)
    items, after = clocks.board(_agency(query, who), since=since, until=until, limit=query.limit)
    return Page(
        items=[item.model_copy(update={"overdue": item.due_at < now}) for item in items],
        next_cursor=encode_cursor({"after": after}) if after else None,
    )


def _agency(query: BoardQuery, who: Principal) -> str:
    if who.has(IOC):
        return query.agency or ALL
    if who.unit is None or query.agency not in (None, who.unit):
        raise Forbidden
    return who.unit


def _between(query: BoardQuery, now: datetime) -> tuple[str | None, str | None]:
    """The first and last due time wanted, as sort keys."""
    if query.filter == "overdue":
        return None, stamp(now - timedelta(milliseconds=1))
    if query.filter == "today":
        morning = datetime.combine(local_date(now), time(), HUE)
        return stamp(morning), stamp(morning + timedelta(days=1, milliseconds=-1))
    return None, None
