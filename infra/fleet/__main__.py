"""`python -m infra.fleet`: see `infra.fleet`."""

import argparse
import os
import sys
from dataclasses import asdict

from infra.bench.table import keep, machine, show
from infra.fleet.soak import Figures, Plan, soak


def passed(figures: Figures, plan: Plan) -> bool:
    """Whether the promise was kept."""
    kept = figures.longest_unwatched_s <= plan.promise_s
    return kept and figures.lost == 0 and figures.twice == 0 and figures.seen > 0


def main() -> int:
    """Soak, print, keep."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
    plan = Plan()
    parser = argparse.ArgumentParser(description="Camera workers that are killed.")
    parser.add_argument("--cameras", type=int, default=plan.cameras)
    parser.add_argument("--seconds", type=float, default=plan.seconds)
    parser.add_argument("--promise", type=float, default=plan.promise_s)
    parser.add_argument("--kill-every", type=float, default=plan.kill_every_s)
    parser.add_argument("--workers", type=int, default=plan.workers)
    parser.add_argument("--capacity", type=int, default=plan.capacity)
    told = parser.parse_args()
    plan = Plan(
        told.cameras, told.seconds, told.promise, told.kill_every, told.workers, told.capacity
    )
    print(f"Machine: {machine()}")
    figures = soak(plan)
    rows = [[name.replace("_", " "), value] for name, value in asdict(figures).items()]
    show(f"Cameras under worker deaths: {plan.seconds:g} s, promise {plan.promise_s:g} s",
         ["", "figure"], rows)  # fmt: skip
    keep("cameras soak", {"plan": asdict(plan), **asdict(figures)})
    print("kept its promise" if passed(figures, plan) else "DID NOT KEEP ITS PROMISE")
    return 0 if passed(figures, plan) else 1


if __name__ == "__main__":
    sys.exit(main())
