"""`make soak N=100000`: many schedules, on every core. `make soak SEED=7` runs one again, with what
happened in it. `SAGA=1` has the city's own saga of bills do the work in them.

A seed decides everything, so a seed that fails fails again. Prints progress, and at the end how
many schedules ran, what came up in them, and how many broke an invariant (none may).
"""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count

from soak.saga import SagaSchedule
from soak.schedule import Schedule

BATCH = 250
SHOWN = 10  # failing seeds


def batch(kind: type[Schedule], first: int, many: int) -> tuple[Counter[str], dict[int, str]]:
    """Run some seeds: what came up, and what failed."""
    seen: Counter[str] = Counter()
    failed: dict[int, str] = {}
    for seed in range(first, first + many):
        schedule = kind(seed)
        try:
            schedule.run()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this seed's failure
            failed[seed] = f"{type(error).__name__}: {error}"[:300]
        seen += schedule.came_up()
    return seen, failed


def one(kind: type[Schedule], seed: int) -> int:
    """Run one seed and show what happened."""
    schedule = kind(seed)
    try:
        schedule.run()
    finally:
        print("\n".join(schedule.turns.trace))
        print(f"seed {seed}: " + ", ".join(f"{n} {w}" for w, n in schedule.came_up().items()))
    return 0


def many(kind: type[Schedule], number: int, first: int, workers: int) -> int:
    """Run so many seeds from `first` on."""
    began, done = time.monotonic(), 0
    seen: Counter[str] = Counter()
    failed: dict[int, str] = {}
    with ProcessPoolExecutor(workers) as pool:
        firsts = range(first, first + number, BATCH)
        sizes = [min(BATCH, first + number - start) for start in firsts]
        for size, (found, broken), at in zip(
            sizes, pool.map(partial(batch, kind), firsts, sizes), count(1), strict=False
        ):
            done, seen, failed = done + size, seen + found, failed | broken
            if at % 20 == 0:
                rate = done / (time.monotonic() - began)
                print(f"{done} of {number}, {rate:.0f}/s, {len(failed)} broken", flush=True)
    span = time.monotonic() - began
    print(f"\n{done} schedules in {span:.0f} s ({done / span:.0f}/s on {workers} cores)")
    for what, times in sorted(seen.items()):
        print(f"  {times:>10} {what}")
    again = "SAGA=1 " if kind is SagaSchedule else ""
    for seed, error in list(failed.items())[:SHOWN]:
        print(f"✗ seed {seed}: {error}\n  again: make soak {again}SEED={seed}")
    print(f"{len(failed)} violations")
    return 1 if failed else 0


def main() -> int:
    """Read the command line and run."""
    told = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    told.add_argument("number", nargs="?", type=int, default=20_000, help="how many schedules")
    told.add_argument("--first", type=int, default=0, help="the first seed")
    told.add_argument("--seed", type=int, help="run this one alone, and show it")
    told.add_argument("--saga", action="store_true", help="with the city's saga of bills")
    told.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = told.parse_args()
    kind = SagaSchedule if asked.saga else Schedule
    if asked.seed is not None:
        return one(kind, asked.seed)
    return many(kind, asked.number, asked.first, asked.workers)


if __name__ == "__main__":
    sys.exit(main())
