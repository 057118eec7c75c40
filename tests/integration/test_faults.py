"""Functions die while work is under way: nothing is lost, nothing doubled."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from city_people import Person, eventually

pytestmark = pytest.mark.integration
LAN = "+84900000003"
REPORT = {
    "category": "lighting",
    "text": "Đèn đường tắt cả dãy, tối nguy hiểm.",
    "place": {"lat": 16.47, "lon": 107.58},
    "accept_terms": True,
}


def kill_events_functions() -> int:
    """Kill every function worker that handles events, at whatever it is doing."""
    killed = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"AWS_LAMBDA_FUNCTION_NAME=hues-local-" in told and b"-events\0" in told:
            os.kill(int(folder.name), signal.SIGKILL)
            killed += 1
    return killed


def test_killing_consumers_loses_and_doubles_nothing(
    http: httpx.Client, person: Callable[[str], Person]
) -> None:
    lan = person(LAN)
    before = http.get("/v1/statistics/reports").json()["received"]
    ids = []
    for i in range(12):
        answer = lan.post("/v1/reports", REPORT)
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["id"])
        if i % 3 == 2:
            kill_events_functions()

    def told() -> bool:
        items = lan.get("/v1/me/inbox", params={"limit": 100}).json()["items"]
        links = [i["link"].removeprefix("/reports/") for i in items if i["kind"] == "report.submit"]
        return sorted(i for i in links if i in ids) == sorted(ids)

    # A killed consumer's messages come back after the queue's visibility timeout.
    eventually(told, seconds=260)

    def counted() -> bool:
        figures: dict[str, Any] = http.get("/v1/statistics/reports").json()
        return bool(figures["received"] == before + len(ids))

    eventually(counted, seconds=260)
