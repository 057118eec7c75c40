"""A person's box: what is put there for one event is there once."""

from datetime import datetime, timedelta
from typing import Any

from city.adapters.table import ABSENT, CommitConflict, Put, Row, Table
from city.kernel.clock import stamp

KEEP = timedelta(days=365)


def put(
    table: Table, owner: str, at: datetime, event_id: str, doc: dict[str, Any],
    keep: timedelta = KEEP,
) -> bool:  # fmt: skip
    """Put what an event of `at` says into the owner's box; whether it is new there."""
    ttl = int((at + keep).timestamp())
    try:
        table.commit(Put(Row(f"INBOX#{owner}", f"{stamp(at)}#{event_id}", doc, ttl=ttl), ABSENT))
    except CommitConflict:
        return False
    return True
