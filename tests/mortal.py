"""A table at whose k-th commit the function dies."""

from typing import Any, Literal

from city.adapters.table import Operation, Table


class Died(BaseException):
    """The function was killed: no handler of ours may catch this."""


class MortalTable:
    """Dies before or after its k-th commit."""

    def __init__(self, table: Table, k: int, when: Literal["before", "after"]) -> None:
        self._table, self._left, self._when = table, k, when

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def commit(self, *operations: Operation) -> None:
        self._left -= 1
        if self._left == 0 and self._when == "before":
            raise Died
        self._table.commit(*operations)
        if self._left == 0:
            raise Died
