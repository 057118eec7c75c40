"""Who is asking: roles and the principal.

The roles below are those the code itself speaks of. A city adds others as data (`roles.json`);
that is why a principal's roles are plain words.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel


class Role(StrEnum):
    """Roles that rules name. Wire values are stable."""

    CITIZEN = "citizen"
    TOURIST = "tourist"
    BUSINESS = "business"
    PRESS = "press"
    PARTY_MEMBER = "party_member"
    UNION_MEMBER = "union_member"
    YOUTH_UNION_MEMBER = "youth_union_member"
    CIVIL_SERVANT = "civil_servant"
    PUBLIC_EMPLOYEE = "public_employee"
    AGENCY_OFFICER = "agency_officer"
    AGENCY_HEAD = "agency_head"
    WARD_OFFICER = "ward_officer"
    IOC_OPERATOR = "ioc_operator"
    IOC_SUPERVISOR = "ioc_supervisor"
    ORGANISATION_ADMIN = "organisation_admin"
    PARTNER_DEVELOPER = "partner_developer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


IOC: frozenset[str] = frozenset({Role.IOC_OPERATOR, Role.IOC_SUPERVISOR})
AGENCY: frozenset[str] = frozenset({Role.AGENCY_OFFICER, Role.AGENCY_HEAD, Role.WARD_OFFICER})
STAFF: frozenset[str] = IOC | AGENCY

STEPPED_UP = 3


class Principal(BaseModel, frozen=True):
    """The signed-in caller.

    `unit` is the agency an officer acts for; `posts` are all roles held at an organisation, as
    (role, unit). `acr` is how well we know the person: 1 a telephone number, 2 a verified
    identity; a passkey raises it to 3 until `stepped_up_until`. `session` names the device's
    refresh family.
    """

    user_id: str
    roles: frozenset[str]
    unit: str | None = None
    posts: frozenset[tuple[str, str]] = frozenset()
    acr: int = 1
    stepped_up_until: datetime | None = None
    session: str | None = None

    def has(self, roles: frozenset[str]) -> bool:
        """Whether the caller holds at least one of `roles`."""
        return bool(self.roles & roles)

    def assurance(self, now: datetime) -> int:
        """How sure we are at this moment that it is they: 1, 2 or 3."""
        raised = self.stepped_up_until is not None and now < self.stepped_up_until
        return STEPPED_UP if raised else self.acr
