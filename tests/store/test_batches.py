"""A batch of a queue's messages: what fails comes back alone, also when they are done at once."""

import json
import threading
from typing import Any

import pytest
from city.adapters.http import Unit
from city.adapters.trace import current, note

MANY = 4


def records(*names: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m-{name}",
                "body": json.dumps({"name": name, "correlationid": f"thread-of-{name}"}),
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:ap-southeast-1:000000000000:hues-test-work",
            }
            for name in names
        ]
    }


@pytest.mark.parametrize("at_once", [1, MANY])
def test_only_what_failed_comes_back(at_once: int, caplog: pytest.LogCaptureFixture) -> None:
    app, seen = Unit("test"), dict[str, str]()
    caplog.set_level("INFO")

    @app.receive("work", at_once=at_once)
    def work(message: dict[str, Any]) -> None:
        note(who=message["name"])
        seen[message["name"]] = current().correlation_id
        if message["name"] in "bd":
            raise ValueError

    answer = app.events(records(*"abcd"), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"m-{n}"} for n in "bd"]}
    assert seen == {name: f"thread-of-{name}" for name in "abcd"}
    lines: list[Any] = [line for line in caplog.records if line.message == "event"]
    said = {(line.who, line.correlation_id, line.outcome) for line in lines}
    assert said == {(n, f"thread-of-{n}", "failed" if n in "bd" else "done") for n in "abcd"}
    assert all(line.Invocations == [1.0] for line in lines)


def test_they_are_done_side_by_side() -> None:
    app, all_there = Unit("test"), threading.Barrier(MANY)

    @app.receive("work", at_once=MANY)
    def work(_: dict[str, Any]) -> None:
        all_there.wait(10)  # none goes on before all have come

    assert app.events(records(*"abcd"), None) == {"batchItemFailures": []}
