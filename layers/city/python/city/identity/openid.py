"""The national identity provider as we see it: OpenID Connect, authorization code with PKCE.

Known of VNeID: level 2 accounts are identities checked in person, and services connect by
redirect. Its endpoints and claim names are not public; `personal_id`, `name`, `birthdate` and
`acr=level2` are assumed here and in the simulator, and stand in one place: `_identity`.
"""

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import jwt
from pydantic import BaseModel

from city.identity.profile import plain_name
from city.kernel.problems import Problem
from city.kernel.text import text

FRESH_S = 600.0
TIMEOUT_S = 8
SKEW_S = 60
LARGEST = 1_000_000  # bytes of an answer
LEVELS = {"level2": 2}


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


class Identity(BaseModel, frozen=True):
    """What a provider vouches for."""

    number: str
    name: str
    birth_date: date | None
    level: int


class IdentityProvider(Protocol):
    """The port: where to send a person, and what came back."""

    name: str

    def answered(self, issuer: str) -> bool:
        """Whether an answer that names this issuer (empty: none) is this provider's."""

    def authorize_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """Where the person goes."""

    def identity(
        self, *, code: str, verifier: str, redirect_uri: str, nonce: str, now: datetime
    ) -> Identity:
        """Exchange the code.

        Raises:
            IdentityUnavailable, IdentityRefused: why not.
        """


@dataclass
class OpenIdProvider:
    """An OpenID Connect provider at an address, discovered and kept for ten minutes."""

    issuer: str
    client_id: str
    client_secret: str
    name: str = "vneid"
    tick: Callable[[], float] = time.monotonic
    _held: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    def answered(self, issuer: str) -> bool:
        """See `IdentityProvider`."""
        if issuer:
            return issuer == self.issuer
        return not self._discovered().get("authorization_response_iss_parameter_supported")

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
        return f"{self._place('authorization_endpoint')}?{urllib.parse.urlencode(told)}"

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
            self._place("token_endpoint"),
            data=urllib.parse.urlencode(form).encode(),
            headers={"Authorization": f"Basic {basic}"},
        )
        answer = _json(request)
        return _identity(self._claims(answer, nonce, now))

    def _claims(self, answer: dict[str, Any], nonce: str, now: datetime) -> dict[str, Any]:
        """The id token's claims, OpenID Connect Core 3.1.3.7. One algorithm, chosen by us."""
        token = str(answer.get("id_token", ""))
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
        times = (claims["iat"], claims["exp"])
        if not all(type(at) in (int, float) for at in times):
            raise IdentityRefused
        fresh = times[0] - SKEW_S <= now.timestamp() < times[1]
        single = claims["aud"] in (self.client_id, [self.client_id])
        ours = claims.get("azp", self.client_id) == self.client_id
        named = hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode())
        if not (fresh and single and ours and named and _belongs(claims, answer)):
            raise IdentityRefused
        return claims

    def _key(self, kid: str) -> Any:
        for fresh_s in (FRESH_S, 0.0):  # an unknown id may be a new key: look again once
            keys = self._get(self._place("jwks_uri"), fresh_s).get("keys")
            for jwk in keys if isinstance(keys, list) else []:
                if isinstance(jwk, dict) and jwk.get("kid") == kid and _signs(jwk):
                    return jwt.PyJWK.from_dict(jwk, algorithm="RS256").key
        raise IdentityRefused

    def _discovered(self) -> dict[str, Any]:
        if not self.issuer:
            raise IdentityUnavailable
        found = self._get(f"{self.issuer}/.well-known/openid-configuration", FRESH_S)
        if found.get("issuer") != self.issuer:
            raise IdentityRefused  # somebody else's document
        return found

    def _place(self, what: str) -> str:
        """One of the provider's addresses.

        Raises:
            IdentityUnavailable: it has none; our secret goes to http(s) only.
        """
        url = self._discovered().get(what)
        if not isinstance(url, str) or urllib.parse.urlsplit(url).scheme not in ("https", "http"):
            raise IdentityUnavailable
        return url

    def _get(self, url: str, fresh_s: float) -> dict[str, Any]:
        held = self._held.get(url)
        if held and self.tick() - held[0] < fresh_s:
            return held[1]
        found = _json(urllib.request.Request(url))  # noqa: S310 - configuration
        self._held[url] = (self.tick(), found)
        return found


class _NoWayOn(urllib.request.HTTPRedirectHandler):
    """The client's secret and the code go where the provider's document says, and no further."""

    def redirect_request(self, *_: Any) -> None:
        """Do not follow."""


_OPENER = urllib.request.build_opener(_NoWayOn)


def _json(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
            found = json.loads(answer.read(LARGEST))
    except urllib.error.HTTPError as error:
        error.close()
        raise (IdentityUnavailable if error.code >= 500 else IdentityRefused) from error
    except (OSError, ValueError) as error:
        raise IdentityUnavailable from error
    if not isinstance(found, dict):
        raise IdentityUnavailable
    return found


def _signs(jwk: dict[str, Any]) -> bool:
    """Whether a key is for what we take it for, and for nothing else."""
    told = (jwk.get("kty"), jwk.get("alg", "RS256"), jwk.get("use", "sig"))
    return told == ("RSA", "RS256", "sig")


def _belongs(claims: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether the id token and the access token came together, where it says so (3.1.3.6)."""
    if "at_hash" not in claims:
        return True
    half = hashlib.sha256(str(answer.get("access_token", "")).encode()).digest()[:16]
    expected = base64.urlsafe_b64encode(half).rstrip(b"=")
    return hmac.compare_digest(str(claims["at_hash"]).encode(), expected)


def _identity(claims: dict[str, Any]) -> Identity:
    """The provider's claims in our words."""
    level = LEVELS.get(str(claims.get("acr")))
    number = str(claims.get("personal_id", ""))
    if level is None or len(number) != 12 or not (number.isascii() and number.isdigit()):
        raise IdentityRefused
    born = claims.get("birthdate")
    try:
        return Identity(
            number=number,
            name=plain_name(str(claims.get("name", ""))),
            birth_date=date.fromisoformat(str(born)) if born else None,
            level=level,
        )
    except ValueError as error:
        raise IdentityRefused from error
