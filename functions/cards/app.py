"""What wakes `cards`: holders, readers, news about accounts, the clock."""

import functools
import secrets
from datetime import date

from city.adapters.holder import handle
from city.adapters.http import Reply, Unit
from city.adapters.parts import BucketParts
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.tokens import verify_attestation
from city.adapters.trace import note
from city.cards import service
from city.cards.codes import CardKeys
from city.cards.model import (
    CardView,
    Check,
    Checked,
    Kind,
    NewCard,
    Qr,
    QrQuery,
    Reader,
    RevocationList,
    Revoke,
    Step,
)
from city.cards.service import Counter
from city.cards.store import Cards
from city.contracts.envelope import CloudEvent
from city.contracts.identity import AccountErased, AccountLocked
from city.contracts.privacy import PersonalDataRequested
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.kernel.problems import NotFound
from pydantic import BaseModel

app = Unit("cards")
events = app.events
AUDIENCE = "hue-s/cards"


class KeySet(BaseModel):
    """The keys that check cards (RFC 8037)."""

    keys: list[dict[str, str]]


def counter() -> Counter:
    """Everything the service needs, in this process, now."""
    return Counter(
        cards=Cards(table("cards"), outbox("cards")),
        keys=CardKeys(table("cards"), settings().token_secret),
        city=reference(),
        now=utc_now(),
        new_id=new_id,
        draw=functools.partial(secrets.token_urlsafe, 9),
        attested=lambda token, now: verify_attestation(token, AUDIENCE, now),
    )


@app.get("/v1/cards/kinds")
def kinds() -> Page[Kind]:
    """Every kind of card."""
    return service.kinds(counter())


@app.get("/v1/cards/purposes")
def purposes(who: Principal) -> Page[Reader]:
    """For what the caller may read cards."""
    return service.readers(counter(), who)


@app.post("/v1/me/cards", status=201, idempotent=False)
def issue(body: NewCard, who: Principal) -> CardView:
    """Have a card issued."""
    return service.issue(counter(), body, who)


@app.get("/v1/me/cards")
def mine(who: Principal) -> Page[CardView]:
    """One's cards."""
    return service.mine(counter(), who)


@app.get("/v1/me/cards/{id}")
def card(id: str, who: Principal) -> CardView:  # noqa: A002 - the path's own word
    """One card."""
    at = counter()
    return service.view(at, service.own(at, "cards:card", id, who)[0])


@app.get("/v1/me/cards/{id}/qr", shape=Qr)
def qr(id: str, query: QrQuery, who: Principal) -> Reply:  # noqa: A002 - the path's own word
    """The code to show now."""
    return Reply(service.show(counter(), id, query, who), headers={"Cache-Control": "no-store"})


@app.get("/v1/me/cards/{id}/history")
def history(id: str, query: PageQuery, who: Principal) -> Page[Step]:  # noqa: A002
    """Who checked a card, and when."""
    return service.history(counter(), id, query, who)


@app.post("/v1/me/cards/{id}/revoke")
def revoke(id: str, body: Revoke, who: Principal) -> CardView:  # noqa: A002
    """End a card."""
    return service.revoke(counter(), id, body, who)


@app.post("/v1/cards/verify", idempotent=False)
def verify(body: Check, who: Principal) -> Checked:
    """Read a code that was shown."""
    return service.check(counter(), body, who)


@app.get("/v1/cards/keys", shape=KeySet)
def keys() -> Reply:
    """The public keys that check cards offline."""
    at = counter()
    at.keys.current(at.now)
    return Reply(at.keys.jwks(), headers={"Cache-Control": "public, max-age=3600"})


@app.get("/v1/cards/revocations/{day}", shape=RevocationList)
def revocations(day: str) -> Reply:
    """The signed list of a day's revoked cards."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise NotFound(what=day) from error
    headers = {"Cache-Control": "public, max-age=300"}
    return Reply(service.revocations(counter(), wanted), headers=headers)


@app.listen(AccountLocked, AccountErased)
def end_all(told: AccountLocked | AccountErased, _: CloudEvent) -> None:
    """The holder may not act, or wants to be forgotten."""
    note(ended=service.end_all(counter(), told.user_id, told.happened))


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    at = counter()
    handle(
        asked,
        "cards",
        export=lambda subject: service.export(at, subject),
        erase=lambda subject: service.erase(at, subject),
        parts=BucketParts(),
        outbox=outbox("cards"),
    )


@app.every(minutes=1440)
def tend_keys() -> None:
    """Renew an old key and forget ended ones."""
    at = counter()
    note(renewed=at.keys.tend(at.now))
