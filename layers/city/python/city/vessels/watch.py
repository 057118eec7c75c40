"""Where a boat stands now: pure, from what its positions say, what people reported, and the clock.

IN_PORT → AT_SEA → LATE → SILENT_6H → SILENT_24H → SILENT_10D. A report by radio pauses the first
two silences for six hours, never the ten days: a boat whose device is broken must be back by then.
A provider's outage suppresses all of them, and the clock starts again when it ends.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel

from city.kernel.clock import local_date
from city.vessels.model import HOUR_MS, MINUTE_MS, Boat, Book, Limits, State
from city.vessels.moments import millis
from city.vessels.sailing import Memory, late_ms


class Told(BaseModel, frozen=True):
    """The newest times that people reported, epoch milliseconds."""

    radio: int = -1
    departed: int = -1
    arrived: int = -1


class Outage(BaseModel, frozen=True):
    """A vendor whose boats fell silent together; `ended` is None while it stands."""

    id: str
    vendor: str
    since: int
    found: int
    late: int
    at_sea: int
    ended: int | None = None


class Sign(BaseModel, frozen=True):
    """What silence is counted by: `last` sign of a terminal, and when it makes the boat late."""

    boat: str
    vendor: str
    last: int
    late_at: int


class View(BaseModel, frozen=True):
    """The outcome: the state, since when, and whether a line is within ten miles."""

    state: State
    since: int
    near: bool = False
    outage: str | None = None


def at_sea(memory: Memory, told: Told) -> bool:
    """Whether a boat is out, by its position or by the newest word of a port."""
    last = memory.last
    if max(told.arrived, told.departed) > (last.t if last else -1):
        return told.departed > told.arrived
    return last is not None and memory.port is None


def sign(book: Book, boat: Boat, memory: Memory, told: Told, now: datetime) -> Sign | None:
    """The last sign of a boat that is out and obliged to report; None for all others."""
    patience = late_ms(book, boat, millis(now))
    if patience is None or not boat.devices or not at_sea(memory, told):
        return None
    last = max(memory.heard or -1, memory.sailed or -1, told.departed)
    return Sign(boat=boat.id, vendor=boat.devices[0].vendor, last=last, late_at=last + patience)


def covers(outage: Outage, seen: Sign, limits: Limits) -> bool:
    """Whether a boat's silence belongs to an outage: it began with it, or while it stood."""
    reach = limits.outage_window_min * MINUTE_MS
    return outage.vendor == seen.vendor and (
        outage.since - reach <= seen.late_at <= (outage.ended or seen.late_at)
    )


def view(
    book: Book,
    boat: Boat,
    memory: Memory,
    told: Told,
    outages: Iterable[Outage],
    now: datetime,
) -> View:
    """Where a boat stands at this moment."""
    limits, t = book.limits_on(local_date(now)), millis(now)
    last = memory.last
    if last is None and max(told.departed, told.arrived, told.radio) < 0:
        return View(state=State.UNKNOWN, since=t)
    if not at_sea(memory, told):
        return View(state=State.IN_PORT, since=max(last.t if last else -1, told.arrived))
    near = _near(book, memory, limits, now)
    seen = sign(book, boat, memory, told, now)
    if seen is None:
        since = max(memory.sailed or -1, told.departed)
        return View(state=State.AT_SEA, since=since, near=near)
    if t <= seen.late_at:
        return View(state=State.AT_SEA, since=seen.last, near=near)
    own = [outage for outage in outages if covers(outage, seen, limits)]
    standing = next((outage for outage in own if outage.ended is None), None)
    if standing:
        return View(state=State.OUTAGE, since=standing.since, near=near, outage=standing.id)
    excused = max((outage.ended or -1 for outage in own), default=-1)
    state, since = _silence(limits, max(seen.last, excused), told.radio, t)
    return View(state=state, since=since, near=near)


def _silence(limits: Limits, last: int, radio: int, now: int) -> tuple[State, int]:
    six, day, ten = (round(hours * HOUR_MS) for hours in limits.silent_h)
    if now - last > ten:
        return State.SILENT_10D, last
    if radio > last and now - radio <= limits.radio_h * HOUR_MS:
        return State.REPORTED_BY_RADIO, radio
    alive = max(last, radio)
    if now - alive > day:
        return State.SILENT_24H, last
    return (State.SILENT_6H if now - alive > six else State.LATE), last


def _near(book: Book, memory: Memory, limits: Limits, now: datetime) -> bool:
    """Within ten miles of the limit, or beyond it, when last seen."""
    kinds = {zone.id: zone.kind for zone in book.zones_on(local_date(now))}
    return any(
        kinds.get(name) == "limit" and standing.margin < limits.near_nm
        for name, standing in memory.lines.items()
    )


def outage_since(
    signs: Sequence[Sign], limits: Limits, now: int, *, standing: bool = False
) -> int | None:
    """When the boats of one vendor fell silent together, None if they did not.

    At least a fifth of those at sea (and three) became late within half an hour of one another; or
    at least half of them are late: positions are two to three hours apart, so that boats of an
    outage become late over that long. An outage that stands lasts until fewer than a fifth are
    late.
    """
    late = sorted(each.late_at for each in signs if each.late_at < now)
    needed = max(limits.outage_least, _up(limits.outage_share * len(signs)))
    if len(late) < needed:
        return None
    if standing:
        return late[0]
    reach = limits.outage_window_min * MINUTE_MS
    for first, last in zip(late, late[needed - 1 :], strict=False):
        if last - first <= reach:
            return first
    half = max(limits.outage_least, _up(limits.outage_half * len(signs)))
    return late[-half] if len(late) >= half else None


def _up(number: float) -> int:
    return -int(-number // 1)
