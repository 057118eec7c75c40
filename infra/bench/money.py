"""Money: the ledger's commits beside bare transactions of the same size, and contention.

`bare` are the very operations of the ledger's commits, with fresh keys, as DynamoDB transactions
without conditions on anything that exists: what the store can do at best. Bills over HTTP are
measured in `infra.bench.bills`.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random
from statistics import median
from typing import Any
from uuid import uuid4

from city.adapters.outbox import Outbox, together
from city.adapters.stores import outbox, table
from city.adapters.table import ABSENT, ANY, Add, Delete, Operation, Put, Row, Table
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.ledger import changes, payments, wallets
from city.ledger.book import Ledger
from city.ledger.limits import LimitBook
from city.ledger.model import ESCROW, BillRef, ClientKey, Kind, Order, Payment, Wallet

from infra.bench.table import keep, show

THREADS, PAYERS = 4, 16
ROUNDS, PER_ROUND = 9, 16
RATE, SPAN_S = 28, 5  # bills in a due-date hour of the whole city, and how long it is measured
WINDOW_S = 0.020  # how long a transaction keeps its rows from others
BILL_VND = 10_000
LEASE = timedelta(seconds=60)


class Quiet:
    """A bus that takes everything: the ledger without its announcements' way."""

    def publish(self, events: Any) -> None:
        """Taken."""


class Recording:
    """A table that remembers what was committed."""

    def __init__(self, inner: Table) -> None:
        self._inner, self.seen = inner, list[tuple[Operation, ...]]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def commit(self, *operations: Operation) -> None:
        """See `Table`."""
        self._inner.commit(*operations)
        self.seen.append(operations)


class Contended:
    """A table on which a transaction keeps its rows for `WINDOW_S`: who comes meanwhile is
    cancelled and tries again with back-off, as with DynamoDB. The emulator has no conflicts."""

    def __init__(self, inner: Table) -> None:
        self._inner, self._held, self.conflicts = inner, dict[tuple[str, str], float](), 0
        self._lock = threading.Lock()
        self._random = Random(1)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def commit(self, *operations: Operation) -> None:
        """See `Table`."""
        keys = [(o.row.pk, o.row.sk) if isinstance(o, Put) else (o.pk, o.sk) for o in operations]
        for attempt in range(10):
            now = time.monotonic()
            with self._lock:
                busy = any(self._held.get(key, 0.0) > now for key in keys)
                if not busy:
                    self._held |= dict.fromkeys(keys, now + WINDOW_S)
                else:
                    self.conflicts += 1
            if not busy:
                self._inner.commit(*operations)
                return
            time.sleep(0.02 * 2 ** min(attempt, 5) * self._random.uniform(0.5, 1))
        raise TimeoutError("ten conflicts in a row")


def books(at: Table, *, quiet: bool) -> Ledger:
    """The ledger on a table."""
    out = Outbox(at, Quiet()) if quiet else outbox("ledger")
    return Ledger(at, out, LimitBook(), utc_now, new_id)


def payer(ledger: Ledger, owner: str, amount_vnd: int) -> Wallet:
    """Somebody with money."""
    wallet = wallets.open_wallet(ledger, owner, "970400-bench")
    key = ClientKey(principal="bench", route="bench", key=uuid4().hex)
    order = Order(
        kind=Kind.TOP_UP, owner=owner, source=ESCROW, target=wallet.account,
        amount_vnd=amount_vnd, key=key, stepped_up=True,
    )  # fmt: skip
    begun = payments.begin(ledger, order)
    changes.capture(ledger, changes.send(ledger, begun, LEASE), "bench")
    return wallet


def bill(ledger: Ledger, wallet: Wallet) -> Payment:
    """Hold the money for a bill."""
    order = Order(
        kind=Kind.BILL, owner="bench", source=wallet.account, target="biller:bench",
        amount_vnd=BILL_VND, bill=BillRef(biller="bench", bill_id=uuid4().hex),
        key=ClientKey(principal="bench", route="bench", key=uuid4().hex),
        expires_at=utc_now() + timedelta(hours=1),
    )  # fmt: skip
    return payments.begin(ledger, order)


def paid(ledger: Ledger, wallet: Wallet) -> None:
    """Hold, send, capture: three changes, by two functions."""
    held = bill(ledger, wallet)
    with together():
        sent = changes.send(ledger, held, LEASE)
        changes.capture(ledger, sent, "bench")


def in_turns(acts: Mapping[str, Callable[[int], object]]) -> dict[str, float]:
    """How many of each a second, by `THREADS` at once: the median of `ROUNDS` in which they take
    turns, so that a machine that is busy now and then is busy for all."""
    rates: dict[str, list[float]] = {name: [] for name in acts}
    with ThreadPoolExecutor(THREADS) as pool:
        for act in acts.values():
            list(pool.map(act, range(THREADS)))  # warm
        for _ in range(ROUNDS):
            for name, act in acts.items():
                started = time.perf_counter()
                list(pool.map(act, range(PER_ROUND)))
                rates[name].append(PER_ROUND / (time.perf_counter() - started))
    return {name: median(found) for name, found in rates.items()}


def fresh(
    commits: Sequence[Sequence[Operation]], mark: str, expect: int = ANY
) -> list[list[Operation]]:
    """The same commits on rows of their own: as many operations of each kind, of the same size,
    reading nothing. `ANY`: conditional on nothing; `ABSENT`: every row that is put."""
    made: list[list[Operation]] = []
    for n, operations in enumerate(commits):
        own: list[Operation] = []
        for i, each in enumerate(operations):
            pk = f"BENCH#{mark}#{n}#{i}"
            if isinstance(each, Put):
                own.append(Put(replace(each.row, pk=pk), expect))
            elif isinstance(each, Add):
                own.append(Add(pk, each.sk, each.counters))
            elif isinstance(each, Delete):
                own.append(Delete(pk, each.sk))
            else:
                own.append(Put(Row(pk, each.sk), expect))
        made.append(own)
    return made


def _commits() -> dict[str, float]:
    """Hold + send + capture a second: bare, the ledger, and the ledger with its events' way."""
    at = table("ledger")
    quiet, loud = books(at, quiet=True), books(at, quiet=False)
    people = [payer(quiet, f"bench-{uuid4().hex}", 10_000_000) for _ in range(PAYERS)]
    recording = Recording(at)
    paid(books(recording, quiet=True), people[0])
    changed = [seen for seen in recording.seen if not all(isinstance(o, Delete) for o in seen)]

    def bare(_: int, expect: int = ANY) -> None:
        for commit in fresh(changed, uuid4().hex, expect):
            at.commit(*commit)

    # Without the deletion of the outbox's rows, which is a commit of its own after each change.
    unsaid = replace(quiet, outbox=_Kept(at, Quiet()))
    found = in_turns(
        {
            "bare": bare,
            "bare_conditional": lambda n: bare(n, ABSENT),
            "ledger": lambda n: paid(unsaid, people[n % PAYERS]),
            "with_outbox_delete": lambda n: paid(quiet, people[n % PAYERS]),
        }
    )
    # Alone: whom the events wake is still at work in the next one's turn.
    return found | in_turns({"with_bus": lambda n: paid(loud, people[n % PAYERS])})


class _Kept(Outbox):
    """Leaves its rows for the relay."""

    def say(self, events: Any) -> None:
        """Nothing is said."""


@contextmanager
def paced(rate: float) -> Iterator[Callable[[], None]]:
    """A call that returns so many times a second."""
    started, number = time.monotonic(), 0

    def wait() -> None:
        nonlocal number
        number += 1
        time.sleep(max(0.0, started + number / rate - time.monotonic()))

    yield wait


def _contention() -> dict[str, float]:
    """Bills paid to one biller at 28/s: how many are done in the time, with and without windows
    of conflict on every row."""
    done: dict[str, float] = {}
    for name in ("plain", "injected"):
        at: Any = table("ledger")
        at = Contended(at) if name == "injected" else at
        ledger = books(at, quiet=True)
        people = [payer(ledger, f"bench-{uuid4().hex}", 10_000_000) for _ in range(PAYERS * 4)]
        started = time.monotonic()
        with ThreadPoolExecutor(THREADS * 4) as pool, paced(RATE) as wait:
            waiting = []
            for n in range(RATE * SPAN_S):
                wait()
                waiting.append(pool.submit(paid, ledger, people[n % len(people)]))
            for each in waiting:
                each.result()
        done[name] = RATE * SPAN_S / (time.monotonic() - started)
        if name == "injected":
            done["conflicts"] = at.conflicts
    return done


def run() -> None:
    """Measure and print."""
    found = _commits()
    rows = [
        [name, f"{found[key]:.1f}", f"{found[key] / found['bare']:.2f}"]
        for name, key in (
            ("the same transactions, bare", "bare"),
            ("… each put on condition that nothing is there", "bare_conditional"),
            ("the ledger", "ledger"),
            ("… and its events' rows deleted when they are out", "with_outbox_delete"),
            ("… and the events published, with all whom they wake", "with_bus"),
        )
    ]
    show(f"Hold, send and capture of a bill, {THREADS} threads", ["", "bills/s", "ratio"], rows)
    met = _contention()
    told = [
        ["no conflicts", f"{met['plain']:.1f}", ""],
        ["every row kept 20 ms", f"{met['injected']:.1f}", f"{met['injected'] / met['plain']:.2f}"],
        ["conflicts met", f"{met['conflicts']:.0f}", ""],
    ]
    show(f"Bills to one biller, {RATE}/s offered", ["", "bills/s", "ratio"], told)
    keep("money", {"commits": found, "contention": met})
