"""Rows of the table `wallet`: what is not money.

| pk | sk | row |
|---|---|---|
| `U#<person>` | `PROFILE` | name, linked bank account, mark of the number |
| `U#<person>` | `DEVICE#<session>` | a device that paid with a passkey |
| `WALLET#<wallet>` | `A` | whose it is: to show a name before paying |
| `U#<person>` | `ALIAS` | the alias in their code for receiving |
| `ALIAS#<alias>` | `A` | the wallet that it leads to |
| `PHONE#<mark>` | `A` | the wallet behind a telephone number, by keyed hash |
| `LOOK#<person>` | `<hour>` | counter `n`: look-ups of recipients |
| `D#<dispute>` | `A` | a dispute; `DISPUTES` by state and `U#<person>` `D#<dispute>` to list |
| `CASES` | `<payment>` | payments through the bank in doubt; `P#<payment>` `PROPOSAL` to end one |
| `CORRECTIONS` | `<correction>` | a correction through suspense |
| `TRIAL` | `<day>` | a day's trial balance |
| `BY#<account>` | | what staff did: see `city.adapters.acts` |
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from pydantic import BaseModel

from city.adapters.table import (
    ABSENT,
    Add,
    CommitConflict,
    Delete,
    Operation,
    Put,
    Row,
    Table,
)
from city.bank.port import BankAccount
from city.kernel.problems import TooMany

LOOKS_AN_HOUR = 30


class Profile(BaseModel, frozen=True):
    """Who owns a wallet, as verified when it was opened."""

    owner: str
    wallet_id: str
    name: str
    bank: BankAccount
    phone_mark: str = ""
    attested_at: datetime


class Wallets:
    """The unit's own table."""

    def __init__(self, table: Table, secret: str) -> None:
        self.table, self._secret = table, secret

    def phone_mark(self, phone: str) -> str:
        """A number as the table knows it."""
        words = f"wallet-phone|{phone}".encode()
        return hmac.new(self._secret.encode(), words, hashlib.sha256).hexdigest()

    def profile(self, owner: str) -> Profile | None:
        """A person's profile."""
        row = self.table.get(f"U#{owner}", "PROFILE")
        return Profile.model_validate(row.doc) if row else None

    def owner_of(self, wallet_id: str) -> str | None:
        """Whose wallet it is."""
        row = self.table.get(f"WALLET#{wallet_id}", "A")
        return str(row.doc["owner"]) if row else None

    def by_phone(self, phone: str) -> str | None:
        """The wallet behind a number."""
        row = self.table.get(f"PHONE#{self.phone_mark(phone)}", "A")
        return str(row.doc["wallet_id"]) if row else None

    def by_alias(self, alias: str) -> str | None:
        """The wallet that an alias leads to."""
        row = self.table.get(f"ALIAS#{alias}", "A")
        return str(row.doc["wallet_id"]) if row else None

    def alias(self, owner: str) -> tuple[str | None, int]:
        """A person's alias and its row's version (ABSENT when there is none)."""
        row = self.table.get(f"U#{owner}", "ALIAS")
        return (str(row.doc["alias"]), row.version) if row else (None, ABSENT)

    def keep_alias(self, owner: str, wallet_id: str, alias: str, expect: int) -> None:
        """Keep a new alias; the one before leads nowhere.

        Raises:
            CommitConflict: somebody was faster, or it is taken.
        """
        before, _ = self.alias(owner)
        row = Row(f"U#{owner}", "ALIAS", {"alias": alias}, version=max(expect, 0) + 1)
        operations: list[Operation] = [
            Put(row, expect),
            Put(Row(f"ALIAS#{alias}", "A", {"wallet_id": wallet_id}), ABSENT),
        ]
        if before:
            operations.append(Delete(f"ALIAS#{before}", "A"))
        self.table.commit(*operations)

    def keep(self, profile: Profile) -> None:
        """Keep a profile; the number leads to this wallet from now on."""
        operations: list[Operation] = [
            Put(Row(f"U#{profile.owner}", "PROFILE", profile.model_dump(mode="json"))),
            Put(Row(f"WALLET#{profile.wallet_id}", "A", {"owner": profile.owner})),
        ]
        if profile.phone_mark:
            leads = {"wallet_id": profile.wallet_id}
            operations.append(Put(Row(f"PHONE#{profile.phone_mark}", "A", leads)))
        before = self.profile(profile.owner)
        if before and before.phone_mark not in ("", profile.phone_mark):
            operations.append(Delete(f"PHONE#{before.phone_mark}", "A"))
        self.table.commit(*operations)

    def forget(self, profile: Profile) -> None:
        """Forget the name, number, alias and bank account. The wallet's owner stays an id."""
        bare = profile.model_copy(
            update={
                "name": "",
                "phone_mark": "",
                "bank": BankAccount(bank_bin="000000", account="0000"),
            }
        )
        operations: list[Operation] = [
            Put(Row(f"U#{profile.owner}", "PROFILE", bare.model_dump(mode="json")))
        ]
        if profile.phone_mark:
            operations.append(Delete(f"PHONE#{profile.phone_mark}", "A"))
        alias, _ = self.alias(profile.owner)
        if alias:
            operations += [Delete(f"ALIAS#{alias}", "A"), Delete(f"U#{profile.owner}", "ALIAS")]
        self.table.commit(*operations)

    def known_device(self, owner: str, session: str) -> bool:
        """Whether a device paid before."""
        return self.table.get(f"U#{owner}", f"DEVICE#{session}") is not None

    def keep_device(self, owner: str, session: str, now: datetime) -> None:
        """A device has paid, and a passkey stood for it."""
        row = Row(
            f"U#{owner}", f"DEVICE#{session}", ttl=int((now + timedelta(days=400)).timestamp())
        )
        self.table.commit(Put(row))

    def count_look(self, owner: str, now: datetime) -> None:
        """Count a look-up: nobody may read a telephone book out of this.

        Raises:
            TooMany: thirty in this hour.
        """
        ttl = int((now + timedelta(hours=2)).timestamp())
        one = Add(f"LOOK#{owner}", f"{now:%Y%m%d%H}", {"n": 1}, ttl, ceiling={"n": LOOKS_AN_HOUR})
        try:
            self.table.commit(one)
        except CommitConflict:
            raise TooMany(60 * (60 - now.minute)) from None
