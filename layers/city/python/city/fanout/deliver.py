"""Working off one slice: claim, send, note progress, count. A dead worker's slice is taken over.

The claim is a row with a lease. Progress is written every `STEP` persons under the row's version,
so a worker that lost its lease fails its next write and stops: at most `STEP` persons are sent to
twice, and their phones and the push service show one card (`Topic`, `tag`). Counts are written
with the progress, never apart from it, so they add up to the audience whatever dies.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from city.adapters.table import CommitConflict
from city.fanout.model import (
    Address,
    Delivery,
    Entry,
    Outcome,
    Receipt,
    SliceMessage,
    SliceState,
)
from city.fanout.store import Busy, Deliveries
from city.kernel.text import Language

STEP = 200
LEASE = timedelta(seconds=60)
ATTEMPTS = 5
BACKOFF_S = (5, 30, 120, 300)

PUSH = frozenset({"webpush", "fcm"})


class Book(Protocol):
    """Who is in a slice, and where their devices are."""

    def persons(self, delivery: Delivery, first: int, last: int) -> Sequence[int]:
        """The snapshot's indexes of the persons at these positions of the manifest."""

    def entries(self, delivery: Delivery, persons: Sequence[int]) -> Mapping[int, Entry]:
        """Their devices and language; nobody is missing."""


Send = Callable[[Delivery, Sequence[tuple[Address, Language]]], Awaitable[Mapping[str, Receipt]]]
"""Send to devices (address, language); one receipt for each address id."""


@dataclass(frozen=True, slots=True)
class Again:
    """A slice to put back into its queue after some seconds."""

    message: SliceMessage
    after_s: int


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker leans on. `forget` is told the devices whose subscriptions have ended."""

    deliveries: Deliveries
    book: Book
    send: Send
    forget: Callable[[Sequence[Address]], None]
    now: Callable[[], datetime]


def chosen(delivery: Delivery, held: Sequence[Address]) -> list[Address]:
    """Which of a person's devices a message goes to: push to all; without push, a short message
    for what cannot wait, e-mail for the rest."""
    push = [a for a in held if a.channel in PUSH]
    if push:
        return push
    wanted = "sms" if delivery.lane == "p0" else "email"
    return [a for a in held if a.channel == wanted][:1]


async def work(worker: Worker, message: SliceMessage) -> Again | None:
    """Do one slice; what to put back into the queue, if anything.

    Raises:
        Busy: somebody else is at it.
    """
    delivery = worker.deliveries.get(message.delivery_id, message.revision)
    newest = worker.deliveries.newest(message.delivery_id)  # an update overtakes what waits
    now = worker.now()
    claim = worker.deliveries.claim(message, now, now + LEASE)
    if claim is None:
        return None  # done before
    state, version = claim
    stale = _stale(delivery, newest, now)
    try:
        if stale:
            after = _skipped(message, state, stale)
            counts = Counter(after.counts) - Counter(state.counts)
            worker.deliveries.progress(message, after, version, counts, now)
            return None
        return await _send(worker, delivery, message, state, version)
    except CommitConflict as error:
        raise Busy from error  # the lease ran out and another took over


def _stale(delivery: Delivery, newest: int, now: datetime) -> Outcome | None:
    if newest > delivery.notice.revision:
        return Outcome.SUPERSEDED
    return Outcome.EXPIRED if now >= delivery.notice.expires else None


def _skipped(message: SliceMessage, state: SliceState, why: Outcome) -> SliceState:
    rest = message.last - message.first - sum(state.counts.values())
    counts = Counter(state.counts) + Counter({why.value: rest})
    return state.model_copy(update={"state": "done", "counts": counts, "later": (), "retry": ()})


async def _send(
    worker: Worker, delivery: Delivery, message: SliceMessage, state: SliceState, version: int
) -> Again | None:
    order = (
        state.retry
        if state.attempt > 1
        else tuple(worker.book.persons(delivery, message.first, message.last))
    )
    left = order[state.at :]
    entries = worker.book.entries(delivery, left)
    wait_s = float(BACKOFF_S[min(state.attempt, len(BACKOFF_S)) - 1])
    for start in range(0, len(left), STEP):
        step = left[start : start + STEP]
        sent = await _step(worker, delivery, [(person, entries[person]) for person in step])
        if state.attempt >= ATTEMPTS:
            sent.give_up()
        wait_s = max(wait_s, sent.wait_s)
        state = _after(state, step, sent, worker.now() + LEASE, last=start + STEP >= len(left))
        version = worker.deliveries.progress(message, state, version, sent.counts, worker.now())
    return Again(message, int(wait_s)) if state.state == "waiting" else None


def _after(
    state: SliceState, step: Sequence[int], sent: "Sent", lease_until: datetime, *, last: bool
) -> SliceState:
    """The slice after a step. At the end of an attempt, who is left becomes the next one."""
    later = (*state.later, *sent.later)
    told = {
        "lease_until": lease_until,
        "at": state.at + len(step),
        "later": later,
        "counts": dict(Counter(state.counts) + sent.counts),
        "devices": dict(Counter(state.devices) + sent.devices),
    }
    if last and later:
        told |= {
            "state": "waiting", "attempt": state.attempt + 1, "at": 0, "retry": later, "later": (),
        }  # fmt: skip
    elif last:
        told["state"] = "done"
    return state.model_copy(update=told)


@dataclass(slots=True)
class Sent:
    """What became of one step: persons and devices by outcome, and whom to try again."""

    counts: Counter[str]
    devices: Counter[str]
    later: list[int]
    wait_s: float = 0.0

    def give_up(self) -> None:
        """No attempt is left: who was to be tried again has failed."""
        self.counts[Outcome.FAILED.value] += len(self.later)
        self.later = []


async def _step(worker: Worker, delivery: Delivery, step: Sequence[tuple[int, Entry]]) -> Sent:
    targets = [(person, entry, chosen(delivery, entry.addresses)) for person, entry in step]
    receipts = await worker.send(
        delivery, [(address, entry.language) for _, entry, held in targets for address in held]
    )
    sent = Sent(Counter(), Counter(), [])
    gone: list[Address] = []
    for person, _, held in targets:
        verdicts = [receipts[address.id].verdict for address in held]
        for address, verdict in zip(held, verdicts, strict=True):
            sent.devices[f"{address.channel}_{verdict}"] += 1
            if verdict == "gone":
                gone.append(address)
        outcome = _outcome(verdicts)
        if outcome is None:
            sent.later.append(person)
        else:
            sent.counts[outcome.value] += 1
    sent.wait_s = max((r.retry_after_s for r in receipts.values()), default=0.0)
    worker.forget(gone)
    return sent


def _outcome(verdicts: Sequence[str]) -> Outcome | None:
    """A person's outcome; None when it is worth trying again."""
    if not verdicts:
        return Outcome.INBOX_ONLY
    if "accepted" in verdicts:
        return Outcome.REACHED
    if "later" in verdicts:
        return None
    return Outcome.GONE if all(v == "gone" for v in verdicts) else Outcome.FAILED
