"""A unit's own reference documents, published into its table; held by the process for a while."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from city.adapters.reference import current_version, read_document
from city.adapters.table import Table

T = TypeVar("T")
KEEP = timedelta(minutes=5)


class Documents(Generic[T]):
    """Documents by name, put together by `build(documents, version)`."""

    def __init__(self, names: Sequence[str], build: Callable[[dict[str, Any], str], T]) -> None:
        self._names, self._build = tuple(names), build
        self._held: dict[int, tuple[Table, datetime, str, T]] = {}

    def __call__(self, table: Table, now: datetime) -> T:
        """The current ones, asked for again after five minutes.

        Raises:
            LookupError: nothing was ever published.
        """
        held = self._held.get(id(table))
        if held and now - held[1] < KEEP:
            return held[3]
        version = current_version(table)
        if held and held[2] == version:
            found = held[3]
        else:
            texts = {name: json.loads(read_document(table, name)) for name in self._names}
            found = self._build(texts, version)
        # The table too: an id is only good while the thing lives.
        self._held[id(table)] = (table, now, version, found)
        return found
