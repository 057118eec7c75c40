"""Processes of a city: started in sessions of their own, ended with everything they started."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from infra.local.place import ROOT, Place

OURS = "infra.local."  # in the command line of every process we start
START_S = 60


_children: dict[int, "subprocess.Popen[bytes]"] = {}


class NotStarted(Exception):
    """A part did not come up; the message has the end of its log."""


def fetch(url: str, timeout: float = 30, *, post: bytes | None = None) -> str:
    """The body of the answer to a GET, or to a POST of these bytes."""
    asked = urllib.request.Request(url, data=post)
    with urllib.request.urlopen(asked, timeout=timeout) as answer:
        return str(answer.read().decode())


def alive(pid: int | None) -> bool:
    """Whether a process is one of ours and runs; another with a reused id is not ours."""
    if not pid:
        return False
    if pid in _children and _children[pid].poll() is not None:  # our own child: collected now
        del _children[pid]
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return OURS in command_line(pid)


def command_line(pid: int) -> str:
    """How a process was started; empty for one that has ended or waits to be collected."""
    if Path("/proc/self").exists():
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            told = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        if state in "ZX":
            return ""
        # Empty for a moment between fork and exec: then it is certainly a fresh child of ours.
        return told.replace(b"\0", b" ").decode(errors="replace") or OURS
    return subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout


def spawn(place: Place, name: str, more: dict[str, str], *arguments: str) -> int:
    """Start `infra.local.<name>` in the background; returns its process id, also its group's."""
    place.logs.mkdir(parents=True, exist_ok=True)
    surroundings = {**os.environ, **more}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)  # functions start twice as fast with it
    with (place.logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"{OURS}{name}", *arguments],
            cwd=ROOT,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _children[process.pid] = process
    return process.pid


def until_answers(url: str, pid: int, name: str, place: Place) -> None:
    """Wait until an address answers anything.

    Raises:
        NotStarted: the process ended, or took longer than a minute.
    """
    deadline = time.monotonic() + START_S
    while alive(pid) and time.monotonic() < deadline:
        try:
            fetch(url, timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except (OSError, HTTPException):  # nobody there yet, or not the one who is waited for
            time.sleep(0.05)
    log = place.logs / f"{name}.log"
    last = log.read_text("utf-8", errors="replace").strip().splitlines()[-3:]
    raise NotStarted(f"the {name} did not start; the end of {log}:\n  " + "\n  ".join(last))


def end(pid: int | None, patience_s: float) -> None:
    """Ask a process to end, wait, then end what is left of its group."""
    if pid is None or not alive(pid):
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
