"""What traffic signals showed, asked of the city in a light beat, and frames that wait for it.

A controller's word takes a second or two until it is here, a frame only milliseconds. Frames of a
camera whose rules need a signal therefore wait until what it showed at *their* moment is known; a
frame for which nobody says it in time is looked at with the signal unknown, and accuses nobody.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from city.contracts.cameras import Box
from city.contracts.signals import Lamp, SignalHead, SignalHeads, head_name
from city.contracts.watching import RedLight, Rule, StopLine
from city.kernel.clock import Clock

from gpu_workers.cameras.seen import Frame, Happening

WAIT = timedelta(seconds=4)
MOST_WAITING = 24  # frames of one camera: pictures are large
FRAME_ERROR_S = 0.2  # of a frame's own time: encoding, the network, half a frame

Ask = Callable[[Sequence[str]], SignalHeads]


def heads_of(rules: Iterable[Rule]) -> frozenset[str]:
    """The signal heads that rules ask a controller about."""
    return frozenset(
        head_name(rule.controller)
        for rule in rules
        if isinstance(rule, RedLight | StopLine) and rule.controller is not None
    )


@dataclass(slots=True)
class Signals:
    """The heads that a worker's cameras need. Implements the rules' `SignalFeed`.

    Written by one thread, read by many: a new answer takes the old one's place as a whole.
    """

    ask: Ask
    _wanted: dict[str, frozenset[str]] = field(default_factory=dict)  # by post
    _held: dict[str, SignalHead] = field(default_factory=dict)

    def want(self, post: str, heads: frozenset[str]) -> None:
        """A post's rules have changed, or it is over (no heads)."""
        if heads:
            self._wanted[post] = heads
        else:
            self._wanted.pop(post, None)

    def poll(self) -> None:
        """Ask once, for all cameras together, if any of them needs it.

        Raises:
            Unreachable: the city did not answer; what is held grows old by itself.
        """
        wanted = sorted(frozenset().union(*list(self._wanted.values())))
        if wanted:
            self._held = {head.head: head for head in self.ask(wanted).heads}

    def phase(self, controller: str, at: datetime) -> tuple[Lamp, datetime]:
        """See `SignalFeed`: the latest moment at which it may have begun goes with it."""
        head = self._held.get(head_name(controller))
        return head.at(at, FRAME_ERROR_S) if head else ("unknown", at)

    def settled(self, heads: Iterable[str], at: datetime, now: datetime) -> bool:
        """Whether asking again would tell no more about a moment: it is known, or its controller
        has fallen silent and nobody should wait for it."""
        held = self._held
        return all(
            name not in held or held[name].settled(at, now - WAIT, FRAME_ERROR_S) for name in heads
        )

    def with_error(self, happening: Happening) -> Happening:
        """An incident that rests on a controller's word says how far the times may be apart."""
        rule = happening.rule
        if not isinstance(rule, RedLight | StopLine) or rule.controller is None:
            return happening
        head = self._held.get(head_name(rule.controller))
        error = FRAME_ERROR_S + (head.error_s if head else 0.0)
        measures = {**happening.measures, "phase_error_s": round(error, 2)}
        return replace(happening, measures=measures)


Waiting = tuple[Frame, Sequence[Box]]


@dataclass(slots=True)
class Patience:
    """One camera's frames that wait for their signals, in order. Not shared between threads."""

    signals: Signals
    clock: Clock
    heads: frozenset[str] = frozenset()
    _waiting: deque[Waiting] = field(default_factory=deque)

    def ready(self, frame: Frame, boxes: Sequence[Box]) -> list[Waiting]:
        """Take a frame; those whose turn it is now, oldest first."""
        self._waiting.append((frame, boxes))
        found: list[Waiting] = []
        now = self.clock()
        while self._waiting and self._due(self._waiting[0][0].at, now):
            found.append(self._waiting.popleft())
        return found

    def _due(self, at: datetime, now: datetime) -> bool:
        return (
            len(self._waiting) > MOST_WAITING
            or now - at > WAIT
            or self.signals.settled(self.heads, at, now)
        )
