"""The client and the simulator over real HTTP: what is an answer, and what is none."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web
from city.bank import messages, notices
from city.bank.client import HttpBank
from city.bank.messages import Unclear
from city.bank.port import (
    BankAccount,
    BankUnavailable,
    Instruction,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
    Settled,
)
from city.kernel.problems import Unauthenticated

from infra.local.place import SANDBOX_BANK_KEY, free_port
from infra.simulators import bank as simulator

LAN = BankAccount(bank_bin="999946", account="7700000001", holder="Nguyễn Thị Lan")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    port, ready = free_port(), threading.Event()
    loop = asyncio.new_event_loop()

    async def up() -> web.AppRunner:
        runner = web.AppRunner(simulator.app(f"http://127.0.0.1:{port}", "http://127.0.0.1:9"))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return runner

    def run() -> None:
        runner = loop.run_until_complete(up())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    yield f"http://127.0.0.1:{port}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def bank(address: str) -> HttpBank:
    told = {**LAN.model_dump(), "balance_vnd": 10_000_000}
    httpx.post(f"{address}/_accounts", json=told).raise_for_status()
    httpx.post(f"{address}/_dial", json={"rates": {}, "forced": []}).raise_for_status()
    return HttpBank(address, SANDBOX_BANK_KEY, lambda: datetime.now(UTC), answer_s=1.0)


def dial(address: str, *forced: str, **more: Any) -> None:
    told = {"rates": {}, "forced": list(forced), **more}
    httpx.post(f"{address}/_dial", json=told).raise_for_status()


def order(ref: str, amount: int = 50_000) -> Instruction:
    return Instruction(ref, amount, LAN, "Nạp ví", datetime.now(UTC))


def test_money_is_collected_once_under_its_reference(bank: HttpBank, address: str) -> None:
    for _ in range(2):
        with bank.reach() as counter:
            assert isinstance(counter.collect(order("R1")), Settled)
    with bank.reach() as counter:
        assert isinstance(counter.pay(order("R2", 20_000)), Settled)
    book = httpx.get(f"{address}/_book").json()
    assert book["guarantee_vnd"] == 30_000
    with bank.reach() as counter:
        assert counter.pay(order("R3", 10**9)) == Rejected(code="AM04")
    with bank.reach() as counter, pytest.raises(OutcomeUnknown):
        counter.collect(order("R1", 60_000))  # another amount under a known reference


def test_a_name_is_compared_as_banks_do(bank: HttpBank) -> None:
    assert bank.same_name(LAN)
    assert bank.same_name(LAN.model_copy(update={"holder": "nguyen thi  LAN"}))
    assert not bank.same_name(LAN.model_copy(update={"holder": "Trần Văn Minh"}))
    assert not bank.same_name(LAN.model_copy(update={"account": "7712121212"}))


@pytest.mark.parametrize(
    ("fault", "booked"),
    [("lost_request", False), ("lost_answer", True), ("error_before", False),
     ("error_after", True), ("slow", True)],
)  # fmt: skip
def test_no_clear_answer_is_an_unknown_outcome(
    bank: HttpBank, address: str, fault: str, booked: bool
) -> None:
    dial(address, fault, slow_s=1.5)
    with bank.reach() as counter, pytest.raises(OutcomeUnknown):
        counter.collect(order(f"F-{fault.replace('_', '-')}"))
    found = bank.status(f"F-{fault.replace('_', '-')}")
    assert isinstance(found, Settled if booked else NotFound)


def test_a_late_one_is_not_found_until_it_is_there(bank: HttpBank, address: str) -> None:
    dial(address, "late", lag_s=60)
    with bank.reach() as counter, pytest.raises(OutcomeUnknown):
        counter.collect(order("LATE"))
    assert bank.status("LATE") == NotFound()
    httpx.post(f"{address}/_clock", json={"advance_s": 61}).raise_for_status()
    assert isinstance(bank.status("LATE"), Settled)


def test_who_is_not_there_was_not_asked() -> None:
    nobody = HttpBank(f"http://127.0.0.1:{free_port()}", "k", lambda: datetime.now(UTC))
    with pytest.raises(NotSent), nobody.reach():
        pass
    with pytest.raises(BankUnavailable):
        nobody.status("R1")


def test_a_day_s_statement_adds_up_and_a_changed_one_is_told_apart(
    bank: HttpBank, address: str
) -> None:
    with bank.reach() as counter:
        counter.collect(order("S1", 70_000))
    # the bank's own clock: another test set it forward, so its midnight is not ours
    told = httpx.post(f"{address}/_clock", json={"advance_s": 0}).raise_for_status().json()
    today = (datetime.fromisoformat(told["now"]) + timedelta(hours=7)).date()
    with pytest.raises(BankUnavailable):
        bank.statement(today)
    httpx.post(f"{address}/_clock", json={"advance_s": 86_400}).raise_for_status()
    statement = bank.statement(today)
    assert {line.ref: line.amount_vnd for line in statement.lines}["S1"] == 70_000
    moved = sum(line.amount_vnd for line in statement.lines)
    assert statement.closing_vnd == statement.opening_vnd + moved
    assert statement.raw
    httpx.post(f"{address}/_clock", json={"advance_s": -86_400}).raise_for_status()


def test_a_statement_whose_sums_disagree_is_none() -> None:
    entry = {"Amt": messages.amount(5), "CdtDbtInd": "CRDT", "AcctSvcrRef": "F1",
             "BookgDt": {"DtTm": "2026-11-26T03:00:00Z"}}  # fmt: skip

    def bal(code: str, vnd: int) -> dict[str, Any]:
        kind = {"CdOrPrtry": {"Cd": code}}
        return {"Tp": kind, "Amt": messages.amount(vnd), "CdtDbtInd": "CRDT"}

    def told(closing: int, day: str = "2026-11-26") -> dict[str, Any]:
        span = {"FrDt": day, "ToDt": day}
        one = {"FrToDt": span, "Bal": [bal("OPBD", 1), bal("CLBD", closing)], "Ntry": [entry]}
        return {"BkToCstmrStmt": {"Stmt": [one]}}

    day = date(2026, 11, 26)
    assert messages.statement_parts(told(6), day)[:2] == (1, 6)
    empty: dict[str, Any] = {"BkToCstmrStmt": {"Stmt": []}}
    for wrong in (told(7), told(6, "2026-11-27"), {}, empty):
        with pytest.raises(Unclear):
            messages.statement_parts(wrong, day)


@pytest.mark.parametrize("value", ["1.5", "-1", "", "１０", "1e3", 5, None, "9" * 14])
def test_a_strange_amount_is_no_message(value: object) -> None:
    with pytest.raises(Unclear):
        messages.whole({"Ccy": "VND", "Value": value})
    with pytest.raises(Unclear):
        messages.whole({"Ccy": "USD", "Value": "5"})


def test_only_the_bank_s_news_are_heard() -> None:
    now, body = datetime(2026, 11, 26, 3, tzinfo=UTC), b"{}"
    seconds = str(int(now.timestamp()))
    good = {
        "webhook-id": "m1",
        "webhook-timestamp": seconds,
        "webhook-signature": notices.signature("s", "m1", seconds, body),
    }
    notices.check("s", good, body, now)
    for secret, headers, what, at in (
        ("t", good, body, now),
        ("", good, body, now),
        ("s", good, b"{ }", now),
        ("s", {**good, "webhook-id": "m2"}, body, now),
        ("s", good, body, now + timedelta(seconds=301)),
        ("s", {}, body, now),
        ("s", {**good, "webhook-signature": "v1,é"}, body, now),
    ):
        with pytest.raises(Unauthenticated):
            notices.check(secret, headers, what, at)
