"""What the use cases lean on, at one moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from city.adapters.outbox import Outbox
from city.kernel import policy
from city.kernel.ids import NewId
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import NotFound
from city.kernel.reference import Agency
from city.violations.model import Entry, Violation
from city.violations.store import Store

SYSTEM = "system"


class Objects(Protocol):
    """A private bucket."""

    def read(self, key: str) -> bytes:
        """An object.

        Raises:
            LookupError: there is none.
        """

    def write(self, key: str, data: bytes) -> None:
        """Store an object."""

    def remove(self, key: str) -> None:
        """Forget an object; fine when it is gone."""

    def address(self, key: str, seconds: int) -> str:
        """An address at which an object may be read, for so long."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The table, the way out, evidence, packs, the agencies, the clock."""

    store: Store
    outbox: Outbox
    evidence: Objects
    packs: Objects
    agency: Callable[[str], Agency | None]
    secret: str
    now: datetime
    new_id: NewId

    def violation(self, id_: str) -> Violation:
        """A case.

        Raises:
            NotFound: there is none of this id.
        """
        found = self.store.violation(id_)
        if found is None:
            raise NotFound(what="vụ việc / case")
        return found

    def require(self, who: Principal, action: str, violation: Violation) -> None:
        """The policy's whole question: the centre's people, or those it was handed to.

        Raises:
            Forbidden, AssuranceNeeded, NotFound: why not.
        """
        policy.require(who, action, Resource(unit=violation.handed_to), self.now)

    def entry(self, who: Principal | None, action: str, **data: object) -> Entry:
        """A step of somebody, or of nobody, at this moment."""
        role = min(who.roles - {"citizen"}, default="citizen") if who else SYSTEM
        by = who.user_id if who else SYSTEM
        return Entry(seq=0, at=self.now, by=by, role=role, action=action, data=dict(data))
