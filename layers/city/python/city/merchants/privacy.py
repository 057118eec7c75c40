"""What a person can ask of us: where they work, the shops that are theirs, what they decided about
others', and the refunds they asked for or approved. Who paid is the ledger's: we never keep it."""

from typing import Any

from city.adapters import acts
from city.adapters.holder import Erased
from city.adapters.table import CommitConflict
from city.kernel.problems import Conflict
from city.merchants import refunding
from city.merchants.model import Member, Merchant, Part, State
from city.merchants.office import Office

LAW = "Luật Kế toán 88/2015/QH13"


def export(office: Office, subject: str) -> dict[str, Any]:
    """Everything about a person here."""
    places = _places(office, subject)
    worked = acts.export(office.merchants.table, subject)
    if not places:
        return worked
    return {
        "places": [
            {"merchant": m.id, "name": m.name, **member.model_dump(mode="json")}
            for m, member in places
        ],
        "owned": [
            m.model_dump(mode="json", exclude={"decided_by"})
            for m, _ in places
            if m.owner == subject
        ],
        **worked,
    }


def erase(office: Office, subject: str) -> Erased:
    """Forget where a person works. What they own is closed; its books, and the account to which
    what was earned is still paid, stay as accounting law wants it. What they decided about others'
    shops stays as well, and which refunds they asked for or approved."""
    places = _places(office, subject)
    owned = [m for m, member in places if member.part is Part.OWNER]
    for merchant in owned:
        _close(office, merchant)
    for _, member in places:
        office.merchants.leave(member)
    laws = {LAW} if owned else set()
    for act in acts.acts_of(office.merchants.table, subject):
        laws.add(LAW if refunding.is_act(act["case"]) else acts.RECORDS)
    return Erased(len(places), "; ".join(sorted(laws)) or None)


def _places(office: Office, subject: str) -> list[tuple[Merchant, Member]]:
    found = office.merchants.many(office.merchants.places_of(subject))
    held = [(m, office.merchants.member(m.id, subject)) for m in found]
    return [(m, member) for m, member in held if member]


def _close(office: Office, merchant: Merchant) -> None:
    held = office.merchants.get(merchant.id)
    if held is None:
        return
    now, version = held
    closed = now.model_copy(
        update={"state": State.CLOSED, "owner": None, "decided_at": office.now, "reason": "erased"}
    )
    try:
        office.merchants.save(closed, version, [])
    except CommitConflict as error:
        raise Conflict from error
