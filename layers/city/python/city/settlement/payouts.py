"""Paying billers what both books agree on: a payout of the ledger for each day, once.

What is agreed is the sum of the statement's lines that our books have too, money included. A later
run that agrees on more begins a payout of the rest. No more leaves a biller's account than is in
it: a day of refunds comes off the next.
"""

from datetime import date, timedelta

from city.adapters.table import CommitConflict
from city.kernel.problems import Conflict
from city.ledger import changes, payments
from city.ledger.folding import fold_account
from city.ledger.model import ESCROW, ClientKey, Kind, Order, Payment
from city.ledger.workflow import PAID
from city.settlement.acting import ATTEMPTS, Office
from city.settlement.matching import Action, Comparison, Finding
from city.settlement.model import ThreeWay
from city.settlement.sources import BILLER
from city.settlement.store import PaidOut

LIFE = timedelta(days=3)
AGREEING = frozenset({Comparison.MATCHED, Comparison.LATE})


def agreed_vnd(office: Office, findings: list[Finding]) -> int:
    """What both books have, of one statement."""
    return sum(f.theirs_vnd or 0 for f in findings if f.lines and _agreed(office, f))


def _agreed(office: Office, finding: Finding) -> bool:
    if finding.kind not in AGREEING:
        return False
    if finding.action is not Action.CAPTURE_LATE:
        return True
    return changes.get(office.ledger, finding.ref).state in PAID


def pay_biller(office: Office, biller: str, day: date, agreed: int) -> PaidOut:
    """Begin the payout of what is agreed on for a day and was not begun yet.

    Raises:
        Conflict: somebody else is at it.
    """
    for _ in range(ATTEMPTS):
        paid, version = office.store.paid_out(f"{BILLER}{biller}", day)
        key = ClientKey(
            principal="settlement", route="pay_biller", key=f"{biller}-{day}-{paid.total_vnd}"
        )
        # Begun by a function that died before it could say so, or begun now.
        begun = payments.find(office.ledger, key) or _begin(office, biller, day, agreed, paid, key)
        if begun is None:
            return paid
        told = PaidOut(
            total_vnd=paid.total_vnd + begun.amount_vnd, payments=(*paid.payments, begun.id)
        )
        try:
            office.store.pay_out(f"{BILLER}{biller}", day, told, version)
        except CommitConflict:
            continue
        return told
    raise Conflict


def _begin(
    office: Office, biller: str, day: date, agreed: int, paid: PaidOut, key: ClientKey
) -> Payment | None:
    account = f"biller:{biller}"
    due = min(agreed - paid.total_vnd, fold_account(office.ledger, account).balance_vnd)
    if due <= 0:
        return None
    order = Order(
        kind=Kind.PAYOUT,
        owner=None,
        source=account,
        target=ESCROW,
        amount_vnd=due,
        key=key,
        expires_at=office.now + LIFE,
        memo=f"{biller} {day}",
        facts={"payee": biller},
    )
    return payments.begin(office.ledger, order)


def three_way(
    office: Office, biller: str, findings: list[Finding], agreed: int, paid: PaidOut
) -> ThreeWay:
    """The day in three books."""
    made = [changes.get(office.ledger, each) for each in paid.payments]
    return ThreeWay(
        biller=biller,
        ours_vnd=sum(f.ours_vnd or 0 for f in findings),
        theirs_vnd=sum(f.theirs_vnd or 0 for f in findings),
        agreed_vnd=agreed,
        payouts=paid.payments,
        payout_vnd=paid.total_vnd,
        bank_paid_vnd=sum(each.credit_vnd for each in made if each.state in PAID),
    )
