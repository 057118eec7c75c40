"""What wakes `merchants`: shops, those behind their counters, people who scan, and the clock."""

import functools
import secrets

from city.adapters.files import BucketFiles
from city.adapters.holder import handle
from city.adapters.http import Reply, Request, Unit
from city.adapters.parts import BucketParts
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.ledger import PaymentChanged
from city.contracts.privacy import PersonalDataRequested
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.ledger import changes
from city.ledger.model import Kind
from city.ledger.opening import open_ledger
from city.ledger.workflow import State
from city.merchants import (
    joining,
    paying,
    privacy,
    refunding,
    scanning,
    selling,
    settling,
    staff,
    views,
)
from city.merchants.office import Office
from city.merchants.paying import Checkout
from city.merchants.scanning import Scanner
from city.merchants.shapes import (
    Application,
    CodeView,
    Desk,
    FileQuery,
    InvitationMade,
    Join,
    Listing,
    NewCode,
    NewInvitation,
    NewPayout,
    NewRefund,
    NewTill,
    Pay,
    PublicMerchant,
    Read,
    ReadCode,
    Receipt,
    RefundView,
    Sales,
    SettlementView,
    ShopChoices,
    Step,
    TillQuery,
    Verdict,
)
from city.merchants.store import Merchants
from city.merchants.takings import Takings

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


def checkout() -> Checkout:
    """What paying, giving back and settling need."""
    return Checkout(scanner(), Takings(table("merchants"), outbox("merchants")), open_ledger())


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


@app.get("/v1/merchants/choices")
def choices() -> ShopChoices:
    """Kinds of shops and banks that an application chooses from."""
    return views.choices(office())


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


@app.post("/v1/merchants/pay", status=201, idempotent=False)
def pay(body: Pay, who: Principal, request: Request) -> Receipt:
    """Pay what was shown; needs an `Idempotency-Key`, under which it is paid once for ever."""
    return paying.pay(checkout(), body, who, request.idempotency_key)


@app.get("/v1/merchants/payments/{id}")
def shown_receipt(id: str, who: Principal) -> Receipt:  # noqa: A002
    """A payment, for who paid and who was paid."""
    return selling.shown_receipt(checkout(), id, who)


@app.get("/v1/merchants/{id}/sales", shape=Sales)
def sales(id: str, query: PageQuery, who: Principal, request: Request) -> Reply:  # noqa: A002
    """Today's figures and sales, newest first; `If-None-Match` gives 304 while nothing changed."""
    return selling.unless_known(selling.sales(checkout(), id, query, who), request)


@app.get("/v1/merchants/{id}/refunds")
def refunds(id: str, query: PageQuery, who: Principal) -> Page[RefundView]:  # noqa: A002
    """What went back, and what waits for the owner."""
    return refunding.listing(checkout(), id, query, who)


@app.post("/v1/merchants/{id}/refunds", status=201, idempotent=False)
def ask_refund(
    id: str,  # noqa: A002
    body: NewRefund,
    who: Principal,
    request: Request,
) -> RefundView:
    """Give money back, or ask the owner to; needs an `Idempotency-Key`."""
    return refunding.ask(checkout(), id, body, who, request.idempotency_key)


@app.post("/v1/merchants/{id}/refunds/{refund}/decide")
def decide_refund(id: str, refund: str, body: Verdict, who: Principal) -> RefundView:  # noqa: A002
    """Answer a refund that waits."""
    return refunding.decide(checkout(), id, refund, body, who)


@app.get("/v1/merchants/{id}/settlements")
def settlements(id: str, query: PageQuery, who: Principal) -> Page[SettlementView]:  # noqa: A002
    """Settled days, newest first."""
    return selling.settlements(checkout(), id, query, who)


@app.get("/v1/merchants/{id}/settlements/{day}", media_types=("text/csv", "application/json"))
def day_file(id: str, day: str, query: FileQuery, who: Principal) -> Reply:  # noqa: A002
    """The file of a settled day, as it was kept."""
    return selling.day_file(checkout(), BucketFiles(), id, day, query, who)


@app.listen(PaymentChanged)
def follow(told: PaymentChanged, _: CloudEvent) -> None:
    """Money came in, or a payout ended; both may have been noted already."""
    at = checkout()
    if told.kind == Kind.MERCHANT and told.state == State.CAPTURED:
        paying.note(at, changes.get(at.ledger, told.payment_id))
    elif told.kind == Kind.PAYOUT and told.source.startswith("merchant:"):
        settling.followed(at, changes.get(at.ledger, told.payment_id))


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    at = office()
    handle(
        asked,
        "merchants",
        export=lambda subject: privacy.export(at, subject),
        erase=lambda subject: privacy.erase(at, subject),
        parts=BucketParts(),
        outbox=outbox("merchants"),
    )


@app.every(minutes=15)
def settle() -> None:
    """Settle days that are over."""
    note(settled=settling.settle_all(checkout(), BucketFiles()))


@app.every(minutes=5)
def finish_refunds() -> None:
    """Take up refunds whose function died."""
    note(finished=refunding.finish_pending(checkout()))
