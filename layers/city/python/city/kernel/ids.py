"""Identifiers: ULIDs (time-sortable, 26 characters, Crockford base 32) and short public codes."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from city.kernel.clock import HUE

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_LENGTH = 26
_RANDOM_BITS = 80

NewId = Callable[[datetime], str]


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, low = divmod(number, 32)
        digits.append(ALPHABET[low])
    return "".join(reversed(digits))


def ulid(moment: datetime, random_bits: int) -> str:
    """A ULID (github.com/ulid/spec) of `moment` to the millisecond and 80 given random bits."""
    milliseconds = int(moment.timestamp() * 1000)
    return _base32((milliseconds << _RANDOM_BITS) | random_bits, ULID_LENGTH)


def new_id(moment: datetime) -> str:
    """A fresh ULID; the default source of ids. Tests and replays hand in their own."""
    return ulid(moment, secrets.randbits(_RANDOM_BITS))


def derived_id(moment: datetime, *parts: str) -> str:
    """A ULID whose random part is a hash of `parts`: the same input makes the same id."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return ulid(moment, int.from_bytes(digest[:10], "big"))


def is_ulid(text: str) -> bool:
    """Whether `text` has the shape of a ULID."""
    return len(text) == ULID_LENGTH and text[0] <= "7" and all(c in ALPHABET for c in text)


def moment_of(ulid_text: str) -> datetime:
    """The moment a ULID was made (UTC, millisecond)."""
    number = 0
    for character in ulid_text[:10]:
        number = number * 32 + ALPHABET.index(character)
    return datetime.fromtimestamp(number / 1000, UTC)


def public_code(prefix: str, ulid_text: str) -> str:
    """The short code people read out, such as `PA-261123-7K3FQ`: day in Huế and five characters."""
    return f"{prefix}-{moment_of(ulid_text).astimezone(HUE):%y%m%d}-{ulid_text[-5:]}"
