"""Rows of the table `privacy`.

U#<person>   CONSENT#<purpose>      the newest receipt; RECEIPT#<id> every one
U#<person>   SEEN#<time>#<id>       who looked
U#<person>   REQ#<id>               their requests; OPEN#<kind> the open one of a kind
R#<id>       REQUEST                the request itself
REQUESTS     <id>                   all, for the officer
WORKING      <id>                   those that wait for holders
"""

from datetime import datetime, timedelta

from city.adapters.outbox import Outbox
from city.adapters.table import (
    ABSENT,
    CommitConflict,
    Delete,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.contracts.envelope import Announcement
from city.contracts.privacy import DataSeen
from city.kernel.clock import stamp
from city.privacy.model import DataRequestRecord, Receipt, Seen

SEEN_KEEP = timedelta(days=730)
OPEN = ("received", "working")


class Privacy:
    """The table of rights."""

    def __init__(self, table: Table, outbox: Outbox) -> None:
        self._table, self._outbox = table, outbox

    def consent(self, subject: str, purpose: str) -> tuple[Receipt | None, int]:
        """The newest receipt of a purpose, and its row's version."""
        row = self._table.get(f"U#{subject}", f"CONSENT#{purpose}")
        return (Receipt.model_validate(row.doc), row.version) if row else (None, ABSENT)

    def consents(self, subject: str) -> list[Receipt]:
        """The newest receipt of every purpose."""
        rows = everything(self._table, f"U#{subject}", prefix="CONSENT#")
        return [Receipt.model_validate(row.doc) for row in rows]

    def receipts(self, subject: str) -> list[Receipt]:
        """Every receipt there ever was."""
        rows = everything(self._table, f"U#{subject}", prefix="RECEIPT#")
        return [Receipt.model_validate(row.doc) for row in rows]

    def receipt(self, subject: str, receipt_id: str) -> Receipt | None:
        """One receipt."""
        row = self._table.get(f"U#{subject}", f"RECEIPT#{receipt_id}")
        return Receipt.model_validate(row.doc) if row else None

    def save_receipt(
        self,
        subject: str,
        receipt: Receipt,
        version: int,
        event: tuple[str, Announcement, datetime],
    ) -> None:
        """Keep a receipt as the newest of its purpose and say so.

        Raises:
            CommitConflict: it changed in the meantime.
        """
        doc = receipt.model_dump(mode="json")
        newest = Row(f"U#{subject}", f"CONSENT#{receipt.purpose}", doc, version=max(version, 0) + 1)
        self._outbox.commit(
            [Put(newest, version), Put(Row(f"U#{subject}", f"RECEIPT#{receipt.id}", doc))], [event]
        )

    def saw(self, seen: DataSeen) -> bool:
        """Keep who looked, once."""
        doc = Seen.model_validate(seen.model_dump()).model_dump(mode="json")
        row = Row(
            f"U#{seen.subject}",
            f"SEEN#{stamp(seen.at)}#{seen.seen_id}",
            doc,
            ttl=int((seen.at + SEEN_KEEP).timestamp()),
        )
        try:
            self._table.commit(Put(row, ABSENT))
        except CommitConflict:
            return False
        return True

    def seen(self, subject: str, after: str | None, limit: int) -> tuple[list[Seen], str | None]:
        """Who looked, newest first."""
        rows, more = self._table.query(
            f"U#{subject}", prefix="SEEN#", after=after, limit=limit, reverse=True
        )
        return [Seen.model_validate(row.doc) for row in rows], more

    def request(self, request_id: str) -> tuple[DataRequestRecord, int] | None:
        """A request and its version."""
        row = self._table.get(f"R#{request_id}", "REQUEST")
        return (DataRequestRecord.model_validate(row.doc), row.version) if row else None

    def requests_of(self, subject: str) -> list[DataRequestRecord]:
        """A person's requests, newest first."""
        rows = everything(self._table, f"U#{subject}", prefix="REQ#")
        return self._records([row.sk.removeprefix("REQ#") for row in reversed(rows)])

    def all(self, after: str | None, limit: int) -> tuple[list[DataRequestRecord], str | None]:
        """Everybody's requests, newest first."""
        rows, more = self._table.query("REQUESTS", after=after, limit=limit, reverse=True)
        return self._records([row.sk for row in rows]), more

    def working(self) -> list[DataRequestRecord]:
        """Requests that wait for holders."""
        return self._records([row.sk for row in everything(self._table, "WORKING")])

    def _records(self, ids: list[str]) -> list[DataRequestRecord]:
        found = self._table.get_many([(f"R#{i}", "REQUEST") for i in ids])
        return [
            DataRequestRecord.model_validate(found[key].doc)
            for i in ids
            if (key := (f"R#{i}", "REQUEST")) in found
        ]

    def save(
        self,
        record: DataRequestRecord,
        version: int,
        events: list[tuple[str, Announcement, datetime]],
    ) -> None:
        """Keep a request with its places in the lists, and say what is to be said.

        Raises:
            CommitConflict: it changed in the meantime, or another of its kind is open.
        """
        doc = record.model_dump(mode="json")
        pk = f"U#{record.subject}"
        operations: list[Operation] = [
            Put(Row(f"R#{record.id}", "REQUEST", doc, version=max(version, 0) + 1), version)
        ]
        if version == ABSENT:
            operations += [
                Put(Row(pk, f"REQ#{record.id}"), ABSENT),
                Put(Row(pk, f"OPEN#{record.kind}", {"id": record.id}), ABSENT),
                Put(Row("REQUESTS", record.id), ABSENT),
            ]
        if record.state == "working":
            operations.append(Put(Row("WORKING", record.id)))
        elif version != ABSENT:
            operations.append(Delete("WORKING", record.id))
        if record.state not in OPEN:
            operations.append(Delete(pk, f"OPEN#{record.kind}"))
        self._outbox.commit(operations, events)
