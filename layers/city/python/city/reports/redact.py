"""Personal data that people write into texts is masked before anybody but the centre reads it.

Found: telephone numbers, e-mail addresses, citizen-identity numbers (12 digits), old identity
numbers (9 digits) and vehicle plates (Decree 356/2025 counts a plate as personal data). A number
is masked to its last two characters, so that people recognise their own.
"""

import re

_PATTERNS = (
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    re.compile(r"(?<![\d.])(?:\+?84|0)(?:[\s.-]?\d){8,10}(?!\d)"),
    re.compile(r"(?<!\d)\d{12}(?!\d)"),
    re.compile(r"(?<!\d)\d{9}(?!\d)"),
    re.compile(r"(?<![\w])\d{2}[A-ZĐ]{1,2}\d?[\s.-]{0,2}\d{3}[.\s]?\d{2}(?!\d)"),
    re.compile(r"(?<![\w])\d{2}[A-ZĐ]{1,2}\d?[\s.-]{0,2}\d{4}(?!\d)"),
)


def mask(words: str) -> str:
    """`words` with what looks like personal data masked."""
    for pattern in _PATTERNS:
        words = pattern.sub(lambda found: "•" * 4 + found.group()[-2:], words)
    return words
