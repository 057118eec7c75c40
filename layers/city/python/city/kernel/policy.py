"""Who may do what, on what: one table, deny by default.

An action is `<unit>:<handler>`; every route has one, and an action without a line is refused to
everybody. A line reads: *who* holds one of these roles may do the action *on* such a thing, if we
know them well enough (assurance). Several lines of one action add up.

who       `guest` is everybody, signed in or not; `signed_in` is everybody with an account;
          `ioc`, `agency`, `staff` are the groups of `kernel/people.py`; otherwise roles, with `|`.
on        `any` thing; one's `own` (its owner is the caller); of one's `unit` (a post in one of the
          line's roles at the thing's unit).
assurance 1 a telephone number, 2 a verified identity, 3 a passkey within five minutes.

What a report's state allows is a second question: `reports/workflow.py` answers it.
`tests/policy` holds the same rules in Cedar and lets both judge the same random requests.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from city.kernel.people import AGENCY, IOC, STAFF, Principal
from city.kernel.problems import (
    AssuranceNeeded,
    Forbidden,
    NotFound,
    Unauthenticated,
)

On = Literal["any", "own", "unit"]

TABLE = """
# alerts: operators draft, supervisors answer for what goes out; when is the life cycle's question
alerts:kinds                    guest               any   1
alerts:listing                  guest               any   1
alerts:atom                     guest               any   1
alerts:near                     guest               any   1
alerts:on_map                   guest               any   1
alerts:document                 guest               any   1
alerts:show                     guest               any   1
alerts:statistics               guest               any   1
alerts:drafts                   ioc                 any   1
alerts:draft                    ioc                 any   1
alerts:detect                   ioc                 any   1
alerts:import_cap               ioc                 any   1
alerts:draft_of                 ioc                 any   1
alerts:edit                     ioc                 any   1
alerts:preview                  ioc                 any   1
alerts:timeline                 ioc                 any   1
alerts:recompute                ioc                 any   1
alerts:act                      ioc                 any   1
alerts:act/edit                 ioc                 any   1
alerts:act/submit               ioc                 any   1
alerts:act/update               ioc                 any   1
alerts:act/discard              ioc                 any   1
alerts:act/confirm              ioc                 any   1
alerts:act/deny                 ioc                 any   1
alerts:act/reject               ioc                 any   1
alerts:act/send_back            ioc_supervisor      any   1
alerts:act/approve              ioc_supervisor      any   1
alerts:act/release              ioc_supervisor      any   1
alerts:act/release_now          ioc_supervisor      any   1
alerts:act/cancel               ioc_supervisor      any   1
alerts:act/review               ioc_supervisor      any   1

# bills: one's own payments; billers' callbacks are known by their signature, which the unit checks;
# what nobody knows the outcome of is settled by two administrators with a passkey
bills:billers                   guest               any   1
bills:bills                     signed_in           any   1
bills:pay                       signed_in           own   2
bills:my_payments               signed_in           own   1
bills:payment                   signed_in           own   1
bills:cancel                    signed_in           own   1
bills:receipt                   signed_in           own   1
bills:receipt_pdf               signed_in           own   1
bills:verify                    guest               any   1
bills:callback                  guest               any   1
bills:my_accounts               signed_in           own   1
bills:save_account              signed_in           own   1
bills:forget_account            signed_in           own   1
bills:set_autopay               signed_in           own   2
bills:end_autopay               signed_in           own   1
bills:case_list                 administrator|auditor any 1
bills:case                      administrator|auditor any 1
bills:ask_again                 administrator       any   1
bills:propose                   administrator       any   3
bills:decide                    administrator       any   3

# cameras: pictures are for the centre alone, each look is written down; machines are known by key
cameras:listing                 ioc|auditor|administrator any 1
cameras:summary                 ioc|auditor|administrator any 1
cameras:show                    ioc|auditor|administrator any 1
cameras:still                   ioc                 any   1
cameras:looks                   auditor|administrator any 1
cameras:model_list              ioc|auditor|administrator any 1
cameras:register                administrator       any   2
cameras:change                  administrator       any   2
cameras:enable                  ioc_supervisor|administrator any 1
cameras:disable                 ioc_supervisor|administrator any 1
cameras:rule_list               ioc|auditor|administrator any 1
cameras:draft_rule              ioc                 any   1
cameras:try_rule                ioc                 any   1
cameras:recording               ioc                 any   1
cameras:job_list                ioc                 any   1
cameras:job                     ioc                 any   1
cameras:publish_rule            ioc_supervisor      any   2
cameras:retire_rule             ioc_supervisor      any   2
cameras:faces_basis             ioc|auditor|administrator any 1
cameras:set_faces_basis         administrator       any   3
cameras:lease                   guest               any   1
cameras:phases                  guest               any   1
cameras:report_phases           guest               any   1
cameras:signal_list             ioc|auditor|administrator any 1
cameras:signal                  ioc|auditor|administrator any 1
cameras:set_signal              administrator       any   2
cameras:new_signal_key          administrator       any   3
cameras:revoke_signal_key       administrator       any   3
cameras:health                  guest               any   1
cameras:new_key                 administrator       any   3
cameras:revoke_key              administrator       any   3

# cards: the electronic card; who reads what for which purpose is in the card's own data
cards:kinds                     guest               any   1
cards:purposes                  signed_in           any   1
cards:issue                     signed_in           own   2
cards:mine                      signed_in           own   1
cards:card                      signed_in           own   1
cards:qr                        signed_in           own   1
cards:history                   signed_in           own   1
cards:revoke                    signed_in           own   1
cards:verify                    signed_in           any   1
cards:keys                      guest               any   1
cards:revocations               guest               any   1

# catalogue: what the app does, and each role's home; the role is checked against the token
catalogue:functions             guest               any   1
catalogue:function              guest               any   1
catalogue:home                  guest               any   1
catalogue:act_in                signed_in           own   1
catalogue:pin                   signed_in           own   1
catalogue:use                   guest               any   1
catalogue:rate                  signed_in           any   1
catalogue:statistics            guest               any   1

# directory: what everybody may know about the city
directory:categories            guest               any   1
directory:agencies              guest               any   1
directory:agency                guest               any   1
directory:units                 guest               any   1
directory:unit                  guest               any   1
directory:outlines              guest               any   1
directory:ward                  guest               any   1
directory:due                   guest               any   1
directory:year                  guest               any   1

# fanout: one's own places, phones and inbox of warnings; operators see counts, never people
fanout:push_key                 guest               any   1
fanout:warnings                 signed_in           own   1
fanout:preferences              signed_in           own   1
fanout:prefer                   signed_in           own   1
fanout:why_me                   signed_in           own   1
fanout:places                   signed_in           own   1
fanout:add_place                signed_in           own   1
fanout:remove_place             signed_in           own   1
fanout:be_here                  signed_in           own   1
fanout:not_here                 signed_in           own   1
fanout:my_devices               signed_in           own   1
fanout:add_device               signed_in           own   1
fanout:remove_device            signed_in           own   1
fanout:audience                 ioc                 any   1
fanout:deliveries               ioc                 any   1

# identity: signing in and one's own account
identity:demand                 guest               any   1
identity:sign_in                guest               any   1
identity:refresh                guest               any   1
identity:sign_out               guest               any   1
identity:me                     signed_in           own   1
identity:change_me              signed_in           own   1
identity:people                 guest               any   1
identity:discovery              guest               any   1
identity:key_set                guest               any   1
identity:rotate                 administrator       any   3
identity:sign_out_everywhere    signed_in           own   1
identity:my_devices             signed_in           own   1
identity:end_device             signed_in           own   1
identity:declaration            guest               any   1
identity:declare                signed_in           own   1
identity:my_declarations        signed_in           own   1
identity:attest                 signed_in           own   2
identity:verify_identity        signed_in           own   1
identity:identity_returned      guest               any   1
identity:my_passkeys            signed_in           own   1
identity:passkey_options        signed_in           own   1
identity:add_passkey            signed_in           own   1
identity:remove_passkey         signed_in           own   1
identity:step_up_options        signed_in           own   1
identity:step_up                signed_in           own   1
identity:find_account           administrator       any   1
identity:lock                   administrator       any   1
identity:unlock                 administrator       any   1
identity:appeal                 guest               any   1
identity:appeals                administrator       any   1
identity:decide_appeal          administrator       any   1

# grants: roles; who may give which is in the role's own data
grants:roles                    guest               any   1
grants:organisations            guest               any   1
grants:mine                     signed_in           own   1
grants:request_role             signed_in           any   1
grants:code                     signed_in           own   1
grants:give_up                  signed_in           own   1
grants:members                  organisation_admin  unit  1
grants:members                  auditor             any   1
grants:members                  administrator       any   1
grants:grant                    organisation_admin  unit  1
grants:grant                    administrator       any   3
grants:decide                   organisation_admin  unit  1
grants:decide                   administrator       any   3
grants:revoke                   organisation_admin  unit  1
grants:revoke                   administrator       any   3

# indicators: figures are public; an agency's officers enter its own, its head releases them
indicators:listing              guest               any   1
indicators:show                 guest               any   1
indicators:values               guest               any   1
indicators:sheet                guest               any   1
indicators:history              guest               any   1
indicators:releases             guest               any   1
indicators:check                agency_officer|agency_head unit  1
indicators:submit               agency_officer|agency_head unit  1
indicators:submissions          agency_officer|agency_head unit  1
indicators:submission           agency_officer|agency_head unit  1
indicators:act                  agency_officer|agency_head unit  1
indicators:act/withdraw         agency_officer|agency_head unit  1
indicators:act/release          agency_head         unit  1
indicators:act/send_back        agency_head         unit  1

# media: pictures that people upload
media:ask                       signed_in           any   1
media:look                      signed_in           own   1

# merchants: acceptance points; who works at which is the unit's own knowledge ("own" below)
merchants:listing               guest               any   1
merchants:choices               guest               any   1
merchants:show                  guest               any   1
merchants:apply                 business            any   2
merchants:applications          administrator       any   1
merchants:decide                administrator       any   1
merchants:step                  signed_in           own   1
merchants:step                  administrator       any   1
merchants:change_payout         signed_in           own   3
merchants:desk                  signed_in           own   1
merchants:add_till              signed_in           own   1
merchants:invite                signed_in           own   1
merchants:leave                 signed_in           own   1
merchants:mine                  signed_in           own   1
merchants:join                  signed_in           any   1
merchants:wall_code             signed_in           own   1
merchants:new_code              signed_in           own   1
merchants:show_code             signed_in           own   1
merchants:understand            signed_in           any   1
merchants:pay                   signed_in           any   2
merchants:shown_receipt         signed_in           own   1
merchants:sales                 signed_in           own   1
merchants:refunds               signed_in           own   1
merchants:ask_refund            signed_in           own   1
merchants:decide_refund         signed_in           own   1
merchants:settlements           signed_in           own   1
merchants:day_file              signed_in           own   1

# notify: inboxes
notify:inbox                    signed_in           own   1
notify:mark_read                signed_in           own   1
notify:outbox                   guest               any   1

# open311: the second face of reports; writing needs a partner's key
open311:top                     guest               any   1
open311:create                  guest               any   1
open311:definition              guest               any   1
open311:single                  guest               any   1
open311:token                   guest               any   1

# ops: health, documents, queues
ops:health                      guest               any   1
ops:openapi                     guest               any   1
ops:docs                        guest               any   1
ops:status                      guest               any   1
ops:send_again                  administrator       any   1

# partners: mini apps; makers of an organisation write and submit, its people sign, officers of the
# agency whose duty it is review, two administrators approve with a passkey; suspending takes one
partners:guide                  guest               any   1
partners:listing                guest               any   1
partners:show                   guest               any   1
partners:begin                  partner_developer   unit  1
partners:edit                   partner_developer   unit  1
partners:desk                   partner_developer|organisation_admin unit 1
partners:desk                   agency_officer|agency_head unit  1
partners:desk                   administrator|auditor any 1
partners:queue                  agency_officer|agency_head|administrator|auditor any 1
partners:organisation           partner_developer|organisation_admin unit 1
partners:organisation           administrator|auditor any 1
partners:sign                   partner_developer|organisation_admin unit 3
partners:allow_hosts            administrator       any   3
partners:act                    partner_developer   unit  1
partners:act                    agency_officer|agency_head unit  1
partners:act                    administrator       any   1
partners:act/submit             partner_developer   unit  2
partners:act/withdraw           partner_developer   unit  1
partners:act/review             agency_officer|agency_head unit  1
partners:act/send_back          administrator       any   1
partners:act/ask_approval       administrator       any   3
partners:act/approve            administrator       any   3
partners:act/go_live            partner_developer   unit  2
partners:act/suspend            administrator       any   1
partners:act/resume             administrator       any   3
partners:act/revoke             administrator       any   3

# privacy: everybody's rights over their own data; the officer is an administrator or auditor
privacy:purposes                guest               any   1
privacy:deadlines               guest               any   1
privacy:consents                signed_in           own   1
privacy:consent                 signed_in           own   1
privacy:withdraw                signed_in           own   1
privacy:access_log              signed_in           own   1
privacy:ask                     signed_in           own   1
privacy:ask/erase               signed_in           own   3
privacy:mine                    signed_in           own   1
privacy:request                 signed_in           own   1
privacy:file                    signed_in           own   1
privacy:requests                administrator       any   1
privacy:requests                auditor             any   1
privacy:rule                    administrator       any   1

# reports: field reports; the workflow decides which step whom
reports:reasons                 guest               any   1
reports:states                  guest               any   1
reports:submit                  signed_in           any   1
reports:listing                 guest               any   1
reports:on_map                  guest               any   1
reports:points                  guest               any   1
reports:nearby                  guest               any   1
reports:show                    guest               any   1
reports:timeline                guest               any   1
reports:actions                 guest               any   1
reports:act                     signed_in           any   1
reports:rate                    signed_in           any   1
reports:follow                  signed_in           any   1
reports:unfollow                signed_in           any   1
reports:suggest                 ioc                 any   1
reports:work                    staff               any   1
reports:mine                    signed_in           own   1

# sensing: what is measured is public; gateways are known by their own key, which the unit checks
sensing:batch                   guest               any   1
sensing:observation             guest               any   1
sensing:observations            guest               any   1
sensing:latest                  guest               any   1
sensing:on_map                  guest               any   1
sensing:stations                guest               any   1
sensing:station                 guest               any   1
sensing:station_latest          guest               any   1
sensing:station_series          guest               any   1
sensing:station_csv             guest               any   1
sensing:maintain                staff               any   1
sensing:air_list                guest               any   1
sensing:air                     guest               any   1
sensing:water_list              guest               any   1
sensing:water                   guest               any   1
sensing:river_list              guest               any   1
sensing:river                   guest               any   1
sensing:fire_list               guest               any   1
sensing:fire                    guest               any   1
sensing:episodes                guest               any   1
sensing:episode                 guest               any   1
sensing:recompute               staff|auditor       any   1
sensing:tables                  guest               any   1
sensing:new_key                 administrator       any   3
sensing:revoke_key              administrator       any   3

# settlement: reconciliation; what ends a case is decided by two administrators, each with a passkey
settlement:runs                 administrator|auditor  any  1
settlement:run                  administrator|auditor  any  1
settlement:findings             administrator|auditor  any  1
settlement:sheet                administrator|auditor  any  1
settlement:balances             administrator|auditor  any  1
settlement:statement            administrator|auditor  any  1
settlement:waiting              administrator|auditor  any  1
settlement:run_again            administrator       any   1
settlement:decide               administrator       any   3

# sla and stats: promises kept and figures
sla:board                       staff               any   1
stats:agencies                  guest               any   1
stats:reports                   guest               any   1
stats:reports_csv               guest               any   1

# tourism: what the city shows its visitors
tourism:sights                  guest               any   1
tourism:sight                   guest               any   1
tourism:routes                  guest               any   1
tourism:scenes                  guest               any   1
tourism:scene                   guest               any   1
tourism:pack                    guest               any   1

# vessels: fishing boats; a position is a secret: the centre, the fisheries agencies, the owner
vessels:batch                   guest               any   1
vessels:zones                   guest               any   1
vessels:rules                   guest               any   1
vessels:statistics              guest               any   1
vessels:listing                 ioc                 any   1
vessels:listing                 agency_officer|agency_head unit  1
vessels:on_map                  ioc                 any   1
vessels:on_map                  agency_officer|agency_head unit  1
vessels:show                    ioc                 any   1
vessels:show                    agency_officer|agency_head unit  1
vessels:show                    signed_in           own   1
vessels:track                   ioc                 any   1
vessels:track                   agency_officer|agency_head unit  1
vessels:track                   signed_in           own   1
vessels:track_csv               ioc                 any   1
vessels:track_csv               agency_officer|agency_head unit  1
vessels:track_csv               signed_in           own   1
vessels:track_geojson           ioc                 any   1
vessels:track_geojson           agency_officer|agency_head unit  1
vessels:track_geojson           signed_in           own   1
vessels:track_gpx               ioc                 any   1
vessels:track_gpx               agency_officer|agency_head unit  1
vessels:track_gpx               signed_in           own   1
vessels:report                  ioc                 any   1
vessels:report                  agency_officer|agency_head unit  1
vessels:report                  signed_in           own   1
vessels:report/port             ioc                 any   1
vessels:report/port             agency_officer|agency_head unit  1
vessels:mine                    signed_in           own   1
vessels:cases                   ioc                 any   1
vessels:cases                   agency_officer|agency_head unit  1
vessels:case                    ioc                 any   1
vessels:case                    agency_officer|agency_head unit  1
vessels:case                    signed_in           own   1
vessels:timeline                ioc                 any   1
vessels:timeline                agency_officer|agency_head unit  1
vessels:timeline                signed_in           own   1
vessels:act                     ioc                 any   1
vessels:act                     agency_officer|agency_head unit  1
vessels:act                     signed_in           own   1
vessels:act/notify              ioc                 any   1
vessels:act/notify              agency_officer|agency_head unit  1
vessels:act/explain             agency_officer|agency_head unit  1
vessels:act/explain             signed_in           own   1
vessels:act/verify              agency_officer|agency_head unit  1
vessels:act/close               agency_officer|agency_head unit  1
vessels:act/clear               agency_officer|agency_head unit  1
vessels:act/find_breach         agency_officer|agency_head unit  1
vessels:act/caution             agency_officer|agency_head unit  1
vessels:act/propose_fine        agency_officer|agency_head unit  2
vessels:act/send_back           agency_head         unit  1
vessels:act/decide_fine         agency_head         unit  2
vessels:act/settle              agency_officer|agency_head unit  1
vessels:outages                 ioc                 any   1
vessels:outages                 agency_officer|agency_head unit  1
vessels:recall_list             ioc                 any   1
vessels:recall_list             agency_officer|agency_head unit  1
vessels:recall                  ioc                 any   1
vessels:recall_of               ioc                 any   1
vessels:recall_of               agency_officer|agency_head unit  1
vessels:called                  ioc                 any   1
vessels:called                  agency_officer|agency_head unit  1
vessels:revise                  ioc                 any   1
vessels:withdraw                ioc                 any   1
vessels:answer                  ioc                 any   1
vessels:answer                  agency_officer|agency_head unit  1
vessels:answer                  signed_in           own   1
vessels:new_key                 administrator       any   3
vessels:revoke_key              administrator       any   3

# violations: the centre judges, the authority that was handed a case answers; plates are searched
# under warrant, asked by one and released by another with a passkey; enrollers are known by key
violations:choices              staff|auditor       any   1
violations:statistics           guest               any   1
violations:listing              ioc|auditor         any   1
violations:handed               agency_officer|agency_head any 1
violations:next_ones            ioc                 any   1
violations:claim                ioc                 any   1
violations:release              ioc                 any   1
violations:show                 ioc|auditor         any   1
violations:show                 agency_officer|agency_head unit  1
violations:evidence             ioc                 any   1
violations:evidence             agency_officer|agency_head unit  1
violations:custody_of           ioc|auditor         any   1
violations:act                  ioc                 any   1
violations:act                  agency_officer|agency_head unit  1
violations:act/confirm          ioc                 any   1
violations:act/deny             ioc                 any   1
violations:act/transfer         ioc                 any   2
violations:act/outcome          ioc                 any   1
violations:act/outcome          agency_officer|agency_head unit  1
violations:evidence_pack        ioc                 any   1
violations:evidence_pack        agency_officer|agency_head unit  1
violations:precision_table      ioc|auditor         any   1
violations:accept               ioc_supervisor      any   2
violations:search_list          ioc_supervisor|auditor any 1
violations:search               ioc_supervisor|auditor any 1
violations:search_audit         ioc_supervisor|auditor any 1
violations:ask_search           ioc                 any   2
violations:decide_search        ioc_supervisor      any   3
violations:end_search           ioc_supervisor      any   2
violations:search_results       ioc_supervisor      any   2
violations:search_hits          ioc_supervisor|auditor any 2
violations:search_photo         ioc_supervisor      any   2
violations:next_photo           guest               any   1
violations:enrol                guest               any   1
violations:new_enroller_key     administrator       any   3
violations:revoke_enroller_key  administrator       any   3

# wallet: one's own money; the bank's notices are signed, which the unit checks
wallet:bank_notice              guest               any   1
wallet:open_wallet              signed_in           own   2
wallet:mine                     signed_in           own   1
wallet:top_up                   signed_in           own   2
wallet:cash_out                 signed_in           own   2
wallet:recipient                signed_in           own   2
wallet:receiving_code           signed_in           own   2
wallet:new_receiving_code       signed_in           own   2
wallet:transfer                 signed_in           own   2
wallet:payment                  signed_in           own   1
wallet:activity                 signed_in           own   1
wallet:limits                   signed_in           own   1
wallet:statement                signed_in           own   1
wallet:statement_csv            signed_in           own   1
wallet:statement_pdf            signed_in           own   1
wallet:freeze_own               signed_in           own   1
wallet:unfreeze_own             signed_in           own   3
wallet:close_own                signed_in           own   3
wallet:dispute                  signed_in           own   1
wallet:my_disputes              signed_in           own   1
wallet:show_dispute             signed_in           own   1
wallet:show_dispute             administrator       any   1
wallet:show_dispute             auditor             any   1
wallet:answer_dispute           signed_in           own   1
wallet:withdraw_dispute         signed_in           own   1
wallet:disputes_waiting         administrator       any   1
wallet:disputes_waiting         auditor             any   1
wallet:take_dispute             administrator       any   1
wallet:ask_disputer             administrator       any   1
wallet:reject_dispute           administrator       any   1
wallet:refund_dispute           administrator       any   3
wallet:confirm_dispute          administrator       any   3
wallet:send_back_dispute        administrator       any   1
wallet:bank_cases               administrator|auditor any 1
wallet:bank_case                administrator|auditor any 1
wallet:ask_bank                 administrator       any   1
wallet:propose_case             administrator       any   3
wallet:decide_case              administrator       any   3
wallet:corrections_made         administrator|auditor any 1
wallet:propose_correction       administrator       any   3
wallet:decide_correction        administrator       any   3
wallet:freeze                   administrator       any   1
wallet:unfreeze                 administrator       any   3
wallet:accounts                 administrator       any   1
wallet:accounts                 auditor             any   1
wallet:check_account            administrator       any   1
wallet:check_account            auditor             any   1
wallet:trial_balances           administrator       any   1
wallet:trial_balances           auditor             any   1
wallet:new_trial_balance        administrator       any   1
wallet:new_trial_balance        auditor             any   1
"""

_GROUPS: dict[str, frozenset[str]] = {"ioc": IOC, "agency": AGENCY, "staff": STAFF}


class Line(NamedTuple):
    """One line of the table."""

    who: frozenset[str]
    on: On
    assurance: int


@dataclass(frozen=True, slots=True)
class Resource:
    """What an action is about: whose it is and to which organisation it belongs."""

    owner: str | None = None
    unit: str | None = None


def _read(table: str) -> dict[str, tuple[Line, ...]]:
    lines: dict[str, tuple[Line, ...]] = {}
    for row in table.splitlines():
        if not row or row.startswith("#"):
            continue
        action, who, on, assurance = row.split()
        roles = frozenset[str]().union(*(_GROUPS.get(w, {w}) for w in who.split("|")))
        if on not in ("any", "own", "unit"):
            raise ValueError(f"policy: {row}")
        lines[action] = (*lines.get(action, ()), Line(roles, on, int(assurance)))  # type: ignore[arg-type]
    return lines


RULES: dict[str, tuple[Line, ...]] = _read(TABLE)


def _holds(who: Principal | None, line: Line) -> bool:
    if "guest" in line.who:
        return True
    return who is not None and ("signed_in" in line.who or bool(who.roles & line.who))


def _fits(who: Principal | None, line: Line, thing: Resource) -> bool:
    if line.on == "any":
        return True
    if who is None:
        return False
    if line.on == "own":
        return thing.owner == who.user_id
    return thing.unit is not None and (
        any(role in line.who and unit == thing.unit for role, unit in who.posts)
        or (who.unit == thing.unit and bool(who.roles & line.who))
    )


def allows(who: Principal | None, action: str, thing: Resource, now: datetime) -> bool:
    """Whether the caller may do `action` on `thing`, now."""
    return any(
        _holds(who, line)
        and _fits(who, line, thing)
        and (line.assurance <= 1 or (who is not None and who.assurance(now) >= line.assurance))
        for line in RULES.get(action, ())
    )


def admit(who: Principal | None, action: str, now: datetime) -> None:
    """The door of a route: the caller holds a role of some line, well enough known.

    Raises:
        Unauthenticated, Forbidden, AssuranceNeeded: why not.
    """
    _judge(who, [line for line in RULES.get(action, ()) if _holds(who, line)], now)


def require(who: Principal | None, action: str, thing: Resource, now: datetime) -> None:
    """The whole question, asked where the thing is known.

    Raises:
        Unauthenticated, Forbidden, AssuranceNeeded: why not.
        NotFound: it is somebody else's; whether it exists is not told.
    """
    held = [line for line in RULES.get(action, ()) if _holds(who, line)]
    fitting = [line for line in held if _fits(who, line, thing)]
    if held and not fitting:
        raise NotFound(what=action.partition(":")[0])
    _judge(who, fitting, now)


def _judge(who: Principal | None, lines: list[Line], now: datetime) -> None:
    if not lines:
        raise Unauthenticated if who is None else Forbidden
    needed = min(line.assurance for line in lines)
    if needed > 1 and (who is None or who.assurance(now) < needed):
        raise AssuranceNeeded(needed)
