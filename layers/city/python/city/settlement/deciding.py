"""Cases: differences that no rule ends. Two administrators decide; the second confirms."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from city.adapters.acts import did
from city.adapters.table import CommitConflict, Put
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, Problem, invalid
from city.ledger import changes, payments
from city.ledger.model import DIFFERENCES, ESCROW, ClientKey, Kind, Order, suspended
from city.ledger.workflow import Proof, State
from city.settlement import ours
from city.settlement.acting import Office
from city.settlement.matching import Standing
from city.settlement.model import CaseClosed, Difference, Handling
from city.settlement.sources import BANK

Decision = Literal["capture", "let_go", "refund", "suspense", "accept"]


class Decide(BaseModel):
    """What is to be done: the other side was paid (`capture`), was not (`let_go`, `refund`), the
    bank's figure is booked against suspense until somebody can place it (`suspense`), or nothing
    has to move (`accept`)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    source: str = Field(max_length=60)
    ref: str = Field(max_length=200)
    decision: Decision
    note: str = Field(min_length=3, max_length=500)


def waiting(office: Office, query: PageQuery) -> Page[Difference]:
    """Differences that are open or wait for a decision, oldest day first."""
    found, more = office.store.waiting(decode_cursor(query.cursor).get("a"), query.limit)
    return Page(items=found, next_cursor=encode_cursor({"a": more}) if more else None)


def decide(office: Office, body: Decide, who: Principal) -> Difference:
    """Propose how a case ends, or confirm what another administrator proposed: then it is done.

    Raises:
        NotFound: there is none. CaseClosed: it waits for nobody, or something else was confirmed.
        Conflict: somebody was faster; nothing was moved.
        Invalid: suspense is for what the bank has, and we have not or otherwise.
        NotAllowedNow, TooMuch, AlreadyUsed: the ledger's reasons; the case stays as it is.
    """
    case, version = office.store.difference(body.source, body.ref)
    if case is None:
        raise NotFound(what="chênh lệch / difference")
    if case.progress is not Handling.CASE:
        raise CaseClosed
    fresh = case.confirmed_by is None
    if fresh and body.decision == "suspense" and not _missing_vnd(office, case):
        raise invalid(
            "decision",
            "Chỉ ghi tài khoản treo cho khoản ngân hàng có mà sổ ta không có hoặc có số khác.",
            "Suspense is for what the bank has booked and we have not, or otherwise.",
        )
    same = case.proposed == body.decision
    if not fresh and not same:
        raise CaseClosed
    if not fresh or (same and case.proposed_by not in (None, who.user_id)):
        return _confirmed(office, case, version, body, who)
    told = {"proposed": body.decision, "proposed_by": who.user_id, "note": body.note}
    after = case.model_copy(update=told)
    return _saved(office, after, version, _act(office, case, body, who, "propose"))


def _confirmed(
    office: Office, case: Difference, version: int, body: Decide, who: Principal
) -> Difference:
    """Claim the case, then move the money, then close it. Were the money first, somebody who takes
    a proposal back in that moment would find it carried out."""
    if case.confirmed_by is None:
        claimed = case.model_copy(update={"confirmed_by": who.user_id, "note": body.note})
        act = _act(office, case, body, who, "confirm")
        case, version = _saved(office, claimed, version, act), version + 1
    try:
        _carry_out(office, case, body.decision)
    except Problem:  # the ledger refuses: the case is open as before
        _saved(office, case.model_copy(update={"confirmed_by": None}), version)
        raise
    told = {"progress": Handling.SETTLED, "closed_by": case.confirmed_by}
    return _saved(office, case.model_copy(update=told), version)


def _act(
    office: Office, case: Difference, body: Decide, who: Principal, step: str
) -> Sequence[Put]:
    about = f"{case.source}/{case.ref}"
    return did(office.now, who.user_id, about, f"{step} {body.decision}", body.note)


def _saved(office: Office, after: Difference, version: int, acts: Sequence[Put] = ()) -> Difference:
    try:
        office.store.save(after, version, acts)
    except CommitConflict as error:
        raise Conflict from error
    return after


def _carry_out(office: Office, case: Difference, decision: Decision) -> None:
    """Through the ledger; doing it again after a death changes nothing."""
    if decision == "capture":
        changes.capture(office.ledger, case.ref, case.receipt, "decided by two persons")
    elif decision == "let_go":
        if changes.get(office.ledger, case.ref).state in (State.SENT, State.UNKNOWN):
            changes.escalate(office.ledger, case.ref, "reconciliation")
        changes.void(office.ledger, case.ref, Proof.SETTLED_BY_PERSONS, "reconciliation")
    elif decision == "refund":
        payment = changes.get(office.ledger, case.ref)
        left = payment.captured_vnd - payment.refunded_vnd
        if left:
            wanted = changes.Refund(
                id=f"reconciled-{payment.id}", amount_vnd=left, reason="decided by two persons"
            )
            changes.refund(office.ledger, payment.id, wanted)
    elif decision == "suspense" and _missing_vnd(office, case):
        payments.begin(office.ledger, _correction(office, case))


def _missing_vnd(office: Office, case: Difference) -> int:
    """What the bank has and our book of the guarantee account has not; below zero when less."""
    if case.source != BANK or case.theirs_vnd is None:
        return 0
    mine = ours.of_bank_ref(office.ledger, case.ref)
    booked = mine.amount_vnd if mine and mine.standing is Standing.BOOKED else 0
    return case.theirs_vnd - booked


def _correction(office: Office, case: Difference) -> Order:
    """Our book follows the bank's; the other side is suspense. Under the bank's number, where it
    is nobody's payment: its news may come yet, and must not credit it once more."""
    missing = _missing_vnd(office, case)
    nobodys = case.ours_vnd is None and bool(case.receipt)
    sides = (ESCROW, DIFFERENCES) if missing > 0 else (DIFFERENCES, ESCROW)
    return Order(
        kind=Kind.CORRECTION, owner=None, source=sides[0], target=sides[1],
        amount_vnd=abs(missing),
        key=ClientKey(principal="settlement", route="suspense", key=f"statement-{case.ref}"[:200]),
        once=f"bank-{case.receipt}" if nobodys else suspended(case.ref),
        memo=f"Đối soát {case.day} {case.ref}"[:140],
    )  # fmt: skip
