"""Many handlers at once, one storage call at a time, in an order that a seed decides.

Real threads find races by luck. Here every handler is a greenlet that stops before and after each
storage call; who goes on is drawn from a seeded generator. So every interleaving of storage calls
can happen, and the same seed happens again exactly. Faults are drawn at the same places: a call
that is refused, an answer that is lost after the commit, a function that dies before or after it.

What a fault leaves behind is for the caller to mend as the world would: a queue delivers the
message again, a client repeats its request with the same key.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from city.adapters.table import Operation, Row, Table
from greenlet import greenlet
from mortal import Died

MAX_TURNS = 20_000  # a tripwire: handlers that never come to an end


class Refused(Exception):
    """The store took too many requests; nothing happened."""


class NoAnswer(Exception):
    """The store's answer was lost; what was asked for has happened."""


class Endless(AssertionError):
    """The handlers did not come to rest."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How often each fault strikes, as probabilities for one storage call."""

    refuse: float = 0.0
    lose_answer: float = 0.0
    die_before: float = 0.0
    die_after: float = 0.0


@dataclass
class Turns:
    """The scheduler of one run. `trace` is what happened, in order; a failure prints it."""

    seed: int
    faults: Faults = Faults()
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self._ready: list[tuple[str, Any]] = []
        self._hub: Any = None
        self._alive: dict[Any, Callable[[], bool]] = {}

    def start(
        self, name: str, act: Callable[[], object], alive: Callable[[], bool] = lambda: True
    ) -> None:
        """Add a handler; it runs when it is drawn. What escapes from it (but `Died`) fails the
        run. A function that is no longer `alive` when its turn comes dies there."""

        def run() -> None:
            try:
                act()
                self.trace.append(f"{name}: done")
            except Died:
                self.trace.append(f"{name}: died")

        turn = greenlet(run)
        self._alive[turn] = alive
        self._ready.append((name, turn))

    def run(self) -> None:
        """Until every handler, also those started meanwhile, has come to an end.

        Raises:
            Endless: they did not.
        """
        self._hub = greenlet.getcurrent()
        for _ in range(MAX_TURNS):
            if not self._ready:
                return
            at = self.random.randrange(len(self._ready))
            _, turn = self._ready[at]
            turn.switch()
            if turn.dead:
                del self._alive[turn]
                self._ready = [each for each in self._ready if each[1] is not turn]
        raise Endless(f"seed {self.seed}: {[name for name, _ in self._ready]} never end")

    def pause(self) -> None:
        """Let somebody else go on, if handlers are running at all."""
        mine = greenlet.getcurrent()
        if self._hub is not None and mine is not self._hub:
            self._hub.switch()
            if not self._alive[mine]():
                raise Died

    def strikes(self, probability: float) -> bool:
        """Draw a fault; nothing is drawn for what cannot happen, and outside of handlers."""
        inside = self._hub is not None and greenlet.getcurrent() is not self._hub
        return inside and probability > 0 and self.random.random() < probability


class TurnTable:
    """A table whose every call is a place to stop, and where faults strike."""

    def __init__(self, table: Table, turns: Turns) -> None:
        self._table, self._turns = table, turns

    def get(self, pk: str, sk: str) -> Row | None:
        """See `Table`."""
        self._before("get", pk)
        return self._table.get(pk, sk)

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """See `Table`."""
        self._before("get_many", str(len(keys)))
        return self._table.get_many(keys)

    def query(self, pk: str, **how: Any) -> tuple[list[Row], str | None]:
        """See `Table`."""
        self._before("query", pk)
        return self._table.query(pk, **how)

    def commit(self, *operations: Operation) -> None:
        """See `Table`; also dies, or loses its answer, after the fact."""
        faults, turns = self._turns.faults, self._turns
        self._before("commit", str(len(operations)))
        if turns.strikes(faults.die_before):
            raise Died
        self._table.commit(*operations)
        turns.pause()
        if turns.strikes(faults.die_after):
            raise Died
        if turns.strikes(faults.lose_answer):
            turns.trace.append("  (answer lost)")
            raise NoAnswer

    def _before(self, what: str, where: str) -> None:
        self._turns.pause()
        self._turns.trace.append(f"  {what} {where}")
        if self._turns.strikes(self._turns.faults.refuse):
            self._turns.trace.append("  (refused)")
            raise Refused
