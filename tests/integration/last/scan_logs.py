"""Run last, by `make test`: what the functions logged while everything else ran."""

import os
from pathlib import Path

from infra.local.logscan import SHAPES, found


def test_no_log_tells_who_somebody_is() -> None:
    logs = Path(os.environ["HUES_LOCAL"]) / "logs"
    assert (logs / "functions.log").stat().st_size > 0
    assert list(found(logs)) == []


def test_the_scan_would_find_them() -> None:
    told = {
        "telephone number": "sent to +84900000001 at once",
        "identity card number": "cccd 046099001234",
        "token": "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
        "one-time code": '{"code": "123456"}',
        "e-mail address": "lan@example.vn",
        "secret": "-----BEGIN PRIVATE KEY-----",
    }
    assert {what for what, pattern in SHAPES.items() if pattern.search(told[what])} == set(SHAPES)
