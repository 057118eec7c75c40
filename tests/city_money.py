"""Money for people of the running city, collected from the simulated bank like anybody's, so that
the bank's book and ours stay equal."""

import os
from datetime import timedelta
from uuid import uuid4

import httpx
from city.adapters.stores import outbox, table
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.ledger import changes, payments, wallets
from city.ledger.book import Ledger
from city.ledger.limits import LimitBook
from city.ledger.model import ESCROW, BillRef, ClientKey, Kind, Order, Payment, Wallet
from city.ledger.workflow import PAID
from city_people import eventually


def ledger() -> Ledger:
    """The running city's ledger."""
    from infra.replay.drive import join_running_city

    join_running_city()
    return Ledger(table("ledger"), outbox("ledger"), LimitBook(), utc_now, new_id)


def _key() -> ClientKey:
    return ClientKey(principal="tests", route="tests", key=uuid4().hex)


def with_money(books: Ledger, owner: str, amount_vnd: int) -> Wallet:
    """Somebody's wallet with so much more in it; the city's own worker asks the bank."""
    account = {"bank_bin": "999946", "account": f"77{uuid4().int % 10**8:08}", "holder": owner}
    opened = {**account, "balance_vnd": 50_000_000}
    httpx.post(f"{os.environ['BANK_URL']}/_accounts", json=opened).raise_for_status()
    wallet = wallets.open_wallet(books, owner, f"999946-{account['account']}")
    order = Order(
        kind=Kind.TOP_UP, owner=owner, source=ESCROW, target=wallet.account,
        amount_vnd=amount_vnd, key=_key(), stepped_up=True,
    )  # fmt: skip
    begun = payments.begin(books, order)
    assert eventually(lambda: changes.get(books, begun.id).state in PAID, 60)
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
