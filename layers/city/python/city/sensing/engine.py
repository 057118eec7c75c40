"""The threshold engine: `step(state, t, value, rule)`. Pure; time is epoch milliseconds.

Each level has timers of its own. A level's up-timer starts with the first value at or over it and
is stopped only by a value under its dead band, so noise around a level cannot starve it, nor the
levels below it. Between readings the last value is taken to hold, but for no longer than
`max_gap`: silence neither raises nor clears. That makes `advance` (the sweep without a reading)
and `step` agree, whichever comes first.

A level is raised after `hold_up` by a value at or over it that at least `min_readings` readings
supported. Jumps of two levels, and the top level, need no hold after the second agreeing reading,
unless a level was cleared within the hold. A level is cleared after `hold_down` under its dead
band. So no two opposite changes are ever closer than the shorter hold.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

NEVER = -1
AGREEING = 2
JUMP = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """Levels in rising order of danger, with times in milliseconds.

    `below` turns it round: low values are the bad ones, and `levels` fall.
    """

    levels: tuple[float, ...]
    deadband: float = 0.0
    hold_up: int = 0
    hold_down: int = 0
    max_gap: int = 3_600_000
    min_readings: int = AGREEING
    quick_top: bool = True
    below: bool = False
    marks: tuple[float, ...] = field(init=False)
    floors: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        sign = -1.0 if self.below else 1.0
        marks = tuple(sign * level for level in self.levels)
        if not marks or list(marks) != sorted(set(marks)):
            raise ValueError("levels must be distinct and in order of danger")
        object.__setattr__(self, "marks", marks)
        object.__setattr__(self, "floors", tuple(mark - self.deadband for mark in marks))


class State(NamedTuple):
    """What is known up to `t`. Timers hold the time at which they started, or `NEVER`."""

    t: int
    x: float
    level: int
    up_since: tuple[int, ...]
    up_count: tuple[int, ...]
    down_since: tuple[int, ...]
    cleared_at: int


class Change(NamedTuple):
    """A transition at its own time, which may lie before the moment it was noticed."""

    at: int
    previous: int
    level: int


def initial(rule: Rule) -> State:
    """Nothing measured yet."""
    n = len(rule.marks)
    return State(NEVER, 0.0, 0, (NEVER,) * n, (0,) * n, (NEVER,) * n, NEVER)


def step(state: State, t: int, value: float, rule: Rule) -> tuple[State, list[Change]]:
    """Take in a reading. One that is not newer than the last changes nothing."""
    if t <= state.t:
        return state, []
    x = -value if rule.below else value
    if state.level == 0 and x < rule.floors[0] and state.up_since[0] == NEVER:
        return state._replace(t=t, x=x), []  # nothing stirs, the usual case
    changes: list[Change] = []
    if state.t != NEVER:
        state = _settle(state, min(t, state.t + rule.max_gap), rule, changes)
        if t - state.t > rule.max_gap:
            state = _still(state, rule)
    state = _timed(state, t, x, rule)
    state = _jumped(state, rule, changes)
    return _settle(state, t, rule, changes), changes


def advance(state: State, now: int, rule: Rule) -> tuple[State, list[Change]]:
    """Let time pass without a reading: holds end, as long as the last reading may speak."""
    changes: list[Change] = []
    if state.t == NEVER or now <= state.t:
        return state, changes
    return _settle(state, min(now, state.t + rule.max_gap), rule, changes), changes


def _still(state: State, rule: Rule) -> State:
    n = len(rule.marks)
    return state._replace(up_since=(NEVER,) * n, up_count=(0,) * n, down_since=(NEVER,) * n)


def _timed(state: State, t: int, x: float, rule: Rule) -> State:
    """Start and stop the timers of every level."""
    up, count, down = list(state.up_since), list(state.up_count), list(state.down_since)
    for i, (mark, floor) in enumerate(zip(rule.marks, rule.floors, strict=True)):
        if x >= mark:
            up[i] = t if up[i] == NEVER else up[i]
            count[i] += 1
            down[i] = NEVER
        elif x < floor:
            up[i], count[i] = NEVER, 0
            down[i] = t if down[i] == NEVER else down[i]
    return State(t, x, state.level, tuple(up), tuple(count), tuple(down), state.cleared_at)


def _jumped(state: State, rule: Rule, changes: list[Change]) -> State:
    """Raise at once what rose by two levels or to the top, once a second reading agrees."""
    target = sum(
        state.x >= mark and count >= AGREEING
        for mark, count in zip(rule.marks, state.up_count, strict=True)
    )
    if target <= state.level:
        return state
    top = rule.quick_top and target == len(rule.marks)
    recent = state.cleared_at != NEVER and state.t - state.cleared_at < rule.hold_up
    if recent or not (top or target - state.level >= JUMP):
        return state
    changes.append(Change(state.t, state.level, target))
    return state._replace(level=target)


def _settle(state: State, until: int, rule: Rule, changes: list[Change]) -> State:
    """Make the transitions that fall due up to a time, the last value holding."""
    while True:
        raised = _next_up(state, rule)
        if raised and raised[0] <= until:
            at, level = raised
            changes.append(Change(at, state.level, level))
            state = state._replace(level=level)
            continue
        i = state.level - 1
        if i >= 0 and state.down_since[i] != NEVER:
            at = max(state.down_since[i] + rule.hold_down, state.t)
            if at <= until:
                changes.append(Change(at, state.level, i))
                state = state._replace(level=i, cleared_at=at)
                continue
        return state


def _next_up(state: State, rule: Rule) -> tuple[int, int] | None:
    """When the next higher level is raised if nothing changes, and which."""
    best: tuple[int, int] | None = None
    for i in range(state.level, len(rule.marks)):
        if state.up_count[i] < rule.min_readings or state.x < rule.marks[i]:
            continue
        due = max(state.up_since[i] + rule.hold_up, state.t)
        if best is None or due <= best[0]:
            best = (due, i + 1)
    return best
