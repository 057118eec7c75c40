"""Whether it all adds up: balances of all accounts, chains, and payments that need a person."""

from collections import Counter
from datetime import datetime

from pydantic import BaseModel

from city.adapters.acts import did
from city.adapters.table import Put, Row
from city.kernel.clock import local_date
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.problems import NotFound
from city.ledger import folding, reading
from city.ledger.model import account as known_account
from city.wallet.desk import Desk
from city.wallet.shapes import Shown

LOOKS = 3
PAGE = 100


class AccountBalance(BaseModel):
    """An account and what it holds; the bank's guarantee account holds what it owes us, below
    zero."""

    account: str
    balance_vnd: int


class Trial(Shown):
    """All accounts together hold nothing: what people and payees have is what the bank owes.

    `by_class` sums accounts by their kind. Money moves while it is looked at, so a sum that is not
    zero is looked at again, up to three times.
    """

    at: datetime
    accounts: int
    total_vnd: int
    by_class: dict[str, int]
    looks: int

    @property
    def balanced(self) -> bool:
        """The rule itself."""
        return self.total_vnd == 0


def trial_balance(desk: Desk, by: str) -> Trial:
    """Add up every account, and keep the result under its day; `by` somebody, or the clock."""
    for look in range(1, LOOKS + 1):
        folding.fold(desk.ledger)
        sums: Counter[str] = Counter()
        number, after = 0, None
        while True:
            names, after = reading.accounts(desk.ledger, limit=PAGE, after=after)
            for name, held in reading.balances(desk.ledger, names).items():
                sums[name.partition(":")[0]] += held
            number += len(names)
            if after is None:
                break
        made = Trial(
            at=desk.now, accounts=number, total_vnd=sum(sums.values()), by_class=dict(sums),
            looks=look,
        )  # fmt: skip
        if made.balanced:
            break
    day = f"{local_date(desk.now):%Y-%m-%d}"
    act = did(desk.now, by, f"trial-balance/{day}", "add up")
    desk.own.table.commit(Put(Row("TRIAL", day, made.model_dump(mode="json"))), *act)
    return made


def trials(desk: Desk, query: PageQuery) -> Page[Trial]:
    """Trial balances by day, newest first."""
    after = decode_cursor(query.cursor).get("after")
    rows, more = desk.own.table.query(
        "TRIAL", limit=query.limit, after=str(after) if after else None, reverse=True
    )
    return Page(
        items=[Trial.model_validate(row.doc) for row in rows],
        next_cursor=encode_cursor({"after": more}) if more else None,
    )


def accounts(desk: Desk, query: PageQuery) -> Page[AccountBalance]:
    """Accounts by name, with what they hold as far as it is in their journals."""
    after = decode_cursor(query.cursor).get("after")
    names, more = reading.accounts(
        desk.ledger, limit=query.limit, after=str(after) if after else None
    )
    held = reading.balances(desk.ledger, names)
    return Page(
        items=[AccountBalance(account=name, balance_vnd=held[name]) for name in names],
        next_cursor=encode_cursor({"after": more}) if more else None,
    )


class CheckedAccount(Shown):
    """An account followed from its first line: chain, sums, purse."""

    account: str
    lines: int
    broken_at: int | None
    rebuilt_vnd: int
    stored_vnd: int
    unfolded_vnd: int
    purse_vnd: int | None
    good: bool


def check(desk: Desk, name: str) -> CheckedAccount:
    """Follow an account's chain and add its lines up; says which link is broken.

    Raises:
        NotFound: no such account.
    """
    try:
        known_account(name)
    except ValueError as error:
        raise NotFound(what=f"tài khoản / account {name[:40]}") from error
    folding.fold_account(desk.ledger, name)
    found = reading.check(desk.ledger, name)
    return CheckedAccount(**found.model_dump(), good=found.good)
