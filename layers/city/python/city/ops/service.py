"""Queues with their dead letters, and sending dead letters round again."""

from typing import Any, Protocol

from pydantic import BaseModel

from city.kernel.problems import NotFound

DEAD = "-dlq"
REDRIVE_LIMIT = 100  # messages per call: a call must end well inside its timeout


class Depth(BaseModel):
    """Messages that wait and that are being worked on."""

    name: str
    visible: int
    in_flight: int


class QueueState(Depth):
    """A queue and its dead letters."""

    dlq: Depth | None = None


class Sqs(Protocol):
    """The part of boto3's SQS client that is used here."""

    def list_queues(self, **kwargs: Any) -> dict[str, Any]:
        """Queue addresses."""

    def get_queue_attributes(self, **kwargs: Any) -> dict[str, Any]:
        """Depths."""

    def receive_message(self, **kwargs: Any) -> dict[str, Any]:
        """Messages."""

    def send_message(self, **kwargs: Any) -> dict[str, Any]:
        """Send one."""

    def delete_message(self, **kwargs: Any) -> dict[str, Any]:
        """Remove one."""


def _urls(sqs: Sqs, prefix: str) -> dict[str, str]:
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = sqs.list_queues(QueueNamePrefix=prefix, MaxResults=1000, **token)
        found += answer.get("QueueUrls", [])
        if not answer.get("NextToken"):
            break
        token = {"NextToken": answer["NextToken"]}
    return {url.rsplit("/", 1)[-1]: url for url in found}


def _depth(sqs: Sqs, name: str, url: str) -> Depth:
    attributes = sqs.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return Depth(
        name=name,
        visible=int(attributes["ApproximateNumberOfMessages"]),
        in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
    )


def queues(sqs: Sqs, prefix: str) -> list[QueueState]:
    """Every queue of the city with its depth and its dead letters, by name."""
    urls = _urls(sqs, prefix)
    states = []
    for name, url in sorted(urls.items()):
        if name.endswith(DEAD):
            continue
        dead = urls.get(name + DEAD)
        states.append(
            QueueState(
                **_depth(sqs, name, url).model_dump(),
                dlq=_depth(sqs, name + DEAD, dead) if dead else None,
            )
        )
    return states


def redrive(sqs: Sqs, prefix: str, name: str) -> int:
    """Send a queue's dead letters round again; returns how many went.

    A message is sent before it is deleted: dying in between doubles it, and consumers are
    idempotent; the other order would lose it.

    Raises:
        NotFound: there is no such queue, or it has no dead letters.
    """
    urls = _urls(sqs, prefix)
    if name not in urls or name + DEAD not in urls:
        raise NotFound(what=f"hàng đợi / queue {name[:80]}")
    moved = 0
    while moved < REDRIVE_LIMIT:
        batch = sqs.receive_message(QueueUrl=urls[name + DEAD], MaxNumberOfMessages=10)
        messages = batch.get("Messages", [])
        if not messages:
            break
        for message in messages:
            sqs.send_message(QueueUrl=urls[name], MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=urls[name + DEAD], ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved
