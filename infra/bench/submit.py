"""Submitting over HTTP beside the emulator's bare PutItem: same run, same number of clients."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
from city.adapters import tokens
from city.adapters.stores import table
from city.adapters.trust import trust
from city.identity.keys import Keys
from city.kernel.people import Principal, Role

from infra.bench.table import keep, percentile, show

CLIENTS, CALLS = 4, 240


def _measured(act: Callable[[int], None]) -> tuple[float, list[float]]:
    def timed(i: int) -> float:
        started = time.perf_counter()
        act(i)
        return time.perf_counter() - started

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(timed, range(CLIENTS * 4)))  # warm
        started = time.perf_counter()
        times = list(pool.map(timed, range(CALLS)))
        return CALLS / (time.perf_counter() - started), times


def run(address: str) -> None:
    """Measure and print."""
    who = Principal(user_id="bench", roles=frozenset({Role.CITIZEN}))
    now = datetime.now(UTC)
    keys = Keys(table("identity"), trust(), os.environ["TOKEN_SECRET"])
    token = tokens.issue(who, keys, now, "bench")
    body = {
        "category": "drainage",
        "text": "Đo tốc độ: nắp cống vỡ trước nhà.",
        "place": {"lat": 16.46, "lon": 107.59},
        "accept_terms": True,
    }
    dynamo: Any = boto3.client("dynamodb")
    name = f"{os.environ['TABLE_PREFIX']}idempotency"
    with httpx.Client(base_url=address, timeout=60) as http:

        def submit(_: int) -> None:
            headers = {"Authorization": f"Bearer {token}"}
            http.post("/v1/reports", json=body, headers=headers).raise_for_status()

        def put(i: int) -> None:
            item = {"id": {"S": f"bench-{i}"}, "doc": {"S": "x" * 500}}
            dynamo.put_item(TableName=name, Item=item)

        rate, times = _measured(submit)
        bare, bare_times = _measured(put)
    rows: list[list[Any]] = [
        ["POST /v1/reports", f"{rate:.0f}", percentile(times, 0.5), percentile(times, 0.99)],
        ["bare PutItem", f"{bare:.0f}", percentile(bare_times, 0.5), percentile(bare_times, 0.99)],
        ["ratio", f"{rate / bare:.3f}", "", ""],
    ]
    title = f"Submitting, {CLIENTS} clients (edge → API → function → 11-row transaction → event)"
    show(title, ["", "req/s", "p50 ms", "p99 ms"], rows)
    keep(
        "submit",
        {
            "requests_per_s": round(rate, 1),
            "p50_ms": rows[0][2],
            "p99_ms": rows[0][3],
            "bare_put_per_s": round(bare, 1),
            "ratio": round(rate / bare, 4),
        },
    )
