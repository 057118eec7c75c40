"""Snapshots and address books in the object store, shard by shard.

A shard that changed is built again from its rows: one object of arrays, one of devices. A
snapshot is the list of every shard's present object; the joined arrays are kept by the process
that resolved last. Objects are named by what they hold, so old snapshots stay readable for the
deliveries that were resolved from them.
"""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from city.adapters.table import Delete, Put, Row, Table, everything
from city.fanout.audience import Indexes, Snapshot, build, joined
from city.fanout.model import Address, Delivery, Entry
from city.fanout.slices import part
from city.fanout.subscribers import Person, Subscribers

SNAPSHOTS = "snapshots"
CACHED_SHARDS = 64
MARKS = 5000  # changes taken into account in one run; the next takes the rest


class Objects(Protocol):
    """The object store, as far as it is needed here."""

    def read(self, key: str) -> bytes:
        """An object.

        Raises:
            LookupError: there is none.
        """

    def read_range(self, key: str, first: int, last: int) -> bytes:
        """Bytes `first` to `last` (exclusive) of an object."""

    def write(self, key: str, data: bytes) -> None:
        """Store an object."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard's present object."""

    name: str
    object: str
    people: int


def packed(people: Sequence[Person]) -> bytes:
    """Language and devices of a shard's people in the order of their ids, as JSON."""
    return json.dumps(
        [
            [
                p.preferences.language,
                *([a.id, a.channel, a.endpoint, a.p256dh, a.auth] for a in p.devices),
            ]
            for p in sorted(people, key=lambda p: p.id)
        ],
        separators=(",", ":"),
    ).encode()


def unpacked(raw: bytes) -> list[Entry]:
    """The inverse of `packed`. Our own object: not validated again, which would cost more than
    sending."""
    return [
        Entry.model_construct(
            language=language,
            addresses=tuple(
                Address.model_construct(id=i, channel=c, endpoint=e, p256dh=p, auth=a)
                for i, c, e, p, a in devices
            ),
        )
        for language, *devices in json.loads(raw)
    ]


class Library:
    """Builds snapshots and reads them."""

    def __init__(
        self, table: Table, objects: Objects, kinds: Sequence[str], roles: Sequence[str]
    ) -> None:
        self._table, self._objects = table, objects
        self._people = Subscribers(table)
        self._kinds, self._roles = tuple(kinds), tuple(roles)
        # Kinds and roles are bits of a shard; new ones make every shard anew.
        names = json.dumps([self._kinds, self._roles])
        self._names = hashlib.sha256(names.encode()).hexdigest()[:16]
        self._joined: tuple[str, Snapshot, Indexes] | None = None
        self._shards = functools.lru_cache(CACHED_SHARDS)(self._read_addresses)

    def store(self, name: str, people: Sequence[Person]) -> Shard:
        """Write a shard's objects and remember them as its present ones."""
        arrays = build(name, [p.subscriber() for p in people], self._kinds, self._roles).dumps()
        addresses = packed(people)
        digest = hashlib.sha256(addresses + b"".join(p.id.encode() for p in people))
        digest.update(
            json.dumps([p.model_dump(mode="json", exclude={"devices"}) for p in people]).encode()
        )
        digest.update(self._names.encode())
        key = f"shards/{name}/{digest.hexdigest()[:24]}"
        self._objects.write(f"{key}.npz", arrays)
        self._objects.write(f"{key}.json", addresses)
        made = Shard(name, key, len(people))
        doc = {"object": key, "people": len(people), "names": self._names}
        self._table.commit(Put(Row("SHARDS", name, doc)))
        return made

    def compile(self) -> int:
        """Build the shards that changed; how many."""
        marks, _ = self._table.query("DIRTY", limit=MARKS)
        old = {r.sk for r in everything(self._table, "SHARDS") if r.doc["names"] != self._names}
        shards = sorted({mark.sk.partition("#")[0] for mark in marks} | old)
        for shard in shards:
            self.store(shard, self._people.of_shard(shard))
        # Every change has a mark of its own, so one that came meanwhile is still there.
        for first in range(0, len(marks), 100):
            gone = marks[first : first + 100]
            self._table.commit(*(Delete("DIRTY", mark.sk) for mark in gone))
        return len(shards)

    def current(self) -> tuple[str, Snapshot, Indexes]:
        """The present snapshot: its object's key, its arrays, and where its shards begin."""
        rows = everything(self._table, "SHARDS")
        shards = [Shard(r.sk, r.doc["object"], r.doc["people"]) for r in rows if r.doc["people"]]
        listed = json.dumps([[s.name, s.object, s.people] for s in shards]).encode()
        key = f"{SNAPSHOTS}/{hashlib.sha256(listed).hexdigest()[:24]}.json"
        if self._joined is None or self._joined[0] != key:
            self._objects.write(key, listed)
            parts = [Snapshot.loads(self._objects.read(f"{s.object}.npz")) for s in shards]
            parts = parts or [build("empty", [], self._kinds, self._roles)]
            starts = np.cumsum([0, *(s.people for s in shards[:-1])]).astype(np.uint32)
            self._joined = (key, joined(key, parts), starts)
        return self._joined

    def persons(self, delivery: Delivery, first: int, last: int) -> Sequence[int]:
        """See `deliver.Book`."""
        raw = self._objects.read_range(delivery.manifest, 4 * first, 4 * last)
        return [int(i) for i in part(raw)]

    def ids(self, delivery: Delivery) -> NDArray[np.bytes_]:
        """The ids of everybody a delivery was for."""
        listed = self._listed(delivery.snapshot)
        parts = [Snapshot.loads(self._objects.read(f"{key}.npz")).ids for _, key, _ in listed]
        everybody = np.concatenate(parts) if parts else np.array([], dtype="S32")
        chosen: NDArray[np.bytes_] = everybody[part(self._objects.read(delivery.manifest))]
        return chosen

    def entries(self, delivery: Delivery, persons: Sequence[int]) -> Mapping[int, Entry]:
        """See `deliver.Book`."""
        listed = self._listed(delivery.snapshot)
        starts = np.cumsum([0, *(people for _, _, people in listed[:-1])])
        found: dict[int, Entry] = {}
        for person, at in zip(
            persons, np.searchsorted(starts, persons, side="right") - 1, strict=True
        ):
            entries = self._shards(listed[at][1])
            found[person] = entries[person - int(starts[at])]
        return found

    @functools.lru_cache(maxsize=4)  # noqa: B019 - a library lives as long as its process
    def _listed(self, snapshot: str) -> list[tuple[str, str, int]]:
        return [(n, o, p) for n, o, p in json.loads(self._objects.read(snapshot))]

    def _read_addresses(self, key: str) -> list[Entry]:
        return unpacked(self._objects.read(f"{key}.json"))
