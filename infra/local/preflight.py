"""What a machine must have, said in one line each when it is missing. Standard library only,
and readable by the old Pythons that it refuses."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import sys
from pathlib import Path

PYTHON = (3, 11)
NODE = 20
SPACE_BYTES = 500_000_000


def python_fault() -> str | None:
    """A Python that is too old."""
    if sys.version_info[:2] < PYTHON:
        this = sys.version.split()[0]
        return f"Python {PYTHON[0]}.{PYTHON[1]} or newer is needed; this is {this}."
    return None


def node_fault(printed: str | None) -> str | None:
    """A Node that is missing or too old, from what `node --version` printed."""
    if printed is None:
        return f"Node {NODE} or newer is needed and was not found; see nodejs.org."
    major = printed.lstrip("v").split(".")[0]
    if not major.isdigit() or int(major) < NODE:
        return f"Node {NODE} or newer is needed; this is {printed}."
    return None


def port_fault(port: int) -> str | None:
    """A port that somebody else listens on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return f"Port {port} is taken. Choose another: make run PORT={port + 1}"
    return None


def space_fault(folder: Path) -> str | None:
    """A disk with no room for data and logs."""
    there = folder
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if free < SPACE_BYTES:
        needed = SPACE_BYTES // 1_000_000
        return f"{free // 1_000_000} MB are free at {there}; at least {needed} are needed."
    return None


def venv_fault() -> str | None:
    """Debian's Python without its venv module."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return None
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    return f"Python's venv module is missing: apt install {name}"


def node_version() -> str | None:
    """What `node --version` prints, or None."""
    if shutil.which("node") is None:
        return None
    return subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()


def main() -> int:
    """Print every fault; the count is the exit status."""
    faults = [f for f in (python_fault(), venv_fault(), node_fault(node_version())) if f]
    for fault in faults:
        print(f"✗ {fault}", file=sys.stderr)
    return len(faults)


if __name__ == "__main__":
    sys.exit(main())
