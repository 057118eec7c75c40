"""What the wallet leans on, and who may see what."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from city.adapters.acts import MOST, acts_of
from city.bank.port import BankGateway
from city.kernel import policy
from city.kernel.people import STEPPED_UP, Principal
from city.kernel.policy import Resource
from city.kernel.problems import NotFound
from city.ledger import changes, wallets
from city.ledger.book import Ledger
from city.ledger.model import Payment, Wallet, wallet_of
from city.wallet.store import Wallets


@dataclass(frozen=True, slots=True)
class Desk:
    """Ledger, own table, bank; `attested` reads an attestation that the city signed."""

    ledger: Ledger
    own: Wallets
    bank: BankGateway
    attested: Callable[[str, datetime], dict[str, Any]]

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.ledger.now()


def worked(desk: Desk, account: str, most: int = MOST) -> list[dict[str, Any]]:
    """What somebody did at work, newest first: who froze a wallet stands in the ledger's table."""
    tables = (desk.own.table, desk.ledger.table)
    done = [act for table in tables for act in acts_of(table, account, most)]
    return sorted(done, key=lambda act: str(act["at"]), reverse=True)


def stepped_up(desk: Desk, who: Principal) -> bool:
    """Whether a passkey confirmed this moment."""
    return who.assurance(desk.now) >= STEPPED_UP


def new_device(desk: Desk, who: Principal) -> bool:
    """Whether nothing was paid from this session's device with a passkey yet."""
    return who.session is None or not desk.own.known_device(who.user_id, who.session)


def own_wallet(desk: Desk, who: Principal) -> Wallet:
    """The caller's wallet.

    Raises:
        NoWallet: they have none.
    """
    return wallets.by_owner(desk.ledger, who.user_id)


def payment_of(desk: Desk, action: str, payment_id: str, who: Principal) -> tuple[Payment, str]:
    """A payment that the caller is a side of, and "in" or "out".

    Raises:
        NotFound: no such payment, or none of theirs.
    """
    payment = changes.get(desk.ledger, payment_id)
    payer, payee = (_owner(desk, each) for each in (payment.source, payment.target))
    if who.user_id == payee and who.user_id != payer:
        policy.require(who, action, Resource(owner=payee), desk.now)
        return payment, "in"
    if payer is None and payment.owner is None:
        raise NotFound(what=f"giao dịch / payment {payment_id[:40]}")
    policy.require(who, action, Resource(owner=payer or payment.owner), desk.now)
    return payment, "out"


def _owner(desk: Desk, account: str) -> str | None:
    wallet = wallet_of(account)
    return desk.own.owner_of(wallet) if wallet else None
