"""The unit's documents: published into its own table like the city's reference data."""

from typing import Any

from city.adapters.documents import Documents
from city.tourism.model import Guide

NAMES = ("sights", "routes", "scenes", "pictures")


def from_documents(documents: dict[str, Any], version: str) -> Guide:
    """The guide from its documents."""
    return Guide(version=version, **{name: documents[name] for name in NAMES})


guide = Documents(NAMES, from_documents)
