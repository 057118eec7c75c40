"""The path of one report through the city: `make trace ID=<report, event or correlation id>`.

Every function logs one JSON line per invocation, with the ids of its thread; the emulator keeps
them in `.local/logs/functions.log`. Lines that name the id are found first, then all lines of
their threads. Reads are left out unless they are all there is.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.local.place import ROOT, Place

SHOWN = ("action", "state", "seq", "boxes", "counted", "rung", "problem", "error", "exception")


def lines(city: str) -> Iterator[str]:
    """Every log line that the functions of a city wrote, oldest first.

    Raises:
        FileNotFoundError: no city of this machine has that address.
    """
    log = _folder(city) / "logs" / "functions.log"
    rotated = sorted(log.parent.glob("functions.log.*"), key=lambda p: -int(p.suffix[1:]))
    for file in (*rotated, log):
        if file.exists():
            with file.open(encoding="utf-8") as held:
                for line in held:
                    yield line.rstrip("\n")


def _folder(city: str) -> Path:
    """Where the city behind an address keeps its things."""
    told = os.environ.get("HUES_LOCAL")
    tests = Path(tempfile.gettempdir()).glob("pytest-of-*/pytest-*/city*")
    for folder in ([Path(told)] if told else []) + [ROOT / ".local", *tests]:
        record = folder / "run.json"
        if record.exists() and city.endswith(f":{json.loads(record.read_text())['port']}"):
            return folder
    raise FileNotFoundError(f"no city is running at {city}")


def about(entries: Iterator[str], wanted: str) -> list[dict[str, Any]]:
    """The lines about an id and of the threads they belong to, in order of time."""
    parsed: list[dict[str, Any]] = []
    threads: set[str] = set()
    for line in entries:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and "correlation_id" in entry:
            parsed.append(entry)
            if wanted in line:
                threads.add(entry["correlation_id"])
    found = [e for e in parsed if e["correlation_id"] in threads]
    written = [e for e in found if e.get("method") not in ("GET", "HEAD")]
    return sorted(written or found, key=_began)


def _began(entry: dict[str, Any]) -> datetime:
    """A line is written when the work ends; the path reads by when it began."""
    ended = datetime.strptime(entry["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z")
    return ended - timedelta(milliseconds=entry.get("ms", 0))


def path(city: str, wanted: str) -> list[dict[str, Any]]:
    """`about`, from the log of a running city."""
    return about(lines(city), wanted)


def shown(entry: dict[str, Any]) -> str:
    """One line for people: time (UTC), thread, function, outcome, what it was, details."""
    what = entry.get("what") or f"{entry.get('method')} {entry.get('route')}"
    outcome = entry.get("outcome") or entry.get("status") or entry.get("level")
    rest = " ".join(f"{k}={str(entry[k]).splitlines()[-1]}" for k in SHOWN if entry.get(k))
    function = str(entry.get("function", entry.get("service", "?"))).removeprefix("hues-")
    return (
        f"{_began(entry):%H:%M:%S.%f}"[:12]
        + f"  {entry['correlation_id'][:8]}  {function:22} "
        f"{outcome!s:7} {entry.get('ms', ''):>8}  {what}  {rest}".rstrip()
    )


def main() -> int:
    """Print the path."""
    if len(sys.argv) != 2 or not sys.argv[1]:
        print("usage: make trace ID=<report, event or correlation id>")
        return 2
    folder = Path(os.environ.get("HUES_LOCAL") or ROOT / ".local")
    place = Place(folder, int(os.environ.get("PORT") or "8080"))
    try:
        if place.record.exists():
            place = Place(folder, json.loads(place.record.read_text())["port"])
        found = path(place.address, sys.argv[1])
    except FileNotFoundError as missing:
        print(f"✗ {missing}", file=sys.stderr)
        return 1
    if not found:
        print("nothing was logged about that id")
        return 1
    print("time (UTC)    thread    function               outcome       ms  what")
    for entry in found:
        print(shown(entry))
    threads = {entry["correlation_id"] for entry in found}
    print(f"{len(found)} lines in {len(threads)} threads")
    return 0


if __name__ == "__main__":
    sys.exit(main())
