"""Quotes, saved codes, autopay, receipts, callbacks, cases, cancelling."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import jwt
import pytest
from bills_world import CODES, LAN, MINH, World
from city.adapters import acts
from city.adapters.table import CommitConflict, Row
from city.billers.callbacks import signature
from city.bills import accounts, cases, hearing, looking, receipts, rounds, showing
from city.bills.desk import Breaker, Desk
from city.bills.model import (
    Autopay,
    BillerClosed,
    BillerUnreachable,
    BillsQuery,
    CaseDecision,
    CasesQuery,
    NewAccount,
    NewProposal,
    NoCancel,
    OlderFirst,
    QuoteChanged,
)
from city.contracts.ledger import PaymentChanged
from city.kernel.clock import HUE, local_date
from city.kernel.page import PageQuery
from city.kernel.people import Principal
from city.kernel.problems import BadRequest, Invalid, NotFound, TooMany
from city.ledger import changes, payments
from city.ledger.changes import Refund
from city.ledger.model import Payment
from city.ledger.problems import BillTaken, InsufficientFunds, KeyNeeded, KeyReused
from city.ledger.proposals import NotACase, SecondPerson
from city.ledger.workflow import State
from hypothesis import given
from hypothesis import strategies as st
from ledger_world import payments_of

OFFICER = Principal(user_id="admin-1", roles=frozenset({"administrator"}))
SECOND = Principal(user_id="admin-2", roles=frozenset({"administrator"}))


@pytest.fixture
def world() -> World:
    return World()


def bills_paid(world: World) -> list[Payment]:
    return [p for p in payments_of(world.books.memory) if p.bill]


def change(world: World, **fields: Any) -> None:
    """The first bill changes at its biller."""
    world.biller.bills[0] = world.biller.bills[0].model_copy(update=fields)


# ---- quotes


def test_a_quote_is_for_one_person_and_cannot_be_altered(world: World) -> None:
    for token in (world.quote(who=MINH), world.quote()[:-3] + "abc", "x" * 40):
        with pytest.raises(Invalid):
            world.pay(quote=token)
    claims = jwt.decode(world.quote(), options={"verify_signature": False})
    claims["bill"]["amount_vnd"] = 1
    key: Any
    for key, algorithm in ((b"another key of thirty-two bytes!!", "HS256"), (None, "none")):
        with pytest.raises(Invalid):
            world.pay(quote=jwt.encode(claims, key, algorithm=algorithm))
    assert bills_paid(world) == []


@pytest.mark.parametrize("fields", [{"amount_vnd": 120_001}, {"version": "2"}])
def test_a_changed_bill_is_shown_anew_before_anything_is_held(
    world: World, fields: dict[str, Any]
) -> None:
    quote = world.quote()
    change(world, **fields)
    with pytest.raises(QuoteChanged) as refused:
        world.pay(quote=quote)
    assert bills_paid(world) == [] and world.purse() == (1_000_000, 0)
    world.pay(quote=refused.value.extra["bill"]["quote"])


def test_an_old_quote_and_a_bill_that_is_gone_are_refused(world: World) -> None:
    quote = world.quote()
    world.books.wait(minutes=15)
    with pytest.raises(QuoteChanged):
        world.pay(quote=quote)
    quote = world.quote()
    world.biller.bills = []
    with pytest.raises(QuoteChanged) as refused:
        world.pay(quote=quote)
    assert refused.value.extra == {"bill": None}


def test_the_same_key_is_the_same_payment_even_when_all_has_changed(world: World) -> None:
    quote, other = world.quote(), world.quote(1)
    first = world.pay(quote=quote)
    world.step()
    world.books.wait(days=30)
    world.biller.down = True
    assert world.pay(quote=quote).id == first.id
    with pytest.raises(KeyReused):
        world.pay(quote=other)
    for bad in (None, "short", "x" * 201):
        with pytest.raises(KeyNeeded):
            world.pay(key=bad, quote=quote)  # type: ignore[arg-type]


def test_two_keys_for_one_bill_and_too_little_money(world: World) -> None:
    world.pay()
    with pytest.raises(BillTaken):
        world.pay("key-0002")
    poor = World(amount=1_000_001)
    with pytest.raises(InsufficientFunds):
        poor.pay()
    assert bills_paid(poor) == []


def test_closed_at_night_and_oldest_first(world: World) -> None:
    quote = world.quote()
    world.books.now = world.books.now.astimezone(HUE).replace(hour=23, minute=5)
    with pytest.raises((BillerClosed, QuoteChanged)):
        world.pay(quote=quote)
    with pytest.raises(BillerClosed):
        world.pay(quote=world.quote())
    shown = looking.bills(world.desk, BillsQuery(biller="evn", customer_code=CODES["evn"]), "lan")
    assert [b.why_not for b in shown.bills] == ["closed", "closed"]
    water = World("huewaco")
    with pytest.raises(OlderFirst):
        water.pay(quote=water.quote(1))


def test_customer_codes_are_not_gone_through(world: World) -> None:
    query = BillsQuery(biller="evn", customer_code="PC03HH0000009")
    for _ in range(looking.LOOKUPS_AN_HOUR):
        with pytest.raises(NotFound):
            looking.bills(world.desk, query, "lan")
    with pytest.raises(TooMany):
        looking.bills(world.desk, query, "lan")
    world.books.wait(hours=1)
    with pytest.raises(NotFound):
        looking.bills(world.desk, query, "lan")
    for bad in ("PC03HH00000099", "'; drop", "HW00000001"):
        with pytest.raises(Invalid):
            looking.bills(world.desk, BillsQuery(biller="evn", customer_code=bad), "minh")
    with pytest.raises(Invalid):
        looking.bills(world.desk, BillsQuery(biller="nobody", customer_code="HW1"), "minh")


def test_the_breaker_opens_after_five_and_closes_with_an_answer(world: World) -> None:
    world.biller.down = True
    for _ in range(5):
        with pytest.raises(BillerUnreachable):
            world.quote()
    world.biller.down = False
    with pytest.raises(BillerUnreachable):
        world.quote()
    world.books.wait(seconds=31)
    assert world.quote()
    assert Breaker(world.desk, "evn").open_until() is None


# ---- saved codes, reminders, autopay


def save(world: World, *, autopay: Autopay | None = None, remind: bool = True) -> str:
    code = CODES[world.biller.biller]
    body = NewAccount(biller=world.biller.biller, customer_code=code, remind=remind)
    saved = accounts.save(world.desk, body, LAN)
    if autopay:
        accounts.set_autopay(world.desk, saved.id, autopay, LAN)
    return saved.id


def heard(world: World, kind: str) -> list[dict[str, Any]]:
    return [e.data for e in world.books.bus.events if e.type == f"vn.hue.bills.{kind}.v1"]


def morning(world: World) -> date:
    """The next morning's round, and what the queue then does."""
    at = world.books.now.astimezone(HUE) + timedelta(days=1)
    world.pass_time(seconds=(at.replace(hour=10, minute=1) - at).total_seconds() + 86_400)
    rounds.tend(world.desk)
    rounds.tend(world.desk)  # twice is once
    world.step()
    for event in list(world.books.bus.events):
        if event.type.endswith("payment_changed.v1"):
            cases.follow(world.desk, PaymentChanged.model_validate(event.data))
    return local_date(world.books.now)


def test_due_bills_are_told_once(world: World) -> None:
    save(world)
    for _ in range(6):
        morning(world)
    told = heard(world, "bill_due")
    assert [t["bill_id"] for t in told] == ["B1"], "the second is due in ten days"
    assert date.fromisoformat(told[0]["due_on"]) - local_date(world.books.now) <= timedelta(3)


def test_autopay_announces_a_day_before_and_pays_that_amount(world: World) -> None:
    world.books.wait(days=7)  # the days after it exist in every month
    world.biller.bills = [world.bill(1, 120_000), world.bill(2, 80_000)]
    day = (local_date(world.books.now) + timedelta(days=3)).day
    save(world, autopay=Autopay(ceiling_vnd=150_000, day=day), remind=False)
    morning(world)
    planned = heard(world, "autopay_planned")
    assert {p["bill_id"] for p in planned} == {"B1", "B2"} and bills_paid(world) == []
    for _ in range(5):
        today = morning(world)
        if bills_paid(world):
            break
    assert today.isoformat() == planned[0]["on"]
    assert sorted(p.amount_vnd for p in bills_paid(world)) == [80_000, 120_000]
    morning(world)
    ended = heard(world, "autopay_ended")
    assert {e["bill_id"]: e["outcome"] for e in ended} == {"B1": "paid", "B2": "paid"}
    assert len(ended) == 2 and len(bills_paid(world)) == 2
    world.check()


def test_a_changed_amount_is_announced_anew_and_the_ceiling_holds(world: World) -> None:
    tomorrow = (local_date(world.books.now) + timedelta(days=2)).day
    save(world, autopay=Autopay(ceiling_vnd=125_000, day=tomorrow), remind=False)
    world.biller.bills = world.biller.bills[:1]
    morning(world)
    change(world, amount_vnd=124_000, version="2")
    morning(world)
    assert bills_paid(world) == [], "this amount was not announced a day before"
    change(world, amount_vnd=126_000, version="3")
    morning(world)
    morning(world)
    assert [s["why"] for s in heard(world, "autopay_stopped")] == ["over_ceiling"]
    assert bills_paid(world) == []


def test_an_empty_wallet_is_tried_on_three_mornings(world: World) -> None:
    world.biller.bills = [world.bill(1, 2_000_000)]
    save(world, autopay=Autopay(ceiling_vnd=5_000_000, day=1), remind=False)
    for _ in range(9):
        morning(world)
    stopped = heard(world, "autopay_stopped")
    assert [s["why"] for s in stopped] == ["insufficient-funds"] * 2, "at first, and at the end"
    assert bills_paid(world) == []


def test_ended_autopay_pays_nothing_and_forgetting_leaves_nothing(world: World) -> None:
    account = save(world, autopay=Autopay(ceiling_vnd=150_000, day=1))
    morning(world)
    accounts.set_autopay(world.desk, account, None, LAN)
    for _ in range(8):
        morning(world)
    assert bills_paid(world) == []
    with pytest.raises(NotFound):
        accounts.forget(world.desk, account, MINH)
    assert accounts.export(world.desk, "lan")["saved_codes"]
    accounts.forget(world.desk, account, LAN)
    assert accounts.mine(world.desk, LAN).items == []
    save(world, autopay=Autopay(ceiling_vnd=150_000, day=1))
    assert accounts.erase(world.desk, "lan").items == 1
    assert accounts.erase(world.desk, "lan").items == 0
    assert [r for r in world.memory.rows() if r.pk.startswith(("U#", "ROUND#"))] == []


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(1, 28), st.integers(-40, 80))
def test_the_day_of_autopay(today: date, day: int, due_in: int) -> None:
    due = today + timedelta(days=due_in)
    on = rounds.planned_on(today, day, due)
    assert on > today, "never on the day of its notice"
    assert on <= max(due, today + timedelta(days=1)), "never after it is due"
    free = rounds.planned_on(today, day, None)
    assert free.day == day and today < free <= today + timedelta(days=31)


# ---- receipts


def paid(world: World) -> Payment:
    payment = world.pay()
    world.step()
    return world.now(payment)


def test_a_receipt_can_be_checked_by_everybody_and_tells_of_nobody(world: World) -> None:
    payment = paid(world)
    told = receipts.receipt(world.desk, payment, CODES["evn"])
    shown = receipts.verify(world.desk, told.code.lower())
    assert shown.amount_vnd == 120_000 and shown.genuine and shown.simulator
    said = shown.model_dump_json()
    assert CODES["evn"] not in said and "lan" not in said and "B1" not in said
    for forged in (told.code[:-1] + "?", payment.id, "x", told.code[:27] + "0" * 12, "é-é"):
        with pytest.raises(NotFound):
            receipts.verify(world.desk, forged)
    stranger = replace(world.desk, secret="t" * 32)
    with pytest.raises(NotFound):
        receipts.verify(stranger, told.code)


def test_the_pdf_is_one_and_the_same_for_the_same_receipt(world: World) -> None:
    told = receipts.receipt(world.desk, paid(world), CODES["evn"])
    file = receipts.pdf(told)
    assert file.startswith(b"%PDF-") and file.rstrip().endswith(b"%%EOF")
    assert file == receipts.pdf(told)
    assert file != receipts.pdf(told.model_copy(update={"refunded_vnd": 1000}))


def test_no_receipt_before_it_is_paid(world: World) -> None:
    payment = world.pay()
    with pytest.raises(NotFound):
        receipts.receipt(world.desk, payment, CODES["evn"])
    assert showing.view(world.desk, payment).receipt_code is None


def test_ones_own_payments_only(world: World) -> None:
    payment = paid(world)
    shown = showing.mine(world.desk, PageQuery(), LAN).items
    assert [p.id for p in shown] == [payment.id] and shown[0].customer_code == "PC••••••••001"
    assert showing.mine(world.desk, PageQuery(), MINH).items == []
    with pytest.raises(NotFound):
        showing.own(world.desk, "bills:payment", payment.id, MINH)


# ---- cancelling


def test_cancelling_where_the_biller_takes_back() -> None:
    world = World("hocphi")
    payment = paid(world)
    world.biller.down = True
    with pytest.raises(BillerUnreachable):
        showing.cancel(world.desk, payment.id, LAN)
    assert world.now(payment).state is State.CAPTURED, "nothing is given back on a guess"
    world.biller.down = False
    assert showing.cancel(world.desk, payment.id, LAN).state is State.REFUNDED
    assert showing.cancel(world.desk, payment.id, LAN).state is State.REFUNDED
    assert world.purse() == (1_000_000, 0)
    world.check()
    again = world.pay("key-0002")
    world.step()
    assert world.now(again).state is State.CAPTURED, "the bill was open again"
    world.books.wait(days=2)
    with pytest.raises(NoCancel):
        showing.cancel(world.desk, again.id, LAN)


def test_cancelling_where_the_biller_does_not(world: World) -> None:
    payment = paid(world)
    with pytest.raises(NoCancel):
        showing.cancel(world.desk, payment.id, LAN)
    assert world.purse() == (880_000, 0)


# ---- callbacks


def call(world: World, told: Any, *, biller: str = "huewaco", key: str = "secret") -> None:
    body = json.dumps(told).encode()
    stamp = int(world.books.now.timestamp())
    headers = {
        "webhook-id": "m1", "webhook-timestamp": str(stamp),
        "webhook-signature": signature(key, "m1", stamp, body),
    }  # fmt: skip
    hearing.hear(world.desk, biller, headers, body, {"huewaco": "secret", "evn": "other"}.get)  # type: ignore[arg-type]


def word(payment: Payment, **more: Any) -> dict[str, Any]:
    return {
        "ref": payment.id, "status": "PAID", "receipt": "W-1", "amount_vnd": 120_000,
        "paid_at": "2026-11-26T03:00:00+00:00", **more,
    }  # fmt: skip


def test_a_signed_word_captures_once_and_refunds_each_once() -> None:
    world = World("huewaco")
    world.biller.script = ["lost_answer"]
    payment = world.pay()
    call(world, word(payment))
    assert world.now(payment).state is State.HELD, "what was never sent is not paid"
    world.step()
    call(world, word(payment))
    call(world, {"ref": payment.id, "status": "PENDING"})
    assert world.now(payment).state is State.CAPTURED
    refunds = [{"id": "r1", "amount_vnd": 20_000}, {"id": "r2", "amount_vnd": 5_000}]
    for told in (refunds[:1], refunds, refunds[:1], refunds):
        call(world, word(payment, refunds=told))
    assert world.now(payment).refunded_vnd == 25_000
    world.check()


def test_other_billers_and_forgers_change_nothing() -> None:
    world = World("huewaco")
    world.biller.script = ["lost_request"]
    payment = world.pay()
    world.step()
    call(world, word(payment), biller="evn", key="other")
    for biller, key in (("huewaco", "wrong"), ("evn", "secret"), ("nobody", "")):
        with pytest.raises(hearing.NotSigned):
            call(world, word(payment), biller=biller, key=key)
    bad: Any
    for bad in ([], {"ref": payment.id}, {"status": "PAID"}, "x"):
        with pytest.raises(BadRequest):
            call(world, bad)
    call(world, {"ref": "of nobody", "status": "REJECTED", "code": "x", "final": True})
    assert world.now(payment).state is State.UNKNOWN


# ---- cases


@pytest.fixture
def in_doubt() -> tuple[World, Payment]:
    world = World("hepco")
    world.biller.script = ["lost_request"]
    payment = world.pay()
    world.pass_time(days=4)
    for event in world.books.bus.events:
        if event.type.endswith("payment_changed.v1"):
            cases.follow(world.desk, PaymentChanged.model_validate(event.data))
    return world, world.now(payment)


NOT_PAID = NewProposal(outcome="not_paid", evidence="Công văn 12/HEPCO xác nhận chưa thu.")


def propose(desk: Desk, payment: Payment, body: NewProposal = NOT_PAID) -> int:
    proposal = cases.propose(desk, payment.id, body, OFFICER).proposal
    assert proposal
    return proposal.version


def test_a_case_is_settled_by_two(in_doubt: tuple[World, Payment]) -> None:
    world, payment = in_doubt
    assert [c.payment_id for c in cases.listing(world.desk, CasesQuery()).items] == [payment.id]
    version = propose(world.desk, payment)
    with pytest.raises(SecondPerson):
        cases.decide(world.desk, payment.id, CaseDecision(version=version, agree=True), OFFICER)
    with pytest.raises(NotACase):
        cases.decide(world.desk, payment.id, CaseDecision(version=version + 1, agree=True), SECOND)
    agreed = CaseDecision(version=version, agree=True)
    for _ in range(2):
        cases.decide(world.desk, payment.id, agreed, SECOND)
    settled = world.now(payment)
    assert settled.state is State.VOID and world.purse() == (1_000_000, 0)
    assert "admin-1 + admin-2" in settled.evidence
    with pytest.raises(NotACase):
        propose(world.desk, payment)
    world.check()


def test_a_case_is_paid_with_the_billers_receipt(in_doubt: tuple[World, Payment]) -> None:
    world, payment = in_doubt
    told = {"outcome": "paid", "evidence": "Sao kê giấy của HEPCO có dòng này."}
    with pytest.raises(Invalid):
        propose(world.desk, payment, NewProposal.model_validate(told))
    version = propose(world.desk, payment, NewProposal.model_validate(told | {"receipt": "H-9"}))
    assert world.now(payment).state is State.CASE, "one person settles nothing"
    cases.decide(world.desk, payment.id, CaseDecision(version=version, agree=True), SECOND)
    assert world.now(payment).receipt == "H-9" and world.now(payment).state is State.CAPTURED


def done(world: World, who: Principal) -> list[tuple[str, str, str]]:
    """What an administrator did, oldest first: about, action, words."""
    told = accounts.export(world.desk, who.user_id).get("acts", [])
    return [(one["case"], one["action"], one.get("words", "")) for one in reversed(told)]


def test_who_proposed_and_who_decided_is_told_and_never_erased(
    in_doubt: tuple[World, Payment],
) -> None:
    world, payment = in_doubt
    no = CaseDecision(version=propose(world.desk, payment), agree=False)
    cases.decide(world.desk, payment.id, no, SECOND)
    world.books.wait(hours=1)
    yes = CaseDecision(version=propose(world.desk, payment), agree=True)
    with pytest.raises(SecondPerson):
        cases.decide(world.desk, payment.id, yes, OFFICER)
    for _ in range(2):  # whoever agrees again makes good what was left, and agreed once
        cases.decide(world.desk, payment.id, yes, SECOND)
    assert done(world, OFFICER) == [(payment.id, "propose not_paid", NOT_PAID.evidence)] * 2
    assert done(world, SECOND) == [
        (payment.id, "refuse not_paid", ""),
        (payment.id, "agree not_paid", ""),
    ]
    for each in (OFFICER, SECOND):
        kept = accounts.erase(world.desk, each.user_id)
        assert (kept.items, kept.kept_by_law) == (0, acts.BOOKS)
        assert len(done(world, each)) == 2
    assert "acts" not in accounts.export(world.desk, "lan"), "the payer did nothing at work"


def test_a_proposal_that_came_too_late_is_nobodys_act(
    in_doubt: tuple[World, Payment], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, payment = in_doubt

    def beaten(*_: object) -> None:
        raise CommitConflict([0])

    with monkeypatch.context() as busy:
        busy.setattr(world.desk.table, "commit", beaten)
        with pytest.raises(NotACase):
            propose(world.desk, payment)
    assert done(world, OFFICER) == []


def test_a_refused_proposal_is_gone_and_a_new_one_replaces(
    in_doubt: tuple[World, Payment],
) -> None:
    world, payment = in_doubt
    version = propose(world.desk, payment)
    cases.decide(world.desk, payment.id, CaseDecision(version=version, agree=False), SECOND)
    first = propose(world.desk, payment)
    second = propose(world.desk, payment)
    assert second == first + 1
    with pytest.raises(NotACase):
        cases.decide(world.desk, payment.id, CaseDecision(version=first, agree=True), SECOND)
    assert world.now(payment).state is State.CASE


def test_a_death_between_decision_and_ledger_is_made_good(
    in_doubt: tuple[World, Payment], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, payment = in_doubt
    decision = CaseDecision(version=propose(world.desk, payment), agree=True)
    with monkeypatch.context() as dying:
        dying.setattr(changes, "void", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            cases.decide(world.desk, payment.id, decision, SECOND)
    assert world.now(payment).state is State.CASE
    cases.decide(world.desk, payment.id, decision, SECOND)
    assert world.now(payment).state is State.VOID


def test_whoever_looks_is_written_down_and_may_ask_again() -> None:
    world = World()
    world.biller.script = ["lost_answer"]
    payment = world.pay()
    world.step()
    shown = cases.case(world.desk, payment.id, OFFICER)
    assert shown.can_ask and shown.payment.customer_code == "PC••••••••001"
    assert [(a.what, a.outcome) for a in shown.attempts] == [("pay", "unknown")]
    seen = [e for e in world.books.bus.events if e.type.endswith("data_seen.v1")]
    assert [(e.data["subject"], e.data["by"]) for e in seen] == [("lan", "admin-1")]
    assert cases.ask_again(world.desk, payment.id, OFFICER).payment.state == "CAPTURED"
    with pytest.raises(NotACase):
        cases.ask_again(world.desk, payment.id, OFFICER)
    assert done(world, OFFICER) == [(payment.id, "ask", "")]


def test_the_list_forgets_what_has_an_end_whatever_order_it_hears(
    in_doubt: tuple[World, Payment],
) -> None:
    world, payment = in_doubt
    version = propose(world.desk, payment)
    cases.decide(world.desk, payment.id, CaseDecision(version=version, agree=True), SECOND)
    for event in reversed(world.books.bus.events):
        if event.type.endswith("payment_changed.v1"):
            cases.follow(world.desk, PaymentChanged.model_validate(event.data))
    assert cases.listing(world.desk, CasesQuery()).items == []


def test_refunds_of_others_are_not_refunded_again(world: World) -> None:
    payment = paid(world)
    changes.refund(world.books.ledger, payment.id, Refund("desk-1", 20_000))
    told = showing.view(world.desk, world.now(payment))
    assert told.refunded_vnd == 20_000 and told.receipt_code
    assert payments.find(world.books.ledger, world.books.key("nobody-knows")) is None


def test_a_breaker_is_read_once_in_two_seconds_by_a_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    right = world.memory.get

    def get(pk: str, sk: str) -> Row | None:
        reads.append(pk)
        return right(pk, sk)

    monkeypatch.setattr(world.memory, "get", get)
    for _ in range(5):
        assert Breaker(world.desk, "evn").open_until() is None
    assert reads.count("BREAKER") == 1
    Breaker(world.desk, "evn").failed()  # what this process counts it knows at once
    for _ in range(4):
        Breaker(world.desk, "evn").failed()
    assert Breaker(world.desk, "evn").open_until() is not None
    other = Breaker(world.desk, "evn")
    other.open_until()
    other.worked()
    assert Breaker(world.desk, "evn").open_until() is None
    before = reads.count("BREAKER")
    world.books.wait(seconds=2)
    Breaker(world.desk, "evn").open_until()
    assert reads.count("BREAKER") == before + 1
