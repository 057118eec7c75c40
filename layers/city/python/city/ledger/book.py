"""The ledger's rows, and how a change of them is put together and committed.

| pk | sk | row |
|---|---|---|
| `W#<wallet>` | `A` | counters `avail`, `held`: changed by bounded additions only |
| `W#<wallet>` | `S` | the wallet: owner, status |
| `W#<wallet>` | `SPENDS`, `TAKES` | there while money may leave, may come |
| `OWN#<owner>` | `W` | a person's wallet |
| `P#<payment>` | `A` | the payment; the row's version is its `sequence` |
| `P#<payment>` | `J#<no>`, `R#<refund>` | its entries, never changed; its refunds by id |
| `B#<biller>#<bill>` | `A` | whose payment has the bill: there is one at most |
| `B#<biller>#<bill>` | `PARTS` | counter `vnd`: what its payments come to, where parts are taken |
| `ONCE#<what>` | `A` | what is good once (a dynamic code, a bank's reference) |
| `K#<digest>` | `A` | a client's key: what it came with, which payment it made |
| `L#<wallet>` | `<period>#<class>` | counter `spent`: what counts in a limit |
| `F#<shard>` | `<account>#<time>#<payment>#<no>` | legs not yet in their account's journal |
| `A#<account>` | `HEAD`, `E#<seq>`, `D#<day>` | its journal: the end, lines, first of a day |
| `ACCOUNTS` | `<account>` | accounts that have a journal |
| `H#<account>` | `<payment>` | payments from or to an account, by time |
| `DUE#<kind>#<shard>` | `<time>#<payment>` | when the clock looks at it next |
| `BY#<account>` | | who froze another's wallet or let it go: see `city.adapters.acts` |
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, CommitConflict, Delete, Operation, Put, Row, Table
from city.contracts.envelope import Announcement
from city.contracts.ledger import PaymentChanged
from city.kernel.clock import Clock, stamp
from city.kernel.ids import NewId
from city.kernel.problems import Conflict
from city.ledger.limits import LimitBook
from city.ledger.model import ESCROW, IN_TRANSIT, Entry, Kind, Leg, Payment, as_doc

FOLD_SHARDS = 16
DUE_SHARDS = 4
ATTEMPTS = 8
Why = Callable[[], Exception]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything a change of the ledger leans on."""

    table: Table
    outbox: Outbox
    limits: LimitBook
    now: Clock
    new_id: NewId


class Declined(Exception):
    """Conditions did not hold; `whys` are the reasons, in the plan's order."""

    def __init__(self, whys: list[Why]) -> None:
        self.whys = whys


@dataclass(slots=True)
class Plan:
    """Operations of one commit; each that carries a condition says what it means if it fails."""

    operations: list[Operation] = field(default_factory=list)
    whys: list[Why] = field(default_factory=list)
    events: list[Announcement] = field(default_factory=list)

    def add(self, operation: Operation, why: Why = Conflict) -> None:
        """One more operation."""
        self.operations.append(operation)
        self.whys.append(why)

    def commit(self, ledger: Ledger) -> None:
        """All or nothing.

        Raises:
            Declined: nothing has happened.
        """
        at = ledger.now()
        said = [(ledger.new_id(at), each, at) for each in self.events]
        try:
            ledger.outbox.commit(self.operations, said)
        except CommitConflict as conflict:
            raise Declined([self._why(i) for i in conflict.failed]) from conflict

    def _why(self, at: int) -> Why:
        return self.whys[at] if at < len(self.whys) else Conflict  # else: an event's own row


def payment_row(payment: Payment) -> Row:
    """A payment as its row."""
    return Row(f"P#{payment.id}", "A", as_doc(payment), version=payment.sequence)


def read_payment(table: Table, payment_id: str) -> Payment | None:
    """A payment, or None."""
    row = table.get(f"P#{payment_id}", "A")
    return Payment.model_validate(row.doc) if row else None


def due_key(payment: Payment) -> tuple[str, str] | None:
    """Where the clock finds it, if it has to look at all."""
    if payment.due_at is None:
        return None
    shard = crc32(payment.id.encode()) % DUE_SHARDS
    return f"DUE#{payment.kind.value}#{shard}", f"{stamp(payment.due_at)}#{payment.id}"


def keep(plan: Plan, before: Payment | None, after: Payment, at: datetime) -> None:
    """Write a payment, what the clock and histories read of it, and the event of its change."""
    plan.add(Put(payment_row(after), before.sequence if before else ABSENT))
    old, new = before and due_key(before), due_key(after)
    if old and old != new:
        plan.add(Delete(*old))
    if new and old != new:
        plan.add(Put(Row(*new)))
    if before is None:
        for account in {after.source, after.target} - {ESCROW}:
            plan.add(Put(Row(f"H#{account}", after.id)))
    plan.events.append(
        PaymentChanged(
            payment_id=after.id,
            sequence=after.sequence,
            kind=after.kind.value,
            state=after.state.value,
            owner=after.owner,
            source=after.source,
            target=after.target,
            amount_vnd=after.amount_vnd,
            fee_vnd=after.fee_vnd,
            refunded_vnd=after.refunded_vnd,
            autopay=bool(after.facts.get("autopay")),
            at=at,
        )
    )


def fold_shard(account: str) -> int:
    """In which shard an account's legs wait."""
    return crc32(account.encode()) % FOLD_SHARDS


def book(plan: Plan, payment: Payment, entry: Entry) -> None:
    """Write an entry and leave each leg for its account's journal. Appended only: an account that
    thousands pay into at once is no row that they would wait for."""
    plan.add(Put(Row(f"P#{payment.id}", f"J#{entry.no:04}", as_doc(entry)), ABSENT))
    for leg in entry.legs:
        others = sorted(one.account for one in entry.legs if one.account != leg.account)
        doc = {
            "payment_id": payment.id,
            "no": entry.no,
            "what": entry.what,
            "kind": payment.kind.value,
            "amount_vnd": leg.amount_vnd,
            "at": stamp(entry.at),
            "other": next((o for o in others if not o.startswith("fee:")), others[0]),
            "memo": payment.memo,
        }
        sk = f"{leg.account}#{stamp(entry.at)}#{payment.id}#{entry.no:04}"
        plan.add(Put(Row(f"F#{fold_shard(leg.account)}", sk, doc), ABSENT))


def paying_legs(payment: Payment, target: str) -> tuple[Leg, ...]:
    """What changes hands when a payment is made. A payout is in transit since it began."""
    source = IN_TRANSIT if payment.kind is Kind.PAYOUT else payment.source
    legs = [Leg(account=source, amount_vnd=-payment.debit_vnd)]
    legs.append(Leg(account=target, amount_vnd=payment.credit_vnd))
    if payment.fee_vnd:
        legs.append(Leg(account=payment.fee_account, amount_vnd=payment.fee_vnd))
    return tuple(legs)
