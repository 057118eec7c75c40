"""Runs of the reconciliation, what they found, and what was done about it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from city.kernel.problems import Problem
from city.kernel.text import text
from city.settlement.matching import Action, Comparison, Finding


class RunState(StrEnum):
    """Balanced is a day of which nothing is left to do. A run that lacked a statement says so; the
    next one begins anew."""

    BALANCED = "balanced"
    DIFFERENCES = "differences"
    INCOMPLETE = "incomplete"


class Handling(StrEnum):
    """How far the action about a difference is."""

    OPEN = "open"
    DONE = "done"
    CASE = "case"
    SETTLED = "settled"  # a later statement agreed, or a person closed the case


class CaseClosed(Problem):
    """The case is closed, or is none."""

    status = 409
    slug = "case-closed"
    title = text("Không đóng được", "Cannot be closed")
    detail = text("Việc này không chờ ai quyết định.", "Nothing here waits for a decision.")


class TooEarly(Problem):
    """The day is not over."""

    status = 422
    slug = "day-not-over"
    title = text("Ngày chưa kết thúc", "The day is not over")
    detail = text(
        "Chỉ đối soát được ngày đã kết thúc.", "Only a day that is over can be reconciled."
    )


class Input(BaseModel, frozen=True):
    """A statement that a run read: kept as it came, under its hash. `missing` says why there is
    none, `closing_vnd` what the bank says it keeps for us."""

    source: str
    sha256: str = ""
    key: str = ""
    rows: int = 0
    total_vnd: int = 0
    closing_vnd: int | None = None
    missing: str = ""


class Tally(BaseModel, frozen=True):
    """How many of each kind."""

    matched: int = 0
    ours_only: int = 0
    theirs_only: int = 0
    amount_differs: int = 0
    late: int = 0

    @classmethod
    def of(cls, findings: list[Finding]) -> "Tally":
        """Count."""
        return cls(**{kind.value: sum(f.kind is kind for f in findings) for kind in Comparison})

    @property
    def differences(self) -> int:
        """All that is not matched."""
        return self.ours_only + self.theirs_only + self.amount_differs + self.late


class AccountBalance(BaseModel, frozen=True):
    """One line of the trial balance: what an account, or all of a kind, hold at the day's end."""

    account: str
    accounts: int = 1
    debit_vnd: int
    credit_vnd: int


class InFlight(BaseModel, frozen=True):
    """What one side had booked at midnight and the other had not. `amount_vnd` as the guarantee
    account sees it: positive for what comes in. `wallet`: a wallet is the other side of it."""

    ref: str
    kind: str
    side: Literal["bank", "ours"]
    amount_vnd: int
    wallet: bool


class Cover(BaseModel, frozen=True):
    """Whether the guarantee account covers all wallets (Decree 52/2024, Circular 40/2024).
    `escrow_vnd` is the bank's figure where it gave one, `booked_vnd` ours.

    `bank_to_book_vnd` is what we had booked by midnight and the bank had not, `we_to_book_vnd` the
    other way round, `wallets_to_book_vnd` that part of it which is wallets'. `in_flight` lists
    them, the first hundred of `in_flight_count`.
    """

    escrow_vnd: int
    booked_vnd: int
    wallets_vnd: int
    bank_to_book_vnd: int = 0
    we_to_book_vnd: int = 0
    wallets_to_book_vnd: int = 0
    in_flight: tuple[InFlight, ...] = ()
    in_flight_count: int = 0

    @property
    def spare_vnd(self) -> int:
        """What the guarantee account has over all wallets, both with everything booked."""
        escrow = self.escrow_vnd + self.bank_to_book_vnd
        return escrow - self.wallets_vnd - self.wallets_to_book_vnd

    @property
    def unexplained_vnd(self) -> int:
        """What the bank has more than our book of its account, both with everything booked."""
        theirs = self.escrow_vnd + self.bank_to_book_vnd
        return theirs - self.booked_vnd - self.we_to_book_vnd

    @property
    def enough(self) -> bool:
        """The rule itself."""
        return self.spare_vnd >= 0


class ThreeWay(BaseModel, frozen=True):
    """A biller's day in three books: ours, theirs, and what the bank was told to pay for it."""

    biller: str
    ours_vnd: int
    theirs_vnd: int
    agreed_vnd: int
    payouts: tuple[str, ...] = ()
    payout_vnd: int = 0
    bank_paid_vnd: int = 0


class Run(BaseModel, frozen=True):
    """One reconciliation of one day. Runs are never changed; a new one is a new id. `report` is
    the file of everything it found."""

    id: str
    day: date
    at: datetime
    by: str
    state: RunState
    inputs: tuple[Input, ...]
    tallies: dict[str, Tally]
    three_way: tuple[ThreeWay, ...] = ()
    cover: Cover
    balances: tuple[AccountBalance, ...] = Field((), max_length=200)
    progress: dict[Handling, int] = {}
    report: str


class Difference(BaseModel, frozen=True):
    """A difference over all runs that saw it: one row for each source and reference.

    `confirmed_by` stands before anything moves: from then on nothing else can be proposed, and
    whoever asks for the same once more finishes what a death left undone."""

    source: str
    ref: str
    day: date
    kind: Comparison
    action: Action
    progress: Handling
    ours_vnd: int | None
    theirs_vnd: int | None
    receipt: str = ""
    first_run: str
    last_run: str
    seen: int = 1
    note: str = ""
    proposed: str = ""
    proposed_by: str | None = None
    confirmed_by: str | None = None
    closed_by: str | None = None
