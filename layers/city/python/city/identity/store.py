"""Accounts, codes and sessions in the table `identity`.

P#<phone hash>    ACCOUNT           whose number it is; CODE the one-time code
U#<user>          ACCOUNT           the account
U#<user>          DEVICE#<family>   their sessions; the session itself is S#<family> SESSION
U#<user>          DECLARED#<time>   what they declared to be true, and in which words
U#<user>          PASSKEY#<id>      their passkeys
N#<hash>          ACCOUNT           which account an identity number belongs to
ONCE#<purpose>    <hash>            things that are good once: challenges, states, appeals
APPEALS           <time>#<id>       appeals against locks
RATE#<what>       <window>          counters of limits
DEMO              <phone>           the demo accounts
SIGNING           <kid>             sealed signing keys (`keys.py`)
"""

from datetime import datetime
from typing import Any

from city.adapters.table import (
    ABSENT,
    Add,
    CommitConflict,
    Delete,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.identity.model import Account, Code, Session
from city.kernel.clock import stamp

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
            Put(_account_row(account, 1), ABSENT),
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
        self._table.commit(Put(_account_row(account, version + 1), version))

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
        self._table.commit(Put(_session_row(family, session, max(seen, 0) + 1), seen))

    def hit(self, what: str, window_s: int, now: datetime) -> int:
        """Count something in its window of seconds; how often it happened in it."""
        window = int(now.timestamp()) // window_s
        key = (f"RATE#{what}", str(window))
        self._table.commit(Add(*key, {"n": 1}, ttl=(window + 2) * window_s))
        row = self._table.get(*key)
        return row.counters["n"] if row else 1

    def hits(self, what: str, window_s: int, now: datetime) -> int:
        """How often something happened in this window, without counting."""
        row = self._table.get(f"RATE#{what}", str(int(now.timestamp()) // window_s))
        return row.counters["n"] if row else 0

    def devices(self, user_id: str) -> list[tuple[str, Session, int]]:
        """A person's sessions with their families and versions, oldest first."""
        rows = everything(self._table, f"U#{user_id}", prefix="DEVICE#")
        families = [row.sk.removeprefix("DEVICE#") for row in rows]
        found = self._table.get_many([(f"S#{family}", "SESSION") for family in families])
        return [
            (family, Session.model_validate(found[key].doc), found[key].version)
            for family in families
            if (key := (f"S#{family}", "SESSION")) in found
        ]

    def open_session(self, family: str, session: Session) -> None:
        """A new session, listed among its person's."""
        ttl = int(session.expires_at.timestamp())
        self._table.commit(
            Put(_session_row(family, session, 1), ABSENT),
            Put(Row(f"U#{session.user_id}", f"DEVICE#{family}", ttl=ttl)),
        )

    def drop_device(self, user_id: str, family: str) -> None:
        """No longer list a session."""
        self._table.commit(Delete(f"U#{user_id}", f"DEVICE#{family}"))

    def bind_identity(self, number_hash: str, account: Account, version: int) -> None:
        """Keep a verified account; one identity number belongs to one account.

        Raises:
            CommitConflict: the number is another account's, or the account changed.
        """
        held = self._table.get(f"N#{number_hash}", "ACCOUNT")
        mine = held is not None and held.doc["user_id"] == account.id
        bound = Row(f"N#{number_hash}", "ACCOUNT", {"user_id": account.id})
        row = _account_row(account, version + 1)
        self._table.commit(Put(bound, held.version if held and mine else ABSENT), Put(row, version))

    def declare(self, account: Account, version: int, at: str, declared: dict[str, Any]) -> None:
        """Save what was declared together with the declaration itself.

        Raises:
            CommitConflict: the account changed in the meantime.
        """
        self._table.commit(
            Put(_account_row(account, version + 1), version),
            Put(Row(f"U#{account.id}", f"DECLARED#{at}", declared), ABSENT),
        )

    def declared(self, user_id: str) -> list[dict[str, Any]]:
        """A person's declarations, newest first."""
        rows = everything(self._table, f"U#{user_id}", prefix="DECLARED#")
        return [row.doc for row in reversed(rows)]

    def keep_once(self, purpose: str, key: str, doc: dict[str, Any], until: datetime) -> None:
        """Keep something that is good once, until a moment."""
        told = {**doc, "until": stamp(until)}
        row = Row(f"ONCE#{purpose}", key, told, ttl=int(until.timestamp()) + 60)
        self._table.commit(Put(row, ABSENT))

    def take_once(self, purpose: str, key: str, now: datetime) -> dict[str, Any] | None:
        """Take it: of two takers one gets it; None when it is gone or too old."""
        row = self._table.get(f"ONCE#{purpose}", key)
        if row is None or row.doc["until"] <= stamp(now):
            return None
        try:
            self._table.commit(Delete(f"ONCE#{purpose}", key, row.version))
        except CommitConflict:
            return None
        return row.doc

    def passkeys(self, user_id: str) -> list[tuple[dict[str, Any], int]]:
        """A person's passkeys with their versions."""
        rows = everything(self._table, f"U#{user_id}", prefix="PASSKEY#")
        return [(row.doc, row.version) for row in rows]

    def save_passkey(self, user_id: str, doc: dict[str, Any], seen: int) -> None:
        """Save a passkey over the version that was seen.

        Raises:
            CommitConflict: it is there already, or was used in the meantime.
        """
        row = Row(f"U#{user_id}", f"PASSKEY#{doc['id']}", doc, version=max(seen, 0) + 1)
        self._table.commit(Put(row, seen))

    def drop_passkey(self, user_id: str, passkey_id: str) -> bool:
        """Forget a passkey; False when there was none."""
        row = self._table.get(f"U#{user_id}", f"PASSKEY#{passkey_id}")
        if row is None:
            return False
        self._table.commit(Delete(f"U#{user_id}", f"PASSKEY#{passkey_id}"))
        return True

    def add_appeal(self, appeal_id: str, doc: dict[str, Any]) -> None:
        """Keep an appeal."""
        self._table.commit(Put(Row("APPEALS", appeal_id, doc), ABSENT))

    def appeals(self, after: str | None, limit: int) -> tuple[list[Row], str | None]:
        """Appeals, newest first."""
        return self._table.query("APPEALS", after=after, limit=limit, reverse=True)

    def appeal(self, appeal_id: str) -> Row | None:
        """One appeal."""
        return self._table.get("APPEALS", appeal_id)

    def save_appeal(self, row: Row, doc: dict[str, Any]) -> None:
        """Change an appeal.

        Raises:
            CommitConflict: it changed in the meantime.
        """
        self._table.commit(Put(Row("APPEALS", row.sk, doc, version=row.version + 1), row.version))

    def erase(self, account: Account, version: int, phone_hash: str) -> None:
        """Pseudonymise an account and free its number.

        Raises:
            CommitConflict: it changed in the meantime.
        """
        operations: list[Operation] = [
            Put(_account_row(account, version + 1), version),
            Delete(f"P#{phone_hash}", "ACCOUNT"),
            Delete(f"P#{phone_hash}", "CODE"),
        ]
        self._table.commit(*operations)

    def free_identity(self, number_hash: str) -> None:
        """An identity number belongs to no account any more."""
        self._table.commit(Delete(f"N#{number_hash}", "ACCOUNT"))


def _account_row(account: Account, version: int) -> Row:
    return Row(f"U#{account.id}", "ACCOUNT", account.model_dump(mode="json"), version=version)


def _session_row(family: str, session: Session, version: int) -> Row:
    return Row(
        f"S#{family}",
        "SESSION",
        session.model_dump(mode="json"),
        version=version,
        ttl=int(session.expires_at.timestamp()),
    )
