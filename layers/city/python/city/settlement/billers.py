"""A biller as a source: its statement, and what it says when asked, read by its declared traits."""

from datetime import date, datetime

from city.billers.port import (
    Biller,
    BillerUnavailable,
    Cancelled,
    NotFound,
    NotOffered,
    Paid,
    Rejected,
)
from city.billers.traits import Traits
from city.ledger.book import Ledger
from city.settlement import ours
from city.settlement.matching import Ours, Theirs
from city.settlement.sources import Answer, Fetched, NoStatement


class BillerSource:
    """See `Source`."""

    def __init__(self, biller: Biller, traits: Traits, ledger: Ledger) -> None:
        self._biller, self._traits, self._ledger = biller, traits, ledger

    def statement(self, day: date) -> Fetched:
        """See `Source.statement`."""
        ready = self._traits.statement_ready_at(day)
        if self._ledger.now() < ready:
            raise NoStatement(f"not ready before {ready.isoformat()}")
        try:
            came = self._biller.statement(day)
        except BillerUnavailable as error:
            raise NoStatement(str(error)) from error
        rows = tuple(
            Theirs(ref=row.ref, amount_vnd=row.amount_vnd, at=row.paid_at, receipt=row.receipt)
            for row in came.rows
        )
        return Fetched(came.raw, "text/csv; charset=utf-8", rows)

    def ours(self, day: date) -> list[Ours]:
        """See `Source.ours`."""
        return ours.of_biller(self._ledger, self._traits.id, day)

    def known(self, ref: str) -> Ours | None:
        """See `Source.known`."""
        return ours.of_biller_ref(self._ledger, self._traits.id, ref)

    def ask(self, ref: str, sent_at: datetime, now: datetime) -> Answer:
        """See `Source.ask`. Not found is an answer only once the biller's traits say that it is."""
        if not self._traits.query:
            return Answer.NOT_KNOWN
        try:
            answer = self._biller.query(ref)
        except (BillerUnavailable, NotOffered):
            return Answer.NOT_KNOWN
        if isinstance(answer, Paid):
            return Answer.PAID
        gone = isinstance(answer, Cancelled) or (isinstance(answer, Rejected) and answer.final)
        unknown = isinstance(answer, NotFound) and self._traits.not_found_is_final(sent_at, now)
        return Answer.NOT_PAID if gone or unknown else Answer.NOT_KNOWN

    def absent_is_final(self, sent_at: datetime, statements: int) -> bool:  # noqa: ARG002
        """See `Source.absent_is_final`."""
        days = self._traits.absence_final_days
        return days is not None and statements >= days
