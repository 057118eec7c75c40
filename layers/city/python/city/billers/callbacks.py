"""Signed callbacks from billers, as Standard Webhooks 1.0 defines them.

Headers `webhook-id`, `webhook-timestamp`, `webhook-signature`; the signature is HMAC-SHA256 over
`id.timestamp.body`, base64, after `v1,`; several may stand side by side while a secret changes.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

TOLERANCE_S = 300


class BadSignature(Exception):
    """Not signed by the biller, altered, or too old or new."""


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The `v1` signature of a message."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def verified(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The message's id, once its signature holds and its time is within five minutes.

    Raises:
        BadSignature: it does not.
    """
    message_id = headers.get("webhook-id", "")
    try:
        timestamp = int(headers.get("webhook-timestamp", ""))
    except ValueError as fault:
        raise BadSignature("timestamp") from fault
    if not message_id or abs(now.timestamp() - timestamp) > TOLERANCE_S:
        raise BadSignature("age")
    expected = signature(secret, message_id, timestamp, body).removeprefix("v1,")
    for given in headers.get("webhook-signature", "").split():
        version, _, value = given.partition(",")
        if version == "v1" and _same(value, expected):
            return message_id
    raise BadSignature("signature")


def _same(given: str, expected: str) -> bool:
    try:
        return hmac.compare_digest(
            base64.b64decode(given, validate=True), base64.b64decode(expected)
        )
    except (ValueError, binascii.Error):
        return False
