"""Verifying who somebody is: the flow with the national identity provider (`openid.py`).

Every flow is tied to the account that began it and to the browser it began in: PKCE (RFC 7636),
state and nonce, each good once and for ten minutes.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from pydantic import BaseModel

from city.adapters.table import CommitConflict
from city.contracts.identity import ProfileChanged
from city.identity.door import Door
from city.identity.model import Account, Verified
from city.identity.openid import IdentityProvider, IdentityRefused
from city.identity.store import changed
from city.kernel.people import STEPPED_UP, Principal
from city.kernel.problems import AssuranceNeeded, Conflict, Problem
from city.kernel.text import text

FLOW_LIFE = timedelta(minutes=10)
CALLBACK = "/v1/auth/vneid/callback"


class IdentityTaken(Problem):
    """This identity belongs to another account."""

    status = 409
    slug = "identity-taken"
    title = text("Danh tính đã gắn với tài khoản khác", "Identity belongs to another account")
    detail = text(
        "Số định danh này đã xác minh cho một tài khoản khác.",
        "This identity has been verified for another account.",
    )


class Started(BaseModel):
    """Where to go to be verified."""

    authorize_url: str


def begin(
    door: Door, provider: IdentityProvider, who: Principal, base_url: str
) -> tuple[Started, str]:
    """Start verifying; also the value that binds this browser to the flow (a cookie).

    Without the binding, somebody could finish their own flow in another's browser and tie their
    identity to that account.

    Raises:
        AssuranceNeeded: see `_by_its_holder`.
    """
    account, _ = door.known(who.user_id)
    stepped_up = who.assurance(door.now) >= STEPPED_UP
    _by_its_holder(door, account, stepped_up)
    state, nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(4))
    doc = {
        "user_id": account.id,
        "nonce": nonce,
        "verifier": verifier,
        "browser": door.keyed("browser", browser),
        "provider": provider.name,
        "stepped_up": stepped_up,
    }
    door.people.keep_once("oidc", door.keyed("oidc", state), doc, door.now + FLOW_LIFE)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    url = provider.authorize_url(
        redirect_uri=base_url + CALLBACK, state=state, nonce=nonce, challenge=challenge
    )
    return Started(authorize_url=url), browser


def finish(
    door: Door,
    provider: IdentityProvider,
    *,
    code: str,
    state: str,
    browser: str,
    base_url: str,
    issuer: str = "",
    error: str = "",
) -> None:
    """Take the provider's answer and bind the identity to the account that asked.

    Raises:
        IdentityRefused: unknown, old or used state, another browser, another issuer's answer
            (RFC 9207), a refusal, a bad answer.
        IdentityTaken: the identity is another account's.
        AssuranceNeeded: see `_by_its_holder`; a passkey may have been added on the way.
        IdentityUnavailable: the provider does not answer.
    """
    flow = door.people.take_once("oidc", door.keyed("oidc", state), door.now)
    if flow is None or flow["provider"] != provider.name:
        raise IdentityRefused
    if not hmac.compare_digest(flow["browser"], door.keyed("browser", browser)):
        raise IdentityRefused
    if error or not provider.answered(issuer):
        raise IdentityRefused
    found = provider.identity(
        code=code,
        verifier=flow["verifier"],
        redirect_uri=base_url + CALLBACK,
        nonce=flow["nonce"],
        now=door.now,
    )
    number = door.keyed("identity", found.number)
    account, version = door.known(flow["user_id"])
    _by_its_holder(door, account, bool(flow.get("stepped_up")))
    if account.identity_hash not in (None, number):
        raise IdentityTaken
    seen = Verified(
        level=found.level,
        name=found.name,
        birth_date=found.birth_date,
        at=door.now,
        provider=provider.name,
    )
    after = account.model_copy(
        update={
            "verified": seen,
            "identity_hash": number,
            "name": found.name,
            "birth_date": found.birth_date or account.birth_date,
        }
    )
    bound = door.people.bound(number, account.id)
    said = ProfileChanged(user_id=account.id, at=door.now)
    try:
        door.commit([bound, changed(after, version)], said)
    except CommitConflict as conflict:
        raise (IdentityTaken if 0 in conflict.failed else Conflict) from conflict
    door.revoke(account.id)  # the next token says level 2


def _by_its_holder(door: Door, account: Account, stepped_up: bool) -> None:
    """A first identity is bound by the passkey's holder, where there is one: verifying again
    replaces a lost passkey, and must not replace its holder.

    Raises:
        AssuranceNeeded: the holder has not shown the passkey.
    """
    if account.identity_hash is None and not stepped_up and door.people.passkeys(account.id):
        raise AssuranceNeeded(STEPPED_UP)
