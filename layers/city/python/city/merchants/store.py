"""Rows of the table `merchants` about shops and who works there (`takings.py` has the money's).

M#<id>        M                      the acceptance point
              TILL#<till>            its tills
              MEMBER#<user>          who works there
Q#<code>      Q                      a code for one payment; PAID beside it once it was
U#<person>    M#<id>                 where somebody works
W#<ward>      <id>                   the public list; ACTIVE <id> all of them
APPLIED       <id>                   who waits for the administrator
INVITE        <hash>                 ways in, for a day
BY#<account>                         who decided, who gave back: `city.adapters.acts`
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from city.adapters.outbox import Outbox
from city.adapters.table import (
    ABSENT,
    Delete,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.contracts.envelope import Announcement
from city.merchants.model import (
    Code,
    Invitation,
    Member,
    Merchant,
    State,
    Till,
)

Event = tuple[str, Announcement, datetime]
CODE_KEEP = timedelta(days=2)
MEMBERS_BOUND, TILLS_BOUND = 100, 50
LISTED = frozenset({State.ACTIVE})


class Merchants:
    """The table of acceptance points."""

    def __init__(self, table: Table, outbox: Outbox) -> None:
        self._table, self._outbox = table, outbox

    @property
    def table(self) -> Table:
        """The rows, for those who read what somebody did."""
        return self._table

    def get(self, merchant_id: str) -> tuple[Merchant, int] | None:
        """An acceptance point and its version."""
        row = self._table.get(f"M#{merchant_id}", "M")
        return (Merchant.model_validate(row.doc), row.version) if row else None

    def many(self, ids: Sequence[str]) -> list[Merchant]:
        """Those of them that exist, in the order asked for."""
        keys = [(f"M#{each}", "M") for each in ids]
        found = self._table.get_many(keys)
        return [Merchant.model_validate(found[key].doc) for key in keys if key in found]

    def add(
        self, merchant: Merchant, till: Till, owner: Member | None, events: list[Event]
    ) -> None:
        """Keep a new one with its first till.

        Raises:
            CommitConflict: there is one with this id.
        """
        self._outbox.commit(added(merchant, till, owner), events)

    def save(
        self, merchant: Merchant, version: int, events: list[Event], acts: Sequence[Put] = ()
    ) -> None:
        """Keep a changed one, and whose act it was; the lists follow its state.

        Raises:
            CommitConflict: it changed in the meantime.
        """
        operations: list[Operation] = [Put(_merchant(merchant, version + 1), version), *acts]
        operations += _listed(merchant)
        if merchant.state is not State.APPLIED:
            operations.append(Delete("APPLIED", merchant.id))
        self._outbox.commit(operations, events)

    def listing(self, where: str, after: str | None, limit: int) -> tuple[list[str], str | None]:
        """Ids of a list: `ACTIVE`, `APPLIED` or `W#<ward>`."""
        rows, more = self._table.query(where, after=after, limit=limit)
        return [row.sk for row in rows], more

    def tills(self, merchant_id: str) -> list[Till]:
        """The tills of one."""
        rows = everything(self._table, f"M#{merchant_id}", prefix="TILL#", bound=TILLS_BOUND * 2)
        return [Till.model_validate(row.doc) for row in rows]

    def add_till(self, merchant_id: str, till: Till) -> None:
        """Keep a new till.

        Raises:
            CommitConflict: there is one with this id.
        """
        self._table.commit(Put(_till(merchant_id, till), ABSENT))

    def members(self, merchant_id: str) -> list[Member]:
        """Who works there."""
        rows = everything(
            self._table, f"M#{merchant_id}", prefix="MEMBER#", bound=MEMBERS_BOUND * 2
        )
        return [Member.model_validate(row.doc) for row in rows]

    def member(self, merchant_id: str, user: str) -> Member | None:
        """Somebody, if they work there."""
        row = self._table.get(f"M#{merchant_id}", f"MEMBER#{user}")
        return Member.model_validate(row.doc) if row else None

    def places_of(self, user: str) -> list[str]:
        """Where somebody works."""
        return [row.sk[2:] for row in everything(self._table, f"U#{user}", prefix="M#")]

    def leave(self, member: Member) -> None:
        """Somebody works there no more."""
        self._table.commit(
            Delete(f"M#{member.merchant}", f"MEMBER#{member.user}"),
            Delete(f"U#{member.user}", f"M#{member.merchant}"),
        )

    def invite(self, secret_code: str, invitation: Invitation) -> None:
        """Keep an invitation under the hash of its code."""
        ttl = int(invitation.expires_at.timestamp())
        row = Row("INVITE", _hash(secret_code), invitation.model_dump(mode="json"), ttl=ttl)
        self._table.commit(Put(row, ABSENT))

    def invitation(self, secret_code: str) -> Invitation | None:
        """The invitation of a code."""
        row = self._table.get("INVITE", _hash(secret_code))
        return Invitation.model_validate(row.doc) if row else None

    def join(self, secret_code: str, member: Member) -> None:
        """Use an invitation up.

        Raises:
            CommitConflict: it was used a moment ago, or they work there already.
        """
        used = Delete("INVITE", _hash(secret_code), 1)
        self._table.commit(used, *_member(member))

    def add_code(self, code: Code) -> None:
        """Keep a code for one payment."""
        ttl = int((code.expires_at + CODE_KEEP).timestamp())
        row = Row(f"Q#{code.id}", "Q", code.model_dump(mode="json"), ttl=ttl)
        self._table.commit(Put(row, ABSENT))

    def code(self, code_id: str) -> tuple[Code, str | None] | None:
        """A code and the payment that used it, if one did."""
        keys = [(f"Q#{code_id}", "Q"), (f"Q#{code_id}", "PAID")]
        found = self._table.get_many(keys)
        if keys[0] not in found:
            return None
        paid = found.get(keys[1])
        return Code.model_validate(found[keys[0]].doc), paid.doc["payment"] if paid else None


def added(merchant: Merchant, till: Till, owner: Member | None) -> list[Operation]:
    """The rows of a new acceptance point; the seed writes many of them at once."""
    return [
        Put(_merchant(merchant, 1), ABSENT),
        Put(_till(merchant.id, till)),
        *(_listed(merchant) if merchant.state in LISTED else [Put(Row("APPLIED", merchant.id))]),
        *(_member(owner) if owner else []),
    ]


def _listed(merchant: Merchant) -> list[Operation]:
    places = (f"W#{merchant.ward}", "ACTIVE")
    if merchant.state in LISTED:
        return [Put(Row(where, merchant.id)) for where in places]
    return [Delete(where, merchant.id) for where in places]


def _merchant(merchant: Merchant, version: int) -> Row:
    return Row(f"M#{merchant.id}", "M", merchant.model_dump(mode="json"), version=version)


def _till(merchant_id: str, till: Till) -> Row:
    return Row(f"M#{merchant_id}", f"TILL#{till.id}", till.model_dump(mode="json"))


def _member(member: Member) -> list[Operation]:
    doc = member.model_dump(mode="json")
    return [
        Put(Row(f"M#{member.merchant}", f"MEMBER#{member.user}", doc), ABSENT),
        Put(Row(f"U#{member.user}", f"M#{member.merchant}"), ABSENT),
    ]


def _hash(secret_code: str) -> str:
    return hashlib.sha256(secret_code.encode()).hexdigest()
