"""Rounding as the decisions mean it: half away from zero, not to even as Python's `round`."""

import math

_NOISE = 6  # decimals kept first, so that 59.4999999999 from binary fractions is 59.5


def half_up(value: float, digits: int = 0) -> float:
    """`value` rounded half up to some digits.

    >>> half_up(0.5), half_up(2.5), half_up(40.53)
    (1.0, 3.0, 41.0)
    """
    scale = 10**digits
    cleaned = round(abs(value) * scale, _NOISE)
    return math.copysign(math.floor(cleaned + 0.5) / scale, value)


def whole(value: float) -> int:
    """`value` as a whole number, half up."""
    return int(half_up(value))
