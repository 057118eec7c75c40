"""What staff say and see about payments through the bank that a person has to end, and about
corrections through suspense."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from city.kernel.page import PageQuery
from city.kernel.text import Text
from city.ledger.amounts import Vnd
from city.ledger.model import ESCROW, IN_TRANSIT, account
from city.ledger.proposals import Proposed
from city.wallet.shapes import Asked, PaymentCard, Shown, plain

SUSPENSE = "suspense:"


class CaseOutcome(StrEnum):
    """How a case ends: the bank made it, did not, or nobody can say: then the amount waits in
    suspense, neither the wallet's nor the bank's."""

    PAID = "paid"
    NOT_PAID = "not_paid"
    SUSPENSE = "suspense"


class BankCasesQuery(PageQuery):
    """Payments through the bank whose outcome nobody knows."""

    state: Literal["UNKNOWN", "CASE"] | None = None


class BankCaseCard(BaseModel):
    """One line of the list: nobody's name, nobody's account."""

    payment_id: str
    kind: str
    state: str
    state_name: Text
    amount_vnd: int
    sent_at: datetime | None
    asked: int
    next_check_at: datetime | None
    proposed: bool


class BankSays(BaseModel):
    """What the bank says of a reference now."""

    at: datetime
    outcome: Literal["settled", "rejected", "pending", "not_found", "unavailable"]
    bank_ref: str = ""
    code: str = ""


class BankProposal(Proposed, frozen=True):
    """How somebody would end a case, and on what evidence. `receipt` is the bank's number."""

    outcome: CaseOutcome


class NewBankProposal(Asked):
    """End a case so; a second person decides."""

    outcome: CaseOutcome
    evidence: Annotated[str, Field(min_length=10, max_length=1000), AfterValidator(plain)]
    receipt: str = Field("", max_length=64, pattern=r"^[A-Za-z0-9-]*$")


class SecondDecision(Asked):
    """Agree with the proposal of this version, or not."""

    version: int = Field(ge=1)
    agree: bool


class BankCaseView(Shown):
    """Everything that a person needs to end a case."""

    payment: PaymentCard
    reference: str
    asked: int
    evidence: str
    bank: BankSays
    proposal: BankProposal | None
    can_ask: bool


class NewCorrection(Asked):
    """Move money between suspense and another account. `reference` names what it rests on: a
    payment, a letter, a number of the bank."""

    source: str = Field(max_length=80)
    target: str = Field(max_length=80)
    amount_vnd: Vnd
    reason: Annotated[str, Field(min_length=10, max_length=500), AfterValidator(plain)]
    reference: Annotated[str, Field(min_length=3, max_length=80), AfterValidator(plain)]

    @model_validator(mode="after")
    def _through_suspense(self) -> "NewCorrection":
        sides = (account(self.source), account(self.target))
        if not any(side.startswith(SUSPENSE) for side in sides) or sides[0] == sides[1]:
            raise ValueError("Một bên phải là tài khoản treo.|One side has to be suspense.")
        if ESCROW in sides or IN_TRANSIT in sides:
            raise ValueError(
                "Tài khoản bảo đảm và tiền đang chi chỉ đổi theo ngân hàng.|"
                "The guarantee account and payouts in transit follow the bank alone."
            )
        return self


class CorrectionState(StrEnum):
    """Where a correction stands."""

    PROPOSED = "proposed"
    MADE = "made"
    REFUSED = "refused"


class Correction(BaseModel, frozen=True):
    """A correction: who proposed it and why, who decided, and the payment that it became."""

    id: str
    source: str
    target: str
    amount_vnd: int
    reason: str
    reference: str
    state: CorrectionState
    by: str
    at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    payment_id: str | None = None
    version: int = 1
