"""What the clock does to warnings: end what has expired, propose the update that is due."""

from city.alerts.desk import ATTEMPTS, Desk, found, stepped
from city.alerts.kinds import Kind
from city.alerts.model import Alert
from city.alerts.steps import SYSTEM, Step, possible
from city.alerts.store import retrying
from city.alerts.workflow import State


def tend(desk: Desk, limit: int = 50) -> tuple[int, int]:
    """What the clock does: end what has expired, propose the update that is due."""
    ended = reminded = 0
    for warning_id in desk.alerts.due("EXPIRES", desk.now, limit):
        ended += _tick(desk, warning_id, "expire")
    for warning_id in desk.alerts.due("REMIND", desk.now, limit):
        reminded += _tick(desk, warning_id, "propose")
    return ended, reminded


def _tick(desk: Desk, warning_id: str, action: str) -> int:
    def attempt(n: int) -> int:
        warning = found(desk, warning_id)
        shown = warning.current or warning.drafted
        kind = desk.kind_of(shown)
        content = None
        if action == "propose":
            due = warning.remind_at is not None and warning.remind_at <= desk.now
            if not due or warning.state is not State.ACTIVE or warning.over:
                return _later(desk, warning, kind, n)
            content = shown.model_copy(update={"expires": None})
        step = Step(action, "system", SYSTEM, desk.now, kind, content=content)
        if possible(warning, step) is None:
            return 0
        stepped(desk, warning, step, n)
        return 1

    return retrying(ATTEMPTS, attempt)


def _later(desk: Desk, warning: Alert, kind: Kind, n: int) -> int:
    """A reminder that nobody needs goes away."""
    if warning.remind_at is None or warning.remind_at > desk.now or warning.finished:
        return 0
    step = Step("note_change", "system", SYSTEM, desk.now, kind, content=warning.suggested)
    stepped(desk, warning, step, n, {"remind_at": None})
    return 0
