"""What wakes `identity`: people who sign in, and who look at their own account."""

import functools
from http.cookies import SimpleCookie
from typing import Any

from city.adapters.http import Reply, Request, Unit
from city.adapters.queue import Queue
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import table
from city.adapters.trace import note
from city.adapters.trust import trust
from city.identity import service
from city.identity.keys import Keys
from city.identity.model import (
    REFRESH_LIFE_S,
    ChangeMe,
    Demand,
    DemoPerson,
    Me,
    Refresh,
    Sent,
    SignIn,
    Tokens,
)
from city.identity.service import Door
from city.identity.store import People
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page
from city.kernel.people import Principal
from city.kernel.problems import NotFound
from pydantic import BaseModel

app = Unit("identity")
events = app.events
COOKIE = "hues_refresh"


@functools.cache
def keys() -> Keys:
    """The keys that sign, kept between requests."""
    return Keys(table("identity"), trust(), settings().token_secret)


def door() -> Door:
    """Everything the service needs, in this process, now."""
    return Door(
        people=People(table("identity")),
        sms=Queue("notify-sms"),
        secret=settings().token_secret,
        signer=keys(),
        now=utc_now(),
        new_id=new_id,
        sandbox=settings().sandbox,
    )


def _cookie(value: str, age: int) -> str:
    secure = "; Secure" if settings().public_base_url.startswith("https") else ""
    return f"{COOKIE}={value}; Max-Age={age}; Path=/v1/auth; HttpOnly; SameSite=Strict{secure}"


def _with_cookie(tokens: Tokens) -> Reply:
    cookie = _cookie(tokens.refresh_token, REFRESH_LIFE_S)
    return Reply(tokens, headers={"Set-Cookie": cookie, "Cache-Control": "no-store"})


def _given(body: Refresh, request: Request) -> str | None:
    held = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    return body.refresh_token or (held.value if held else None)


@app.post("/v1/auth/otp", status=202, idempotent=False)
def demand(body: Demand, request: Request) -> Sent:
    """Send a one-time code to a telephone number."""
    return service.demand(door(), body.phone, request.source_ip)


@app.post("/v1/auth/token", idempotent=False, shape=Tokens)
def sign_in(body: SignIn) -> Reply:
    """Exchange the code for a session."""
    return _with_cookie(service.sign_in(door(), body.phone, body.otp))


@app.post("/v1/auth/refresh", idempotent=False, shape=Tokens)
def refresh(body: Refresh, request: Request) -> Reply:
    """Exchange the refresh token (cookie or body) for a new session."""
    return _with_cookie(service.refresh(door(), _given(body, request)))


@app.post("/v1/auth/signout", status=204, idempotent=False)
def sign_out(body: Refresh, request: Request) -> Reply:
    """End the session."""
    service.sign_out(door(), _given(body, request))
    return Reply(status=204, headers={"Set-Cookie": _cookie("", 0)})


def _unit_name(agency_id: str) -> str:
    agency = reference().agency(agency_id)
    return agency.name.vi if agency else agency_id


@app.get("/v1/me")
def me(who: Principal) -> Me:
    """One's own account."""
    return service.me(door(), who.user_id, _unit_name)


@app.patch("/v1/me")
def change_me(body: ChangeMe, who: Principal) -> Me:
    """Change one's name or language."""
    service.change_me(door(), who.user_id, body)
    return service.me(door(), who.user_id, _unit_name)


class Discovery(BaseModel):
    """OpenID Connect discovery, as far as it concerns those who check our tokens."""

    issuer: str
    jwks_uri: str
    token_endpoint: str
    id_token_signing_alg_values_supported: list[str]
    response_types_supported: list[str] = []
    subject_types_supported: list[str] = ["public"]


class KeySet(BaseModel):
    """Our public keys (RFC 7517)."""

    keys: list[dict[str, Any]]


class Rotated(BaseModel):
    """The key that was begun; it signs two minutes from now."""

    kid: str


@app.get("/.well-known/openid-configuration", shape=Discovery)
def discovery() -> Reply:
    """Where the city's keys are and how it signs."""
    base = settings().public_base_url
    known = Discovery(
        issuer=base,
        jwks_uri=f"{base}/.well-known/jwks.json",
        token_endpoint=f"{base}/v1/auth/token",
        id_token_signing_alg_values_supported=["RS256"],
    )
    return Reply(known, headers={"Cache-Control": "public, max-age=300"})


@app.get("/.well-known/jwks.json", shape=KeySet)
def key_set() -> Reply:
    """The public keys that check the city's tokens."""
    found = KeySet(keys=trust().public_keys())
    return Reply(found, headers={"Cache-Control": "public, max-age=60"})


@app.post("/v1/auth/keys/rotate")
def rotate() -> Rotated:
    """Begin a new signing key; the present one stays good until its tokens have expired."""
    return Rotated(kid=keys().rotate(utc_now()))


@app.every(minutes=60)
def tend_keys() -> None:
    """Renew an old signing key and forget ended ones."""
    note(renewed=keys().tend(utc_now()))


@app.get("/_sandbox/people")
def people() -> Page[DemoPerson]:
    """The demo accounts; in the sandbox only."""
    if not settings().sandbox:
        raise NotFound(what="/_sandbox/people")
    return Page(items=service.demo_people(People(table("identity"))))
