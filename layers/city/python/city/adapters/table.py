"""What a unit needs from its table, and nothing more.

One unit owns one table of rows keyed by `pk` and `sk`. A row's `doc` is the JSON of a pydantic
model, `version` its optimistic lock, `counters` whole numbers that are added to atomically. A
`commit` is all or nothing; every operation in it may carry a condition. The DynamoDB and the
in-memory implementation pass the same contract suite (`tests/store/test_table_contract.py`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

T = TypeVar("T")
MAX_OPERATIONS = 100  # DynamoDB's own ceiling for one transaction

ABSENT: Final = -1
ANY: Final = -2


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `ttl` is the epoch second after which the store may forget it."""

    pk: str
    sk: str
    doc: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    ttl: int | None = None
    counters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Put:
    """Write the whole row if the stored one matches `expect`: a version, ABSENT or ANY."""

    row: Row
    expect: int = ANY


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a row; removing what is not there is fine unless `expect` says otherwise."""

    pk: str
    sk: str
    expect: int = ANY


@dataclass(frozen=True, slots=True)
class Add:
    """Add to counters of a row, made when absent (an absent counter is 0).

    `floor` and `ceiling` bound counters after the addition, also those that nothing is added to;
    without a read before, and however many add at once. The row's document and version stay.
    """

    pk: str
    sk: str
    counters: Mapping[str, int]
    ttl: int | None = None
    floor: Mapping[str, int] = field(default_factory=dict)
    ceiling: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but let the commit fail unless the row matches `expect`."""

    pk: str
    sk: str
    expect: int


Operation = Put | Delete | Add | Check


class CommitConflict(Exception):
    """A condition did not hold, so nothing was written. `failed` has the operations' indexes."""

    def __init__(self, failed: Sequence[int]) -> None:
        self.failed = tuple(failed)
        super().__init__(f"conditions not met by operations {self.failed}")


class Table(Protocol):
    """The port. Reads see every commit that returned before they began."""

    def get(self, pk: str, sk: str) -> Row | None:
        """The row, or None."""

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """Those of the rows that exist."""

    def query(
        self,
        pk: str,
        *,
        prefix: str = "",
        after: str | None = None,
        until: str | None = None,
        limit: int = 100,
        reverse: bool = False,
    ) -> tuple[list[Row], str | None]:
        """Rows of one partition in `sk` order, and the `sk` to continue after (None at the end).

        `prefix` keeps sort keys that begin with it; `until` keeps those <= it (forward only).
        """

    def commit(self, *operations: Operation) -> None:
        """Apply all operations or none.

        Raises:
            CommitConflict: some condition did not hold.
        """


def everything(table: Table, pk: str, *, prefix: str = "", bound: int = 10_000) -> list[Row]:
    """All rows of a partition that is known to be small; `bound` is a tripwire, not a page."""
    rows: list[Row] = []
    after: str | None = None
    while True:
        page, after = table.query(pk, prefix=prefix, after=after, limit=1000)
        rows += page
        if after is None:
            return rows
        if len(rows) >= bound:
            raise RuntimeError(f"partition {pk} holds more than {bound} rows")


def retrying(attempts: int, act: Callable[[], T]) -> T:
    """Run `act` again when somebody else was faster.

    Raises:
        CommitConflict: it lost every time.
    """
    for _ in range(1, attempts):
        try:
            return act()
        except CommitConflict:
            continue
    return act()


def unique(operations: Iterable[Operation]) -> list[Operation]:
    """The operations, checked to touch each row at most once, as DynamoDB demands."""
    listed = list(operations)
    keys = [(o.row.pk, o.row.sk) if isinstance(o, Put) else (o.pk, o.sk) for o in listed]
    if len(set(keys)) != len(keys):
        raise ValueError("one commit may touch a row only once")
    if len(listed) > MAX_OPERATIONS:
        raise ValueError(f"a commit holds at most {MAX_OPERATIONS} operations")
    return listed
