"""Who asks again, or at the same moment as somebody else, is told what has happened."""

from typing import Any

import pytest
from billing import LEASE
from city.adapters.outbox import together
from city.adapters.table import CommitConflict, Operation
from city.adapters.table_memory import MemoryTable
from city.kernel.problems import AssuranceNeeded
from city.ledger import changes, folding, payments, wallets
from city.ledger.book import fold_shard
from city.ledger.changes import Refund
from city.ledger.model import Kind
from city.ledger.problems import NotAllowedNow
from city.ledger.workflow import Proof
from ledger_world import Books, rows_of, settled


class Meanwhile:
    """A table before whose next commit something else happens, once."""

    def __init__(self, table: MemoryTable) -> None:
        self._table = table
        self.act: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def commit(self, *operations: Operation) -> None:
        """See `Table`."""
        act, self.act = self.act, None
        if act:
            act()
        self._table.commit(*operations)


def world() -> tuple[Books, Meanwhile]:
    memory = MemoryTable()
    table = Meanwhile(memory)
    return Books(table=table, memory=memory), table


def test_one_refund_told_twice_at_once_is_done_once_and_refused_to_nobody() -> None:
    books, table = world()
    lan, minh = books.wallet("lan", 50_000), books.wallet("minh")
    order = books.order(Kind.TRANSFER, lan.account, minh.account, 50_000)
    paid = payments.begin(books.ledger, order)
    back = Refund("r1", 50_000)
    table.act = lambda: changes.refund(books.ledger, paid.id, back)  # minh's wallet is empty then
    assert changes.refund(books.ledger, paid.id, back).refunded_vnd == 50_000
    assert wallets.purse(books.ledger, lan.id).avail_vnd == 50_000
    settled(books)


def test_an_order_that_a_passkey_confirmed_is_known_without_one() -> None:
    books, _ = world()
    lan, minh = books.wallet("lan", 30_000_000), books.wallet("minh")
    order = books.order(Kind.TRANSFER, lan.account, minh.account, 15_000_000, stepped_up=True)
    made = payments.begin(books.ledger, order)
    again = order.model_copy(update={"stepped_up": False})
    assert payments.begin(books.ledger, again).id == made.id
    other = again.model_copy(update={"key": books.key()})
    with pytest.raises(AssuranceNeeded):
        payments.begin(books.ledger, other)


def test_what_was_sent_is_never_sent_again() -> None:
    books, _ = world()
    lan = books.wallet("lan", 50_000)
    made = payments.begin(books.ledger, books.bill(lan, 50_000))
    changes.send(books.ledger, made.id, LEASE)
    changes.doubt(books.ledger, made.id, books.now)
    with pytest.raises(NotAllowedNow):
        changes.send(books.ledger, made.id, LEASE)


def test_a_journal_is_complete_though_somebody_else_folds_a_part_of_it() -> None:
    books, table = world()
    lan, minh = books.wallet("lan", 100_000), books.wallet("minh")
    for _ in range(5):
        order = books.order(Kind.TRANSFER, lan.account, minh.account, 10_000)
        payments.begin(books.ledger, order)

    def other() -> None:
        waiting, _ = books.memory.query(f"F#{fold_shard(lan.account)}", limit=2)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(books.memory, "query", lambda *_, **__: (waiting, None))
            try:
                folding.fold(Books(memory=books.memory).ledger, [0])
            except CommitConflict:
                return

    table.act = other
    assert folding.fold_account(books.ledger, lan.account).balance_vnd == 50_000


def test_a_payment_as_it_was_seen_is_believed_by_the_commit_alone() -> None:
    books, _ = world()
    lan = books.wallet("lan", 50_000)
    held = payments.begin(books.ledger, books.bill(lan, 50_000))
    sent = changes.send(books.ledger, held, LEASE)
    with pytest.raises(NotAllowedNow):
        changes.send(books.ledger, held, LEASE)  # another worker, who saw it HELD
    paid = changes.capture(books.ledger, held, "R1")  # not allowed from HELD; but it is SENT
    assert changes.capture(books.ledger, sent, "R2") == paid
    with pytest.raises(NotAllowedNow):
        changes.void(books.ledger, sent, Proof.REJECTED)
    assert changes.get(books.ledger, held.id).entries == 1
    settled(books)


def test_a_change_of_a_payment_that_was_seen_reads_nothing() -> None:
    books, table = world()
    lan = books.wallet("lan", 50_000)
    held = payments.begin(books.ledger, books.bill(lan, 50_000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "get", lambda *_: pytest.fail("a read"), raising=False)
        paid = changes.capture(books.ledger, changes.send(books.ledger, held, LEASE), "R1")
    assert paid.sequence == 3


def test_what_is_said_together_goes_out_at_the_end_even_of_what_failed() -> None:
    books, _ = world()
    lan = books.wallet("lan", 50_000)
    before = len(books.bus.events)

    def handler() -> None:
        with together():
            held = payments.begin(books.ledger, books.bill(lan, 50_000))
            changes.send(books.ledger, held, LEASE)
            assert len(books.bus.events) == before
            changes.void(books.ledger, held, Proof.NEVER_SENT)

    with pytest.raises(NotAllowedNow):
        handler()
    said = books.bus.events[before:]
    assert [event.data["state"] for event in said] == ["HELD", "SENT"]
    assert not list(rows_of(books.memory, "OUTBOX#"))
