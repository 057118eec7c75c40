"""Clients made by many threads at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from city.adapters.client import client


def test_clients_are_made_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most = 0, 0

    def make(service: str, **_how: Any) -> str:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        time.sleep(0.005)
        under_way -= 1
        return service

    monkeypatch.setattr(boto3, "client", make)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(client, ["sqs", "events"] * 8))
    assert made == ["sqs", "events"] * 8
    assert most == 1
