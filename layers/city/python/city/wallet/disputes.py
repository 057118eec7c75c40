"""Disputes: a person says that a payment is wrong; the provider's staff decide within the law.

A refund is the ledger's, by an id that is the dispute's: whoever decides twice, or dies between the
refund and writing down that it was made, refunds once.
"""

from typing import Literal

from city.adapters.acts import did
from city.adapters.table import ABSENT, CommitConflict, Delete, Operation, Put, Row
from city.kernel import policy
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.kernel.problems import Conflict, NotFound, invalid
from city.ledger import changes
from city.ledger.changes import Refund
from city.ledger.model import Kind
from city.ledger.problems import InsufficientFunds, NotAllowedNow, TooMuch
from city.ledger.proposals import SecondPerson
from city.ledger.workflow import PAID
from city.wallet.desk import Desk, payment_of
from city.wallet.dispute_model import (
    BY_OWNER,
    NAMES,
    OVER,
    WORKFLOW,
    Answer,
    Dispute,
    DisputeStateProblem,
    DisputeView,
    Move,
    NewDispute,
    RefundOf,
    Said,
    StaffDisputeView,
)
from city.wallet.dispute_model import DisputeState as S
from city.wallet.shapes import Grounds

TWO_PERSONS_VND = 1_000_000  # over this a second person confirms; a house rule, not a law's
REFUNDABLE = frozenset({Kind.BILL, Kind.MERCHANT, Kind.TRANSFER})


def open_dispute(desk: Desk, body: NewDispute, who: Principal) -> DisputeView:
    """Say that a payment of one's own is wrong. One dispute for a payment at a time.

    Raises:
        NotFound: none of theirs. Invalid: it cannot be disputed (yet). Conflict: one is open.
    """
    payment, side = payment_of(desk, "wallet:payment", body.payment_id, who)
    if side != "out" or payment.state not in PAID or payment.kind not in REFUNDABLE:
        raise invalid(
            "payment_id",
            "Chỉ khiếu nại được khoản bạn đã trả thành công.",
            "Only a payment that you have made can be disputed.",
        )
    dispute = Dispute(
        id=desk.ledger.new_id(desk.now), owner=who.user_id, payment_id=payment.id,
        grounds=body.grounds, state=S.OPEN, opened_at=desk.now, changed_at=desk.now,
        steps=(Said(at=desk.now, by="owner", action="open", words=body.words),),
    )  # fmt: skip
    try:
        desk.own.table.commit(
            Put(_row(dispute, 1), ABSENT),
            Put(Row(f"U#{who.user_id}", f"D#{dispute.id}"), ABSENT),
            Put(Row("DISPUTES", dispute.id), ABSENT),
            Put(Row(f"DISPUTED#{payment.id}", "A", {"dispute_id": dispute.id}), ABSENT),
        )
    except CommitConflict:
        raise Conflict from None
    return view(dispute)


def waiting(desk: Desk, query: PageQuery) -> Page[StaffDisputeView]:
    """Disputes that are not over, newest first."""
    found = _listed(desk, "DISPUTES", "", query)
    return Page(
        items=[_for_staff(desk, each) for each in found.items], next_cursor=found.next_cursor
    )


def mine(desk: Desk, query: PageQuery, who: Principal) -> Page[DisputeView]:
    """The caller's disputes, newest first."""
    found = _listed(desk, f"U#{who.user_id}", "D#", query)
    return Page(items=[view(each) for each in found.items], next_cursor=found.next_cursor)


def _listed(desk: Desk, pk: str, prefix: str, query: PageQuery) -> Page[Dispute]:
    after = decode_cursor(query.cursor).get("after")
    rows, more = desk.own.table.query(
        pk, prefix=prefix, limit=query.limit, after=str(after) if after else None, reverse=True
    )
    keys = [(f"D#{row.sk.removeprefix(prefix)}", "A") for row in rows]
    found = desk.own.table.get_many(keys)
    return Page(
        items=[Dispute.model_validate(found[key].doc) for key in keys if key in found],
        next_cursor=encode_cursor({"after": more}) if more else None,
    )


def show(desk: Desk, action: str, dispute_id: str, who: Principal) -> DisputeView:
    """A dispute: one's own, or for staff any.

    Raises:
        NotFound: none of theirs.
    """
    found, _ = _get(desk, dispute_id)
    policy.require(who, action, Resource(owner=found.owner), desk.now)
    return view(found)


def answer(desk: Desk, dispute_id: str, body: Answer, who: Principal) -> DisputeView:
    """Tell staff more."""
    return _by_owner(desk, "wallet:answer_dispute", dispute_id, who, "answer", S.OPEN, body.words)


def withdraw(desk: Desk, dispute_id: str, who: Principal) -> DisputeView:
    """Take a dispute back."""
    return _by_owner(desk, "wallet:withdraw_dispute", dispute_id, who, "withdraw", S.WITHDRAWN, "")


def _by_owner(
    desk: Desk, door: str, dispute_id: str, who: Principal, action: str, to: S,
    words: str,
) -> DisputeView:  # fmt: skip
    found, version = _get(desk, dispute_id)
    policy.require(who, door, Resource(owner=found.owner), desk.now)
    return view(_keep(desk, _moved(desk, found, action, to, words), version))


def take(desk: Desk, dispute_id: str, who: Principal) -> StaffDisputeView:
    """Have it in hand, so that two do not answer at once; anybody may take it over."""
    found, version = _get(desk, dispute_id)
    taken = _moved(desk, found, "take", found.state, "")
    kept = _keep(desk, taken.model_copy(update={"handler": who.user_id}), version, who)
    return _for_staff(desk, kept)


def ask(desk: Desk, dispute_id: str, body: Grounds, who: Principal) -> StaffDisputeView:
    """Ask the person."""
    found, version = _get(desk, dispute_id)
    asked = _moved(desk, found, "ask", S.ASKED, body.reason)
    return _for_staff(desk, _keep(desk, asked, version, who))


def reject(desk: Desk, dispute_id: str, body: Grounds, who: Principal) -> StaffDisputeView:
    """Not accepted; the person reads why."""
    found, version = _get(desk, dispute_id)
    rejected = _moved(desk, found, "reject", S.REJECTED, body.reason)
    return _for_staff(desk, _keep(desk, rejected, version, who))


def send_back(desk: Desk, dispute_id: str, body: Grounds, who: Principal) -> StaffDisputeView:
    """Do not confirm a proposed refund."""
    found, version = _get(desk, dispute_id)
    after = _moved(desk, found, "send_back", S.OPEN, body.reason)
    back = after.model_copy(update={"refund_vnd": 0, "proposed_by": None})
    return _for_staff(desk, _keep(desk, back, version, who))


def refund(desk: Desk, dispute_id: str, body: RefundOf, who: Principal) -> StaffDisputeView:
    """Give back, or propose to: large refunds and those out of another person's wallet are
    confirmed by a second person.

    Raises:
        DisputeStateProblem, NotFound. TooMuch, InsufficientFunds: the ledger's.
    """
    found, version = _get(desk, dispute_id)
    payment = changes.get(desk.ledger, found.payment_id)
    two = body.amount_vnd > TWO_PERSONS_VND or payment.kind is Kind.TRANSFER
    after = _moved(desk, found, "refund", S.PROPOSED if two else S.DECIDED, body.reason)
    told = {"refund_vnd": body.amount_vnd, "proposed_by": who.user_id}
    kept = after.model_copy(update=told)
    kept = _keep(desk, kept, version, who)
    return _for_staff(desk, kept) if two else _finish(desk, kept, version + 1)


def confirm(desk: Desk, dispute_id: str, who: Principal) -> StaffDisputeView:
    """Confirm a refund that somebody else proposed; or finish one whose worker died.

    Raises:
        SecondPerson: the same person. DisputeStateProblem, NotFound.
        TooMuch, InsufficientFunds: the ledger's; the dispute is open again.
    """
    found, version = _get(desk, dispute_id)
    if found.state is S.DECIDED:
        return _finish(desk, found, version)
    after = _moved(desk, found, "confirm", S.DECIDED, "")
    if found.proposed_by == who.user_id:
        raise SecondPerson
    _keep(desk, after, version, who)
    return _finish(desk, after, version + 1)


def _finish(desk: Desk, decided: Dispute, version: int) -> StaffDisputeView:
    """Make a refund that is decided. It was written down before, so nobody decides otherwise in
    between; its id is the dispute's, so it is made once."""
    wanted = Refund(f"dispute-{decided.id}", decided.refund_vnd, reason=decided.grounds)
    try:
        changes.refund(desk.ledger, decided.payment_id, wanted)
    except (TooMuch, InsufficientFunds, NotAllowedNow) as refused:
        back = _moved(desk, decided, "fail", S.OPEN, refused.slug)
        _keep(desk, back.model_copy(update={"refund_vnd": 0, "proposed_by": None}), version)
        raise
    finished = _moved(desk, decided, "finish", S.REFUNDED, "")
    return _for_staff(desk, _keep(desk, finished, version))


def _moved(desk: Desk, dispute: Dispute, action: str, to: S, words: str) -> Dispute:
    if Move(dispute.state, action, to) not in WORKFLOW:
        raise DisputeStateProblem(state=dispute.state.value)
    by: Literal["owner", "staff"] = "owner" if action in BY_OWNER else "staff"
    step = Said(at=desk.now, by=by, action=action, words=words)
    told = {"state": to, "changed_at": desk.now, "steps": (*dispute.steps, step)}
    return dispute.model_copy(update=told)


def _get(desk: Desk, dispute_id: str) -> tuple[Dispute, int]:
    row = desk.own.table.get(f"D#{dispute_id}", "A")
    if row is None:
        raise NotFound(what=f"khiếu nại / dispute {dispute_id[:40]}")
    return Dispute.model_validate(row.doc), row.version


def _row(dispute: Dispute, version: int) -> Row:
    return Row(f"D#{dispute.id}", "A", dispute.model_dump(mode="json"), version=version)


def _keep(desk: Desk, dispute: Dispute, version: int, staff: Principal | None = None) -> Dispute:
    """Write its last step down; a step of staff is their act as well."""
    operations: list[Operation] = [Put(_row(dispute, version + 1), version)]
    if staff:
        step, about = dispute.steps[-1], f"dispute/{dispute.id}"
        operations += did(step.at, staff.user_id, about, step.action, step.words)
    if dispute.state in OVER:
        operations.append(Delete("DISPUTES", dispute.id))
        operations.append(Delete(f"DISPUTED#{dispute.payment_id}", "A"))
    try:
        desk.own.table.commit(*operations)
    except CommitConflict:
        raise Conflict from None
    return dispute


def _for_staff(desk: Desk, dispute: Dispute) -> StaffDisputeView:
    payment = changes.get(desk.ledger, dispute.payment_id)
    return StaffDisputeView(
        **view(dispute).model_dump(),
        taken_by=dispute.handler,
        proposed_by=dispute.proposed_by,
        payment_kind=payment.kind.value,
        payment_state=payment.state.value,
        paid_vnd=payment.captured_vnd,
        left_vnd=payment.captured_vnd - payment.refunded_vnd,
        paid_at=payment.captured_at,
        two_persons_over_vnd=0 if payment.kind is Kind.TRANSFER else TWO_PERSONS_VND,
    )


def view(dispute: Dispute) -> DisputeView:
    """A dispute without who works on it."""
    told = dispute.model_dump(exclude={"owner", "handler", "proposed_by", "steps"})
    steps = [each for each in dispute.steps if each.action != "take"]
    return DisputeView(**told, state_name=NAMES[dispute.state], steps=steps)
