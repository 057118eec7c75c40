"""What the use cases lean on, at one moment."""

from dataclasses import dataclass
from datetime import datetime

from city.adapters.outbox import Outbox
from city.kernel import policy
from city.kernel.ids import NewId
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import NotFound
from city.vessels.model import Boat, Book
from city.vessels.store import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """The table, the way out, the documents, the clock."""

    store: Store
    outbox: Outbox
    book: Book
    now: datetime
    new_id: NewId

    def boat(self, boat_id: str) -> Boat:
        """A boat.

        Raises:
            NotFound: there is none of this id.
        """
        found = self.book.boat.get(boat_id)
        if found is None:
            raise NotFound(what="tàu / boat")
        return found

    def require(self, who: Principal | None, action: str, owner: str | None = None) -> None:
        """The policy's whole question about a thing of the fisheries agencies and of an owner.

        Raises:
            Unauthenticated, Forbidden, AssuranceNeeded, NotFound: why not.
        """
        mine = [unit for unit in self.book.agencies if who and _at(who, unit)]
        unit = (mine or list(self.book.agencies))[0]
        policy.require(who, action, Resource(owner=owner, unit=unit), self.now)

    def may(self, who: Principal, action: str, owner: str | None = None) -> bool:
        """The same question, for what is offered."""
        return any(
            policy.allows(who, action, Resource(owner=owner, unit=unit), self.now)
            for unit in self.book.agencies
        )


def _at(who: Principal, unit: str) -> bool:
    return who.unit == unit or any(where == unit for _, where in who.posts)
