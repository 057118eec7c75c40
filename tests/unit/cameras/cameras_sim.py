"""A simulated SQS and a simulated registry on a clock of their own, with workers that die."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from city.contracts.cameras import Assignment

from gpu_workers.cameras.assign.keeper import Held, Keeper
from gpu_workers.cameras.assign.queue import Message


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class _Row:
    body: str
    visible_at: float = 0.0
    receipt: int = 0
    received_at: float = 0.0


class InvisibleTooLong(AssertionError):
    """SQS refuses to hide a message for more than twelve hours after it was received."""


@dataclass
class SimQueue:
    """As SQS: any order, sometimes twice (`twice` is the chance), receipts that grow old."""

    clock: Clock
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    twice: float = 0.0
    rows: dict[str, _Row] = field(default_factory=dict)
    down: bool = False

    def send(self, body: str, message_id: str) -> None:
        self.rows[message_id] = _Row(body)

    def receive(self, most: int, *, wait_s: int, hidden_s: int) -> list[Message]:
        assert 1 <= most <= 10
        self._fail()
        there = [i for i, row in self.rows.items() if row.visible_at <= self.clock.now]
        self.chance.shuffle(there)
        taken = []
        for message_id in there[:most]:
            row = self.rows[message_id]
            row.receipt += 1
            row.received_at = self.clock.now
            if self.chance.random() >= self.twice:
                row.visible_at = self.clock.now + hidden_s
            taken.append(Message(message_id, f"{message_id}#{row.receipt}", row.body))
        return taken

    def hide(self, messages: Sequence[Message], seconds: int) -> set[str]:
        self._fail()
        failed = set()
        for message in messages:
            row = self.rows.get(message.message_id)
            if row is None or message.receipt != f"{message.message_id}#{row.receipt}":
                failed.add(message.message_id)
                continue
            until = self.clock.now + seconds
            if until - row.received_at > 12 * 3600:
                raise InvisibleTooLong(message.message_id)
            row.visible_at = until
        return failed

    def delete(self, message: Message) -> None:
        self._fail()
        row = self.rows.get(message.message_id)
        if row and message.receipt == f"{message.message_id}#{row.receipt}":
            del self.rows[message.message_id]

    def _fail(self) -> None:
        if self.down:
            raise ConnectionError("the queue does not answer")


@dataclass
class SimRegistry:
    """Raises a camera's epoch at each take-over and remembers when."""

    clock: Clock
    epochs: dict[str, list[float]] = field(default_factory=dict)
    writes: list[tuple[float, str, int, str]] = field(default_factory=list)
    refused: int = 0

    def take_over(self, camera_id: str) -> int:
        taken = self.epochs.setdefault(camera_id, [])
        taken.append(self.clock.now)
        return len(taken)

    def write(self, camera_id: str, epoch: int, worker: str) -> None:
        """The receiver's fence: what was seen after the epoch was superseded is refused."""
        if epoch < len(self.epochs[camera_id]):
            self.refused += 1
            return
        self.writes.append((self.clock.now, camera_id, epoch, worker))


class SimWorker:
    """The real keeper with a crew that only notes what it watches."""

    def __init__(self, name: str, queue: SimQueue, registry: SimRegistry, capacity: int,
                 promise_s: float, chance: random.Random) -> None:  # fmt: skip
        self.name = name
        self.registry = registry
        self.watching: dict[str, tuple[Held, int]] = {}
        self.keeper = Keeper(queue, self, capacity, registry.clock, promise_s, chance=chance)
        self.stalled_until = 0.0
        self.next_take = 0.0

    def start(self, held: Held) -> None:
        camera = held.assignment.camera_id
        self.watching[camera] = (held, self.registry.take_over(camera))

    def stop(self, held: Held, why: str) -> None:
        camera = held.assignment.camera_id
        if self.watching.get(camera, (None, 0))[0] is held:
            del self.watching[camera]

    def may_write(self) -> set[str]:
        """The cameras that this worker would write for now, by its own reckoning."""
        now = self.registry.clock.now
        return {camera for camera, (held, _) in self.watching.items() if held.ours(now)}

    def work(self) -> None:
        """A second of a worker's life."""
        now = self.registry.clock.now
        if now < self.stalled_until:
            return
        try:
            self.keeper.keep()
            if now >= self.next_take:
                self.keeper.take()
                self.next_take = now + self.keeper.pause_s()
        except ConnectionError:
            pass
        self.write()

    def write(self) -> None:
        for camera in self.may_write():
            self.registry.write(camera, self.watching[camera][1], self.name)

    def obey(self) -> None:
        """Orders of the registry: cameras that are another's now."""
        for camera, (held, epoch) in list(self.watching.items()):
            if epoch < len(self.registry.epochs[camera]):
                self.keeper.let_go(held, "another's")


def fill(queue: SimQueue, cameras: int) -> list[str]:
    """One message a camera."""
    names = [f"cam-{n}" for n in range(cameras)]
    for name in names:
        queue.send(Assignment(camera_id=name).model_dump_json(), f"m-{name}")
    return names
