"""Where a city's processor time goes: each of its processes before and after, from `/proc`.

Linux only. Time is that of a process with all its threads, in milliseconds (a clock tick is 10).
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.place import Place

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
CLIENT = "this program"


def _spent_ms(pid: int) -> float:
    """What a process has used so far; 0 if it is gone."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) * _TICK_MS  # utime, stime


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(each) for each in task.read_text().split()]
        except OSError:
            continue  # a thread that ended meanwhile
    return found


def _function(pid: int) -> str:
    """Which function a process of the emulator runs; empty for a writer of snapshots."""
    try:
        told = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    mark = b"AWS_LAMBDA_FUNCTION_NAME="
    return next((one[len(mark) :].decode() for one in told if one.startswith(mark)), "")


def spent(place: Place) -> Counter[str]:
    """Milliseconds used so far, by what a process is. Functions by name, all processes of one."""
    record = json.loads(place.record.read_text())
    seen: Counter[str] = Counter()
    for part in ("emulator", "edge", "simulators"):
        if part in record:
            seen[part] += round(_spent_ms(record[part]))
    for pid in _children(record["emulator"]):
        seen[_function(pid) or "snapshot"] += round(_spent_ms(pid))
    mine = os.times()
    seen[CLIENT] = round((mine.user + mine.system) * 1000)
    return seen


def aged(place: Place, least_s: float) -> None:
    """Wait until a city has run for so long."""
    pid = json.loads(place.record.read_text())["emulator"]
    told = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    up_s = float(Path("/proc/uptime").read_text().split()[0])
    time.sleep(max(0.0, least_s - (up_s - int(told[19]) * _TICK_MS / 1000)))  # starttime


@contextmanager
def counting(place: Place) -> Iterator[dict[str, float]]:
    """Yields what is filled at the end: milliseconds by process, only what used any, and
    `busy`: the share of all processors that anybody used in that time, this city or not."""
    found: dict[str, float] = {}
    before, whole, started = spent(place), _machine_ms(), time.monotonic()
    yield found
    used = spent(place)
    used.subtract(before)
    passed_ms = (time.monotonic() - started) * 1000 * (os.cpu_count() or 1)
    found.update({name: float(ms) for name, ms in used.most_common() if ms > 0})
    found["busy"] = (_machine_ms() - whole) / passed_ms


def _machine_ms() -> float:
    """What all processes of the machine used since it started (user, nice, system, irq)."""
    told = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (told[0] + told[1] + told[2] + told[5] + told[6]) * _TICK_MS
