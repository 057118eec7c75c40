"""Reconciliation over the real ledger: each kind of difference, its act, and doing it again."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

import pytest
from city.adapters import acts
from city.adapters.table import Operation
from city.adapters.table_memory import MemoryTable
from city.kernel.page import PageQuery
from city.kernel.problems import Conflict
from city.ledger import changes, payments
from city.ledger.workflow import Proof, State
from city.settlement import deciding, running
from city.settlement.deciding import Decide
from city.settlement.matching import Action, Comparison, Ours, Standing, Theirs, match
from city.settlement.model import CaseClosed, Handling, RunState, TooEarly
from city.settlement.sources import Answer
from hypothesis import given, settings
from hypothesis import strategies as st
from mortal import Died, MortalTable
from settlement_world import BOSS, BOSS2, LEASE, Hall, check_invariants, payments_of

START = 10_000_000


@pytest.fixture
def hall() -> Hall:
    return Hall()


def state(hall: Hall, ref: str) -> State:
    return changes.get(hall.books.ledger, ref).state


def test_a_day_that_agrees_is_balanced_and_paid_out(hall: Hall) -> None:
    for amount in (100_000, 45_000):
        hall.paid(amount)
    hall.night()
    run = hall.run()
    assert run.state is RunState.BALANCED
    assert run.tallies["biller:evn"].matched == 2 and run.tallies["bank"].matched == 1
    way = run.three_way[0]
    assert (way.ours_vnd, way.theirs_vnd, way.agreed_vnd, way.payout_vnd) == (145_000,) * 4
    assert hall.run().three_way[0].payouts == way.payouts  # again: a new run, no new payout
    assert [e.data["state"] for e in hall.bus.events] == ["balanced"] * 2
    check_invariants(hall.books)


def test_a_day_that_is_not_over_is_not_reconciled(hall: Hall) -> None:
    with pytest.raises(TooEarly):
        hall.run(back=0)


def test_late_acceptance_is_captured_once(hall: Hall) -> None:
    payment = hall.sent()
    changes.doubt(hall.books.ledger, payment.id, hall.books.now)
    hall.books_it(payment.id, 100_000, receipt="late-7")
    hall.night()
    run = hall.run()
    assert run.tallies["biller:evn"].late == 1 and run.state is RunState.BALANCED
    after = changes.get(hall.books.ledger, payment.id)
    assert (after.state, after.receipt) == (State.CAPTURED, "late-7")
    assert run.three_way[0].agreed_vnd == 100_000
    again = hall.run()
    assert again.tallies["biller:evn"].matched == 1
    assert changes.get(hall.books.ledger, payment.id).sequence == after.sequence
    check_invariants(hall.books)


def test_what_the_biller_never_got_goes_back_once(hall: Hall) -> None:
    payment = hall.paid(booked=False)
    hall.evn.says[payment.id] = Answer.NOT_PAID
    hall.night()
    assert hall.purse() == (START - 100_000, 0)
    run = hall.run()
    assert run.tallies["biller:evn"].ours_only == 1 and run.state is RunState.BALANCED
    done = hall.difference(payment.id)
    assert done and (done.action, done.progress) == (Action.REFUND, Handling.DONE)
    assert hall.purse() == (START, 0)
    for _ in range(3):
        hall.run()
    assert hall.purse() == (START, 0)
    assert run.three_way[0].payout_vnd == 0
    check_invariants(hall.books)


def test_what_the_biller_says_it_has_waits_for_its_next_statement(hall: Hall) -> None:
    payment = hall.paid(booked=False)
    hall.evn.says[payment.id] = Answer.PAID
    hall.books_it(payment.id, 100_000, days=1)
    hall.night()
    assert hall.run().state is RunState.DIFFERENCES
    waits = hall.difference(payment.id)
    assert waits and (waits.action, waits.progress) == (Action.REQUERY, Handling.OPEN)
    hall.night()
    run = hall.run()
    assert run.tallies["biller:evn"].late == 1
    settled = hall.difference(payment.id)
    assert settled and settled.progress is Handling.SETTLED
    assert run.three_way[0].payout_vnd == 100_000
    assert hall.run(back=2).state is RunState.BALANCED  # nothing of that day is left to do


def test_no_answer_for_three_statements_is_a_case(hall: Hall) -> None:
    payment = hall.paid(booked=False)
    for night in range(3):
        hall.night()
        for back in range(1, night + 2):
            hall.run(back)
    case = hall.difference(payment.id)
    assert case and case.progress is Handling.CASE and "3 statements" in case.note
    assert hall.purse() == (START - 100_000, 0)


def test_absence_from_statements_is_proof_where_the_biller_says_so(hall: Hall) -> None:
    hall.evn.absent_after = 2
    payment = hall.sent()
    hall.night()
    hall.run()
    assert state(hall, payment.id) is State.SENT
    hall.night()
    hall.run(1)
    hall.run(2)
    after = changes.get(hall.books.ledger, payment.id)
    assert (after.state, after.proof) == (State.VOID, Proof.ABSENT_IN_STATEMENT)
    assert hall.purse() == (START, 0)
    check_invariants(hall.books)


def test_a_statement_that_did_not_come_proves_nothing(hall: Hall) -> None:
    hall.evn.absent_after = 2
    payment = hall.sent()
    hall.night()
    hall.run()
    hall.night()
    hall.evn.shut = True
    assert hall.run(1).state is RunState.INCOMPLETE
    hall.evn.shut = False
    hall.run(2)
    assert state(hall, payment.id) is State.SENT


def test_a_run_without_a_statement_is_no_answer_for_the_next(hall: Hall) -> None:
    hall.paid()
    hall.night()
    hall.evn.shut = True
    first = hall.run()
    assert first.state is RunState.INCOMPLETE
    assert [i.missing for i in first.inputs if i.source == "biller:evn"] == ["503"]
    assert running.due(hall.office()) == [hall.today - timedelta(days=n) for n in (5, 4, 3, 2, 1)]
    hall.evn.shut = False
    second = hall.run()
    assert second.state is RunState.BALANCED and second.id != first.id
    assert hall.today - timedelta(days=1) not in running.due(hall.office())
    kept = next(i for i in second.inputs if i.source == "biller:evn")
    assert hall.files.read(kept.key) is not None


@pytest.mark.parametrize("stated", [90_000, 110_000])
def test_another_amount_is_a_case(hall: Hall, stated: int) -> None:
    payment = hall.paid(booked=False)
    hall.books_it(payment.id, stated)
    hall.night()
    run = hall.run()
    assert run.tallies["biller:evn"].amount_differs == 1 and run.state is RunState.DIFFERENCES
    case = hall.difference(payment.id)
    assert case and (case.ours_vnd, case.theirs_vnd) == (100_000, stated)
    assert run.three_way[0].payout_vnd == 0


def test_the_same_line_twice_is_another_amount(hall: Hall) -> None:
    payment = hall.paid()
    hall.books_it(payment.id, 100_000)
    hall.night()
    assert hall.run().tallies["biller:evn"].amount_differs == 1


def test_a_line_that_nobody_knows_is_a_case(hall: Hall) -> None:
    hall.books_it("=cmd()", 5_000)
    hall.night()
    run = hall.run()
    assert run.tallies["biller:evn"].theirs_only == 1
    report = (hall.files.read(run.report) or b"").decode()
    assert "'=cmd()" in report


def test_paid_after_we_gave_the_money_back_is_a_case(hall: Hall) -> None:
    payment = hall.sent()
    changes.void(hall.books.ledger, payment.id, Proof.REJECTED)
    hall.books_it(payment.id, 100_000)
    hall.night()
    assert hall.run().tallies["biller:evn"].theirs_only == 1
    case = hall.difference(payment.id)
    assert case and case.progress is Handling.CASE
    assert hall.purse() == (START, 0)


def test_a_refund_is_of_the_day_on_which_it_was_booked(hall: Hall) -> None:
    payment = hall.paid()
    hall.night()
    assert hall.run().state is RunState.BALANCED
    wanted = changes.Refund(id="r", amount_vnd=30_000)
    changes.refund(hall.books.ledger, payment.id, wanted)
    hall.books_it(payment.id, -30_000)
    hall.paid(50_000)
    hall.night()
    run = hall.run()
    assert run.state is RunState.BALANCED
    assert (run.three_way[0].agreed_vnd, run.three_way[0].payout_vnd) == (20_000, 20_000)
    check_invariants(hall.books)


def case_of_another_amount(hall: Hall) -> Decide:
    """The biller has booked less than was paid: what an administrator would do about it."""
    payment = hall.paid(booked=False)
    hall.books_it(payment.id, 90_000)
    hall.night()
    hall.run()
    return Decide(source="biller:evn", ref=payment.id, decision="refund", note="Đã gọi điện")


def test_two_persons_end_a_case(hall: Hall) -> None:
    body = case_of_another_amount(hall)
    assert deciding.waiting(hall.office(), PageQuery()).items[0].ref == body.ref
    for _ in range(2):  # one person alone, however often
        assert deciding.decide(hall.office(), body, BOSS).progress is Handling.CASE
    other = body.model_copy(update={"decision": "accept"})
    deciding.decide(hall.office(), other, BOSS2)  # another opinion is a new proposal
    assert hall.purse() == (START - 100_000, 0)
    deciding.decide(hall.office(), body, BOSS)
    done = deciding.decide(hall.office(), body, BOSS2)
    assert (done.progress, done.closed_by) == (Handling.SETTLED, "boss-2")
    assert hall.purse() == (START, 0)
    with pytest.raises(CaseClosed):
        deciding.decide(hall.office(), body, BOSS)
    (act,) = [one for one in acts.acts_of(hall.table, "boss-2") if "confirm" in one["action"]]
    assert act["case"] == f"biller:evn/{body.ref}"
    assert (act["action"], act["words"]) == ("confirm refund", "Đã gọi điện")
    assert {one["action"] for one in acts.acts_of(hall.table, "test")} == {"reconcile"}
    assert deciding.waiting(hall.office(), PageQuery()).items == []


def other_amount(hall: Hall) -> Decide:
    """A case, and a refund that one administrator has proposed."""
    body = case_of_another_amount(hall)
    deciding.decide(hall.office(), body, BOSS)
    return body


def test_a_proposal_taken_back_in_that_moment_moves_no_money(hall: Hall) -> None:
    body = other_amount(hall)
    office, held = hall.office(), hall.table

    class Late(MemoryTable):
        """The first administrator changes their mind between the second one's look and commit."""

        def commit(self, *operations: Operation) -> None:
            office.store._table = held
            deciding.decide(hall.office(), body.model_copy(update={"decision": "accept"}), BOSS)
            held.commit(*operations)

    late = Late()
    late._rows = held._rows  # type: ignore[attr-defined]
    office.store._table = late
    with pytest.raises(Conflict):
        deciding.decide(office, body, BOSS2)
    assert hall.purse() == (START - 100_000, 0)
    case = hall.difference(body.ref)
    assert case is not None
    assert (case.proposed, case.confirmed_by, case.progress) == ("accept", None, Handling.CASE)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("k", [1, 2])
def test_a_death_while_a_case_is_ended_leaves_it_to_be_finished(
    hall: Hall, k: int, when: Literal["before", "after"]
) -> None:
    body = other_amount(hall)
    inner = hall.table
    hall.table = MortalTable(inner, k, when)
    with suppress(Died):
        deciding.decide(hall.office(), body, BOSS2)
    hall.table = inner
    with suppress(CaseClosed):  # it was closed already
        other = body.model_copy(update={"decision": "capture"})
        if (k, when) != (1, "before"):  # confirmed: nothing else may be done now
            deciding.decide(hall.office(), other, BOSS)
            pytest.fail("something else was taken in")
    with suppress(CaseClosed):
        deciding.decide(hall.office(), body, BOSS2)
    case = hall.difference(body.ref)
    assert case is not None
    assert (case.progress, case.closed_by) == (Handling.SETTLED, "boss-2")
    assert hall.purse() == (START, 0)


@pytest.mark.parametrize("decision", ["capture", "let_go"])
def test_a_doubtful_payment_is_decided(hall: Hall, decision: Any) -> None:
    payment = hall.sent()
    hall.night()
    for _ in range(2):
        hall.night()
        for back in (1, 2, 3):
            hall.run(back)
    body = Decide(source="biller:evn", ref=payment.id, decision=decision, note="Đã xác nhận")
    for who in (BOSS, BOSS2):
        deciding.decide(hall.office(), body, who)
    ends = {"capture": State.CAPTURED, "let_go": State.VOID}
    assert state(hall, payment.id) is ends[decision]
    check_invariants(hall.books)


def test_parts_of_one_bill_are_compared_and_paid_out_each_by_its_reference(hall: Hall) -> None:
    parts = []
    for amount in (40_000, 60_000):
        order = hall.books.bill(hall.lan, amount, "in-parts", most_vnd=100_000)
        begun = payments.begin(hall.books.ledger, order)
        sent = changes.send(hall.books.ledger, begun.id, LEASE)
        parts.append(sent.id)
    changes.capture(hall.books.ledger, parts[0], "r-1")
    for ref, amount in zip(parts, (40_000, 60_000), strict=True):
        hall.books_it(ref, amount)  # of the second we have no answer: the statement has it
    hall.night()
    run = hall.run()
    assert (run.tallies["biller:evn"].matched, run.tallies["biller:evn"].late) == (1, 1)
    assert run.state is RunState.BALANCED and run.three_way[0].payout_vnd == 100_000
    assert state(hall, parts[1]) is State.CAPTURED
    check_invariants(hall.books)


def test_a_part_that_they_never_had_gives_its_share_of_the_bill_back(hall: Hall) -> None:
    order = hall.books.bill(hall.lan, 60_000, "in-parts", most_vnd=100_000)
    lost = payments.begin(hall.books.ledger, order)
    changes.send(hall.books.ledger, lost.id, LEASE)
    changes.capture(hall.books.ledger, lost.id, "r-1")  # it said so once
    hall.evn.says[lost.id] = Answer.NOT_PAID
    hall.night()
    hall.run()
    assert state(hall, lost.id) is State.REFUNDED
    whole = hall.books.bill(hall.lan, 100_000, "in-parts", most_vnd=100_000)
    assert payments.begin(hall.books.ledger, whole).state is State.HELD
    check_invariants(hall.books)


def test_the_bank_has_less_than_the_wallets(hall: Hall) -> None:
    hall.night()
    run = hall.run()
    assert run.cover.enough and run.cover.escrow_vnd == START == run.cover.wallets_vnd
    hall.bank.closing_vnd = START - 1
    assert not hall.run().cover.enough
    assert hall.bus.events[-1].data["covered"] is False


def test_a_top_up_that_the_bank_does_not_have(hall: Hall) -> None:
    loaded = payments_of(hall.books.memory)[0]
    hall.bank.missing = frozenset({loaded.id})
    hall.night()
    run = hall.run()
    assert run.tallies["bank"].ours_only == 1
    waits = hall.difference(loaded.id, "bank")
    assert waits and waits.progress is Handling.OPEN


def test_the_trial_balance_of_a_day_adds_up_and_stays_as_it_was(hall: Hall) -> None:
    hall.paid(100_000)
    hall.night()
    first = hall.run()
    assert sum(each.credit_vnd - each.debit_vnd for each in first.balances) == 0
    at_close = {each.account: each.credit_vnd - each.debit_vnd for each in first.balances}
    assert at_close == {
        "bank:escrow": -START, "biller:evn": 100_000, "wallet:*": START - 100_000,
    }  # fmt: skip
    hall.paid(50_000)
    hall.night()
    again = hall.run(back=2)
    assert again.balances == first.balances
    latest = {each.account: each.credit_vnd for each in hall.run().balances}
    assert latest["biller:evn"] == 50_000  # the first day's was paid out the next morning


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("k", range(1, 6))
def test_a_run_survives_death_at_any_commit(
    hall: Hall, k: int, when: Literal["before", "after"]
) -> None:
    late, lost = hall.sent(70_000), hall.paid(30_000, booked=False)
    hall.books_it(late.id, 70_000)
    hall.evn.says[lost.id] = Answer.NOT_PAID
    hall.paid(100_000)
    hall.night()
    whole = hall.table
    hall.table = MortalTable(whole, k, when)
    with suppress(Died):
        hall.run()
    hall.table = whole
    run = hall.run()
    assert run.state is RunState.BALANCED
    assert run.three_way[0].payout_vnd == 170_000
    assert state(hall, late.id) is State.CAPTURED
    assert hall.purse() == (START - 170_000, 0)
    check_invariants(hall.books)


DAY = Hall().today
AT = Hall().books.now
refs = st.sampled_from([f"p{n}" for n in range(6)])


@given(
    st.lists(st.builds(Ours, ref=refs, amount_vnd=st.integers(-3, 3),
                       standing=st.sampled_from(Standing), day=st.just(DAY)),
             unique_by=lambda each: each.ref),
    st.lists(st.builds(Theirs, ref=refs, amount_vnd=st.integers(-3, 3), at=st.just(AT))),
)  # fmt: skip
@settings(max_examples=300)
def test_every_reference_comes_out_once_and_every_difference_has_an_act(
    mine: list[Ours], theirs: list[Theirs]
) -> None:
    found = match(DAY, mine, theirs, lambda _: None)
    assert [f.ref for f in found] == sorted({e.ref for e in mine} | {e.ref for e in theirs})
    assert sum(f.theirs_vnd or 0 for f in found) == sum(each.amount_vnd for each in theirs)
    assert sum(f.ours_vnd or 0 for f in found) == sum(each.amount_vnd for each in mine)
    for each in found:
        if each.kind in (Comparison.OURS_ONLY, Comparison.THEIRS_ONLY, Comparison.AMOUNT_DIFFERS):
            assert each.action is not Action.NONE
        if each.kind is Comparison.MATCHED:
            assert each.action is Action.NONE
