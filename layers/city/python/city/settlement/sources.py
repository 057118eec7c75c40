"""The other sides: who keeps a book of what we did, and what they can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from city.settlement.matching import Ours, Theirs

BANK = "bank"
BILLER = "biller:"


class Answer(StrEnum):
    """What the other side says of one reference. Only the first two end anything."""

    PAID = "paid"
    NOT_PAID = "not_paid"
    NOT_KNOWN = "not_known"


class NoStatement(Exception):
    """The other side gave none, or none that can be read; the run says so and goes on."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A statement as it came, and what it says. `closing_vnd` is the bank's balance of ours."""

    raw: bytes
    media_type: str
    rows: tuple[Theirs, ...]
    closing_vnd: int | None = None


class Source(Protocol):
    """One other side."""

    def statement(self, day: date) -> Fetched:
        """Their book of one day.

        Raises:
            NoStatement: not there, not ready, not readable.
        """

    def ours(self, day: date) -> list[Ours]:
        """Our book of the same day.

        Raises:
            NoStatement: it takes another day's statement, and that is not there.
        """

    def known(self, ref: str) -> Ours | None:
        """A payment to them of any day."""

    def ask(self, ref: str, sent_at: datetime, now: datetime) -> Answer:
        """What they say of a reference now. Never raises for want of an answer: NOT_KNOWN."""

    def absent_is_final(self, sent_at: datetime, statements: int) -> bool:
        """Whether so many statements without a reference prove that it was never paid."""


Sources = Mapping[str, Source]
