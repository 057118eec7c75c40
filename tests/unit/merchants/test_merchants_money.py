"""Paying, giving back and settling over the real ledger: duplicates, races, deaths in between."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from city.kernel.clock import local_date
from city.kernel.page import PageQuery
from city.kernel.people import Principal
from city.kernel.problems import AssuranceNeeded, Forbidden, NotFound, Problem
from city.ledger import changes, wallets
from city.ledger.model import Kind
from city.ledger.problems import AlreadyUsed, InsufficientFunds, KeyNeeded, KeyReused
from city.ledger.workflow import Proof, State
from city.merchants import paying, privacy, refunding, selling, settling, staff
from city.merchants.model import (
    CodeOver,
    QuoteOver,
    RefundState,
    RefundTooMuch,
    SettlementState,
    TakingsTooSmall,
    WrongStep,
)
from city.merchants.shapes import Desk, FileQuery, Join, NewInvitation, Pay, Receipt, Verdict
from hypothesis import given, settings
from hypothesis import strategies as st
from merchants_world import HUY, LAN, MINH, Street, balances, check_invariants, payments_of
from mortal import Died, MortalTable

RICH = 50_000_000


@pytest.fixture
def street() -> Street:
    made = Street()
    for who in (LAN, MINH):
        made.books.wallet(who.user_id, RICH)
    return made


@pytest.fixture
def shop(street: Street) -> Desk:
    return street.shop()


def purse(street: Street, who: Principal = LAN) -> int:
    wallet = wallets.by_owner(street.books.ledger, who.user_id)
    return wallets.purse(street.books.ledger, wallet.id).avail_vnd


def unpaid(street: Street, shop: Desk) -> int:
    return street.checkout().takings.unpaid_vnd(shop.id)


def works(street: Street, shop: Desk, part: Literal["manager", "cashier"]) -> None:
    made = staff.invite(street.office(), shop.id, NewInvitation(part=part), HUY)
    staff.join(street.office(), Join(code=made.code), MINH)


def agree(street: Street, shop: Desk) -> None:
    """The shop's own counter is what the ledger owes it, and all invariants hold."""
    check_invariants(street.books)
    assert unpaid(street, shop) == balances(street.books.memory)[f"merchant:{shop.id}"]


def test_a_scan_is_paid_once_however_often_it_is_sent(street: Street, shop: Desk) -> None:
    seen = street.read(street.code(shop).payload)
    key = street.key()
    first = street.pay(seen, key=key)
    assert (first.amount_vnd, first.name, first.reference) == (45_000, shop.name, "B12")
    street.wait(hours=1)  # quote and code are over, the answer is the same
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: street.pay(seen, key=key), range(8)))
    assert again == [first] * 8
    assert purse(street) == RICH - 45_000
    assert street.checkout().takings.figures(shop.id, street.office().today).sales == 1
    agree(street, shop)


def test_a_code_for_one_payment_is_paid_by_one_person(street: Street, shop: Desk) -> None:
    made = street.code(shop)
    seen = [(who, street.read(made.payload, who)) for who in (LAN, MINH) for _ in range(6)]

    def attempt(one: tuple[Principal, Any]) -> Receipt | type[Exception]:
        try:
            return street.pay(one[1], one[0])
        except Problem as problem:
            return type(problem)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(attempt, seen))
    refused = [each for each in answers if not isinstance(each, Receipt)]
    assert refused == [AlreadyUsed] * 11
    assert purse(street) + purse(street, MINH) == 2 * RICH - 45_000
    with pytest.raises(CodeOver):
        street.read(made.payload)
    agree(street, shop)


def test_nothing_is_paid_without_a_key_or_with_an_old_quote(street: Street, shop: Desk) -> None:
    seen = street.read(street.code(shop).payload)
    for key in (None, "", "short", "x" * 201):
        with pytest.raises(KeyNeeded):
            paying.pay(street.checkout(), Pay(quote=seen.quote or ""), LAN, key)
    key = street.key()
    street.pay(seen, key=key)
    with pytest.raises(KeyReused):
        street.pay(street.read(street.code(shop, 99_000).payload), key=key)
    other = street.read(street.code(shop).payload)
    street.wait(minutes=10)
    with pytest.raises(QuoteOver):
        street.pay(other)
    assert purse(street) == RICH - 45_000


def test_a_poor_wallet_pays_nothing(street: Street, shop: Desk) -> None:
    with pytest.raises(InsufficientFunds):
        street.sell(shop, RICH + 1)
    assert unpaid(street, shop) == 0


def test_the_events_handler_notes_what_a_dying_function_left(street: Street, shop: Desk) -> None:
    seen = street.read(street.code(shop).payload)
    whole = street.table
    street.table = MortalTable(whole, 1, "before")
    with pytest.raises(Died):
        street.pay(seen, key="the-same-key")
    street.table = whole
    paid = next(p for p in payments_of(street.books.memory) if p.kind is Kind.MERCHANT)
    assert unpaid(street, shop) == 0
    for _ in range(3):
        paying.note(street.checkout(), paid)
    assert street.pay(seen, key="the-same-key").payment == paid.id
    agree(street, shop)


@pytest.mark.parametrize("part", ["cashier", "manager"])
def test_who_gives_back_how_much(
    street: Street, shop: Desk, part: Literal["manager", "cashier"]
) -> None:
    works(street, shop, part)
    sold = street.sell(shop, 2_000_000)
    large = street.give_back(shop, sold, 600_000, MINH)
    assert large.state is RefundState.WAITING
    small = street.give_back(shop, sold, 100_000, MINH)
    done = RefundState.DONE if part == "manager" else RefundState.WAITING
    assert small.state is done
    with pytest.raises(Forbidden):
        refunding.decide(street.checkout(), shop.id, large.id, Verdict(accept=True), MINH)
    decided = refunding.decide(street.checkout(), shop.id, large.id, Verdict(accept=True), HUY)
    assert decided.state is RefundState.DONE
    with pytest.raises(WrongStep):
        refunding.decide(street.checkout(), shop.id, large.id, Verdict(accept=True), HUY)
    agree(street, shop)


def test_a_refused_refund_moves_nothing(street: Street, shop: Desk) -> None:
    works(street, shop, "cashier")
    sold = street.sell(shop)
    asked = street.give_back(shop, sold, 10_000, MINH)
    verdict = Verdict(accept=False, reason="Không đúng")
    refused = refunding.decide(street.checkout(), shop.id, asked.id, verdict, HUY)
    assert refused.state is RefundState.REFUSED
    assert purse(street) == RICH - 45_000
    for who, what in ((MINH, "ask"), (HUY, "refuse")):
        told = privacy.export(street.office(), who.user_id)["acts"]
        assert [(one["case"], one["action"]) for one in told] == [
            (f"{shop.id}/refund/{asked.id}", what)
        ]
        assert privacy.erase(street.office(), who.user_id).kept_by_law == privacy.LAW
        assert privacy.export(street.office(), who.user_id)["acts"] == told
    agree(street, shop)


def test_racing_refunds_give_back_no_more_than_was_paid(street: Street, shop: Desk) -> None:
    sold = street.sell(shop, 50_000)
    street.sell(shop, 500_000, MINH)

    def attempt(_: int) -> bool:
        try:
            return street.give_back(shop, sold, 7_000).state is RefundState.DONE
        except Problem:
            return False

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(attempt, range(50)))
    refunding.finish_pending(street.checkout())
    assert done == 7
    held = street.checkout().takings.sale(sold.payment)
    assert held and held[0].refunded_vnd == 49_000
    assert purse(street) == RICH - 1_000
    agree(street, shop)


def test_the_same_key_gives_back_once(street: Street, shop: Desk) -> None:
    sold = street.sell(shop)
    first = street.give_back(shop, sold, 5_000, key="refund-key")
    assert street.give_back(shop, sold, 5_000, key="refund-key") == first
    with pytest.raises(KeyReused):
        street.give_back(shop, sold, 6_000, key="refund-key")
    assert purse(street) == RICH - 40_000


def test_refunds_end_after_thirty_days_and_are_of_ones_own_sales(
    street: Street, shop: Desk
) -> None:
    sold = street.sell(shop)
    with pytest.raises(NotFound):
        street.give_back(street.shop(), sold, 1_000)
    with pytest.raises(NotFound):
        street.give_back(shop, sold, 1_000, LAN)
    with pytest.raises(RefundTooMuch):
        street.give_back(shop, sold, 45_001)
    street.wait(days=30, seconds=1)
    with pytest.raises(RefundTooMuch):
        street.give_back(shop, sold, 1_000)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("k", range(1, 4))
def test_a_refund_survives_death_at_any_commit(
    street: Street, shop: Desk, k: int, when: Literal["before", "after"]
) -> None:
    sold = street.sell(shop)
    whole = street.table
    street.table = MortalTable(whole, k, when)
    with suppress(Died):
        street.give_back(shop, sold, 5_000, key="refund-key")
    street.table = whole
    street.wait(minutes=2)
    refunding.finish_pending(street.checkout())
    assert street.give_back(shop, sold, 5_000, key="refund-key").state is RefundState.DONE
    assert purse(street) == RICH - 40_000
    assert street.checkout().takings.pending(street.now, 10) == []
    agree(street, shop)


def settled(street: Street, shop: Desk, days: int = 1) -> Any:
    """The settlement of yesterday."""
    street.wait(days=days)
    day = local_date(street.now) - timedelta(days=1)
    return settling.settle(street.checkout(), street.files, shop.id, day)


def bank_pays(street: Street, payment_id: str) -> None:
    ledger = street.books.ledger
    changes.send(ledger, payment_id, timedelta(seconds=30))
    settling.followed(street.checkout(), changes.capture(ledger, payment_id, "bank-77"))


def test_a_day_becomes_a_file_and_a_payout(street: Street, shop: Desk) -> None:
    sold = street.sell(shop, 100_000)
    street.sell(shop, 45_000, MINH)
    street.give_back(shop, sold, 20_000)
    made = settled(street, shop)
    assert (made.gross_vnd, made.fee_vnd, made.net_vnd) == (125_000, 625, 124_375)
    assert made.state is SettlementState.SENT and made.lines == 3
    assert settling.settle(street.checkout(), street.files, shop.id, made.day) == made
    reply = selling.day_file(
        street.checkout(), street.files, shop.id, str(made.day), FileQuery(), HUY
    )
    rows = list(csv.DictReader(io.StringIO(str(reply.body))))
    assert sum(int(row["amount_vnd"]) for row in rows) == made.gross_vnd
    assert sum(int(row["fee_vnd"]) for row in rows) == made.fee_vnd
    assert reply.headers["ETag"] == f'"{made.sha256}"'
    told = selling.day_file(
        street.checkout(), street.files, shop.id, str(made.day), FileQuery(format="json"), HUY
    )
    assert json.loads(str(told.body))["net_vnd"] == made.net_vnd
    payout = changes.get(street.books.ledger, made.payment)
    assert payout.kind is Kind.PAYOUT and payout.credit_vnd == made.net_vnd
    assert payout.facts["account"] == "0123456789"
    bank_pays(street, payout.id)
    after = street.checkout().takings.settlement(shop.id, made.day)
    assert after and after[0].state is SettlementState.PAID
    agree(street, shop)


def test_a_refund_after_the_payout_comes_out_of_the_next_takings(
    street: Street, shop: Desk
) -> None:
    sold = street.sell(shop, 100_000)
    settled(street, shop)
    with pytest.raises(TakingsTooSmall):
        street.give_back(shop, sold, 30_000)
    street.sell(shop, 40_000)
    street.give_back(shop, sold, 30_000)
    made = settled(street, shop)
    assert (made.gross_vnd, made.fee_vnd) == (10_000, 200 - 150)
    agree(street, shop)


def test_what_cannot_be_paid_out_goes_on(street: Street, shop: Desk) -> None:
    sold = street.sell(shop, 100_000)
    street.wait(days=1)
    street.give_back(shop, sold, 60_000)  # of yesterday's takings, today
    day = local_date(street.now) - timedelta(days=1)
    first = settling.settle(street.checkout(), street.files, shop.id, day)
    assert (first.gross_vnd, first.carried_vnd) == (40_000, 60_000)
    second = settled(street, shop)
    assert second.state is SettlementState.NOTHING
    assert (second.figures.due_vnd, second.carried_vnd, second.carried_fee_vnd) == (0, 0, -300)
    street.sell(shop, 100_000)
    third = settled(street, shop)
    assert (third.gross_vnd, third.fee_vnd) == (100_000, 500 - 300)
    agree(street, shop)


def test_a_payout_that_came_back_is_due_again(street: Street, shop: Desk) -> None:
    street.sell(shop, 100_000)
    first = settled(street, shop)
    payout = changes.void(street.books.ledger, first.payment, Proof.NEVER_SENT)
    assert payout.state is State.VOID
    for _ in range(2):
        settling.followed(street.checkout(), payout)
    again = settled(street, shop)
    assert (again.gross_vnd, again.fee_vnd) == (100_000, 500)
    assert again.payment != first.payment
    agree(street, shop)


def test_a_sale_that_is_noted_late_is_in_a_later_file(street: Street, shop: Desk) -> None:
    street.sell(shop, 100_000)
    seen = street.read(street.code(shop, 9_000).payload)
    whole = street.table
    street.table = MortalTable(whole, 1, "before")
    with pytest.raises(Died):
        street.pay(seen)
    street.table = whole
    first = settled(street, shop)
    late = next(p for p in payments_of(street.books.memory) if p.amount_vnd == 9_000)
    assert paying.note(street.checkout(), late).day > first.day
    assert (first.gross_vnd, settled(street, shop).gross_vnd) == (100_000, 9_000)
    agree(street, shop)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("k", range(1, 5))
def test_settling_survives_death_at_any_commit(
    street: Street, shop: Desk, k: int, when: Literal["before", "after"]
) -> None:
    street.sell(shop, 100_000)
    whole = street.table
    street.table = MortalTable(whole, k, when)
    street.wait(days=1)
    with suppress(Died):
        settling.settle_all(street.checkout(), street.files)
    street.table = whole
    settling.settle_all(street.checkout(), street.files)
    day = local_date(street.now) - timedelta(days=1)
    made = settling.settle(street.checkout(), street.files, shop.id, day)
    assert made.state is SettlementState.SENT
    payouts = [p for p in payments_of(street.books.memory) if p.kind is Kind.PAYOUT]
    assert [p.amount_vnd for p in payouts] == [100_000]
    agree(street, shop)


def test_a_day_that_is_not_over_is_not_settled(street: Street, shop: Desk) -> None:
    with pytest.raises(ValueError, match="2026"):
        settling.settle(street.checkout(), street.files, shop.id, street.office().today)


def test_the_sales_page(street: Street, shop: Desk) -> None:
    for amount in (10_000, 20_000, 30_000):
        street.sell(shop, amount)
        street.wait(minutes=1)
    page = selling.sales(street.checkout(), shop.id, PageQuery(limit=2), HUY)
    assert [each.amount_vnd for each in page.items] == [30_000, 20_000]
    assert (page.today.sales, page.today.sold_vnd, page.today.net_vnd) == (3, 60_000, 59_700)
    rest = selling.sales(street.checkout(), shop.id, PageQuery(cursor=page.next_cursor), HUY)
    assert [each.amount_vnd for each in rest.items] == [10_000]
    with pytest.raises(NotFound):
        selling.sales(street.checkout(), shop.id, PageQuery(), LAN)


def test_a_receipt_is_for_payer_and_shop(street: Street, shop: Desk) -> None:
    sold = street.sell(shop)
    for who in (LAN, HUY):
        assert selling.shown_receipt(street.checkout(), sold.payment, who) == sold
    with pytest.raises(NotFound):
        selling.shown_receipt(street.checkout(), sold.payment, MINH)


def test_a_cell_is_never_a_formula() -> None:
    assert [settling._harmless(cell) for cell in ("=1+1", "-2", "@a", "B12", -5)] == [
        "'=1+1", "'-2", "'@a", "B12", -5,
    ]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("srndv"), st.integers(1, 40)), max_size=25))
@settings(max_examples=40)
def test_whatever_happens_shop_and_ledger_agree(steps: list[tuple[str, int]]) -> None:
    """Sales, refunds, nights, payouts made and payouts returned, in any order."""
    street = Street()
    street.books.wallet(LAN.user_id, RICH)
    shop = street.shop()
    sold: list[Receipt] = []
    for what, size in steps:
        waiting = [
            p.id
            for p in payments_of(street.books.memory)
            if p.kind is Kind.PAYOUT and p.state is State.CREATED
        ]
        if what == "s":
            sold.append(street.sell(shop, size * 1_000))
        elif what == "r" and sold:
            with suppress(RefundTooMuch, TakingsTooSmall):
                street.give_back(shop, sold[size % len(sold)], size * 500)
        elif what == "n":
            street.wait(days=1)
            settling.settle_all(street.checkout(), street.files)
        elif what == "d" and waiting:
            bank_pays(street, waiting[0])
        elif what == "v" and waiting:
            gone = changes.void(street.books.ledger, waiting[0], Proof.NEVER_SENT)
            settling.followed(street.checkout(), gone)
        agree(street, shop)
    # In the end everything is paid out but the fee, which is that of what was kept.
    for _ in range(2):
        street.wait(days=1)
        settling.settle_all(street.checkout(), street.files)
    assert unpaid(street, shop) <= 1_000


def test_a_large_payment_asks_for_a_passkey_where_the_law_does(street: Street, shop: Desk) -> None:
    rule = street.books.ledger.limits.step_ups[0]
    assert Kind.MERCHANT not in rule.kinds
    wider = rule.model_copy(update={"kinds": rule.kinds | {Kind.MERCHANT}})
    limits = street.books.ledger.limits.model_copy(update={"step_ups": (wider,)})
    street.books.ledger = replace(street.books.ledger, limits=limits)
    seen = street.read(street.code(shop, 11_000_000).payload)
    with pytest.raises(AssuranceNeeded):
        street.pay(seen, key="large-one")
    sure = LAN.model_copy(update={"stepped_up_until": street.now + timedelta(minutes=5)})
    assert street.pay(seen, sure, key="large-one").amount_vnd == 11_000_000
