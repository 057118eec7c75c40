"""Reading the ledger: histories, statements, what the clock has to look at, and whether it all adds
up."""

from collections.abc import Iterator, Sequence
from datetime import date

from pydantic import BaseModel

from city.adapters.table import everything
from city.kernel.chain import first_broken
from city.kernel.clock import stamp
from city.ledger.book import DUE_SHARDS, Ledger
from city.ledger.folding import fold_account, head, unfolded_vnd
from city.ledger.model import Entry, Head, Kind, Line, Payment, wallet_of
from city.ledger.wallets import purse

CHUNK = 500


def history(
    ledger: Ledger, account: str, *, limit: int, after: str | None = None
) -> tuple[list[Payment], str | None]:
    """Payments from and to an account, newest first, and where to go on."""
    rows, following = ledger.table.query(f"H#{account}", limit=limit, after=after, reverse=True)
    found = ledger.table.get_many([(f"P#{row.sk}", "A") for row in rows])
    kept = [found[f"P#{row.sk}", "A"] for row in rows if (f"P#{row.sk}", "A") in found]
    return [Payment.model_validate(row.doc) for row in kept], following


def spent(ledger: Ledger, wallet_id: str, keys: Sequence[str]) -> list[int]:
    """What counts in limits of a wallet, by their keys (`limits.period_key`, `#`, class)."""
    found = ledger.table.get_many([(f"L#{wallet_id}", key) for key in keys])
    rows = [found.get((f"L#{wallet_id}", key)) for key in keys]
    return [row.counters.get("spent", 0) if row else 0 for row in rows]


def entries(ledger: Ledger, payment_id: str) -> list[Entry]:
    """A payment's journal entries."""
    rows = everything(ledger.table, f"P#{payment_id}", prefix="J#")
    return [Entry.model_validate(row.doc) for row in rows]


def overdue(ledger: Ledger, kinds: Sequence[Kind], limit: int = 100) -> list[Payment]:
    """Payments the clock has to look at now: HELD that expire, SENT whose worker is lost, UNKNOWN
    to ask about. However long nobody looked, none is missed."""
    until = f"{stamp(ledger.now())}~"
    found: list[Payment] = []
    for kind in kinds:
        for shard in range(DUE_SHARDS):
            rows, _ = ledger.table.query(f"DUE#{kind.value}#{shard}", until=until, limit=limit)
            keys = [(f"P#{row.sk.rpartition('#')[2]}", "A") for row in rows]
            payments = ledger.table.get_many(keys)
            found += [Payment.model_validate(row.doc) for row in payments.values()]
    return sorted(found, key=lambda p: (stamp(p.due_at) if p.due_at else "", p.id))[:limit]


def lines(ledger: Ledger, account: str, first: int = 1, last: int | None = None) -> Iterator[Line]:
    """An account's lines from one to another (inclusive), in order."""
    after = f"E#{first - 1:012}"
    while True:
        rows, following = ledger.table.query(f"A#{account}", prefix="E#", after=after, limit=CHUNK)
        for row in rows:
            line = Line.model_validate(row.doc)
            if last is not None and line.seq > last:
                return
            yield line
        if following is None:
            return
        after = following


class Statement(BaseModel):
    """An account between two days, both included: what it had, each line, what it has.

    `opening_vnd` + the lines = `closing_vnd`, always. `broken_at` is the line at which the chain
    of hashes does not hold, None if it does.
    """

    account: str
    first_day: date
    last_day: date
    opening_vnd: int
    closing_vnd: int
    lines: list[Line]
    broken_at: int | None


def statement(ledger: Ledger, account: str, first_day: date, last_day: date) -> Statement:
    """An account's statement, complete as of now.

    Raises:
        ValueError: the first day comes after the last.
    """
    if first_day > last_day:
        raise ValueError("the first day comes after the last")
    end = fold_account(ledger, account)
    from_here = _mark(ledger, account, f"{first_day:%Y-%m-%d}", end.seq)
    behind = _mark(ledger, account, f"{last_day:%Y-%m-%d}~", end.seq)
    opening = from_here[1] if from_here else end.balance_vnd
    stop = behind[0] - 1 if behind else end.seq
    found = list(lines(ledger, account, from_here[0], stop)) if from_here else []
    return Statement(
        account=account,
        first_day=first_day,
        last_day=last_day,
        opening_vnd=opening,
        closing_vnd=behind[1] if behind else end.balance_vnd,
        lines=found,
        broken_at=first_broken(found, found[0].prev_hash) if found else None,
    )


def _mark(ledger: Ledger, account: str, day: str, last: int) -> tuple[int, int] | None:
    """The first line on or after a day: its number, and the balance before it. What was folded
    after line `last` was read is not there yet."""
    rows, _ = ledger.table.query(f"A#{account}", prefix="D#", after=f"D#{day[:-1]}", limit=40)
    row = next((row for row in rows if row.sk >= f"D#{day}"), None)
    return (row.doc["seq"], row.doc["opening_vnd"]) if row and row.doc["seq"] <= last else None


class Checked(BaseModel):
    """Whether an account is as its entries say. Every `None` and every equal pair is good."""

    account: str
    lines: int
    broken_at: int | None
    rebuilt_vnd: int
    stored_vnd: int
    unfolded_vnd: int
    purse_vnd: int | None

    @property
    def good(self) -> bool:
        """Chain, sums and purse agree."""
        booked = self.stored_vnd + self.unfolded_vnd
        return (
            self.broken_at is None
            and self.rebuilt_vnd == self.stored_vnd
            and self.purse_vnd in (None, booked)
        )


def check(ledger: Ledger, account: str) -> Checked:
    """Build an account's balance again from its lines, and follow its chain from the first line."""
    end, total, count = head(ledger, account), 0, 0
    before, broken = "", None
    for line in lines(ledger, account, 1, end.seq):
        total, count = total + line.amount_vnd, count + 1
        whole = line.seq == count and line.balance_vnd == total
        if broken is None and (first_broken([line], before) is not None or not whole):
            broken = line.seq
        before = line.hash
    if broken is None and (count != end.seq or before != end.hash):
        broken = count + 1  # a line is missing at the end
    wallet = wallet_of(account)
    return Checked(
        account=account,
        lines=count,
        broken_at=broken,
        rebuilt_vnd=total,
        stored_vnd=end.balance_vnd,
        unfolded_vnd=unfolded_vnd(ledger, account),
        purse_vnd=purse(ledger, wallet).total_vnd if wallet else None,
    )


def balances(ledger: Ledger, names: Sequence[str]) -> dict[str, int]:
    """What accounts hold as far as it is in their journals."""
    rows = ledger.table.get_many([(f"A#{name}", "HEAD") for name in names])
    found = {pk[2:]: Head.model_validate(row.doc).balance_vnd for (pk, _), row in rows.items()}
    return {name: found.get(name, 0) for name in names}


def accounts(
    ledger: Ledger, *, limit: int = 100, after: str | None = None
) -> tuple[list[str], str | None]:
    """Accounts that have a journal, by name."""
    rows, following = ledger.table.query("ACCOUNTS", limit=limit, after=after)
    return [row.sk for row in rows], following
