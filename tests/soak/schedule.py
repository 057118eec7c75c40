"""One schedule: a seed decides what people and machines do to the ledger, in which order their
storage calls come, and which of them fail; then the world mends itself, and all must add up.

Handlers run between storage calls of one another (`turns`). Messages come twice, late and in any
order; the store refuses, loses answers, and functions die before and after commits. A queue
delivers again whatever did not succeed, a client repeats its request with the same key. A function
lives no longer than `TIMEOUT`, as on the platform: that is what a lease and "not found is final"
rest on.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from billing import FINAL_AFTER, LEASE, PART_BILL, PART_BILL_VND, BillerBook, agree, attend, hear
from city.adapters.table import Row
from city.adapters.table_memory import MemoryTable
from city.kernel.problems import Conflict, Problem
from city.ledger import changes, folding, payments, reading, sweeping, wallets
from city.ledger.model import ESCROW, Kind, Order, Payment, Wallet
from city.ledger.workflow import PAID, State
from ledger_world import (
    LIMITS,
    Books,
    check_invariants,
    lower,
    payments_of,
    rows_of,
    settled,
)
from mortal import Died
from turns import Faults, NoAnswer, Refused, Turns, TurnTable

TIMEOUT = timedelta(seconds=30)
FAULTY, QUIET = 4, 30  # rounds with faults; rounds in which everything must have come to rest
PASSING = (Refused, NoAnswer, Conflict)  # nobody was told anything: it is done again
LOW = lower(LIMITS, 200)  # a few payments of a schedule reach them
OPEN = frozenset({State.CREATED, State.HELD, State.SENT, State.UNKNOWN})


@dataclass(eq=False)
class Message:
    """Something that is done until it succeeds, and perhaps more often."""

    name: str
    act: Callable[[], object]
    done: bool = False
    declined: bool = False


class Answers:
    """What clients were told. Who asks after a yes is not told no; and what was refused, with no
    attempt of unknown end beside or after it, has not been done."""

    def __init__(self) -> None:
        self.yes: set[tuple[str, ...]] = set()
        self.no: set[tuple[str, ...]] = set()
        self.unknown: Counter[tuple[str, ...]] = Counter()

    def of(self, request: tuple[str, ...], act: Callable[[], Payment]) -> Payment:
        """Carry a request out and remember the answer."""
        known, unknown = request in self.yes, self.unknown[request]
        try:
            done = act()
        except (Conflict, Refused, NoAnswer, Died):
            self.unknown[request] += 1
            self.no.discard(request)
            raise
        except Problem as problem:
            if known:
                raise AssertionError(f"told yes, then {problem.slug}: {request}") from problem
            if unknown == self.unknown[request]:
                self.no.add(request)
            raise
        self.yes.add(request)
        return done

    def false(self, done: Callable[[tuple[str, ...]], bool]) -> list[tuple[str, ...]]:
        """Requests that were refused to all, and are done."""
        return [each for each in self.no - self.yes if done(each)]


@cache
def _start() -> tuple[dict[str, dict[str, Row]], tuple[Wallet, ...], Books]:
    """The world every schedule begins with, made once a process."""
    books = Books()
    made = (books.wallet("lan", 1_400_000), books.wallet("minh", 450_000), books.wallet("hoa"))
    return books.memory._rows, made, books


class Schedule:
    """One seed's world."""

    def __init__(self, seed: int) -> None:
        rows, self.wallets, first = _start()
        memory = MemoryTable()
        memory._rows = {pk: dict(held) for pk, held in rows.items()}
        self.turns = Turns(seed)
        self.random = self.turns.random
        rate = self.random.choice((0.0, 0.02, 0.05, 0.12))
        self.turns.faults = Faults(rate, rate, rate, rate)
        self.books = Books(
            table=TurnTable(memory, self.turns), memory=memory, first=1_000_000, limits=LOW
        )
        self.books.bus.events = list(first.bus.events)
        self.ledger = self.books.ledger
        self.biller = BillerBook(lambda: self.books.now, self.random.choice, self.turns.pause)
        self.messages: list[Message] = []
        self.late: list[Message] = []
        self.told = Answers()
        self.called = 0

    # -- messages

    def post(self, name: str, act: Callable[[], object]) -> None:
        """Hand a message to its queue: delivered now, in the next round, or both."""
        message = Message(name, act)
        self.messages.append(message)
        if self.random.random() < 0.75:
            self.deliver(message)
        else:
            self.late.append(message)
        if self.random.random() < 0.2:
            self.deliver(message)

    def deliver(self, message: Message) -> None:
        """Start its handler."""
        begun: list[datetime] = []

        def run() -> None:
            begun.append(self.books.now)
            try:
                message.act()
            except PASSING:
                return  # not done: it comes again
            except Problem as problem:
                self.turns.trace.append(f"{message.name}: {problem.slug}")
                message.declined = True
            message.done = True

        self.turns.start(message.name, run, lambda: self.books.now - begun[0] <= TIMEOUT)

    # -- people

    def people(self, many: int) -> None:
        """Orders of this round."""
        for _ in range(many):
            act = self.random.choice(
                (
                    self._bill,
                    self._bill,
                    self._bill,
                    self._part,
                    self._transfer,
                    self._shop,
                    self._top_up,
                )
            )
            order = act()
            for _ in range(self.random.choice((1, 1, 1, 2))):  # a second tap, with the same key
                self.post(f"{order.kind} {order.key.key}", partial(self._begin, order))

    def _wallet(self) -> Wallet:
        return self.random.choice(self.wallets)

    def _bill(self) -> Order:
        lan, minh = self.wallets[:2]
        who = self.random.choice((lan, minh))
        soon = self.books.now + timedelta(seconds=self.random.choice((20, 120, 900)))
        amount = self.random.choice((50_000, 120_000, 400_000))
        fee = self.random.choice((0, 1_000))
        bill = self.random.choice(("b1", "b2"))
        return self.books.bill(who, amount, bill, fee_vnd=fee, expires_at=soon)

    def _part(self) -> Order:
        """A part of one bill, by whoever: together they are never more than it."""
        who = self.random.choice(self.wallets[:2])
        soon = self.books.now + timedelta(seconds=self.random.choice((20, 120, 900)))
        amount = self.random.choice((40_000, 60_000, PART_BILL_VND))
        return self.books.bill(who, amount, PART_BILL, most_vnd=PART_BILL_VND, expires_at=soon)

    def _transfer(self) -> Order:
        source, target = self.random.sample(self.wallets, 2)
        amount = self.random.choice((600, 70_000, 100_000))
        fee = self.random.choice((0, 500))
        return self.books.order(
            Kind.TRANSFER, source.account, target.account, amount,
            fee_vnd=fee, fee_by="payee", stepped_up=self.random.choice((False, True)),
        )  # fmt: skip

    def _shop(self) -> Order:
        who = self._wallet()
        fee = self.random.choice((0, 500))
        return self.books.order(
            Kind.MERCHANT, who.account, "merchant:m1", self.random.choice((30_000, 90_000)),
            fee_vnd=fee, fee_by="payee", once=self.random.choice((None, "qr-1")),
        )  # fmt: skip

    def _top_up(self) -> Order:
        return self.books.order(Kind.TOP_UP, ESCROW, self._wallet().account, 60_000)

    def _begin(self, order: Order) -> None:
        request = (f"K#{order.key.digest}", "A")
        payment = self.told.of(request, partial(payments.begin, self.ledger, order))
        if payment.kind is Kind.BILL:
            self.post(f"work {payment.id[-4:]}", partial(self.work, payment.id))
        elif payment.kind is Kind.TOP_UP:
            self.post(f"bank {payment.id[-4:]}", partial(self._bank, payment.id))

    def _bank(self, payment_id: str) -> None:
        """The bank answers at once and knows what it has paid."""
        payment = changes.get(self.ledger, payment_id)
        if payment.state is State.CREATED:
            changes.send(self.ledger, payment_id, LEASE)
        elif payment.state in PAID or payment.state is State.VOID:
            return
        changes.capture(self.ledger, payment_id, "bank")

    def refunds(self) -> None:
        """Several refunds at once of what was paid, by several keys, some of them twice."""
        made = payments_of(self.books.memory)
        paid = [p for p in made if p.state in PAID and p.kind is not Kind.TOP_UP]
        for payment in self.random.sample(paid, min(2, len(paid))):
            for _ in range(self.random.choice((1, 2, 3))):
                part = self.random.choice(
                    (payment.amount_vnd, payment.amount_vnd, payment.amount_vnd // 2, 1)
                )
                wanted = changes.Refund(self.random.choice(("r1", "r2", "r3")), max(part, 1))
                self.post(f"refund {wanted.id}", partial(self._refund, payment.id, wanted))

    def _refund(self, payment_id: str, wanted: changes.Refund) -> None:
        request = (f"P#{payment_id}", f"R#{wanted.id}", str(wanted.amount_vnd))
        self.told.of(request, partial(changes.refund, self.ledger, payment_id, wanted))

    def holder(self) -> None:
        """Somebody freezes, unfreezes or closes a wallet meanwhile."""
        wallet = self._wallet().id
        acts = (
            partial(wallets.freeze, self.ledger, wallet, "lan", "lost"),
            partial(wallets.unfreeze, self.ledger, wallet),
            partial(wallets.close, self.ledger, wallet),
        )
        self.post("holder", self.random.choice(acts))

    # -- machines

    def work(self, payment_id: str) -> None:
        """A worker has a message about a bill's payment."""
        payment = attend(self.ledger, self.biller, payment_id)
        if payment.state is State.HELD:  # no line: the queue delivers it again after a while
            self.late.append(Message(f"again {payment_id[-4:]}", partial(self.work, payment_id)))

    def hear(self, ref: str) -> None:
        """The biller's word about a payment has come."""
        hear(self.ledger, self.biller, ref)

    def callbacks(self) -> None:
        """The biller tells by itself what it has booked: not at all, once, twice."""
        while self.called < len(self.biller.heard):
            ref = self.biller.heard[self.called]
            self.called += 1
            for _ in range(self.random.choice((0, 1, 2))):
                self.post(f"callback {ref[-4:]}", partial(self.hear, ref))

    def sweep(self) -> None:
        """The clock."""
        for payment in sweeping.sweep(self.ledger, [Kind.BILL, Kind.TOP_UP]):
            act = self.work if payment.kind is Kind.BILL else self._bank
            self.post(f"swept {payment.id[-4:]}", partial(act, payment.id))

    def statement(self) -> None:
        """Somebody reads a statement while all of that goes on."""
        told = reading.statement(
            self.ledger, self._wallet().account, self.books.now.date(), self.books.now.date()
        )
        moved = sum(line.amount_vnd for line in told.lines)
        assert told.opening_vnd + moved == told.closing_vnd, f"does not add: {told}"
        assert told.broken_at is None, told

    def clock(self, steps: int) -> None:
        """Time passes, a bit at a time."""
        for _ in range(steps):
            self.turns.pause()
            self.books.wait(seconds=self.random.choice((0, 0, 1, 1, 5, 5, 20, 70)))
            self.biller.arrive()
            self.callbacks()

    # -- the run

    def run(self) -> None:
        """From the first order until everything is at rest, and beyond.

        Raises:
            AssertionError: an invariant does not hold.
        """
        for number in range(FAULTY):
            self._round(number)
            self.turns.run()
            self._again()
            check_invariants(self.books)
            agree(self.biller, payments_of(self.books.memory), at_rest=False)
        self.turns.faults = Faults()
        for _ in range(QUIET):
            self.books.wait(seconds=FINAL_AFTER.total_seconds() / 4)
            self.biller.arrive()
            self.callbacks()
            self.post("sweep", self.sweep)
            self.turns.run()
            if not self._again() and not self._open():
                break
        self.at_rest()
        self.replay()

    def _round(self, number: int) -> None:
        self.people(self.random.choice((1, 2, 3)))
        if number:
            self.refunds()
        for act, share in ((self.holder, 0.15), (self._sweeps, 0.6), (self._folds, 0.5)):
            if self.random.random() < share:
                act()
        if self.random.random() < 0.2:
            self.deliver(Message("statement", self.statement))
        if self.random.random() < 0.3:
            self.deliver(Message("relay", partial(self.books.ledger.outbox.relay, self.books.now)))
        self.turns.start("clock", partial(self.clock, self.random.choice((0, 3, 10))))

    def _sweeps(self) -> None:
        self.post("sweep", self.sweep)

    def _folds(self) -> None:
        for _ in range(self.random.choice((1, 2))):
            self.post("fold", partial(folding.fold, self.ledger))

    def _again(self) -> int:
        """What came late, and whatever has not succeeded, comes (again) in the next round; how
        many messages that are."""
        waiting = self.late + [m for m in self.messages if not m.done and m not in self.late]
        self.late = []
        self.random.shuffle(waiting)
        for message in waiting:
            if message not in self.messages:
                self.messages.append(message)
            self.deliver(message)
        return len(waiting)

    def _open(self) -> list[Payment]:
        return [p for p in payments_of(self.books.memory) if p.state in OPEN]

    def at_rest(self) -> None:
        """Everything that must hold when all is quiet."""
        assert not self._open(), f"never comes to an end: {self._open()}"
        self.ledger.outbox.relay(self.books.now + timedelta(days=1))
        settled(self.books)
        assert not list(rows_of(self.books.memory, "OUTBOX#")), "I9: never published"
        agree(self.biller, payments_of(self.books.memory), at_rest=True)
        false = self.told.false(self._done)
        assert not false, f"refused, and done: {false}"

    def _done(self, request: tuple[str, ...]) -> bool:
        pk, sk, *amount = request
        row = self.books.memory.get(pk, sk)
        return row is not None and (not amount or amount == [str(row.doc["amount_vnd"])])

    def came_up(self) -> Counter[str]:
        """What this schedule had in it: calls and faults, states reached, answers of the biller."""
        trace = self.turns.trace
        seen = Counter(
            {
                "storage calls": sum(line.startswith("  ") and "(" not in line for line in trace),
                "messages": len(self.messages),
                "deaths": sum(line.endswith(": died") for line in trace),
                "answers of the store lost": trace.count("  (answer lost)"),
                "calls refused": trace.count("  (refused)"),
                "bills booked": len(self.biller.booked),
            }
        )
        for payment in payments_of(self.books.memory):
            seen[f"payments {payment.state.value}"] += 1
        return seen

    def replay(self) -> None:
        """I10: every message once more, in any order: nothing changes."""
        before, said = self.books.memory.rows(), len(self.books.bus.events)
        again = [m for m in self.messages if m.name.split()[0] not in _NEW or not m.declined]
        self.random.shuffle(again)
        for message in again:
            if message.name != "holder":
                self.deliver(message)
        for ref in self.biller.booked:
            self.deliver(Message("callback", partial(self.hear, ref)))
        self.turns.run()
        assert self.books.memory.rows() == before, "I10: a replay changed something"
        assert len(self.books.bus.events) == said, "I10: a replay said something"


_NEW = {*map(str, Kind), "refund"}  # what was declined once may be good later: no replay of those
