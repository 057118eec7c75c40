"""The unit's documents: published into its own table like the city's reference data."""

import json
from datetime import datetime, timedelta
from typing import Any

from city.adapters.reference import current_version, read_document
from city.adapters.table import Table
from city.vessels.model import Book

NAMES = (
    "boats", "gateways", "obligations", "limits", "deadlines", "fines", "zones", "ports",
    "agencies",
)  # fmt: skip
KEEP = timedelta(minutes=5)
_kept: dict[int, tuple[Table, datetime, Book]] = {}


def from_documents(documents: dict[str, Any], version: str) -> Book:
    """The book from its documents."""
    return Book(version=version, **{name: documents[name] for name in NAMES})


def book(table: Table, now: datetime) -> Book:
    """The current documents, asked for again after five minutes.

    Raises:
        LookupError: nothing was ever published.
    """
    held = _kept.get(id(table))
    if held and now - held[1] < KEEP:
        return held[2]
    version = current_version(table)
    if held and held[2].version == version:
        found = held[2]
    else:
        texts = {name: json.loads(read_document(table, name)) for name in NAMES}
        found = from_documents(texts, version)
    _kept[id(table)] = (table, now, found)  # the table too: an id is only good while it lives
    return found
