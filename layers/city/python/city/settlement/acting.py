"""What is done about a difference. Money moves through the ledger alone, and each act may be
repeated: the ledger's own guards make the second time nothing.

    late, open with us     capture it, with the statement as evidence
    ours only              ask them; paid: wait for their next statement; certainly not paid: give
                           the payer the money back (booked) or let go of it (open); no certainty
                           after three statements: a case
    anything else          a case: two persons decide (`deciding.py`)
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from city.adapters.table import CommitConflict
from city.kernel.clock import local_date
from city.kernel.ids import NewId
from city.kernel.problems import Conflict, NotFound
from city.ledger import changes
from city.ledger.book import Ledger
from city.ledger.model import Payment, wallet_of
from city.ledger.problems import NotAllowedNow, TooMuch
from city.ledger.workflow import PAID, Proof, State
from city.settlement.matching import Action, Finding
from city.settlement.model import Difference, Handling
from city.settlement.sources import Answer, Source
from city.settlement.store import Settlements

PATIENCE = 3  # statements without a reference before a person has to look
ATTEMPTS = 5
Outcome = tuple[Handling, Action, str]
CASE = Handling.CASE, Action.OPEN_CASE


@dataclass(frozen=True, slots=True)
class Office:
    """What reconciling leans on."""

    store: Settlements
    ledger: Ledger
    now: datetime
    new_id: NewId


def handle(office: Office, side: Source, seen: Difference) -> Difference | None:
    """Do what is to be done about what a run saw, and keep how far it is; None when there is and
    was nothing to do.

    What waits for a person, and what is done, stays as it is. What agrees at last is settled.
    """
    for _ in range(ATTEMPTS):
        before, version = office.store.difference(seen.source, seen.ref)
        after = _next(office, side, before, seen)
        if after is None or after == before:
            return before
        try:
            office.store.save(after, version)
        except CommitConflict:
            continue
        return after
    raise Conflict


def _next(
    office: Office, side: Source, before: Difference | None, seen: Difference
) -> Difference | None:
    if before is None:
        if seen.action is Action.NONE:
            return None
        return _with(seen, _act(office, side, seen))
    told = before.model_copy(
        update={
            "last_run": seen.last_run, "seen": before.seen + 1, "kind": seen.kind,
            "ours_vnd": seen.ours_vnd, "theirs_vnd": seen.theirs_vnd,
            "receipt": seen.receipt or before.receipt,
        }
    )  # fmt: skip
    if seen.action is Action.NONE:
        settled = before.progress is Handling.SETTLED
        note = before.note if settled else "a later comparison agrees"
        return told.model_copy(update={"progress": Handling.SETTLED, "note": note})
    if before.progress is not Handling.OPEN:
        return told
    return _with(told, _act(office, side, told.model_copy(update={"action": seen.action})))


def _with(difference: Difference, outcome: Outcome) -> Difference:
    progress, action, note = outcome
    return difference.model_copy(update={"progress": progress, "action": action, "note": note})


def _act(office: Office, side: Source, seen: Difference) -> Outcome:
    if seen.action is Action.CAPTURE_LATE:
        return _capture(office, seen)
    if seen.action is Action.REQUERY:
        return _requery(office, side, seen)
    return *CASE, "a person has to decide"


def _capture(office: Office, seen: Difference) -> Outcome:
    try:
        changes.capture(office.ledger, seen.ref, seen.receipt, f"statement of {seen.day}")
    except NotAllowedNow as error:
        return *CASE, f"they say paid, we say {error.extra['state']}"
    return Handling.DONE, Action.CAPTURE_LATE, "captured by their statement"


def _requery(office: Office, side: Source, seen: Difference) -> Outcome:
    try:
        payment = changes.get(office.ledger, seen.ref)
    except NotFound:
        return *CASE, "an entry without a payment"
    sent_at = payment.sent_at or payment.created_at
    answer = side.ask(payment.reference, sent_at, office.now)
    if answer is Answer.NOT_PAID:
        return _undo(office, payment, Proof.NOT_FOUND)
    without = _statements(office, seen)
    if answer is Answer.NOT_KNOWN and side.absent_is_final(sent_at, without):
        return _undo(office, payment, Proof.ABSENT_IN_STATEMENT)
    if without >= PATIENCE:
        return *CASE, f"not in {without} statements; they say {answer.value}"
    return Handling.OPEN, Action.REQUERY, f"not in {without} statements; they say {answer.value}"


def _statements(office: Office, seen: Difference) -> int:
    """How many days' statements since then have come without it: this one and the later ones."""
    count, day = 1, seen.day + timedelta(days=1)
    while day < local_date(office.now):
        runs, _ = office.store.runs(day, None, 1)
        inputs = runs[0].inputs if runs else ()
        count += any(each.source == seen.source and not each.missing for each in inputs)
        day += timedelta(days=1)
    return count


def _undo(office: Office, payment: Payment, proof: Proof) -> Outcome:
    """It was certainly not paid: nobody keeps the payer's money."""
    if wallet_of(payment.source) is None:
        return *CASE, "not paid to the bank's side; nothing goes back to a wallet"
    try:
        if payment.state in PAID:
            left = payment.captured_vnd - payment.refunded_vnd
            if not left:  # given back by a function that died before it could say so
                return Handling.DONE, Action.REFUND, f"refunded: {proof.value}"
            wanted = changes.Refund(
                id=f"reconciled-{payment.id}", amount_vnd=left, reason=proof.value,
                reopens_bill=True,
            )  # fmt: skip
            changes.refund(office.ledger, payment.id, wanted)
            return Handling.DONE, Action.REFUND, f"refunded: {proof.value}"
        if payment.state is State.SENT:
            payment = changes.doubt(office.ledger, payment.id, office.now)
        changes.void(office.ledger, payment.id, proof, "reconciliation")
    except (NotAllowedNow, TooMuch, ValueError):
        return *CASE, "the payment has moved on meanwhile"
    return Handling.DONE, Action.REFUND, f"let go: {proof.value}"


def difference_of(source: str, finding: Finding, day: date, run: str) -> Difference:
    """A finding as a difference that this run is the first to see."""
    return Difference.model_validate(
        {
            **finding.model_dump(exclude={"lines"}),
            "source": source, "day": day, "progress": Handling.OPEN,
            "first_run": run, "last_run": run,
        }
    )  # fmt: skip
