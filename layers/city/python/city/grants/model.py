"""A grant and its life."""

from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from city.contracts.grants import GrantState
from city.kernel.page import PageQuery
from city.kernel.problems import Problem
from city.kernel.text import Text, text

State = Literal["requested", "scheduled", "active", "expired", "revoked", "refused", "given_up"]
OPEN: frozenset[State] = frozenset({"requested", "scheduled", "active"})
CODE_LIFE = timedelta(minutes=10)


class NotYours(Problem):
    """This organisation or this person may not give this role."""

    status = 403
    slug = "role-not-yours-to-give"
    title = text("Không được cấp vai trò này", "Not yours to give")
    detail = text(
        "Tổ chức này không cấp được vai trò này.", "This organisation may not grant this role."
    )


class AlreadyHeld(Problem):
    """There is an open grant of this role at this organisation."""

    status = 409
    slug = "role-already-held"
    title = text("Đã có vai trò này", "Role already held")
    detail = text(
        "Đã có vai trò này hoặc một đề nghị đang chờ.", "The role is held or requested already."
    )


class NotOpen(Problem):
    """The grant's state does not allow this step."""

    status = 409
    slug = "grant-not-open"
    title = text("Không làm được ở trạng thái này", "Not possible in this state")
    detail = text("Vai trò đang ở trạng thái {state}.", "The grant is {state}.")


class WrongInvitation(Problem):
    """The six letters are wrong or too old."""

    status = 404
    slug = "wrong-invitation-code"
    title = text("Mã không đúng", "Wrong code")
    detail = text(
        "Mã không đúng hoặc đã quá 10 phút. Đề nghị người được cấp lấy mã mới.",
        "The code is wrong or older than ten minutes. Ask for a new one.",
    )


class Step(BaseModel, frozen=True):
    """One entry of a grant's history; `by` is a user id, or `clock`."""

    at: datetime
    by: str
    what: str
    note: str = ""


class Grant(BaseModel, frozen=True):
    """A role of a person. `unit` is the organisation that answers for it; None for one's own."""

    id: str
    subject: str
    role: str
    unit: str | None
    valid_from: datetime
    valid_to: datetime | None = None
    state: State
    evidence: str = ""
    media: tuple[str, ...] = ()
    label: str = ""
    approved_by: tuple[str, ...] = ()
    history: tuple[Step, ...] = ()

    def holds(self, now: datetime) -> bool:
        """Whether the person may act in the role now."""
        ended = self.valid_to is not None and now >= self.valid_to
        return self.state == "active" and self.valid_from <= now and not ended

    def moved(self, state: State, at: datetime, by: str, what: str, note: str = "") -> "Grant":
        """The grant in its next state, with the step on record."""
        step = Step(at=at, by=by, what=what, note=note)
        return self.model_copy(update={"state": state, "history": (*self.history, step)})

    def wire(self) -> GrantState:
        """As others are told."""
        return GrantState(
            role=self.role, unit=self.unit, valid_from=self.valid_from, valid_to=self.valid_to
        )


class RoleRequest(BaseModel):
    """A person asks for a role, or takes one that may be taken."""

    model_config = ConfigDict(extra="forbid")

    role: str = Field(max_length=60)
    unit: str | None = Field(None, max_length=80)
    evidence: str = Field("", max_length=500)
    media: list[str] = Field(default_factory=list, max_length=5)


class NewGrant(BaseModel):
    """An organisation gives a role to whoever told their code, or to a known account."""

    model_config = ConfigDict(extra="forbid")

    code: str | None = Field(None, pattern=r"^\s*[A-Za-z]{6}\s*$")
    subject: str | None = Field(None, max_length=40)
    role: str = Field(max_length=60)
    valid_from: date | None = None
    valid_to: date | None = None
    evidence: str = Field("", max_length=500)
    label: str = Field("", max_length=80)


class Decision(BaseModel):
    """Accept or refuse a request."""

    model_config = ConfigDict(extra="forbid")

    accept: bool
    valid_to: date | None = None
    note: str = Field("", max_length=500)


class Revocation(BaseModel):
    """Why a role ends."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=500)


class InvitationCode(BaseModel):
    """Six letters to tell an organisation's administrator, and their life in seconds."""

    code: str
    expires_in: int


class GrantView(BaseModel):
    """A grant as its holder or the organisation's administrator sees it."""

    id: str
    role: str
    role_name: Text
    unit: str | None
    unit_name: Text | None
    valid_from: datetime
    valid_to: datetime | None
    state: State
    evidence: str
    label: str
    approvals: int
    history: list[Step]


class MembersQuery(PageQuery):
    """An organisation's grants, of one state or all."""

    state: State | None = None


class OrganisationsQuery(PageQuery):
    """Organisations of a kind, or whose name holds some words."""

    kind: str | None = Field(None, max_length=40)
    q: str = Field("", max_length=80)
