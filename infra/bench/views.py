"""What a view of a function costs: batches as phones send them, beside one PutItem a view."""

import json
import os
import random
import time
from typing import Any

import boto3
from city.adapters.stores import table
from city.catalogue.service import count
from city.kernel.clock import utc_now

from infra.bench.table import keep, show

PHONES, VIEWS, TOGETHER = 400, 8, 10  # a phone's batch has eight views; a queue brings ten batches
PROJECTED = 12_000_000
USD_PER_MILLION_WRITES = 1.25  # on-demand, one region's public price; a transaction counts twice


class Counting:
    """A table that counts the rows written."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.rows = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def commit(self, *operations: Any) -> None:
        """Commit and count."""
        self.rows += len(operations)
        self._inner.commit(*operations)


def run() -> None:
    """Measure and print."""
    draw = random.Random(1)
    names = [f"f{n}" for n in range(54)]
    now = utc_now()

    def batch(n: int) -> dict[str, Any]:
        counts: dict[str, int] = {}
        for _ in range(VIEWS):
            name = names[min(int(draw.expovariate(0.12)), 53)]
            counts[f"{name}.views"] = counts.get(f"{name}.views", 0) + 1
            counts[f"{name}.seconds"] = counts.get(f"{name}.seconds", 0) + 20
        return {
            "batch": f"bench-{now.timestamp()}-{n}",
            "day": now.date().isoformat(),
            "counts": counts,
            "by": f"bench-{n % 300}",
        }

    messages = [json.loads(json.dumps(batch(n))) for n in range(PHONES)]
    held = Counting(table("catalogue"))
    # The first round makes the "who used it first" rows; people come back, so the second counts.
    for first in range(0, PHONES, TOGETHER):
        count(held, messages[first : first + TOGETHER], now)
    again = [{**m, "batch": m["batch"] + "-again"} for m in messages]
    held.rows = 0
    started = time.perf_counter()
    for first in range(0, PHONES, TOGETHER):
        count(held, again[first : first + TOGETHER], now)
    spent = time.perf_counter() - started
    views = PHONES * VIEWS
    writes = held.rows / views
    dynamo: Any = boto3.client("dynamodb")
    name = f"{os.environ['TABLE_PREFIX']}idempotency"
    started = time.perf_counter()
    for n in range(500):
        dynamo.put_item(TableName=name, Item={"id": {"S": f"view-{n}"}, "doc": {"S": "x" * 80}})
    bare = (time.perf_counter() - started) / 500
    cost = PROJECTED * writes * 2 / 1e6 * USD_PER_MILLION_WRITES
    rows: list[list[Any]] = [
        ["batches of 8 views, 10 together", f"{spent / views * 1e6:.0f}", f"{writes:.3f}"],
        ["one PutItem a view", f"{bare * 1e6:.0f}", "1.000"],
        ["ratio", f"{spent / views / bare:.2f}", f"{writes:.2f}"],
    ]
    show("Counting views of functions", ["", "µs a view", "rows written a view"], rows)
    print(
        f"  {PROJECTED:,} views: {PROJECTED * writes:,.0f} rows, about {cost:.2f} USD at "
        f"{USD_PER_MILLION_WRITES} USD a million writes, transactions counted twice (assumed price)"
    )
    keep("views", {"us_per_view": spent / views * 1e6, "rows_per_view": writes, "usd_12m": cost})
