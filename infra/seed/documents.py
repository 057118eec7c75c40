"""The demo city's documents, by name."""

import hashlib
import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
REFERENCE = (
    "units",
    "agencies",
    "categories",
    "sla",
    "routing",
    "reasons",
    "calendar",
    "roles",
    "organisations",
    "declarations",
    "purposes",
    "deadlines",
    "retention",
    "holders",
    "billers",
    "cards",
    "limits",
    "merchants",
    "functions",
    "homes",
)


def documents() -> dict[str, Any]:
    """Reference documents: rules, units, outlines, calendar."""
    names = [*REFERENCE, *(path.stem for path in sorted(DATA.glob("boundaries*.json")))]
    return {name: json.loads((DATA / f"{name}.json").read_text("utf-8")) for name in names}


def version(made: dict[str, Any]) -> str:
    """A version that changes exactly when some document does."""
    text = json.dumps(made, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def people() -> list[dict[str, Any]]:
    """The demo accounts."""
    listed: list[dict[str, Any]] = json.loads((DATA / "people.json").read_text("utf-8"))
    return listed
