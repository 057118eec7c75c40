"""What wakes `identity`: people who sign in, and who look at their own account."""

import functools
from http.cookies import SimpleCookie
from typing import Any

from city.adapters.holder import handle
from city.adapters.http import Reply, Request, Unit
from city.adapters.parts import BucketParts
from city.adapters.queue import Queue
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.adapters.trust import trust
from city.contracts.envelope import CloudEvent
from city.contracts.grants import GrantsChanged
from city.contracts.privacy import PersonalDataRequested
from city.identity import devices, locks, passkeys, profile, rights, service, sessions, verify
from city.identity.devices import DeviceView
from city.identity.door import Door
from city.identity.keys import Keys
from city.identity.locks import (
    AccountsQuery,
    AccountView,
    Appeal,
    AppealDecision,
    NewAppeal,
    NewLock,
    Received,
)
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
from city.identity.openid import OpenIdProvider
from city.identity.passkeys import Assertion, NewPasskey, PasskeyView
from city.identity.profile import Attestation, Audience, Declaration, DeclarationText, Profile
from city.identity.store import People
from city.identity.verify import Started
from city.kernel.clock import local_date, utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.kernel.problems import NotFound, Problem
from pydantic import BaseModel, Field

app = Unit("identity")
events = app.events
COOKIE, FLOW_COOKIE = "hues_refresh", "hues_oidc"


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
        outbox=outbox("identity"),
        revoke=lambda subject: trust().revoke(subject, utc_now()),
    )


@functools.cache
def provider() -> OpenIdProvider:
    """The national identity provider; what it published is kept between requests."""
    return OpenIdProvider(settings().vneid_issuer, "hue-s", settings().vneid_client_secret)


def _cookie(value: str, age: int) -> str:
    secure = "; Secure" if settings().public_base_url.startswith("https") else ""
    return f"{COOKIE}={value}; Max-Age={age}; Path=/v1/auth; HttpOnly; SameSite=Strict{secure}"


def _flow_cookie(value: str, age: int) -> str:
    secure = "; Secure" if settings().public_base_url.startswith("https") else ""
    path = "/v1/auth/vneid"
    return f"{FLOW_COOKIE}={value}; Max-Age={age}; Path={path}; HttpOnly; SameSite=Lax{secure}"


def _with_cookie(tokens: Tokens) -> Reply:
    cookie = _cookie(tokens.refresh_token, REFRESH_LIFE_S)
    return Reply(tokens, headers={"Set-Cookie": cookie, "Cache-Control": "no-store"})


def _given(body: Refresh, request: Request) -> str | None:
    held = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    return body.refresh_token or (held.value if held else None)


@app.post("/v1/auth/otp", status=202, idempotent=False)
def demand(body: Demand, request: Request) -> Sent:
    """Send a one-time code to a telephone number."""
    return service.demand(door(), body.phone, request.source_ip, body.device_id)


@app.post("/v1/auth/token", idempotent=False, shape=Tokens)
def sign_in(body: SignIn, request: Request) -> Reply:
    """Exchange the code for a session."""
    made = service.sign_in(door(), body.phone, body.otp, request.source_ip, body.device)
    return _with_cookie(made)


@app.post("/v1/auth/refresh", idempotent=False, shape=Tokens)
def refresh(body: Refresh, request: Request) -> Reply:
    """Exchange the refresh token (cookie or body) for a new session."""
    return _with_cookie(sessions.refresh(door(), _given(body, request)))


@app.post("/v1/auth/signout", status=204, idempotent=False)
def sign_out(body: Refresh, request: Request) -> Reply:
    """End the session."""
    sessions.sign_out(door(), _given(body, request))
    return Reply(status=204, headers={"Set-Cookie": _cookie("", 0)})


def _unit_name(agency_id: str) -> str:
    agency = reference().agency(agency_id)
    return agency.name.vi if agency else agency_id


@app.get("/v1/me")
def me(who: Principal) -> Me:
    """One's own account."""
    return service.me(door(), who, _unit_name)


@app.patch("/v1/me")
def change_me(body: ChangeMe, who: Principal) -> Me:
    """Change one's language."""
    service.change_me(door(), who.user_id, body)
    return service.me(door(), who, _unit_name)


@app.post("/v1/auth/signout-everywhere", status=204, idempotent=False)
def sign_out_everywhere(who: Principal) -> Reply:
    """End every session of one's own."""
    devices.end_all(door(), who.user_id)
    return Reply(status=204, headers={"Set-Cookie": _cookie("", 0)})


@app.get("/v1/me/devices")
def my_devices(who: Principal) -> Page[DeviceView]:
    """Where one is signed in."""
    return devices.listed(door(), who)


@app.delete("/v1/me/devices/{id}", status=204)
def end_device(id: str, who: Principal) -> Reply:  # noqa: A002 - the path's own word
    """Sign one device out."""
    devices.end(door(), who, id)
    return Reply(status=204)


@app.get("/v1/declarations/{purpose}")
def declaration(purpose: str) -> DeclarationText:
    """The words in which people declare that what they say is true."""
    return profile.words(reference(), purpose, local_date(utc_now()))


@app.put("/v1/me/profile")
def declare(body: Profile, who: Principal, request: Request) -> Me:
    """Declare one's profile."""
    agent = request.headers.get("user-agent", "")[:200]
    profile.declare(door(), reference(), who, body, agent, "http")
    return service.me(door(), who, _unit_name)


@app.get("/v1/me/declarations")
def my_declarations(who: Principal) -> Page[Declaration]:
    """What one declared."""
    return profile.declarations(door(), who)


@app.post("/v1/me/attestations", idempotent=False)
def attest(body: Audience, who: Principal) -> Attestation:
    """Have the city say who one is, for one reader."""
    return profile.attest(door(), who, body)


@app.post("/v1/me/identity", idempotent=False, shape=Started)
def verify_identity(who: Principal) -> Reply:
    """Begin to verify one's identity at the national provider."""
    started, browser = verify.begin(door(), provider(), who, settings().public_base_url)
    return Reply(started, headers={"Set-Cookie": _flow_cookie(browser, 600)})


class Returned(BaseModel):
    """What the provider sends back with the person."""

    code: str = Field("", max_length=2000)
    state: str = Field("", max_length=200)
    iss: str = Field("", max_length=300)
    error: str = Field("", max_length=200)


@app.get("/v1/auth/vneid/callback")
def identity_returned(query: Returned, request: Request) -> Reply:
    """Where the provider sends the person; goes on to the web app."""
    base = settings().public_base_url
    held = SimpleCookie(request.headers.get("cookie", "")).get(FLOW_COOKIE)
    target = f"{base}/me?verified=1"
    try:
        verify.finish(
            door(),
            provider(),
            code=query.code,
            state=query.state,
            browser=held.value if held else "",
            base_url=base,
            issuer=query.iss,
            error=query.error,
        )
    except Problem as problem:
        target = f"{base}/me?problem={problem.slug}"
    return Reply(status=303, headers={"Location": target, "Set-Cookie": _flow_cookie("", 0)})


@app.get("/v1/me/passkeys")
def my_passkeys(who: Principal) -> Page[PasskeyView]:
    """One's passkeys."""
    return passkeys.listed(door(), who)


@app.post("/v1/me/passkeys/options", idempotent=False)
def passkey_options(who: Principal) -> Reply:
    """What the browser needs to make a passkey."""
    return Reply(passkeys.creation(door(), who, settings().public_base_url))


@app.post("/v1/me/passkeys", status=201)
def add_passkey(body: NewPasskey, who: Principal) -> PasskeyView:
    """Keep a passkey."""
    return passkeys.add(door(), who, body, settings().public_base_url)


@app.delete("/v1/me/passkeys/{id}", status=204)
def remove_passkey(id: str, who: Principal) -> Reply:  # noqa: A002 - the path's own word
    """Forget a passkey."""
    passkeys.remove(door(), who, id)
    return Reply(status=204)


@app.post("/v1/auth/step-up/options", idempotent=False)
def step_up_options(who: Principal) -> Reply:
    """What the browser needs to confirm with a passkey."""
    return Reply(passkeys.request(door(), who, settings().public_base_url))


@app.post("/v1/auth/step-up", idempotent=False, shape=Tokens)
def step_up(body: Assertion, who: Principal) -> Reply:
    """Raise the session for five minutes."""
    return _with_cookie(passkeys.step_up(door(), who, body, settings().public_base_url))


@app.get("/v1/accounts")
def find_account(query: AccountsQuery, who: Principal) -> Page[AccountView]:
    """The account of a number; its owner sees that somebody looked."""
    return locks.find(door(), query, who)


@app.post("/v1/accounts/{id}/lock")
def lock(id: str, body: NewLock, who: Principal) -> AccountView:  # noqa: A002
    """Lock an account."""
    return locks.lock(door(), id, body, who)


@app.delete("/v1/accounts/{id}/lock")
def unlock(id: str, who: Principal) -> AccountView:  # noqa: A002 - the path's own word
    """Lift a lock."""
    return locks.unlock(door(), id, who)


@app.post("/v1/auth/appeals", status=201, idempotent=False)
def appeal(body: NewAppeal) -> Received:
    """Ask for a lock to be looked at again."""
    return locks.appeal(door(), body)


@app.get("/v1/appeals")
def appeals(query: PageQuery, who: Principal) -> Page[Appeal]:
    """Appeals against locks."""
    return locks.appeals(door(), query, who)


@app.post("/v1/appeals/{id}/decision")
def decide_appeal(id: str, body: AppealDecision, who: Principal) -> Appeal:  # noqa: A002
    """Decide an appeal."""
    return locks.decide(door(), id, body, who)


@app.listen(GrantsChanged)
def follow_grants(told: GrantsChanged, _: CloudEvent) -> None:
    """A person's roles changed."""
    note(user_id=told.subject, seq=told.seq, new=devices.take_over(door(), told))


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    at = door()
    handle(
        asked,
        "identity",
        export=lambda subject: rights.export(at, subject),
        erase=lambda subject: rights.erase(at, subject),
        parts=BucketParts(),
        outbox=outbox("identity"),
    )


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
def rotate(who: Principal) -> Rotated:
    """Begin a new signing key; the present one stays good until its tokens have expired."""
    return Rotated(kid=keys().rotate(utc_now(), who.user_id))


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
