"""What a machine must have, said in one line each when it is missing. Standard library only."""

import shutil
import socket
import subprocess
import sys

PYTHON = (3, 11)
NODE = 20


def python_fault() -> str | None:
    """A Python that is too old."""
    if sys.version_info[:2] < PYTHON:
        return f"Python {PYTHON[0]}.{PYTHON[1]} or newer is needed; this is {sys.version.split()[0]}."
    return None


def node_fault(printed: str | None) -> str | None:
    """A Node that is missing or too old, from what `node --version` printed."""
    if printed is None:
        return f"Node {NODE} or newer is needed and was not found: nodejs.org, or your package manager."
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


def node_version() -> str | None:
    """What `node --version` prints, or None."""
    if shutil.which("node") is None:
        return None
    return subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()  # noqa: S607


def main() -> int:
    """Print every fault; the count is the exit status."""
    faults = [f for f in (python_fault(), node_fault(node_version())) if f]
    for fault in faults:
        print(f"✗ {fault}", file=sys.stderr)
    return len(faults)


if __name__ == "__main__":
    sys.exit(main())
