"""When a clock reaches each rung of the ladder (design: 80 % / due / +2 / +5 working days).

Working-day clocks are due at the end of a day in Huế (23:59:59) and count the hours of working
days only. Clocks due at any other second belong to the immediate process, which runs 24 x 7.
Everything here raises CalendarNotCovered for clocks that reach outside the calendar's data.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from city.contracts.reports import ClockState
from city.contracts.sla import Rung
from city.kernel.calendar import END_OF_DAY, WorkingCalendar
from city.kernel.clock import HUE, local_date
from city.sla.model import RUNGS, Clock, Pointer

_LATE_DAYS: dict[Rung, int] = {"late_2": 2, "late_5": 5}
_LAST_FIFTH = 5


def ladder(days: WorkingCalendar, clock: ClockState) -> dict[Rung, datetime]:
    """The instant of each rung, lowest first; a rung is reached strictly after its instant."""
    return {
        "warn_80": warning_at(days, clock),
        "due": clock.due_at,
        **{rung: _end_of_working_day(days, clock.due_at, n) for rung, n in _LATE_DAYS.items()},
    }


def warning_at(days: WorkingCalendar, clock: ClockState) -> datetime:
    """When only the last fifth of the promised working time is left.

    The promise is the working time from start to the original due time, and a fifth of it is
    counted back from the due time that holds now. Without pauses and extensions that is exactly
    80 % used. Counting back keeps the warning right after a pause (which moves the due time but
    uses no time) and needs no history, so the order in which events arrive cannot change it.
    """
    if clock.due_original_at.astimezone(HUE).time() != END_OF_DAY:
        return clock.due_at - max(clock.due_original_at - clock.started_at, timedelta()) / 5
    promised = working_time(days, clock.started_at, clock.due_original_at)
    return _before(days, clock.due_at, promised / _LAST_FIFTH)


def working_time(days: WorkingCalendar, start: datetime, end: datetime) -> timedelta:
    """Hours of working days between two instants; a whole working day counts 24 hours."""
    return sum((to - since for since, to in _worked(days, start, end)), timedelta())


def reached(days: WorkingCalendar, clock: Clock, now: datetime) -> tuple[Rung, ...]:
    """The rungs of the present due time that are passed and were not yet announced, in order."""
    if clock.status != "running":
        return ()
    instants = ladder(days, clock)
    return tuple(r for r in RUNGS if r not in clock.rungs and instants[r] < now)


def pointed(days: WorkingCalendar, clock: Clock, now: datetime) -> Clock:
    """The clock with the pointer it should have: at its lowest rung not yet announced.

    A pointer lies in the partition of its hour or, when that hour is over, of the present one:
    the sweep never looks back past its watermark.
    """
    pointer = None
    if clock.status == "running":
        instants = ladder(days, clock)
        rung = next((r for r in RUNGS if r not in clock.rungs), None)
        if rung is not None:
            pointer = Pointer(
                hour=max(hour(instants[rung]), hour(now)), at=instants[rung], rung=rung
            )
    held = clock.pointer
    if pointer and held and (pointer.at, pointer.rung) == (held.at, held.rung):
        return clock
    return clock.model_copy(update={"pointer": pointer})


def hour(moment: datetime) -> str:
    """The partition of a moment: `yyyymmddHH` in UTC."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H")


def next_hour(name: str) -> str:
    """The partition after this one."""
    return hour(datetime.strptime(name, "%Y%m%d%H").replace(tzinfo=UTC) + timedelta(hours=1))


def hours(first: str, last: str) -> Iterator[str]:
    """Partitions from `first` to `last`, both included."""
    while first <= last:
        yield first
        first = next_hour(first)


def _end_of_working_day(days: WorkingCalendar, after: datetime, count: int) -> datetime:
    """The last second of the `count`-th working day after the day of `after`."""
    return datetime.combine(days.shift(local_date(after), count), END_OF_DAY, HUE)


def _before(days: WorkingCalendar, end: datetime, amount: timedelta) -> datetime:
    """The instant from which `amount` of working time is left until `end`."""
    if not amount:
        return end
    day, till = local_date(end), end
    while True:
        morning = datetime.combine(day, time(), HUE)
        if days.is_working_day(day):
            if till - morning >= amount:
                return till - amount
            amount -= till - morning
        day, till = day - timedelta(days=1), morning


def _worked(
    days: WorkingCalendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    day = local_date(start)
    while day <= local_date(end):
        if days.is_working_day(day):
            morning = datetime.combine(day, time(), HUE)
            since, to = max(start, morning), min(end, morning + timedelta(days=1))
            if to > since:
                yield since, to
        day += timedelta(days=1)
