"""What wakes `identity`: people who sign in, and who look at their own account."""

from http.cookies import SimpleCookie

from city.adapters.http import PUBLIC, SIGNED_IN, Reply, Request, Unit
from city.adapters.queue import Queue
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import table
from city.identity import service
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

app = Unit("identity")
COOKIE = "hues_refresh"


def door() -> Door:
    """Everything the service needs, in this process, now."""
    return Door(
        people=People(table("identity")),
        sms=Queue("notify-sms"),
        secret=settings().token_secret,
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


@app.post("/v1/auth/otp", allow=PUBLIC, status=202, idempotent=False)
def demand(body: Demand, request: Request) -> Sent:
    """Send a one-time code to a telephone number."""
    return service.demand(door(), body.phone, request.source_ip)


@app.post("/v1/auth/token", allow=PUBLIC, idempotent=False, shape=Tokens)
def sign_in(body: SignIn) -> Reply:
    """Exchange the code for a session."""
    return _with_cookie(service.sign_in(door(), body.phone, body.otp))


@app.post("/v1/auth/refresh", allow=PUBLIC, idempotent=False, shape=Tokens)
def refresh(body: Refresh, request: Request) -> Reply:
    """Exchange the refresh token (cookie or body) for a new session."""
    return _with_cookie(service.refresh(door(), _given(body, request)))


@app.post("/v1/auth/signout", allow=PUBLIC, status=204, idempotent=False)
def sign_out(body: Refresh, request: Request) -> Reply:
    """End the session."""
    service.sign_out(door(), _given(body, request))
    return Reply(status=204, headers={"Set-Cookie": _cookie("", 0)})


def _unit_name(agency_id: str) -> str:
    agency = reference().agency(agency_id)
    return agency.name.vi if agency else agency_id


@app.get("/v1/me", allow=SIGNED_IN)
def me(who: Principal) -> Me:
    """One's own account."""
    return service.me(door(), who.user_id, _unit_name)


@app.patch("/v1/me", allow=SIGNED_IN)
def change_me(body: ChangeMe, who: Principal) -> Me:
    """Change one's name or language."""
    service.change_me(door(), who.user_id, body)
    return service.me(door(), who.user_id, _unit_name)


@app.get("/_sandbox/people", allow=PUBLIC)
def people() -> Page[DemoPerson]:
    """The demo accounts; in the sandbox only."""
    if not settings().sandbox:
        raise NotFound(what="/_sandbox/people")
    return Page(items=service.demo_people(People(table("identity"))))
