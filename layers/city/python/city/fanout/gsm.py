"""Letters of short messages: the GSM 7-bit default alphabet (3GPP TS 23.038) or UCS-2, in segments.

Vietnamese needs UCS-2: 70 characters a message, 67 in each of several. Without its marks it fits
the 7-bit alphabet: 160, or 153 in each of several. Which one a city uses is data (`channels`).
"""

import unicodedata
from typing import Literal

Alphabet = Literal["gsm7", "ucs2"]

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E,
    "|": 0x40, "€": 0x65,
}  # fmt: skip
ESCAPE = 0x1B
# Octets as they stand in a PDU (7-bit letters are not packed there): alone, and with a header of
# six octets that takes 48 of 1,120 bits.
SINGLE: dict[Alphabet, int] = {"gsm7": 160, "ucs2": 140}
PART: dict[Alphabet, int] = {"gsm7": 153, "ucs2": 134}
_OCTETS = {letter: bytes([i]) for i, letter in enumerate(BASIC) if i != ESCAPE} | {
    letter: bytes([ESCAPE, code]) for letter, code in EXTENDED.items()
}
_LETTERS = {octets: letter for letter, octets in _OCTETS.items()}
_PLAIN = {"Đ": "D", "đ": "d", "…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"',
          "”": '"', "₫": "d", "\u00a0": " ", "·": "-", "≥": ">=", "≤": "<="}  # fmt: skip


def plain(text: str) -> str:
    """Vietnamese without its marks; what the 7-bit alphabet still lacks becomes a question mark."""
    spelled = "".join(_PLAIN.get(letter, letter) for letter in text)
    bare = unicodedata.normalize("NFD", spelled)
    kept = (c for c in bare if not unicodedata.combining(c))
    return "".join(c if c in _OCTETS else "?" for c in kept)


def fits_gsm7(text: str) -> bool:
    """Whether every letter is in the 7-bit alphabet."""
    return all(letter in _OCTETS for letter in text)


def pieces(text: str, alphabet: Alphabet) -> list[bytes]:
    """Each letter's octets: a letter is never cut in two, whatever it takes."""
    if alphabet == "gsm7":
        return [_OCTETS[letter] for letter in text]
    return [letter.encode("utf-16-be") for letter in text]


def split(text: str, alphabet: Alphabet) -> list[bytes]:
    """The text's octets as segments: one if it fits, else as many as it takes."""
    octets = pieces(text, alphabet)
    if sum(map(len, octets)) <= SINGLE[alphabet]:
        return [b"".join(octets)]
    parts: list[bytes] = []
    part = b""
    for piece in octets:
        if len(part) + len(piece) > PART[alphabet]:
            parts.append(part)
            part = b""
        part += piece
    return [*parts, part]


def read(octets: bytes, alphabet: Alphabet) -> str:
    """The inverse, for one whole text or segment."""
    if alphabet == "ucs2":
        return octets.decode("utf-16-be")
    text, at = "", 0
    while at < len(octets):
        size = 2 if octets[at] == ESCAPE else 1
        text += _LETTERS.get(octets[at : at + size], "?")
        at += size
    return text
