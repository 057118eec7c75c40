"""A search and its audit: each step is an entry, linked by hashes, in the same commit."""

from collections.abc import Sequence
from typing import Any

from city.adapters.acts import did
from city.adapters.table import ABSENT, CommitConflict, Delete, Operation, Put, Row, retrying
from city.contracts.envelope import Announcement
from city.kernel.ids import derived_id
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound
from city.violations.desk import Desk
from city.violations.model import Entry
from city.violations.search_models import Search
from city.violations.store import doc

ATTEMPTS = 6


def found(desk: Desk, id_: str) -> Search:
    """A search.

    Raises:
        NotFound: there is none of this id.
    """
    search = desk.store.one(Search, f"SEARCH#{id_}", "META")
    if search is None:
        raise NotFound(what="lệnh tìm / search")
    return search


def changes(before: Search | None, after: Search, entry: Entry) -> tuple[Search, list[Operation]]:
    """The next state with its entry in the chain, and the writes, if nobody changed it since."""
    linked = entry.model_copy(update={"seq": after.seq + 1}).chained(after.chain)
    version = before.version + 1 if before else 1
    fresh = after.model_copy(update={"seq": linked.seq, "chain": linked.hash, "version": version})
    expect = before.version if before else ABSENT
    operations: list[Operation] = [
        Put(Row(f"SEARCH#{fresh.id}", f"E#{linked.seq:06}", doc(linked)), ABSENT),
        Put(Row(f"SEARCH#{fresh.id}", "META", doc(fresh), version), expect),
    ]
    return fresh, operations


def save(
    desk: Desk,
    before: Search,
    after: Search,
    entry: Entry,
    who: Principal | None,
    told: Sequence[Announcement] = (),
) -> Search:
    """A step of a search with its entry and what is told of it.

    Raises:
        Conflict: somebody changed it just now.
    """
    stored, operations = changes(before, after, entry)
    if stored.kind == "watch":
        if stored.state == "released":
            operations.append(Put(Row("WATCHES", stored.id, {}), ABSENT))
        elif before.state == "released":
            operations.append(Delete("WATCHES", stored.id))
    if who is not None:
        operations += did(desk.now, who.user_id, stored.id, entry.action)
    try:
        events = [(derived_id(desk.now, stored.id, each.happened), each, desk.now) for each in told]
        desk.outbox.commit(operations, events)
    except CommitConflict as error:
        raise Conflict from error
    return stored


def noted(
    desk: Desk, id_: str, entry: Entry, who: Principal | None, *, hits: int,
    more: list[Any] | None = None,
) -> Search:  # fmt: skip
    """Write an entry; the search is otherwise as it was, but for its hits.

    Raises:
        NotFound, CommitConflict: no such search, or others kept changing it.
    """

    def once() -> Search:
        before = found(desk, id_)
        after = before.model_copy(update={"hits": before.hits + hits})
        stored, operations = changes(before, after, entry)
        if who is not None:
            done = f"{id_}#{stored.seq}"
            operations += did(desk.now, who.user_id, done, entry.action)
        desk.store.commit([*operations, *(more or [])])
        return stored

    return retrying(ATTEMPTS, once)
