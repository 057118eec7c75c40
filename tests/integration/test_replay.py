"""A sample of the seed's history: exact figures, resumable, and the same rows as the live path."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from city.adapters.table_dynamo import DynamoTable, _row, row_model
from city.kernel.reference import Reference

from infra.replay.drive import Batch, Places, act_out, join_running_city, told
from infra.replay.plan import Plan, figures
from infra.seed.documents import documents

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[2]
COUNT = 600  # more than one batch


def drive(count: int) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "infra.replay.drive", str(count)],
        cwd=ROOT,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_figures_are_exact_and_a_second_run_adds_nothing(http: httpx.Client, city: str) -> None:
    def seen() -> dict[str, Any]:
        answer = http.get("/v1/statistics/reports", params={"as_of": "2023-07-31"})
        figures_seen: dict[str, Any] = json.loads(answer.text)
        return figures_seen

    join_running_city()
    drive(COUNT)
    wanted, once = figures(COUNT), seen()
    assert once["received"] == wanted.received
    assert once["accepted"] == wanted.received - wanted.ineligible
    for name in ("ineligible", "resolved", "in_progress", "follow_up", "overdue", "fines_vnd"):
        assert once[name] == getattr(wanted, name), name
    assert once["ratings"]["total"] == wanted.ratings
    assert once["ratings"]["unsatisfied"] == wanted.unsatisfied
    drive(COUNT)
    assert seen() == once
    assert (
        http.get("/v1/statistics/reports", params={"as_of": "2018-12-31"}).json()["received"] == 0
    )
    some = http.get("/v1/reports", params={"to": "2023-07-31", "limit": 5}).json()["items"]
    assert len(some) == 5


def test_bulk_rows_are_the_rows_of_the_live_path(city: str) -> None:
    """The same lives, once on tables in memory and once straight on the emulator's tables."""
    join_running_city()
    reference = Reference.from_documents(documents())
    plan, places = Plan(100), Places(reference)
    region = os.environ["AWS_REGION"]
    client: Any = boto3.client("dynamodb")
    names = {unit: f"compare-{unit}" for unit in ("reports", "reporters", "sla", "notify")}
    for name in names.values():
        row_model(name, region).create_table(wait=True)
    secret = "x" * 40
    live: Any = {unit: DynamoTable(name, region) for unit, name in names.items()}
    bulk, slow = Batch(reference, secret), Batch(reference, secret, **live)
    for batch in (bulk, slow):
        for index in range(70, 90):
            act_out(batch, plan.life(index), places)
        told(batch)
    for unit, name in names.items():
        items = [
            i for p in client.get_paginator("scan").paginate(TableName=name) for i in p["Items"]
        ]
        found = sorted((_row(item) for item in items), key=lambda row: (row.pk, row.sk))
        assert [(r.pk, r.sk, r.doc) for r in found] == [
            (r.pk, r.sk, r.doc) for r in getattr(bulk, unit).rows()
        ], unit
        client.delete_table(TableName=name)
