"""Shorter ways inside the emulator for what functions ask of it all day.

With `memory.py` and `workers.py` the only files that know ministack's insides; written against the
same version. Nothing here answers differently: a call of tables, queues or the bus goes straight to
the service that its target names, past the questions whether it is for a load balancer, a bucket's
host or one of forty other things; and what the emulator works out from an expression's text alone
is worked out once. `tests/unit/infra/test_shortcuts.py` holds both against the long way.
"""

import copy
import functools
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

Answer = tuple[int, dict[str, str], bytes]
Service = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Answer]]
_CREDENTIAL = re.compile(r"Credential=([^/]+)/[^/]*/([^/]+)/")
_KEPT = 4096  # texts of expressions and rules: a few dozen, since values travel beside them


def shortcut() -> Callable[[Mapping[str, str], bytes], Awaitable[Answer | None]]:
    """What answers a call by its headers and body, or with None where the long way is to go."""
    from ministack.core.responses import (
        fix_error_content_type,
        fix_success_content_type,
        set_request_account_id,
        set_request_region,
    )
    from ministack.services import dynamodb, eventbridge, sqs

    services: dict[str, tuple[str, Service]] = {
        "DynamoDB_20120810": ("dynamodb", dynamodb.handle_request),
        "AmazonSQS": ("sqs", sqs.handle_request),
        "AWSEvents": ("events", eventbridge.handle_request),
    }

    async def answer(headers: Mapping[str, str], body: bytes) -> Answer | None:
        found = services.get(headers.get("x-amz-target", "").partition(".")[0])
        signed = _CREDENTIAL.search(headers.get("authorization", ""))
        if found is None or signed is None or "content-encoding" in headers:
            return None
        name, service = found
        set_request_account_id(signed[1])
        set_request_region(signed[2])
        try:
            status, told, content = await service("POST", "/", dict(headers), body, {})
        except Exception as fault:
            logging.getLogger("ministack").exception("%s", name)
            failed = {"__type": "InternalError", "message": str(fault)}
            return 500, {"Content-Type": "application/json"}, json.dumps(failed).encode()
        fix_error_content_type(name, status, told)
        fix_success_content_type(name, status, told)
        told["x-amzn-requestid"] = str(uuid4())
        return status, told, content.encode() if isinstance(content, str) else content

    return answer


def remember_rules() -> None:
    """Let the bus of this process ask a rule about an event only if the rule wants its type: there
    are some thirty rules, and most want two types or three."""
    from ministack.services import eventbridge

    matches = eventbridge._matches_pattern_view

    @functools.lru_cache(_KEPT)
    def wants(pattern: str, kind: str) -> bool:
        for one in eventbridge._compiled_pattern(pattern) or []:
            kinds = one.get("detail-type")
            plain = isinstance(kinds, list) and all(isinstance(each, str) for each in kinds)
            if not plain or kind in kinds:
                return True
        return False

    def matched(pattern: Any, view: Any, owner: str = "rule") -> bool:
        kind = view.envelope()["detail-type"]
        if isinstance(pattern, str) and isinstance(kind, str) and not wants(pattern, kind):
            return False
        return bool(matches(pattern, view, owner))

    eventbridge._matches_pattern_view = matched


def plainly_copied(value: Any) -> Any:
    """A copy of an item: mappings and lists anew, all else (text, numbers, bytes) cannot change.
    Anything else is left to `copy.deepcopy`, which takes ten times as long."""
    kind = type(value)
    if kind is dict:
        return {key: plainly_copied(each) for key, each in value.items()}
    if kind is list:
        return [plainly_copied(each) for each in value]
    return value if kind in _FIRM else copy.deepcopy(value)


_FIRM = frozenset({str, bytes, int, float, bool, type(None)})


def remember_expressions() -> None:
    """Let the emulator of this process take an expression's text apart once."""
    from ministack.services import dynamodb

    split = functools.lru_cache(_KEPT)(dynamodb._tokenize)
    dynamodb._tokenize = lambda text: list(split(text))
    dynamodb._condition_syntax_error = functools.lru_cache(_KEPT)(dynamodb._condition_syntax_error)
    dynamodb.copy = SimpleNamespace(deepcopy=plainly_copied, copy=copy.copy)
