"""Payments through the bank that end by persons, and corrections through suspense."""

from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

import pytest
from city.kernel.page import PageQuery
from city.kernel.people import Principal
from city.kernel.problems import Conflict, Problem
from city.ledger import changes
from city.ledger.folding import fold_account
from city.ledger.model import DIFFERENCES, ESCROW, UNCLAIMED
from city.ledger.problems import InsufficientFunds, NotAllowedNow
from city.ledger.proposals import NotACase, SecondPerson
from city.ledger.workflow import State
from city.wallet import banking, cases, corrections
from city.wallet.case_shapes import (
    BankCasesQuery,
    CaseOutcome,
    NewBankProposal,
    NewCorrection,
    SecondDecision,
)
from mortal import Died, MortalTable
from pydantic import ValidationError
from wallet_world import GUARANTEE, Town, balances, check_invariants, person

BOSS, BOSS2 = (Principal(user_id=n, roles=frozenset({"administrator"})) for n in ("b1", "b2"))
WHY = "Ngân hàng xác nhận bằng văn bản số 12"


@pytest.fixture
def town() -> Town:
    made = Town()
    made.open(person("lan", town=made))
    made.top_up(person("lan", town=made), 1_000_000)
    return made


def stuck(town: Town, kind: str, amount: int, *faults: str) -> str:
    """A payment of which nobody knows for two days."""
    lan = person("lan", stepped_up=True, town=town)
    begun = (town.top_up if kind == "top_up" else town.cash_out)(lan, amount, *faults)
    town.bank.faults += ["query_down"] * 400
    for _ in range(60):
        town.books.wait(hours=1)
        banking.tend(town.desk)
    town.bank.faults.clear()
    cases.follow(town.desk, begun.id)
    assert state(town, begun.id) is State.CASE
    return begun.id


def state(town: Town, payment_id: str) -> State:
    return changes.get(town.desk.ledger, payment_id).state


def ended(town: Town, payment_id: str, outcome: str, receipt: str = "") -> Any:
    """Two persons end a case."""
    body = NewBankProposal(outcome=CaseOutcome(outcome), evidence=WHY, receipt=receipt)
    made = cases.propose(town.desk, payment_id, body, BOSS).proposal
    assert made
    yes = SecondDecision(version=made.version, agree=True)
    with pytest.raises(SecondPerson):
        cases.decide(town.desk, payment_id, yes, BOSS)
    return cases.decide(town.desk, payment_id, yes, BOSS2)


def purse(town: Town) -> int:
    return next(v for k, v in balances(town.books.memory).items() if k.startswith("wallet:"))


def agree(town: Town) -> None:
    check_invariants(town.books)
    assert -balances(town.books.memory)[ESCROW] == town.bank.book.balance(GUARANTEE)


def test_what_is_in_doubt_is_listed_and_what_ended_is_not(town: Town) -> None:
    case = stuck(town, "cash_out", 100_000, "lost_request")
    listed = cases.listing(town.desk, BankCasesQuery()).items
    assert [(one.payment_id, one.state, one.proposed) for one in listed] == [(case, "CASE", False)]
    assert cases.listing(town.desk, BankCasesQuery(state="UNKNOWN")).items == []
    ended(town, case, "not_paid")
    cases.follow(town.desk, case)
    assert cases.listing(town.desk, BankCasesQuery()).items == []


def test_the_bank_says_now_and_the_owner_sees_who_looked(town: Town) -> None:
    case = stuck(town, "cash_out", 100_000, "lost_request")
    shown = cases.case(town.desk, case, BOSS)
    assert (shown.bank.outcome, shown.evidence) == ("not_found", "no answer for two days")
    seen = [e.data for e in town.books.bus.events if e.type.endswith("data_seen.v1")]
    assert [(e["subject"], e["by"], e["case"]) for e in seen] == [("lan", "b1", case)]
    town.bank.faults.append("query_down")
    assert cases.case(town.desk, case, BOSS).bank.outcome == "unavailable"


def test_asked_again_the_banks_word_ends_a_case(town: Town) -> None:
    case = stuck(town, "top_up", 300_000, "lost_answer")
    shown = cases.ask(town.desk, case, BOSS)
    assert shown.payment.state is State.CAPTURED and purse(town) == 1_300_000
    with pytest.raises(NotACase):
        cases.ask(town.desk, case, BOSS)
    assert town.done("b1") == [(f"payment/{case}", "ask", "")]
    agree(town)


@pytest.mark.parametrize(
    ("kind", "fault", "outcome", "ends", "left"),
    [
        ("cash_out", "lost_answer", "paid", State.CAPTURED, 900_000),
        ("cash_out", "lost_request", "not_paid", State.VOID, 1_000_000),
        ("top_up", "lost_answer", "paid", State.CAPTURED, 1_100_000),
        ("top_up", "lost_request", "not_paid", State.VOID, 1_000_000),
    ],
)
def test_two_persons_complete_or_reverse(
    town: Town, kind: str, fault: str, outcome: str, ends: State, left: int
) -> None:
    case = stuck(town, kind, 100_000, fault)
    shown = ended(town, case, outcome, "FT2")
    assert (shown.payment.state, purse(town)) == (ends, left)
    found = changes.get(town.desk.ledger, case)
    assert found.evidence == f"b1 + b2: {WHY}"
    assert town.done("b1") == [(f"payment/{case}", f"propose {outcome}", WHY)]
    assert town.done("b2") == [(f"payment/{case}", f"agree {outcome}", "")]
    agree(town)


@pytest.mark.parametrize(
    ("kind", "fault", "ends", "left"),
    [
        ("cash_out", "lost_request", State.CAPTURED, 900_000),
        ("top_up", "lost_answer", State.VOID, 1_000_000),
    ],
)
def test_suspense_keeps_what_nobody_can_place(
    town: Town, kind: str, fault: str, ends: State, left: int
) -> None:
    case = stuck(town, kind, 100_000, fault)
    shown = ended(town, case, "suspense")
    assert (shown.payment.state, purse(town)) == (ends, left)
    assert balances(town.books.memory)[DIFFERENCES] == 100_000
    agree(town)  # the guarantee account's book is the bank's: it keeps the money


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("k", range(1, 4))
def test_a_decision_survives_death_at_any_commit(
    town: Town, k: int, when: Literal["before", "after"]
) -> None:
    case = stuck(town, "cash_out", 100_000, "lost_request")
    body = NewBankProposal(outcome=CaseOutcome.SUSPENSE, evidence=WHY)
    cases.propose(town.desk, case, body, BOSS)
    whole = town.desk
    mortal = MortalTable(whole.ledger.table, k, when)
    from city.adapters.outbox import Outbox

    ledger = replace(whole.ledger, table=mortal, outbox=Outbox(mortal, town.books.bus))
    yes = SecondDecision(version=1, agree=True)
    with suppress(Died):
        cases.decide(replace(whole, ledger=ledger), case, yes, BOSS2)
    with suppress(NotACase):
        cases.decide(whole, case, yes, BOSS2)
    assert state(town, case) is State.CAPTURED
    assert balances(town.books.memory)[DIFFERENCES] == 100_000
    check_invariants(town.books)


def test_the_banks_news_come_before_the_decision(town: Town) -> None:
    case = stuck(town, "cash_out", 100_000, "lost_answer")
    cases.propose(
        town.desk, case, NewBankProposal(outcome=CaseOutcome.SUSPENSE, evidence=WHY), BOSS
    )
    banking.heard(town.desk, town.bank.news(case))
    with pytest.raises(NotAllowedNow):
        cases.decide(town.desk, case, SecondDecision(version=1, agree=True), BOSS2)
    assert balances(town.books.memory)[DIFFERENCES] == 0
    agree(town)


def test_a_proposal_is_refused_replaced_and_never_guessed(town: Town) -> None:
    case = stuck(town, "cash_out", 100_000, "lost_request")
    bare = NewBankProposal(outcome=CaseOutcome.PAID, evidence=WHY)
    with pytest.raises(Problem) as refused:
        cases.propose(town.desk, case, bare, BOSS)
    assert refused.value.status == 422
    with pytest.raises(NotACase):
        cases.decide(town.desk, case, SecondDecision(version=1, agree=True), BOSS2)
    body = NewBankProposal(outcome=CaseOutcome.NOT_PAID, evidence=WHY)
    cases.propose(town.desk, case, body, BOSS)
    cases.propose(town.desk, case, body, BOSS)
    with pytest.raises(NotACase):  # it was about the first version
        cases.decide(town.desk, case, SecondDecision(version=1, agree=True), BOSS2)
    shown = cases.decide(town.desk, case, SecondDecision(version=2, agree=False), BOSS2)
    assert shown.proposal is None and shown.payment.state is State.CASE
    assert town.done("b2") == [(f"payment/{case}", "refuse not_paid", "")]


def unclaimed(town: Town, amount: int) -> str:
    """Money that came for nobody; the wallet that it is for."""
    from city.bank.port import Line

    line = Line(ref="", bank_ref=f"FT9{amount}", amount_vnd=amount, at=town.books.now, memo="?")
    assert banking.heard(town.desk, line) == "unclaimed"
    return next(k for k in balances(town.books.memory) if k.startswith("wallet:"))


def correction(source: str, target: str, amount: int) -> NewCorrection:
    told = {"source": source, "target": target, "amount_vnd": amount}
    return NewCorrection.model_validate({**told, "reason": WHY, "reference": "CV-12/2026"})


def test_a_correction_moves_what_two_persons_say_once(town: Town) -> None:
    wallet = unclaimed(town, 70_000)
    made = corrections.propose(town.desk, correction(UNCLAIMED, wallet, 70_000), BOSS)
    yes = SecondDecision(version=1, agree=True)
    with pytest.raises(SecondPerson):
        corrections.decide(town.desk, made.id, yes, BOSS)
    done = corrections.decide(town.desk, made.id, yes, BOSS2)
    assert (done.state, done.decided_by) == ("made", "b2")
    with pytest.raises(NotACase):
        corrections.decide(town.desk, made.id, yes, BOSS2)
    assert (purse(town), balances(town.books.memory)[UNCLAIMED]) == (1_070_000, 0)
    assert done.payment_id
    found = changes.get(town.desk.ledger, done.payment_id)
    assert found.kind == "correction" and found.memo.startswith("CV-12/2026: ")
    assert corrections.listing(town.desk, PageQuery()).items == [done]
    assert town.done("b1") == [(f"correction/{made.id}", "proposed", WHY)]
    assert town.done("b2") == [(f"correction/{made.id}", "made", "")]
    check_invariants(town.books)


def test_suspense_gives_no_more_than_it_has_however_many_at_once(town: Town) -> None:
    wallet = unclaimed(town, 70_000)
    first, second = (
        corrections.propose(town.desk, correction(UNCLAIMED, wallet, 50_000), BOSS)
        for _ in range(2)
    )
    yes = SecondDecision(version=1, agree=True)
    end = fold_account(town.desk.ledger, UNCLAIMED)
    corrections.decide(town.desk, first.id, yes, BOSS2)
    with pytest.MonkeyPatch.context() as patch:  # the second looked before the first had moved
        patch.setattr(corrections, "fold_account", lambda *_: end)
        with pytest.raises(Conflict):
            corrections.decide(town.desk, second.id, yes, BOSS2)
    with pytest.raises(InsufficientFunds):
        corrections.decide(town.desk, second.id, yes, BOSS2)
    refused = corrections.decide(
        town.desk, second.id, SecondDecision(version=1, agree=False), BOSS2
    )
    assert refused.state == "refused" and purse(town) == 1_050_000
    check_invariants(town.books)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("wallet:a", "wallet:b"), ("bank:escrow", "suspense:x"), ("suspense:payouts", "wallet:a"),
        ("suspense:x", "suspense:x"), ("suspense:x", "cash"),
    ],
)  # fmt: skip
def test_no_correction_past_suspense(source: str, target: str) -> None:
    with pytest.raises(ValidationError):
        correction(source, target, 1_000)
