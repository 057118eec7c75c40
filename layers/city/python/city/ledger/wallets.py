"""Wallets: opened, frozen, closed, read. What they hold changes by payments only."""

from collections.abc import Sequence

from city.adapters.table import ABSENT, Add, Delete, Operation, Put, Row
from city.contracts.ledger import WalletChanged
from city.kernel.problems import Conflict
from city.ledger.book import ATTEMPTS, Declined, Ledger, Plan
from city.ledger.locks import THERE
from city.ledger.model import Purse, Wallet, WalletStatus, as_doc
from city.ledger.problems import NoWallet, WalletFrozen, WalletNotEmpty


def open_wallet(ledger: Ledger, owner: str, bank: str) -> Wallet:
    """Open a person's wallet; who has one keeps it. After closing, a new one may be opened."""
    now = ledger.now()
    wallet = Wallet(
        id=ledger.new_id(now), owner=owner, status="open", bank=bank, opened_at=now, changed_at=now
    )
    held = ledger.table.get(f"OWN#{owner}", "W")
    plan = Plan()
    version = held.version if held else ABSENT
    if held:
        before = by_id(ledger, held.doc["wallet_id"])
        if before.status != "closed":
            return before
    own = Row(f"OWN#{owner}", "W", {"wallet_id": wallet.id}, version=max(version, 0) + 1)
    plan.add(Put(own, version))
    plan.add(Put(_status_row(wallet, 1), ABSENT))
    plan.add(Put(Row(f"W#{wallet.id}", "A", counters={"avail": 0, "held": 0}), ABSENT))
    for marker in ("SPENDS", "TAKES"):
        plan.add(Put(Row(f"W#{wallet.id}", marker), ABSENT))
    plan.events.append(_said(wallet))
    try:
        plan.commit(ledger)
    except Declined:
        return by_owner(ledger, owner)  # somebody opened it in the same moment
    return wallet


def by_owner(ledger: Ledger, owner: str) -> Wallet:
    """A person's wallet.

    Raises:
        NoWallet: they never had one.
    """
    return by_id(ledger, _owned(ledger, owner))


def account_of(ledger: Ledger, owner: str) -> str:
    """The account of a person's wallet, whatever its status.

    Raises:
        NoWallet: they never had one.
    """
    return f"wallet:{_owned(ledger, owner)}"


def _owned(ledger: Ledger, owner: str) -> str:
    row = ledger.table.get(f"OWN#{owner}", "W")
    if row is None:
        raise NoWallet
    return str(row.doc["wallet_id"])


def by_id(ledger: Ledger, wallet_id: str) -> Wallet:
    """A wallet.

    Raises:
        NoWallet: there is none.
    """
    row = ledger.table.get(f"W#{wallet_id}", "S")
    if row is None:
        raise NoWallet
    return Wallet.model_validate(row.doc)


def purse(ledger: Ledger, wallet_id: str) -> Purse:
    """What is in it, now.

    Raises:
        NoWallet: there is none.
    """
    row = ledger.table.get(f"W#{wallet_id}", "A")
    if row is None:
        raise NoWallet
    return Purse(avail_vnd=row.counters.get("avail", 0), held_vnd=row.counters.get("held", 0))


def freeze(
    ledger: Ledger, wallet_id: str, by: str, reason: str, acts: Sequence[Put] = ()
) -> Wallet:
    """Nothing may leave any more; what was set aside before goes its way, what comes is taken.

    Raises:
        WalletFrozen: it is closed.
    """
    changes: list[Operation] = [Delete(f"W#{wallet_id}", "SPENDS", THERE), *acts]
    return _change(ledger, wallet_id, "frozen", changes, frozen_by=by, reason=reason)


def unfreeze(ledger: Ledger, wallet_id: str, acts: Sequence[Put] = ()) -> Wallet:
    """Money may leave again.

    Raises:
        WalletFrozen: it is closed.
    """
    changes = [Put(Row(f"W#{wallet_id}", "SPENDS"), ABSENT), *acts]
    return _change(ledger, wallet_id, "open", changes, frozen_by=None, reason="")


def close(ledger: Ledger, wallet_id: str) -> Wallet:
    """For good, when it is empty and nothing is under way. What comes afterwards is kept as
    unclaimed.

    Raises:
        WalletNotEmpty: it is not. WalletFrozen: somebody froze it; they decide first.
    """
    nothing = {"avail": 0, "held": 0}
    changes: list[Operation] = [
        Delete(f"W#{wallet_id}", "SPENDS", THERE),
        Delete(f"W#{wallet_id}", "TAKES", THERE),
        Add(f"W#{wallet_id}", "A", nothing, ceiling=nothing),
    ]
    held = purse(ledger, wallet_id)
    if held.total_vnd:
        raise WalletNotEmpty
    return _change(ledger, wallet_id, "closed", changes, closed_at=ledger.now())


_FROM: dict[WalletStatus, WalletStatus] = {"frozen": "open", "open": "frozen", "closed": "open"}


def _change(
    ledger: Ledger,
    wallet_id: str,
    status: WalletStatus,
    changes: Sequence[Operation],
    **fields: object,
) -> Wallet:
    for _ in range(ATTEMPTS):
        row = ledger.table.get(f"W#{wallet_id}", "S")
        if row is None:
            raise NoWallet
        before = Wallet.model_validate(row.doc)
        if before.status == status:
            return before
        if before.status != _FROM[status]:
            raise WalletFrozen
        told = {"status": status, "changed_at": ledger.now(), **fields}
        after = before.model_copy(update=told)
        plan = Plan(events=[_said(after)])
        plan.add(Put(_status_row(after, row.version + 1), row.version))
        for operation in changes:
            why = WalletNotEmpty if isinstance(operation, Add) else Conflict
            plan.add(operation, why)
        try:
            plan.commit(ledger)
        except Declined as declined:
            if WalletNotEmpty in declined.whys:
                raise WalletNotEmpty from None
            continue
        return after
    raise Conflict


def _status_row(wallet: Wallet, version: int) -> Row:
    return Row(f"W#{wallet.id}", "S", as_doc(wallet), version=version)


def _said(wallet: Wallet) -> WalletChanged:
    return WalletChanged(
        wallet_id=wallet.id, owner=wallet.owner, status=wallet.status, at=wallet.changed_at
    )
