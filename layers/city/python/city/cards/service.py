"""Issuing, showing, checking and revoking cards."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import segno

from city.adapters.holder import Erased
from city.adapters.table import CommitConflict
from city.cards.codes import (
    OFFLINE,
    ONLINE,
    CardKeys,
    Forged,
    end_of_day,
    listed,
    opened,
    signed,
)
from city.cards.model import (
    ONLINE_S,
    Card,
    CardHeld,
    CardNotActive,
    CardView,
    Check,
    Checked,
    Kind,
    NewCard,
    NotAReader,
    Qr,
    QrQuery,
    Reader,
    RevocationList,
    Revoke,
    Step,
    WrongHolder,
)
from city.cards.store import Cards
from city.contracts.cards import CardIssued, CardRevoked
from city.contracts.privacy import DataSeen
from city.kernel import policy
from city.kernel.clock import local_date
from city.kernel.ids import NewId, derived_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.reference import Reference
from city.kernel.text import Text

ATTEMPTS = 5
MONTH_DAYS = 31
ADULT = 18
FACTS = ("name", "birth_date", "home_unit")
Why = Literal["unknown", "expired", "used", "revoked", "forged"]


@dataclass(frozen=True, slots=True)
class Counter:
    """What the cards lean on. `attested` reads an attestation that the city signed."""

    cards: Cards
    keys: CardKeys
    city: Reference
    now: datetime
    new_id: NewId
    draw: Callable[[], str]
    attested: Callable[[str, datetime], dict[str, Any]]

    @property
    def kinds(self) -> dict[str, Kind]:
        """Kinds of card by id."""
        rows = self.city.more.get("cards", {}).get("kinds", [])
        return {row["id"]: Kind.model_validate(row) for row in rows}

    @property
    def readers(self) -> dict[str, Reader]:
        """Rules for readers by purpose."""
        rows = self.city.more.get("cards", {}).get("readers", [])
        return {row["purpose"]: Reader.model_validate(row) for row in rows}


def kinds(counter: Counter) -> Page[Kind]:
    """Every kind of card."""
    return Page(items=list(counter.kinds.values()))


def readers(counter: Counter, who: Principal) -> Page[Reader]:
    """For what the caller may read cards."""
    return Page(items=[r for r in counter.readers.values() if r.roles & who.roles])


def issue(counter: Counter, body: NewCard, who: Principal) -> CardView:
    """Issue a card to the caller.

    Raises:
        Invalid: no such kind. Unauthenticated: the attestation is not good.
        WrongHolder: it is about somebody else, or the role is missing.
        CardHeld: there is one of this kind.
    """
    kind = counter.kinds.get(body.kind)
    if kind is None:
        raise invalid("kind", "Không có loại thẻ này.", "There is no such card.")
    told = counter.attested(body.attestation, counter.now)
    if told["sub"] != who.user_id or kind.role not in who.roles or told.get("acr") != "2":
        raise WrongHolder
    card = Card(
        id=counter.new_id(counter.now),
        holder=who.user_id,
        kind=kind.id,
        facts={name: told[name] for name in FACTS if told.get(name) and name in kind.fields},
        issued_at=counter.now,
        valid_to=counter.now + timedelta(days=MONTH_DAYS * kind.months),
    )
    step = Step(at=counter.now, what="issued")
    event = CardIssued(card_id=card.id, holder=card.holder, kind=card.kind, at=counter.now)
    old = counter.cards.live(who.user_id, kind.id)
    held = counter.cards.get(old) if old else None
    if held and held[0].state_at(counter.now) == "expired":
        _end(counter, *held, "expired")
    try:
        counter.cards.issue(card, step, (derived_id(counter.now, card.id), event, counter.now))
    except CommitConflict as error:
        raise CardHeld from error
    return view(counter, card)


def view(counter: Counter, card: Card) -> CardView:
    """A card as its holder sees it."""
    kind = counter.kinds.get(card.kind)
    return CardView(
        **card.model_dump(include={"id", "kind", "issued_at", "valid_to", "revoked_at", "reason"}),
        kind_name=kind.name if kind else Text(vi=card.kind, en=card.kind),
        state=card.state_at(counter.now),
        name=str(card.facts.get("name", "")),
    )


def mine(counter: Counter, who: Principal) -> Page[CardView]:
    """One's cards, newest first."""
    return Page(items=[view(counter, card) for card in counter.cards.of(who.user_id)])


def own(counter: Counter, action: str, card_id: str, who: Principal) -> tuple[Card, int]:
    """A card that the caller may do something with.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    held = counter.cards.get(card_id)
    if held is None:
        raise NotFound(what="thẻ / card")
    policy.require(who, action, Resource(owner=held[0].holder), counter.now)
    return held


def show(counter: Counter, card_id: str, query: QrQuery, who: Principal) -> Qr:
    """The code to show.

    Raises:
        NotFound: not one's own. CardNotActive: it is over.
    """
    card, _ = own(counter, "cards:qr", card_id, who)
    if card.state_at(counter.now) != "active":
        raise CardNotActive
    key = counter.keys.current(counter.now)
    if query.mode == "online":
        until = counter.now + timedelta(seconds=ONLINE_S)
        claims = {"c": card.id, "n": counter.draw(), "exp": int(until.timestamp())}
        payload = ONLINE + signed(key, "hue1", claims)
    else:
        until = min(end_of_day(counter.now), card.valid_to)
        day = local_date(counter.now)
        claims = {
            "name": card.facts.get("name", ""),
            "kind": card.kind,
            "day": day.isoformat(),
            "r": listed(card.id, day),
            "exp": int(until.timestamp()),
        }
        payload = OFFLINE + signed(key, "hue2", claims)
    out = io.BytesIO()
    segno.make(payload, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return Qr(payload=payload, svg=out.getvalue().decode(), expires_at=until)


def history(counter: Counter, card_id: str, query: PageQuery, who: Principal) -> Page[Step]:
    """What happened to one's card.

    Raises:
        NotFound: not one's own.
    """
    own(counter, "cards:history", card_id, who)
    after = decode_cursor(query.cursor).get("a")
    items, more = counter.cards.history(card_id, after, query.limit)
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def revoke(counter: Counter, card_id: str, body: Revoke, who: Principal) -> CardView:
    """End a card. A second time changes nothing.

    Raises:
        NotFound: not one's own.
    """
    card, version = own(counter, "cards:revoke", card_id, who)
    return view(counter, _end(counter, card, version, body.reason))


def _end(counter: Counter, card: Card, version: int, reason: str) -> Card:
    if card.state == "revoked":
        return card
    after = card.model_copy(
        update={"state": "revoked", "revoked_at": counter.now, "reason": reason}
    )
    event = CardRevoked(
        card_id=card.id, holder=card.holder, kind=card.kind, reason=reason, at=counter.now
    )
    told = (derived_id(counter.now, card.id, "revoked"), event, counter.now)
    step = Step(at=counter.now, what="revoked", note=reason)
    try:
        counter.cards.revoke(after, version, step, told)
    except CommitConflict as error:
        raise Conflict from error
    return after


def end_all(counter: Counter, holder: str, reason: str) -> int:
    """End every card of somebody who was locked, erased, or declared other facts; how many."""
    ended = 0
    for card in counter.cards.of(holder):
        held = counter.cards.get(card.id)
        if held and held[0].state == "active":
            _end(counter, *held, reason)
            ended += 1
    return ended


def check(counter: Counter, body: Check, who: Principal) -> Checked:
    """Read a code that was shown. Every check of a card is in its holder's history.

    Raises:
        NotAReader: no rule lets the caller read for this purpose.
    """
    reader = counter.readers.get(body.purpose)
    if reader is None or not reader.roles & who.roles:
        raise NotAReader
    found = _opened(counter, body.payload)
    if isinstance(found, str):
        return Checked(valid=False, why=found, checked_at=counter.now)
    card, nonce = found
    kind = counter.kinds[card.kind]
    check_id = counter.new_id(counter.now)
    role = min(reader.roles & who.roles)
    unit = next((u for r, u in sorted(who.posts) if r == role), who.unit)
    step = Step(at=counter.now, what="checked", by_role=role, by_unit=unit, purpose=body.purpose)
    seen = DataSeen(
        seen_id=check_id, subject=card.holder, by=who.user_id, by_role=role, by_unit=unit,
        what="card", purpose=body.purpose, case=card.id, at=counter.now,
    )  # fmt: skip
    try:
        used_up = nonce if reader.gated else None
        counter.cards.checked(card, step, check_id, used_up, (check_id, seen, counter.now))
    except CommitConflict:
        return Checked(valid=False, why="used", checked_at=counter.now)
    return Checked(
        valid=True,
        kind=card.kind,
        kind_name=kind.name,
        fields=_fields(card, reader, counter.now),
        checked_at=counter.now,
    )


def _opened(counter: Counter, payload: str) -> tuple[Card, str] | Why:
    """The card behind an online code and its nonce, or what is wrong with it."""
    if not payload.startswith(ONLINE):
        return "unknown"
    try:
        told = opened(counter.keys.all(), payload.removeprefix(ONLINE), "hue1")
    except Forged:
        return "forged"
    if counter.now.timestamp() >= told["exp"]:
        return "expired"
    held = counter.cards.get(told["c"])
    if held is None:
        return "unknown"
    state = held[0].state_at(counter.now)
    if state != "active":
        return "revoked" if state == "revoked" else "expired"
    return held[0], str(told["n"])


def _fields(card: Card, reader: Reader, now: datetime) -> dict[str, Any]:
    """The fields of the rule, and no others."""
    shown = {name: card.facts[name] for name in reader.fields if name in card.facts}
    if "adult" in reader.fields and "birth_date" in card.facts:
        born = date.fromisoformat(card.facts["birth_date"])
        today = local_date(now)
        years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        shown["adult"] = years >= ADULT
    return shown


def revocations(counter: Counter, day: date) -> RevocationList:
    """The signed list of a day; yesterday's and today's can be had.

    Raises:
        NotFound: another day.
    """
    today = local_date(counter.now)
    if day not in (today, today - timedelta(days=1)):
        raise NotFound(what=day.isoformat())
    hashes = sorted(listed(card_id, day) for card_id in counter.cards.revoked(counter.now))
    claims = {"date": day.isoformat(), "hashes": hashes, "made_at": counter.now.isoformat()}
    key = counter.keys.current(counter.now)
    return RevocationList(date=day, jws=signed(key, "hue-revocations", claims))


def export(counter: Counter, holder: str) -> dict[str, Any]:
    """Everything about a person here."""
    cards = counter.cards.of(holder)
    checks = [
        {"card": card.id, **step.model_dump(mode="json")}
        for card in cards
        for step in counter.cards.history(card.id, None, 1000)[0]
    ]
    return {"cards": [card.model_dump(mode="json") for card in cards], "history": checks}


def erase(counter: Counter, holder: str) -> Erased:
    """End every card and forget what it said."""
    end_all(counter, holder, "erased")
    cards = counter.cards.of(holder)
    for card in cards:
        held = counter.cards.get(card.id)
        if held:
            counter.cards.pseudonymise(*held)
    return Erased(len(cards))
