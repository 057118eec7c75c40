"""State change and event commit together; the event goes out at once or with the next relay.

The event is a row of the unit's own table, written in the same commit as the change. After the
commit it is published and the row removed. Whoever dies in between leaves the row, and the relay
(`functions/outbox`, every minute) publishes it again: at least once, so consumers go by event id.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from threading import Lock
from zlib import crc32

from city.adapters.bus import Bus
from city.adapters.table import ABSENT, Delete, Operation, Put, Row, Table
from city.adapters.trace import current
from city.contracts.envelope import Announcement, CloudEvent, envelope

SHARDS = 4
WAIT_S = 0.5
RELAY_LIMIT = 200  # per shard and run: a run must end well inside its minute


def shard_key(shard: int) -> str:
    """The partition of one outbox shard."""
    return f"OUTBOX#{shard}"


def _key(event: CloudEvent) -> tuple[str, str]:
    return shard_key(crc32(event.subject.encode()) % SHARDS), f"{event.time}#{event.id}"


class _Waiting:
    """Committed events that are not said yet, and since when the first of them waits."""

    def __init__(self) -> None:
        self._lock = Lock()  # a batch's pieces may be done side by side
        self._events: dict[Outbox, list[CloudEvent]] = {}
        self.since: float | None = None

    def add(self, outbox: "Outbox", events: Sequence[CloudEvent]) -> None:
        """They go out later."""
        with self._lock:
            if events and self.since is None:
                self.since = time.monotonic()
            self._events.setdefault(outbox, []).extend(events)

    def say(self) -> None:
        """They go out now."""
        with self._lock:
            events, self._events, self.since = self._events, {}, None
        for outbox, each in events.items():
            outbox.say(each)


_waiting: ContextVar[_Waiting | None] = ContextVar("waiting", default=None)


@contextmanager
def together() -> Iterator[None]:
    """What is said within goes out at its end, in one call instead of one for each change; within
    another `together`, at the end of that. Whoever dies before leaves it to the relay, like any
    event."""
    if _waiting.get() is not None:
        yield
        return
    waiting = _Waiting()
    mark = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(mark)
        waiting.say()


def breathe() -> None:
    """Between two pieces of work that are done `together`: what waits for over `WAIT_S` goes out,
    so that a piece that takes long keeps nobody else's news."""
    waiting = _waiting.get()
    if waiting and waiting.since is not None and time.monotonic() - waiting.since > WAIT_S:
        waiting.say()


class Outbox:
    """The way out of one unit."""

    def __init__(self, table: Table, bus: Bus) -> None:
        self._table = table
        self._bus = bus

    def commit(
        self, operations: Sequence[Operation], events: Sequence[tuple[str, Announcement, datetime]]
    ) -> list[CloudEvent]:
        """Commit the change with its events `(event_id, announcement, at)`, then publish them.

        A bus that does not answer is not the caller's failure: the events wait for the relay.

        Raises:
            CommitConflict: the change did not happen, and nothing was said.
        """
        trace = current()
        wrapped = [
            envelope(
                announcement,
                event_id=event_id,
                at=at,
                traceparent=trace.traceparent,
                correlation_id=trace.correlation_id,
            )
            for event_id, announcement, at in events
        ]
        rows = [Row(*_key(event), doc=event.model_dump(exclude_none=True)) for event in wrapped]
        self._table.commit(*operations, *(Put(row, ABSENT) for row in rows))
        waiting = _waiting.get()
        if waiting is None:
            self.say(wrapped)
        else:
            waiting.add(self, wrapped)
        return wrapped

    def say(self, events: Sequence[CloudEvent]) -> None:
        """Publish committed events now; those that cannot be wait for the relay."""
        with suppress(Exception):  # the rows are safe; the relay tries again within a minute
            self._send(events)

    def relay(self, before: datetime) -> int:
        """Publish what was left behind before a moment. Returns how many events went out."""
        sent = 0
        until = before.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for shard in range(SHARDS):
            rows, _ = self._table.query(shard_key(shard), until=until, limit=RELAY_LIMIT)
            events = [CloudEvent.model_validate(row.doc) for row in rows]
            self._send(events)
            sent += len(events)
        return sent

    def _send(self, events: Sequence[CloudEvent]) -> None:
        if not events:
            return
        self._bus.publish(events)
        for first in range(0, len(events), 50):
            self._table.commit(*(Delete(*_key(event)) for event in events[first : first + 50]))
