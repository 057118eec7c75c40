"""Payments: what each may do to money, what is declined, and that telling twice changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from city.kernel.problems import AssuranceNeeded
from city.ledger import changes, payments, reading, sweeping, wallets
from city.ledger.changes import Refund
from city.ledger.model import ESCROW, Kind, Order, Payment, Purse
from city.ledger.problems import (
    AlreadyUsed,
    BillTaken,
    InsufficientFunds,
    KeyReused,
    LimitExceeded,
    NotAllowedNow,
    NoWallet,
    PayeeClosed,
    TooMuch,
    WalletFrozen,
    WalletNotEmpty,
)
from city.ledger.workflow import PROOFS, WORKFLOW, Proof, State
from ledger_world import Books, balances, settled
from pydantic import ValidationError

LEASE = timedelta(seconds=30)


@pytest.fixture
def books() -> Any:
    made = Books()
    yield made
    settled(made)  # whatever a test did, the invariants hold


def test_a_bill_is_held_sent_and_paid(books: Books) -> None:
    lan = books.wallet("lan", 500_000)
    payment = payments.begin(books.ledger, books.bill(lan, 300_000, fee_vnd=1_000))
    assert payment.state is State.HELD
    assert wallets.purse(books.ledger, lan.id) == Purse(avail_vnd=199_000, held_vnd=301_000)
    changes.send(books.ledger, payment.id, LEASE)
    paid = changes.capture(books.ledger, payment.id, "EVN-77")
    assert (paid.state, paid.receipt, paid.sequence) == (State.CAPTURED, "EVN-77", 3)
    assert wallets.purse(books.ledger, lan.id) == Purse(avail_vnd=199_000, held_vnd=0)
    assert balances(books.memory) == {
        ESCROW: -500_000, lan.account: 199_000, "biller:evn": 300_000, "fee:service": 1_000,
    }  # fmt: skip


def test_a_void_payment_leaves_no_trace_in_any_balance(books: Books) -> None:
    lan = books.wallet("lan", 500_000)
    payment = payments.begin(books.ledger, books.bill(lan, 300_000))
    changes.send(books.ledger, payment.id, LEASE)
    changes.void(books.ledger, payment.id, Proof.REJECTED, "E12")
    assert wallets.purse(books.ledger, lan.id) == Purse(avail_vnd=500_000, held_vnd=0)
    again = payments.begin(books.ledger, books.bill(lan, 300_000))  # the bill is free again
    assert again.id != payment.id


def test_the_same_key_makes_one_payment(books: Books) -> None:
    lan = books.wallet("lan", 500_000)
    order = books.bill(lan, 300_000, key=books.key("the-same-key"))
    first = payments.begin(books.ledger, order)
    changes.send(books.ledger, first.id, LEASE)
    assert payments.begin(books.ledger, order).state is State.SENT
    with pytest.raises(KeyReused):
        payments.begin(books.ledger, books.bill(lan, 300_001, key=books.key("the-same-key")))
    found = payments.find(books.ledger, order.key)
    assert found is not None
    assert found.id == first.id
    assert payments.find(books.ledger, books.key()) is None


def test_a_declined_order_may_come_again_with_its_key(books: Books) -> None:
    lan = books.wallet("lan", 100_000)
    order = books.bill(lan, 300_000)
    with pytest.raises(InsufficientFunds) as short:
        payments.begin(books.ledger, order)
    assert "300.000" in short.value.message.vi
    books.wallet("lan", 500_000)
    assert payments.begin(books.ledger, order).state is State.HELD


def test_a_bill_has_one_payment(books: Books) -> None:
    lan, minh = books.wallet("lan", 500_000), books.wallet("minh", 500_000)
    first = payments.begin(books.ledger, books.bill(lan, 300_000))
    with pytest.raises(BillTaken):
        payments.begin(books.ledger, books.bill(minh, 300_000))
    changes.send(books.ledger, first.id, LEASE)
    changes.capture(books.ledger, first.id, "1")
    with pytest.raises(BillTaken):
        payments.begin(books.ledger, books.bill(minh, 300_000))
    changes.refund(books.ledger, first.id, Refund("r1", 300_000))
    with pytest.raises(BillTaken):  # the biller has not said that it is open again
        payments.begin(books.ledger, books.bill(minh, 300_000))


def test_a_bill_opens_again_when_the_biller_says_so(books: Books) -> None:
    lan = books.wallet("lan", 500_000)
    first = payments.begin(books.ledger, books.bill(lan, 300_000))
    changes.send(books.ledger, first.id, LEASE)
    changes.capture(books.ledger, first.id, "1")
    changes.refund(books.ledger, first.id, Refund("r1", 300_000, reopens_bill=True))
    assert payments.begin(books.ledger, books.bill(lan, 300_000)).state is State.HELD


def test_transfers_and_shops_are_paid_at_once(books: Books) -> None:
    lan, minh = books.wallet("lan", 500_000), books.wallet("minh")
    order = books.order(Kind.TRANSFER, lan.account, minh.account, 200_000)
    assert payments.begin(books.ledger, order).state is State.CAPTURED
    shop = books.order(
        Kind.MERCHANT, lan.account, "merchant:m1", 100_000,
        fee_vnd=500, fee_account="fee:merchants", fee_by="payee", once="qr-1",
    )  # fmt: skip
    payments.begin(books.ledger, shop)
    assert balances(books.memory) == {
        ESCROW: -500_000, lan.account: 200_000, minh.account: 200_000,
        "merchant:m1": 99_500, "fee:merchants": 500,
    }  # fmt: skip
    again = shop.model_copy(update={"key": books.key()})
    with pytest.raises(AlreadyUsed):
        payments.begin(books.ledger, again)


def test_a_payout_is_in_transit_until_the_bank_has_it(books: Books) -> None:
    lan = books.wallet("lan", 500_000)
    payments.begin(books.ledger, books.order(Kind.MERCHANT, lan.account, "merchant:m1", 400_000))
    order = books.order(Kind.PAYOUT, "merchant:m1", ESCROW, 300_000, owner=None)
    made = payments.begin(books.ledger, order)
    assert balances(books.memory)["suspense:payouts"] == 300_000
    changes.send(books.ledger, made.id, LEASE)
    changes.void(books.ledger, made.id, Proof.REJECTED)
    assert balances(books.memory)["merchant:m1"] == 400_000
    second = payments.begin(books.ledger, order.model_copy(update={"key": books.key()}))
    changes.send(books.ledger, second.id, LEASE)
    changes.capture(books.ledger, second.id, "bank-2")
    assert balances(books.memory) == {
        ESCROW: -200_000, lan.account: 100_000, "merchant:m1": 100_000, "suspense:payouts": 0,
    }  # fmt: skip


def test_refunds_together_are_no_more_than_was_paid(books: Books) -> None:
    lan = books.wallet("lan", 500_000)
    order = books.order(Kind.MERCHANT, lan.account, "merchant:m1", 300_000)
    paid = payments.begin(books.ledger, order)
    changes.refund(books.ledger, paid.id, Refund("r1", 100_000))
    again = changes.refund(books.ledger, paid.id, Refund("r1", 100_000))
    assert (again.state, again.refunded_vnd) == (State.PART_REFUNDED, 100_000)
    with pytest.raises(KeyReused):
        changes.refund(books.ledger, paid.id, Refund("r1", 50_000))
    with pytest.raises(TooMuch) as too_much:
        changes.refund(books.ledger, paid.id, Refund("r2", 200_001))
    assert too_much.value.extra == {"left_vnd": 200_000}
    whole = changes.refund(books.ledger, paid.id, Refund("r3", 200_000))
    assert whole.state is State.REFUNDED
    with pytest.raises(TooMuch):
        changes.refund(books.ledger, paid.id, Refund("r4", 1))
    for amount in (0, -1, True, 1.0):
        with pytest.raises(ValueError, match="whole number"):
            changes.refund(books.ledger, paid.id, Refund("r5", amount))  # type: ignore[arg-type]


def test_what_was_sent_is_never_ended_by_the_clock(books: Books) -> None:
    lan = books.wallet("lan", 500_000)
    soon = books.now + timedelta(minutes=15)
    held = payments.begin(books.ledger, books.bill(lan, 100_000, "b1", expires_at=soon))
    sent = payments.begin(books.ledger, books.bill(lan, 100_000, "b2", expires_at=soon))
    changes.send(books.ledger, sent.id, LEASE)
    assert sweeping.sweep(books.ledger, [Kind.BILL]) == []
    books.wait(minutes=15)
    asked = sweeping.sweep(books.ledger, [Kind.BILL])
    assert [p.id for p in asked] == [sent.id]
    assert changes.get(books.ledger, held.id).state is State.VOID
    assert changes.get(books.ledger, sent.id).state is State.UNKNOWN
    books.wait(days=400)
    assert [p.id for p in sweeping.sweep(books.ledger, [Kind.BILL])] == [sent.id]
    assert changes.get(books.ledger, sent.id).state is State.UNKNOWN


def reached(books: Books, state: State) -> Payment:
    """A bill's payment in a state."""
    lan = books.wallet("lan", 500_000)
    made = payments.begin(books.ledger, books.bill(lan, 100_000))
    if state is State.HELD:
        return made
    if state is State.CREATED:
        order = books.order(Kind.TOP_UP, ESCROW, lan.account, 1_000, stepped_up=True)
        return payments.begin(books.ledger, order)
    made = changes.send(books.ledger, made.id, LEASE)
    if state is State.UNKNOWN:
        made = changes.doubt(books.ledger, made.id, books.now)
    if state is State.CASE:
        made = changes.escalate(books.ledger, made.id, "no statement")
    if state in (State.CAPTURED, State.PART_REFUNDED, State.REFUNDED):
        made = changes.capture(books.ledger, made.id, "1")
    if state in (State.PART_REFUNDED, State.REFUNDED):
        some = 50_000 if state is State.PART_REFUNDED else 100_000
        made = changes.refund(books.ledger, made.id, Refund("r", some))
    if state is State.VOID:
        made = changes.void(books.ledger, made.id, Proof.REJECTED)
    assert made.state is state
    return made


@pytest.mark.parametrize("proof", list(Proof))
@pytest.mark.parametrize("state", list(State))
def test_only_proof_makes_void(books: Books, state: State, proof: Proof) -> None:
    payment = reached(books, state)
    if state is State.VOID:
        assert changes.void(books.ledger, payment.id, proof) == payment
    elif proof in PROOFS.get(state, ()):
        assert changes.void(books.ledger, payment.id, proof).state is State.VOID
    else:
        with pytest.raises(NotAllowedNow):
            changes.void(books.ledger, payment.id, proof)


@pytest.mark.parametrize("action", ["send", "doubt", "escalate", "capture"])
@pytest.mark.parametrize("state", list(State))
def test_the_table_decides_which_step_may_follow(books: Books, state: State, action: str) -> None:
    payment = reached(books, state)
    acts = {
        "send": lambda: changes.send(books.ledger, payment.id, LEASE),
        "doubt": lambda: changes.doubt(books.ledger, payment.id, books.now),
        "escalate": lambda: changes.escalate(books.ledger, payment.id, "x"),
        "capture": lambda: changes.capture(books.ledger, payment.id, "x"),
    }
    moves = [m for m in WORKFLOW if (m.start, m.action) == (state, action)]
    told_again = (state, action) == (State.CASE, "escalate") or (
        action == "capture" and state in (State.CAPTURED, State.PART_REFUNDED, State.REFUNDED)
    )
    if moves:
        assert acts[action]().state is moves[0].to
    elif told_again:
        assert acts[action]() == payment
    else:
        with pytest.raises(NotAllowedNow):
            acts[action]()


def test_every_state_is_reachable_and_ends(books: Books) -> None:
    starts = {m.start for m in WORKFLOW}
    reachable = {State.CREATED, State.HELD, State.CAPTURED} | {m.to for m in WORKFLOW}
    assert reachable == set(State)
    assert set(State) - starts == {State.VOID, State.REFUNDED}


def test_limits_count_by_the_month_in_hue(books: Books) -> None:
    lan, minh = books.wallet("lan", 400_000_000), books.wallet("minh")

    def give(amount: int) -> None:
        order = books.order(
            Kind.TRANSFER, lan.account, minh.account, amount,
            limit_class="counted", stepped_up=True,
        )  # fmt: skip
        payments.begin(books.ledger, order)

    books.now = books.now.replace(month=11, day=30, hour=16, minute=59)
    give(100_000_000)
    with pytest.raises(LimitExceeded) as over:
        give(1)
    assert over.value.extra["spent_vnd"] == 100_000_000
    books.wait(minutes=1)  # 17:00 UTC: December has begun in Huế
    give(100_000_000)


def test_a_passkey_is_needed_for_much_at_once_for_a_new_device_and_past_a_sum(books: Books) -> None:
    lan, minh = books.wallet("lan", 90_000_000), books.wallet("minh")

    def give(amount: int, **more: Any) -> Payment:
        order = books.order(Kind.TRANSFER, lan.account, minh.account, amount, **more)
        return payments.begin(books.ledger, order)

    for refused in ({"amount": 10_000_001}, {"amount": 1, "new_device": True}):
        with pytest.raises(AssuranceNeeded):
            give(**refused)
    give(10_000_000)
    give(10_000_000)
    with pytest.raises(AssuranceNeeded):
        give(1)
    give(15_000_000, stepped_up=True)
    with pytest.raises(AssuranceNeeded):  # what a passkey confirmed does not open the sum again
        give(1)
    books.wait(days=1)
    give(10_000_000)


def test_what_is_void_counts_in_no_limit(books: Books) -> None:
    lan = books.wallet("lan", 300_000_000)
    held = payments.begin(books.ledger, books.bill(lan, 100_000_000, "b1"))
    with pytest.raises(LimitExceeded):
        payments.begin(books.ledger, books.bill(lan, 1, "b2"))
    books.wait(days=40)  # it is given back to the month in which it was counted
    changes.void(books.ledger, held.id, Proof.NEVER_SENT)
    payments.begin(books.ledger, books.bill(lan, 100_000_000, "b3"))


@pytest.mark.parametrize("amount", [0, -1, True, 1.0, "1000", "１０", 10**12 + 1, None, 1e3])
def test_only_whole_dong_are_amounts(books: Books, amount: Any) -> None:
    with pytest.raises(ValidationError):
        books.order(Kind.TRANSFER, "wallet:a", "wallet:b", amount)


@pytest.mark.parametrize("name", ["wallet:", "bank:other", "x", "wallet:a b", "", "wallet:a\n"])
def test_only_accounts_we_know_are_accounts(books: Books, name: str) -> None:
    with pytest.raises(ValidationError):
        books.order(Kind.TRANSFER, name, "wallet:b", 1)


def test_orders_that_make_no_sense_are_none(books: Books) -> None:
    for changed in (
        {"source": "wallet:b"}, {"kind": Kind.BILL}, {"fee_by": "payee", "fee_vnd": 5},
    ):  # fmt: skip
        told: dict[str, Any] = {
            "kind": Kind.TRANSFER, "owner": "o", "source": "wallet:a", "target": "wallet:b",
            "amount_vnd": 5, "key": books.key(), **changed,
        }  # fmt: skip
        with pytest.raises(ValidationError):
            Order(**told)


def test_frozen_closed_and_missing_wallets(books: Books) -> None:
    lan, minh = books.wallet("lan", 100_000), books.wallet("minh", 50_000)

    def give(source: str, target: str) -> Payment:
        return payments.begin(books.ledger, books.order(Kind.TRANSFER, source, target, 1_000))

    wallets.freeze(books.ledger, lan.id, "lan", "lost phone")
    assert wallets.freeze(books.ledger, lan.id, "lan", "again").reason == "lost phone"
    with pytest.raises(WalletFrozen):
        give(lan.account, minh.account)
    give(minh.account, lan.account)
    with pytest.raises(WalletNotEmpty):
        wallets.close(books.ledger, lan.id)
    wallets.unfreeze(books.ledger, lan.id)
    give(lan.account, minh.account)
    with pytest.raises(NoWallet):
        give("wallet:nobody", lan.account)
    with pytest.raises(NoWallet):
        give(lan.account, "wallet:nobody")
    empty = books.wallet("hoa")
    wallets.close(books.ledger, empty.id)
    with pytest.raises(PayeeClosed):
        give(lan.account, empty.account)
    assert wallets.by_owner(books.ledger, "hoa").status == "closed"
    assert books.wallet("hoa").id != empty.id


def test_money_for_a_closed_wallet_is_kept_as_unclaimed(books: Books) -> None:
    lan = books.wallet("lan", 100_000)
    paid = payments.begin(
        books.ledger, books.order(Kind.MERCHANT, lan.account, "merchant:m1", 100_000)
    )
    top_up = books.order(Kind.TOP_UP, ESCROW, lan.account, 7_000)
    under_way = payments.begin(books.ledger, top_up)
    changes.send(books.ledger, under_way.id, LEASE)
    wallets.close(books.ledger, lan.id)
    changes.refund(books.ledger, paid.id, Refund("r", 40_000))
    late = changes.capture(books.ledger, under_way.id, "bank-9")
    assert late.diverted
    assert balances(books.memory)["suspense:unclaimed"] == 47_000


def test_histories_and_the_queue_of_the_clock_page(books: Books) -> None:
    lan, minh = books.wallet("lan", 100_000), books.wallet("minh")
    made = [
        payments.begin(
            books.ledger, books.order(Kind.TRANSFER, lan.account, minh.account, n + 1)
        ).id
        for n in range(5)
    ]
    first, after = reading.history(books.ledger, minh.account, limit=3)
    rest, end = reading.history(books.ledger, minh.account, limit=3, after=after)
    assert [p.id for p in first + rest] == made[::-1]
    assert end is None
    assert len(reading.entries(books.ledger, made[0])) == 1
