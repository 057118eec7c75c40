"""Corrections through suspense, by two persons: each with reason and reference, each an entry of
the ledger whose id is the correction's, so that it is made once."""

from city.adapters.acts import did
from city.adapters.table import ABSENT, CommitConflict, Put, Row
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound
from city.ledger import payments
from city.ledger.amounts import vnd
from city.ledger.folding import fold_account
from city.ledger.model import ClientKey, Kind, Order, Payment
from city.ledger.problems import AlreadyUsed, InsufficientFunds
from city.ledger.proposals import NotACase, SecondPerson
from city.wallet.case_shapes import (
    SUSPENSE,
    Correction,
    CorrectionState,
    NewCorrection,
    SecondDecision,
)
from city.wallet.desk import Desk

LIST = "CORRECTIONS"


def listing(desk: Desk, query: PageQuery) -> Page[Correction]:
    """Corrections, newest first."""
    after = decode_cursor(query.cursor).get("after")
    rows, more = desk.own.table.query(
        LIST, after=str(after) if after else None, limit=query.limit, reverse=True
    )
    return Page(
        items=[Correction.model_validate(row.doc) for row in rows],
        next_cursor=encode_cursor({"after": more}) if more else None,
    )


def propose(desk: Desk, body: NewCorrection, who: Principal) -> Correction:
    """Say what is to be corrected; nothing moves yet."""
    made = Correction(
        **body.model_dump(), id=desk.ledger.new_id(desk.now), state=CorrectionState.PROPOSED,
        by=who.user_id, at=desk.now,
    )  # fmt: skip
    _keep(desk, made)
    return made


def decide(desk: Desk, correction_id: str, body: SecondDecision, who: Principal) -> Correction:
    """Agree, and the money moves; or not. Deciding again after a death makes good what was left.

    Raises:
        NotFound: there is none. NotACase: it is decided, or another version.
        SecondPerson: it is one's own. InsufficientFunds: suspense has less.
        Conflict: suspense moved meanwhile; nothing was corrected, try again.
        WalletFrozen, PayeeClosed, NoWallet: the ledger's reasons.
    """
    row = desk.own.table.get(LIST, correction_id)
    if row is None:
        raise NotFound(what="bút toán / correction")
    found = Correction.model_validate(row.doc)
    if found.state is not CorrectionState.PROPOSED or found.version != body.version:
        raise NotACase
    if found.by == who.user_id:
        raise SecondPerson
    made = payments.find(desk.ledger, _key(found))  # by somebody who died before saying so
    if made is None and body.agree:
        made = _booked(desk, found)
    after = found.model_copy(
        update={
            "state": CorrectionState.MADE if made else CorrectionState.REFUSED,
            "decided_by": who.user_id, "decided_at": desk.now,
            "payment_id": made.id if made else None, "version": found.version + 1,
        }
    )  # fmt: skip
    _keep(desk, after)
    return after


def _key(correction: Correction) -> ClientKey:
    return ClientKey(principal="wallet", route="correction", key=correction.id)


def _booked(desk: Desk, correction: Correction) -> Payment:
    """Out of suspense goes no more than is in it: each correction is good at the place of the
    account's journal that it has seen, and only one is good at a place."""
    once = None
    if correction.source.startswith(SUSPENSE):
        end = fold_account(desk.ledger, correction.source)
        if end.balance_vnd < correction.amount_vnd:
            raise InsufficientFunds(amount=vnd(correction.amount_vnd))
        once = f"{correction.source}-{end.seq}"
    order = Order(
        kind=Kind.CORRECTION, owner=None, source=correction.source, target=correction.target,
        amount_vnd=correction.amount_vnd, key=_key(correction), once=once,
        memo=f"{correction.reference}: {correction.reason}"[:140],
    )  # fmt: skip
    try:
        return payments.begin(desk.ledger, order)
    except AlreadyUsed as error:
        raise Conflict from error


def _keep(desk: Desk, correction: Correction) -> None:
    row = Row(LIST, correction.id, correction.model_dump(mode="json"), version=correction.version)
    at, by = correction.decided_at or correction.at, correction.decided_by or correction.by
    words = "" if correction.decided_by else correction.reason
    act = did(at, by, f"correction/{correction.id}", correction.state.value, words)
    try:
        desk.own.table.commit(Put(row, correction.version - 1 or ABSENT), *act)
    except CommitConflict as error:
        raise NotACase from error
