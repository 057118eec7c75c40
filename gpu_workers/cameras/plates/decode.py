"""The best text that the grammar allows, from what the recogniser thinks of every column.

The recogniser speaks CTC (Graves et al. 2006): at every column a distribution over characters and a
blank. The most probable path through a pattern's places is found by Viterbi, for all patterns of a
length at once; separators (dots, dashes, spaces, the country's strip) count as blank.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .grammar import ALPHABET, GRAMMAR, Pattern

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with how sure each of its characters is (0 to 1)."""

    text: str
    kind: str
    sure: tuple[float, ...]

    @property
    def score(self) -> float:
        """The geometric mean of the characters."""
        return float(np.exp(np.mean(np.log(np.maximum(self.sure, FLOOR)))))


@dataclass(frozen=True, slots=True)
class _Group:
    """Patterns with the same number of places; `which` (patterns, places) points into `slots`."""

    patterns: tuple[Pattern, ...]
    slots: tuple[str, ...]
    which: Whole


@lru_cache(maxsize=8)
def _groups(patterns: tuple[Pattern, ...]) -> tuple[_Group, ...]:
    slots = tuple(sorted({slot for p in patterns for slot in p.slots}))
    made = []
    for places in sorted({len(p.slots) for p in patterns}):
        mine = tuple(p for p in patterns if len(p.slots) == places)
        which = np.array([[slots.index(s) for s in p.slots] for p in mine])
        made.append(_Group(mine, slots, which))
    return tuple(made)


def decode(columns: Floats, patterns: Sequence[Pattern] | None = None) -> Reading | None:
    """`columns` (n, 37): probabilities of the alphabet and, last, of a blank.

    None when no pattern fits into so few columns.
    """
    groups = _groups(GRAMMAR.patterns if patterns is None else tuple(patterns))
    mixed = columns[:, :-1] @ GRAMMAR.likeness
    seen = np.log(np.clip(mixed, FLOOR, 1.0))
    blank = np.log(np.maximum(columns[:, -1], FLOOR))
    options = [np.array([ALPHABET.index(c) for c in slot]) for slot in groups[0].slots]
    lit = np.stack([seen[:, o].max(axis=1) for o in options], axis=1)
    best: tuple[float, Reading] | None = None
    for group in groups:
        if group.which.shape[1] > len(columns):
            continue
        total, winner, runs = _best_path(lit, blank, group.which)
        if best is None or total > best[0]:
            allowed = [options[k] for k in group.which[winner]]
            best = total, _settled(seen, runs, allowed, group.patterns[winner].kind)
    return best[1] if best else None


def _best_path(lit: Floats, blank: Floats, which: Whole) -> tuple[float, int, list[list[int]]]:
    """Viterbi over blank, place 0, blank, place 1, ...: (log probability, pattern, columns).

    A place emits the best of its characters at every column; which one it is, is settled afterwards
    over the columns that the place was given.
    """
    emit = lit[:, which]  # columns, patterns, places
    times, many, places = emit.shape
    states = 2 * places + 1
    score = np.full((many, states + 2), -np.inf)  # two more on the left, so that steps are slices
    score[:, 2], score[:, 3] = blank[0], emit[0, :, 0]
    back = np.zeros((times, many, states), dtype=np.int8)
    for t in range(1, times):
        stay, step, skip = score[:, 2:], score[:, 1:-1], score[:, :-2].copy()
        skip[:, 0::2] = -np.inf  # two places may touch, a blank is never skipped to
        options = np.stack((stay, step, skip))
        back[t] = options.argmax(axis=0)
        new = options.max(axis=0)
        new[:, 0::2] += blank[t]
        new[:, 1::2] += emit[t]
        score[:, 2:] = new
    ends = score[:, -2:].max(axis=1)
    winner = int(ends.argmax())
    state = states - 1 if score[winner, -1] >= score[winner, -2] else states - 2
    runs: list[list[int]] = [[] for _ in range(places)]
    for t in range(times - 1, -1, -1):
        if state % 2:
            runs[state // 2].append(t)
        state -= int(back[t, winner, state])
    return float(ends[winner]), winner, runs


def _settled(seen: Floats, runs: list[list[int]], allowed: list[Whole], kind: str) -> Reading:
    text, sure = "", []
    for run, options in zip(runs, allowed, strict=True):
        peak = seen[run][:, options].max(axis=0)
        pick = int(peak.argmax())
        text += ALPHABET[int(options[pick])]
        sure.append(float(np.exp(peak[pick])))
    return Reading(text, kind, tuple(sure))
