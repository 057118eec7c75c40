"""A test of the tests: a fault sown into the saga is found out by a handful of histories."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bills_world import World
from city.billers.port import Rejected
from city.billers.traits import Traits
from city.bills import saga
from city.bills.desk import Desk
from city.bills.statements import Found
from city.ledger import changes
from city.ledger.model import Payment
from city.ledger.workflow import Proof, State
from ledger_world import payments_of

HISTORIES = [
    (biller, script)
    for biller in ("evn", "huewaco", "hepco")
    for script in (
        ["ok"], ["rejected"], ["busy"], ["lost_request"], ["lost_answer"], ["late:300"],
        ["late:4000"], ["refused", "lost_answer"],
    )
]  # fmt: skip


def lived(biller: str, script: list[str]) -> None:
    """One history to its end, twice delivered; raises AssertionError if a đồng is lost or made."""
    world = World(biller)
    world.biller.script = list(script)
    payment = world.pay()
    for span in (0, 6, 60, 900, 8000, 4 * 86_400):
        world.pass_time(seconds=span)
        saga.attend(world.desk, payment.id)
        world.check()
    ends = {p.state for p in payments_of(world.books.memory) if p.bill}
    assert ends <= {State.CAPTURED, State.VOID, State.CASE}, ends


def found_out() -> bool:
    for biller, script in HISTORIES:
        try:
            lived(biller, script)
        except Exception:  # noqa: BLE001 - a breach, or a saga that fell over: both are found
            return True
    return False


def test_the_right_saga_survives_all_histories() -> None:
    for biller, script in HISTORIES:
        lived(biller, script)


def no_answer_is_no(patch: pytest.MonkeyPatch) -> None:
    right = saga._taken
    patch.setattr(saga, "_wait", lambda desk, payment, **_: (
        right(desk, payment, Rejected(code="timeout", final=True))
    ))  # fmt: skip


def not_found_is_final_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Traits, "not_found_is_final", lambda *_: True)


def asked_again_by_paying(patch: pytest.MonkeyPatch) -> None:
    def ask(desk: Desk, payment: Payment) -> Payment:
        assert payment.bill
        with desk.biller(payment.bill.biller).reach() as line:
            answer = line.pay(payment.reference, payment.bill.bill_id, payment.amount_vnd)
        return saga.take(desk, payment, answer, "pay")

    patch.setattr(saga, "ask", ask)


def called_before_it_is_written(patch: pytest.MonkeyPatch) -> None:
    """The worker dies after the call and before SENT is written; HELD then expires."""
    right = changes.send

    def send(ledger: Any, payment_id: str, lease: timedelta) -> Payment:
        payment = changes.get(ledger, payment_id)
        if payment.attempts == 0 and payment.state is State.HELD:
            return payment.model_copy(update={"state": State.SENT})
        return right(ledger, payment_id, lease)

    patch.setattr(changes, "send", send)


def absence_proves_everywhere(patch: pytest.MonkeyPatch) -> None:
    """What is booked late is on a later statement; one without it proves nothing."""
    patch.setattr(saga, "look", lambda desk, payment, traits: Found("absent", (1, 2, 3)))  # type: ignore[arg-type]

    def void(ledger: Any, payment_id: str, told: str) -> Payment:
        return changes.void(ledger, payment_id, Proof.ABSENT_IN_STATEMENT, told)

    patch.setattr(changes, "escalate", void)


def forgotten_after_sending(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(saga, "ask", lambda desk, payment: payment)


Mutant = Callable[[pytest.MonkeyPatch], None]
MUTANTS: list[Mutant] = [
    no_answer_is_no, not_found_is_final_at_once, asked_again_by_paying,
    called_before_it_is_written, absence_proves_everywhere, forgotten_after_sending,
]  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.__name__)
def test_a_sown_fault_is_found_out(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant(monkeypatch)
    assert found_out()
