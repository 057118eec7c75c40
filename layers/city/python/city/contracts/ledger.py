"""What the ledger publishes: states and amounts, no words of anybody."""

from datetime import datetime
from typing import ClassVar

from city.contracts.envelope import Announcement


class PaymentChanged(Announcement):
    """A payment's state changed. `sequence` counts a payment's changes from 1 without gaps, so that
    consumers can put them in order and miss none. Accounts are `wallet:<id>`, `biller:<code>`,
    `merchant:<id>`, ...; `owner` is the person who pays or is paid, None for the system's own;
    `autopay`: a standing order began it, not the person."""

    unit: ClassVar[str] = "ledger"
    happened: ClassVar[str] = "payment_changed"
    subject_field: ClassVar[str] = "payment_id"

    payment_id: str
    sequence: int
    kind: str
    state: str
    owner: str | None
    source: str
    target: str
    amount_vnd: int
    fee_vnd: int
    refunded_vnd: int
    autopay: bool = False
    at: datetime


class WalletChanged(Announcement):
    """A wallet was opened, frozen, unfrozen or closed."""

    unit: ClassVar[str] = "ledger"
    happened: ClassVar[str] = "wallet_changed"
    subject_field: ClassVar[str] = "wallet_id"

    wallet_id: str
    owner: str
    status: str
    at: datetime
