"""Who is asking: roles and the principal."""

from enum import StrEnum

from pydantic import BaseModel


class Role(StrEnum):
    """The roles a person may act in. Wire values are stable."""

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
    PARTNER_DEVELOPER = "partner_developer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


EVERYBODY = frozenset(Role)
IOC = frozenset({Role.IOC_OPERATOR, Role.IOC_SUPERVISOR})
AGENCY = frozenset({Role.AGENCY_OFFICER, Role.AGENCY_HEAD, Role.WARD_OFFICER})
STAFF = IOC | AGENCY


class Principal(BaseModel, frozen=True):
    """The signed-in caller. `unit` is the agency an officer acts for."""

    user_id: str
    roles: frozenset[Role]
    unit: str | None = None

    def has(self, roles: frozenset[Role]) -> bool:
        """Whether the caller holds at least one of `roles`."""
        return bool(self.roles & roles)
