"""The three lanes: a queue and workers each, so that a flood never stands behind a newsletter."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from city.fanout.model import Lane, SliceMessage


class Batches(Protocol):
    """A queue that takes many messages at once."""

    def send_all(self, bodies: Sequence[dict[str, Any]], delay_s: int = 0) -> None:
        """Send messages, each to be seen after a delay."""


class Lanes:
    """Slices into the queue of their lane. See `service.LaneQueues`."""

    def __init__(self, queues: Mapping[str, Batches]) -> None:
        self._queues = queues

    def put(self, lane: Lane, messages: Sequence[SliceMessage], delay_s: int = 0) -> None:
        """Send slices; at least once, in any order."""
        self._queues[lane].send_all([m.model_dump(mode="json") for m in messages], delay_s)
