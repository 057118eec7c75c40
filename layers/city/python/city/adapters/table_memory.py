"""The table in memory: for tests, and for bulk replays that write the outcome in one go."""

import threading
from collections.abc import Sequence
from dataclasses import replace

from city.adapters.table import ABSENT, ANY, Add, Check, CommitConflict, Operation, Put, Row, unique


class MemoryTable:
    """Rows in dictionaries under one lock."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Row]] = {}
        self._lock = threading.Lock()

    def get(self, pk: str, sk: str) -> Row | None:
        """The row, or None."""
        return self._rows.get(pk, {}).get(sk)

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """Those of the rows that exist."""
        found = ((key, self.get(*key)) for key in keys)
        return {key: row for key, row in found if row is not None}

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
        """See `Table.query`."""
        with self._lock:
            keys = sorted(self._rows.get(pk, {}), reverse=reverse)
            wanted = [
                sk
                for sk in keys
                if sk.startswith(prefix)
                and (until is None or sk <= until)
                and (after is None or (sk < after if reverse else sk > after))
            ]
            rows = [self._rows[pk][sk] for sk in wanted[:limit]]
        return rows, (rows[-1].sk if len(wanted) > limit else None)

    def commit(self, *operations: Operation) -> None:
        """See `Table.commit`."""
        listed = unique(operations)
        with self._lock:
            failed = [i for i, op in enumerate(listed) if not self._holds(op)]
            if failed:
                raise CommitConflict(failed)
            for op in listed:
                self._apply(op)

    def rows(self) -> list[Row]:
        """Every row, in key order (tests compare whole tables)."""
        return [self._rows[pk][sk] for pk in sorted(self._rows) for sk in sorted(self._rows[pk])]

    def _holds(self, op: Operation) -> bool:
        if isinstance(op, Add):
            return self._bounded(op)
        pk, sk = (op.row.pk, op.row.sk) if isinstance(op, Put) else (op.pk, op.sk)
        stored = self.get(pk, sk)
        if op.expect == ANY:
            return True
        if op.expect == ABSENT:
            return stored is None
        return stored is not None and stored.version == op.expect

    def _bounded(self, op: Add) -> bool:
        row = self.get(op.pk, op.sk)
        held = row.counters if row else {}

        def after(name: str) -> int:
            return held.get(name, 0) + op.counters.get(name, 0)

        return all(after(n) >= least for n, least in op.floor.items()) and all(
            after(n) <= most for n, most in op.ceiling.items()
        )

    def _apply(self, op: Operation) -> None:
        if isinstance(op, Put):
            self._rows.setdefault(op.row.pk, {})[op.row.sk] = op.row
        elif isinstance(op, Add):
            row = self.get(op.pk, op.sk) or Row(op.pk, op.sk)
            counters = dict(row.counters)
            for name, amount in op.counters.items():
                counters[name] = counters.get(name, 0) + amount
            self._rows.setdefault(op.pk, {})[op.sk] = replace(
                row, counters=counters, ttl=op.ttl if op.ttl is not None else row.ttl
            )
        elif not isinstance(op, Check):
            self._rows.get(op.pk, {}).pop(op.sk, None)
