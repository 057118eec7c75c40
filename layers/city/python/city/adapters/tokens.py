"""Access tokens: signed JWTs for ten minutes (RFC 7519, RFC 9068), ours or a trusted issuer's.

The header's `kid` and the claimed issuer choose one key; the key, never the token, says which
algorithm is used. `jku`, `jwk` and `x5u` in a header are not looked at.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, Protocol

import jwt

from city.adapters.trust import AUDIENCE, LIFETIME, OutsideIssuer, Trust, TrustedKey, trust
from city.kernel.clock import stamp
from city.kernel.people import Principal
from city.kernel.problems import Unauthenticated

ACCESS, ATTESTATION = "at+jwt", "attestation+jwt"
_REQUIRED = ["iss", "aud", "exp", "iat", "sub", "jti"]


class Signer(Protocol):
    """Who signs for the city (`city.identity.keys`)."""

    issuer: str

    def sign(self, claims: dict[str, Any], now: datetime, typ: str) -> str:
        """A compact JWS over `claims` with the key in force at `now`."""


def issue(
    who: Principal,
    signer: Signer,
    now: datetime,
    token_id: str,
    until: datetime | None = None,
    amr: tuple[str, ...] = ("otp",),
) -> str:
    """A token for `who`: good for `LIFETIME`, or until a role of theirs ends."""
    end = min(now + LIFETIME, until) if until else now + LIFETIME
    raised = who.stepped_up_until
    claims = {
        "iss": signer.issuer,
        "aud": AUDIENCE,
        "sub": who.user_id,
        "jti": token_id,
        "iat": now.timestamp(),
        "exp": int(end.timestamp()),
        "scope": "city",
        "acr": str(who.acr),
        "amr": list(amr),
        "roles": sorted(who.roles),
        "posts": sorted(f"{role}@{unit}" for role, unit in who.posts),
        "unit": who.unit,
        "sid": who.session,
        "stepped_up_until": int(raised.timestamp()) if raised else None,
    }
    return signer.sign({k: v for k, v in claims.items() if v is not None}, now, ACCESS)


def read(token: str, trusted: Trust, now: datetime) -> Principal:
    """Who a token speaks for.

    Raises:
        Unauthenticated: forged, expired, revoked, from elsewhere, or not a token.
    """
    key, claims = _verified(token, trusted, now, (ACCESS,))
    if key.outside:
        return _stranger(claims, key.outside)
    issued = stamp(datetime.fromtimestamp(claims["iat"], UTC))
    if issued <= trusted.good_since(claims["sub"]):
        raise Unauthenticated
    raised = claims.get("stepped_up_until")
    return Principal(
        user_id=claims["sub"],
        roles=frozenset(claims.get("roles", [])),
        unit=claims.get("unit"),
        posts=frozenset(_post(words) for words in claims.get("posts", [])),
        acr=int(claims.get("acr", "1")),
        stepped_up_until=datetime.fromtimestamp(raised, UTC) if raised else None,
        session=claims.get("sid"),
    )


def verify_attestation(token: str, audience: str, now: datetime) -> dict[str, Any]:
    """The claims of an attestation that `identity` signed for `audience`.

    Raises:
        Unauthenticated: forged, expired, meant for somebody else, or not an attestation.
    """
    _, claims = _verified(token, trust(), now, (ATTESTATION,), audience)
    return claims


def _verified(
    token: str, trusted: Trust, now: datetime, types: tuple[str, ...], audience: str | None = None
) -> tuple[TrustedKey, dict[str, Any]]:
    try:
        header = jwt.get_unverified_header(token)
        claimed = jwt.decode(token, options={"verify_signature": False}).get("iss")
        key = trusted.key(str(claimed), str(header.get("kid")))
        # Outside issuers call every token JWT; of our own, each kind is good for one thing only.
        if key is None or (key.outside is None and header.get("typ") not in types):
            raise Unauthenticated
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm],
            issuer=key.issuer,
            audience=audience or key.audience,
            # Time is ours to judge: it comes in as an argument.
            options={
                "require": _REQUIRED if key.outside is None else ["iss", "aud", "exp", "sub"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.PyJWTError as error:
        raise Unauthenticated from error
    if claims["exp"] <= now.timestamp() or claims.get("nbf", 0) > now.timestamp():
        raise Unauthenticated
    return key, claims


def _post(words: str) -> tuple[str, str]:
    role, _, unit = words.partition("@")
    return role, unit


def _stranger(claims: dict[str, Any], issuer: OutsideIssuer) -> Principal:
    """A person of a trusted issuer: an id of their own, no role beyond what the issuer may give."""
    told = claims.get(issuer.roles_claim, [])
    roles = frozenset(told if isinstance(told, list) else str(told).split()) & issuer.roles
    name = hashlib.sha256(f"{issuer.issuer}|{claims['sub']}".encode()).hexdigest()[:32]
    return Principal(
        user_id=f"oidc-{name}",
        roles=roles or frozenset({"citizen"}) & issuer.roles,
        acr=issuer.levels.get(str(claims.get("acr", "")), 1),
    )
