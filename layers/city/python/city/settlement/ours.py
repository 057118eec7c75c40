"""Our side, read from the ledger: a day's movements by reference, balances at its end.

A payment belongs to the day on which the other side was asked (that is when they book it), a refund
to the day on which we booked it. The ledger's reference is the payment's id.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from city.kernel.clock import HUE, local_date
from city.kernel.ids import ulid
from city.kernel.problems import NotFound
from city.ledger import changes, reading
from city.ledger.book import Ledger
from city.ledger.folding import fold, head
from city.ledger.model import ESCROW, Kind, Payment
from city.ledger.workflow import PAID, State
from city.settlement.matching import Ours, Standing
from city.settlement.model import AccountBalance

EARLIER = timedelta(days=14)  # how long before it is sent a payment may have been made
PAGE = 100
MOST_ACCOUNTS = 100_000
# Grouped in the trial balance: there are thousands, and a wallet's balance is its owner's affair.
GROUPED = ("wallet", "merchant")
ASKED = frozenset({State.SENT, State.UNKNOWN, State.CASE})


def of_biller(ledger: Ledger, biller: str, day: date) -> list[Ours]:
    """A day of one biller."""
    account = f"biller:{biller}"
    found: Counter[str] = Counter()
    standing: dict[str, Standing] = {}
    for payment in _made_between(ledger, account, day - EARLIER, day):
        if payment.kind is Kind.BILL and payment.sent_at and local_date(payment.sent_at) == day:
            found[payment.id] += payment.amount_vnd
            standing[payment.id] = stands(payment)
    for line in reading.statement(ledger, account, day, day).lines:
        if line.what == "refund":
            found[line.payment_id] += line.amount_vnd
            standing.setdefault(line.payment_id, Standing.BOOKED)
    return [
        Ours(ref=ref, amount_vnd=amount, standing=standing[ref], day=day)
        for ref, amount in found.items()
    ]


def of_bank(ledger: Ledger, day: date) -> list[Ours]:
    """A day of the guarantee account: what came in is positive. Corrections follow the bank's book
    of an earlier day."""
    found: Counter[str] = Counter()
    for line in reading.statement(ledger, ESCROW, day, day).lines:
        if line.kind is not Kind.CORRECTION:
            found[line.payment_id] -= line.amount_vnd
    return [
        Ours(ref=ref, amount_vnd=amount, standing=Standing.BOOKED, day=day)
        for ref, amount in found.items()
    ]


def of_biller_ref(ledger: Ledger, biller: str, ref: str) -> Ours | None:
    """A payment to a biller, whatever its day."""
    payment = _payment(ledger, ref)
    if payment is None or payment.target != f"biller:{biller}" or payment.sent_at is None:
        return None
    return _whole(payment, payment.amount_vnd)


def of_bank_ref(ledger: Ledger, ref: str) -> Ours | None:
    """A payment through the bank, whatever its day."""
    payment = _payment(ledger, ref)
    if payment is None or ESCROW not in (payment.source, payment.target):
        return None
    comes_in = payment.source == ESCROW
    return _whole(payment, payment.debit_vnd if comes_in else -payment.credit_vnd)


def _payment(ledger: Ledger, ref: str) -> Payment | None:
    try:
        return changes.get(ledger, ref)
    except NotFound:
        return None


def _whole(payment: Payment, amount_vnd: int) -> Ours:
    day = local_date(payment.sent_at or payment.created_at)
    return Ours(ref=payment.id, amount_vnd=amount_vnd, standing=stands(payment), day=day)


def stands(payment: Payment) -> Standing:
    """How a payment stands for the comparison."""
    if payment.state in PAID:
        return Standing.BOOKED
    return Standing.OPEN if payment.state in ASKED else Standing.UNDONE


def _made_between(ledger: Ledger, account: str, first: date, last: date) -> Iterator[Payment]:
    """Payments from and to an account that were made on some days, newest first: their ids are
    in order of time."""
    after: str | None = ulid(_midnight(last + timedelta(days=1)), 0)
    oldest = ulid(_midnight(first), 0)
    while after is not None:
        page, after = reading.history(ledger, account, limit=PAGE, after=after)
        for payment in page:
            if payment.id < oldest:
                return
            yield payment


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), HUE)


def trial_balance(ledger: Ledger, day: date) -> list[AccountBalance]:
    """What every account holds at the end of a day, wallets and merchants as one line each.

    Raises:
        RuntimeError: more accounts than this is made for.
    """
    fold(ledger)
    held: Counter[str] = Counter()
    many: Counter[str] = Counter()
    for account in _accounts(ledger):
        kind = account.partition(":")[0]
        line = f"{kind}:*" if kind in GROUPED else account
        held[line] += closing(ledger, account, day)
        many[line] += 1
    return [
        AccountBalance(
            account=line,
            accounts=many[line],
            debit_vnd=max(-amount, 0),
            credit_vnd=max(amount, 0),
        )
        for line, amount in sorted(held.items())
        if amount
    ]


def _accounts(ledger: Ledger) -> Iterator[str]:
    seen, after = 0, None
    while True:
        page, after = reading.accounts(ledger, limit=PAGE, after=after)
        seen += len(page)
        if seen > MOST_ACCOUNTS:
            raise RuntimeError(f"more than {MOST_ACCOUNTS} accounts")
        yield from page
        if after is None:
            return


def closing(ledger: Ledger, account: str, day: date) -> int:
    """What an account held at the end of a day; most have not moved since."""
    end = head(ledger, account)
    if end.day <= f"{day:%Y-%m-%d}":
        return end.balance_vnd
    return reading.statement(ledger, account, day, day).closing_vnd
