"""The queue of assignments, as a worker needs it, and its SQS form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MOST = 10  # of one SQS call


@dataclass(frozen=True, slots=True)
class Message:
    """One receipt of a message. The same message received again has another receipt."""

    message_id: str
    receipt: str
    body: str


class Queue(Protocol):
    """A queue whose received messages are invisible for a while."""

    def receive(self, most: int, *, wait_s: int, hidden_s: int) -> list[Message]:
        """Up to `most` (at most ten) messages, each hidden from others for `hidden_s`."""
        ...

    def hide(self, messages: Sequence[Message], seconds: int) -> set[str]:
        """Hide messages for `seconds` from now (0: give back); ids of those that failed."""
        ...

    def delete(self, message: Message) -> None:
        """The work is done."""
        ...


class Sqs:
    """Amazon SQS. A failing call raises botocore's errors; the caller tries again."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def receive(self, most: int, *, wait_s: int, hidden_s: int) -> list[Message]:
        """See `Queue`."""
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(most, MOST),
            WaitTimeSeconds=wait_s,
            VisibilityTimeout=hidden_s,
        )
        return [
            Message(m["MessageId"], m["ReceiptHandle"], m["Body"])
            for m in answer.get("Messages", [])
        ]

    def hide(self, messages: Sequence[Message], seconds: int) -> set[str]:
        """See `Queue`. Ten messages a call."""
        failed: set[str] = set()
        for some in _tens(messages):
            entries = [
                {"Id": str(n), "ReceiptHandle": m.receipt, "VisibilityTimeout": seconds}
                for n, m in enumerate(some)
            ]
            answer = self._client.change_message_visibility_batch(
                QueueUrl=self._url, Entries=entries
            )
            failed |= {some[int(f["Id"])].message_id for f in answer.get("Failed", [])}
        return failed

    def delete(self, message: Message) -> None:
        """See `Queue`."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)


def _tens(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    for start in range(0, len(messages), MOST):
        yield messages[start : start + MOST]
