"""What an organisation does: begin and change versions, sign the terms; and who allows hosts."""

import re

from city.adapters.table import CommitConflict
from city.contracts.manifest import AppManifest
from city.kernel import policy
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import Conflict, FieldError, Invalid, NotFound, invalid
from city.partners.model import (
    AllowedHosts,
    AppLogLine,
    AppRelease,
    AppSignature,
    IdTaken,
    PartnerApp,
    WrongAppState,
)
from city.partners.office import PartnerOffice
from city.partners.shapes import NewHosts, NewSignature
from city.partners.store import APPS_BOUND
from city.partners.workflow import STATE_NAMES, AppState

HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.[a-z]{2,63}")


def begin(office: PartnerOffice, manifest: AppManifest, who: Principal) -> PartnerApp:
    """Begin an app with a draft.

    Raises:
        NotFound: the organisation is not the caller's. IdTaken: there is an app with this id.
        Conflict: the organisation has too many.
    """
    unit = manifest.organisation
    policy.require(who, "partners:begin", Resource(unit=unit), office.now)
    if len(office.partners.of(unit)) >= APPS_BOUND:
        raise Conflict
    release = AppRelease(number=1, manifest=manifest, state=AppState.DRAFT, since=office.now)
    app = PartnerApp(id=manifest.id, organisation=unit, created_at=office.now, coming=release)
    try:
        office.partners.add(app, _line(office, who, "draft", release))
    except CommitConflict as error:
        raise IdTaken(id=manifest.id) from error
    return app


def edit(office: PartnerOffice, app_id: str, manifest: AppManifest, who: Principal) -> None:
    """Change a draft; where there is none on the way, begin the next version.

    Raises:
        NotFound: no such app of the caller's. WrongAppState: it is under review, approved, revoked.
        Invalid: another id or organisation. Conflict: somebody changed it at the same time.
    """
    app, version = office.found(app_id)
    policy.require(who, "partners:edit", Resource(unit=app.organisation), office.now)
    held = app.coming
    blocking = next((one for one in app.releases if one.state is AppState.REVOKED), None)
    if held and held.state is not AppState.DRAFT:
        blocking = held
    if blocking:
        name = STATE_NAMES[blocking.state]
        raise WrongAppState(vi=name.vi, en=name.en)
    fixed = (("id", app.id), ("organisation", app.organisation))
    wrong = [
        FieldError(field=field, vi="Không đổi được.", en="This cannot be changed.")
        for field, value in fixed
        if getattr(manifest, field) != value
    ]
    if wrong:
        raise Invalid(errors=tuple(wrong))
    if held:
        release = held.model_copy(update={"manifest": manifest})
    else:
        number = app.current.number + 1 if app.current else 1
        release = AppRelease(
            number=number, manifest=manifest, state=AppState.DRAFT, since=office.now
        )
    after = app.model_copy(update={"coming": release, "seq": app.seq + 1})
    line = _line(office, who, "edit" if held else "draft", release)
    try:
        office.partners.save(app, version, after, line, [])
    except CommitConflict as error:
        raise Conflict from error


def _line(office: PartnerOffice, who: Principal, action: str, release: AppRelease) -> AppLogLine:
    return AppLogLine(
        at=office.now, by=who.user_id, part="partner", action=action, number=release.number,
        state=release.state,
    )  # fmt: skip


def sign(office: PartnerOffice, organisation: str, body: NewSignature, who: Principal) -> None:
    """Sign the terms in force for an organisation. Signing again changes nothing.

    Raises:
        NotFound: not the caller's organisation. Invalid: another version or text than in force.
    """
    policy.require(who, "partners:sign", Resource(unit=organisation), office.now)
    terms = office.terms
    if (body.version, body.sha256) != (terms.version, terms.sha256):
        raise invalid(
            "version",
            "Điều khoản đã có bản khác. Tải lại, đọc rồi ký.",
            "The terms have changed. Reload, read and sign.",
        )
    signature = AppSignature(
        version=body.version, sha256=body.sha256, signatory=body.signatory.strip(),
        position=body.position.strip(), by=who.user_id, at=office.now,
    )  # fmt: skip
    try:
        office.partners.sign(organisation, signature)
    except CommitConflict:
        return  # signed already: the first signature stands


def allow_hosts(office: PartnerOffice, organisation: str, body: NewHosts, who: Principal) -> None:
    """Say on which hosts an organisation's apps may live.

    Raises:
        NotFound: no such organisation. Invalid: not a host's name.
    """
    policy.require(who, "partners:allow_hosts", Resource(), office.now)
    if office.city.organisation(organisation, office.today) is None:
        raise NotFound(what=f"tổ chức / organisation {organisation[:40]}")
    named = tuple(dict.fromkeys(one.strip().lower() for one in body.hosts))
    wrong = [
        FieldError(
            field=f"hosts.{n}", vi=f"“{one}” không phải tên máy chủ.", en=f"“{one}” is no host."
        )
        for n, one in enumerate(named)
        if not HOST.fullmatch(one)
    ]  # fmt: skip
    if wrong:
        raise Invalid(errors=tuple(wrong))
    allowed = AllowedHosts(hosts=named, by=who.user_id, at=office.now)
    office.partners.allow(organisation, allowed)
