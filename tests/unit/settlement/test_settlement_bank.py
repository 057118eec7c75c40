"""The bank as third source, over the simulator's own book: each kind of difference and its act."""

import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from city.bank.port import BankUnavailable, Line, Rejected, Settled, Statement, Status
from city.bank.port import NotFound as NotKnown
from city.kernel.problems import Problem
from city.ledger import changes, payments
from city.ledger.model import DIFFERENCES, ESCROW, Kind, Payment, suspended
from city.ledger.problems import AlreadyUsed
from city.ledger.workflow import Proof, State
from city.settlement import deciding, running
from city.settlement.bank import BankSource
from city.settlement.deciding import Decide
from city.settlement.matching import Action, Comparison
from city.settlement.model import Difference, Handling, Run, RunState
from settlement_world import BOSS, BOSS2, LEASE, Hall, balances, check_invariants

from infra.simulators.bank_book import GUARANTEE, Book

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))
from ledger_world import Books

START = 10_000_000


@dataclass
class BookBank:
    """The bank's port over its simulator's book; `rows` may spoil a statement."""

    books: Books
    book: Book
    spoilt: dict[str, int | None]  # a reference's amount on the statement; None: not on it
    twice: str = ""
    shut: bool = False

    def statement(self, day: date) -> Statement:
        if self.shut:
            raise BankUnavailable("503")
        opening, rows = self.book.day(day)
        lines = [line for row in rows if (line := self._line(row)).amount_vnd]
        lines += [line for line in lines if line.ref == self.twice]
        closing = opening + sum(line.amount_vnd for line in lines)
        return Statement(day=day, opening_vnd=opening, closing_vnd=closing, lines=tuple(lines),
                         raw=repr(lines).encode())  # fmt: skip

    def _line(self, row: dict[str, object]) -> Line:
        amount = self.spoilt.get(str(row["ref"]), int(str(row["amount"]))) or 0
        return Line.model_validate(
            {"ref": row["ref"], "bank_ref": f"FT{row['id']}", "at": row["at"],
             "amount_vnd": amount if row["target"] == GUARANTEE else -amount}
        )  # fmt: skip

    def status(self, ref: str) -> Status:
        row = self.book.of(ref)
        if row is None:
            return NotKnown()
        return Settled(bank_ref="FT") if row["state"] == "ACSC" else Rejected(code=row["code"])


class BankHall(Hall):
    """A hall whose bank has a book of its own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.book = Book(None)
        self.book.open("999946-1", "LAN", 10 * START)
        self.port = BookBank(self.books, self.book, {})
        loaded = next(p for p in _all(self) if p.kind is Kind.TOP_UP)
        self.bank_has(loaded.id, loaded.amount_vnd)

    def bank_has(self, ref: str, amount: int, *, after: timedelta = timedelta()) -> str:
        """The bank books so much; in when positive. Its number for it."""
        there = ("999946-1", GUARANTEE) if amount > 0 else (GUARANTEE, "999946-1")
        told = {"ref": ref, "source": there[0], "target": there[1], "amount": abs(amount)}
        row = self.book.take({**told, "memo": "x"}, self.books.now + after)
        assert row["state"] == "ACSC", row
        return f"FT{row['id']}"

    def sends(self, kind: Kind, amount: int) -> Payment:
        """A payment that the bank is being asked to make."""
        sides = (ESCROW, self.lan.account) if kind is Kind.TOP_UP else (self.lan.account, ESCROW)
        order = self.books.order(kind, *sides, amount, stepped_up=True)
        begun = payments.begin(self.books.ledger, order)
        return changes.send(self.books.ledger, begun.id, LEASE)

    def books_here(self, payment: Payment) -> None:
        """We learn that it was made."""
        changes.capture(self.books.ledger, payment.id, "FT")

    def run(self, back: int = 1) -> Run:
        source = BankSource(self.port, self.books.ledger)  # type: ignore[arg-type]
        day = self.today - timedelta(days=back)
        return running.run_day(self.office(), self.files, {"bank": source}, day, "test")

    def waits(self, ref: str) -> Difference:
        found = self.difference(ref, "bank")
        assert found
        return found

    def decided(self, ref: str, decision: str) -> None:
        """Two persons end a case."""
        body = Decide.model_validate(
            {"source": "bank", "ref": ref, "decision": decision, "note": "Đã đối chiếu"}
        )
        assert deciding.decide(self.office(), body, BOSS).progress is Handling.CASE
        assert deciding.decide(self.office(), body, BOSS2).progress is Handling.SETTLED

    def agree(self) -> None:
        """Our book of the guarantee account is the bank's."""
        check_invariants(self.books)
        assert -balances(self.books.memory)[ESCROW] == self.book.balance(GUARANTEE)


def _all(hall: Hall) -> list[Payment]:
    from settlement_world import payments_of

    return payments_of(hall.books.memory)


@pytest.fixture
def hall() -> BankHall:
    return BankHall()


def test_a_day_that_agrees_and_the_cover_by_the_banks_own_figure(hall: BankHall) -> None:
    for kind, amount in ((Kind.TOP_UP, 300_000), (Kind.CASH_OUT, 100_000)):
        payment = hall.sends(kind, amount)
        hall.bank_has(payment.id, amount if kind is Kind.TOP_UP else -amount)
        hall.books_here(payment)
    hall.night()
    run = hall.run()
    assert run.state is RunState.BALANCED
    assert run.tallies["bank"].matched == 3 and run.tallies["bank"].differences == 0
    assert run.inputs[0].closing_vnd == START + 200_000 == run.cover.escrow_vnd
    assert run.cover.enough and run.cover.booked_vnd == run.cover.wallets_vnd == START + 200_000
    hall.agree()


def test_missing_at_the_bank_waits_for_three_statements_and_moves_nothing(hall: BankHall) -> None:
    payment = hall.sends(Kind.CASH_OUT, 100_000)
    hall.books_here(payment)  # it said so once
    held = hall.purse()
    for night in range(3):
        hall.night()
        for back in range(1, night + 1):
            hall.run(back)
        assert hall.run(night + 1).tallies["bank"].ours_only == 1
        assert (hall.waits(payment.id).progress is Handling.OPEN) == (night < 2)
    case = hall.waits(payment.id)
    assert (case.kind, case.action) == (Comparison.OURS_ONLY, Action.OPEN_CASE)
    assert hall.purse() == held, "the bank has said both: nobody's money moves by that"
    hall.decided(payment.id, "refund")
    assert hall.purse() == (START, 0)
    hall.agree()


def test_missing_with_us_in_doubt_is_captured_by_the_statement(hall: BankHall) -> None:
    payment = hall.sends(Kind.TOP_UP, 300_000)
    changes.doubt(hall.books.ledger, payment.id, hall.books.now)
    hall.bank_has(payment.id, 300_000)
    hall.night()
    run = hall.run()
    assert run.tallies["bank"].late == 1 and run.state is RunState.BALANCED
    assert hall.waits(payment.id).action is Action.CAPTURE_LATE
    assert changes.get(hall.books.ledger, payment.id).state is State.CAPTURED
    assert hall.purse() == (START + 300_000, 0)
    hall.agree()


def test_missing_with_us_and_nobodys_goes_to_suspense_once(hall: BankHall) -> None:
    number = hall.bank_has("IN-1", 55_000)
    hall.night()
    run = hall.run()
    assert run.tallies["bank"].theirs_only == 1 and run.state is RunState.DIFFERENCES
    assert hall.waits("IN-1").progress is Handling.CASE
    hall.decided("IN-1", "suspense")
    assert balances(hall.books.memory)[DIFFERENCES] == 55_000
    hall.agree()
    late = hall.books.order(
        Kind.TOP_UP, ESCROW, hall.lan.account, 55_000, stepped_up=True, once=f"bank-{number}"
    )
    with pytest.raises(AlreadyUsed):
        payments.begin(hall.books.ledger, late)  # its news come after all
    again = hall.run()
    assert again.state is RunState.BALANCED
    assert again.tallies["bank"].theirs_only == 0
    hall.night()
    assert hall.run().tallies["bank"].ours_only == 0, "a correction is not of its own day"


def test_paid_by_the_bank_after_we_gave_up_goes_to_suspense(hall: BankHall) -> None:
    payment = hall.sends(Kind.TOP_UP, 300_000)
    changes.void(hall.books.ledger, payment.id, Proof.REJECTED)
    hall.bank_has(payment.id, 300_000)
    hall.night()
    assert hall.run().tallies["bank"].theirs_only == 1
    hall.decided(payment.id, "suspense")
    again = hall.run()
    assert again.state is RunState.BALANCED and again.tallies["bank"].theirs_only == 0
    assert balances(hall.books.memory)[DIFFERENCES] == 300_000
    assert hall.purse() == (START, 0)
    hall.agree()


@pytest.mark.parametrize("stated", [290_000, 310_000])
def test_another_amount_is_a_case_and_the_difference_goes_to_suspense(
    hall: BankHall, stated: int
) -> None:
    payment = hall.sends(Kind.TOP_UP, 300_000)
    hall.books_here(payment)
    hall.bank_has(payment.id, stated)
    hall.night()
    assert hall.run().tallies["bank"].amount_differs == 1
    case = hall.waits(payment.id)
    assert (case.ours_vnd, case.theirs_vnd, case.progress) == (300_000, stated, Handling.CASE)
    hall.decided(payment.id, "suspense")
    assert balances(hall.books.memory)[DIFFERENCES] == stated - 300_000
    assert hall.run().tallies["bank"].amount_differs == 0, "it agrees from now on"
    hall.agree()


def test_what_a_case_has_put_into_suspense_is_no_difference_and_never_put_there_twice(
    hall: BankHall,
) -> None:
    came, went = hall.sends(Kind.TOP_UP, 300_000), hall.sends(Kind.CASH_OUT, 100_000)
    changes.void(hall.books.ledger, came.id, Proof.REJECTED)  # the bank has it all the same
    hall.bank_has(came.id, 300_000)
    hall.books_here(went)  # the bank has nothing of it
    hall.night()
    first = hall.run()
    assert (first.tallies["bank"].theirs_only, first.tallies["bank"].ours_only) == (1, 1)
    for one in (came, went):
        payments.begin(hall.books.ledger, hall.books.order(
            Kind.CORRECTION, ESCROW, DIFFERENCES, one.amount_vnd, once=suspended(one.id)
        ))  # fmt: skip
    hall.agree()
    body = Decide(source="bank", ref=came.id, decision="suspense", note="đã ghi rồi")
    deciding.decide(hall.office(), body, BOSS)
    with pytest.raises(AlreadyUsed):
        deciding.decide(hall.office(), body, BOSS2)
    again = hall.run()
    assert again.tallies["bank"].differences == 0


def test_another_amount_of_a_payment_in_doubt_is_wholly_unbooked(hall: BankHall) -> None:
    payment = hall.sends(Kind.TOP_UP, 300_000)
    hall.bank_has(payment.id, 290_000)
    hall.night()
    hall.run()
    hall.decided(payment.id, "suspense")
    assert balances(hall.books.memory)[DIFFERENCES] == 290_000
    hall.agree()


def test_the_same_line_twice_is_a_case(hall: BankHall) -> None:
    payment = hall.sends(Kind.TOP_UP, 300_000)
    hall.bank_has(payment.id, 300_000)
    hall.books_here(payment)
    hall.port.twice = payment.id
    hall.night()
    run = hall.run()
    assert run.tallies["bank"].amount_differs == 1
    assert hall.waits(payment.id).theirs_vnd == 600_000
    hall.port.twice = ""
    assert hall.run().state is RunState.BALANCED  # the right statement settles it
    assert hall.waits(payment.id).progress is Handling.SETTLED


def test_in_flight_at_the_cut_is_compared_once(hall: BankHall) -> None:
    hall.books.wait(hours=13, minutes=59, seconds=55)  # 23:59:55 in Huế
    payment = hall.sends(Kind.TOP_UP, 300_000)
    hall.bank_has(payment.id, 300_000)
    hall.books.wait(seconds=10)
    hall.books_here(payment)  # of the next day
    hall.night()
    first, second = hall.run(2), hall.run(1)
    assert (first.state, second.state) == (RunState.BALANCED,) * 2
    assert first.tallies["bank"].matched == 2
    assert second.tallies["bank"].ours_only == 0 and hall.difference(payment.id, "bank") is None


def test_booked_by_the_bank_a_day_later_settles_with_its_next_statement(hall: BankHall) -> None:
    payment = hall.sends(Kind.CASH_OUT, 100_000)
    hall.books_here(payment)
    hall.bank_has(payment.id, -100_000, after=timedelta(days=1))
    hall.night()
    assert hall.run().state is RunState.DIFFERENCES
    assert hall.waits(payment.id).action is Action.REQUERY
    hall.night()
    run = hall.run()
    assert run.tallies["bank"].late == 1 and run.state is RunState.BALANCED
    assert hall.waits(payment.id).progress is Handling.SETTLED
    assert hall.run(2).state is RunState.BALANCED
    hall.agree()


def test_without_the_banks_statement_the_run_is_incomplete(hall: BankHall) -> None:
    hall.night()
    hall.port.shut = True
    run = hall.run()
    assert run.state is RunState.INCOMPLETE and run.inputs[0].missing == "503"
    hall.port.shut = False
    assert hall.run().state is RunState.BALANCED


def test_suspense_is_no_way_out_where_the_bank_has_nothing(hall: BankHall) -> None:
    payment = hall.sends(Kind.CASH_OUT, 100_000)
    hall.books_here(payment)
    for night in range(3):
        hall.night()
        for back in range(1, night + 2):
            hall.run(back)
    body = Decide(source="bank", ref=payment.id, decision="suspense", note="thử xem")
    with pytest.raises(Problem) as refused:
        deciding.decide(hall.office(), body, BOSS)
    assert refused.value.status == 422
