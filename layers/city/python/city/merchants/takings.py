"""Rows of the table `merchants` about money. The money itself moves in the ledger alone.

M#<id>      SALE#<day>#<time>#<payment>   what was sold
            BACK#<day>#<time>#<refund>    what went back, as the day's file has it
            REFUND#<refund>               a refund and how far it is
            DAY#<day>                     counters of a day
            SETTLED#<day>                 its settlement; once there, the day takes no more lines
            TAKINGS                       counter: not yet paid out or given back
P#<payment> P                             where a payment's sale lies
SOLD#<day>  <merchant>                    who has something to settle
PENDING     <merchant>#<refund>           refunds under way
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from city.adapters.outbox import Outbox
from city.adapters.table import (
    ABSENT,
    Add,
    Check,
    CommitConflict,
    Delete,
    Operation,
    Put,
    Row,
    Table,
)
from city.kernel.clock import local_date, stamp
from city.merchants.model import Figures, Refund, RefundState, Sale, Settlement, TakingsTooSmall
from city.merchants.store import Event

CODE_KEEP = timedelta(days=2)
CHUNK = 500
ATTEMPTS = 5
TAKINGS = "TAKINGS"


class DayClosed(Exception):
    """The day is settled: the line belongs to a later one."""


class Takings:
    """What shops sold and what went back."""

    def __init__(self, table: Table, outbox: Outbox) -> None:
        self._table, self._outbox = table, outbox

    def record(self, sale: Sale, events: list[Event]) -> None:
        """Keep a sale, count it, and mark its code as paid.

        Raises:
            DayClosed: its day is settled. CommitConflict: it was recorded before.
        """
        counters = {"sales": 1, "sold_vnd": sale.amount_vnd, "fee_vnd": sale.fee_vnd}
        operations: list[Operation] = [
            _open(sale.merchant, sale.day),
            Put(Row(f"P#{sale.payment}", "P", _where(sale)), ABSENT),
            Put(_sale(sale, 1), ABSENT),
            *_counted(sale.merchant, sale.day, counters, sale.amount_vnd),
        ]
        if sale.code:
            ttl = int((sale.at + CODE_KEEP).timestamp())
            paid = Row(f"Q#{sale.code}", "PAID", {"payment": sale.payment}, ttl=ttl)
            operations.append(Put(paid))
        self._commit(operations, events)

    def _commit(self, operations: list[Operation], events: list[Event]) -> None:
        """The first operation is the day's: if it fails, that is why."""
        try:
            self._outbox.commit(operations, events)
        except CommitConflict as error:
            if 0 in error.failed:
                raise DayClosed from error
            raise

    def sale(self, payment: str) -> tuple[Sale, int] | None:
        """The sale that a payment was, and its version."""
        found = self._table.get(f"P#{payment}", "P")
        row = self._table.get(f"M#{found.doc['merchant']}", found.doc["sk"]) if found else None
        return (Sale.model_validate(row.doc), row.version) if row else None

    def sales(
        self, merchant_id: str, after: str | None, limit: int
    ) -> tuple[list[Sale], str | None]:
        """What was sold, newest day first."""
        rows, more = self._table.query(
            f"M#{merchant_id}", prefix="SALE#", after=after, limit=limit, reverse=True
        )
        return [Sale.model_validate(row.doc) for row in rows], more

    def lines(self, merchant_id: str, day: date) -> Iterator[Sale | Refund]:
        """A day's sales, then its refunds."""
        for prefix, model in ((f"SALE#{day}#", Sale), (f"BACK#{day}#", Refund)):
            after: str | None = None
            while True:
                rows, after = self._table.query(
                    f"M#{merchant_id}", prefix=prefix, after=after, limit=CHUNK
                )
                for row in rows:
                    yield model.model_validate(row.doc)
                if after is None:
                    break

    def figures(self, merchant_id: str, day: date) -> Figures:
        """The counters of a day."""
        row = self._table.get(f"M#{merchant_id}", f"DAY#{day}")
        return Figures.model_validate(dict(row.counters)) if row else Figures()

    def unpaid_vnd(self, merchant_id: str) -> int:
        """What a shop has taken and not yet been paid or given back."""
        row = self._table.get(f"M#{merchant_id}", TAKINGS)
        return row.counters.get("vnd", 0) if row else 0

    def refund(self, merchant_id: str, refund_id: str) -> tuple[Refund, int] | None:
        """A refund and its version."""
        row = self._table.get(f"M#{merchant_id}", f"REFUND#{refund_id}")
        return (Refund.model_validate(row.doc), row.version) if row else None

    def refunds(
        self, merchant_id: str, after: str | None, limit: int
    ) -> tuple[list[Refund], str | None]:
        """What went back or waits, newest first."""
        rows, more = self._table.query(
            f"M#{merchant_id}", prefix="REFUND#", after=after, limit=limit, reverse=True
        )
        return [Refund.model_validate(row.doc) for row in rows], more

    def wait(self, refund: Refund, acts: Sequence[Put]) -> None:
        """Keep a refund that waits for the owner, and whose act it was.

        Raises:
            CommitConflict: there is one with this id.
        """
        self._table.commit(Put(_refund(refund, 1), ABSENT), *acts)

    def approve(self, refund: Refund, expect: int, acts: Sequence[Put]) -> None:
        """Set the money aside: from here the refund is carried out, whoever dies.

        Raises:
            TakingsTooSmall: the shop has not taken so much. CommitConflict: somebody was faster.
        """
        taken = {"vnd": -refund.amount_vnd}
        operations: list[Operation] = [
            Put(_refund(refund, max(expect, 0) + 1), expect),
            Add(f"M#{refund.merchant}", TAKINGS, taken, floor={"vnd": 0}),
            Put(Row("PENDING", f"{refund.merchant}#{refund.id}", {"at": stamp(refund.at)})),
            *acts,
        ]
        try:
            self._table.commit(*operations)
        except CommitConflict as error:
            if error.failed == (1,):
                raise TakingsTooSmall(amount=refund.amount_vnd) from error
            raise

    def refuse(self, refund: Refund, expect: int, acts: Sequence[Put] = ()) -> None:
        """It comes to nothing; what was set aside for it is the shop's again.

        Raises:
            CommitConflict: somebody was faster.
        """
        before = self.refund(refund.merchant, refund.id)
        operations: list[Operation] = [Put(_refund(refund, expect + 1), expect), *acts]
        if before and before[0].state is RefundState.APPROVED:
            operations.append(Add(f"M#{refund.merchant}", TAKINGS, {"vnd": refund.amount_vnd}))
            operations.append(Delete("PENDING", f"{refund.merchant}#{refund.id}"))
        self._table.commit(*operations)

    def done(
        self, refund: Refund, expect: int, sale: Sale, version: int, events: list[Event]
    ) -> None:
        """Keep a refund that is done, what is left of its sale, and count it.

        Raises:
            DayClosed: its day is settled. CommitConflict: recorded before, or the sale changed.
        """
        if refund.done_at is None or refund.day is None:
            raise ValueError(refund.state)
        counters = {
            "refunds": 1,
            "refunded_vnd": refund.amount_vnd,
            "fee_vnd": -refund.fee_back_vnd,
        }
        back = f"BACK#{refund.day}#{stamp(refund.done_at)}#{refund.id}"
        doc = refund.model_dump(mode="json")
        self._commit(
            [
                _open(refund.merchant, refund.day),
                Put(_refund(refund, expect + 1), expect),
                Put(_sale(sale, version + 1), version),
                Put(Row(f"M#{refund.merchant}", back, doc), ABSENT),
                *_counted(refund.merchant, refund.day, counters, 0),
                Delete("PENDING", f"{refund.merchant}#{refund.id}"),
            ],
            events,
        )

    def pending(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """Refunds that were begun before a moment and are not done: shop and id."""
        rows, _ = self._table.query("PENDING", limit=limit)
        old = [row.sk for row in rows if row.doc["at"] < stamp(before)]
        return [(key.partition("#")[0], key.partition("#")[2]) for key in old]

    def to_settle(self, day: date, limit: int) -> list[str]:
        """Shops with something to settle on a day."""
        rows, _ = self._table.query(f"SOLD#{day}", limit=limit)
        return [row.sk for row in rows]

    def settlement(self, merchant_id: str, day: date) -> tuple[Settlement, int] | None:
        """A day's settlement and its version."""
        row = self._table.get(f"M#{merchant_id}", f"SETTLED#{day}")
        return (Settlement.model_validate(row.doc), row.version) if row else None

    def settlements(
        self, merchant_id: str, after: str | None, limit: int
    ) -> tuple[list[Settlement], str | None]:
        """Settled days, newest first."""
        rows, more = self._table.query(
            f"M#{merchant_id}", prefix="SETTLED#", after=after, limit=limit, reverse=True
        )
        return [Settlement.model_validate(row.doc) for row in rows], more

    def step(self, after: Settlement, expect: int, events: list[Event]) -> None:
        """Keep a settlement's next step; nothing else changes.

        Raises:
            CommitConflict: somebody was faster.
        """
        self._outbox.commit([Put(_settlement(after, expect), expect)], events)

    def file(self, after: Settlement, expect: int, today: date, events: list[Event]) -> None:
        """Keep what a day comes to: its payout is set aside, what is left goes on to `today`.

        Raises:
            CommitConflict: somebody was faster, or a refund took of the takings meanwhile.
        """
        where = f"M#{after.merchant}"
        operations: list[Operation] = [
            Put(_settlement(after, expect), expect),
            Delete(f"SOLD#{after.day}", after.merchant),
        ]
        if after.gross_vnd:
            taken = {"vnd": -after.gross_vnd}
            operations.append(Add(where, TAKINGS, taken, floor={"vnd": 0}))
        if after.carried_vnd or after.carried_fee_vnd:
            counters = {"carried_vnd": after.carried_vnd, "fee_vnd": after.carried_fee_vnd}
            operations += [
                _open(after.merchant, today),
                *_counted(after.merchant, today, counters, 0),
            ]
        self._outbox.commit(operations, events)

    def came_back(self, after: Settlement, expect: int, today: date) -> None:
        """A payout that the bank did not make: it is due again.

        Raises:
            CommitConflict: recorded before, or the day was settled meanwhile.
        """
        counters = {"carried_vnd": after.gross_vnd, "fee_vnd": after.fee_vnd}
        self._table.commit(
            Put(_settlement(after, expect), expect),
            _open(after.merchant, today),
            *_counted(after.merchant, today, counters, after.gross_vnd),
        )


def booking_day(takings: Takings, merchant_id: str, at: datetime, now: datetime) -> date:
    """The day whose file a line goes into: its own, or today when that one is settled."""
    own = local_date(at)
    return local_date(now) if takings.settlement(merchant_id, own) else own


def _open(merchant_id: str, day: date) -> Check:
    return Check(f"M#{merchant_id}", f"SETTLED#{day}", ABSENT)


def _counted(
    merchant_id: str, day: date, counters: dict[str, int], takings_vnd: int
) -> list[Operation]:
    counted: list[Operation] = [
        Add(f"M#{merchant_id}", f"DAY#{day}", counters),
        Put(Row(f"SOLD#{day}", merchant_id)),
    ]
    if takings_vnd:
        counted.append(Add(f"M#{merchant_id}", TAKINGS, {"vnd": takings_vnd}))
    return counted


def _where(sale: Sale) -> dict[str, str]:
    return {"merchant": sale.merchant, "sk": _sale(sale, 1).sk}


def _sale(sale: Sale, version: int) -> Row:
    key = f"SALE#{sale.day}#{stamp(sale.at)}#{sale.payment}"
    return Row(f"M#{sale.merchant}", key, sale.model_dump(mode="json"), version=version)


def _refund(refund: Refund, version: int) -> Row:
    doc = refund.model_dump(mode="json")
    return Row(f"M#{refund.merchant}", f"REFUND#{refund.id}", doc, version=version)


def _settlement(after: Settlement, expect: int) -> Row:
    return Row(
        f"M#{after.merchant}",
        f"SETTLED#{after.day}",
        after.model_dump(mode="json"),
        version=max(expect, 0) + 1,
    )
