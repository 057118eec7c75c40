"""News from the bank, signed as Standard Webhooks: HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from city.kernel.problems import Unauthenticated

SKEW_S = 300


def signature(secret: str, message_id: str, seconds: str, body: bytes) -> str:
    """What a notice carries."""
    signed = f"{message_id}.{seconds}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def check(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Let a notice in.

    Raises:
        Unauthenticated: not signed by the bank, or more than five minutes off.
    """
    message_id, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    fresh = seconds.isdecimal() and abs(int(seconds) - now.timestamp()) <= SKEW_S
    wanted = signature(secret, message_id, seconds, body)
    given = headers.get("webhook-signature", "").split(" ")
    named = any(hmac.compare_digest(one.encode(), wanted.encode()) for one in given)
    if not (secret and message_id and fresh and named):
        raise Unauthenticated
