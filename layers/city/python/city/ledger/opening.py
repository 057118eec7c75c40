"""Opening the ledger in this process, for the functions that stand on it."""

from city.adapters.reference import derived
from city.adapters.stores import outbox, table
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.ledger.book import Ledger
from city.ledger.limits import LimitBook

_limits = derived(LimitBook.of)


def open_ledger() -> Ledger:
    """The city's ledger under the city's limits, at the present time."""
    return Ledger(
        table=table("ledger"),
        outbox=outbox("ledger"),
        limits=_limits(),
        now=utc_now,
        new_id=new_id,
    )
