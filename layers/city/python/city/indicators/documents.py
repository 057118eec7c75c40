"""The unit's documents: published into its own table like the city's reference data."""

from typing import Any

from city.adapters.documents import Documents
from city.indicators.model import Catalogue

NAMES = ("groups", "definitions")


def from_documents(documents: dict[str, Any], version: str) -> Catalogue:
    """The catalogue from its documents."""
    return Catalogue(version=version, **{name: documents[name] for name in NAMES})


catalogue = Documents(NAMES, from_documents)
