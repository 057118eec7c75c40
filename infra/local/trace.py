"""The path of one report through the city: `make trace ID=<report, event or correlation id>`.

Every function logs one JSON line per invocation, with the ids of its thread; the emulator keeps
them as CloudWatch logs. Lines that name the id are found first, then all lines of their threads.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local.city import REGION, Place

PREFIX = "/aws/lambda/hues-"


def _client(endpoint: str) -> Any:
    import boto3

    return boto3.client(
        "logs",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def lines(city: str) -> Iterator[str]:
    """Every log line that the functions of a running city wrote."""
    logs = _client(_endpoint(city))
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=PREFIX):
        for group in page["logGroups"]:
            events = logs.get_paginator("filter_log_events")
            for found in events.paginate(logGroupName=group["logGroupName"]):
                for event in found["events"]:
                    yield from event["message"].splitlines()


def _endpoint(city: str) -> str:
    """Where the emulator behind an address listens: the record of whoever started it says."""
    import tempfile

    folder = os.environ.get("HUES_LOCAL")
    places = [Path(folder)] if folder else [Path(".local"), *Path(tempfile.gettempdir()).glob(
        "pytest-of-*/pytest-*/city*"
    )]
    for place in places:
        record = place / "run.json"
        if record.exists():
            held = json.loads(record.read_text())
            if city.endswith(f":{held['port']}"):
                return str(held["endpoint"])
    raise SystemExit(f"no city is running at {city}")


def path(city: str, wanted: str) -> list[dict[str, Any]]:
    """The lines about an id and of the threads they belong to, in order of time."""
    parsed = []
    for line in lines(city):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and "correlation_id" in entry:
            parsed.append(entry)
    threads = {e["correlation_id"] for e in parsed if wanted in json.dumps(e)}
    found = [e for e in parsed if e["correlation_id"] in threads]
    return sorted(found, key=lambda e: str(e["timestamp"]))


def main() -> int:
    """Print the path."""
    if len(sys.argv) != 2 or not sys.argv[1]:
        print("usage: make trace ID=<report, event or correlation id>")
        return 2
    place = Place(Path(os.environ.get("HUES_LOCAL", ".local")),
                  int(os.environ.get("PORT", "8080")))
    found = path(place.address, sys.argv[1])
    for entry in found:
        what = entry.get("what") or f"{entry.get('method')} {entry.get('route')}"
        outcome = entry.get("outcome") or entry.get("status")
        rest = {
            k: entry[k]
            for k in ("action", "state", "seq", "boxes", "counted", "rung", "problem", "error")
            if k in entry
        }
        print(
            f"{entry['timestamp'][11:23]}  {entry['correlation_id'][:8]}  "
            f"{entry['function'].removeprefix('hues-'):22} {outcome!s:7} {what}  {rest or ''}"
        )
    print(f"{len(found)} lines" if found else "nothing was logged about that id")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
