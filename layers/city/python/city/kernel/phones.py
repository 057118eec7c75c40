"""Telephone numbers."""

import re

from city.kernel.problems import invalid

_E164 = re.compile(r"^\+[1-9]\d{7,14}$")
_VN = re.compile(r"^\+84[1-9]\d{8}$")


def phone_number(raw: str) -> str:
    """A number in E.164 (ITU-T), Vietnamese numbers also with a leading 0.

    Raises:
        Invalid: not a telephone number.
    """
    digits = re.sub(r"[\s().-]", "", raw)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = "+84" + digits[1:]
    elif digits.startswith("84") and len(digits) == 11:
        digits = "+" + digits
    good = _VN if digits.startswith("+84") else _E164
    if not good.match(digits):
        raise invalid(
            "phone",
            "Số điện thoại không hợp lệ, ví dụ đúng: 0901234567.",
            "Not a telephone number; one looks like 0901234567 or +84901234567.",
        )
    return digits


def masked(phone: str) -> str:
    """A number that only its owner recognises."""
    return phone[:3] + "•" * (len(phone) - 6) + phone[-3:]
