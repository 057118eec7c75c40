"""What wakes `bills`: payers, billers' callbacks, officers, the queue `bills-to-pay`, the clock."""

import functools
import json
from typing import Any

from city.adapters.holder import handle
from city.adapters.http import Reply, Request, Unit
from city.adapters.parts import BucketParts
from city.adapters.queue import Queue
from city.adapters.reference import derived
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.billers.http import HttpBiller
from city.billers.port import Biller
from city.billers.traits import Register
from city.bills import (
    accounts,
    cases,
    hearing,
    looking,
    paying,
    receipts,
    rounds,
    saga,
    showing,
)
from city.bills.desk import Desk
from city.bills.model import (
    Autopay,
    BillAccountView,
    BillerView,
    BillReceipt,
    BillsQuery,
    CaseCard,
    CaseDecision,
    CasesQuery,
    CaseView,
    CustomerView,
    NewAccount,
    NewPayment,
    NewProposal,
    PaymentView,
    ReceiptCheck,
)
from city.contracts.envelope import CloudEvent
from city.contracts.ledger import PaymentChanged
from city.contracts.privacy import PersonalDataRequested
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.kernel.problems import Unavailable
from city.ledger.model import Kind
from city.ledger.opening import open_ledger
from city.ledger.sweeping import sweep as sweep_ledger

app = Unit("bills")
events = app.events
register = derived(Register.of)


@functools.cache
def lines() -> dict[str, dict[str, str]]:
    """Address and key of each biller, as configured."""
    told: dict[str, dict[str, str]] = json.loads(settings().billers or "{}")
    return told


def biller(name: str) -> Biller:
    """The line to a biller.

    Raises:
        Unavailable: none is configured.
    """
    told = lines().get(name)
    if told is None:
        raise Unavailable
    return HttpBiller(name, told["url"], told["key"])


def secret(name: str) -> str:
    """What a biller signs with; empty for one that is not configured."""
    return lines().get(name, {}).get("key", "")


def desk() -> Desk:
    """Everything the use cases need, in this process, now."""
    return Desk(
        ledger=open_ledger(),
        table=table("bills"),
        outbox=outbox("bills"),
        register=register(),
        biller=biller,
        to_pay=Queue("bills-to-pay"),
        secret=settings().token_secret,
        base_url=settings().public_base_url,
    )


@app.get("/v1/billers")
def billers() -> Page[BillerView]:
    """Whose bills can be paid."""
    return looking.billers(desk())


@app.get("/v1/bills")
def bills(query: BillsQuery, who: Principal) -> CustomerView:
    """A customer's open bills, each with a signed quote."""
    return looking.bills(desk(), query, who.user_id)


@app.post("/v1/bills/payments", status=202, idempotent=False)
def pay(body: NewPayment, who: Principal, request: Request) -> PaymentView:
    """Pay the bill of a quote from one's wallet; needs an Idempotency-Key."""
    at = desk()
    return showing.view(at, paying.pay(at, body, who, request.idempotency_key))


@app.get("/v1/bills/payments")
def my_payments(query: PageQuery, who: Principal) -> Page[PaymentView]:
    """One's payments of bills, newest first."""
    return showing.mine(desk(), query, who)


@app.get("/v1/bills/payments/{id}")
def payment(id: str, who: Principal) -> PaymentView:  # noqa: A002 - the path's own word
    """One payment."""
    at = desk()
    return showing.view(at, showing.own(at, "bills:payment", id, who))


@app.post("/v1/bills/payments/{id}/cancel", idempotent=False)
def cancel(id: str, who: Principal) -> PaymentView:  # noqa: A002
    """Have the biller take a payment back, where it does."""
    at = desk()
    return showing.view(at, showing.cancel(at, id, who))


def _receipt(action: str, payment_id: str, who: Principal) -> BillReceipt:
    at = desk()
    found = showing.own(at, action, payment_id, who)
    return receipts.receipt(at, found, found.facts.get("customer_code", ""))


@app.get("/v1/bills/payments/{id}/receipt")
def receipt(id: str, who: Principal) -> BillReceipt:  # noqa: A002
    """The receipt of a payment."""
    return _receipt("bills:receipt", id, who)


@app.get("/v1/bills/payments/{id}/receipt.pdf", media_types=("application/pdf",))
def receipt_pdf(id: str, who: Principal) -> Reply:  # noqa: A002
    """The receipt as PDF; ask with `Accept: application/pdf`."""
    told = _receipt("bills:receipt_pdf", id, who)
    headers = {"Content-Disposition": f'attachment; filename="bien-lai-{told.payment_id}.pdf"'}
    return Reply(receipts.pdf(told), headers=headers, media_type="application/pdf")


@app.get("/v1/bills/receipts/{code}")
def verify(code: str) -> ReceiptCheck:
    """Check a receipt by its code."""
    return receipts.verify(desk(), code)


@app.post("/v1/bills/callbacks/{biller}", status=204, idempotent=False)
def callback(biller: str, request: Request) -> Reply:
    """A biller's signed word about a payment."""
    note(biller=biller)
    hearing.hear(desk(), biller, request.headers, request.raw_body, secret)
    return Reply(status=204)


@app.get("/v1/me/bill-accounts")
def my_accounts(who: Principal) -> Page[BillAccountView]:
    """One's saved customer codes."""
    return accounts.mine(desk(), who)


@app.post("/v1/me/bill-accounts", status=201)
def save_account(body: NewAccount, who: Principal) -> BillAccountView:
    """Save a customer code."""
    return accounts.save(desk(), body, who)


@app.delete("/v1/me/bill-accounts/{id}", status=204)
def forget_account(id: str, who: Principal) -> Reply:  # noqa: A002
    """Forget a customer code."""
    accounts.forget(desk(), id, who)
    return Reply(status=204)


@app.put("/v1/me/bill-accounts/{id}/autopay")
def set_autopay(id: str, body: Autopay, who: Principal) -> BillAccountView:  # noqa: A002
    """Pay a customer's bills by itself, each announced a day before."""
    return accounts.set_autopay(desk(), id, body, who)


@app.delete("/v1/me/bill-accounts/{id}/autopay", status=204)
def end_autopay(id: str, who: Principal) -> Reply:  # noqa: A002
    """End that."""
    accounts.set_autopay(desk(), id, None, who)
    return Reply(status=204)


@app.get("/v1/bills/cases")
def case_list(query: CasesQuery) -> Page[CaseCard]:
    """Payments whose outcome nobody knows."""
    return cases.listing(desk(), query)


@app.get("/v1/bills/cases/{id}")
def case(id: str, who: Principal) -> CaseView:  # noqa: A002
    """One of them, with everything that was asked and answered."""
    return cases.case(desk(), id, who)


@app.post("/v1/bills/cases/{id}/ask", idempotent=False)
def ask_again(id: str, who: Principal) -> CaseView:  # noqa: A002
    """Ask the biller now."""
    return cases.ask_again(desk(), id, who)


@app.post("/v1/bills/cases/{id}/proposal", idempotent=False)
def propose(id: str, body: NewProposal, who: Principal) -> CaseView:  # noqa: A002
    """Propose how to settle a case."""
    return cases.propose(desk(), id, body, who)


@app.post("/v1/bills/cases/{id}/decision", idempotent=False)
def decide(id: str, body: CaseDecision, who: Principal) -> CaseView:  # noqa: A002
    """Decide on somebody else's proposal."""
    return cases.decide(desk(), id, body, who)


@app.receive("bills-to-pay", at_once=10)  # nearly all of it is waiting for billers and tables
def attend(message: dict[str, Any]) -> None:
    """A payment needs something: it was begun (its event says so), or is to be asked about."""
    told = message["detail"]["data"] if "detail" in message else message
    note(payment_id=told["payment_id"])
    note(state=saga.attend(desk(), told["payment_id"]).state.value)


@app.listen(PaymentChanged)
def follow(told: PaymentChanged, _: CloudEvent) -> None:
    """A payment changed its state."""
    note(payment_id=told.payment_id, seq=told.sequence)
    cases.follow(desk(), told)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    at = desk()
    handle(
        asked,
        "bills",
        export=lambda subject: accounts.export(at, subject),
        erase=lambda subject: accounts.erase(at, subject),
        parts=BucketParts(),
        outbox=outbox("bills"),
    )


@app.every(minutes=1)
def sweep() -> None:
    """Give back what expired, ask about what is in doubt."""
    at = desk()
    waiting = sweep_ledger(at.ledger, [Kind.BILL])
    at.to_pay.send_all([{"payment_id": each.id} for each in waiting])
    note(waiting=len(waiting))


@app.every(minutes=5)
def rounds_due() -> None:
    """Look up saved codes: reminders and autopay."""
    note(looked_up=rounds.tend(desk()))
