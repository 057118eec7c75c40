"""Accounts' own journals: legs are appended by payments, and put in order here.

A leg waits in its shard until a fold moves it to the end of its account's journal, hash-linked to
the line before. One commit takes the leg away, writes the line and moves the end: whoever folds at
the same time, or again, finds the end moved and stops. Run by the clock, and before a statement.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from city.adapters.table import ABSENT, CommitConflict, Delete, Operation, Put, Row
from city.kernel.clock import local_date
from city.kernel.problems import Conflict
from city.ledger.book import FOLD_SHARDS, Ledger, fold_shard
from city.ledger.model import Head, Line, as_doc

LEGS = 40  # in one commit: two operations each, with the end, a day's mark and a new account's row
WAITING = 1000  # read from one shard in one run
ROUNDS = 1000


def fold(ledger: Ledger, shards: Iterable[int] = range(FOLD_SHARDS)) -> int:
    """Put what waits into its journals; how many legs."""
    done = 0
    for shard in shards:
        waiting, _ = ledger.table.query(f"F#{shard}", limit=WAITING)
        for account, rows in groupby(waiting, key=_account):
            done += _fold(ledger, account, list(rows))
    return done


def fold_account(ledger: Ledger, account: str) -> Head:
    """One account's journal, complete as of now, also if others fold it meanwhile.

    Raises:
        Conflict: it never comes to rest.
    """
    for _ in range(ROUNDS):
        waiting, _ = ledger.table.query(
            f"F#{fold_shard(account)}", prefix=f"{account}#", limit=WAITING
        )
        if not waiting:
            return head(ledger, account)
        _fold(ledger, account, waiting)
    raise Conflict


def unfolded_vnd(ledger: Ledger, account: str) -> int:
    """What waits for an account."""
    total = 0
    after: str | None = None
    while True:
        rows, after = ledger.table.query(
            f"F#{fold_shard(account)}", prefix=f"{account}#", after=after, limit=WAITING
        )
        total += sum(int(row.doc["amount_vnd"]) for row in rows)
        if after is None:
            return total


def head(ledger: Ledger, account: str) -> Head:
    """Where an account's journal ends now."""
    row = ledger.table.get(f"A#{account}", "HEAD")
    return Head.model_validate(row.doc) if row else Head()


def _account(row: Row) -> str:
    return row.sk.partition("#")[0]


def _fold(ledger: Ledger, account: str, waiting: Sequence[Row]) -> int:
    done = 0
    for first in range(0, len(waiting), LEGS):
        batch = waiting[first : first + LEGS]
        row = ledger.table.get(f"A#{account}", "HEAD")
        try:
            ledger.table.commit(*_moved(account, row, batch))
        except CommitConflict:
            return done  # somebody else folds this account
        done += len(batch)
    return done


def _moved(account: str, row: Row | None, batch: Sequence[Row]) -> list[Operation]:
    end = Head.model_validate(row.doc) if row else Head()
    operations: list[Operation] = []
    for leg in batch:
        line = _line(account, end, leg)
        if line.day != end.day:
            mark = {"seq": line.seq, "opening_vnd": end.balance_vnd}
            operations.append(Put(Row(f"A#{account}", f"D#{line.day}", mark), ABSENT))
        operations.append(Put(Row(f"A#{account}", f"E#{line.seq:012}", as_doc(line)), ABSENT))
        operations.append(Delete(leg.pk, leg.sk, leg.version))
        end = Head(seq=line.seq, balance_vnd=line.balance_vnd, hash=line.hash, day=line.day)
    version = row.version if row else ABSENT
    operations.append(Put(Row(f"A#{account}", "HEAD", as_doc(end), max(version, 0) + 1), version))
    if row is None:
        operations.append(Put(Row("ACCOUNTS", account)))
    return operations


def _line(account: str, end: Head, leg: Row) -> Line:
    told = leg.doc
    day = f"{local_date(datetime.fromisoformat(told['at'])):%Y-%m-%d}"
    line = Line(
        seq=end.seq + 1,
        account=account,
        payment_id=told["payment_id"],
        entry_no=told["no"],
        what=told["what"],
        kind=told["kind"],
        amount_vnd=told["amount_vnd"],
        balance_vnd=end.balance_vnd + told["amount_vnd"],
        at=told["at"],
        day=max(day, end.day),
        other=told["other"],
        memo=told["memo"],
    )
    return line.chained(end.hash)
