"""The unit's documents: published into its own table like the city's reference data."""

from typing import Any

from city.adapters.documents import Documents
from city.alerts.kinds import Book

NAMES = ("issuer", "kinds", "mappings", "stations", "risk")


def from_documents(documents: dict[str, Any], version: str) -> Book:
    """The book from its documents."""
    return Book(version=version, **{name: documents[name] for name in NAMES})


book = Documents(NAMES, from_documents)
