"""The workflow table itself: nothing dead, nothing unreachable, everything can end."""

from city.contracts.reports import REPORT_EVENTS
from city.reports.fields import FIELDS
from city.reports.steps import EFFECTS, GUARDS
from city.reports.workflow import ACTION_NAMES, FINAL, STATES, WORKFLOW, State

# Both decide the same action from the same state, so exactly one must hold.
OPPOSITES = {
    frozenset({"accepted", "refused"}),
    frozenset({"assigned", "not_assigned"}),
    frozenset({"last_answer", "others_still_work"}),
    frozenset({"open_lead", "open_helper"}),
}


def _next(state: State | None) -> set[State]:
    return {m.to for m in WORKFLOW if m.start == state and m.to is not None}


def test_every_state_is_reached_from_the_start() -> None:
    seen: set[State] = set()
    todo = _next(None)
    while todo:
        state = todo.pop()
        seen.add(state)
        todo |= _next(state) - seen
    assert seen == set(State)


def test_every_state_can_reach_an_end() -> None:
    ends = set(FINAL)
    while True:
        more = {s for s in State if s not in ends and _next(s) & ends}
        if not more:
            break
        ends |= more
    assert ends == set(State)


def test_final_states_go_nowhere() -> None:
    for state in FINAL:
        assert _next(state) <= {state}


def test_every_state_is_named_and_every_action_complete() -> None:
    assert set(STATES) == set(State)
    actions = {m.action for m in WORKFLOW}
    assert actions == set(ACTION_NAMES) == set(REPORT_EVENTS)
    assert actions - {"submit"} == set(EFFECTS) == set(FIELDS)


def test_every_guard_exists_and_is_used() -> None:
    assert {m.guard for m in WORKFLOW if m.guard} == set(GUARDS)


def test_moves_of_one_actor_exclude_one_another() -> None:
    together: dict[tuple[object, str, str], list[str | None]] = {}
    for m in WORKFLOW:
        together.setdefault((m.start, m.action, m.actor), []).append(m.guard)
    for guards in together.values():
        if len(guards) > 1:
            assert frozenset(guards) in OPPOSITES
