"""What the bank can be asked, and everything that it may answer.

As with billers: an answer is one of the classes below, and whatever is not clearly one of them is
`OutcomeUnknown`. Nobody may read "no answer" as "not done".
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from pydantic import BaseModel, Field

REF = r"^[A-Za-z0-9-]{1,35}$"  # EndToEndId: Max35Text


class BankAccount(BaseModel, frozen=True):
    """An account at a bank: NAPAS BIN and number."""

    bank_bin: str = Field(pattern=r"^[0-9]{6}$")
    account: str = Field(pattern=r"^[A-Za-z0-9]{4,24}$")
    holder: str = Field("", max_length=120)

    @property
    def masked(self) -> str:
        """What only its holder recognises."""
        return f"{self.bank_bin} ••••{self.account[-4:]}"


@dataclass(frozen=True, slots=True)
class Instruction:
    """Money to move between the guarantee account and another. `ref` is ours, for ever."""

    ref: str
    amount_vnd: int
    other: BankAccount
    memo: str
    at: datetime


class Settled(BaseModel, frozen=True):
    """Booked; `bank_ref` is the bank's number for it."""

    outcome: Literal["settled"] = "settled"
    bank_ref: str = Field(min_length=1, max_length=64)


class Rejected(BaseModel, frozen=True):
    """Not booked, and under this reference it never will be. `code` is ISO's reason."""

    outcome: Literal["rejected"] = "rejected"
    code: str


class Pending(BaseModel, frozen=True):
    """Taken in, not decided."""

    outcome: Literal["pending"] = "pending"


class NotFound(BaseModel, frozen=True):
    """The bank does not know the reference *now*; a request may still be on its way."""

    outcome: Literal["not_found"] = "not_found"


Answer = Settled | Rejected | Pending
Status = Settled | Rejected | Pending | NotFound


class Line(BaseModel, frozen=True):
    """A booking on the guarantee account; what came in is positive. `ref` is empty for a transfer
    that somebody made by themselves."""

    ref: str
    bank_ref: str
    amount_vnd: int
    at: datetime
    memo: str = ""


class Statement(BaseModel, frozen=True):
    """One day (in Huế) of the guarantee account; `raw` is the file as it came."""

    day: date
    opening_vnd: int
    closing_vnd: int
    lines: tuple[Line, ...]
    raw: bytes = b""


class NotSent(Exception):
    """The bank was not reached: not one byte of the request left."""


class OutcomeUnknown(Exception):
    """Something was sent and no clear answer came back."""


class BankUnavailable(Exception):
    """A question that changes nothing was not answered; ask again later."""


class Counter(Protocol):
    """An open connection, over which one instruction may be sent."""

    def collect(self, wanted: Instruction) -> Answer:
        """From another's account to ours (direct debit, by mandate).

        Raises:
            OutcomeUnknown.
        """

    def pay(self, wanted: Instruction) -> Answer:
        """From ours to another's (credit transfer).

        Raises:
            OutcomeUnknown.
        """


class BankGateway(Protocol):
    """The port."""

    def reach(self) -> AbstractContextManager[Counter]:
        """Connect, before anything is written down as sent.

        Raises:
            NotSent: refused or not there; nothing was asked.
        """

    def same_name(self, account: BankAccount) -> bool:
        """Whether an account is open in the holder's name.

        Raises:
            BankUnavailable.
        """

    def status(self, ref: str) -> Status:
        """What became of a reference.

        Raises:
            BankUnavailable.
        """

    def statement(self, day: date) -> Statement:
        """The bank's book of one day that is over.

        Raises:
            BankUnavailable: not there, not ready, or not readable.
        """
