"""What a payment costs its shop, and when a refund needs the owner: dated rules.

A fee is `amount x rate`, rounded half up to whole đồng and capped. A refund gives back so much of
the fee that what stays is the fee of what was kept: the fees of a sale and of its refunds always
add up to the fee of the rest.
"""

from datetime import date
from typing import Any

from pydantic import BaseModel

from city.kernel.reference import Dated, Reference
from city.kernel.text import Text

BASIS_POINTS = 10_000


class FeeRule(Dated):
    """A rate of a category (None: of all others). `confirmed` is false while it is invented."""

    category: str | None = None
    rate_bp: int
    max_vnd: int
    confirmed: bool = False
    source: str

    def of(self, amount_vnd: int) -> int:
        """The fee of an amount."""
        rounded = (amount_vnd * self.rate_bp + BASIS_POINTS // 2) // BASIS_POINTS
        return min(rounded, self.max_vnd, amount_vnd)

    def back(self, kept_vnd: int, refund_vnd: int) -> int:
        """What a refund gives back of the fee when `kept_vnd` was kept until now."""
        return self.of(kept_vnd) - self.of(kept_vnd - refund_vnd)


class RefundRule(Dated):
    """Up to when, and above which amount the owner decides."""

    approval_over_vnd: int
    days: int
    confirmed: bool = False
    source: str


class Category(BaseModel, frozen=True):
    """A kind of shop (ISO 18245)."""

    code: str
    name: Text


class Provider(BaseModel, frozen=True):
    """Who keeps the wallets; `sandbox` is said wherever it shows."""

    bank_bin: str
    name: Text
    sandbox: bool


class Rules(BaseModel, frozen=True):
    """The rules of the network. `limit_class`: where a payment counts in the legal limit."""

    provider: Provider
    categories: tuple[Category, ...]
    fees: tuple[FeeRule, ...]
    refunds: tuple[RefundRule, ...]
    banks: dict[str, str]
    limit_class: str | None = None

    @classmethod
    def of(cls, city: Reference) -> "Rules":
        """Out of the reference data."""
        document: dict[str, Any] = city.more["merchants"]
        return cls.model_validate(document)

    def fee(self, category: str, day: date) -> FeeRule:
        """The rule for a category on a day; its own before the general one, the newest first.

        Raises:
            LookupError: the data has none for that day.
        """
        held = [r for r in self.fees if r.holds(day) and r.category in (None, category)]
        if not held:
            raise LookupError(f"no fee rule for {category} on {day}")
        return max(held, key=lambda r: (r.category is not None, r.valid_from or date.min))

    def refund(self, day: date) -> RefundRule:
        """The rule for refunds on a day; the newest wins.

        Raises:
            LookupError: the data has none for that day.
        """
        held = [r for r in self.refunds if r.holds(day)]
        if not held:
            raise LookupError(f"no refund rule on {day}")
        return max(held, key=lambda r: r.valid_from or date.min)
