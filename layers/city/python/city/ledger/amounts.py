"""Amounts: whole đồng, nothing else. No decimals, no words, no `true`."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

MOST_VND = 10**12


def _whole(value: Any) -> Any:
    """JSON has one number type and Python takes `True`, `1.0` and "１" for one: none of them is an
    amount."""
    if type(value) is not int:
        raise ValueError("Số tiền phải là số nguyên đồng.|An amount is a whole number of đồng.")
    return value


Vnd = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=MOST_VND)]
"""Something that is paid: 1 to 10^12 đồng."""

Balance = Annotated[int, BeforeValidator(_whole)]
"""What an account holds; liabilities of the city's provider are positive."""


def vnd(amount: int) -> str:
    """An amount as people here write it.

    >>> vnd(1234567)
    '1.234.567'
    """
    return f"{amount:,}".replace(",", ".")
