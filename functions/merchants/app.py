"""What wakes `merchants`: shops, those behind their counters, people who scan, and the clock."""

import functools
import secrets

from city.adapters.http import Reply, Unit
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.merchants import joining, scanning, staff, views
from city.merchants.office import Office
from city.merchants.scanning import Scanner
from city.merchants.shapes import (
    Application,
    CodeView,
    Desk,
    InvitationMade,
    Join,
    Listing,
    NewCode,
    NewInvitation,
    NewPayout,
    NewTill,
    PublicMerchant,
    Read,
    ReadCode,
    Step,
    TillQuery,
    Verdict,
)
from city.merchants.store import Merchants

app = Unit("merchants")
events = app.events


def office() -> Office:
    """Everything that keeping acceptance points needs, in this process, now."""
    return Office(
        merchants=Merchants(table("merchants"), outbox("merchants")),
        city=reference(),
        now=utc_now(),
        new_id=new_id,
        draw=functools.partial(secrets.token_urlsafe, 12),
    )


def scanner() -> Scanner:
    """What codes need."""
    return Scanner(office(), settings().token_secret)


@app.get("/v1/merchants")
def listing(query: Listing) -> Page[PublicMerchant]:
    """Acceptance points that are open, by commune and kind."""
    return views.listing(office(), query)


@app.post("/v1/merchants", status=201)
def apply(body: Application, who: Principal) -> Desk:
    """Ask for an acceptance point."""
    return joining.apply(office(), body, who)


@app.get("/v1/merchants/applications")
def applications(query: PageQuery) -> Page[Desk]:
    """Who waits for an answer."""
    return joining.applications(office(), query)


@app.get("/v1/merchants/{id}")
def show(id: str) -> PublicMerchant:  # noqa: A002 - the path's own word
    """One acceptance point that is open."""
    return views.show(office(), id)


@app.post("/v1/merchants/{id}/decide")
def decide(id: str, body: Verdict, who: Principal) -> Desk:  # noqa: A002
    """Answer an application."""
    return joining.decide(office(), id, body, who)


@app.post("/v1/merchants/{id}/step")
def step(id: str, body: Step, who: Principal) -> Desk:  # noqa: A002
    """Suspend, let go on, or close."""
    return joining.step(office(), id, body, who)


@app.put("/v1/merchants/{id}/payout")
def change_payout(id: str, body: NewPayout, who: Principal) -> Desk:  # noqa: A002
    """Send the takings elsewhere from now on."""
    return joining.change_payout(office(), id, body, who)


@app.get("/v1/merchants/{id}/desk")
def desk(id: str, who: Principal) -> Desk:  # noqa: A002
    """An acceptance point as those who work there see it."""
    return staff.desk_of(office(), id, who)


@app.post("/v1/merchants/{id}/tills", status=201)
def add_till(id: str, body: NewTill, who: Principal) -> Desk:  # noqa: A002
    """Open a till."""
    return staff.add_till(office(), id, body, who)


@app.post("/v1/merchants/{id}/invitations", status=201, idempotent=False)
def invite(id: str, body: NewInvitation, who: Principal) -> InvitationMade:  # noqa: A002
    """Make a way in for one person."""
    return staff.invite(office(), id, body, who)


@app.delete("/v1/merchants/{id}/members/{user}", status=204)
def leave(id: str, user: str, who: Principal) -> Reply:  # noqa: A002
    """Somebody works there no more."""
    staff.leave(office(), id, user, who)
    return Reply(status=204)


@app.get("/v1/me/merchants")
def mine(who: Principal) -> Page[Desk]:
    """Where the caller works."""
    return views.mine(office(), who)


@app.post("/v1/me/merchants", status=201, idempotent=False)
def join(body: Join, who: Principal) -> Desk:
    """Begin to work somewhere, by invitation."""
    return staff.join(office(), body, who)


@app.get("/v1/merchants/{id}/code")
def wall_code(id: str, query: TillQuery, who: Principal) -> CodeView:  # noqa: A002
    """The code that hangs at a till."""
    return scanning.wall_code(scanner(), id, query, who)


@app.post("/v1/merchants/{id}/codes", status=201)
def new_code(id: str, body: NewCode, who: Principal) -> CodeView:  # noqa: A002
    """Make a code for one payment."""
    return scanning.new_code(scanner(), id, body, who)


@app.get("/v1/merchants/{id}/codes/{code}")
def show_code(id: str, code: str, who: Principal) -> CodeView:  # noqa: A002
    """A code for one payment: whether it was paid."""
    return scanning.show_code(scanner(), id, code, who)


@app.post("/v1/qr/read", idempotent=False)
def understand(body: ReadCode, who: Principal) -> Read:
    """What a scanned code means; nothing is paid before this was shown."""
    return scanning.understand(scanner(), body, who)
