"""Money in, out and between people: what the bank does, what the law lets one, what comes twice."""

from datetime import UTC, datetime

import pytest
from city.kernel.problems import AssuranceNeeded, NotFound, TooMany
from city.ledger import wallets
from city.ledger.problems import (
    InsufficientFunds,
    KeyNeeded,
    KeyReused,
    LimitExceeded,
    NoWallet,
    WalletFrozen,
    WalletNotEmpty,
)
from city.wallet import banking, moving, opening
from city.wallet.moving import masked_name
from city.wallet.refusals import BankAway, FrozenByOthers, NameDiffers, NotTheHolder
from city.wallet.shapes import NewAmount, NewTransfer, NewWallet, Wanted
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from wallet_world import GUARANTEE, Town, balances, payments_of, person


@pytest.fixture
def town() -> Town:
    return Town()


def avail(town: Town, wallet_id: str) -> tuple[int, int]:
    held = wallets.purse(town.desk.ledger, wallet_id)
    return held.avail_vnd, held.held_vnd


def test_a_wallet_is_opened_in_the_verified_name_only(town: Town) -> None:
    lan = person("lan", town=town)
    made = town.open(lan)
    assert (made.provider, made.available_vnd, made.holder) == ("sandbox", 0, "Nguyễn Thị Lan")
    assert town.open(lan).id == made.id
    minh = person("minh", town=town)
    body = NewWallet(attestation="x", bank_bin="999946", account="7712345678")
    town.bank.book.open("999946-7712345678", "NGUYEN THI LAN", 0)
    town.claims = {"sub": "minh", "acr": "2", "name": "Trần Văn Minh"}
    with pytest.raises(NameDiffers):
        opening.open_wallet(town.desk, body, minh)
    town.claims = {"sub": "lan", "acr": "2", "name": "Nguyễn Thị Lan"}
    with pytest.raises(NotTheHolder):
        opening.open_wallet(town.desk, body, minh)
    town.claims = {"sub": "minh", "acr": "1", "name": "Trần Văn Minh"}
    with pytest.raises(NotTheHolder):
        opening.open_wallet(town.desk, body, minh)


def test_topping_up_and_cashing_out_move_the_bank_s_money_alike(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    wallet = town.open(lan)
    assert town.top_up(lan, 500_000).state == "CAPTURED"
    assert avail(town, wallet.id) == (500_000, 0)
    done = town.cash_out(lan, 200_000)
    assert (done.state, done.direction, done.final) == ("CAPTURED", "out", True)
    assert avail(town, wallet.id) == (300_000, 0)
    town.agree()
    assert town.bank.book.balance(GUARANTEE) == 300_000


@pytest.mark.parametrize("kind", ["top_up", "cash_out"])
@pytest.mark.parametrize(
    ("fault", "first", "last"),
    [
        ("lost_answer", "UNKNOWN", "CAPTURED"),
        ("lost_request", "UNKNOWN", "VOID"),
        ("late", "UNKNOWN", "CAPTURED"),
        ("reject", "VOID", "VOID"),
    ],
)
def test_what_the_bank_does_is_what_we_write_down(
    town: Town, kind: str, fault: str, first: str, last: str
) -> None:
    lan = person("lan", stepped_up=True, town=town)
    wallet = town.open(lan)
    town.top_up(lan, 900_000)
    act = town.top_up if kind == "top_up" else town.cash_out
    begun = act(lan, 100_000, fault)
    assert begun.state == first
    if kind == "cash_out" and first == "UNKNOWN":
        assert avail(town, wallet.id) == (800_000, 100_000), "what is in doubt stays held"
    town.minutes(30)
    ended = moving.payment(town.desk, begun.id, lan)
    assert ended.state == last
    moved = 100_000 if kind == "top_up" else -100_000
    assert avail(town, wallet.id) == (900_000 + (moved if last == "CAPTURED" else 0), 0)
    town.agree()


def test_a_late_request_is_not_voided_before_not_found_is_final(town: Town) -> None:
    lan = person("lan", town=town)
    town.open(lan)
    begun = town.top_up(lan, 100_000, "late")
    town.minutes(9)  # it is booked after ten, and nobody knows it until then
    assert moving.payment(town.desk, begun.id, lan).state == "UNKNOWN"
    town.minutes(20)
    assert moving.payment(town.desk, begun.id, lan).state == "CAPTURED"
    town.agree()


def test_an_unreachable_bank_sends_it_back_to_the_queue_and_it_expires(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    wallet = town.open(lan)
    town.top_up(lan, 100_000)
    begun = moving.cash_out(town.desk, NewAmount(amount_vnd=60_000), lan, town.key())
    town.bank.faults = ["refused"]
    with pytest.raises(BankAway):
        banking.carry_out(town.desk, begun.id)
    assert moving.payment(town.desk, begun.id, lan).state == "HELD"
    town.minutes(31)
    assert moving.payment(town.desk, begun.id, lan).state == "VOID"
    assert avail(town, wallet.id) == (100_000, 0)
    banking.carry_out(town.desk, begun.id)  # the queue brings it once more
    town.agree()


def test_what_comes_twice_is_once(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    wallet = town.open(lan)
    begun = town.top_up(lan, 100_000, "lost_answer")
    for _ in range(3):
        banking.heard(town.desk, town.bank.news(begun.id))
        banking.carry_out(town.desk, begun.id)
    assert avail(town, wallet.id) == (100_000, 0)
    assert town.bank.calls == 1
    key = town.key()
    body = NewAmount(amount_vnd=10_000)
    first = moving.cash_out(town.desk, body, lan, key)
    assert moving.cash_out(town.desk, body, lan, key).id == first.id
    with pytest.raises(KeyReused):
        moving.cash_out(town.desk, NewAmount(amount_vnd=10_001), lan, key)
    with pytest.raises(KeyNeeded):
        moving.cash_out(town.desk, body, lan, None)
    town.books.wait(hours=1)
    banking.tend(town.desk)
    town.agree()


def test_money_that_comes_by_itself_is_credited_once_or_kept_as_unclaimed(town: Town) -> None:
    lan = person("lan", town=town)
    wallet = town.open(lan)
    town.bank.book.open("970400-1", "AI DO", 10**7)
    for ref, memo in (("IN-1", f"nap vi {wallet.id}"), ("IN-2", "chuc mung nam moi")):
        told = {"ref": ref, "source": "970400-1", "target": GUARANTEE, "amount": 70_000}
        town.bank.book.take({**told, "memo": memo}, town.books.now)
    assert banking.heard(town.desk, town.bank.news("IN-1")) == "credited"
    assert banking.heard(town.desk, town.bank.news("IN-2")) == "unclaimed"
    for ref in ("IN-1", "IN-2"):
        banking.heard(town.desk, town.bank.news(ref))
    for payment in payments_of(town.books.memory):  # the ledger's own event wakes the worker
        banking.carry_out(town.desk, payment.id)
    assert town.bank.calls == 0, "nobody is debited for what they sent themselves"
    assert avail(town, wallet.id) == (70_000, 0)
    assert balances(town.books.memory)["suspense:unclaimed"] == 70_000
    town.agree()


def test_a_transfer_shows_a_masked_name_and_counts_look_ups(town: Town) -> None:
    lan, minh = (person(n, stepped_up=True, town=town) for n in ("lan", "minh"))
    town.open(lan)
    his = town.open(minh, "Trần Văn Minh", "+84905123456")
    town.top_up(lan, 900_000)
    seen = moving.recipient(town.desk, Wanted(phone="0905 123 456"), lan)
    assert (seen.wallet_id, seen.name) == (his.id, "T••• V•• Minh")
    body = NewTransfer(to_wallet=his.id, amount_vnd=250_000, memo="tiền điện")
    paid = moving.transfer(town.desk, body, lan, town.key())
    assert paid.state == "CAPTURED"
    got = moving.payment(town.desk, paid.id, minh)
    assert (got.direction, got.other) == ("in", "N••••• T•• Lan")
    with pytest.raises(NotFound):
        moving.payment(town.desk, paid.id, person("hà", town=town))
    with pytest.raises(NoWallet):
        moving.recipient(town.desk, Wanted(phone="0905 123 457"), lan)
    for _ in range(28):
        moving.recipient(town.desk, Wanted(wallet_id=his.id), lan)
    with pytest.raises(TooMany):
        moving.recipient(town.desk, Wanted(wallet_id=his.id), lan)
    town.agree()


def test_a_passkey_is_needed_on_a_new_device_over_a_sum_and_over_a_day(town: Town) -> None:
    known = person("lan", stepped_up=True, town=town)
    town.open(known)
    his = town.open(person("minh", town=town), "Trần Văn Minh")
    for _ in range(5):
        town.top_up(known, 10_000_000)
    town.books.now = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    lan = person("lan", town=town)

    def give(amount: int, who: object = None) -> None:
        body = NewTransfer(to_wallet=his.id, amount_vnd=amount)
        moving.transfer(town.desk, body, who or lan, town.key())  # type: ignore[arg-type]

    with pytest.raises(AssuranceNeeded):
        give(1_000)  # this device never paid
    give(1_000, person("lan", stepped_up=True, town=town))
    give(9_000_000)
    with pytest.raises(AssuranceNeeded):
        give(10_000_001)
    give(10_000_000)
    with pytest.raises(AssuranceNeeded):
        give(1_000_001)  # 20,000,000 without a passkey today is the law's bound
    give(1_000_000)
    with pytest.raises(AssuranceNeeded):
        give(1_000, person("lan", session="other phone", town=town))
    town.agree()


def test_topping_up_needs_a_passkey_over_ten_million_and_over_twenty_a_day(town: Town) -> None:
    lan = person("lan", town=town)
    town.open(lan)
    with pytest.raises(AssuranceNeeded):
        town.top_up(lan, 10_000_001)
    town.top_up(lan, 10_000_000)
    town.top_up(lan, 10_000_000)
    with pytest.raises(AssuranceNeeded):
        town.top_up(lan, 1)
    shown = opening.limits(town.desk, lan)
    assert {s.id: s.without_passkey_today_vnd for s in shown.step_ups}["top-up"] == 20_000_000
    town.top_up(person("lan", stepped_up=True, town=town), 50_000_000)
    town.agree()


@given(st.integers(-90, 90), st.sampled_from([11, 12]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_month_and_a_day_begin_at_midnight_in_hue(minutes: int, month: int, ends: bool) -> None:
    """Around 17:00 UTC, at the end of a month and in its middle."""
    town = Town()
    lan = person("lan", stepped_up=True, town=town)
    town.open(lan)
    his = town.open(person("minh", town=town), "Trần Văn Minh")
    town.bank.book.open("999946-x", "x", 0)
    for _ in range(2):
        town.top_up(lan, 99_000_000)
    day = (30 if month == 11 else 31) if ends else 15
    middle = datetime(2026, month, day, 17, 0, tzinfo=UTC)
    town.books.now = middle.replace(hour=15, minute=0)
    lan = person("lan", stepped_up=True, town=town)
    body = NewTransfer(to_wallet=his.id, amount_vnd=98_000_000)
    moving.transfer(town.desk, body, lan, town.key())
    town.books.now = middle
    town.books.wait(minutes=minutes)
    lan = person("lan", stepped_up=True, town=town)
    again = NewTransfer(to_wallet=his.id, amount_vnd=2_000_001)
    if ends and minutes >= 0:
        moving.transfer(town.desk, again, lan, town.key())
        spent = opening.limits(town.desk, lan).ceilings[0].spent_vnd
        assert spent == 2_000_001
    else:
        with pytest.raises(LimitExceeded):
            moving.transfer(town.desk, again, lan, town.key())
    town.agree()


def test_a_frozen_wallet_gives_nothing_and_takes_what_comes(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    wallet = town.open(lan)
    town.top_up(lan, 100_000)
    opening.freeze_own(town.desk, lan, "mất điện thoại")
    with pytest.raises(WalletFrozen):
        town.cash_out(lan, 1_000)
    town.top_up(lan, 5_000)
    assert opening.unfreeze_own(town.desk, lan).status == "open"
    boss = person("boss", town=town)
    for _ in range(2):  # it is frozen once
        opening.freeze(town.desk, wallet.id, boss, "nghi lừa đảo")
        town.books.wait(seconds=1)
    with pytest.raises(FrozenByOthers):
        opening.unfreeze_own(town.desk, lan)
    opening.unfreeze(town.desk, wallet.id, boss)
    assert town.done("boss") == [
        (f"wallet/{wallet.id}", "freeze", "nghi lừa đảo"),
        (f"wallet/{wallet.id}", "unfreeze", ""),
    ]
    assert town.done("lan") == [], "one's own wallet is no work"
    with pytest.raises(WalletNotEmpty):
        opening.close_own(town.desk, lan)
    town.cash_out(lan, 105_000)
    assert opening.close_own(town.desk, lan).status == "closed"
    town.agree()


def test_a_locked_account_s_wallet_is_frozen_until_the_lock_is_over(town: Town) -> None:
    lan = person("lan", town=town)
    town.open(lan)
    for _ in range(2):
        opening.locked(town.desk, "lan")
    assert opening.view(town.desk, wallets.by_owner(town.desk.ledger, "lan")).status == "frozen"
    for _ in range(2):
        opening.unlocked(town.desk, "lan")
    assert wallets.by_owner(town.desk.ledger, "lan").status == "open"
    opening.locked(town.desk, "nobody")
    assert town.done(opening.BY_LOCK) == []


def test_what_is_forgotten_leaves_the_books(town: Town) -> None:
    lan, minh = (person(n, stepped_up=True, town=town) for n in ("lan", "minh"))
    town.open(lan, phone="+84905123456")
    town.open(minh, "Trần Văn Minh")
    town.top_up(lan, 100_000)
    for _ in range(2):
        gone = opening.erase(town.desk, "lan")
        assert gone.items == 1 and gone.kept_by_law
    assert opening.erase(town.desk, "nobody").items == 0
    assert town.own.by_phone("+84905123456") is None
    with pytest.raises(NoWallet):
        moving.recipient(town.desk, Wanted(phone="0905123456"), minh)
    kept = [row.doc for row in town.own.table.rows()]  # type: ignore[attr-defined]
    assert "Lan" not in str(kept) and "88" not in str(kept[0].get("bank"))
    town.agree()


@pytest.mark.parametrize(
    "amount", [True, 1.0, 1e3, "1000", "１０", 0, -5, 10**12 + 1, 10**18, None, [], "1e3"]
)
def test_only_a_whole_number_is_an_amount(amount: object) -> None:
    with pytest.raises(ValidationError):
        NewAmount.model_validate({"amount_vnd": amount})
    with pytest.raises(ValidationError):
        NewTransfer.model_validate({"to_wallet": "w", "amount_vnd": amount})


def test_more_than_there_is_is_refused(town: Town) -> None:
    lan = person("lan", stepped_up=True, town=town)
    town.open(lan)
    town.top_up(lan, 100_000)
    with pytest.raises(InsufficientFunds):
        town.cash_out(lan, 100_001)
    town.agree()


def test_a_name_is_masked() -> None:
    assert masked_name("Lan") == "Lan"
    assert masked_name("") == ""
