"""Why a step of a warning's life is refused, in both languages."""

from city.alerts.lint import Finding
from city.alerts.model import Alert
from city.alerts.steps import Step
from city.alerts.workflow import ACTION_NAMES, GUARD_NAMES, STATE_NAMES, moves
from city.kernel.problems import FieldError, Problem
from city.kernel.text import text

TYPED = {"Exercise": ("DIỄN TẬP", "EXERCISE"), "Test": ("THỬ NGHIỆM", "TEST")}


class NotAllowedNow(Problem):
    """The life cycle has no such move from here; `extra` says which it has and what is missing."""

    status = 409
    slug = "not-allowed-now"
    title = text("Chưa làm được lúc này", "Not possible now")
    detail = text(
        "“{action_vi}” không làm được khi cảnh báo ở trạng thái “{state_vi}”{because_vi}.",
        "“{action_en}” is not possible while the warning is “{state_en}”{because_en}.",
    )


class NotReady(Problem):
    """The message has faults that must be mended before it may go out."""

    status = 422
    slug = "warning-not-ready"
    title = text("Bản tin chưa phát được", "The message is not ready")
    detail = text(
        "Bản tin còn {n} lỗi. Chưa có gì được phát.",
        "The message has {n} faults. Nothing was released.",
    )


class TypedWordNeeded(Problem):
    """An exercise or test needs its typed word; a real warning must not come with one."""

    status = 422
    slug = "typed-confirmation"
    title = text("Cần gõ xác nhận", "Typed confirmation needed")
    detail = text("{vi}", "{en}")


def refusal(warning: Alert, step: Step, offered: list[str]) -> NotAllowedNow:
    """Why a step is not possible, in words."""
    close = [m for m in moves(warning.state, step.action) if m.actor == step.actor and m.guard]
    needs = GUARD_NAMES[close[0].guard] if close and close[0].guard else None
    action, state = ACTION_NAMES[step.action], STATE_NAMES[warning.state]
    return NotAllowedNow(
        extra={
            "state": warning.state.value,
            "allowed": offered,
            "needs": close[0].guard if close else None,
        },
        action_vi=action.vi,
        action_en=action.en,
        state_vi=state.vi,
        state_en=state.en,
        because_vi=f"; cần: {needs.vi}" if needs else "",
        because_en=f"; needed: {needs.en}" if needs else "",
    )


def not_ready(findings: list[Finding]) -> NotReady:
    """A refusal that names every fault."""
    errors = tuple(FieldError(field=f.field, vi=f.vi, en=f.en) for f in findings)
    return NotReady(errors=errors, n=len(findings))


def check_typed(warning: Alert, confirm: str) -> None:
    """What is not real needs its word typed; what is real must not come with one.

    Raises:
        TypedWordNeeded: as said.
    """
    wanted = TYPED.get(warning.status)
    typed = confirm.strip().upper()
    if wanted is None and typed in {word for words in TYPED.values() for word in words}:
        raise TypedWordNeeded(
            vi="Đây là cảnh báo THẬT, không phải diễn tập. Chưa có gì được phát.",
            en="This warning is REAL, no exercise. Nothing was released.",
        )
    if wanted and typed not in wanted:
        raise TypedWordNeeded(vi=f"Gõ “{wanted[0]}” để phát.", en=f"Type “{wanted[1]}” to release.")
