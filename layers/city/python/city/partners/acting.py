"""One step of a mini app: who may (policy), when (the table), on what condition (guards)."""

from collections.abc import Callable

from city.adapters.table import CommitConflict
from city.contracts.partners import PartnerAppAnswered, PartnerAppChanged
from city.kernel import policy
from city.kernel.ids import derived_id
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import Conflict, Invalid, NotFound, invalid
from city.kernel.text import Text
from city.partners.model import (
    AlreadyReviewed,
    AnotherPerson,
    AppLogLine,
    AppRelease,
    AppReview,
    PartnerApp,
    TermsNotSigned,
    WrongAppState,
)
from city.partners.office import PartnerOffice, belongs, require_look
from city.partners.shapes import AppStep
from city.partners.store import Event
from city.partners.workflow import ACTIONS, STATE_NAMES, AppState, moves

_S = AppState
NEEDS_WORDS = frozenset({"review", "send_back", "suspend", "revoke"})
LEAST_WORDS = 10
ON_CURRENT = frozenset({"suspend", "resume"})
Change = Callable[[PartnerOffice, PartnerApp, AppRelease, AppStep, Principal], AppRelease]


def act(office: PartnerOffice, app_id: str, action: str, body: AppStep, who: Principal) -> None:
    """Take a step.

    Raises:
        NotFound: no such app or step, or not the caller's to know of.
        Forbidden, AssuranceNeeded: the policy. AnotherPerson: it takes somebody else.
        WrongAppState, AlreadyReviewed, TermsNotSigned: not now.
        Invalid: what the checks found, or words that are missing.
        Conflict: somebody else changed it at the same time.
    """
    app, version = office.found(app_id)
    if action not in ACTIONS:
        require_look(office, app, who)
        raise NotFound(what=f"bước / step {action[:20]}")
    policy.require(who, f"partners:act/{action}", about(office, app, action, body), office.now)
    release = at_hand(app, action)
    _require_words(action, body)
    changed = _CHANGES[action](office, app, release, body, who)
    after = _with(app, changed, action)
    line = AppLogLine(
        at=office.now, by=who.user_id, part=_part(action, body), action=action,
        number=release.number, state=changed.state, words=_said(body),
    )  # fmt: skip
    events = [*_told(office, app, after), *_answered(office, after, changed, action, body)]
    signed = office.terms.version if action in ("go_live", "resume") else None
    try:
        office.partners.save(app, version, after, line, events, signed)
    except CommitConflict as error:
        raise Conflict from error


def about(office: PartnerOffice, app: PartnerApp, action: str, body: AppStep) -> Resource:
    """What a step is about: a review belongs to the agency whose duty it is."""
    if action != "review":
        return Resource(unit=app.organisation)
    duty = office.rules.duty.get(body.kind or "")
    if duty is None:
        raise invalid("kind", "Nêu loại thẩm định.", "Say which review it is.")
    return Resource(unit=duty.agency)


def at_hand(app: PartnerApp, action: str) -> AppRelease:
    """The version that a step is about.

    Raises:
        WrongAppState: the table has no such move now.
    """
    held = [app.current] if action in ON_CURRENT else [app.coming]
    if action == "revoke":
        held = [app.current, app.coming]
    shown = next((one for one in held if one), None)
    fitting = next((one for one in held if one and moves(one.state, action)), None)
    if fitting is None:
        name = STATE_NAMES[shown.state] if shown else Text(vi="chưa có bản nào", en="not there")
        raise WrongAppState(vi=name.vi, en=name.en)
    return fitting


def _require_words(action: str, body: AppStep) -> None:
    if action in NEEDS_WORDS and len(body.words.strip()) < LEAST_WORDS:
        raise invalid(
            "words",
            f"Nêu lý do, ít nhất {LEAST_WORDS} ký tự.",
            f"Say why, in at least {LEAST_WORDS} characters.",
        )
    if action == "review" and body.passed is None:
        raise invalid("passed", "Chọn đạt hoặc không đạt.", "Choose passed or failed.")


def _said(body: AppStep) -> str:
    return " · ".join(one.strip() for one in (body.words, body.conditions) if one.strip())


def _part(action: str, body: AppStep) -> str:
    if action == "review":
        return f"reviewer:{body.kind}"
    return "partner" if action in ("submit", "withdraw", "go_live") else "administrator"


def require_stranger(app: PartnerApp, release: AppRelease, who: Principal, *others: str) -> None:
    """Go on only for somebody who has no part in the app and did not do one of the other steps.

    Raises:
        AnotherPerson: they have, or did.
    """
    reviewers = {one.by for one in release.reviews}
    if belongs(who, app.organisation) or who.user_id in {*reviewers, *others, release.submitted_by}:
        raise AnotherPerson


def require_terms(office: PartnerOffice, app: PartnerApp) -> None:
    """Go on only if the owner has signed the terms in force.

    Raises:
        TermsNotSigned: it has not.
    """
    if office.partners.signature(app.organisation, office.terms.version) is None:
        raise TermsNotSigned(version=office.terms.version)


def _submit(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, _: AppStep, who: Principal
) -> AppRelease:
    found = office.judged(app, release.manifest)
    if found:
        raise Invalid(errors=tuple(found))
    return release.model_copy(
        update={
            "state": _S.SUBMITTED, "since": office.now, "submitted_at": office.now,
            "submitted_by": who.user_id, "reviews": (), "asked_by": "", "approved_by": "",
            "approved_at": None, "reason": "",
        }
    )  # fmt: skip


def _back(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, body: AppStep, who: Principal
) -> AppRelease:
    del app, who
    update = {"state": _S.DRAFT, "since": office.now, "reason": body.words.strip(), "asked_by": ""}
    return release.model_copy(update=update)


def _review(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, body: AppStep, who: Principal
) -> AppRelease:
    kind = body.kind
    if kind is None or body.passed is None:  # `about` and `_require_words` have seen to it
        raise Conflict
    if release.review(kind):
        raise AlreadyReviewed
    require_stranger(app, release, who)
    given = AppReview(
        kind=kind, by=who.user_id, passed=body.passed, reason=body.words.strip(),
        conditions=body.conditions.strip(), at=office.now,
    )  # fmt: skip
    after = release.model_copy(update={"reviews": (*release.reviews, given)})
    if after.waits_for:
        return after
    failed = [one for one in after.reviews if not one.passed]
    state = _S.DRAFT if failed else _S.SANDBOX
    why = "\n".join(one.reason for one in failed)
    return after.model_copy(update={"state": state, "since": office.now, "reason": why})


def _ask(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, body: AppStep, who: Principal
) -> AppRelease:
    del office, body
    require_stranger(app, release, who)
    return release.model_copy(update={"asked_by": who.user_id})


def _approve(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, body: AppStep, who: Principal
) -> AppRelease:
    del body
    if not release.asked_by:
        raise AnotherPerson
    require_stranger(app, release, who, release.asked_by)
    return release.model_copy(
        update={
            "state": _S.APPROVED, "since": office.now, "approved_by": who.user_id,
            "approved_at": office.now,
        }
    )  # fmt: skip


def _go_live(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, body: AppStep, who: Principal
) -> AppRelease:
    del body, who
    if app.current and not moves(app.current.state, "replace"):
        name = STATE_NAMES[app.current.state]
        raise WrongAppState(vi=name.vi, en=name.en)
    found = office.judged(app, release.manifest)  # hosts and rules may have changed since
    if found:
        raise Invalid(errors=tuple(found))
    require_terms(office, app)
    return release.model_copy(update={"state": _S.LIVE, "since": office.now, "reason": ""})


def _resume(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, body: AppStep, who: Principal
) -> AppRelease:
    del body
    if who.user_id == release.ended_by or belongs(who, app.organisation):
        raise AnotherPerson
    require_terms(office, app)
    update = {"state": _S.LIVE, "since": office.now, "reason": "", "ended_by": ""}
    return release.model_copy(update=update)


def _end(
    office: PartnerOffice, release: AppRelease, body: AppStep, who: Principal, state: AppState
) -> AppRelease:
    return release.model_copy(
        update={
            "state": state, "since": office.now, "reason": body.words.strip(),
            "ended_by": who.user_id,
        }
    )  # fmt: skip


_CHANGES: dict[str, Change] = {
    "submit": _submit,
    "withdraw": _back,
    "review": _review,
    "send_back": _back,
    "ask_approval": _ask,
    "approve": _approve,
    "go_live": _go_live,
    "suspend": lambda office, _, release, body, who: _end(office, release, body, who, _S.SUSPENDED),
    "resume": _resume,
    "revoke": lambda office, _, release, body, who: _end(office, release, body, who, _S.REVOKED),
}


def _with(app: PartnerApp, changed: AppRelease, action: str) -> PartnerApp:
    """The app with its version changed. Revoking ends both versions; going live replaces."""
    update: dict[str, object] = {"seq": app.seq + 1}
    if action == "go_live":
        update |= {"current": changed, "coming": None}
    elif app.current and changed.number == app.current.number:
        update |= {"current": changed}
        if action == "revoke":
            update |= {"coming": None}
    else:
        update |= {"coming": changed}
    return app.model_copy(update=update)


def _shown(app: PartnerApp) -> AppRelease | None:
    return app.current if app.current and app.current.state is _S.LIVE else None


def _told(office: PartnerOffice, before: PartnerApp, after: PartnerApp) -> list[Event]:
    """What the city's home has to know, if this step changed it."""
    was, now = _shown(before), _shown(after)
    said = now or was
    if was == now or said is None:
        return []
    return [changed_event(office, after, said, shown=now is not None)]


def changed_event(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, *, shown: bool
) -> Event:
    """An app as the city's home hears of it."""
    manifest = release.manifest
    told = PartnerAppChanged(
        app_id=app.id, seq=app.seq, shown=shown, version=manifest.version,
        name=Text(vi=manifest.name.vi, en=manifest.name.en),
        organisation=office.organisation(app.organisation), icon=manifest.icon,
        roles=manifest.roles, at=office.now,
    )  # fmt: skip
    return derived_id(office.now, app.id, str(app.seq), "changed"), told, office.now


def _answered(
    office: PartnerOffice, app: PartnerApp, release: AppRelease, action: str, body: AppStep
) -> list[Event]:
    """What whoever handed it in reads in their inbox: every answer of an officer."""
    if action in ("submit", "withdraw", "go_live", "ask_approval") or not release.submitted_by:
        return []
    outcome, subject = action, None
    if action == "review":
        outcome = "review_passed" if body.passed else "review_failed"
        subject = office.rules.duty[str(body.kind)].name
    name = release.manifest.name
    told = PartnerAppAnswered(
        app_id=app.id, to=release.submitted_by, name=Text(vi=name.vi, en=name.en),
        outcome=outcome, about=subject, words=_said(body), at=office.now,
    )  # fmt: skip
    return [(derived_id(office.now, app.id, str(app.seq), "answer"), told, office.now)]
