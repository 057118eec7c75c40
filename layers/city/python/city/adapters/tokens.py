"""Access tokens: short-lived JWTs (RFC 7519), HMAC-SHA256, this issuer only."""

from datetime import datetime, timedelta

import jwt

from city.kernel.people import Principal, Role
from city.kernel.problems import Unauthenticated

ISSUER = "hue-s"
LIFETIME = timedelta(minutes=15)


def issue(principal: Principal, secret: str, now: datetime) -> str:
    """A token for `principal`, good for `LIFETIME`."""
    return jwt.encode(
        {
            "iss": ISSUER,
            "sub": principal.user_id,
            "roles": sorted(principal.roles),
            "unit": principal.unit,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        },
        secret,
        algorithm="HS256",
    )


def read(token: str, secret: str, now: datetime) -> Principal:
    """Who a token speaks for.

    Raises:
        Unauthenticated: forged, expired, from elsewhere, or not a token.
    """
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            issuer=ISSUER,
            options={"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as error:
        raise Unauthenticated from error
    if claims["exp"] <= now.timestamp():
        raise Unauthenticated
    known = {role.value for role in Role}
    return Principal(
        user_id=claims["sub"],
        roles=frozenset(Role(name) for name in claims.get("roles", []) if name in known),
        unit=claims.get("unit"),
    )
