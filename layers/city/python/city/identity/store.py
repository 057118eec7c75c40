"""Accounts, codes and sessions in the table `identity`.

`P#<phone hash>` holds `ACCOUNT` (which user) and `CODE`; `U#<user>` holds `ACCOUNT`; `S#<family>`
holds `SESSION`; `DEMO` lists demo accounts; `RATE#<address>` counts a minute's demands.
"""

from datetime import datetime

from city.adapters.table import (
    ABSENT,
    Add,
    CommitConflict,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.identity.model import Account, Code, Session

CODE_KEEP_S = 3600


class People:
    """The table of people."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def account(self, user_id: str) -> tuple[Account, int] | None:
        """An account and its version."""
        row = self._table.get(f"U#{user_id}", "ACCOUNT")
        return (Account.model_validate(row.doc), row.version) if row else None

    def user_of(self, phone_hash: str) -> str | None:
        """Who owns a number."""
        row = self._table.get(f"P#{phone_hash}", "ACCOUNT")
        return row.doc["user_id"] if row else None

    def create(self, account: Account, phone_hash: str) -> bool:
        """A new account; False when the number got one in the meantime."""
        writes: list[Operation] = [
            Put(Row(f"P#{phone_hash}", "ACCOUNT", {"user_id": account.id}), ABSENT),
            Put(Row(f"U#{account.id}", "ACCOUNT", account.model_dump(mode="json")), ABSENT),
        ]
        if account.demo:
            writes.append(Put(Row("DEMO", account.phone, {"user_id": account.id})))
        try:
            self._table.commit(*writes)
        except CommitConflict:
            return False
        return True

    def change(self, account: Account, version: int) -> None:
        """Save a changed account.

        Raises:
            CommitConflict: it changed in the meantime.
        """
        row = Row(
            f"U#{account.id}", "ACCOUNT", account.model_dump(mode="json"), version=version + 1
        )
        self._table.commit(Put(row, version))

    def demo(self) -> list[Account]:
        """The demo accounts, by number."""
        rows = everything(self._table, "DEMO")
        found = self._table.get_many([(f"U#{row.doc['user_id']}", "ACCOUNT") for row in rows])
        accounts = [Account.model_validate(row.doc) for row in found.values()]
        return sorted(accounts, key=lambda a: a.phone)

    def code(self, phone_hash: str) -> tuple[Code | None, int]:
        """The code of a number and its version (ABSENT when there is none)."""
        row = self._table.get(f"P#{phone_hash}", "CODE")
        return (Code.model_validate(row.doc), row.version) if row else (None, ABSENT)

    def save_code(self, phone_hash: str, code: Code, seen: int) -> None:
        """Save a code over the version that was seen.

        Raises:
            CommitConflict: a parallel attempt was counted first.
        """
        row = Row(
            f"P#{phone_hash}",
            "CODE",
            code.model_dump(mode="json"),
            version=max(seen, 0) + 1,
            ttl=int(code.expires_at.timestamp()) + CODE_KEEP_S,
        )
        self._table.commit(Put(row, seen))

    def session(self, family: str) -> tuple[Session, int] | None:
        """A session and its version."""
        row = self._table.get(f"S#{family}", "SESSION")
        return (Session.model_validate(row.doc), row.version) if row else None

    def save_session(self, family: str, session: Session, seen: int) -> None:
        """Save a session over the version that was seen.

        Raises:
            CommitConflict: it was used in the meantime.
        """
        row = Row(
            f"S#{family}",
            "SESSION",
            session.model_dump(mode="json"),
            version=max(seen, 0) + 1,
            ttl=int(session.expires_at.timestamp()),
        )
        self._table.commit(Put(row, seen))

    def demands(self, address_hash: str, now: datetime) -> int:
        """Count a demand of an address; how many there were this minute."""
        minute = now.strftime("%Y%m%d%H%M")
        key = (f"RATE#{address_hash}", minute)
        self._table.commit(Add(*key, {"n": 1}, ttl=int(now.timestamp()) + 600))
        row = self._table.get(*key)
        return row.counters["n"] if row else 1
