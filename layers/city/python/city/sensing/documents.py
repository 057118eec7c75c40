"""The unit's documents: published into its own table like the city's reference data."""

from typing import Any

from city.adapters.documents import Documents
from city.sensing.model import City

NAMES = ("stations", "streams", "gateways", "parameters", "rules", "tables", "thresholds")


def from_documents(documents: dict[str, Any], version: str) -> City:
    """The city from its documents."""
    return City(version=version, **{name: documents[name] for name in NAMES})


city = Documents(NAMES, from_documents)
