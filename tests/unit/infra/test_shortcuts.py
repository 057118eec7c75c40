"""The emulator's shorter ways answer as its long ones do."""

import asyncio
import copy
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from infra.local.shortcuts import (
    plainly_copied,
    remember_expressions,
    remember_rules,
    shortcut,
)

SIGNED = "AWS4-HMAC-SHA256 Credential=test/20261126/ap-southeast-1/dynamodb/aws4_request, X"
ITEM = {"n": {"N": "5"}, "s": {"S": "Huế"}, "m": {"M": {"l": {"L": [{"N": "1"}]}}}}
CONDITIONS = [
    "attribute_not_exists(n)", "attribute_exists(n)", "n = :five", "n <> :five", "n > :five",
    "(attribute_not_exists(x) OR x >= :five) AND n <= :five", "NOT n = :five",
    "#alias = :five", "begins_with(s, :five)", "begins_with(s, :hu)", "n BETWEEN :five AND :six",
    "n BETWEEN :six AND :five", "n IN (:five, :six)", "size(s) = :five", "contains(s, :hu)",
    "((n = :five))", "n =", "n = = :five", "", "   ", "unknown(n)", "table = :five",
    "m.l[0] = :five",
]  # fmt: skip
UPDATES = ["ADD n :five", "SET x = if_not_exists(x, :five) ADD n :five", "REMOVE n", "SET n = n"]
PATCHED = ("_tokenize", "_condition_syntax_error", "copy")
VALUES = {":five": {"N": "5"}, ":six": {"N": "6"}, ":hu": {"S": "Hu"}}


@pytest.fixture
def dynamodb() -> Iterator[ModuleType]:
    """The emulator's tables, put back as they came."""
    module = pytest.importorskip("ministack.services.dynamodb")
    before = {name: getattr(module, name) for name in PATCHED}
    yield module
    for name, value in before.items():
        setattr(module, name, value)


def told(act: Any, *arguments: Any) -> Any:
    try:
        return act(*arguments)
    except ValueError as fault:
        return str(fault)


def test_expressions_mean_what_they_meant(dynamodb: ModuleType) -> None:
    items = [ITEM, {}, {**ITEM, "x": {"N": "9"}}]

    def all_of_them() -> list[Any]:
        judge, update = dynamodb._evaluate_condition, dynamodb._apply_update_expression
        judged = [
            told(judge, one, item, VALUES, {"#alias": "n"}) for one in CONDITIONS for item in items
        ]
        return judged + [
            told(update, copy.deepcopy(item), one, VALUES, {}) for one in UPDATES for item in items
        ]

    before = all_of_them()
    remember_expressions()
    assert all_of_them() == before  # taken apart now
    assert all_of_them() == before  # remembered


def test_a_copy_is_a_copy() -> None:
    made = plainly_copied(ITEM)
    assert made == ITEM
    made["m"]["M"]["l"]["L"][0]["N"] = "2"
    assert ITEM["m"] == {"M": {"l": {"L": [{"N": "1"}]}}}
    assert plainly_copied({"a": {1, 2}}) == {"a": {1, 2}}


def test_rules_let_in_what_they_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = pytest.importorskip("ministack.services.eventbridge")
    monkeypatch.setattr(bus, "_matches_pattern_view", bus._matches_pattern_view)
    patterns = [
        {"detail-type": ["a", "b"]}, {"detail-type": [{"prefix": "a"}]}, {"source": ["x"]},
        {"detail-type": ["a"], "detail": {"n": [1]}}, {"detail-type": [{"anything-but": "a"}]},
        {"$or": [{"detail-type": ["b"]}, {"source": ["x"]}]}, {"detail-type": []}, "not a pattern",
        {"detail-type": ["b", {"prefix": "a"}]}, {"detail-type": ["a"], "source": ["y"]},
    ]  # fmt: skip
    events = [
        {"DetailType": kind, "Source": source, "Detail": json.dumps({"n": n})}
        for kind in ("a", "b", "aa", "")
        for source in ("x", "y")
        for n in (1, 2)
    ]

    def all_of_them() -> list[bool]:
        return [bus._matches_pattern(json.dumps(p), e) for p in patterns for e in events]

    before = all_of_them()
    assert any(before)
    assert not all(before)
    remember_rules()
    assert all_of_them() == before == all_of_them()


def asked(target: str, body: dict[str, Any], **more: str) -> Any:
    headers = {"x-amz-target": target, "authorization": SIGNED, "host": "127.0.0.1", **more}
    return asyncio.run(shortcut()(headers, json.dumps(body).encode()))  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="as the emulator")
def test_services_are_reached_and_others_are_not(dynamodb: ModuleType) -> None:
    status, headers, content = asked("DynamoDB_20120810.ListTables", {})
    assert (status, headers["Content-Type"]) == (200, "application/x-amz-json-1.0")
    assert "TableNames" in json.loads(content)
    status, _, content = asked("DynamoDB_20120810.GetItem", {"TableName": "no-such-table"})
    assert status == 400
    assert b"ValidationException" in content or b"ResourceNotFound" in content
    assert asked("AWSEvents.PutEvents", {"Entries": []})[0] == 200
    assert asked("Logs_20140328.DescribeLogGroups", {}) is None
    assert asked("DynamoDB_20120810.ListTables", {}, **{"content-encoding": "gzip"}) is None
    assert asked("DynamoDB_20120810.ListTables", {}, authorization="none") is None
