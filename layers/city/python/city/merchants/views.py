"""Acceptance points as everybody sees them, and as those who work there do."""

from city.kernel.page import Page, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import NotFound
from city.kernel.text import Text
from city.merchants.fees import Rules
from city.merchants.model import Member, Merchant, State
from city.merchants.office import Office, found
from city.merchants.shapes import (
    Desk,
    Listing,
    MemberView,
    PayoutBank,
    PublicMerchant,
    ShopChoices,
    ShopKind,
)
from city.merchants.shapes import Till as TillView


def listing(office: Office, query: Listing) -> Page[PublicMerchant]:
    """Acceptance points that are open, by commune and kind; a page may be short, not a list."""
    where = f"W#{query.ward}" if query.ward else "ACTIVE"
    ids, more = office.merchants.listing(where, decode_cursor(query.cursor).get("a"), query.limit)
    kept = [
        public(office, each)
        for each in office.merchants.many(ids)
        if query.category in (None, each.category)
    ]
    return Page(items=kept, next_cursor=encode_cursor({"a": more}) if more else None)


def choices(office: Office) -> ShopChoices:
    """Kinds of shops and banks, by name."""
    rules = office.rules
    return ShopChoices(
        kinds=[ShopKind(code=each.code, name=each.name) for each in rules.categories],
        banks=[PayoutBank(bank_bin=code, name=name) for code, name in sorted(rules.banks.items())],
    )


def show(office: Office, merchant_id: str) -> PublicMerchant:
    """One that is open.

    Raises:
        NotFound: there is none, or it is not open.
    """
    merchant, _ = found(office, merchant_id)
    if merchant.state is not State.ACTIVE:
        raise NotFound(what="điểm bán / acceptance point")
    return public(office, merchant)


def public(office: Office, merchant: Merchant) -> PublicMerchant:
    """As everybody sees it."""
    unit = office.city.unit(merchant.ward, office.today)
    return PublicMerchant(
        **merchant.model_dump(
            include={"id", "name", "category", "ward", "address", "lat", "lon", "demo"}
        ),
        category_name=category_name(office.rules, merchant.category),
        ward_name=unit.name if unit else merchant.ward,
    )


def category_name(rules: Rules, code: str) -> Text:
    """A kind of shop in words."""
    return next((c.name for c in rules.categories if c.code == code), Text(vi=code, en=code))


def desk(office: Office, merchant: Merchant, member: Member | None) -> Desk:
    """As those who work there see it (`member` None: as the administrator does)."""
    members = office.merchants.members(merchant.id)
    you = member.user if member else None
    payout = merchant.payout
    return Desk(
        **public(office, merchant).model_dump(),
        **merchant.model_dump(include={"state", "reason", "tax_code", "organisation"}),
        part=member.part if member else None,
        bank=office.rules.banks.get(payout.bank_bin, payout.bank_bin),
        account=payout.masked,
        holder=payout.holder,
        tills=[TillView(**till.model_dump()) for till in office.merchants.tills(merchant.id)],
        members=[
            MemberView(user=m.user, part=m.part, since=m.since, you=m.user == you) for m in members
        ],
        applied_at=merchant.applied_at,
    )


def mine(office: Office, who: Principal) -> Page[Desk]:
    """Where the caller works."""
    places = office.merchants.many(office.merchants.places_of(who.user_id))
    return Page(items=[desk(office, m, office.merchants.member(m.id, who.user_id)) for m in places])
