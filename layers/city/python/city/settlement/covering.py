"""Whether the guarantee account covers the wallets, at the midnight that ends a day.

Two books are compared, and neither is wrong about what is between them: the bank has paid out what
is still set aside in a wallet here, or has yet to book what it told us is settled. Each such item
counts once, on the side that had not booked it by then; what neither had booked counts as the
wallet's in both. Only that is allowed for: an amount that differs, a payment that was let go and
paid, a line of nobody's are differences, and stay in the comparison as they are.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta

from city.kernel.clock import local_date
from city.ledger import reading
from city.ledger.book import Ledger, read_payment
from city.ledger.model import ESCROW, Kind, Payment, suspended, wallet_of
from city.ledger.workflow import PAID
from city.settlement.matching import Theirs
from city.settlement.model import AccountBalance, Cover, InFlight
from city.settlement.ours import ASKED
from city.settlement.sources import NoStatement, Source

BACK = 5  # days that are looked through; the bank's silence is a case after two
OLDEST = 14  # days: what was sent before that is no longer between the books
PATIENCE = 3  # days for which the bank may owe us a booking that it said was made
SHOWN = 100
_SUSPENSE = suspended("")


def cover(
    ledger: Ledger,
    bank: Source | None,
    day: date,
    balances: list[AccountBalance],
    said: tuple[int, Iterable[Theirs]] | None,
) -> Cover:
    """The cover at the end of a day. `said` is the bank's closing balance and its lines of the day;
    without them our own book of the guarantee account is compared, in which nothing is between."""
    held = {each.account: each.credit_vnd - each.debit_vnd for each in balances}
    booked, wallets = -held.get(ESCROW, 0), held.get("wallet:*", 0)
    if said is None or bank is None:
        return Cover(escrow_vnd=booked, booked_vnd=booked, wallets_vnd=wallets)
    closing, lines = said
    items = _in_flight(ledger, bank, day, lines)
    ours = [each for each in items if each.side == "ours"]
    theirs = [each for each in items if each.side == "bank"]
    return Cover(
        escrow_vnd=closing,
        booked_vnd=booked,
        wallets_vnd=wallets,
        bank_to_book_vnd=sum(each.amount_vnd for each in ours),
        we_to_book_vnd=sum(each.amount_vnd for each in theirs),
        wallets_to_book_vnd=sum(each.amount_vnd for each in theirs if each.wallet),
        in_flight=tuple(items[:SHOWN]),
        in_flight_count=len(items),
    )


def _in_flight(ledger: Ledger, bank: Source, day: date, lines: Iterable[Theirs]) -> list[InFlight]:
    """What exactly one side had booked by the end of a day, by reference."""
    first, oldest = day - timedelta(days=BACK), day - timedelta(days=OLDEST)
    mine = _booked(ledger, first, day)
    payments = {ref: read_payment(ledger.table, ref) for ref in mine}
    sent = [max(_sent_on(payment), oldest) for payment in payments.values() if payment]
    theirs = Counter[str]()
    for line in [*lines, *_earlier(bank, min([first, *sent]), day)]:
        theirs[line.ref] += line.amount_vnd
        if line.ref not in payments:
            payments[line.ref] = read_payment(ledger.table, line.ref)
    found = []
    for ref, payment in sorted(payments.items()):
        item = payment and _item(payment, mine[ref], theirs[ref], first, day)
        if item:
            found.append(item)
    return found


def _booked(ledger: Ledger, first: date, day: date) -> Counter[str]:
    """Our book of the guarantee account by reference, in positive; a correction stands for what it
    corrects."""
    found = Counter[str]()
    for line in reading.statement(ledger, ESCROW, first, day).lines:
        ref = line.payment_id
        if line.kind is Kind.CORRECTION:
            made = read_payment(ledger.table, ref)
            once = made.once if made and made.once else ""
            ref = once.removeprefix(_SUSPENSE) if once.startswith(_SUSPENSE) else ref
        found[ref] -= line.amount_vnd
    return found


def _earlier(bank: Source, first: date, day: date) -> Iterable[Theirs]:
    """The bank's lines of the days before. A statement that is not there leaves its lines among
    what is not explained."""
    while first < day:
        with suppress(NoStatement):
            yield from bank.statement(first).rows
        first += timedelta(days=1)


def _sent_on(payment: Payment) -> date:
    return local_date(payment.sent_at or payment.created_at)


def _item(payment: Payment, mine: int, theirs: int, first: date, day: date) -> InFlight | None:
    captured = local_date(payment.captured_at) if payment.captured_at else None
    if theirs and not mine:
        before = captured is not None and captured < first  # booked here before those days
        if before or payment.state not in ASKED | PAID:
            return None
        return _made(payment, theirs, "bank")
    if mine and not theirs:
        follows = payment.kind is Kind.CORRECTION  # the bank's book, of whatever day
        if follows or _sent_on(payment) < day - timedelta(days=OLDEST):
            return None
        waits = captured is not None and (day - captured).days < PATIENCE
        # What the bank owes us counts for a while; what it has yet to pay out, for ever.
        return _made(payment, mine, "ours") if waits or mine < 0 else None
    return None


def _made(payment: Payment, amount_vnd: int, side: str) -> InFlight:
    person = payment.source if payment.kind is Kind.CASH_OUT else payment.target
    return InFlight.model_validate(
        {
            "ref": payment.id, "kind": payment.kind.value, "side": side, "amount_vnd": amount_vnd,
            "wallet": wallet_of(person) is not None,
        }
    )  # fmt: skip
