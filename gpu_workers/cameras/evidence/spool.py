"""Detections on their way to the queue: sent in order, again and again, bounded, in memory.

Nothing is on a disk, so a worker that is killed loses what is in here; that is milliseconds of
detections while the queue answers. When the queue is away for long, second messages (those with
evidence) make room first, since the first ones hold the incident.
"""

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from city.contracts.cameras import Detection

log = logging.getLogger(__name__)
MOST = 5_000
A_CALL = 10
CALL_BYTES = 900_000  # SQS takes a mebibyte in one call
FIRST_PAUSE_S, LAST_PAUSE_S = 0.2, 30.0


class Send(Protocol):
    """Hands messages to the queue; returns the indices of those that it did not take."""

    def __call__(self, bodies: Sequence[str]) -> set[int]:
        """Raises anything when the queue does not answer."""
        ...


def over_sqs(client: Any, url: str) -> Send:
    """Sends to SQS, at most ten a call."""

    def send(bodies: Sequence[str]) -> set[int]:
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        answer = client.send_message_batch(QueueUrl=url, Entries=entries)
        return {int(failed["Id"]) for failed in answer.get("Failed", [])}

    return send


@dataclass(slots=True)
class _Waiting:
    body: str
    second: bool


@dataclass(slots=True)
class Spool:
    """The way out. `put` never waits; a thread of its own sends."""

    send: Send
    most: int = MOST
    chance: random.Random = field(default_factory=random.Random)
    sent: int = 0
    lost: int = 0
    lost_evidence: int = 0
    _waiting: deque[_Waiting] = field(default_factory=deque)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _closed: threading.Event = field(default_factory=threading.Event)
    _busy: bool = False
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send."""
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def put(self, detection: Detection) -> None:
        """Take a detection."""
        with self._changed:
            if len(self._waiting) >= self.most:
                self._make_room()
            body = detection.model_dump_json()
            self._waiting.append(_Waiting(body, bool(detection.evidence)))
            self._changed.notify_all()

    def _make_room(self) -> None:
        spare = next((n for n, waiting in enumerate(self._waiting) if waiting.second), None)
        if spare is None:
            self._waiting.popleft()
            self.lost += 1
        else:
            del self._waiting[spare]
            self.lost_evidence += 1

    def flush(self, seconds: float) -> bool:
        """Wait until everything is sent; False when it took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def close(self) -> None:
        """Stop sending."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._closed.is_set():
            batch = self._next()
            if not batch:
                continue
            failed = self._try([waiting.body for waiting in batch])
            with self._changed:
                self.sent += len(batch) - len(failed)
                self._waiting.extendleft(batch[n] for n in sorted(failed, reverse=True))
                self._busy = False
                self._changed.notify_all()
            if failed:
                self._closed.wait(self.chance.uniform(pause / 2, pause))
                pause = min(LAST_PAUSE_S, pause * 2)
            else:
                pause = FIRST_PAUSE_S

    def _next(self) -> list[_Waiting]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed.is_set(), 0.5)
            batch: list[_Waiting] = []
            size = 0
            while self._waiting and len(batch) < A_CALL:
                size += len(self._waiting[0].body.encode())
                if batch and size > CALL_BYTES:
                    break
                batch.append(self._waiting.popleft())
            self._busy = bool(batch)
            return batch

    def _try(self, bodies: list[str]) -> set[int]:
        try:
            return self.send(bodies)
        except Exception as fault:  # noqa: BLE001 - whatever a client raises, it is tried again
            log.warning("the queue did not take %d: %s", len(bodies), type(fault).__name__)
            return set(range(len(bodies)))


Upload = Callable[[str, bytes, str], None]


def to_bucket(s3: Any, bucket: str) -> Upload:
    """Uploads `(key, data, content type)` with server-side encryption."""

    def upload(key: str, data: bytes, content_type: str) -> None:
        s3.put_object(
            Bucket=bucket, Key=key, Body=data, ContentType=content_type,
            ServerSideEncryption="AES256",
        )  # fmt: skip

    return upload
