"""Sending to one of our own queues, for what must not go over the bus (a code is a secret)."""

import functools
import json
from collections.abc import Sequence
from typing import Any, Protocol

from city.adapters.client import client
from city.adapters.settings import settings
from city.adapters.trace import current

BATCH = 10  # SendMessageBatch's ceiling
MOST_DELAY_S = 900


class NotSent(Exception):
    """Some messages were not taken; the whole has to be sent again."""


class Sender(Protocol):
    """The port: hand a message over or raise."""

    def send(self, body: dict[str, Any]) -> None:
        """Send one message."""


@functools.cache
def _client() -> Any:
    return client("sqs")


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

    def send_all(self, bodies: Sequence[dict[str, Any]], delay_s: int = 0) -> None:
        """Send many messages, ten a call, each to be seen after a delay of at most 15 minutes.

        Raises:
            NotSent: at least one was not taken (others may have been).
        """
        trace = current()
        thread = {"traceparent": trace.traceparent, "correlationid": trace.correlation_id}
        url = _url(settings().table_prefix + self._name)
        for first in range(0, len(bodies), BATCH):
            answer = _client().send_message_batch(
                QueueUrl=url,
                Entries=[
                    {
                        "Id": str(n),
                        "DelaySeconds": min(delay_s, MOST_DELAY_S),
                        "MessageBody": json.dumps({**thread, **body}, ensure_ascii=False),
                    }
                    for n, body in enumerate(bodies[first : first + BATCH])
                ],
            )
            if answer.get("Failed"):
                raise NotSent(f"{len(answer['Failed'])} messages were not taken")

    def waiting(self) -> int:
        """About how many messages may be received now."""
        name = "ApproximateNumberOfMessages"
        url = _url(settings().table_prefix + self._name)
        told = _client().get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(told["Attributes"][name])
