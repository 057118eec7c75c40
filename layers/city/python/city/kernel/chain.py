"""Entries linked by hashes: whoever changes, drops or inserts one is found out at the next."""

import hashlib
import json
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel


class Chained(BaseModel, frozen=True):
    """One entry of a chain. `hash` covers the whole entry, with the hash of the one before."""

    seq: int
    prev_hash: str = ""
    hash: str = ""

    def chained(self, prev_hash: str) -> Self:
        """The entry linked to the one before ("" for the first)."""
        linked = self.model_copy(update={"prev_hash": prev_hash, "hash": ""})
        return linked.model_copy(update={"hash": linked.digest()})

    def digest(self) -> str:
        """SHA-256 of everything but the hash itself, as JSON with sorted keys."""
        body = self.model_dump(mode="json", exclude={"hash"})
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def first_broken(entries: Sequence[Chained], before: str = "") -> int | None:
    """The `seq` of the first entry that does not fit the chain; None when all do. `before` is the
    hash that the first of them must follow."""
    for entry in entries:
        if entry.prev_hash != before or entry.digest() != entry.hash:
            return entry.seq
        before = entry.hash
    return None
