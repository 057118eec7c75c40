"""Processes of one city's functions, for tests that kill them."""

import json
import os
import signal
from pathlib import Path

from infra.local.place import Place


def here() -> Place:
    """The city that this test was started in."""
    return Place(Path(os.environ["HUES_LOCAL"]), int(os.environ["PORT"]))


def endpoint(place: Place) -> str:
    """Where a city's cloud listens now; after a start it is elsewhere."""
    return str(json.loads(place.record.read_text())["endpoint"])


def working(cloud: str, name: str) -> list[int]:
    """Processes of the functions of one cloud whose names end so. Another city on the same machine
    has the same functions: what tells them apart is where they find their cloud."""
    ours, end = f"AWS_ENDPOINT_URL={cloud}".encode(), name.encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        names = [each for each in told if each.startswith(b"AWS_LAMBDA_FUNCTION_NAME=hues-")]
        if ours in told and any(each.endswith(end) for each in names):
            found.append(int(folder.name))
    return found


def kill(pids: list[int]) -> int:
    """Kill processes at whatever they are doing; how many were still there."""
    killed = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        killed += 1
    return killed
