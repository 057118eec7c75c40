"""What wakes `wallet`: owners, auditors, the bank's news, the ledger's events, the clock."""

import json

from city.adapters.acts import CLOCK
from city.adapters.holder import handle
from city.adapters.http import Reply, Request, Unit
from city.adapters.parts import BucketParts
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.tokens import verify_attestation
from city.adapters.trace import note
from city.bank import notices
from city.bank.client import HttpBank
from city.bank.messages import Unclear, notification
from city.contracts.envelope import CloudEvent
from city.contracts.identity import AccountErased, AccountLocked, AccountUnlocked
from city.contracts.ledger import PaymentChanged
from city.contracts.privacy import PersonalDataRequested
from city.kernel.clock import utc_now
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.kernel.problems import BadRequest
from city.ledger import folding
from city.ledger.opening import open_ledger
from city.ledger.workflow import State
from city.wallet import (
    auditing,
    banking,
    cases,
    corrections,
    disputes,
    moving,
    opening,
    receiving,
    rights,
    statements,
)
from city.wallet.auditing import AccountBalance, CheckedAccount, Trial
from city.wallet.case_shapes import (
    BankCaseCard,
    BankCasesQuery,
    BankCaseView,
    Correction,
    NewBankProposal,
    NewCorrection,
    SecondDecision,
)
from city.wallet.desk import Desk, own_wallet
from city.wallet.dispute_model import Answer, DisputeView, NewDispute, RefundOf, StaffDisputeView
from city.wallet.shapes import (
    Activity,
    Grounds,
    Limits,
    NewAmount,
    NewTransfer,
    NewWallet,
    PaymentCard,
    Reason,
    ReceivingCode,
    ReceivingQuery,
    Recipient,
    StatementQuery,
    StatementView,
    WalletView,
    Wanted,
)
from city.wallet.statement_pdf import as_pdf
from city.wallet.store import Wallets

app = Unit("wallet")
events = app.events
AUDIENCE = "hue-s/wallet"
TO_BANK = frozenset(kind.value for kind in banking.KINDS)
BEGUN = frozenset({State.CREATED.value, State.HELD.value})


def desk() -> Desk:
    """Everything the use cases need, in this process, now."""
    return Desk(
        ledger=open_ledger(),
        own=Wallets(table("wallet"), settings().token_secret),
        bank=HttpBank(settings().bank_url, settings().bank_key, utc_now),
        attested=lambda token, now: verify_attestation(token, AUDIENCE, now),
    )


@app.post("/v1/wallet", status=201, idempotent=False)
def open_wallet(body: NewWallet, who: Principal) -> WalletView:
    """Open one's wallet, linked to a bank account in one's verified name."""
    return opening.open_wallet(desk(), body, who)


@app.get("/v1/wallet")
def mine(who: Principal) -> WalletView:
    """One's wallet and what is in it."""
    at = desk()
    return opening.view(at, own_wallet(at, who))


@app.post("/v1/wallet/top-ups", status=202, idempotent=False)
def top_up(body: NewAmount, who: Principal, request: Request) -> PaymentCard:
    """Top up from the linked bank account; needs an Idempotency-Key."""
    return moving.top_up(desk(), body, who, request.idempotency_key)


@app.post("/v1/wallet/cash-outs", status=202, idempotent=False)
def cash_out(body: NewAmount, who: Principal, request: Request) -> PaymentCard:
    """Cash out to the linked bank account; needs an Idempotency-Key."""
    return moving.cash_out(desk(), body, who, request.idempotency_key)


@app.post("/v1/wallet/recipients", idempotent=False)
def recipient(body: Wanted, who: Principal) -> Recipient:
    """Who would get a transfer; look before paying."""
    return moving.recipient(desk(), body, who)


@app.get("/v1/wallet/receiving-code")
def receiving_code(query: ReceivingQuery, who: Principal) -> ReceivingCode:
    """One's own code for receiving, with an amount if wanted."""
    return receiving.code(desk(), query, who)


@app.post("/v1/wallet/receiving-code", status=201, idempotent=False)
def new_receiving_code(who: Principal) -> ReceivingCode:
    """Another code; the earlier ones lead nowhere from now on."""
    return receiving.renew(desk(), who)


@app.post("/v1/wallet/transfers", status=201, idempotent=False)
def transfer(body: NewTransfer, who: Principal, request: Request) -> PaymentCard:
    """Pay another wallet; needs an Idempotency-Key."""
    return moving.transfer(desk(), body, who, request.idempotency_key)


@app.get("/v1/payments/{id}")
def payment(id: str, who: Principal) -> PaymentCard:  # noqa: A002 - the path's own word
    """A payment of any kind that one is a side of."""
    return moving.payment(desk(), id, who)


@app.get("/v1/wallet/activity")
def activity(query: Activity, who: Principal) -> Page[PaymentCard]:
    """One's payments, newest first."""
    return moving.activity(desk(), query, who)


@app.get("/v1/wallet/limits")
def limits(who: Principal) -> Limits:
    """The legal limits and how much of them is used."""
    return opening.limits(desk(), who)


@app.get("/v1/wallet/statement")
def statement(query: StatementQuery, who: Principal) -> StatementView:
    """A month's statement."""
    return statements.of_month(desk(), query.month, who)


@app.get("/v1/wallet/statement.csv", media_types=("text/csv",))
def statement_csv(query: StatementQuery, who: Principal) -> Reply:
    """A month's statement as a sheet."""
    told = statements.of_month(desk(), query.month, who)
    named = {"Content-Disposition": f'attachment; filename="hue-s-{told.month}.csv"'}
    return Reply(statements.as_csv(told), headers=named, media_type="text/csv; charset=utf-8")


@app.get("/v1/wallet/statement.pdf", media_types=("application/pdf",))
def statement_pdf(query: StatementQuery, who: Principal) -> Reply:
    """A month's statement as PDF; ask with `Accept: application/pdf`."""
    told = statements.of_month(desk(), query.month, who)
    named = {"Content-Disposition": f'inline; filename="hue-s-{told.month}.pdf"'}
    return Reply(as_pdf(told), headers=named, media_type="application/pdf")


@app.post("/v1/wallet/freeze", idempotent=False)
def freeze_own(body: Reason, who: Principal) -> WalletView:
    """Freeze one's wallet at once."""
    return opening.freeze_own(desk(), who, body.reason)


@app.post("/v1/wallet/unfreeze", idempotent=False)
def unfreeze_own(who: Principal) -> WalletView:
    """Unfreeze one's wallet."""
    return opening.unfreeze_own(desk(), who)


@app.post("/v1/wallet/close", idempotent=False)
def close_own(who: Principal) -> WalletView:
    """Close one's wallet, for good; it must be empty."""
    return opening.close_own(desk(), who)


@app.post("/v1/wallet/disputes", status=201, idempotent=False)
def dispute(body: NewDispute, who: Principal) -> DisputeView:
    """Say that a payment is wrong."""
    return disputes.open_dispute(desk(), body, who)


@app.get("/v1/wallet/disputes")
def my_disputes(query: PageQuery, who: Principal) -> Page[DisputeView]:
    """One's disputes, newest first."""
    return disputes.mine(desk(), query, who)


@app.get("/v1/wallet/disputes/{id}")
def show_dispute(id: str, who: Principal) -> DisputeView:  # noqa: A002
    """One dispute."""
    return disputes.show(desk(), "wallet:show_dispute", id, who)


@app.post("/v1/wallet/disputes/{id}/answer", idempotent=False)
def answer_dispute(id: str, body: Answer, who: Principal) -> DisputeView:  # noqa: A002
    """Tell staff more."""
    return disputes.answer(desk(), id, body, who)


@app.post("/v1/wallet/disputes/{id}/withdraw", idempotent=False)
def withdraw_dispute(id: str, who: Principal) -> DisputeView:  # noqa: A002
    """Take a dispute back."""
    return disputes.withdraw(desk(), id, who)


@app.get("/v1/ledger/disputes")
def disputes_waiting(query: PageQuery) -> Page[StaffDisputeView]:
    """Disputes that are not over."""
    return disputes.waiting(desk(), query)


@app.post("/v1/ledger/disputes/{id}/take", idempotent=False)
def take_dispute(id: str, who: Principal) -> StaffDisputeView:  # noqa: A002
    """Have a dispute in hand."""
    return disputes.take(desk(), id, who)


@app.post("/v1/ledger/disputes/{id}/ask", idempotent=False)
def ask_disputer(id: str, body: Grounds, who: Principal) -> StaffDisputeView:  # noqa: A002
    """Ask the person."""
    return disputes.ask(desk(), id, body, who)


@app.post("/v1/ledger/disputes/{id}/reject", idempotent=False)
def reject_dispute(id: str, body: Grounds, who: Principal) -> StaffDisputeView:  # noqa: A002
    """Do not accept a dispute."""
    return disputes.reject(desk(), id, body, who)


@app.post("/v1/ledger/disputes/{id}/refund", idempotent=False)
def refund_dispute(id: str, body: RefundOf, who: Principal) -> StaffDisputeView:  # noqa: A002
    """Give back, or propose to where a second person confirms."""
    return disputes.refund(desk(), id, body, who)


@app.post("/v1/ledger/disputes/{id}/confirm", idempotent=False)
def confirm_dispute(id: str, who: Principal) -> StaffDisputeView:  # noqa: A002
    """Confirm what somebody else proposed."""
    return disputes.confirm(desk(), id, who)


@app.post("/v1/ledger/disputes/{id}/send-back", idempotent=False)
def send_back_dispute(id: str, body: Grounds, who: Principal) -> StaffDisputeView:  # noqa: A002
    """Do not confirm."""
    return disputes.send_back(desk(), id, body, who)


@app.get("/v1/ledger/cases")
def bank_cases(query: BankCasesQuery) -> Page[BankCaseCard]:
    """Payments through the bank whose outcome nobody knows."""
    return cases.listing(desk(), query)


@app.get("/v1/ledger/cases/{id}")
def bank_case(id: str, who: Principal) -> BankCaseView:  # noqa: A002
    """One of them, with what the bank says now."""
    return cases.case(desk(), id, who)


@app.post("/v1/ledger/cases/{id}/ask", idempotent=False)
def ask_bank(id: str, who: Principal) -> BankCaseView:  # noqa: A002
    """Ask the bank now; its word that it was made ends the case."""
    return cases.ask(desk(), id, who)


@app.post("/v1/ledger/cases/{id}/proposal", idempotent=False)
def propose_case(id: str, body: NewBankProposal, who: Principal) -> BankCaseView:  # noqa: A002
    """Propose how a case ends."""
    return cases.propose(desk(), id, body, who)


@app.post("/v1/ledger/cases/{id}/decision", idempotent=False)
def decide_case(id: str, body: SecondDecision, who: Principal) -> BankCaseView:  # noqa: A002
    """Decide on somebody else's proposal."""
    return cases.decide(desk(), id, body, who)


@app.get("/v1/ledger/corrections")
def corrections_made(query: PageQuery) -> Page[Correction]:
    """Corrections through suspense, newest first."""
    return corrections.listing(desk(), query)


@app.post("/v1/ledger/corrections", status=201, idempotent=False)
def propose_correction(body: NewCorrection, who: Principal) -> Correction:
    """Propose a correction through suspense."""
    return corrections.propose(desk(), body, who)


@app.post("/v1/ledger/corrections/{id}/decision", idempotent=False)
def decide_correction(id: str, body: SecondDecision, who: Principal) -> Correction:  # noqa: A002
    """Decide on somebody else's correction."""
    return corrections.decide(desk(), id, body, who)


@app.post("/v1/ledger/wallets/{id}/freeze", idempotent=False)
def freeze(id: str, body: Grounds, who: Principal) -> WalletView:  # noqa: A002
    """Freeze somebody's wallet; they read why."""
    return opening.freeze(desk(), id, who, body.reason)


@app.post("/v1/ledger/wallets/{id}/unfreeze", idempotent=False)
def unfreeze(id: str, who: Principal) -> WalletView:  # noqa: A002
    """Unfreeze somebody's wallet."""
    return opening.unfreeze(desk(), id, who)


@app.get("/v1/ledger/accounts")
def accounts(query: PageQuery) -> Page[AccountBalance]:
    """Accounts and what they hold."""
    return auditing.accounts(desk(), query)


@app.get("/v1/ledger/accounts/{account}/check")
def check_account(account: str) -> CheckedAccount:
    """Follow an account's chain of hashes and add its lines up."""
    return auditing.check(desk(), account)


@app.get("/v1/ledger/trial-balances")
def trial_balances(query: PageQuery) -> Page[Trial]:
    """Trial balances by day."""
    return auditing.trials(desk(), query)


@app.post("/v1/ledger/trial-balances", status=201, idempotent=False)
def new_trial_balance(who: Principal) -> Trial:
    """Add up every account now."""
    return auditing.trial_balance(desk(), who.user_id)


@app.post("/v1/wallet/bank-notices", status=204, idempotent=False)
def bank_notice(request: Request) -> Reply:
    """The bank tells of a booking; signed by it, whatever comes twice is once."""
    at = desk()
    notices.check(settings().bank_key, request.headers, request.raw_body, at.now)
    try:
        line = notification(json.loads(request.raw_body))
    except (ValueError, Unclear) as error:
        raise BadRequest(vi="Không phải thông báo camt.054.", en="This is no camt.054.") from error
    note(bank=banking.heard(at, line))
    return Reply(status=204)


@app.listen(PaymentChanged)
def to_bank(told: PaymentChanged, _: CloudEvent) -> None:
    """What was begun and goes through the bank is sent there; what is in doubt is listed."""
    if told.kind not in TO_BANK:
        return
    cases.follow(desk(), told.payment_id)
    if told.state in BEGUN:
        note(state=banking.carry_out(desk(), told.payment_id).state.value)


@app.listen(AccountLocked)
def lock(told: AccountLocked, _: CloudEvent) -> None:
    """A locked account's money stays where it is."""
    opening.locked(desk(), told.user_id)


@app.listen(AccountUnlocked)
def unlock(told: AccountUnlocked, _: CloudEvent) -> None:
    """The lock is over."""
    opening.unlocked(desk(), told.user_id)


@app.listen(AccountErased)
def forget(told: AccountErased, _: CloudEvent) -> None:
    """The owner wants to be forgotten: money cannot leave an account nobody can enter."""
    at = desk()
    opening.locked(at, told.user_id)
    opening.erase(at, told.user_id)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    at = desk()
    handle(
        asked,
        "wallet",
        export=lambda subject: rights.export(at, subject),
        erase=lambda subject: opening.erase(at, subject),
        parts=BucketParts(),
        outbox=outbox("wallet"),
    )


@app.every(minutes=1)
def tend() -> None:
    """Ask the bank about what is in doubt; put legs into their journals."""
    at = desk()
    note(**banking.tend(at), folded=folding.fold(at.ledger))


@app.every(minutes=1440)
def close_day() -> None:
    """The day's trial balance."""
    made = auditing.trial_balance(desk(), CLOCK)
    note(total_vnd=made.total_vnd, accounts=made.accounts)
