"""Tills, and the people behind them: whoever holds the owner's invitation joins."""

from datetime import timedelta

from city.adapters.table import CommitConflict
from city.kernel.people import Principal
from city.kernel.problems import Conflict, Forbidden, NotFound
from city.merchants.model import Invitation, Member, Part, Till, WrongInvitation
from city.merchants.office import Office, at_work, found
from city.merchants.shapes import Desk, InvitationMade, Join, NewInvitation, NewTill
from city.merchants.store import MEMBERS_BOUND, TILLS_BOUND
from city.merchants.views import desk

INVITATION_LIFE = timedelta(hours=24)


def add_till(office: Office, merchant_id: str, body: NewTill, who: Principal) -> Desk:
    """Open a till.

    Raises:
        NotFound, Forbidden: not the owner or manager. Conflict: there is one, or too many.
    """
    merchant, member = at_work(
        office, "merchants:add_till", merchant_id, who, Part.OWNER, Part.MANAGER
    )
    if len(office.merchants.tills(merchant_id)) >= TILLS_BOUND:
        raise Conflict
    try:
        office.merchants.add_till(merchant_id, Till(id=body.id, label=body.label))
    except CommitConflict as error:
        raise Conflict from error
    return desk(office, merchant, member)


def invite(office: Office, merchant_id: str, body: NewInvitation, who: Principal) -> InvitationMade:
    """Make a way in for one person; who holds the code joins.

    Raises:
        NotFound, Forbidden: not the owner. Conflict: too many work there.
    """
    at_work(office, "merchants:invite", merchant_id, who, Part.OWNER)
    if len(office.merchants.members(merchant_id)) >= MEMBERS_BOUND:
        raise Conflict
    code = office.draw()
    made = Invitation(
        merchant=merchant_id,
        part=Part(body.part),
        by=who.user_id,
        expires_at=office.now + INVITATION_LIFE,
    )
    office.merchants.invite(code, made)
    return InvitationMade(code=code, part=made.part, expires_at=made.expires_at)


def join(office: Office, body: Join, who: Principal) -> Desk:
    """Begin to work somewhere.

    Raises:
        WrongInvitation: no such code, used, or too old.
    """
    held = office.merchants.invitation(body.code)
    if held is None or held.expires_at <= office.now:
        raise WrongInvitation
    member = Member(merchant=held.merchant, user=who.user_id, part=held.part, since=office.now)
    try:
        office.merchants.join(body.code, member)
    except CommitConflict as error:
        raise WrongInvitation from error
    return desk(office, found(office, held.merchant)[0], member)


def leave(office: Office, merchant_id: str, user: str, who: Principal) -> None:
    """Somebody works there no more: the owner says so, or they do. The owner stays.

    Raises:
        NotFound: neither works there. Forbidden: not theirs to say.
    """
    _, member = at_work(office, "merchants:leave", merchant_id, who)
    gone = office.merchants.member(merchant_id, user)
    if gone is None:
        raise NotFound(what="nhân viên / member")
    if gone.part is Part.OWNER or (member.part is not Part.OWNER and user != who.user_id):
        raise Forbidden
    office.merchants.leave(gone)


def desk_of(office: Office, merchant_id: str, who: Principal) -> Desk:
    """An acceptance point as those who work there see it.

    Raises:
        NotFound: the caller does not.
    """
    return desk(office, *at_work(office, "merchants:desk", merchant_id, who))
