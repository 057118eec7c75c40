"""The machine finds nothing in the ledger, and finds every fault that is planted in it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from ledger_machine import LedgerMachine
from mutants import MUTANTS, Mutant, planted

EXAMPLES, STEPS = 60, 30
MOST = 4000  # examples within which a planted fault must be found


def run(examples: int, *phases: Phase) -> None:
    """Run the machine; the same examples each time."""
    how: dict[str, Any] = {
        "max_examples": examples,
        "stateful_step_count": STEPS,
        "derandomize": True,
        "database": None,
        "deadline": None,
        "suppress_health_check": list(HealthCheck),
        "print_blob": False,
        "report_multiple_bugs": False,
    }
    if phases:
        how["phases"] = phases
    run_state_machine_as_test(LedgerMachine, settings=settings(**how))


def test_the_ledger_keeps_its_invariants() -> None:
    run(EXAMPLES)


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if not m.race], ids=lambda m: m.name)
def test_planted_faults_are_found(mutant: Mutant) -> None:
    before = LedgerMachine.examples
    with planted(mutant), pytest.raises(Exception) as found:
        run(MOST, Phase.generate)
    tried = LedgerMachine.examples - before
    print(f"{mutant.name}: example {tried}: {found.value}"[:200])
