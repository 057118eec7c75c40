"""A slice of the soak, and proof that schedules find what only handlers in between show."""

import pytest
from mutants import MUTANTS, Mutant, planted
from soak.schedule import Schedule

# Each planted race is found within six seeds; a slice is fifty times that, and `make soak` goes on.
SLICE, BLOCKS = 300, 2
MOST = 60  # seeds within which a planted race must be found


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_schedule_adds_up(block: int) -> None:
    size = SLICE // BLOCKS
    for seed in range(block * size, (block + 1) * size):
        try:
            Schedule(seed).run()
        except Exception as error:
            raise AssertionError(f"again: make soak SEED={seed}") from error


def test_a_seed_happens_again_exactly() -> None:
    first, second = Schedule(11), Schedule(11)
    first.run()
    second.run()
    assert first.turns.trace == second.turns.trace
    assert first.books.memory.rows() == second.books.memory.rows()


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.race], ids=lambda m: m.name)
def test_races_that_were_planted_are_found(mutant: Mutant) -> None:
    with planted(mutant):
        for seed in range(MOST):
            try:
                Schedule(seed).run()
            except Exception as error:  # noqa: BLE001 - however it shows
                print(f"{mutant.name}: schedule {seed + 1}: {error}"[:200])
                return
    pytest.fail(f"{MOST} schedules did not find: {mutant.name}")
