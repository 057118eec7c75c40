"""Following clocks, and saying so when they run late. Everything here may run twice."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from city.adapters.outbox import Outbox
from city.adapters.table import CommitConflict, Row
from city.contracts.envelope import Announcement
from city.contracts.reports import ClockState
from city.contracts.sla import ClockEscalated, Rung
from city.kernel.calendar import WorkingCalendar
from city.kernel.clock import stamp
from city.kernel.ids import derived_id
from city.sla.model import Clock
from city.sla.rules import hour, hours, next_hour, pointed, reached
from city.sla.store import Clocks, Held, changes, clock_key, is_own

SWEEP_LIMIT = 500  # clocks a run: a sweep must end well inside the function's timeout
HOURS_LIMIT = 500  # partitions a run: after weeks without sweeps the next runs catch up
SETTLED = timedelta(hours=2)  # an hour is settled one hour after its end; see `sweep`
ATTEMPTS = 5


class SweepIncomplete(Exception):
    """Some clocks could not be escalated; the others were. The next sweep tries again."""


def follow(
    clocks: Clocks,
    days: WorkingCalendar,
    case_id: str,
    seq: int,
    states: Iterable[ClockState],
    now: datetime,
    *,
    listed: bool = True,
) -> int:
    """Take over the clocks of a case as they stand after its step `seq`; returns how many changed.

    Each clock is one commit. A step that is not newer than the stored one changes nothing, so
    steps may come twice and in any order.

    Raises:
        CommitConflict: others kept changing the same clock; the same step may be sent again.
    """
    told = list(states)
    if any(state.status == "running" for state in told):
        clocks.begin(now)
    return sum(_follow_one(clocks, days, case_id, seq, state, now, listed=listed) for state in told)


def _follow_one(
    clocks: Clocks,
    days: WorkingCalendar,
    case_id: str,
    seq: int,
    state: ClockState,
    now: datetime,
    *,
    listed: bool,
) -> bool:
    for attempt in range(ATTEMPTS):
        held = clocks.get(case_id, state.assignment_no)
        if held and held.clock.seq >= seq:
            return False
        told = Clock(
            **state.model_dump(),
            case_id=case_id,
            seq=seq,
            climbed=held.clock.climbed if held else (),
            pointer=held.clock.pointer if held else None,
            listed=listed,
        )
        try:
            clocks.save(held, pointed(days, told, now))
            return True
        except CommitConflict:
            if attempt == ATTEMPTS - 1:
                raise
    return False


def sweep(
    clocks: Clocks,
    outbox: Outbox,
    days: WorkingCalendar,
    now: datetime,
    *,
    limit: int = SWEEP_LIMIT,
    hours_limit: int = HOURS_LIMIT,
) -> int:
    """Escalate clocks that passed a rung; returns how many. Reads due partitions only.

    Goes from the watermark to this hour. The watermark moves past hours that were found empty and
    are settled: their end is an hour ago, longer than any function lives, so nobody can still be
    writing a pointer into them.

    A clock that missed rungs while no sweep ran climbs them all in one commit, and each rung is
    announced once, lowest first: counters of escalations then need no special case.

    Raises:
        SweepIncomplete: after all others were served, if some clocks failed.
    """
    mark = clocks.watermark()
    if mark is None:
        return 0
    start, settled = mark.doc["hour"], hour(now - SETTLED)
    all_empty, passed, left, escalated = True, start, limit, 0
    failures: list[Exception] = []
    for i, name in enumerate(hours(start, hour(now))):
        if i == hours_limit or not left:
            break
        due = clocks.due(name, now, left)
        left -= len(due)
        escalated += _escalate_all(clocks, outbox, days, due, now, failures)
        all_empty = all_empty and not due
        if all_empty and name <= settled:
            passed = next_hour(name)
    clocks.move_watermark(mark, passed)
    if failures:
        raise SweepIncomplete(f"{len(failures)} clocks failed") from failures[0]
    return escalated


def _escalate_all(
    clocks: Clocks,
    outbox: Outbox,
    days: WorkingCalendar,
    due: list[Row],
    now: datetime,
    failures: list[Exception],
) -> int:
    if not due:
        return 0
    done = 0
    found = clocks.pointed_at(due)
    for row in due:
        held = found.get(clock_key(row.doc["case_id"], row.doc["assignment_no"]))
        try:
            if held is None or not is_own(row, held.clock):
                clocks.drop(row, held)
            else:
                done += _escalate(outbox, days, held, now)
        except CommitConflict:
            continue  # the clock changed under us: what is still due is found by the next sweep
        except Exception as error:  # noqa: BLE001 - one bad clock must not silence the others
            failures.append(error)
    return done


def _escalate(outbox: Outbox, days: WorkingCalendar, held: Held, now: datetime) -> bool:
    """Climb what is passed. The calendar may have changed: then only the pointer moves."""
    rungs = reached(days, held.clock, now)
    after = pointed(days, held.clock.climb(rungs, now), now)
    events: list[tuple[str, Announcement, datetime]] = [
        (escalation_id(after, rung), _escalated(after, rung, now), now) for rung in rungs
    ]
    outbox.commit(changes(held, after), events)
    return bool(rungs)


def escalation_id(clock: Clock, rung: Rung) -> str:
    """The event id of a rung: one for each case, assignment, rung and due time, whenever swept."""
    parts = (clock.case_id, str(clock.assignment_no), rung, stamp(clock.due_at))
    return derived_id(clock.due_at, *parts)


def _escalated(clock: Clock, rung: Rung, now: datetime) -> ClockEscalated:
    return ClockEscalated(
        case_id=clock.case_id,
        assignment_no=clock.assignment_no,
        agency_id=clock.agency_id,
        lead=clock.lead,
        rung=rung,
        due_at=clock.due_at,
        at=now,
    )
