"""Becoming an acceptance point, and its life afterwards."""

from city.adapters.acts import did
from city.adapters.table import CommitConflict, Put
from city.contracts.merchants import MerchantAnswered, MerchantChanged
from city.kernel import policy
from city.kernel.ids import derived_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal, Role
from city.kernel.policy import Resource
from city.kernel.problems import Conflict, Forbidden, invalid
from city.merchants.model import Member, Merchant, Part, State, Till, WrongStep
from city.merchants.office import Office, at_work, found
from city.merchants.shapes import Application, Desk, NewPayout, Step, Verdict
from city.merchants.store import Event
from city.merchants.views import desk

FIRST_TILL = Till(id="1", label="Quầy 1")
OWNERS_BOUND = 50  # acceptance points of one owner
PREFIX = "HM"
ID_LETTERS = 8
# Who may take which step from where.
STEPS: dict[tuple[State, State], frozenset[str]] = {
    (State.ACTIVE, State.SUSPENDED): frozenset({"administrator"}),
    (State.SUSPENDED, State.ACTIVE): frozenset({"administrator"}),
    (State.ACTIVE, State.CLOSED): frozenset({"owner", "administrator"}),
    (State.SUSPENDED, State.CLOSED): frozenset({"owner", "administrator"}),
    (State.APPLIED, State.CLOSED): frozenset({"owner"}),
}


def apply(office: Office, body: Application, who: Principal) -> Desk:
    """Ask for an acceptance point.

    Raises:
        Invalid: no such kind of shop, commune, bank or organisation of the caller.
        Conflict: the caller has too many.
    """
    _check(office, body, who)
    if len(office.merchants.places_of(who.user_id)) >= OWNERS_BOUND:
        raise Conflict
    merchant = Merchant(
        id=PREFIX + office.new_id(office.now)[-ID_LETTERS:],
        state=State.APPLIED,
        owner=who.user_id,
        applied_at=office.now,
        **{name: getattr(body, name) for name in Application.model_fields},
    )
    owner = Member(merchant=merchant.id, user=who.user_id, part=Part.OWNER, since=office.now)
    try:
        office.merchants.add(merchant, FIRST_TILL, owner, [_told(office, merchant)])
    except CommitConflict as error:  # forty random bits met an id that exists
        raise Conflict from error
    return desk(office, merchant, owner)


def _check(office: Office, body: Application, who: Principal) -> None:
    if body.category not in {each.code for each in office.rules.categories}:
        raise invalid("category", "Không có loại hình này.", "There is no such kind of shop.")
    if office.city.unit(body.ward, office.today) is None:
        raise invalid("ward", "Không có phường, xã này.", "There is no such commune.")
    if body.payout.bank_bin not in office.rules.banks:
        raise invalid("payout.bank_bin", "Không có ngân hàng này.", "There is no such bank.")
    held = {unit for role, unit in who.posts if role == Role.BUSINESS}
    if body.organisation and body.organisation not in held:
        raise invalid(
            "organisation",
            "Bạn không thuộc tổ chức này.",
            "You do not belong to this organisation.",
        )


def applications(office: Office, query: PageQuery) -> Page[Desk]:
    """Who waits for an answer, in the order of their ids."""
    ids, more = office.merchants.listing(
        "APPLIED", decode_cursor(query.cursor).get("a"), query.limit
    )
    items = [desk(office, each, None) for each in office.merchants.many(ids)]
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def decide(office: Office, merchant_id: str, body: Verdict, who: Principal) -> Desk:
    """Answer an application; nobody answers their own.

    Raises:
        NotFound, Forbidden, WrongStep, Conflict: there is none, one's own, answered already.
        Invalid: a refusal without a reason.
    """
    merchant, version = found(office, merchant_id)
    if merchant.owner == who.user_id:
        raise Forbidden
    if merchant.state is not State.APPLIED:
        raise WrongStep(state=merchant.state.value)
    if not body.accept and not body.reason:
        raise invalid("reason", "Từ chối thì phải nêu lý do.", "A refusal needs a reason.")
    state = State.ACTIVE if body.accept else State.REJECTED
    return _save(office, merchant, version, state=state, reason=body.reason, by=who.user_id)


def step(office: Office, merchant_id: str, body: Step, who: Principal) -> Desk:
    """Suspend, let go on, or close.

    Raises:
        NotFound: there is none, or the caller has nothing to say there.
        WrongStep, Conflict: not from this state, or not the caller's to take.
    """
    merchant, version = found(office, merchant_id)
    policy.require(who, "merchants:step", Resource(owner=merchant.owner), office.now)
    to = State(body.to)
    allowed = STEPS.get((merchant.state, to), frozenset())
    mine = {"owner"} if merchant.owner == who.user_id else set[str]()
    if Role.ADMINISTRATOR in who.roles:
        mine.add("administrator")
    if not allowed & mine:
        raise WrongStep(state=merchant.state.value)
    return _save(office, merchant, version, state=to, reason=body.reason, by=who.user_id)


def change_payout(office: Office, merchant_id: str, body: NewPayout, who: Principal) -> Desk:
    """Send the takings elsewhere from now on.

    Raises:
        NotFound, Forbidden: not the owner. Invalid: no such bank. Conflict: changed meanwhile.
    """
    at_work(office, "merchants:change_payout", merchant_id, who, Part.OWNER)
    if body.payout.bank_bin not in office.rules.banks:
        raise invalid("payout.bank_bin", "Không có ngân hàng này.", "There is no such bank.")
    merchant, version = found(office, merchant_id)
    changed = merchant.model_copy(update={"payout": body.payout})
    try:
        office.merchants.save(changed, version, [_told(office, changed)])
    except CommitConflict as error:
        raise Conflict from error
    return desk(office, changed, office.merchants.member(merchant_id, who.user_id))


def _save(
    office: Office, merchant: Merchant, version: int, *, state: State, reason: str, by: str
) -> Desk:
    changed = merchant.model_copy(
        update={"state": state, "reason": reason, "decided_at": office.now, "decided_by": by}
    )
    events = [_told(office, changed)]
    acts: list[Put] = []
    if merchant.owner != by:
        acts = did(office.now, by, merchant.id, f"{merchant.state} to {state}", reason)
        if merchant.owner:
            events.append(_answered(office, changed, merchant.owner))
    try:
        office.merchants.save(changed, version, events, acts)
    except CommitConflict as error:
        raise Conflict from error
    return desk(office, changed, office.merchants.member(merchant.id, by))


def _answered(office: Office, merchant: Merchant, owner: str) -> Event:
    event = MerchantAnswered(
        merchant_id=merchant.id,
        owner=owner,
        name=merchant.name,
        state=merchant.state.value,
        reason=merchant.reason,
        at=office.now,
    )
    return derived_id(office.now, merchant.id, merchant.state.value, "answer"), event, office.now


def _told(office: Office, merchant: Merchant) -> Event:
    event = MerchantChanged(merchant_id=merchant.id, state=merchant.state.value, at=office.now)
    return derived_id(office.now, merchant.id, merchant.state.value), event, office.now
