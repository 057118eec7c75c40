"""Money for people of the running city, put there through the ledger itself."""

from datetime import timedelta
from uuid import uuid4

from city.adapters.stores import outbox, table
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.ledger import changes, payments, wallets
from city.ledger.book import Ledger
from city.ledger.limits import LimitBook
from city.ledger.model import ESCROW, BillRef, ClientKey, Kind, Order, Payment, Wallet

# What the bank's book knows nothing of: whoever compares the two adds it.
given_vnd: list[int] = []


def ledger() -> Ledger:
    """The running city's ledger."""
    from infra.replay.drive import join_running_city

    join_running_city()
    return Ledger(table("ledger"), outbox("ledger"), LimitBook(), utc_now, new_id)


def _key() -> ClientKey:
    return ClientKey(principal="tests", route="tests", key=uuid4().hex)


def with_money(books: Ledger, owner: str, amount_vnd: int) -> Wallet:
    """Somebody's wallet with so much more in it."""
    wallet = wallets.open_wallet(books, owner, "970400-tests")
    order = Order(
        kind=Kind.TOP_UP, owner=owner, source=ESCROW, target=wallet.account,
        amount_vnd=amount_vnd, key=_key(), stepped_up=True,
    )  # fmt: skip
    begun = payments.begin(books, order)
    changes.send(books, begun.id, timedelta(seconds=30))
    changes.capture(books, begun.id, "tests-bank")
    given_vnd.append(amount_vnd)
    return wallet


def held_bill(books: Ledger, owner: str) -> Payment:
    """A payment of a bill that nobody knows: its biller will refuse it."""
    wallet = with_money(books, owner, 10_000)
    ref = BillRef(biller="huewaco", bill_id=f"door-{uuid4().hex[:8]}")
    order = Order(
        kind=Kind.BILL, owner=owner, source=wallet.account, target="biller:huewaco",
        amount_vnd=10_000, key=_key(), bill=ref, expires_at=utc_now() + timedelta(minutes=15),
    )  # fmt: skip
    return payments.begin(books, order)
