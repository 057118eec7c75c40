"""Readings per second through the real handlers, beside the raw table write in the same run.

The door is functions/sensing as API Gateway calls it (key, checks, duplicates, a real queue); the
worker is its events function as SQS calls it (quality, storage, rules, episodes). The comparison
writes as many rows of the same size with BatchWriteItem and nothing else.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
from city.adapters.log import logger
from city.adapters.settings import settings
from city.adapters.table import Row
from city.adapters.table_dynamo import DynamoTable, row_model
from city.kernel.clock import utc_now
from city.sensing.engine import Rule, initial, step
from city.sensing.model import millis

from infra.bench.table import keep, show
from infra.build.units import load
from infra.seed.load_sensing import sensing_documents

REGION = "ap-southeast-1"
BATCH, BATCHES = 500, 8
STEPS = 300_000
GATEWAY = "gw-air"
TABLE = "bench-sensing"


def _table() -> DynamoTable:
    row_model(TABLE, REGION).create_table(wait=True)
    return DynamoTable(TABLE, REGION)


def _readings() -> list[list[dict[str, Any]]]:
    """Batches of a gateway that was cut off: every stream's last hours, a reading a minute."""
    streams = [s["id"] for s in sensing_documents()["streams"] if s["gateway"] == GATEWAY]
    now = millis(utc_now() - timedelta(minutes=1))
    made = []
    per_stream = BATCH * BATCHES // len(streams) + 1
    for i in range(per_stream):
        t = now - (per_stream - i) * 60_000
        made += [{"stream": s, "t": t, "v": 20.0 + (i * 7 + k) % 13} for k, s in enumerate(streams)]
    return [made[first : first + BATCH] for first in range(0, BATCH * BATCHES, BATCH)]


def _timed(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _raw_write(table: DynamoTable, batches: list[list[dict[str, Any]]]) -> None:
    for items in batches:
        table.write_blindly(
            [
                Row(f"RAW#{i['stream']}", f"T#{i['t']}", {"v": i["v"], "q": 1, "seq": 0, "rx": 0})
                for i in items
            ]
        )


class _Line:
    """A real queue of the bench's own, which nobody empties, and a copy for the worker."""

    def __init__(self) -> None:
        self._client = boto3.client("sqs")
        self._url = self._client.create_queue(QueueName=TABLE)["QueueUrl"]
        self.messages: list[dict[str, Any]] = []

    def send(self, body: dict[str, Any]) -> None:
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body))
        self.messages.append(body)

    def remove(self) -> None:
        self._client.delete_queue(QueueUrl=self._url)


def _measure_paths(unit: Any, table: DynamoTable, line: _Line) -> dict[str, float]:
    """Seconds of the door, the worker and the raw write for the same readings."""
    from city.adapters.gateways import GatewayKeys
    from city.adapters.outbox import Outbox
    from city.adapters.reference import publish

    from infra.bench.sweep import Silent

    documents = sensing_documents()
    for gateway in documents["gateways"]:
        gateway["max_per_minute"] = 1_000_000
    publish(table, documents, "bench")
    keys = GatewayKeys("sensing", table, settings().token_secret)
    key = keys.replace(GATEWAY, "bench", utc_now())
    unit.table, unit.outbox = lambda _: table, lambda _: Outbox(table, Silent())
    unit.readings_queue = lambda: line
    batches = _readings()
    unit.documents.city(table, utc_now())  # a warm function has its documents

    def door() -> None:
        for items in batches:
            answer = unit.app(_request(key, items), None)
            if answer["statusCode"] != 202 or json.loads(answer["body"])["accepted"] != BATCH:
                raise RuntimeError(answer["body"])

    def worker() -> None:
        for message in line.messages:
            failed = unit.events({"Records": [_record(message)]}, None)["batchItemFailures"]
            if failed:
                raise RuntimeError(str(failed))

    return {
        "door": _timed(door),
        "worker": _timed(worker),
        "raw": _timed(lambda: _raw_write(table, batches)),
    }


def _request(key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    path = "/v1/observations/batch"
    return {
        "httpMethod": "POST",
        "path": path,
        "headers": {"X-API-Key": key, "Content-Type": "application/json"},
        "queryStringParameters": None,
        "requestContext": {"httpMethod": "POST", "path": path, "identity": {}},
        "body": json.dumps({"gateway": GATEWAY, "items": items}),
    }


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": "m",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:ap-southeast-1:000000000000:x-sensing-readings",
        "body": json.dumps(message),
    }


def _step_cost() -> tuple[float, float]:
    """Microseconds for each step of a quiet and of a noisy gauge."""
    rule = Rule((1.0, 2.0, 3.5), deadband=0.1, hold_up=600_000, hold_down=1_800_000)
    costs = []
    for base in (0.4, 1.9):
        state = initial(rule)
        values = [base + (i * 7919 % 100) / 500 for i in range(1000)]
        started = time.perf_counter()
        for i in range(STEPS):
            state, _ = step(state, i * 60_000, values[i % 1000], rule)
        costs.append((time.perf_counter() - started) / STEPS * 1e6)
    return costs[0], costs[1]


def run() -> None:
    """Measure and print."""
    load("sensing")
    unit: Any = sys.modules["functions_sensing_app"]
    logger("sensing").setLevel("ERROR")  # a line for each batch would bury the figures
    table, line = _table(), _Line()
    try:
        seconds = _measure_paths(unit, table, line)
    finally:
        line.remove()
        boto3.client("dynamodb").delete_table(TableName=TABLE)
    count = BATCH * BATCHES
    rates = {name: round(count / took) for name, took in seconds.items()}
    show(
        f"Sensing: {count:,} readings in batches of {BATCH}",
        ["", "readings/s", "of raw write"],
        [
            ["accepted at the door", rates["door"], f"{rates['door'] / rates['raw']:.2f}"],
            ["stored and judged", rates["worker"], f"{rates['worker'] / rates['raw']:.2f}"],
            ["raw table write (25 a call, unconditional)", rates["raw"], "1.00"],
        ],
    )
    calm, noisy = _step_cost()
    show("Rule engine", ["", "µs a step"], [["quiet", f"{calm:.2f}"], ["noisy", f"{noisy:.2f}"]])
    keep(
        "readings",
        {"readings": count, "per_s": rates, "step_us": {"quiet": calm, "noisy": noisy}},
    )
