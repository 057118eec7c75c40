"""The bank as a source: the day's book of the guarantee account.

What somebody transferred by themselves has no reference of ours; the ledger knows it by the bank's
number, under which it was credited once. What we believe booked and the bank does not know is no
proof either way: the bank has said both, so a person finds out.
"""

from datetime import date, datetime, timedelta

from city.bank.port import BankGateway, BankUnavailable, Line, Settled, Statement
from city.ledger.book import Ledger, read_payment
from city.ledger.model import ESCROW, suspended
from city.settlement import ours
from city.settlement.matching import Ours, Standing, Theirs
from city.settlement.sources import Answer, Fetched, NoStatement


class BankSource:
    """See `Source`."""

    def __init__(self, bank: BankGateway, ledger: Ledger) -> None:
        self._bank, self._ledger = bank, ledger

    def statement(self, day: date) -> Fetched:
        """See `Source.statement`."""
        came = self._fetched(day)
        rows = tuple(self._row(line) for line in came.lines)
        return Fetched(came.raw, "application/json", rows, came.closing_vnd)

    def _fetched(self, day: date) -> Statement:
        try:
            return self._bank.statement(day)
        except BankUnavailable as error:
            raise NoStatement(str(error)) from error

    def _row(self, line: Line) -> Theirs:
        ref = self._reference(line)
        return Theirs(ref=ref, amount_vnd=line.amount_vnd, at=line.at, receipt=line.bank_ref)

    def _reference(self, line: Line) -> str:
        """Ours if it is one, else that of the payment which the bank's number was credited by."""
        if line.ref and read_payment(self._ledger.table, line.ref):
            return line.ref
        used = self._ledger.table.get(f"ONCE#bank-{line.bank_ref}", "A")
        return str(used.doc["payment_id"]) if used else line.ref or f"bank-{line.bank_ref}"

    def ours(self, day: date) -> list[Ours]:
        """See `Source.ours`. What the bank booked before midnight and we after it was compared with
        the day before."""
        mine = ours.of_bank(self._ledger, day)
        if not mine:
            return mine
        rows = (self._row(line) for line in self._fetched(day - timedelta(days=1)).lines)
        before = {(row.ref, row.amount_vnd) for row in rows}
        booked = [self._with_suspense(each) for each in mine]
        return [e for e in booked if e.amount_vnd and (e.ref, e.amount_vnd) not in before]

    def known(self, ref: str) -> Ours | None:
        """See `Source.known`."""
        found = ours.of_bank_ref(self._ledger, ref)
        return self._with_suspense(found) if found else None

    def _with_suspense(self, one: Ours) -> Ours:
        """What persons have booked of it against suspense, so that it agrees from then on."""
        used = self._ledger.table.get(f"ONCE#{suspended(one.ref)}", "A")
        made = read_payment(self._ledger.table, used.doc["payment_id"]) if used else None
        if made is None:
            return one
        moved = made.amount_vnd if made.source == ESCROW else -made.amount_vnd
        had = one.amount_vnd if one.standing is Standing.BOOKED else 0
        return one.model_copy(update={"amount_vnd": had + moved, "standing": Standing.BOOKED})

    def ask(self, ref: str, sent_at: datetime, now: datetime) -> Answer:  # noqa: ARG002
        """See `Source.ask`: only what we have booked is asked about, which the bank said once."""
        try:
            answer = self._bank.status(ref)
        except BankUnavailable:
            return Answer.NOT_KNOWN
        return Answer.PAID if isinstance(answer, Settled) else Answer.NOT_KNOWN

    def absent_is_final(self, sent_at: datetime, statements: int) -> bool:  # noqa: ARG002
        """See `Source.absent_is_final`."""
        return False
