"""The saga against every order of answers, and against death between any two steps."""

from datetime import timedelta
from typing import Any, Literal

import pytest
from bills_world import LAN, World
from city.adapters.outbox import Outbox
from city.billers.port import Paid, Pending, Rejected
from city.bills import paying, saga
from city.bills.desk import Breaker
from city.bills.model import BillerUnreachable, NewPayment
from city.ledger.book import Ledger
from city.ledger.workflow import Proof, State
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_world import payments_of
from mortal import Died, MortalTable


def test_paid_at_once() -> None:
    world = World()
    payment = world.pay()
    assert payment.state is State.HELD and world.purse() == (880_000, 120_000)
    world.step()
    assert world.now(payment).state is State.CAPTURED
    assert world.now(payment).receipt.startswith("R-")
    assert world.purse() == (880_000, 0)
    world.check()


def test_a_final_refusal_gives_the_money_and_the_bill_back() -> None:
    world = World()
    world.biller.script = ["rejected"]
    first = world.pay()
    world.step()
    assert world.now(first).state is State.VOID and world.now(first).proof is Proof.REJECTED
    assert world.purse() == (1_000_000, 0)
    again = world.pay("key-0002")
    world.step()
    assert world.now(again).state is State.CAPTURED
    world.check()


def test_a_lost_answer_is_asked_about_and_found_paid() -> None:
    world = World()
    world.biller.script = ["lost_answer"]
    payment = world.pay()
    world.step()
    doubted = world.now(payment)
    assert doubted.state is State.UNKNOWN and world.purse() == (880_000, 120_000)
    assert doubted.due_at == doubted.sent_at + timedelta(seconds=5)  # type: ignore[operator]
    world.pass_time(seconds=10)
    assert world.now(payment).state is State.CAPTURED
    assert world.biller.calls == 1, "it is asked about, never paid again"
    world.check()


def test_a_lost_request_is_void_only_when_not_found_is_final() -> None:
    world = World()
    world.biller.script = ["lost_request"]
    payment = world.pay()
    world.pass_time(minutes=14)
    assert world.now(payment).state is State.UNKNOWN, "NOT_FOUND is not final yet"
    world.pass_time(hours=2)
    assert world.now(payment).state is State.VOID
    assert world.now(payment).proof is Proof.NOT_FOUND
    assert world.purse() == (1_000_000, 0)
    world.check()


@pytest.mark.parametrize("late_s", [20, 300, 3000, 20_000, 80_000])
def test_late_acceptance_after_not_found_is_still_paid(late_s: int) -> None:
    world = World("huewaco")
    world.biller.script = [f"late:{late_s}"]
    payment = world.pay()
    world.pass_time(seconds=max(late_s - 5, 1))
    assert world.now(payment).state is State.UNKNOWN
    world.pass_time(days=2)
    assert world.now(payment).state is State.CAPTURED
    world.check()


def test_not_reached_stays_held_and_is_tried_again() -> None:
    world = World()
    world.biller.script = ["refused", "refused", "ok"]
    payment = world.pay()
    world.step()
    assert world.now(payment).state is State.HELD, "not one byte left: nothing was sent"
    world.pass_time(minutes=2)
    assert world.now(payment).state is State.CAPTURED and world.biller.calls == 1
    world.check()


def test_never_reached_expires_and_nothing_is_lost() -> None:
    world = World()
    payment = world.pay()
    world.biller.down = True
    world.pass_time(minutes=16)
    ended = world.now(payment)
    assert ended.state is State.VOID and ended.proof is Proof.NEVER_SENT
    assert world.purse() == (1_000_000, 0) and world.biller.calls == 0
    world.check()


def test_an_outage_makes_nothing_a_case_and_stops_new_payments() -> None:
    world = World()
    quote = world.quote()
    world.biller.script = ["lost_answer"]
    payment = world.pay(quote=quote)
    world.step()
    world.biller.down = True
    world.pass_time(days=3)
    assert world.now(payment).state is State.UNKNOWN, "an outage does not age a payment"
    assert Breaker(world.desk, "evn").open_until()
    with pytest.raises(BillerUnreachable):
        world.quote(1)
    world.biller.down = False
    world.pass_time(minutes=6)
    assert world.now(payment).state is State.CAPTURED
    assert Breaker(world.desk, "evn").open_until() is None
    world.check()


def test_without_a_query_the_statement_says_it() -> None:
    world = World("hepco")
    world.biller.script = ["lost_answer"]
    payment = world.pay()
    world.pass_time(hours=12)
    assert world.now(payment).state is State.UNKNOWN
    world.pass_time(hours=24)
    paid = world.now(payment)
    assert paid.state is State.CAPTURED and paid.receipt.startswith("S-")
    assert "statement" in paid.evidence and world.biller.calls == 1
    world.check()


def test_absence_where_it_proves_nothing_becomes_a_case() -> None:
    world = World("hepco")
    world.biller.script = ["lost_request"]
    payment = world.pay()
    world.pass_time(days=4)
    assert world.now(payment).state is State.CASE
    assert world.purse() == (880_000, 120_000), "the money stays set aside until people know"
    world.check()


def test_a_missing_statement_proves_nothing() -> None:
    world = World("hepco")
    world.biller.script = ["lost_request"]
    payment = world.pay()
    first = (world.books.now + timedelta(hours=7)).date()
    world.biller.hidden_days = {first}
    world.pass_time(days=6)
    assert world.now(payment).state is State.UNKNOWN
    world.biller.hidden_days = set()
    world.pass_time(days=2)
    assert world.now(payment).state is State.CASE


def test_another_amount_on_the_statement_is_a_case() -> None:
    world = World("hepco")
    world.biller.script, world.biller.changed_vnd = ["lost_answer"], 1000
    payment = world.pay()
    world.pass_time(days=2)
    assert world.now(payment).state is State.CASE
    assert "121000" in world.now(payment).evidence


def test_a_refusal_that_is_not_final_decides_nothing() -> None:
    world = World()
    world.biller.script = ["busy"]
    payment = world.pay()
    world.step()
    assert world.now(payment).state is State.UNKNOWN
    world.pass_time(hours=2)
    assert world.now(payment).state is State.VOID  # NOT_FOUND, final by then
    world.check()


def test_answers_in_any_order_and_twice_change_nothing_more() -> None:
    world = World("huewaco")
    world.biller.script = ["pending"]
    payment = world.pay()
    world.step()
    assert world.now(payment).state is State.UNKNOWN
    paid = Paid(receipt="R-1", amount_vnd=120_000, paid_at=world.books.now)
    for answer in (paid, Pending(), paid, Rejected(code="x", final=True), paid):
        saga.take(world.desk, world.now(payment), answer, "callback")
        assert world.now(payment).state is State.CAPTURED
    assert world.now(payment).entries == 1
    world.check()


def test_paid_after_it_was_proved_unpaid_is_noted_and_left_to_the_reconciliation() -> None:
    world = World()
    world.biller.script = ["rejected"]
    payment = world.pay()
    world.step()
    paid = Paid(receipt="R-1", amount_vnd=120_000, paid_at=world.books.now)
    saga.take(world.desk, world.now(payment), paid, "callback")
    assert world.now(payment).state is State.VOID
    assert world.desk.attempts(payment.id)[-1].outcome == "came_after"


def test_a_paid_answer_of_another_amount_is_a_case() -> None:
    world = World()
    world.biller.script = ["lost_answer"]
    payment = world.pay()
    world.step()
    paid = Paid(receipt="R-1", amount_vnd=1, paid_at=world.books.now)
    saga.take(world.desk, world.now(payment), paid, "callback")
    assert world.now(payment).state is State.CASE


def test_two_workers_of_one_payment_call_the_biller_once() -> None:
    world = World()
    payment = world.pay()
    desk, first = world.desk, world.biller.reach

    def second_comes_between() -> Any:
        world.biller.reach = first  # type: ignore[method-assign]
        saga.attend(desk, payment.id)
        return first()

    world.biller.reach = second_comes_between  # type: ignore[method-assign]
    saga.attend(desk, payment.id)
    assert world.biller.calls == 1 and world.now(payment).state is State.CAPTURED
    world.check()


SCRIPTS: dict[str, list[str]] = {
    "ok": ["ok"], "rejected": ["rejected"], "lost_request": ["lost_request"],
    "lost_answer": ["lost_answer"], "late": ["late:300"], "refused": ["refused", "ok"],
}  # fmt: skip


def mortal(world: World, k: int, when: Literal["before", "after"], which: str) -> Any:
    """A desk one of whose tables lets the function die at its k-th commit."""
    books = world.books
    if which == "ledger":
        table: Any = MortalTable(books.memory, k, when)
        ledger = Ledger(
            table, Outbox(table, books.bus), books.ledger.limits, books.ledger.now,
            books.ledger.new_id,
        )  # fmt: skip
        return world.make(ledger, world.memory)
    return world.make(books.ledger, MortalTable(world.memory, k, when))


def live(world: World, desk: Any, quote: str) -> bool:
    """A client, the queue, and a later minute; whether the function died on the way."""
    died = False
    for act in ("pay", "step", "later"):
        try:
            if act == "pay":
                paying.pay(desk, NewPayment(quote=quote), LAN, "key-0001")
            else:
                world.books.now += timedelta(seconds=70 if act == "later" else 0)
                world.step(desk)
        except Died:
            died = True
    return died


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("which", ["ledger", "bills"])
@pytest.mark.parametrize("biller", ["evn", "hepco"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_death_at_every_commit(
    script: str, biller: str, which: str, when: Literal["before", "after"]
) -> None:
    """However often the function dies, the payment comes to its right end, and the biller is asked
    to pay at most once where it cannot tell a repeated reference."""
    for k in range(1, 40):
        world = World(biller)
        world.biller.script = list(SCRIPTS[script])
        quote, desk = world.quote(), mortal(world, k, when, which)
        died = live(world, desk, quote)
        paying.pay(world.desk, NewPayment(quote=quote), LAN, "key-0001")  # the client tries again
        world.pass_time(days=4)
        bill = [p for p in payments_of(world.books.memory) if p.bill]
        assert len(bill) == 1
        assert bill[0].state in (State.CAPTURED, State.VOID, State.CASE), (k, bill[0])
        assert world.biller.calls <= 1
        world.check()
        if not died:
            return
    raise AssertionError("it never ran to its end")


STEPS = st.lists(
    st.sampled_from(["ok", "rejected", "busy", "pending", "lost_request", "lost_answer",
                     "late:7", "late:400", "late:4000", "refused"]),
    max_size=3,
)  # fmt: skip
MOVES = st.lists(
    st.sampled_from(["step", "5s", "1m", "20m", "2h", "1d", "down", "up", "redeliver", "paid_cb",
                     "pending_cb", "pay_again", "other_key", "part"]),
    max_size=12,
)  # fmt: skip
SPANS = {"5s": 5, "1m": 60, "20m": 1200, "2h": 7200, "1d": 86_400}


@settings(max_examples=150)
@given(
    st.sampled_from(["evn", "huewaco", "hepco", "hocphi", "hocphi"]), STEPS, MOVES, st.booleans()
)
def test_any_history_keeps_every_dong(
    biller: str, script: list[str], moves: list[str], in_parts: bool
) -> None:
    world = World(biller)
    # Later than its own promise of "not found is final" no biller books; who breaks that promise is
    # the reconciliation's to find.
    prompt = {"late:4000": "late:400"} if biller in ("evn", "hocphi") else {}
    world.biller.script = [prompt.get(each, each) for each in script]
    quote = world.quote()
    first = 100_000 if in_parts and biller == "hocphi" else None
    payment = world.pay(quote=quote, amount=first)
    for move in moves:
        if move in SPANS:
            world.pass_time(seconds=SPANS[move])
        elif move in ("down", "up"):
            world.biller.down = move == "down"
        elif move == "redeliver":
            saga.attend(world.desk, payment.id)
        elif move == "paid_cb" and world.biller.entries(payment.id):
            saga.take(world.desk, world.now(payment), world.biller._paid(payment.id), "callback")
        elif move == "pending_cb":
            saga.take(world.desk, world.now(payment), Pending(), "callback")
        elif move == "pay_again":
            again = world.pay(quote=quote, amount=first)
            assert again.id == payment.id, "the same key, the same payment"
        elif move == "other_key":
            _other_key(world, quote, None)
        elif move == "part":
            _other_key(world, quote, 20_000)
        else:
            world.step()
        world.check()
    world.biller.down = False
    world.pass_time(days=8)
    world.check()
    assert world.now(payment).state in (State.CAPTURED, State.VOID, State.CASE)


def _other_key(world: World, quote: str, amount: int | None) -> None:
    """Another try at the same bill: only once the first has come to nothing, or for the rest of it
    where parts are taken."""
    from city.bills.model import AmountNotTaken, OlderFirst, QuoteChanged
    from city.ledger.problems import BillTaken, OverTheBill

    key = f"other-{len(payments_of(world.books.memory)):04}"
    try:
        world.pay(key, world.quote() if amount else quote, amount=amount)
    except (BillTaken, OverTheBill, BillerUnreachable, QuoteChanged, OlderFirst, AmountNotTaken):
        return
    except IndexError:
        return  # no bill is open any more
    assert len([p for p in payments_of(world.books.memory) if p.bill]) > 1
