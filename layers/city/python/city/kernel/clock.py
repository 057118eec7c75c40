"""Time. Stored in UTC, shown in Huế; always handed in, never fetched by a rule."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

HUE = ZoneInfo("Asia/Ho_Chi_Minh")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The calendar day in Huế on which `moment` (aware) falls."""
    return moment.astimezone(HUE).date()


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`; sorts as text in time order.

    >>> from datetime import datetime, UTC
    >>> stamp(datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC))
    '2026-11-23T01:02:03.000Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
