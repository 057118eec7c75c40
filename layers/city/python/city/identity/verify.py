"""Verifying who somebody is, through the national identity provider.

OpenID Connect, authorization code with PKCE (RFC 7636), state and nonce. Known of VNeID: level 2
accounts are identities checked in person, and services connect by redirect. Its endpoints and
claim names are not public; `personal_id`, `name`, `birthdate` and `acr=level2` are assumed here
and in the simulator, and stand in one place: `_identity`.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import jwt
from pydantic import BaseModel

from city.adapters.table import CommitConflict
from city.contracts.identity import ProfileChanged
from city.identity.model import Verified
from city.identity.service import Door, known
from city.kernel.problems import Conflict, Problem
from city.kernel.text import text

FLOW_LIFE = timedelta(minutes=10)
FRESH_S = 600.0
TIMEOUT_S = 8
SKEW_S = 60
LEVELS = {"level2": 2}
CALLBACK = "/v1/auth/vneid/callback"


class IdentityUnavailable(Problem):
    """The provider does not answer, or is not configured."""

    status = 503
    slug = "identity-provider-unavailable"
    title = text("Chưa xác minh được lúc này", "Verification not possible now")
    detail = text(
        "Hệ thống định danh không trả lời. Chưa có gì thay đổi; xin thử lại sau.",
        "The identity provider does not answer. Nothing was changed; please try again later.",
    )


class IdentityRefused(Problem):
    """The provider's answer does not hold, or was given to somebody else."""

    status = 422
    slug = "identity-not-verified"
    title = text("Chưa xác minh được danh tính", "Identity not verified")
    detail = text(
        "Câu trả lời của hệ thống định danh không hợp lệ hoặc đã cũ. Xin làm lại từ đầu.",
        "The identity provider's answer is not valid or too old. Please start again.",
    )


class IdentityTaken(Problem):
    """This identity belongs to another account."""

    status = 409
    slug = "identity-taken"
    title = text("Danh tính đã gắn với tài khoản khác", "Identity belongs to another account")
    detail = text(
        "Số định danh này đã xác minh cho một tài khoản khác.",
        "This identity has been verified for another account.",
    )


class Identity(BaseModel, frozen=True):
    """What a provider vouches for."""

    number: str
    name: str
    birth_date: date | None
    level: int


class IdentityProvider(Protocol):
    """The port: where to send a person, and what came back."""

    name: str

    def authorize_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """Where the person goes."""

    def identity(
        self, *, code: str, verifier: str, redirect_uri: str, nonce: str, now: datetime
    ) -> Identity:
        """Exchange the code.

        Raises:
            IdentityUnavailable, IdentityRefused: why not.
        """


class Started(BaseModel):
    """Where to go to be verified."""

    authorize_url: str


def _hash(door: Door, purpose: str, words: str) -> str:
    return hmac.new(door.secret.encode(), f"{purpose}|{words}".encode(), hashlib.sha256).hexdigest()


def begin(
    door: Door, provider: IdentityProvider, user_id: str, base_url: str
) -> tuple[Started, str]:
    """Start verifying; also the value that binds this browser to the flow (a cookie).

    Without the binding, somebody could finish their own flow in another's browser and tie their
    identity to that account.
    """
    known(door, user_id)
    state, nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(4))
    doc = {
        "user_id": user_id,
        "nonce": nonce,
        "verifier": verifier,
        "browser": _hash(door, "browser", browser),
        "provider": provider.name,
    }
    door.people.keep_once("oidc", _hash(door, "oidc", state), doc, door.now + FLOW_LIFE)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    url = provider.authorize_url(
        redirect_uri=base_url + CALLBACK, state=state, nonce=nonce, challenge=challenge
    )
    return Started(authorize_url=url), browser


def finish(
    door: Door, provider: IdentityProvider, *, code: str, state: str, browser: str, base_url: str
) -> None:
    """Take the provider's answer and bind the identity to the account that asked.

    Raises:
        IdentityRefused: unknown, old or used state, another browser, a bad answer.
        IdentityTaken: the identity is another account's.
        IdentityUnavailable: the provider does not answer.
    """
    flow = door.people.take_once("oidc", _hash(door, "oidc", state), door.now)
    if flow is None or flow["provider"] != provider.name:
        raise IdentityRefused
    if not hmac.compare_digest(flow["browser"], _hash(door, "browser", browser)):
        raise IdentityRefused
    found = provider.identity(
        code=code,
        verifier=flow["verifier"],
        redirect_uri=base_url + CALLBACK,
        nonce=flow["nonce"],
        now=door.now,
    )
    number = _hash(door, "identity", found.number)
    account, version = known(door, flow["user_id"])
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
    try:
        door.people.bind_identity(number, after, version)
    except CommitConflict as error:
        current = known(door, account.id)[1]
        raise (IdentityTaken if current == version else Conflict) from error
    changed = ProfileChanged(user_id=account.id, at=door.now)
    door.outbox.commit([], [(door.new_id(door.now), changed, door.now)])
    door.revoke(account.id)  # the next token says level 2


@dataclass
class OpenIdProvider:
    """An OpenID Connect provider at an address, discovered and kept for ten minutes."""

    issuer: str
    client_id: str
    client_secret: str
    name: str = "vneid"
    tick: Callable[[], float] = time.monotonic
    _held: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    def authorize_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """See `IdentityProvider`."""
        told = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid profile identity",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "acr_values": "level2",
        }
        return f"{self._discovered()['authorization_endpoint']}?{urllib.parse.urlencode(told)}"

    def identity(
        self, *, code: str, verifier: str, redirect_uri: str, nonce: str, now: datetime
    ) -> Identity:
        """See `IdentityProvider`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - the provider's own discovered address
            self._discovered()["token_endpoint"],
            data=urllib.parse.urlencode(form).encode(),
            headers={"Authorization": f"Basic {basic}"},
        )
        answer = _json(request)
        claims = self._claims(str(answer.get("id_token", "")), nonce, now)
        return _identity(claims)

    def _claims(self, token: str, nonce: str, now: datetime) -> dict[str, Any]:
        """The id token's claims, OpenID Connect Core 3.1.3.7. One algorithm, chosen by us."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._key(str(kid))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=self.issuer,
                audience=self.client_id,
                options={
                    "require": ["iss", "aud", "exp", "iat", "sub", "nonce"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError as error:
            raise IdentityRefused from error
        fresh = claims["iat"] - SKEW_S <= now.timestamp() < claims["exp"]
        single = claims["aud"] == self.client_id or claims.get("azp") == self.client_id
        if not fresh or not single or not hmac.compare_digest(str(claims["nonce"]), nonce):
            raise IdentityRefused
        return claims

    def _key(self, kid: str) -> Any:
        for fresh_s in (FRESH_S, 0.0):  # an unknown id may be a new key: look again once
            keys = self._get(self._discovered()["jwks_uri"], fresh_s)["keys"]
            for jwk in keys:
                if jwk.get("kid") == kid and jwk.get("kty") == "RSA":
                    return jwt.PyJWK.from_dict(jwk, algorithm="RS256").key
        raise IdentityRefused

    def _discovered(self) -> dict[str, Any]:
        if not self.issuer:
            raise IdentityUnavailable
        found = self._get(f"{self.issuer}/.well-known/openid-configuration", FRESH_S)
        if found.get("issuer") != self.issuer:
            raise IdentityRefused  # somebody else's document
        return found

    def _get(self, url: str, fresh_s: float) -> dict[str, Any]:
        held = self._held.get(url)
        if held and self.tick() - held[0] < fresh_s:
            return held[1]
        found = _json(urllib.request.Request(url))  # noqa: S310 - configuration
        self._held[url] = (self.tick(), found)
        return found


def _json(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        if error.code >= 500:
            raise IdentityUnavailable from error
        raise IdentityRefused from error
    except (OSError, ValueError) as error:
        raise IdentityUnavailable from error


def _identity(claims: dict[str, Any]) -> Identity:
    """The provider's claims in our words."""
    level = LEVELS.get(str(claims.get("acr")))
    number = str(claims.get("personal_id", ""))
    if level is None or len(number) != 12 or not number.isdigit():
        raise IdentityRefused
    born = claims.get("birthdate")
    return Identity(
        number=number,
        name=str(claims.get("name", "")).strip(),
        birth_date=date.fromisoformat(born) if born else None,
        level=level,
    )
