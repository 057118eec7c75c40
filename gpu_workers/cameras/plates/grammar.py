"""The grammar of Vietnamese plates: data in `grammar.json` as rows of allowed characters."""

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).parent / "grammar.json"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
CONFUSED = 0.12  # how much of a look-alike's probability a character gets
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of plate and, place by place, what may stand there.

    Words such as `army` go over several places: each of their words makes a pattern of its own,
    those that share all but one place are joined again.
    """

    kind: str
    slots: tuple[str, ...]


@dataclass(frozen=True)
class Grammar:
    """Loaded once."""

    data: dict[str, Any]

    @cached_property
    def provinces(self) -> dict[str, str]:
        """Code to province, after the mergers of July 2025; 80 is a central body."""
        codes = {c: name for name, many in self.data["provinces"].items() for c in many}
        return {**codes, **self.data["central"]}

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """All kinds, spelled out."""
        return tuple(p for row in self.data["patterns"] for p in self._spelled(row))

    @cached_property
    def likeness(self) -> Floats:
        """(36, 36): what is seen in rows, what it may be in columns; rows sum to more than one."""
        matrix = np.eye(len(ALPHABET))
        for group in self.data["confusions"]:
            for a in group:
                for b in group:
                    if a != b:
                        matrix[ALPHABET.index(a), ALPHABET.index(b)] = CONFUSED
        return matrix

    def _spelled(self, row: dict[str, Any]) -> list[Pattern]:
        shape, kind = row["shape"], row["kind"]
        starts = [""]
        if "{" in shape:
            before, rest = shape.split("{", 1)
            word, after = rest.split("}", 1)
            words = self._joined(list(self.data[word]))
            return [
                Pattern(kind, (*s, *w, *self._slots(after)))
                for s in self._province(before)
                for w in words
            ]
        if shape.startswith("pp"):
            return [Pattern(kind, (*s, *self._slots(shape[2:]))) for s in self._province("pp")]
        return [Pattern(kind, (*starts, *self._slots(shape)))]

    def _province(self, shape: str) -> list[tuple[str, ...]]:
        """Two places of a code: first digits that share their second digits are one."""
        if not shape.startswith("pp"):
            return [tuple(self._slots(shape))]
        rest = self._slots(shape[2:])
        return [(*code, *rest) for code in self._joined(sorted(self.provinces))]

    def _slots(self, shape: str) -> list[str]:
        names = {"d": DIGITS, "9": DIGITS[1:], "s": self.data["letters"]}
        return [names.get(c, c) for c in shape]

    def _joined(self, words: list[str]) -> list[tuple[str, ...]]:
        """Words of two letters as (first, seconds) pairs; firsts with the same seconds together."""
        by_first = {
            f: "".join(w[1] for w in group)
            for f, group in groupby(sorted(words), key=lambda w: w[0])
        }
        by_seconds: dict[str, str] = {}
        for first, seconds in by_first.items():
            by_seconds[seconds] = by_seconds.get(seconds, "") + first
        return [(firsts, seconds) for seconds, firsts in by_seconds.items()]

    def matches(self, text: str) -> str | None:
        """The kind of the first pattern that a normal form fits, None when there is none."""
        for pattern in self.patterns:
            if len(text) == len(pattern.slots) and all(
                c in slot for c, slot in zip(text, pattern.slots, strict=True)
            ):
                return pattern.kind
        return None


def normal_form(text: str) -> str:
    """Upper case, Đ as D, letters and digits only: `75a-123.45` is `75A12345`."""
    plain = text.upper().replace("Đ", "D")
    return "".join(c for c in plain if c in ALPHABET)


GRAMMAR = Grammar(json.loads(FILE.read_text(encoding="utf-8")))
