import type { Role } from '$lib/api';
import { m } from '$lib/paraglide/messages';

const NAMES: Record<string, () => string> = {
  citizen: m.role_citizen,
  tourist: m.role_tourist,
  business: m.role_business,
  press: m.role_press,
  party_member: m.role_party_member,
  union_member: m.role_union_member,
  youth_union_member: m.role_youth_union_member,
  civil_servant: m.role_civil_servant,
  public_employee: m.role_public_employee,
  agency_officer: m.role_agency_officer,
  agency_head: m.role_agency_head,
  ward_officer: m.role_ward_officer,
  ioc_operator: m.role_ioc_operator,
  ioc_supervisor: m.role_ioc_supervisor,
  organisation_admin: m.role_organisation_admin,
  partner_developer: m.role_partner_developer,
  auditor: m.role_auditor,
  administrator: m.role_administrator
};

export const roleName = (role: Role): string => NAMES[role]?.() ?? role;

const GRANTS: Record<string, () => string> = {
  requested: m.grant_requested, scheduled: m.grant_scheduled, active: m.grant_active,
  expired: m.grant_expired, revoked: m.grant_revoked, refused: m.grant_refused,
  given_up: m.grant_given_up
};

export const grantState = (state: string): string => GRANTS[state]?.() ?? state;
