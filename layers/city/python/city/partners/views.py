"""Mini apps as everybody sees them, and as their makers and officers do."""

from datetime import timedelta
from urllib.parse import urlsplit

from city.kernel import policy
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import Forbidden, NotFound
from city.kernel.text import Text
from city.partners.acting import at_hand
from city.partners.documents import PartnerTerms
from city.partners.model import AppRelease, PartnerApp, WrongAppState
from city.partners.office import WATCH, PartnerOffice, belongs, duties_of, require_look
from city.partners.shapes import (
    AppAction,
    AppLogView,
    AppReleaseView,
    AppReviewView,
    AskedPermission,
    PartnerDesk,
    PartnerGuide,
    PartnerOrganisation,
    PublicApp,
    QueuedApp,
    QueueQuery,
    SignedTerms,
    TermsView,
)
from city.partners.workflow import (
    ACTION_NAMES,
    ACTIONS,
    OPENED,
    STATE_NAMES,
    AppState,
)


def guide(office: PartnerOffice) -> PartnerGuide:
    """What a maker of apps has to know."""
    rules = office.rules
    return PartnerGuide(
        scopes=list(rules.scopes),
        events=list(rules.events),
        duties=list(rules.duties),
        limits=rules.limits,
        host_version=office.host_version,
        terms=terms_view(office.terms),
    )


def terms_view(terms: PartnerTerms) -> TermsView:
    """The terms as they are read and signed."""
    return TermsView(
        version=terms.version, valid_from=terms.valid_from.isoformat(), title=terms.title,
        text=terms.text, sha256=terms.sha256,
    )  # fmt: skip


def public_list(office: PartnerOffice, query: PageQuery) -> Page[PublicApp]:
    """Apps that are live, those first that have been for longest."""
    after = decode_cursor(query.cursor).get("a")
    ids, more = office.partners.waiting(AppState.LIVE, after, query.limit)
    items = [
        public(office, app, app.current)
        for app in office.partners.many(ids)
        if app.current and app.current.state is AppState.LIVE
    ]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def show(office: PartnerOffice, app_id: str) -> PublicApp:
    """An app that is open, or was.

    Raises:
        NotFound: there is none, or it was never open.
    """
    app, _ = office.found(app_id)
    if app.current is None or app.current.state not in OPENED:
        raise NotFound(what=f"ứng dụng / app {app_id[:40]}")
    return public(office, app, app.current)


def public(office: PartnerOffice, app: PartnerApp, release: AppRelease) -> PublicApp:
    """As everybody sees it. Why it is closed is told; who closed it is not."""
    told, support = release.manifest, release.manifest.support
    opens = app.demo_page or told.entry
    asked = []
    for one in told.permissions:
        scope = office.rules.scope.get(one.scope)
        unknown = Text(vi=one.scope, en=one.scope)
        asked.append(
            AskedPermission(
                scope=one.scope, name=scope.name if scope else unknown,
                text=scope.text if scope else unknown,
                purpose=Text(vi=one.purpose.vi, en=one.purpose.en),
                sensitive=bool(scope and scope.sensitive),
            )
        )  # fmt: skip
    return PublicApp(
        id=app.id, version=told.version, name=Text(vi=told.name.vi, en=told.name.en),
        description=Text(vi=told.description.vi, en=told.description.en), icon=told.icon,
        organisation=app.organisation, organisation_name=office.organisation(app.organisation),
        state=release.state, state_name=STATE_NAMES[release.state], since=release.since,
        reason=release.reason, opens=opens if release.state is AppState.LIVE else None,
        host=urlsplit(opens).hostname or "", permissions=asked, events=list(told.events),
        retention_days=told.retention_days, dpia=told.dpia, email=support.email,
        phone=support.phone, answer_hours=support.answer_hours,
        available_percent=support.available_percent, demo=bool(app.demo_page),
    )  # fmt: skip


def queue(office: PartnerOffice, query: QueueQuery, who: Principal) -> Page[QueuedApp]:
    """Versions in a state, those that wait longest first.

    Raises:
        Forbidden: an officer whose agency has no part in this; drafts are nobody's but the owner's.
    """
    watching = bool(who.roles & WATCH)
    if not watching and not duties_of(office, who):
        raise Forbidden
    state = AppState(query.state)
    if state is AppState.DRAFT and not watching:
        raise Forbidden
    after = decode_cursor(query.cursor).get("a")
    ids, more = office.partners.waiting(state, after, query.limit)
    items = [
        queued(office, app, one, who)
        for app in office.partners.many(ids)
        for one in app.releases
        if one.state is state
    ]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def queued(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, who: Principal
) -> QueuedApp:
    """A version in a list."""
    kinds = {duty.kind for duty in duties_of(office, who)}
    name = release.manifest.name
    return QueuedApp(
        id=app.id, number=release.number, version=release.manifest.version,
        name=Text(vi=name.vi, en=name.en), icon=release.manifest.icon,
        organisation=app.organisation, organisation_name=office.organisation(app.organisation),
        state=release.state, state_name=STATE_NAMES[release.state], since=release.since,
        waits_for=release.waits_for, yours=bool(kinds & set(release.waits_for)),
        terms_due=terms_due(office, app.organisation), demo=bool(app.demo_page),
    )  # fmt: skip


def terms_due(office: PartnerOffice, organisation: str) -> bool:
    """Whether an organisation has yet to sign the terms in force."""
    return office.partners.signature(organisation, office.terms.version) is None


def organisation(
    office: PartnerOffice, organisation_id: str, who: Principal
) -> PartnerOrganisation:
    """An organisation with its apps, hosts and signature.

    Raises:
        NotFound: there is none, or it is not the caller's.
    """
    policy.require(who, "partners:organisation", Resource(unit=organisation_id), office.now)
    if office.city.organisation(organisation_id, office.today) is None:
        raise NotFound(what=f"tổ chức / organisation {organisation_id[:40]}")
    signature = office.partners.signature(organisation_id, office.terms.version)
    apps = office.partners.of(organisation_id)
    return PartnerOrganisation(
        id=organisation_id,
        name=office.organisation(organisation_id),
        hosts=list(office.partners.hosts(organisation_id)),
        terms=terms_view(office.terms),
        signed=SignedTerms(**signature.model_dump(exclude={"by"})) if signature else None,
        apps=[queued(office, app, app.releases[-1], who) for app in apps],
    )


def desk(office: PartnerOffice, app_id: str, who: Principal) -> PartnerDesk:
    """An app as its makers and officers see it.

    Raises:
        NotFound: it is neither theirs nor handed in.
    """
    app, _ = office.found(app_id)
    require_look(office, app, who)
    watching, own = bool(who.roles & WATCH), belongs(who, app.organisation)
    coming = app.coming
    if coming and coming.state is AppState.DRAFT and not (own or watching):
        coming = None
    edits = policy.allows(who, "partners:edit", Resource(unit=app.organisation), office.now)
    free = app.coming is None or app.coming.state is AppState.DRAFT
    return PartnerDesk(
        id=app.id,
        organisation=app.organisation,
        organisation_name=office.organisation(app.organisation),
        demo=bool(app.demo_page),
        current=_release(office, app, app.current, who) if app.current else None,
        coming=_release(office, app, coming, who) if coming else None,
        hosts=list(office.partners.hosts(app.organisation)),
        terms_version=office.terms.version,
        terms_due=terms_due(office, app.organisation),
        may_edit=edits and free and not app.revoked,
        may_allow_hosts=_may(office, who, "partners:allow_hosts", Resource()),
        allowed=_allowed(office, app, who),
        log=[
            AppLogView(
                **line.model_dump(include={"at", "part", "action", "number", "words"}),
                action_name=ACTION_NAMES[line.action],
                state_name=STATE_NAMES[line.state],
                you=line.by == who.user_id,
                by=line.by if watching else None,
            )
            for line in office.partners.log(app_id)
        ],
    )


def _release(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, who: Principal
) -> AppReleaseView:
    reviews = []
    for duty in office.rules.duties:
        given = release.review(duty.kind)
        reviews.append(
            AppReviewView(
                kind=duty.kind, name=duty.name, looks_at=duty.looks_at, agency=duty.agency,
                agency_name=office.organisation(duty.agency),
                passed=given.passed if given else None, reason=given.reason if given else "",
                conditions=given.conditions if given else "", at=given.at if given else None,
                you=bool(given and given.by == who.user_id),
            )
        )  # fmt: skip
    coming = release.state in (AppState.DRAFT, AppState.SUBMITTED, AppState.SANDBOX)
    return AppReleaseView(
        **release.model_dump(
            include={"number", "state", "since", "submitted_at", "approved_at", "reason"}
        ),
        manifest=release.manifest,
        state_name=STATE_NAMES[release.state],
        reviews=reviews,
        asked=bool(release.asked_by),
        asked_by_you=release.asked_by == who.user_id,
        findings=office.judged(app, release.manifest) if coming else [],
    )


def _may(office: PartnerOffice, who: Principal, action: str, thing: Resource) -> bool:
    """Whether somebody may, if need be after confirming with a passkey."""
    sure = who.model_copy(update={"stepped_up_until": office.now + timedelta(minutes=1)})
    return policy.allows(sure, action, thing, office.now)


def _allowed(office: PartnerOffice, app: PartnerApp, who: Principal) -> list[AppAction]:
    """The steps that the caller may take now, in the table's order."""
    found = []
    for action in (name for name in ACTION_NAMES if name in ACTIONS):
        try:
            release = at_hand(app, action)
        except WrongAppState:
            continue
        kinds = []
        if action == "review":
            kinds = [d.kind for d in duties_of(office, who) if d.kind in release.waits_for]
            fits = bool(kinds) and who.user_id not in {one.by for one in release.reviews}
        else:
            fits = _may(office, who, f"partners:act/{action}", Resource(unit=app.organisation))
        if action == "approve":
            fits = fits and bool(release.asked_by) and release.asked_by != who.user_id
        if action == "ask_approval":
            fits = fits and not release.asked_by
        if action == "resume":
            fits = fits and release.ended_by != who.user_id
        if fits:
            found.append(AppAction(action=action, name=ACTION_NAMES[action], kinds=kinds))
    return found
