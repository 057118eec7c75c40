"""Accounts, codes and sessions in the table `identity`.

P#<phone hash>    ACCOUNT           whose number it is; CODE the one-time code
U#<user>          ACCOUNT           the account
U#<user>          DEVICE#<family>   their sessions; the session itself is S#<family> SESSION
U#<user>          DECLARED#<time>   what they declared to be true, and in which words
U#<user>          PASSKEY#<id>      their passkeys; APPEAL#<id> their appeals
N#<hash>          ACCOUNT           which account an identity number belongs to
ONCE#<purpose>    <hash>            things that are good once: challenges, states, appeals
APPEALS           <id>              appeals against locks
RATE#<what>       <window>          counters of limits
DEMO              <phone>           the demo accounts
SIGNING           <kid>             sealed signing keys (`keys.py`)
BY#<account>                        what an administrator did: `city.adapters.acts`
"""

from collections.abc import Callable
from dataclasses import replace
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

    @property
    def table(self) -> Table:
        """The rows, for those who read what somebody did."""
        return self._table

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

    def hit(self, what: str, window_s: int, now: datetime) -> float:
        """Count something; how often it happened within the last seconds."""
        window = int(now.timestamp()) // window_s
        self._table.commit(Add(f"RATE#{what}", str(window), {"n": 1}, ttl=(window + 2) * window_s))
        return self.hits(what, window_s, now)

    def hits(self, what: str, window_s: int, now: datetime) -> float:
        """How often something happened within the last seconds, without counting.

        The window slides: what is left of the one before counts by its share, so that nobody
        gets twice the limit around a boundary. Counters are added to, never compared: a hundred
        tries at once cost a hundred additions and no retry.
        """
        window, into = divmod(now.timestamp(), window_s)
        keys = [(f"RATE#{what}", str(int(window) - back)) for back in (0, 1)]
        found = self._table.get_many(keys)
        counted, before = (found[key].counters["n"] if key in found else 0 for key in keys)
        return counted + before * (1 - into / window_s)

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

    def bound(self, number_hash: str, user_id: str) -> Operation:
        """One identity number belongs to one account; the commit fails when it is another's."""
        held = self._table.get(f"N#{number_hash}", "ACCOUNT")
        mine = held is not None and held.doc["user_id"] == user_id
        row = Row(f"N#{number_hash}", "ACCOUNT", {"user_id": user_id})
        return Put(row, held.version if held and mine else ABSENT)

    def declared(self, user_id: str) -> list[dict[str, Any]]:
        """A person's declarations, newest first."""
        rows = everything(self._table, f"U#{user_id}", prefix="DECLARED#")
        return [row.doc for row in reversed(rows)]

    def redeclare(self, user_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Rewrite a person's declarations.

        Raises:
            CommitConflict: one was rewritten in the meantime.
        """
        for row in everything(self._table, f"U#{user_id}", prefix="DECLARED#"):
            after = replace(row, doc=change(row.doc), version=row.version + 1)
            self._table.commit(Put(after, row.version))

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

    def appeals(self, after: str | None, limit: int) -> tuple[list[Row], str | None]:
        """Appeals, newest first."""
        return self._table.query("APPEALS", after=after, limit=limit, reverse=True)

    def appeal(self, appeal_id: str) -> Row | None:
        """One appeal."""
        return self._table.get("APPEALS", appeal_id)

    def appeals_of(self, user_id: str) -> list[Row]:
        """A person's appeals, oldest first."""
        listed = everything(self._table, f"U#{user_id}", prefix="APPEAL#")
        ids = [row.sk.removeprefix("APPEAL#") for row in listed]
        found = self._table.get_many([("APPEALS", each) for each in ids])
        return [found[key] for each in ids if (key := ("APPEALS", each)) in found]


def changed(account: Account, version: int) -> Operation:
    """A changed account over the version that was seen."""
    return Put(_account_row(account, version + 1), version)


def declaration(user_id: str, at: str, declared: dict[str, Any]) -> Operation:
    """What was declared, beside what was declared before."""
    return Put(Row(f"U#{user_id}", f"DECLARED#{at}", declared), ABSENT)


def new_appeal(user_id: str, appeal_id: str, doc: dict[str, Any]) -> list[Operation]:
    """An appeal, listed among its person's."""
    return [
        Put(Row("APPEALS", appeal_id, doc), ABSENT),
        Put(Row(f"U#{user_id}", f"APPEAL#{appeal_id}"), ABSENT),
    ]


def changed_appeal(row: Row, doc: dict[str, Any]) -> Operation:
    """A changed appeal over the version that was seen."""
    return Put(replace(row, doc=doc, version=row.version + 1), row.version)


def forgotten(account: Account, version: int, phone_hash: str) -> list[Operation]:
    """An account under an id that leads to nobody; its number and its identity are free again."""
    bare = Account(id=account.id, phone="", erased=True, created_at=account.created_at)
    return [
        changed(bare, version),
        Delete(f"P#{phone_hash}", "ACCOUNT"),
        Delete(f"P#{phone_hash}", "CODE"),
        *([Delete(f"N#{account.identity_hash}", "ACCOUNT")] if account.identity_hash else []),
        *([Delete("DEMO", account.phone)] if account.demo else []),
    ]


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
