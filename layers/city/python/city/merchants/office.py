"""What the unit leans on, and who works where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from city.kernel import policy
from city.kernel.clock import local_date
from city.kernel.ids import NewId
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import Forbidden, NotFound
from city.kernel.reference import Reference
from city.merchants.fees import Rules
from city.merchants.model import Member, Merchant, Part
from city.merchants.store import Merchants


@dataclass(frozen=True, slots=True)
class Office:
    """What keeping acceptance points leans on. `draw` makes codes that nobody guesses."""

    merchants: Merchants
    city: Reference
    now: datetime
    new_id: NewId
    draw: Callable[[], str]

    @property
    def rules(self) -> Rules:
        """The rules of the network."""
        return Rules.of(self.city)

    @property
    def today(self) -> date:
        """The day in Huế."""
        return local_date(self.now)


def found(office: Office, merchant_id: str) -> tuple[Merchant, int]:
    """An acceptance point.

    Raises:
        NotFound: there is none.
    """
    held = office.merchants.get(merchant_id)
    if held is None:
        raise NotFound(what="điểm bán / acceptance point")
    return held


def at_work(
    office: Office, action: str, merchant_id: str, who: Principal, *parts: Part
) -> tuple[Merchant, Member]:
    """The acceptance point of somebody who works there in one of some parts (none: in any).

    Raises:
        NotFound: they do not work there. Forbidden: they do, in another part.
        AssuranceNeeded: the policy wants to know them better.
    """
    merchant, _ = found(office, merchant_id)
    member = office.merchants.member(merchant_id, who.user_id)
    policy.require(who, action, Resource(owner=member.user if member else ""), office.now)
    if member is None or (parts and member.part not in parts):
        raise Forbidden
    return merchant, member
