"""What is printed when the city is up: the address, some accounts, the logs."""

import json
from typing import Any

from infra.local.place import ROOT, Place


def lines(place: Place, people: list[dict[str, Any]]) -> list[str]:
    """The banner; one account per role."""
    shown: dict[str, dict[str, Any]] = {}
    for person in people:
        shown.setdefault(person["roles"][-1], person)
    said = [
        "",
        f"  Hue-S          {place.address}",
        f"  API            {place.address}/docs   {place.address}/openapi.json",
        f"  Open311        {place.address}/open311/v2/discovery.json",
        f"  Sign-in codes  {place.address}/dev/outbox",
        f"  Status         {place.address}/status",
        f"  Logs           {place.logs}   (make trace ID=<report>)",
        "  Demo accounts",
    ]
    for role, person in shown.items():
        unit = f" ({person['unit']})" if person["unit"] else ""
        said.append(f"    {person['phone']}  {role:20} {person['name']}{unit}")
    said += [f"    … all {len(people)}: {place.address}/_sandbox/people", ""]
    return said


def banner(place: Place) -> None:
    """Print it."""
    people = json.loads((ROOT / "infra/seed/data/people.json").read_text("utf-8"))
    print("\n".join(lines(place, people)), flush=True)
