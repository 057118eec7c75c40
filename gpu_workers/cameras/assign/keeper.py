"""Takes messages up to a worker's capacity and keeps them; knows by itself when it has lost one.

The promise is that a camera is unwatched for at most `promise_s` after its worker died. Messages
are therefore hidden for less than that (`hidden_s`), and the rest is the time that a successor has
to receive, to take the camera over and to open it. The message is hidden again every third of
`hidden_s`, so two calls in a row may fail.

A worker that was only slow (stopped, swapped out, cut off) must not write beside its successor: an
assignment is *ours* only until `hidden_s` after the start of the last call that hid it, by our own
monotonic clock. The queue shows the message to others later than that, never earlier.
"""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from city.contracts.cameras import Assignment
from pydantic import ValidationError

from gpu_workers.cameras.assign.queue import MOST, Message, Queue

REBALANCE_S = 6 * 3600.0  # SQS keeps a message invisible for twelve hours at most
UNREADABLE_S = 900
POISONED_S = 300
LAST_SHARE = 0.25  # how much before six hours the first are given back, so that not all are at once

Monotonic = Callable[[], float]


@dataclass(slots=True, eq=False)
class Held:
    """An assignment that this worker has. Times are of the worker's monotonic clock."""

    message: Message
    assignment: Assignment
    taken_at: float
    rebalance_at: float
    ours_until: float
    kept_at: float

    def ours(self, now: float) -> bool:
        """Whether nobody else can have received the message yet."""
        return now < self.ours_until


class Crew(Protocol):
    """Does the watching. Both calls return soon; neither raises."""

    def start(self, held: Held) -> None:
        """Begin to watch."""
        ...

    def stop(self, held: Held, why: str) -> None:
        """Stop writing at once, and watching soon."""
        ...


@dataclass(slots=True)
class Keeper:
    """A worker's hold on its messages. Thread-safe: cameras' threads give back what they refuse."""

    queue: Queue
    crew: Crew
    capacity: int
    clock: Monotonic
    promise_s: float = 60.0
    rebalance_s: float = REBALANCE_S
    chance: random.Random = field(default_factory=random.Random)
    draining: bool = False
    unreadable: int = 0
    _held: dict[str, Held] = field(default_factory=dict)  # by message id
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def hidden_s(self) -> int:
        """For how long a message is hidden at a time: five sixths of the promise."""
        return max(1, int(self.promise_s * 5 / 6))

    @property
    def held(self) -> list[Held]:
        """What this worker has, oldest first."""
        with self._lock:
            return list(self._held.values())

    @property
    def free(self) -> int:
        """How many more it may take."""
        return 0 if self.draining else max(0, self.capacity - len(self._held))

    def pause_s(self) -> float:
        """How long to wait before taking more: the fuller the longer, so that others fill up."""
        return self.promise_s / 60 * (0.1 + 1.9 * len(self._held) / max(1, self.capacity))

    def take(self, *, wait_s: int = 0) -> int:
        """Receive once, at most half of what is free (and ten), and start what came."""
        most = min(MOST, -(-self.free // 2))
        if most == 0:
            return 0
        began = self.clock()  # a long poll hides at its end; that it was not earlier is all we know
        messages = self.queue.receive(most, wait_s=wait_s, hidden_s=self.hidden_s)
        return sum(self._taken(message, began) for message in messages)

    def _taken(self, message: Message, began: float) -> bool:
        try:
            assignment = Assignment.model_validate_json(message.body)
        except ValidationError:
            self.unreadable += 1
            self.queue.hide([message], UNREADABLE_S)  # its receive count leads to the dead letters
            return False
        with self._lock:
            twin = self._twin(message, assignment)
            if twin is None:
                early = self.chance.uniform(1 - LAST_SHARE, 1)
                until = began + self.hidden_s
                held = Held(
                    message, assignment, began, began + self.rebalance_s * early, until, began
                )
                self._held[message.message_id] = held
        if twin is None:
            self.crew.start(held)
            return True
        if twin.message.message_id == message.message_id:  # delivered twice: the new receipt counts
            twin.message = message
        elif assignment.generation > twin.assignment.generation:
            self.done(twin, "newer")
            return self._taken(message, began)
        else:
            self.queue.delete(message)
        return False

    def _twin(self, message: Message, assignment: Assignment) -> Held | None:
        def same(held: Held) -> bool:
            ours, theirs = held.assignment, assignment
            return (ours.kind, ours.camera_id, ours.job_id) == (
                theirs.kind, theirs.camera_id, theirs.job_id,
            )  # fmt: skip

        found = self._held.get(message.message_id)
        return found or next((held for held in self._held.values() if same(held)), None)

    def keep(self) -> None:
        """Hide again what is due, drop what was lost, give back what was held long enough."""
        now = self.clock()
        for held in self.held:
            if not held.ours(now):
                self._forget(held, "lost")
        due = [held for held in self.held if now - held.kept_at >= self.hidden_s / 3]
        if due:
            failed = self.queue.hide([held.message for held in due], self.hidden_s)
            for held in due:
                if held.message.message_id not in failed:
                    held.kept_at, held.ours_until = now, now + self.hidden_s
        old = next((held for held in self.held if now >= held.rebalance_at), None)
        if old is not None:  # one a call, so that a worker never lets go of everything at once
            self.give_back(old, "rebalanced")

    def give_back(self, held: Held, why: str, *, after_s: int = 0) -> None:
        """Let somebody else have it, at once or after a while (a poisoned camera)."""
        if self._forget(held, why) and held.ours(self.clock()):
            self.queue.hide([held.message], after_s)

    def let_go(self, held: Held, why: str) -> None:
        """Another has the camera: neither kept nor touched, the message is no longer ours."""
        self._forget(held, why)

    def done(self, held: Held, why: str = "done") -> None:
        """The message's work is over for good."""
        if self._forget(held, why):
            self.queue.delete(held.message)

    def drain(self) -> None:
        """Give everything back now, and take nothing more."""
        self.draining = True
        given = self.held
        ours = [held for held in given if self._forget(held, "draining")]
        now = self.clock()
        if messages := [held.message for held in ours if held.ours(now)]:
            self.queue.hide(messages, 0)

    def find(self, camera_ids: Iterable[str]) -> list[Held]:
        """What is held of these cameras; recordings and searches are not the camera itself."""
        wanted = set(camera_ids)
        return [
            held
            for held in self.held
            if held.assignment.kind == "camera" and held.assignment.camera_id in wanted
        ]

    def _forget(self, held: Held, why: str) -> bool:
        with self._lock:
            if self._held.get(held.message.message_id) is not held:
                return False
            del self._held[held.message.message_id]
        self.crew.stop(held, why)
        return True
