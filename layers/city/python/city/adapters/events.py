"""The triggers that are not HTTP: queues of events, queues of messages, schedules.

A unit has one events function. What woke it is told by the event itself: SQS records carry their
queue's name, schedules carry `{"schedule": "<name>"}`.
"""

import functools
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from chalice.app import Rate

from city.adapters import log, trace
from city.adapters.outbox import breathe, together
from city.contracts.envelope import Announcement, CloudEvent

A = TypeVar("A", bound=Announcement)
Listener = Callable[[Any, CloudEvent], None]
Receiver = Callable[[dict[str, Any]], None]
Gatherer = Callable[[list[dict[str, Any]]], None]


class UnknownTrigger(Exception):
    """The function was woken by something it has no handler for."""


class EventTriggers:
    """Mixed into `Unit`: `listen`, `receive`, `every`, and the entry `events`."""

    unit: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.listeners: dict[str, tuple[type[Announcement], Listener]] = {}
        self.receivers: dict[str, Receiver] = {}
        self.abreast: dict[str, int] = {}
        self.gatherers: dict[str, Gatherer] = {}
        self.schedules: dict[str, Callable[[], None]] = {}

    def listen(self, *contracts: type[Announcement]) -> Callable[[Listener], Listener]:
        """Handle these published events: `handler(announcement, envelope)`."""

        def wrap(call: Listener) -> Listener:
            for contract in contracts:
                self.listeners[contract.event_type()] = (contract, call)
            return call

        return wrap

    def receive(self, queue: str, *, at_once: int = 1) -> Callable[[Receiver], Receiver]:
        """Handle messages of a queue whose name ends in `queue`: `handler(body)`. Those of a batch
        one after the other, or so many `at_once` where most of the time is waiting for others."""

        def wrap(call: Receiver) -> Receiver:
            self.receivers[queue] = call
            self.abreast[queue] = at_once
            self.on_sqs_message(queue=queue, name=f"on_{queue.replace('-', '_')}")(  # type: ignore[attr-defined]
                lambda event: self._batch(event.to_dict())
            )
            return call

        return wrap

    def receive_together(self, queue: str) -> Callable[[Gatherer], Gatherer]:
        """Handle all messages that come at once in one call: `handler(bodies)`, all or none."""

        def wrap(call: Gatherer) -> Gatherer:
            self.gatherers[queue] = call
            return call

        return wrap

    def every(self, minutes: int) -> Callable[[Callable[[], None]], Callable[[], None]]:
        """Run by the clock; `template.yaml` sends `{"schedule": "<function name>"}`."""

        def wrap(call: Callable[[], None]) -> Callable[[], None]:
            self.schedules[call.__name__] = call
            self.schedule(Rate(minutes, unit=Rate.MINUTES), name=f"every_{call.__name__}")(  # type: ignore[attr-defined]
                lambda event: call()
            )
            return call

        return wrap

    def events(self, event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG002
        """Entry of the events function.

        Raises:
            UnknownTrigger: neither SQS records nor a schedule of ours.
        """
        if "Records" in event:
            return self._batch(event)
        name = event.get("schedule")
        if name not in self.schedules:
            raise UnknownTrigger(f"{self.unit}: nothing here handles {sorted(event)}")
        self._one(f"schedule {name}", trace.continued(None, None), self.schedules[name])
        return {"done": name}

    def _batch(self, event: dict[str, Any]) -> dict[str, Any]:
        """Each record on its own: what fails goes back to the queue alone. A batch is of one
        queue, so a gatherer gets all of it."""
        queue = event["Records"][0]["eventSourceARN"].rsplit(":", 1)[-1] if event["Records"] else ""
        for suffix, gatherer in self.gatherers.items():
            if queue.endswith(suffix):
                bodies = [json.loads(record["body"]) for record in event["Records"]]
                act = functools.partial(gatherer, bodies)
                self._one(f"queue {suffix}", trace.continued(None, None), act)
                return {"batchItemFailures": []}
        with together():  # a batch's news go out in one call, not in one for each record
            at_once = next((n for suffix, n in self.abreast.items() if queue.endswith(suffix)), 1)
            if at_once > 1 and len(event["Records"]) > 1:
                return self._side_by_side(event["Records"], at_once)
            return dict(
                process_partial_response(
                    event=event,
                    record_handler=self._record,
                    processor=BatchProcessor(
                        event_type=EventType.SQS, raise_on_entire_batch_failure=False
                    ),
                )
            )

    def _side_by_side(self, records: list[Any], at_once: int) -> dict[str, Any]:
        def failed(record: Any) -> bool:
            try:
                self._record(record)
            except Exception:  # noqa: BLE001 - `_one` has written it down; this one comes again
                return True
            return False

        with ThreadPoolExecutor(min(at_once, len(records))) as pool:
            # Each in a copy of what is known here, so that its thread and facts are its own.
            all_of_them = [pool.submit(copy_context().run, failed, each) for each in records]
        again = [each for each, done in zip(records, all_of_them, strict=True) if done.result()]
        return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in again]}

    def _record(self, record: Any) -> None:
        breathe()
        raw = record.raw_event if hasattr(record, "raw_event") else record
        queue = raw["eventSourceARN"].rsplit(":", 1)[-1]
        body = json.loads(raw["body"])
        for suffix, receiver in self.receivers.items():
            if queue.endswith(suffix):
                told = body.get("detail", body)  # an event that a rule put there, or a message
                thread = trace.continued(told.get("traceparent"), told.get("correlationid"))
                self._one(f"queue {suffix}", thread, functools.partial(receiver, body))
                return
        happened = CloudEvent.model_validate(body.get("detail", body))
        thread = trace.continued(happened.traceparent, happened.correlationid)
        known = self.listeners.get(happened.type)
        if known is None:
            raise UnknownTrigger(f"{self.unit}: nothing here listens to {happened.type}")
        contract, listener = known
        self._one(
            happened.type,
            thread,
            lambda: listener(contract.model_validate(happened.data), happened),
            event_id=happened.id,
            subject=happened.subject,
        )

    def _one(self, what: str, thread: trace.Trace, act: Callable[[], None], **known: str) -> None:
        started = time.perf_counter()
        with trace.following(thread) as facts:
            failed = True
            try:
                act()
                failed = False
            finally:
                log.line(
                    self.unit,
                    "event",
                    thread,
                    failed=failed,
                    what=what,
                    outcome="failed" if failed else "done",
                    ms=round((time.perf_counter() - started) * 1000, 1),
                    **known,
                    **facts,
                )
