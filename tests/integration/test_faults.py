"""Functions die while work is under way: nothing is lost, nothing doubled."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from city_people import Person, eventually
from city_processes import endpoint, here, kill, working

pytestmark = pytest.mark.integration
LAN = "+84900000003"
REPORT = {
    "category": "lighting",
    "text": "Đèn đường tắt cả dãy, tối nguy hiểm.",
    "place": {"lat": 16.47, "lon": 107.58},
    "accept_terms": True,
}


def test_killing_consumers_loses_and_doubles_nothing(
    http: httpx.Client, person: Callable[[str], Person]
) -> None:
    lan = person(LAN)
    before = http.get("/v1/statistics/reports").json()["received"]
    ids, killed = [], 0
    for i in range(12):
        answer = lan.post("/v1/reports", REPORT)
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["id"])
        if i % 3 == 2:
            killed += kill(working(endpoint(here()), "-events"))
    assert killed, "nothing was killed, so nothing is shown"

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
