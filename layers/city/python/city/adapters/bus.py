"""The event bus: EventBridge. The whole CloudEvent is `Detail`; `DetailType` is its type."""

import functools
from collections.abc import Sequence
from typing import Any, Protocol

from city.adapters.client import client
from city.contracts.envelope import CloudEvent

BATCH = 10  # PutEvents' ceiling


class BusRefused(Exception):
    """Some events were not taken; they stay in the outbox."""


class Bus(Protocol):
    """The port: take all events or raise."""

    def publish(self, events: Sequence[CloudEvent]) -> None:
        """Hand events over.

        Raises:
            BusRefused: at least one was not taken (others may have been).
        """


@functools.cache
def _client() -> Any:
    return client("events")


class EventBridge:
    """The bus of that name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def publish(self, events: Sequence[CloudEvent]) -> None:
        """See `Bus.publish`."""
        for first in range(0, len(events), BATCH):
            answer = _client().put_events(
                Entries=[
                    {
                        "EventBusName": self._name,
                        "Source": event.source,
                        "DetailType": event.type,
                        "Detail": event.model_dump_json(exclude_none=True),
                        "Resources": [event.subject],
                    }
                    for event in events[first : first + BATCH]
                ]
            )
            if answer["FailedEntryCount"]:
                raise BusRefused(f"{answer['FailedEntryCount']} events were not taken")
