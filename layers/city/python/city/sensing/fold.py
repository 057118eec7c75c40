"""Readings in any order, several streams, rates and sums: folded into the engine's state. Pure.

What counts is the set of readings, not the order in which they came: the newest ones stay in a
`tail` that is folded again when a late one arrives, and only what can no longer change (older than
the rule's lateness and then some) sinks into `base`. `replay` folds stored readings from nothing
and must find the same changes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from city.sensing.engine import NEVER, Change, Rule, State, advance, initial, step
from city.sensing.rules import SECOND, RuleDocument

SLACK_S = 1200  # how far the queue may bring messages out of order, retries included
HOUR_MS = 3_600_000


class Entry(NamedTuple):
    """A reading as a rule sees it."""

    t: int
    stream: str
    value: float


class Point(NamedTuple):
    """What the rule compared at a time, and the reading's own value."""

    t: int
    value: float
    compared: float | None
    ids: tuple[str, ...]


class Folded(NamedTuple):
    """The engine's state, each stream's newest value, and the values a window still needs."""

    state: State
    latest: dict[str, tuple[int, float]]
    trail: tuple[Point, ...]


class Live(NamedTuple):
    """What is kept of a rule between readings."""

    base: Folded
    sunk_to: int
    tail: tuple[Entry, ...]
    newest_rx: int
    missed: int


def empty(rule: Rule) -> Folded:
    """Nothing folded yet."""
    return Folded(initial(rule), {}, ())


def begin(rule: Rule) -> Live:
    """A rule that has seen nothing."""
    return Live(empty(rule), NEVER, (), 0, 0)


def taken_in(
    live: Live, entries: Iterable[Entry], received: int, document: RuleDocument, rule: Rule
) -> tuple[Live, Folded, list[Change]]:
    """Add readings; returns the state after the newest and all changes of the tail.

    Entries below the base can no longer be counted; they are only counted as missed.
    """
    known = {(e.t, e.stream): e for e in live.tail}
    missed = live.missed
    for entry in entries:
        if entry.t <= live.sunk_to:
            missed += (entry.t, entry.stream) not in known
        else:
            known[entry.t, entry.stream] = entry
    tail = sorted(known.values())
    newest = max(live.newest_rx, received)
    horizon = newest - (document.lateness_s + SLACK_S) * SECOND
    cut = bisect_left(tail, Entry(horizon, "", 0.0))
    base, sunk = _fold(live.base, tail[:cut], document, rule)
    after, changes = _fold(base, tail[cut:], document, rule)
    sunk_to = tail[cut - 1].t if cut else live.sunk_to
    return Live(base, sunk_to, tuple(tail[cut:]), newest, missed), after, [*sunk, *changes]


def state_at(
    live: Live, now: int, document: RuleDocument, rule: Rule
) -> tuple[Folded, list[Change]]:
    """The state when time has passed without readings."""
    folded, changes = _fold(live.base, live.tail, document, rule)
    state, more = advance(folded.state, now, rule)
    return folded._replace(state=state), [*changes, *more]


def replay(
    entries: Iterable[Entry], until: int, document: RuleDocument, rule: Rule
) -> tuple[Folded, list[Change]]:
    """All changes of a set of readings up to a moment."""
    folded, changes = _fold(empty(rule), sorted(set(entries)), document, rule)
    state, more = advance(folded.state, until, rule)
    return folded._replace(state=state), [*changes, *more]


def _fold(
    folded: Folded, entries: Sequence[Entry], document: RuleDocument, rule: Rule
) -> tuple[Folded, list[Change]]:
    changes: list[Change] = []
    for t, together in groupby(entries, key=lambda e: e.t):
        folded, made = _feed(folded, t, list(together), document, rule)
        changes += made
    return folded, changes


def _feed(
    folded: Folded, t: int, together: list[Entry], document: RuleDocument, rule: Rule
) -> tuple[Folded, list[Change]]:
    """All readings of one moment are one step."""
    latest = {**folded.latest, **{e.stream: (t, e.value) for e in together}}
    value = _agreed(latest, t, document)
    if value is None:
        return folded._replace(latest=latest), []
    ids = tuple(f"{e.stream}@{t}" for e in together)
    since = t - max(document.window_s, document.hold_up_s, document.hold_down_s) * SECOND
    before = [p for p in folded.trail if p.t > since]
    compared = _compared(before, t, value, document)
    trail = (*before, Point(t, value, compared, ids))
    if compared is None:
        return Folded(folded.state, latest, trail), []
    state, changes = step(folded.state, t, compared, rule)
    return Folded(state, latest, trail), changes


def _agreed(latest: dict[str, tuple[int, float]], t: int, document: RuleDocument) -> float | None:
    """The value that `need` streams reach or pass, if as many are fresh."""
    need = document.combine.need
    oldest = t - document.combine.within_s * SECOND
    fresh = sorted((v for at, v in latest.values() if at >= oldest), reverse=not document.below)
    return fresh[need - 1] if len(fresh) >= need else None


def _compared(
    before: Sequence[Point], t: int, value: float, document: RuleDocument
) -> float | None:
    if document.measure == "value":
        return value
    within = [p for p in before if p.t > t - document.window_s * SECOND]
    if document.measure == "sum":
        return sum(p.value for p in within) + value
    if not within or (t - within[0].t) * 2 < document.window_s * SECOND:
        return None  # half a window at least, or noise would look like a rise
    return (value - within[0].value) * HOUR_MS / (t - within[0].t)


def trend(trail: Sequence[Point], steady: float) -> float:
    """How much the value changed over the trail's last hour; within `steady` it is none."""
    if len(trail) < 2:
        return 0.0
    last = trail[-1]
    first = next(p for p in trail if p.t >= last.t - HOUR_MS)
    moved = last.value - first.value
    return moved if abs(moved) > steady else 0.0
