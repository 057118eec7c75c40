"""Following one boat: what its positions, people's words and the clock change, in one commit.

Everything may run twice: a position is put once, the boat's row is the lock, and cases are opened
and raised in the commit that notes them there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from city.adapters.table import ABSENT, Operation, Put, retrying
from city.contracts.envelope import Announcement
from city.kernel.clock import local_date
from city.kernel.ids import public_code
from city.vessels import warning
from city.vessels.cases import SYSTEM, Case, Entry, Kind, Step, take
from city.vessels.desk import Desk
from city.vessels.model import SILENT, Boat, Fix, State, Zone
from city.vessels.moments import moment
from city.vessels.sailing import Line, Memory, Sailing, Standing, add, present
from city.vessels.store import Live, case_rows, track_key, track_row
from city.vessels.watch import Outage, Told, View, view
from city.vessels.workflow import CaseState, moves

ATTEMPTS = 8
SLICE = 40  # positions of one boat in a commit, with room for its cases
EVIDENCE = 6
STAGES = {state: stage for stage, state in enumerate(SILENT, 1)}
Told_ = tuple[str, Announcement, datetime]


@dataclass(slots=True)
class _Work:
    """What a commit will hold."""

    operations: list[Operation] = field(default_factory=list)
    events: list[Told_] = field(default_factory=list)
    cases: dict[str, str] = field(default_factory=dict)


def keep(desk: Desk, fixes: Iterable[Fix], received: int, gateway: str) -> int:
    """Store positions that are new and judge their boats; returns how many were new.

    Raises:
        CommitConflict: others kept changing the same boat; the same positions may come again.
    """
    by_boat: dict[str, dict[tuple[str, str], Fix]] = {}
    for fix in fixes:
        if fix.boat in desk.book.boat:  # it may have been struck off while the position travelled
            by_boat.setdefault(fix.boat, {})[track_key(fix)] = fix
    outages = desk.store.outages()[0].listed
    fresh = 0
    for boat, held in by_boat.items():
        listed = [held[key] for key in sorted(held)]
        for first in range(0, len(listed), SLICE):
            part = listed[first : first + SLICE]
            store = partial(_keep, desk, desk.book.boat[boat], part, received, gateway, outages)
            fresh += retrying(ATTEMPTS, store)
    return fresh


def _keep(
    desk: Desk,
    boat: Boat,
    fixes: Sequence[Fix],
    received: int,
    gateway: str,
    outages: Sequence[Outage],
) -> int:
    stored = desk.store.stored(fixes)
    new = [fix for fix in fixes if track_key(fix) not in stored]
    if not new:
        return 0
    months = desk.book.limits_on(local_date(desk.now)).keep_months
    rows = [Put(track_row(fix, received, gateway, months), ABSENT) for fix in new]
    live, version = desk.store.live(boat.id)
    seen = max(
        [fix for fix in new if fix.source == "ais"] + ([live.last_seen] if live.last_seen else []),
        key=lambda fix: fix.t,
        default=None,
    )
    changed = live.model_copy(
        update={
            "sailing": add(desk.book, boat, live.sailing, new),
            "seen": tuple(seen) if seen else None,
        }
    )
    _settle(desk, boat, live, changed, version, outages, rows)
    return len(new)


def tell(desk: Desk, boat: Boat, told: Told, operations: Sequence[Operation] = ()) -> Live:
    """Take in what people reported: the newest of each kind counts."""
    outages = desk.store.outages()[0].listed

    def act() -> Live:
        live, version = desk.store.live(boat.id)
        newest = Told(
            radio=max(live.told.radio, told.radio),
            departed=max(live.told.departed, told.departed),
            arrived=max(live.told.arrived, told.arrived),
        )
        changed = live.model_copy(update={"told": newest})
        return _settle(desk, boat, live, changed, version, outages, operations)

    return retrying(ATTEMPTS, act)


def look_again(desk: Desk, boat: Boat, outages: Sequence[Outage]) -> bool:
    """Judge a boat by the clock alone; whether anything changed."""

    def act() -> bool:
        live, version = desk.store.live(boat.id)
        if not stale(desk, boat, live, outages):
            return False
        _settle(desk, boat, live, live, version, outages, ())
        return True

    return retrying(ATTEMPTS, act)


def stale(desk: Desk, boat: Boat, live: Live, outages: Sequence[Outage]) -> bool:
    """Whether what is stored of a boat is no longer what the clock says."""
    if not live.sailing.window and live.told == Told():
        return False
    memory = present(desk.book, boat, live.sailing)
    now = view(desk.book, boat, memory, live.told, outages, desk.now)
    return (now.state, now.near) != (live.state, live.near)


def _settle(
    desk: Desk,
    boat: Boat,
    before: Live,
    live: Live,
    version: int,
    outages: Sequence[Outage],
    operations: Sequence[Operation],
) -> Live:
    memory = present(desk.book, boat, live.sailing)
    now = view(desk.book, boat, memory, live.told, outages, desk.now)
    work = _Work(cases=dict(before.cases))
    _silence(desk, boat, live.sailing, now, work)
    for name, standing in memory.lines.items():
        _line(desk, boat, before, name, standing, live.sailing, work)
    after = live.model_copy(
        update={
            "state": now.state,
            "since": now.since,
            "near": now.near,
            "cases": work.cases,
            "lines": {name: standing.line.value for name, standing in memory.lines.items()},
        }
    )
    put = desk.store.put_live(after, version)
    desk.outbox.commit([put, *operations, *work.operations], work.events)
    return after


def _silence(desk: Desk, boat: Boat, sailing: Sailing, now: View, work: _Work) -> None:
    stage, held = STAGES.get(now.state), work.cases.get("silence")
    if stage and held is None:
        evidence = _evidence(desk, sailing, now.since)
        case = _opened(desk, boat, "silence", moment(now.since), evidence, stage, grave=now.near)
        _put(work, None, case, _entry(desk, None, case, "open"))
        work.cases["silence"] = case.id
        told = warning.warned(boat, "silence", case.since, desk.now)
        work.events += [told] if told else []
    elif stage and held:
        case_held = desk.store.case(held)
        if case_held and (stage > case_held.stage or now.near > case_held.grave):
            raised = {
                "stage": max(stage, case_held.stage),
                "grave": case_held.grave or now.near,
            }
            _system(desk, work, case_held, "raise", raised)
    elif held and now.state in (State.AT_SEA, State.IN_PORT, State.OUTAGE):
        _over(desk, work, "silence", now.state.value)


def _line(
    desk: Desk,
    boat: Boat,
    before: Live,
    name: str,
    standing: Standing,
    sailing: Sailing,
    work: _Work,
) -> None:
    zone = next(zone for zone in desk.book.zones if zone.id == name)
    old, held = Line(before.lines.get(name, Line.CLEAR)), work.cases.get(name)
    told = None
    if standing.line is Line.APPROACH and old is Line.CLEAR:
        told = warning.warned(boat, "approach", moment(standing.since), desk.now, zone)
    if standing.line is Line.CROSSED and held is None:
        since = moment(standing.first_outside or standing.since)
        evidence = {
            **_evidence(desk, sailing, standing.since),
            "zone": zone.model_dump(
                mode="json", include={"id", "valid_from", "source", "confirmed"}
            ),
            "margin_nm": standing.margin,
        }
        case = _opened(
            desk, boat, zone.kind, since, evidence, 1, grave=zone.kind == "limit", zone=zone
        )
        _put(work, None, case, _entry(desk, None, case, "open"))
        work.cases[name] = case.id
        told = warning.warned(boat, "crossed", since, desk.now, zone)
    if standing.line is not Line.CROSSED and held:
        _over(desk, work, name, standing.line.value)
    work.events += [told] if told else []


def _opened(
    desk: Desk,
    boat: Boat,
    kind: Kind,
    since: datetime,
    evidence: dict[str, Any],
    stage: int,
    *,
    grave: bool,
    zone: Zone | None = None,
) -> Case:
    case_id = desk.new_id(desk.now)
    return Case(
        id=case_id,
        code=public_code("TC", case_id),
        boat=boat.id,
        kind=kind,
        zone=zone.id if zone else None,
        unit=desk.book.agencies[0],
        stage=stage,
        grave=grave,
        since=since,
        opened_at=desk.now,
        updated_at=desk.now,
        evidence=evidence,
    )


def _evidence(desk: Desk, sailing: Sailing, until: int) -> dict[str, Any]:
    """The last positions up to a time, and the documents that the case was judged by."""
    fixes = [fix for fix in sailing.fixes if fix.t <= until][-EVIDENCE:]
    return {
        "fixes": [fix.packed() for fix in fixes],
        "documents": desk.book.version,
        "limits": desk.book.limits_on(local_date(desk.now)).id,
    }


def _entry(desk: Desk, before: Case | None, after: Case, action: str, note: str = "") -> Entry:
    return Entry(
        seq=after.version,
        at=desk.now,
        action=action,
        by=SYSTEM,
        from_state=before.state.value if before else None,
        to_state=after.state.value,
        note=note,
        detail={"stage": after.stage, "grave": after.grave},
    )


def _put(work: _Work, before: Case | None, after: Case, entry: Entry) -> None:
    work.operations += case_rows(before, after, entry)[1]


def _system(desk: Desk, work: _Work, case: Case, action: str, changes: dict[str, Any]) -> None:
    stepped, _ = take(case, Step(action=action, actor="system", by=SYSTEM, now=desk.now))
    after = stepped.model_copy(update=changes)
    _put(work, case, after, _entry(desk, case, after, action))


def _over(desk: Desk, work: _Work, name: str, why: str) -> None:
    """The boat spoke again or came back. A small silence that nobody looked into ends by itself."""
    case = desk.store.case(work.cases.pop(name))
    if case is None or case.state is CaseState.CLOSED:
        return
    small = case.kind == "silence" and case.stage < 3 and not case.grave
    action = "end" if small and moves(case.state, "end") else "over"
    stepped, _ = take(case, Step(action=action, actor="system", by=SYSTEM, now=desk.now))
    after = stepped.model_copy(update={"over": True})
    _put(work, case, after, _entry(desk, case, after, action, why))


def memory_of(desk: Desk, boat: Boat, live: Live) -> Memory:
    """What a boat's positions say."""
    return present(desk.book, boat, live.sailing)
