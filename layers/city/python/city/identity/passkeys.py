"""Passkeys (WebAuthn level 2): kept by a person's device, they raise a session for five minutes."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import webauthn
from pydantic import BaseModel, ConfigDict, Field
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from city.adapters.table import ABSENT, CommitConflict
from city.identity.door import Door
from city.identity.model import STEP_UP_S, Tokens
from city.identity.sessions import renew
from city.kernel.page import Page
from city.kernel.people import STEPPED_UP, Principal
from city.kernel.problems import AssuranceNeeded, Conflict, NotFound, Problem, Unauthenticated
from city.kernel.text import text

CHALLENGE_LIFE = timedelta(minutes=5)
RECOVERY = timedelta(minutes=10)
PASSKEYS = 10
_REQUIRED = UserVerificationRequirement.REQUIRED
# What parsing an answer raises that was made to be no answer.
_MALFORMED = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)


class BadPasskey(Problem):
    """The device's answer does not fit: another challenge, another site, another key."""

    status = 422
    slug = "bad-passkey"
    title = text("Khoá truy cập không hợp lệ", "Passkey not accepted")
    detail = text(
        "Không xác nhận được khoá truy cập. Thử lại trên thiết bị đã đăng ký.",
        "The passkey could not be confirmed. Try again on the device that holds it.",
    )


class NoPasskey(Problem):
    """There is no passkey to step up with."""

    status = 409
    slug = "no-passkey"
    title = text("Chưa có khoá truy cập", "No passkey yet")
    detail = text("Thêm khoá truy cập trong mục Tôi trước.", "Add a passkey under Me first.")


class NewPasskey(BaseModel):
    """What the browser made, and a name for it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    credential: dict[str, Any]


class Assertion(BaseModel):
    """What the browser signed."""

    model_config = ConfigDict(extra="forbid")

    credential: dict[str, Any]


class PasskeyView(BaseModel):
    """A passkey as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


def _site(base_url: str) -> tuple[str, str]:
    """The relying party's id and origin."""
    parts = urlsplit(base_url)
    return parts.hostname or "", f"{parts.scheme}://{parts.netloc}"


def _challenge(door: Door, options: Any, purpose: str, user_id: str) -> dict[str, Any]:
    until = door.now + CHALLENGE_LIFE
    key = bytes_to_base64url(options.challenge)
    door.people.keep_once(f"challenge-{purpose}", key, {"user_id": user_id}, until)
    made: dict[str, Any] = json.loads(options_to_json(options))
    return made


def _answered(door: Door, credential: dict[str, Any], purpose: str, user_id: str) -> bytes:
    """The challenge that an answer is for; it is good once, for the person it was made for."""
    try:
        raw = base64url_to_bytes(credential["response"]["clientDataJSON"])
        key = str(json.loads(raw)["challenge"]).rstrip("=")
        held = door.people.take_once(f"challenge-{purpose}", key, door.now)
        if held is None or held["user_id"] != user_id:
            raise BadPasskey
        return base64url_to_bytes(key)
    except _MALFORMED as error:
        raise BadPasskey from error


def _checked(verify: Callable[[], Any]) -> Any:
    try:
        return verify()
    except (WebAuthnException, *_MALFORMED) as error:
        raise BadPasskey from error


def _by_its_holder(door: Door, who: Principal) -> None:
    """Whoever only has the telephone number adds a first passkey, but does not replace one.

    Raises:
        AssuranceNeeded: a passkey is changed with a passkey, or, when it was lost, right after
            the national provider has vouched for the person again.
    """
    seen = door.known(who.user_id)[0].verified
    recovered = seen is not None and seen.provider != "demo" and door.now - seen.at < RECOVERY
    if not recovered and who.assurance(door.now) < STEPPED_UP and door.people.passkeys(who.user_id):
        raise AssuranceNeeded(STEPPED_UP)


def creation(door: Door, who: Principal, base_url: str) -> dict[str, Any]:
    """What `navigator.credentials.create` needs.

    Raises:
        AssuranceNeeded: see `_by_its_holder`.
    """
    _by_its_holder(door, who)
    account, _ = door.known(who.user_id)
    rp_id, _ = _site(base_url)
    options = webauthn.generate_registration_options(
        rp_id=rp_id,
        rp_name="Hue-S",
        user_name=account.name or "Hue-S",
        user_id=who.user_id.encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_REQUIRED
        ),
        exclude_credentials=_descriptors(door, who.user_id),
    )
    return _challenge(door, options, "create", who.user_id)


def add(door: Door, who: Principal, body: NewPasskey, base_url: str) -> PasskeyView:
    """Keep a passkey.

    Raises:
        BadPasskey: the answer does not fit. Conflict: it is kept already, or there are too many.
        AssuranceNeeded: see `_by_its_holder`.
    """
    _by_its_holder(door, who)
    challenge = _answered(door, body.credential, "create", who.user_id)
    rp_id, origin = _site(base_url)
    made = _checked(
        lambda: webauthn.verify_registration_response(
            credential=body.credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
    )
    if len(door.people.passkeys(who.user_id)) >= PASSKEYS:
        raise Conflict
    doc = {
        "id": bytes_to_base64url(made.credential_id),
        "name": body.name,
        "key": bytes_to_base64url(made.credential_public_key),
        "count": made.sign_count,
        "created_at": door.now.isoformat(),
        "used_at": None,
    }
    try:
        door.people.save_passkey(who.user_id, doc, ABSENT)
    except CommitConflict as error:
        raise Conflict from error
    return PasskeyView.model_validate({k: doc[k] for k in PasskeyView.model_fields})


def listed(door: Door, who: Principal) -> Page[PasskeyView]:
    """One's passkeys."""
    return Page(
        items=[
            PasskeyView.model_validate({k: doc[k] for k in PasskeyView.model_fields})
            for doc, _ in door.people.passkeys(who.user_id)
        ]
    )


def remove(door: Door, who: Principal, passkey_id: str) -> None:
    """Forget a passkey.

    Raises:
        NotFound: not one of one's own. AssuranceNeeded: see `_by_its_holder`.
    """
    _by_its_holder(door, who)
    if not door.people.drop_passkey(who.user_id, passkey_id):
        raise NotFound(what="khoá truy cập / passkey")


def request(door: Door, who: Principal, base_url: str) -> dict[str, Any]:
    """What `navigator.credentials.get` needs.

    Raises:
        NoPasskey: there is none.
    """
    allowed = _descriptors(door, who.user_id)
    if not allowed:
        raise NoPasskey
    rp_id, _ = _site(base_url)
    options = webauthn.generate_authentication_options(
        rp_id=rp_id, allow_credentials=allowed, user_verification=_REQUIRED
    )
    return _challenge(door, options, "get", who.user_id)


def step_up(door: Door, who: Principal, body: Assertion, base_url: str) -> Tokens:
    """Raise this session for five minutes.

    Raises:
        BadPasskey: not one of one's own, or the answer does not fit; a counter that goes back is
        a copied key.
        Unauthenticated: the session has ended.
    """
    challenge = _answered(door, body.credential, "get", who.user_id)
    held = next(
        (
            (doc, version)
            for doc, version in door.people.passkeys(who.user_id)
            if doc["id"] == str(body.credential.get("id", "")).rstrip("=")
        ),
        None,
    )
    if held is None:
        raise BadPasskey
    doc, version = held
    rp_id, origin = _site(base_url)
    proof = _checked(
        lambda: webauthn.verify_authentication_response(
            credential=body.credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=base64url_to_bytes(doc["key"]),
            credential_current_sign_count=doc["count"],
            require_user_verification=True,
        )
    )
    used = {**doc, "count": proof.new_sign_count, "used_at": door.now.isoformat()}
    try:
        door.people.save_passkey(who.user_id, used, version)
    except CommitConflict as error:
        raise BadPasskey from error  # the same key answered twice at once
    session = door.people.session(who.session or "")
    if session is None or session[0].user_id != who.user_id or session[0].ended:
        raise Unauthenticated
    until = door.now + timedelta(seconds=STEP_UP_S)
    return renew(door, who.session or "", *session, stepped_up_until=until)


def _descriptors(door: Door, user_id: str) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(doc["id"]))
        for doc, _ in door.people.passkeys(user_id)
    ]
