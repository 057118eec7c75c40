"""Sending to one of our own queues, for what must not go over the bus (a code is a secret)."""

import functools
import json
from typing import Any, Protocol

from city.adapters.settings import settings
from city.adapters.trace import current


class Sender(Protocol):
    """The port: hand a message over or raise."""

    def send(self, body: dict[str, Any]) -> None:
        """Send one message."""


@functools.cache
def _client() -> Any:
    import boto3

    return boto3.client("sqs")


@functools.cache
def _url(name: str) -> str:
    return str(_client().get_queue_url(QueueName=name)["QueueUrl"])


class Queue:
    """A queue by its short name, such as `notify-sms`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def send(self, body: dict[str, Any]) -> None:
        """Send one message with the thread it belongs to."""
        trace = current()
        thread = {"traceparent": trace.traceparent, "correlationid": trace.correlation_id}
        _client().send_message(
            QueueUrl=_url(settings().table_prefix + self._name),
            MessageBody=json.dumps({**thread, **body}, ensure_ascii=False),
        )
