"""The ledger as a state machine: whatever people, workers, billers and the clock do, in whatever
order, with functions that die at any commit, I1 to I11 hold after every step; and when the world
has come to rest, no message said again changes anything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from billing import (
    FINAL_AFTER,
    LEASE,
    PART_BILL,
    PART_BILL_VND,
    BillerBook,
    agree,
    attend,
    hear,
    take,
)
from city.adapters.table import Operation
from city.adapters.table_memory import MemoryTable
from city.billers.port import NotFound, Pending
from city.kernel.problems import Problem
from city.ledger import changes, folding, payments, sweeping, wallets
from city.ledger.model import ESCROW, Kind, Order
from city.ledger.workflow import PAID, State
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from ledger_world import LIMITS, Books, check_invariants, lower, payments_of, rows_of, settled
from mortal import Died

WALLETS = st.integers(0, 2)
DEATHS = st.one_of(
    st.none(), st.none(), st.tuples(st.integers(1, 3), st.sampled_from(("before", "after")))
)
PARTS = st.tuples(st.sampled_from(("r1", "r2", "r3")), st.sampled_from((1, 2, 2, 3)))
QUIET = 40  # rounds in which everything must come to an end


class Fragile:
    """A table at whose k-th commit from now the function dies, when told so."""

    def __init__(self, table: MemoryTable) -> None:
        self._table = table
        self.death: tuple[int, str] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def commit(self, *operations: Operation) -> None:
        """See `Table`."""
        strikes = ""
        if self.death:
            left, when = self.death
            self.death = (left - 1, when) if left > 1 else None
            strikes = when if left == 1 else ""
        if strikes == "before":
            raise Died
        self._table.commit(*operations)
        if strikes == "after":
            raise Died


class LedgerMachine(RuleBasedStateMachine):
    """People, workers, a biller and the clock."""

    examples: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).examples += 1
        memory = MemoryTable()
        self.table = Fragile(memory)
        self.books = Books(table=self.table, memory=memory, limits=lower(LIMITS, 400))
        self.ledger = self.books.ledger
        self.data: Any = None
        self.fate = ""
        self.biller = BillerBook(lambda: self.books.now, self._chosen)
        names = (("lan", 1_400_000), ("minh", 450_000), ("hoa", 0))
        self.wallets = [self.books.wallet(name, amount) for name, amount in names]
        self.messages: list[Callable[[], object]] = []
        self.orders: list[Order] = []

    def _chosen(self, options: Any) -> str:
        if self.fate:
            return self.fate if self.fate in options else str(options[-1 if "5" in options else 0])
        drawn: str = self.data.draw(st.sampled_from(options)) if self.data else options[0]
        return drawn

    @contextmanager
    def _lives(self, death: tuple[int, str] | None = None, data: Any = None) -> Iterator[None]:
        """One function's run: it may be declined, or die."""
        self.table.death, self.data = death, data
        try:
            yield
        except (Problem, Died):
            pass
        finally:
            self.table.death = self.data = None

    def _do(self, act: Callable[[], object], death: Any = None, data: Any = None) -> None:
        self.messages.append(act)
        with self._lives(death, data):
            act()

    def _order(self, order: Order, death: Any) -> None:
        self.orders.append(order)
        with self._lives(death):
            payments.begin(self.ledger, order)

    @rule(who=WALLETS, bill=st.sampled_from(("b1", "b2", "b3")), death=DEATHS,
          amount=st.sampled_from((50_000, 120_000, 200_000)), fee=st.sampled_from((0, 1_000)),
          life=st.sampled_from((20, 120, 900)))  # fmt: skip
    def pay_a_bill(self, who: int, bill: str, death: Any, amount: int, fee: int, life: int) -> None:
        expires_at = self.books.now + timedelta(seconds=life)
        self._order(
            self.books.bill(
                self.wallets[who], amount, bill, fee_vnd=fee, expires_at=expires_at
            ), death
        )  # fmt: skip

    @rule(who=st.integers(0, 1), death=DEATHS, amount=st.sampled_from((40_000, 60_000, 100_000)))
    def pay_a_part(self, who: int, death: Any, amount: int) -> None:
        """Of a bill of 100,000 that takes parts; before the sweep finds it, others want theirs."""
        expires_at = self.books.now + timedelta(seconds=120)
        self._order(
            self.books.bill(
                self.wallets[who], amount, PART_BILL, most_vnd=PART_BILL_VND, expires_at=expires_at
            ), death
        )  # fmt: skip

    @rule(who=st.integers(0, 1), bill=st.sampled_from(("b1", "b2")),
          fate=st.sampled_from(("paid", "paid", "answer lost", "late", "dies")))  # fmt: skip
    def pay_a_bill_and_ask(self, who: int, bill: str, fate: str) -> None:
        """Straight to where it gets interesting: the biller has been asked."""
        self._order(self.books.bill(self.wallets[who], 50_000, bill), None)
        made = payments.find(self.ledger, self.orders[-1].key)
        if made:
            self.fate = "paid" if fate == "dies" else fate
            death = (3, "before") if fate == "dies" else None
            self._do(partial(attend, self.ledger, self.biller, made.id), death)
            self.fate = ""

    @rule(data=st.data(), answer=st.sampled_from((Pending(), NotFound())))
    def an_answer_comes_late(self, data: Any, answer: Pending | NotFound) -> None:
        """Of a call that was under way when others had ended the payment already."""
        payment_id = self._drawn(data, Kind.BILL)
        payment = changes.get(self.ledger, payment_id) if payment_id else None
        if payment and payment.sent_at:
            with self._lives():
                take(self.ledger, payment, answer)

    @rule(payer=WALLETS, payee=WALLETS, amount=st.sampled_from((600, 70_000)), death=DEATHS,
          fee=st.sampled_from((0, 500)), passkey=st.booleans())  # fmt: skip
    def transfer(
        self, payer: int, payee: int, amount: int, death: Any, fee: int, passkey: bool
    ) -> None:
        if payer != payee:
            a, b = self.wallets[payer].account, self.wallets[payee].account
            more: dict[str, Any] = {"fee_vnd": fee, "fee_by": "payee", "stepped_up": passkey}
            self._order(self.books.order(Kind.TRANSFER, a, b, amount, **more), death)

    @rule(who=WALLETS, death=DEATHS, once=st.sampled_from((None, "qr-1")))
    def pay_a_shop(self, who: int, death: Any, once: str | None) -> None:
        source = self.wallets[who].account
        order = self.books.order(
            Kind.MERCHANT, source, "merchant:m1", 30_000, fee_vnd=500, fee_by="payee", once=once
        )
        self._order(order, death)

    @rule(data=st.data(), death=DEATHS)
    def the_same_order_again(self, data: Any, death: Any) -> None:
        if self.orders:
            order = data.draw(st.sampled_from(self.orders))
            with self._lives(death):
                payments.begin(self.ledger, order)

    @rule(who=WALLETS, death=DEATHS)
    def top_up(self, who: int, death: Any) -> None:
        order = self.books.order(Kind.TOP_UP, ESCROW, self.wallets[who].account, 60_000)
        self._order(order, death)

    def _drawn(self, data: Any, *kinds: Kind, paid: bool = False) -> str | None:
        found = [
            p.id for p in payments_of(self.books.memory)
            if p.kind in kinds and (p.state in PAID or not paid)
        ]  # fmt: skip
        return data.draw(st.sampled_from(found)) if found else None

    def _open_first(self, data: Any) -> str | None:
        """Mostly a payment that has work to do."""
        ids = [
            p.id for p in payments_of(self.books.memory)
            if p.kind is Kind.BILL and p.state in (State.HELD, State.UNKNOWN)
        ]  # fmt: skip
        return data.draw(st.sampled_from(ids)) if ids else self._drawn(data, Kind.BILL)

    @rule(data=st.data(), death=DEATHS)
    def work(self, data: Any, death: Any) -> None:
        payment_id = self._open_first(data)
        if payment_id:
            self._do(partial(attend, self.ledger, self.biller, payment_id), death, data)

    @rule(data=st.data(), death=DEATHS)
    def the_bank_has_paid(self, data: Any, death: Any) -> None:
        payment_id = self._drawn(data, Kind.TOP_UP)
        if payment_id:
            self._do(partial(self._bank, payment_id), death)

    def _bank(self, payment_id: str) -> None:
        if changes.get(self.ledger, payment_id).state is State.CREATED:
            changes.send(self.ledger, payment_id, LEASE)
        changes.capture(self.ledger, payment_id, "bank")

    @rule(data=st.data(), death=DEATHS)
    def callback(self, data: Any, death: Any) -> None:
        if self.biller.booked:
            ref = data.draw(st.sampled_from(sorted(self.biller.booked)))
            self._do(partial(hear, self.ledger, self.biller, ref), death)

    @rule(data=st.data(), death=DEATHS,
          kinds=st.sampled_from(((Kind.BILL,), (Kind.MERCHANT, Kind.TRANSFER))),
          parts=st.lists(PARTS, min_size=1, max_size=3))  # fmt: skip
    def refunds(
        self, data: Any, death: Any, kinds: tuple[Kind, ...], parts: list[tuple[str, int]]
    ) -> None:
        payment_id = self._drawn(data, *kinds, paid=True)
        if payment_id is None:
            self.pay_a_shop(0, None, None)
            payment_id = self._drawn(data, Kind.MERCHANT, paid=True)
        for name, share in parts if payment_id else ():
            amount = changes.get(self.ledger, payment_id or "").amount_vnd // share
            act = partial(
                changes.refund, self.ledger, payment_id or "", changes.Refund(name, amount)
            )
            with self._lives(death):
                act()
                self.messages.append(act)

    @rule(who=WALLETS, act=st.sampled_from(("freeze", "unfreeze", "unfreeze", "close")))
    def holder(self, who: int, act: str) -> None:
        wallet = self.wallets[who].id
        with self._lives():
            if act == "freeze":
                wallets.freeze(self.ledger, wallet, "lan", "lost")
            elif act == "unfreeze":
                wallets.unfreeze(self.ledger, wallet)
            else:
                wallets.close(self.ledger, wallet)

    @rule(seconds=st.sampled_from((5, 61, 61, 301)), death=DEATHS)
    def time_passes(self, seconds: int, death: Any) -> None:
        self.books.wait(seconds=seconds)
        self.biller.arrive()
        self._do(self._sweep, death)

    def _sweep(self) -> None:
        for payment in sweeping.sweep(self.ledger, [Kind.BILL, Kind.TOP_UP]):
            with self._lives():
                (self._bank if payment.kind is Kind.TOP_UP else self._attend)(payment.id)

    @rule(death=DEATHS)
    def fold_and_relay(self, death: Any) -> None:
        self._do(partial(folding.fold, self.ledger), death)
        self._do(partial(self.ledger.outbox.relay, self.books.now))

    @invariant()
    def adds_up(self) -> None:
        check_invariants(self.books)
        agree(self.biller, payments_of(self.books.memory), at_rest=False)
        self._nothing_opened()

    def _nothing_opened(self) -> None:
        """No biller here opens a bill again: whoever paid it keeps it, refunded or not."""
        memory, parts = self.books.memory, 0
        for payment in payments_of(memory):
            if payment.bill is None or payment.state is State.VOID:
                continue
            if payment.bill.most_vnd is not None:
                parts += payment.amount_vnd
            elif payment.state is State.REFUNDED:
                kept = memory.get(f"B#evn#{payment.bill.bill_id}", "A")
                assert kept, f"I6: a refund opened the bill: {payment}"
        row = memory.get(f"B#evn#{PART_BILL}", "PARTS")
        assert parts == (row.counters["vnd"] if row else 0), f"I6: {parts} of {row}"

    def teardown(self) -> None:
        """The world comes to rest; then every message comes once more, and twice (I10)."""
        for _ in range(QUIET):
            self._one_more_round()
        self.books.wait(seconds=FINAL_AFTER.total_seconds())
        self.biller.arrive()
        settled(self.books)
        self.ledger.outbox.relay(self.books.now + timedelta(days=1))
        left = [p for p in payments_of(self.books.memory) if p.state in _OPEN]
        assert not left, f"never comes to an end: {left}"
        assert not list(rows_of(self.books.memory, "OUTBOX#")), "I9: never published"
        agree(self.biller, payments_of(self.books.memory), at_rest=True)
        made = [o for o in self.orders if payments.find(self.ledger, o.key)]
        before = self.books.memory.rows()
        for _ in range(2):
            for order in made:
                payments.begin(self.ledger, order)
            for act in self.messages:
                with self._lives():
                    act()
        assert self.books.memory.rows() == before, "I10: a message said again changed something"

    def _one_more_round(self) -> None:
        open_now = [p for p in payments_of(self.books.memory) if p.state in _OPEN]
        if not open_now:
            return
        self.books.wait(seconds=FINAL_AFTER.total_seconds() / 4)
        self.biller.arrive()
        for payment in open_now:
            with self._lives():
                (self._bank if payment.kind is Kind.TOP_UP else self._attend)(payment.id)
        with self._lives():
            self._sweep()

    def _attend(self, payment_id: str) -> None:
        attend(self.ledger, self.biller, payment_id)


_OPEN = frozenset({State.CREATED, State.HELD, State.SENT, State.UNKNOWN})
