"""Statements, disputes, the books."""

import csv
import io

import pytest
from city.adapters.table import Put, Row
from city.kernel.page import PageQuery
from city.kernel.problems import Conflict, Invalid, NotFound
from city.ledger.problems import InsufficientFunds
from city.ledger.proposals import SecondPerson
from city.wallet import auditing, disputes, moving, opening, rights, statement_pdf, statements
from city.wallet.desk import Desk
from city.wallet.dispute_model import (
    Answer,
    Dispute,
    DisputeState,
    DisputeStateProblem,
    NewDispute,
    RefundOf,
)
from city.wallet.shapes import Grounds, NewAmount, NewTransfer
from hypothesis import given, settings
from hypothesis import strategies as st
from wallet_world import Town, balances, person, settled

REFUNDS = {"reason": "trả nhầm"}


@pytest.fixture
def town() -> Town:
    return Town()


def pay_shop(town: Town, who: str, amount: int) -> str:
    from city.ledger import payments, wallets
    from city.ledger.model import Kind

    wallet = wallets.by_owner(town.desk.ledger, who)
    order = town.books.order(
        Kind.MERCHANT, wallet.account, "merchant:m1", amount, owner=who, limit_class="counted"
    )
    return payments.begin(town.desk.ledger, order).id


def test_a_statement_adds_up_as_data_sheet_and_page(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    town.open(lan)
    his = town.open(person("minh", town=town), "Trần Văn Minh")
    town.top_up(lan, 900_000)
    town.books.wait(days=10)  # into December
    lan = person("lan", stepped_up=True, town=town)
    town.top_up(lan, 50_000)
    for memo in ("=HYPERLINK(1)", "+84", "-1", "@x", 'tiền, "nước"'):
        body = NewTransfer(to_wallet=his.id, amount_vnd=1_234, memo=memo)
        moving.transfer(town.desk, body, lan, town.key())
    told = statements.of_month(town.desk, "2026-12", lan)
    assert (told.opening_vnd, told.chain_intact) == (900_000, True)
    assert told.opening_vnd + told.in_vnd - told.out_vnd == told.closing_vnd == 943_830
    rows = list(csv.DictReader(io.StringIO(statements.as_csv(told).removeprefix("\ufeff"))))
    assert rows[0]["what"] == "opening" and rows[-1]["what"] == "closing"
    total = int(rows[0]["balance_vnd"]) + sum(int(r["amount_vnd"]) for r in rows[1:-1])
    assert total == int(rows[-1]["balance_vnd"]) == told.closing_vnd
    assert not any(r["memo"].startswith(("=", "+", "-", "@")) for r in rows)
    page = statement_pdf.as_pdf(told)
    assert page.startswith(b"%PDF-") and len(page) > 5_000
    assert statements.of_month(town.desk, "2026-11", lan).closing_vnd == 900_000
    with pytest.raises(Invalid):
        statements.of_month(town.desk, "2027-01", lan)


@given(st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_no_cell_is_a_formula(words: str) -> None:
    assert not statements.safe_cell(words).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_activity_comes_in_pages(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    town.open(lan)
    made = [town.top_up(lan, 1_000 + n).id for n in range(5)]
    first = moving.activity(town.desk, PageQuery(limit=3), lan)
    rest = moving.activity(town.desk, PageQuery(limit=3, cursor=first.next_cursor), lan)
    assert [p.id for p in (*first.items, *rest.items)] == made[::-1]
    assert rest.next_cursor is None


def test_a_small_dispute_is_refunded_by_one(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    town.open(lan)
    town.top_up(lan, 900_000)
    paid = pay_shop(town, "lan", 300_000)
    body = NewDispute(payment_id=paid, grounds="paid_twice", words="Tôi bị trừ hai lần")
    opened = disputes.open_dispute(town.desk, body, lan)
    with pytest.raises(Conflict):
        disputes.open_dispute(town.desk, body, lan)
    boss = person("boss", town=town)
    assert disputes.waiting(town.desk, PageQuery()).items[0].taken_by is None
    taken = disputes.take(town.desk, opened.id, boss)
    assert (taken.taken_by, taken.payment_kind, taken.left_vnd) == ("boss", "merchant", 300_000)
    shown = disputes.show(town.desk, "wallet:show_dispute", opened.id, lan)
    assert [step.action for step in shown.steps] == ["open"]
    disputes.ask(town.desk, opened.id, Grounds(reason="Xin gửi ảnh hoá đơn"), boss)
    with pytest.raises(DisputeStateProblem):
        disputes.refund(town.desk, opened.id, RefundOf(amount_vnd=300_000, **REFUNDS), boss)
    disputes.answer(town.desk, opened.id, Answer(words="Đây ạ"), lan)
    done = disputes.refund(town.desk, opened.id, RefundOf(amount_vnd=300_000, **REFUNDS), boss)
    assert done.state is DisputeState.REFUNDED
    assert moving.payment(town.desk, paid, lan).state == "REFUNDED"
    assert disputes.waiting(town.desk, PageQuery()).items == []
    assert len(disputes.mine(town.desk, PageQuery(), lan).items) == 1
    assert sorted(town.done("boss")) == [
        (f"dispute/{opened.id}", "ask", "Xin gửi ảnh hoá đơn"),
        (f"dispute/{opened.id}", "refund", "trả nhầm"),
        (f"dispute/{opened.id}", "take", ""),
    ]
    assert town.done("lan") == [], "what one says in one's own dispute is no work"
    kept = opening.erase(town.desk, "boss")
    assert (kept.items, kept.kept_by_law) == (0, opening.LAW)
    assert len(town.done("boss")) == 3
    town.agree()


def test_a_large_one_needs_a_second_person(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    town.open(lan)
    town.top_up(lan, 9_000_000)
    paid = pay_shop(town, "lan", 5_000_000)
    body = NewDispute(payment_id=paid, grounds="wrong_amount", words="Sai số tiền rồi ạ")
    opened = disputes.open_dispute(town.desk, body, lan)
    one, two = (person(n, town=town) for n in ("one", "two"))
    wanted = RefundOf(amount_vnd=4_000_000, **REFUNDS)
    assert disputes.refund(town.desk, opened.id, wanted, one).state is DisputeState.PROPOSED
    with pytest.raises(SecondPerson):
        disputes.confirm(town.desk, opened.id, one)
    disputes.send_back(town.desk, opened.id, Grounds(reason="xem lại số"), two)
    disputes.refund(town.desk, opened.id, wanted, two)
    assert disputes.confirm(town.desk, opened.id, one).state is DisputeState.REFUNDED
    with pytest.raises(DisputeStateProblem):
        disputes.confirm(town.desk, opened.id, two)
    assert balances(town.books.memory)["merchant:m1"] == 1_000_000
    steps = {name: sorted(what for _, what, _ in town.done(name)) for name in ("one", "two")}
    assert steps == {"one": ["confirm", "refund"], "two": ["refund", "send_back"]}
    town.agree()


def test_a_rejection_is_the_act_of_whoever_was_not_too_late(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    town.open(lan)
    town.top_up(lan, 900_000)
    body = NewDispute(
        payment_id=pay_shop(town, "lan", 300_000), grounds="other", words="Tôi không nhận hàng"
    )
    opened = disputes.open_dispute(town.desk, body, lan)
    one, two = (person(n, town=town) for n in ("one", "two"))
    right = disputes._get

    def meanwhile(desk: Desk, dispute_id: str) -> tuple[Dispute, int]:
        found = right(desk, dispute_id)
        with pytest.MonkeyPatch.context() as alone:
            alone.setattr(disputes, "_get", right)
            disputes.reject(desk, dispute_id, Grounds(reason="Có ký nhận"), one)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disputes, "_get", meanwhile)
        with pytest.raises(Conflict):
            disputes.reject(town.desk, opened.id, Grounds(reason="Đã giao"), two)
    assert town.done("one") == [(f"dispute/{opened.id}", "reject", "Có ký nhận")]
    assert town.done("two") == []


def test_a_refund_that_cannot_be_made_opens_it_again_and_a_crash_is_finished(town: Town) -> None:
    lan, minh = (person(n, stepped_up=True, town=town) for n in ("lan", "minh"))
    town.open(lan)
    his = town.open(minh, "Trần Văn Minh")
    town.top_up(lan, 500_000)
    sent = moving.transfer(
        town.desk, NewTransfer(to_wallet=his.id, amount_vnd=400_000), lan, town.key()
    )
    body = NewDispute(payment_id=sent.id, grounds="other", words="Chuyển nhầm người")
    opened = disputes.open_dispute(town.desk, body, lan)
    one, two = (person(n, town=town) for n in ("one", "two"))
    town.cash_out(minh, 400_000)
    disputes.refund(town.desk, opened.id, RefundOf(amount_vnd=400_000, **REFUNDS), one)
    with pytest.raises(InsufficientFunds):
        disputes.confirm(town.desk, opened.id, two)
    seen = disputes.show(town.desk, "wallet:show_dispute", opened.id, lan)
    assert (seen.state, seen.refund_vnd) == (DisputeState.OPEN, 0)
    town.top_up(minh, 400_000)
    disputes.refund(town.desk, opened.id, RefundOf(amount_vnd=400_000, **REFUNDS), one)
    row = town.own.table.get(f"D#{opened.id}", "A")
    assert row  # somebody confirmed, and died before the ledger was asked
    town.own.table.commit(
        Put(Row(row.pk, row.sk, {**row.doc, "state": "decided"}, row.version + 1))
    )
    assert disputes.confirm(town.desk, opened.id, one).state is DisputeState.REFUNDED
    with pytest.raises(NotFound):
        disputes.show(town.desk, "wallet:show_dispute", opened.id, minh)
    town.agree()


def test_only_what_one_has_paid_is_disputed(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    town.open(lan)
    topped = town.top_up(lan, 500_000)
    body = NewDispute(payment_id=topped.id, grounds="other", words="Không phải của tôi")
    with pytest.raises(Invalid):
        disputes.open_dispute(town.desk, body, lan)


def test_all_accounts_together_hold_nothing(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    wallet = town.open(lan)
    town.top_up(lan, 500_000)
    pay_shop(town, "lan", 120_000)
    moving.cash_out(town.desk, NewAmount(amount_vnd=30_000), lan, town.key())
    made = auditing.trial_balance(town.desk, "boss")
    assert made.total_vnd == 0
    assert [what for _, what, _ in town.done("boss")] == ["add up"]
    assert auditing.trial_balance(town.desk, "clock") == made and town.done("clock") == []
    assert made.by_class == {"bank": -500_000, "wallet": 380_000, "merchant": 120_000}
    assert auditing.trials(town.desk, PageQuery()).items[0] == made
    assert auditing.check(town.desk, f"wallet:{wallet.id}").good
    with pytest.raises(NotFound):
        auditing.check(town.desk, "nonsense")
    row = town.books.memory.get(f"A#wallet:{wallet.id}", "E#000000000001")
    assert row
    town.books.memory.commit(Put(Row(row.pk, row.sk, {**row.doc, "memo": "không phải thế"})))
    broken = auditing.check(town.desk, f"wallet:{wallet.id}")
    assert not broken.good and broken.broken_at == 1


def test_a_person_gets_everything_that_is_kept(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    wallet = town.open(lan)
    town.top_up(lan, 500_000)
    told = rights.export(town.desk, "lan")
    assert told["wallet"]["available_vnd"] == 500_000
    assert len(told["payments"]) == 1
    assert rights.export(town.desk, "nobody") == {}
    opening.freeze(town.desk, wallet.id, person("boss", town=town), "nghi lừa đảo")
    told = rights.export(town.desk, "lan")
    assert told["wallet"]["reason"] == "nghi lừa đảo" and "boss" not in str(told)
    settled(town.books)
