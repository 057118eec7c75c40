"""What everything in `identity` leans on."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from city.adapters import tokens
from city.adapters.outbox import Outbox
from city.adapters.queue import Sender
from city.adapters.table import Operation
from city.contracts.envelope import Announcement
from city.identity.model import Account
from city.identity.store import People
from city.kernel.ids import NewId
from city.kernel.problems import Unauthenticated


@dataclass(frozen=True, slots=True)
class Door:
    """The unit's table, its way out, and this moment."""

    people: People
    sms: Sender
    secret: str
    signer: tokens.Signer
    now: datetime
    new_id: NewId
    sandbox: bool
    outbox: Outbox
    revoke: Callable[[str], None]
    draw_code: Callable[[], str] = lambda: f"{secrets.randbelow(10**6):06}"
    draw_token: Callable[[], str] = lambda: secrets.token_urlsafe(32)

    def keyed(self, purpose: str, words: str) -> str:
        """Words as the table may know them."""
        return keyed(self.secret, purpose, words)

    def commit(self, operations: Sequence[Operation], *said: Announcement) -> None:
        """A change and what is said about it, together or not at all.

        Raises:
            CommitConflict: something of it changed in the meantime.
        """
        self.outbox.commit(operations, [(self.new_id(self.now), each, self.now) for each in said])

    def known(self, user_id: str) -> tuple[Account, int]:
        """An account and its version.

        Raises:
            Unauthenticated: it is gone.
        """
        held = self.people.account(user_id)
        if held is None or held[0].erased:
            raise Unauthenticated
        return held


def keyed(secret: str, purpose: str, words: str) -> str:
    """A keyed hash: without the secret nobody finds out by trying."""
    return hmac.new(secret.encode(), f"{purpose}|{words}".encode(), hashlib.sha256).hexdigest()


def phone_key(door: Door, phone: str) -> str:
    """A number as the table knows it."""
    return door.keyed("phone", phone)
