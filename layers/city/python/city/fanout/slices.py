"""Cutting an audience into slices that one worker can finish and repeat safely."""

from collections.abc import Iterator

import numpy as np

from city.fanout.audience import Indexes

SLICE = 1000  # persons of one message: half a second of work, and the most that is repeated
SLICE_SHARDS = 40  # objects one slice reads at most: bounds a slice of few people far apart


def cut(persons: Indexes, shard_starts: Indexes) -> Iterator[tuple[int, int]]:
    """Positions (first, last exclusive) of slices, in order, covering every person once.

    `shard_starts` are the indexes at which the snapshot's shards begin.
    """
    shards = np.searchsorted(shard_starts, persons, side="right")
    first = 0
    while first < len(persons):
        last = min(first + SLICE, len(persons))
        seen = np.unique(shards[first:last])
        if len(seen) > SLICE_SHARDS:
            last = first + int(np.searchsorted(shards[first:last], seen[SLICE_SHARDS]))
        yield first, last
        first = last


def manifest(persons: Indexes) -> bytes:
    """The audience as an object: little-endian uint32, so that a worker reads its part only."""
    return persons.astype("<u4").tobytes()


def part(raw: bytes) -> Indexes:
    """A part of a manifest."""
    return np.frombuffer(raw, dtype="<u4").astype(np.uint32)
