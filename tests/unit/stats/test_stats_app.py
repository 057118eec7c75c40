"""The triggers: an event from the queue is counted, the figures come out over HTTP."""

import json
from types import ModuleType
from typing import Any

import pytest
from city.adapters.table_memory import MemoryTable
from city.contracts.envelope import envelope
from city.contracts.reports import Bucket, Facts
from stats_world import START, step
from unit_app import fresh


@pytest.fixture
def unit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = fresh("stats")
    memory = MemoryTable()
    monkeypatch.setattr(module, "table", lambda unit: memory)
    return module


def _get(unit: ModuleType, path: str, **query: str) -> dict[str, Any]:
    event = {
        "httpMethod": "GET",
        "path": path,
        "headers": {},
        "queryStringParameters": query,
        "requestContext": {"httpMethod": "GET", "path": path, "identity": {}},
        "body": None,
    }
    answer: dict[str, Any] = unit.app(event, None)
    return answer


def test_from_queue_to_figures(unit: ModuleType) -> None:
    event = step("R1", 1, START, None, Facts(bucket=Bucket.PENDING, category="roads"), "submit")
    wrapped = envelope(event, event_id="01H0000000000000000000000A", at=START)
    record = {
        "messageId": "m1",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:hues-test-stats-events",
        "body": json.dumps({"detail": wrapped.model_dump(exclude_none=True)}),
    }
    answer = unit.events({"Records": [record, {**record, "messageId": "m2"}]}, None)
    assert answer == {"batchItemFailures": []}
    answer = _get(unit, "/v1/statistics/reports", as_of="2023-06-20")
    assert answer["statusCode"] == 200
    assert answer["headers"]["Cache-Control"] == "public, max-age=30"
    figures = json.loads(answer["body"])
    assert (figures["as_of"], figures["received"], figures["pending"]) == ("2023-06-20", 1, 1)
    answer = _get(unit, "/v1/statistics/reports.csv")
    assert answer["headers"]["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["body"].startswith("month,received,resolved,ineligible\r\n2023-06,1,0,0\r\n")


def test_a_bad_day_is_a_problem_in_two_languages(unit: ModuleType) -> None:
    answer = _get(unit, "/v1/statistics/reports", as_of="hôm qua")
    assert answer["statusCode"] == 422
    problem = json.loads(answer["body"])
    assert problem["errors"][0]["field"] == "as_of"
    assert problem["errors"][0]["vi"].startswith("Ngày có dạng")


def test_agencies_keep_their_promises(unit: ModuleType) -> None:
    def told(report: str, after: Facts) -> None:
        event = step(report, 1, START, None, after, "submit")
        unit.service.count(unit.Counts(unit.table("stats")), event)

    done = {"bucket": Bucket.RESOLVED, "category": "roads"}
    told("R1", Facts(**done, agencies=("a", "b"), timing="original", ratings={"satisfied": 3}))
    told("R2", Facts(**done, agencies=("a",), timing="late", ratings={"unsatisfied": 1}))
    told("R3", Facts(bucket=Bucket.IN_PROGRESS, category="roads", agencies=("a",), due_at=START))
    answer = _get(unit, "/v1/statistics/agencies", as_of="2023-06-25", limit="1")
    page = json.loads(answer["body"])
    (first,) = page["items"]
    assert (first["code"], first["received"], first["accepted"]) == ("a", 3, 3)
    assert (first["resolved"], first["resolved_percent"], first["overdue"]) == (2, 66.67, 1)
    assert (first["timed"], first["on_time"], first["on_time_percent"]) == (2, 1, 50.0)
    assert (first["rated"], first["acceptable"], first["acceptable_percent"]) == (4, 3, 75.0)
    rest = json.loads(
        _get(unit, "/v1/statistics/agencies", as_of="2023-06-25", cursor=page["next_cursor"])[
            "body"
        ]
    )
    assert [one["code"] for one in rest["items"]] == ["b"]
    assert rest["next_cursor"] is None
    assert rest["items"][0]["on_time_percent"] == 100.0
    before = json.loads(_get(unit, "/v1/statistics/agencies", as_of="2023-06-01")["body"])
    assert before["items"] == []
