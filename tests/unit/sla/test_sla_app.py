"""The triggers: events from the queue, the schedule, and the board over HTTP."""

import json
import sys
from datetime import datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from city.adapters.outbox import Outbox
from city.contracts.envelope import envelope
from city.contracts.reports import REPORT_EVENTS, Bucket, Facts
from city.kernel.clock import utc_now
from city.kernel.people import Principal, Role
from sla_world import City, state, weekdays
from unit_app import fresh

OFFICER = Principal(user_id="u2", roles=frozenset({Role.AGENCY_OFFICER}), unit="ag-1")


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch, city: City) -> ModuleType:
    known: Any = ModuleType("city.adapters.reference")
    known.reference = lambda: SimpleNamespace(calendar=weekdays(until="2099-12-31"))
    monkeypatch.setitem(sys.modules, known.__name__, known)
    module = fresh("sla")
    monkeypatch.setattr(module, "table", lambda unit: city.table)
    monkeypatch.setattr(module, "outbox", lambda unit: Outbox(city.table, city.bus))
    return module


def _record(at: datetime) -> dict[str, Any]:
    event = REPORT_EVENTS["dispatch"](
        report_id="R1",
        code="PA-261123-7K3FQ",
        seq=4,
        action="dispatch",
        at=at,
        actor="ioc",
        to_state="DISPATCHED",
        after=Facts(bucket=Bucket.IN_PROGRESS, category="roads"),
        clocks=(state(start=at - timedelta(hours=10), due=at - timedelta(seconds=5)),),
    )
    wrapped = envelope(event, event_id="01H0000000000000000000000A", at=at)
    return {
        "messageId": "m1",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:hues-test-sla-events",
        "body": json.dumps({"detail": wrapped.model_dump(exclude_none=True)}),
    }


def test_from_event_through_sweep_to_board(
    unit: ModuleType, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = unit.events({"Records": [_record(utc_now())]}, None)
    assert answer == {"batchItemFailures": []}
    assert unit.events({"schedule": "sweep"}, None) == {"done": "sweep"}
    assert [rung for _, _, rung in city.bus.said] == ["warn_80", "due"]
    monkeypatch.setattr(unit.app, "_caller", lambda headers, route: OFFICER)
    request = {
        "httpMethod": "GET",
        "path": "/v1/sla/board",
        "headers": {},
        "queryStringParameters": {"filter": "overdue"},
        "requestContext": {"httpMethod": "GET", "path": "/v1/sla/board", "identity": {}},
        "body": None,
    }
    answer = unit.app(request, None)
    assert answer["statusCode"] == 200
    (item,) = json.loads(answer["body"])["items"]
    assert (item["case_id"], item["rung"], item["overdue"]) == ("R1", "due", True)


def test_the_board_needs_a_session(unit: ModuleType) -> None:
    request = {
        "httpMethod": "GET",
        "path": "/v1/sla/board",
        "headers": {},
        "requestContext": {"httpMethod": "GET", "path": "/v1/sla/board", "identity": {}},
        "body": None,
    }
    assert unit.app(request, None)["statusCode"] == 401
