"""The clock's part: what was never sent expires; what lost its worker is in doubt. What is in doubt
is asked about by the unit that knows whom to ask, and is never ended by the clock."""

from collections.abc import Sequence

from city.ledger.book import Ledger
from city.ledger.changes import doubt, void
from city.ledger.model import Kind, Payment
from city.ledger.problems import NotAllowedNow
from city.ledger.reading import overdue
from city.ledger.workflow import Proof, State

AT_MOST = 100  # in one run: it must end well inside its minute


def sweep(ledger: Ledger, kinds: Sequence[Kind]) -> list[Payment]:
    """End what has expired, doubt what lost its worker; the payments now to be asked about."""
    to_ask: list[Payment] = []
    for payment in overdue(ledger, kinds, AT_MOST):
        try:
            if payment.state in (State.CREATED, State.HELD):
                void(ledger, payment.id, Proof.NEVER_SENT, "expired")
            elif payment.state is State.SENT:
                to_ask.append(doubt(ledger, payment.id, ledger.now()))
            elif payment.state is State.UNKNOWN:
                to_ask.append(payment)
        except NotAllowedNow:
            continue  # its worker came back in the meantime
    return to_ask
