"""The cover at midnight: what is between the two books counts once, whichever booked it first."""

from datetime import timedelta

import pytest
from city.ledger import changes
from city.ledger.model import ESCROW, Kind, Payment
from city.ledger.workflow import Proof, State
from city.settlement.model import Cover, InFlight
from test_settlement_bank import START, BankHall

AMOUNT = 300_000
BOTH_KINDS = pytest.mark.parametrize("kind", [Kind.TOP_UP, Kind.CASH_OUT])


@pytest.fixture
def hall() -> BankHall:
    """Five seconds before midnight in Huế."""
    made = BankHall()
    made.books.wait(hours=13, minutes=59, seconds=55)
    return made


def signed(kind: Kind) -> int:
    return AMOUNT if kind is Kind.TOP_UP else -AMOUNT


def midnight(hall: BankHall) -> None:
    hall.books.wait(seconds=10)


def covered(hall: BankHall, back: int = 1) -> Cover:
    """The cover as the run of the first day finds it, a night later; however often it is asked."""
    hall.night()
    found = hall.run(back + 1).cover
    assert hall.run(back + 1).cover == found, "a run over the same books says the same"
    return found


def only(cover: Cover) -> InFlight:
    assert cover.in_flight_count == len(cover.in_flight) == 1
    return cover.in_flight[0]


def exact(cover: Cover) -> None:
    """The two books agree to the đồng, and no wallet is without cover."""
    assert (cover.unexplained_vnd, cover.spare_vnd, cover.enough) == (0, 0, True)


@BOTH_KINDS
def test_booked_by_the_bank_before_midnight_and_here_after_it(hall: BankHall, kind: Kind) -> None:
    payment = hall.sends(kind, AMOUNT)
    hall.bank_has(payment.id, signed(kind))
    midnight(hall)
    hall.books_here(payment)
    cover = covered(hall)
    assert only(cover) == InFlight(
        ref=payment.id, kind=kind.value, side="bank", amount_vnd=signed(kind), wallet=True
    )
    assert (cover.escrow_vnd, cover.wallets_vnd) == (START + signed(kind), START)
    assert cover.wallets_to_book_vnd == cover.we_to_book_vnd == signed(kind)
    exact(cover)
    exact(hall.run(1).cover)
    assert hall.run(1).cover.in_flight_count == 0, "on the next day both have it"


@BOTH_KINDS
def test_booked_by_the_bank_and_still_in_doubt_here(hall: BankHall, kind: Kind) -> None:
    """What the cut would be without the reconciliation's own help: the comparison comes first."""
    payment = hall.sends(kind, AMOUNT)
    changes.doubt(hall.books.ledger, payment.id, hall.books.now + timedelta(days=9))
    hall.bank_has(payment.id, signed(kind))
    midnight(hall)
    cover = covered(hall)
    assert only(cover).side == "bank"
    exact(cover)
    assert changes.get(hall.books.ledger, payment.id).state is State.CAPTURED


@BOTH_KINDS
def test_booked_here_before_midnight_and_by_the_bank_after_it(hall: BankHall, kind: Kind) -> None:
    payment = hall.sends(kind, AMOUNT)
    hall.books_here(payment)  # it said "settled", and books on its own next day
    midnight(hall)
    hall.bank_has(payment.id, signed(kind))
    cover = covered(hall)
    assert only(cover) == InFlight(
        ref=payment.id, kind=kind.value, side="ours", amount_vnd=signed(kind), wallet=True
    )
    assert (cover.escrow_vnd, cover.wallets_vnd) == (START, START + signed(kind))
    exact(cover)
    exact(hall.run(1).cover)


@BOTH_KINDS
def test_sent_and_booked_by_neither_before_midnight(hall: BankHall, kind: Kind) -> None:
    payment = hall.sends(kind, AMOUNT)
    midnight(hall)
    hall.bank_has(payment.id, signed(kind))
    hall.books_here(payment)
    cover = covered(hall)
    assert cover.in_flight_count == 0 and (cover.escrow_vnd, cover.wallets_vnd) == (START, START)
    exact(cover)
    exact(hall.run(1).cover)


def test_all_orders_in_one_night(hall: BankHall) -> None:
    early, late, neither = (hall.sends(Kind.CASH_OUT, n * 100_000) for n in (1, 2, 3))
    came = hall.sends(Kind.TOP_UP, 400_000)
    hall.bank_has(early.id, -100_000)
    hall.books_here(late)
    hall.bank_has(came.id, 400_000)
    midnight(hall)
    for payment in (early, came, neither):
        hall.books_here(payment)
    hall.bank_has(late.id, -200_000)
    hall.bank_has(neither.id, -300_000)
    cover = covered(hall)
    assert {(each.ref, each.side) for each in cover.in_flight} == {
        (early.id, "bank"), (late.id, "ours"), (came.id, "bank"),
    }  # fmt: skip
    exact(cover)
    exact(hall.run(1).cover)


def test_a_payout_between_the_books_is_nobodys_wallet(hall: BankHall) -> None:
    from city.ledger import payments
    from settlement_world import LEASE

    paid = hall.paid(500_000)
    assert paid.state is State.CAPTURED
    order = hall.books.order(Kind.PAYOUT, "biller:evn", ESCROW, 500_000)
    payout = changes.send(hall.books.ledger, payments.begin(hall.books.ledger, order).id, LEASE)
    hall.bank_has(payout.id, -500_000)
    midnight(hall)
    changes.capture(hall.books.ledger, payout.id, "FT")
    cover = covered(hall)
    assert (only(cover).wallet, cover.wallets_to_book_vnd, cover.we_to_book_vnd) == (
        False, 0, -500_000,
    )  # fmt: skip
    exact(cover)


def test_money_that_is_really_missing_is_not_explained_away(hall: BankHall) -> None:
    """The bank paid out what we had let go of: no allowance, the wallets are short of it."""
    gone = hall.sends(Kind.CASH_OUT, AMOUNT)
    changes.void(hall.books.ledger, gone.id, Proof.REJECTED)
    hall.bank_has(gone.id, -AMOUNT)
    midnight(hall)
    cover = covered(hall)
    assert (cover.enough, cover.spare_vnd, cover.unexplained_vnd) == (False, -AMOUNT, -AMOUNT)
    assert cover.in_flight_count == 0


def test_an_amount_that_differs_is_no_item_in_between(hall: BankHall) -> None:
    payment = hall.sends(Kind.CASH_OUT, AMOUNT)
    hall.books_here(payment)
    hall.bank_has(payment.id, -AMOUNT - 1)
    midnight(hall)
    cover = covered(hall)
    assert (cover.enough, cover.unexplained_vnd, cover.in_flight_count) == (False, -1, 0)


def told_and_never_booked(hall: BankHall) -> Payment:
    payment = hall.sends(Kind.TOP_UP, AMOUNT)
    hall.books_here(payment)
    midnight(hall)
    return payment


def test_the_banks_word_without_its_booking_covers_for_three_days_only(hall: BankHall) -> None:
    payment = told_and_never_booked(hall)
    found = []
    for _ in range(4):
        hall.night()
        found.append(hall.run(1).cover)
    exact_days = [cover.in_flight_count for cover in found]
    assert exact_days[-1] == 0 and exact_days[0] == 1, exact_days
    assert not found[-1].enough and found[-1].unexplained_vnd == -AMOUNT
    assert changes.get(hall.books.ledger, payment.id).state is State.CAPTURED


def test_what_two_persons_put_into_suspense_is_explained_on_both_days(hall: BankHall) -> None:
    number = hall.bank_has("IN-1", 55_000)
    midnight(hall)
    cover = covered(hall)
    assert (cover.unexplained_vnd, cover.enough) == (55_000, True), number
    hall.decided("IN-1", "suspense")
    hall.night()
    after = hall.run(1).cover
    assert (after.unexplained_vnd, after.in_flight_count, after.enough) == (0, 0, True)


def test_without_the_banks_figure_our_own_book_is_compared(hall: BankHall) -> None:
    payment = hall.sends(Kind.CASH_OUT, AMOUNT)
    hall.bank_has(payment.id, -AMOUNT)
    midnight(hall)
    hall.night()
    hall.port.shut = True
    cover = hall.run(2).cover
    assert (cover.escrow_vnd, cover.booked_vnd, cover.in_flight_count) == (START, START, 0)
