"""The client against real simulators over loopback HTTP: what is an answer, and what is none."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from city.billers.callbacks import BadSignature, signature, verified
from city.billers.http import HttpBiller
from city.billers.port import (
    BillerUnavailable,
    Cancelled,
    NoSuchCustomer,
    NotFound,
    NotOffered,
    NotSent,
    OutcomeUnknown,
    Paid,
    PayAnswer,
    Pending,
    Rejected,
)
from city.billers.traits import NoSuchBiller, Register
from hypothesis import given
from hypothesis import strategies as st
from simulator_world import CUSTOMER, Simulated, simulated

from infra.local.place import free_port
from infra.seed.make_billers import billers
from infra.simulators.billers.book import HUE, Habits

EVN = Habits()
HEPCO = Habits(idempotent=False, query=False, arrears_vnd=5_000)
INVOICES = Habits(callbacks=True, cancel=True)


@pytest.fixture
def evn() -> Iterator[Simulated]:
    with simulated(EVN) as found:
        yield found


def test_lookup_then_pay_then_query(evn: Simulated) -> None:
    owed = evn.client.lookup(CUSTOMER)
    assert [bill.bill_id for bill in owed.bills] == ["B1", "B2"]
    with evn.client.reach() as line:
        paid = line.pay("ref-1", "B1", 120_000)
    assert isinstance(paid, Paid) and paid.amount_vnd == 120_000
    assert evn.client.query("ref-1") == paid
    assert evn.client.query("ref-2") == NotFound()
    assert [bill.bill_id for bill in evn.client.lookup(CUSTOMER).bills] == ["B2"]


def test_the_same_reference_again_is_the_same_payment(evn: Simulated) -> None:
    with evn.client.reach() as line:
        first = line.pay("ref-1", "B1", 120_000)
    with evn.client.reach() as line:
        assert line.pay("ref-1", "B1", 120_000) == first
    with evn.client.reach() as line:
        assert line.pay("ref-2", "B1", 120_000) == Rejected(code="already_paid", final=True)
    assert len(evn.book()["entries"]) == 1


def test_nobody_listening_means_not_sent() -> None:
    nobody = HttpBiller("x", f"http://127.0.0.1:{free_port()}", "k", connect_s=0.5)
    with pytest.raises(NotSent), nobody.reach():
        raise AssertionError("connected to nobody")
    with pytest.raises(BillerUnavailable):
        nobody.query("ref")


@pytest.mark.parametrize(
    ("fault", "booked"),
    [
        ("lost_request", 0), ("error_before", 0), ("lost_answer", 1), ("slow", 1),
        ("error_after", 1),
    ],
)  # fmt: skip
def test_no_clear_answer_is_unknown_whatever_happened(
    evn: Simulated, fault: str, booked: int
) -> None:
    evn.force(fault)
    with pytest.raises(OutcomeUnknown), evn.client.reach() as line:
        line.pay("ref-1", "B1", 120_000)
    assert len(evn.book()["entries"]) == booked
    found = evn.client.query("ref-1")
    assert isinstance(found, Paid) if booked else found == NotFound()


def test_late_acceptance_answers_not_found_first(evn: Simulated) -> None:
    evn.force("late", lag_s=600)
    with pytest.raises(OutcomeUnknown), evn.client.reach() as line:
        line.pay("ref-1", "B1", 120_000)
    assert evn.client.query("ref-1") == NotFound()
    evn.advance(minutes=11)
    assert isinstance(evn.client.query("ref-1"), Paid)


def test_a_refusal_is_final_and_another_amount_is_refused(evn: Simulated) -> None:
    with evn.client.reach() as line:
        assert line.pay("r1", "B1", 119_999) == Rejected(code="amount_changed", final=True)
    with evn.client.reach() as line:
        assert line.pay("r2", "B9", 120_000) == Rejected(code="unknown_bill", final=True)
    evn.force("reject")
    with evn.client.reach() as line:
        assert line.pay("r3", "B1", 120_000) == Rejected(code="refused", final=True)


def test_a_wrong_key_is_no_answer(evn: Simulated) -> None:
    stranger = HttpBiller("test", evn.url, "another key")
    with pytest.raises(OutcomeUnknown), stranger.reach() as line:
        line.pay("ref-1", "B1", 120_000)
    with pytest.raises(BillerUnavailable):
        stranger.lookup(CUSTOMER)


def test_lookup_that_fails_or_knows_nobody(evn: Simulated) -> None:
    with pytest.raises(NoSuchCustomer):
        evn.client.lookup("KH999")
    evn.force("lookup_down")
    with pytest.raises(BillerUnavailable):
        evn.client.lookup(CUSTOMER)


def test_a_spreadsheet_takes_the_same_reference_twice_and_answers_no_query() -> None:
    with simulated(HEPCO) as hepco:
        owed = hepco.client.lookup(CUSTOMER).bills[0]
        assert (owed.amount_vnd, owed.version) == (125_000, "2"), "arrears were added"
        for _ in range(2):
            with hepco.client.reach() as line:
                assert isinstance(line.pay("ref-1", "B1", 125_000), Paid)
        assert len(hepco.book()["bills"][0]["paid_by"]) == 2
        with pytest.raises(NotOffered):
            hepco.client.query("ref-1")
        with pytest.raises(NotOffered):
            hepco.client.cancel("ref-1")


def test_a_statement_is_read_the_next_day_with_all_its_faults(evn: Simulated) -> None:
    day = datetime.now(HUE).date()
    for number, amount in ((1, 120_000), (2, 75_000)):
        with evn.client.reach() as line:
            line.pay(f"ref-{number}", f"B{number}", amount)
    with pytest.raises(BillerUnavailable):
        evn.client.statement(day)
    evn.advance(days=1)
    good = evn.client.statement(day)
    assert [(row.ref, row.amount_vnd) for row in good.rows] == [
        ("ref-1", 120_000), ("ref-2", 75_000),
    ]  # fmt: skip
    assert good.sha256 == evn.client.statement(day).sha256
    evn.force("statement_missing", "statement_changed", "statement_extra")
    bad = evn.client.statement(day)
    assert [row.amount_vnd for row in bad.of("ref-1")] == [121_000]
    assert bad.of("ref-2") == ()
    assert len(bad.rows) == 2 and bad.sha256 != good.sha256


def test_oldest_first() -> None:
    with simulated(Habits(oldest_first=True)) as water:
        with water.client.reach() as line:
            assert line.pay("r1", "B2", 75_000) == Rejected(code="older_first", final=True)
        with water.client.reach() as line:
            assert isinstance(line.pay("r2", "B1", 120_000), Paid)


def test_cancel_is_the_same_twice_and_opens_the_bill() -> None:
    with simulated(INVOICES) as body:
        with body.client.reach() as line:
            line.pay("r1", "B1", 120_000)
        body.force("lost_answer")
        with pytest.raises(OutcomeUnknown):
            body.client.cancel("r1")
        assert body.client.cancel("r1") == Cancelled()
        assert body.client.query("r1") == Cancelled()
        assert "B1" in [bill.bill_id for bill in body.client.lookup(CUSTOMER).bills]
        assert isinstance(body.client.cancel("never"), Rejected)


def test_a_biller_may_live_under_a_path() -> None:
    with simulated(INVOICES, at="/hocphi") as body:
        with body.client.reach() as line:
            assert isinstance(line.pay("r1", "B1", 120_000), Paid)
        assert isinstance(body.client.query("r1"), Paid)
        assert body.client.cancel("r1") == Cancelled()
        assert len(body.client.lookup(CUSTOMER).bills) == 2
        body.advance(days=1)
        assert body.client.statement(datetime.now(HUE).date()).rows == ()


def test_refunds_are_told_by_the_query() -> None:
    with simulated(INVOICES) as body:
        with body.client.reach() as line:
            line.pay("r1", "B1", 120_000)
        httpx.post(f"{body.url}/_refund", json={"ref": "r1", "amount_vnd": 20_000})
        found = body.client.query("r1")
        assert isinstance(found, Paid)
        assert [each.amount_vnd for each in found.refunds] == [20_000]


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """A server that says these bytes to whoever connects, and hangs up."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def run() -> None:
            with closing(server.accept()[0]) as caller:
                caller.settimeout(5)
                caller.recv(65536)
                caller.sendall(raw)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def http_answer(status: str, body: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body.encode())}\r\n"
    return (head + "Connection: close\r\n\r\n" + body).encode()


def pay(url: str) -> PayAnswer:
    with HttpBiller("x", url, "k", answer_s=1).reach() as line:
        return line.pay("r", "B", 5000)


GOOD = {"ref": "r", "status": "PAID", "receipt": "1", "amount_vnd": 5000,
        "paid_at": "2026-11-26T03:00:00+00:00"}  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        http_answer("302 Found", json.dumps(GOOD)),
        http_answer("500 Oops", json.dumps(GOOD)),
        http_answer("404 Not Found", "{}"),
        http_answer("200 OK", "not JSON"),
        http_answer("200 OK", "[]"),
        http_answer("200 OK", json.dumps(GOOD | {"ref": "another"})),
        http_answer("200 OK", json.dumps(GOOD | {"amount_vnd": 4999})),
        http_answer("200 OK", json.dumps(GOOD | {"amount_vnd": "5000"})),
        http_answer("200 OK", json.dumps(GOOD | {"status": "paid"})),
        http_answer("200 OK", json.dumps({"ref": "r", "status": "REJECTED"})),
        http_answer("404 Not Found", json.dumps({"ref": "r", "status": "NOT_FOUND"})),
    ],
)
def test_whatever_is_not_the_agreed_document_is_unknown(raw: bytes) -> None:
    with answering(raw) as url, pytest.raises(OutcomeUnknown):
        pay(url)


def test_the_agreed_documents_are_understood() -> None:
    with answering(http_answer("200 OK", json.dumps(GOOD))) as url:
        assert isinstance(pay(url), Paid)
    told = json.dumps({"ref": "r", "status": "PENDING"})
    with answering(http_answer("202 Accepted", told)) as url:
        assert pay(url) == Pending()
    told = json.dumps({"ref": "r", "status": "REJECTED", "code": "busy", "final": False})
    with answering(http_answer("422 No", told)) as url:
        assert pay(url) == Rejected(code="busy", final=False)


NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def signed(body: bytes, secret: str = "s") -> dict[str, str]:  # noqa: S107
    stamp = int(NOW.timestamp())
    return {
        "webhook-id": "m1", "webhook-timestamp": str(stamp),
        "webhook-signature": "v1,AAAA " + signature(secret, "m1", stamp, body),
    }  # fmt: skip


@given(st.binary(max_size=200))
def test_callbacks_hold_by_their_signature(body: bytes) -> None:
    assert verified("s", signed(body), body, NOW) == "m1"
    assert verified("s", signed(body), body, NOW + timedelta(seconds=300)) == "m1"
    for headers, given_body, now in (
        (signed(body), body + b" ", NOW),
        (signed(body, secret="t"), body, NOW),
        (signed(body), body, NOW + timedelta(seconds=301)),
        (signed(body) | {"webhook-id": "m2"}, body, NOW),
        (signed(body) | {"webhook-signature": "v1,é"}, body, NOW),
        ({}, body, NOW),
    ):
        with pytest.raises(BadSignature):
            verified("s", headers, given_body, now)


def test_traits_are_dated_data() -> None:
    register = Register(billers())
    evn = register.traits("evn", NOW)
    assert not evn.not_found_is_final(NOW, NOW + timedelta(minutes=14))
    assert evn.not_found_is_final(NOW, NOW + timedelta(minutes=15))
    assert evn.closed and evn.closed.holds(datetime(2026, 11, 26, 23, 30, tzinfo=HUE))
    assert evn.closed.holds(datetime(2026, 11, 26, 0, 29, tzinfo=HUE))
    assert not evn.closed.holds(datetime(2026, 11, 26, 0, 30, tzinfo=HUE))
    hepco = register.traits("hepco", NOW)
    assert not hepco.not_found_is_final(NOW, NOW + timedelta(days=999))
    assert hepco.limit_class == "counted", "sanitation is not on the law's list"
    with pytest.raises(NoSuchBiller):
        register.traits("evn", datetime(2025, 1, 1, tzinfo=UTC))
    assert all(traits.invented for traits in register.at(NOW))
    exempt = {t.kind for t in register.at(NOW) if t.limit_class == "exempt-listed"}
    assert exempt == {"electricity", "water", "tuition", "hospital"}, "Circular 40/2024 art. 26"
