"""What each action asks for."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from city.contracts.reports import RatingLevel
from city.contracts.sla import Rung

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
PhotoIds = Annotated[list[str], Field(max_length=5)]


class Fields(BaseModel):
    """Base: unknown fields are refused, so that a typo is not silently lost."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Fields):
    """No fields."""


class WithNote(Fields):
    """A note that becomes part of the public timeline."""

    note: Note = ""


class Question(Fields):
    """A question to the reporter."""

    question: Words


class Information(Fields):
    """The reporter's answer to a question, or the grounds of an appeal."""

    text: Words
    photos: PhotoIds = []


class Reject(Fields):
    """Why a report is not eligible: a reason code of the list, and a note."""

    reason: Code
    note: Note = ""


class Merge(Fields):
    """The report that this one repeats."""

    into: str


class Decision(Fields):
    """Yes or no, and why."""

    accept: bool
    note: Note = ""


class Party(Fields):
    """One agency of a dispatch. `working_days` overrides the category's rule."""

    agency_id: str
    lead: bool = False
    working_days: int | None = Field(None, ge=1, le=120)


class Dispatch(Fields):
    """Who must act; exactly one leads (a single agency always does)."""

    agencies: list[Party] = Field(min_length=1, max_length=8)
    urgency: Literal["timed", "immediate"] | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _one_lead(self) -> "Dispatch":
        if len(self.agencies) == 1:
            self.agencies[0].lead = True
        if sum(party.lead for party in self.agencies) != 1:
            raise ValueError("Cần đúng một cơ quan chủ trì.|Exactly one agency must lead.")
        if len({party.agency_id for party in self.agencies}) != len(self.agencies):
            raise ValueError("Một cơ quan chỉ được nêu một lần.|Name each agency once.")
        return self


class ReturnIt(Fields):
    """Why an agency is not responsible."""

    reason: Code
    note: Note = ""


class AskExtension(Fields):
    """More time: working days from the present due date, and why."""

    working_days: int = Field(ge=1, le=60)
    reason: Code
    note: Note = ""


class DecideExtension(Fields):
    """The centre's answer to a request for more time; `working_days` may shorten it."""

    assignment_no: int | None = None
    approve: bool
    working_days: int | None = Field(None, ge=1, le=60)
    note: Note = ""


class FollowUp(Fields):
    """Until when a matter is only watched, and why."""

    plan_date: date
    note: Note = ""


class Reply(Fields):
    """An agency's answer."""

    text: Words
    photos: PhotoIds = []


class SendBack(Fields):
    """Why an answer is not good enough."""

    note: Words
    assignment_no: int | None = None


class SanctionFields(Fields):
    """A fine: whole đồng and the number of the decision."""

    amount_vnd: int = Field(gt=0, le=100_000_000_000)
    decision_no: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)
    ]


class Rate(Fields):
    """How content a person is."""

    level: RatingLevel
    reason: Code | None = None
    comment: Note = ""


class Reopen(Fields):
    """Why the matter is not settled."""

    reason: Code
    text: Note = ""


class Escalate(Fields):
    """A rung of the ladder reached by one assignment's clock."""

    assignment_no: int
    rung: Rung


FIELDS: dict[str, type[Fields]] = {
    "verify": WithNote,
    "request_info": Question,
    "provide_info": Information,
    "reject": Reject,
    "appeal": Information,
    "decide_appeal": Decision,
    "merge": Merge,
    "withdraw": WithNote,
    "dispatch": Dispatch,
    "acknowledge": WithNote,
    "return": ReturnIt,
    "request_extension": AskExtension,
    "decide_extension": DecideExtension,
    "follow_up": FollowUp,
    "resume": WithNote,
    "sanction": SanctionFields,
    "answer": Reply,
    "send_back": SendBack,
    "publish": WithNote,
    "rate": Rate,
    "request_reopen": Reopen,
    "decide_reopen": Decision,
    "close": Nothing,
    "hide": WithNote,
    "unhide": WithNote,
    "escalate": Escalate,
}
