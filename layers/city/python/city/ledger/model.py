"""Nouns of the ledger: wallets, payments, entries."""

import hashlib
import json
import re
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from city.kernel.chain import Chained
from city.ledger.amounts import Vnd
from city.ledger.workflow import FINAL, PAID, Proof, State

ESCROW = "bank:escrow"  # what the bank keeps for us; its balance is minus what it owes us
IN_TRANSIT = "suspense:payouts"  # left a payable account, not yet at the bank
UNCLAIMED = "suspense:unclaimed"  # came for a wallet that takes nothing any more
DIFFERENCES = "suspense:differences"  # what the bank has booked and we cannot place


def suspended(reference: str) -> str:
    """Under which `once` what the bank has of a reference goes to suspense, whoever decides it."""
    return f"suspense-{reference}"


_ACCOUNT = re.compile(
    r"bank:escrow|(wallet|biller|merchant|fee|suspense|promo):[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
)


class Kind(StrEnum):
    """What a payment is. Wire values are stable."""

    BILL = "bill"  # wallet -> biller, through the biller's hands
    MERCHANT = "merchant"  # wallet -> acceptance point, at once
    TRANSFER = "transfer"  # wallet -> wallet, at once
    TOP_UP = "top_up"  # bank -> wallet, through the bank's hands
    CASH_OUT = "cash_out"  # wallet -> bank, through the bank's hands
    PAYOUT = "payout"  # what billers and merchants earned -> bank, through the bank's hands
    CORRECTION = "correction"  # between suspense and another account, by two persons


AT_ONCE = frozenset({Kind.MERCHANT, Kind.TRANSFER, Kind.CORRECTION})


def account(name: str) -> str:
    """An account's name, checked: `wallet:<id>`, `biller:<code>`, `merchant:<id>`, `fee:<what>`,
    `suspense:<what>`, `promo:<what>` or `bank:escrow`.

    Raises:
        ValueError: it is none of these.
    """
    if not _ACCOUNT.fullmatch(name):
        raise ValueError(f"no account: {name[:80]}")
    return name


def wallet_of(name: str) -> str | None:
    """The wallet behind an account's name, if it is a wallet's."""
    kind, _, key = name.partition(":")
    return key if kind == "wallet" else None


WalletStatus = Literal["open", "frozen", "closed"]


class Wallet(BaseModel, frozen=True):
    """A person's wallet. `bank` is the linked account as the bank knows it, in the same name."""

    id: str
    owner: str
    status: WalletStatus
    bank: str
    opened_at: datetime
    changed_at: datetime
    frozen_by: str | None = None
    reason: str = ""
    closed_at: datetime | None = None

    @property
    def account(self) -> str:
        """Its name in entries."""
        return f"wallet:{self.id}"


class Purse(BaseModel, frozen=True):
    """What a wallet holds: to spend, and set aside for payments under way."""

    avail_vnd: int
    held_vnd: int

    @property
    def total_vnd(self) -> int:
        """All of it."""
        return self.avail_vnd + self.held_vnd


class BillRef(BaseModel, frozen=True):
    """One bill of one biller: what can be paid once, through whatever channel.

    `most_vnd` where the biller takes parts: all payments of the bill together come to no more. None
    where one payment pays it.
    """

    biller: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    bill_id: str = Field(min_length=1, max_length=80)
    most_vnd: int | None = Field(None, ge=1)

    @property
    def id(self) -> tuple[str, str]:
        """Which bill it is."""
        return self.biller, self.bill_id


class ClientKey(BaseModel, frozen=True):
    """A client's Idempotency-Key within what it is unique in. Kept for ever, with the payment."""

    principal: str = Field(min_length=1)
    route: str = Field(min_length=1)
    key: str = Field(min_length=8, max_length=200)

    @property
    def digest(self) -> str:
        """As the table knows it."""
        words = "\x1f".join((self.principal, self.route, self.key))
        return hashlib.sha256(words.encode()).hexdigest()


class Order(BaseModel, frozen=True):
    """What is to be paid. `owner` is the person who answers for it (None for the system's own).

    `fee_vnd` goes to `fee_account`: on top of the amount if the payer bears it, out of the amount
    if the payee does. `limit_class` names the class of the legal limit that the amount counts in
    (None: none, as for what comes in). `stepped_up` says that a passkey confirmed this moment.
    """

    kind: Kind
    owner: str | None
    source: str
    target: str
    amount_vnd: Vnd
    key: ClientKey
    fee_vnd: int = Field(0, ge=0, le=10**9)
    fee_account: str = "fee:service"
    fee_by: Literal["payer", "payee"] = "payer"
    limit_class: str | None = None
    stepped_up: bool = False
    new_device: bool = False
    bill: BillRef | None = None
    once: str | None = Field(None, max_length=120)
    expires_at: datetime | None = None
    memo: str = Field("", max_length=140)
    facts: dict[str, str] = {}

    @field_validator("source", "target", "fee_account")
    @classmethod
    def _known(cls, name: str) -> str:
        return account(name)

    @model_validator(mode="after")
    def _whole(self) -> "Order":
        if self.source == self.target:
            raise ValueError("source and target are the same account")
        if self.fee_by == "payee" and self.fee_vnd >= self.amount_vnd:
            raise ValueError("the fee is not less than the amount")
        if (self.kind is Kind.BILL) != (self.bill is not None):
            raise ValueError("a bill is paid by a bill payment, and by nothing else")
        if self.bill and self.bill.most_vnd is not None and self.amount_vnd > self.bill.most_vnd:
            raise ValueError("more than the bill")
        return self

    @property
    def fingerprint(self) -> str:
        """What the same key must come with again. Whether a passkey confirmed it is not part (a
        refused order is sent again with one), nor how much of the bill others have paid."""
        body = self.model_dump(
            mode="json",
            exclude={
                "key": True, "stepped_up": True, "new_device": True, "expires_at": True,
                "facts": True, "bill": {"most_vnd"},
            },
        )  # fmt: skip
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


class Payment(BaseModel, frozen=True):
    """A payment. Its row's version is `sequence`: the number of its state's change, without gaps.

    `reference` is what the other side knows it by, fixed for its life. `due_at` is when the clock
    looks at it next: HELD expires then, SENT has lost its worker, UNKNOWN is asked about.
    """

    id: str
    kind: Kind
    state: State
    owner: str | None
    source: str
    target: str
    amount_vnd: int
    fee_vnd: int
    fee_account: str
    fee_by: Literal["payer", "payee"]
    bill: BillRef | None
    once: str | None = None
    limit_class: str | None
    limit_keys: tuple[str, ...] = ()
    plain: bool = False
    memo: str
    facts: dict[str, str] = {}
    created_at: datetime
    changed_at: datetime
    sequence: int = 1
    attempts: int = 0
    asked: int = 0
    sent_at: datetime | None = None
    due_at: datetime | None = None
    captured_at: datetime | None = None
    refunded_vnd: int = 0
    entries: int = 0
    receipt: str = ""
    proof: Proof | None = None
    evidence: str = ""
    diverted: bool = False

    @property
    def reference(self) -> str:
        """What the other side knows it by."""
        return self.id

    @property
    def debit_vnd(self) -> int:
        """What the payer gives."""
        return self.amount_vnd + (self.fee_vnd if self.fee_by == "payer" else 0)

    @property
    def credit_vnd(self) -> int:
        """What the payee gets."""
        return self.amount_vnd - (self.fee_vnd if self.fee_by == "payee" else 0)

    @property
    def limited_wallet(self) -> str | None:
        """The wallet whose limits it counts in: the payer's, or the one that is topped up."""
        topped_up = self.target if self.kind is Kind.TOP_UP else ""
        return wallet_of(self.source) or wallet_of(topped_up)

    @property
    def holds(self) -> bool:
        """Whether the payer's money is set aside for it now."""
        return (
            wallet_of(self.source) is not None
            and self.kind not in AT_ONCE
            and self.state not in FINAL | PAID
        )

    @property
    def captured_vnd(self) -> int:
        """What was paid."""
        return self.amount_vnd if self.state in PAID else 0


class Leg(BaseModel, frozen=True):
    """A part of an entry: an account, and what it gains (+) or gives (-)."""

    account: str
    amount_vnd: int


class Entry(BaseModel, frozen=True):
    """A journal entry: never changed, its legs sum to nothing.

    Raises:
        ValueError: they do not.
    """

    payment_id: str
    no: int
    what: Literal["capture", "refund", "reserve", "release", "correct"]
    at: datetime
    legs: tuple[Leg, ...]

    @model_validator(mode="after")
    def _balanced(self) -> "Entry":
        if sum(leg.amount_vnd for leg in self.legs) != 0 or len(self.legs) < 2:
            raise ValueError("the legs of an entry sum to nothing")
        if len({leg.account for leg in self.legs}) != len(self.legs):
            raise ValueError("an entry has one leg for an account")
        return self


class Line(Chained, frozen=True):
    """One line of an account's own journal: a leg in the order it was booked, hash-linked to the
    line before. `at` is when it happened, `day` (in Huế) where statements count it: it never goes
    back, as in any bank's book.
    """

    account: str
    payment_id: str
    entry_no: int
    what: str
    kind: Kind
    amount_vnd: int
    balance_vnd: int
    at: datetime
    day: str
    other: str
    memo: str = ""


class Head(BaseModel, frozen=True):
    """Where an account's journal ends."""

    seq: int = 0
    balance_vnd: int = 0
    hash: str = ""
    day: str = ""


def as_doc(model: BaseModel) -> dict[str, Any]:
    """A model as its row keeps it: what is as always is left out."""
    return model.model_dump(mode="json", exclude_defaults=True)
