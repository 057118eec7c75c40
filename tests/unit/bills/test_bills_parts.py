"""Bills in parts, and paid over: only where the biller takes it, never more than the bill."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from bills_world import LAN, World
from city.billers.port import Cancelled, Paid, Pending, Rejected
from city.bills import looking, paying, receipts, rounds, showing
from city.bills.model import AmountNotTaken, BillsQuery, NewPayment, QuoteChanged
from city.ledger import changes
from city.ledger.model import Payment
from city.ledger.problems import BillTaken, KeyReused, OverTheBill
from city.ledger.workflow import State
from ledger_world import payments_of
from simulator_world import CUSTOMER, simulated

from infra.simulators.billers.book import Habits

WHOLE = 400_000
IN_PARTS = Habits(cancel=True, part_least_vnd=30_000, over_most_vnd=50_000)


@pytest.fixture
def world() -> World:
    return World("hocphi", WHOLE)


def settled(world: World, payment: Payment) -> Payment:
    world.step()
    return world.now(payment)


@pytest.mark.parametrize("biller", ["evn", "huewaco", "hepco"])
@pytest.mark.parametrize("amount", [1, WHOLE - 1, WHOLE + 1])
def test_an_exact_biller_takes_all_that_is_left_and_nothing_else(biller: str, amount: int) -> None:
    world = World(biller, WHOLE)
    with pytest.raises(AmountNotTaken) as refused:
        world.pay(amount=amount)
    assert refused.value.extra == {"least_vnd": WHOLE, "most_vnd": WHOLE}
    assert world.purse() == (1_000_000, 0)
    assert settled(world, world.pay(amount=WHOLE)).state is State.CAPTURED
    world.check()


def test_the_bill_says_what_may_be_paid(world: World) -> None:
    query = BillsQuery(biller="hocphi", customer_code="HS00000001")
    bill = looking.bills(world.desk, query, "lan").bills[0]
    assert (bill.left_vnd, bill.least_vnd, bill.most_vnd) == (WHOLE, 100_000, WHOLE + 1_000_000)
    settled(world, world.pay(amount=350_000))
    found = looking.bills(world.desk, query, "lan")
    bill = found.bills[0]
    assert (bill.amount_vnd, bill.paid_vnd, bill.left_vnd, bill.least_vnd) == (
        WHOLE, 350_000, 50_000, 50_000,
    )  # fmt: skip
    assert found.total_vnd == 50_000 + 80_000


def test_parts_until_it_is_paid_and_receipts_say_what_remained(world: World) -> None:
    left = []
    for n, amount in enumerate((100_000, 150_000, None)):
        payment = settled(world, world.pay(f"key-000{n}", amount=amount))
        told = receipts.receipt(world.desk, payment, "HS00000001")
        left.append((told.amount_vnd, told.left_vnd, told.credit_vnd))
        assert receipts.pdf(told).startswith(b"%PDF")
        world.check()
    assert left == [(100_000, 300_000, 0), (150_000, 150_000, 0), (150_000, 0, 0)]
    assert world.purse() == (1_000_000 - WHOLE, 0)
    query = BillsQuery(biller="hocphi", customer_code="HS00000001")
    assert [b.bill_id for b in looking.bills(world.desk, query, "lan").bills] == ["B2"]


@pytest.mark.parametrize("amount", [99_999, WHOLE + 1_000_001])
def test_too_small_a_part_and_too_much_are_refused(world: World, amount: int) -> None:
    with pytest.raises(AmountNotTaken):
        world.pay(amount=amount)
    assert not [p for p in payments_of(world.books.memory) if p.bill]


def test_two_parts_that_race_are_never_more_than_the_bill(world: World) -> None:
    quote = world.quote()
    first = world.pay("key-0001", quote, amount=250_000)
    for n in range(3):
        with pytest.raises(OverTheBill):
            world.pay(f"key-001{n}", quote, amount=250_000)
    second = world.pay("key-0020", quote, amount=150_000)
    world.step()
    assert {world.now(p).state for p in (first, second)} == {State.CAPTURED}
    world.check()
    with pytest.raises(QuoteChanged) as refused:  # what was shown is not so any more
        world.pay("key-0030", quote, amount=100_000)
    assert refused.value.extra["bill"] is None


def test_many_parts_at_once_by_threads(world: World) -> None:
    quote = world.quote()

    def one(n: int) -> int:
        try:
            return world.pay(f"key-1{n:03}", quote, amount=100_000).amount_vnd
        except OverTheBill:
            return 0

    with ThreadPoolExecutor(8) as pool:
        took = sum(pool.map(one, range(24)))
    assert took == WHOLE
    world.step()
    world.check()


def test_a_part_that_comes_to_nothing_can_be_paid_again(world: World) -> None:
    world.biller.script = ["rejected"]
    lost = settled(world, world.pay(amount=300_000))
    assert lost.state is State.VOID and world.purse() == (1_000_000, 0)
    assert settled(world, world.pay("key-0002", amount=300_000)).state is State.CAPTURED
    world.check()


def test_a_part_in_doubt_keeps_its_share(world: World) -> None:
    world.biller.script = ["late:400"]
    doubtful = settled(world, world.pay(amount=300_000))
    assert doubtful.state is State.UNKNOWN
    with pytest.raises(OverTheBill):
        world.pay("key-0002")
    settled(world, world.pay("key-0003", amount=100_000))
    world.pass_time(hours=2)
    assert world.now(doubtful).state is State.CAPTURED
    world.check()


def test_paid_over_on_purpose_but_not_over_somebody_elses_part(world: World) -> None:
    quote = world.quote()
    world.pay("key-0001", quote, amount=100_000)
    with pytest.raises(OverTheBill):  # it would be over by what the other is paying now
        world.pay("key-0002", quote, amount=WHOLE + 50_000)
    world.step()
    paid = settled(world, world.pay("key-0003", amount=300_000 + 50_000))
    told = receipts.receipt(world.desk, paid, "HS00000001")
    assert (told.amount_vnd, told.left_vnd, told.credit_vnd) == (350_000, 0, 50_000)
    world.check()


def test_the_same_key_with_another_amount_is_refused(world: World) -> None:
    quote = world.quote()
    first = world.pay("key-0001", quote, amount=100_000)
    assert world.pay("key-0001", quote, amount=100_000).id == first.id
    for other in (None, 120_000):
        with pytest.raises(KeyReused):
            world.pay("key-0001", quote, amount=other)


def test_a_part_that_is_taken_back_is_open_again(world: World) -> None:
    first = settled(world, world.pay(amount=250_000))
    settled(world, world.pay("key-0002", amount=150_000))
    showing.cancel(world.desk, first.id, LAN)
    assert world.now(first).state is State.REFUNDED
    with pytest.raises(AmountNotTaken):
        world.pay("key-0003", amount=50_000)
    assert settled(world, world.pay("key-0004", amount=250_000)).state is State.CAPTURED
    world.check()


def test_a_bill_that_was_taken_whole_gives_no_parts(world: World) -> None:
    """The biller's traits changed while a payment of the whole was under way."""
    quote = world.quote()
    world.desk.register._all[:] = [  # as long as it was exact
        t.model_copy(update={"part_least_vnd": None}) for t in world.desk.register._all
    ]
    paying.pay(world.desk, NewPayment(quote=quote), LAN, "key-0001")
    with pytest.raises(BillTaken):
        paying.pay(world.make(world.books.ledger, world.memory),
                   NewPayment(quote=quote, amount_vnd=100_000), LAN, "key-0002")  # fmt: skip


def test_a_receipt_without_the_billers_word_does_not_guess(world: World) -> None:
    payment = world.pay(amount=100_000)
    changes.send(world.books.ledger, payment.id, rounds.SOON)
    paid = changes.capture(world.books.ledger, payment.id, "from a statement")
    assert receipts.receipt(world.desk, paid, "HS00000001").left_vnd is None


# ---- the simulator's own book, over HTTP


def test_the_simulator_books_parts_and_keeps_what_is_over() -> None:
    with simulated(IN_PARTS) as tuition:
        with tuition.client.reach() as line:
            assert isinstance(line.pay("r1", "B1", 29_999), Rejected)
        for ref, amount, left in (("r2", 30_000, 90_000), ("r3", 60_000, 30_000)):
            with tuition.client.reach() as line:
                paid = line.pay(ref, "B1", amount)
            assert isinstance(paid, Paid) and (paid.left_vnd, paid.credit_vnd) == (left, 0)
        owed = tuition.client.lookup(CUSTOMER).bills
        assert [(b.amount_vnd, b.paid_vnd, b.left_vnd) for b in owed] == [
            (120_000, 90_000, 30_000), (75_000, 0, 75_000),
        ]  # fmt: skip
        with tuition.client.reach() as line:
            assert isinstance(line.pay("r4", "B1", 80_001), Rejected)
        with tuition.client.reach() as line:
            paid = line.pay("r5", "B1", 80_000)
        assert isinstance(paid, Paid) and (paid.left_vnd, paid.credit_vnd) == (0, 50_000)
        assert [(b.bill_id, b.left_vnd) for b in tuition.client.lookup(CUSTOMER).bills] == [
            ("B2", 25_000)
        ]
        assert isinstance(tuition.client.cancel("r5"), Rejected), "its credit is used"
        assert isinstance(tuition.client.cancel("r2"), Cancelled)
        assert tuition.client.lookup(CUSTOMER).bills[0].left_vnd == 30_000


def test_parts_that_are_booked_late_are_not_more_than_the_bill() -> None:
    late = Habits(part_least_vnd=30_000, lag_s=60)
    with simulated(late) as tuition:
        for ref in ("r1", "r2"):
            with tuition.client.reach() as line:
                assert isinstance(line.pay(ref, "B1", 80_000), Pending)
        tuition.advance(seconds=61)
        assert isinstance(tuition.client.query("r1"), Paid)
        assert tuition.client.query("r2") == Rejected(code="amount_changed", final=True)
        statement = httpx.get(f"{tuition.url}/_book").json()
        assert sum(e["amount_vnd"] for e in statement["entries"] if e["state"] == "PAID") == 80_000
