"""The saga in schedules from seeds: other handlers, faults and deaths between its storage calls."""

import pytest
from city.billers.traits import Traits
from city.bills import saga
from mutants import Edit, Mutant, planted
from soak.saga import SagaSchedule

# Each planted fault is found within fifteen seeds; `make soak SAGA=1` goes on where this ends.
SLICE, BLOCKS, MOST = 150, 2, 60
FAULTS = (
    Mutant("void by time-out", (
        Edit(saga._send, "return _wait(desk, payment, reached=True)",
             "return changes.void(desk.ledger, payment, Proof.REJECTED)"),
    )),
    Mutant("not found is final at once", (
        Edit(Traits.not_found_is_final, "return span is not None", "return True or span"),
    )),
    Mutant("asked without being written down", (
        Edit(saga._send, "payment = changes.send(desk.ledger, payment, LEASE)",
             "payment = changes.get(desk.ledger, payment.id)"),
    )),
    Mutant("what is in doubt is forgotten", (
        Edit(saga.attend, "return ask(desk, payment)", "return payment"),
    )),
)  # fmt: skip


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_schedule_of_the_saga_adds_up(block: int) -> None:
    size = SLICE // BLOCKS
    for seed in range(block * size, (block + 1) * size):
        try:
            SagaSchedule(seed).run()
        except Exception as error:
            raise AssertionError(f"again: make soak SAGA=1 SEED={seed}") from error


@pytest.mark.parametrize("mutant", FAULTS, ids=lambda m: m.name)
def test_faults_planted_in_the_saga_are_found(mutant: Mutant) -> None:
    with planted(mutant):
        for seed in range(MOST):
            try:
                SagaSchedule(seed).run()
            except Exception as error:  # noqa: BLE001 - however it shows
                print(f"{mutant.name}: schedule {seed + 1}: {error}"[:200])
                return
    pytest.fail(f"{MOST} schedules did not find: {mutant.name}")
