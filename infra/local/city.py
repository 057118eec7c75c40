"""Starting and stopping the city: `python -m infra.local run|up|down|reset|status|deploy|with`.

Order: emulator, deployment of `template.yaml`, snapshot, seed, edge, warm functions. Each part is a
process in a session of its own, named in `.local/run.json`; stopping ends whole process groups, so
that no function worker is left behind.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from infra.local.banner import banner
from infra.local.deploy import NotDeployed, deploy
from infra.local.place import (
    REGION,
    ROOT,
    SANDBOX_BANK_KEY,
    SANDBOX_CLIENT_SECRET,
    SIMULATORS,
    STAGE,
    Place,
    city_port,
    environment,
    free_port,
    kept_ports,
)
from infra.local.preflight import port_fault, space_fault
from infra.local.processes import NotStarted, alive, end, fetch, spawn, until_answers

SITE = ROOT / "frontend/build"  # by make setup-web
DRAIN_S, STOP_S = 10, 300
BANK_BOOK = ("bank.sqlite", "bank.sqlite-wal", "bank.sqlite-shm")
WARM = (
    "/v1/reports?limit=1",
    "/v1/categories",
    "/v1/statistics/reports",
    "/v1/sla/board",
    "/v1/media/warm",
    "/_sandbox/people",
    "/_sandbox/outbox?to=0",
    "/open311/v2/services.json",
)


class Refused(Exception):
    """Why the city was not started, in one line."""


def say(words: str) -> None:
    """A line of progress."""
    print(words, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, then how long it took."""
    started = time.monotonic()
    say(f"• {what} …")
    yield
    say(f"  {time.monotonic() - started:.1f} s")


def running(place: Place) -> dict[str, Any] | None:
    """The record of a city that is up, or None."""
    try:
        record: dict[str, Any] = json.loads(place.record.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return record if alive(record.get("emulator")) else None


def start(place: Place) -> dict[str, Any]:
    """Start everything; returns the record. A part that fails takes the others down with it.

    Raises:
        Refused: the port is taken or the disk is full.
        NotStarted, NotDeployed: a part did not come up.
    """
    stop(place, drain=False)  # what is left of a city that was killed
    fault = port_fault(place.port) or space_fault(place.folder)
    if fault:
        raise Refused(fault)
    if not (SITE / "index.html").exists():
        say("! the web app is not built, so only the API will answer: make setup-web")
    started = time.monotonic()
    emulator_port = free_port(kept_ports(place.port))
    endpoint = f"http://127.0.0.1:{emulator_port}"
    more = environment(place, endpoint)
    record: dict[str, Any] = {"port": place.port, "endpoint": endpoint}
    try:
        with step("local cloud (a sandbox: a killed machine may lose the last three minutes)"):
            # Function workers inherit this environment: that is how they find the layer's code.
            record["emulator"] = spawn(
                place, "emulator", more, "--port", str(emulator_port), "--folder", str(place.folder)
            )
            _note(place, record)
            until_answers(f"{endpoint}/_ministack/health", record["emulator"], "emulator", place)
        with step("deploying template.yaml"):
            record |= _deploy(place, endpoint)
            _note(place, record)
        with step(f"simulators of the other side: {', '.join(SIMULATORS)}"):
            record["simulators"] = spawn(place, "simulators", more, str(place.port))
            _note(place, record)
            for name in SIMULATORS:
                at = place.simulator(name)
                until_answers(f"{at}/healthz", record["simulators"], "simulators", place)
        _data(endpoint, more)  # after the bank: the demo people's money comes from there
        with step("edge and functions"):
            record["edge"] = spawn(place, "edge", _edge_environment(place, endpoint, more, record))
            _note(place, record)
            until_answers(f"{place.address}/healthz", record["edge"], "edge", place)
            _warm(place)
    except BaseException:
        stop(place, drain=False)
        raise
    say(f"• up in {time.monotonic() - started:.1f} s")
    return record


def _note(place: Place, record: dict[str, Any]) -> None:
    place.folder.mkdir(parents=True, exist_ok=True)
    place.record.write_text(json.dumps(record))


def _deploy(place: Place, endpoint: str) -> dict[str, str]:
    os.environ.update(environment(place, endpoint))
    stack = deploy(
        endpoint,
        REGION,
        {
            "Stage": STAGE,
            "TokenSecret": place.secret(),
            "PublicBaseUrl": place.public,
            "UploadBaseUrl": place.public,
            "VneidIssuer": place.simulator("vneid"),
            "VneidClientSecret": SANDBOX_CLIENT_SECRET,
            "BankUrl": place.simulator("bank"),
            "BankKey": SANDBOX_BANK_KEY,
            "Open311Key": "sandbox-open311",
            **{_camel(name): value for name, value in place.channels().items()},
            "Billers": place.billers(),
        },
    )
    place.stack.write_text(json.dumps({"endpoint": endpoint, **stack}, indent=2))
    return {"api": stack["api"]}


def _camel(name: str) -> str:
    """A setting's name as the template's parameter: FCM_ACCOUNT is FcmAccount."""
    return "".join(part.capitalize() for part in name.split("_"))


def _edge_environment(
    place: Place, endpoint: str, more: dict[str, str], record: dict[str, Any]
) -> dict[str, str]:
    return {
        **more,
        "EDGE_API": record["api"],
        "EDGE_OBJECTS": endpoint,
        "EDGE_BUCKETS": f"{more['UPLOADS_BUCKET']},{more['MEDIA_BUCKET']}",
        "EDGE_PRIVATE_BUCKETS": f"{more['EVIDENCE_BUCKET']},{more['EXPORTS_BUCKET']}",
        "EDGE_SITE": str(SITE),
        "EDGE_PORT": str(place.port),
    }


def _warm(place: Place) -> None:
    """Wake what answers people, so that the first one does not wait for it to start."""

    def ask(path: str) -> None:
        # A refusal warms as well; a broken function is for the health page to tell.
        with suppress(OSError):
            fetch(place.address + path, timeout=60)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, WARM))


def _data(endpoint: str, more: dict[str, str]) -> None:
    with step("data of the last run"):
        _restore(endpoint)
    with step("demo city"):
        done = subprocess.run(
            [sys.executable, "-m", "infra.seed.load"],
            cwd=ROOT,
            env={**os.environ, **more},
            check=False,
        )
        if done.returncode:
            raise NotStarted("the demo city could not be loaded")


def _restore(endpoint: str) -> None:
    try:
        held = json.loads(fetch(f"{endpoint}/_hues/load", timeout=600, post=b""))
    except urllib.error.HTTPError as refused:
        say(f"  ✗ {json.loads(refused.read())['error']}")
        return
    gone = held.pop("gone")
    say("  " + ", ".join(f"{n} {what}" for what, n in held.items()))
    if gone:
        say(f"  left out, no longer in template.yaml: {', '.join(gone)}")


def stop(place: Place, *, drain: bool = True) -> None:
    """Stop everything that `start` started: edge first, then queues drain, snapshot last."""
    try:
        record: dict[str, Any] = json.loads(place.record.read_text())
    except (FileNotFoundError, ValueError):
        return
    end(record.get("edge"), 5)
    end(record.get("simulators"), 5)
    if drain and alive(record.get("emulator")):
        deadline = time.monotonic() + DRAIN_S
        while time.monotonic() < deadline and not _settled(record["endpoint"]):
            time.sleep(0.2)
    end(record.get("emulator"), STOP_S)
    place.record.unlink(missing_ok=True)


def _settled(endpoint: str) -> bool:
    """Whether no queue has anything left to do; dead letters wait for people."""
    try:
        return not json.loads(fetch(f"{endpoint}/_hues/pending", timeout=5))["messages"]
    except OSError:
        return True


def inside(place: Place, command: list[str]) -> int:
    """Start a city in a folder of its own, run a command with HUES_URL set, stop the city."""
    with tempfile.TemporaryDirectory(prefix="hues-") as folder:
        apart = Place(Path(folder), city_port())
        start(apart)
        try:
            told = {
                "HUES_URL": apart.address,
                "BASE_URL": apart.public,
                "HUES_LOCAL": folder,
                "PORT": str(apart.port),
            }
            code = subprocess.run(command, env={**os.environ, **told}, check=False).returncode
            if code:
                kept = place.folder / "failed-logs"
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(apart.logs, kept)
                say(f"the city's logs were kept in {kept}")
            return code
        finally:
            stop(apart, drain=False)


def _stay(place: Place) -> int:
    try:
        while running(place):
            time.sleep(0.5)
        say(f"✗ the local cloud ended by itself; see {place.logs}")
        return 1
    except KeyboardInterrupt:
        say("\nstopping …")
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not tear the snapshot
        stop(place)
        say("stopped")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _begin(place: Place, verb: str) -> int:
    record = running(place)
    if record:
        at = Place(place.folder, record["port"]).address
        say(f"the city is up already; stop it with: make down\nready {at}")
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    start(place)
    banner(place)
    if verb == "up":
        say(f"ready {place.address}")
        return 0
    say(f"ready {place.address}   (Ctrl-C stops the city)")
    return _stay(place)


def _end(place: Place) -> int:
    say("stopping …" if running(place) else "nothing is running")
    stop(place)
    return 0


def _reset(place: Place) -> int:
    stop(place, drain=False)
    for name in (
        "state",
        "logs",
        "tmp",
        "secret",
        "run.json",
        "stack.json",
        "failed-logs",
        *BANK_BOOK,
    ):
        held = place.folder / name
        if held.is_dir():
            shutil.rmtree(held)
        else:
            held.unlink(missing_ok=True)
    say("data cleared")
    return 0


def _status(place: Place) -> int:
    record = running(place)
    say(json.dumps(record, indent=2) if record else "nothing is running")
    return 0 if record else 1


def _redeploy(place: Place) -> int:
    record = running(place)
    if not record:
        raise Refused("nothing is running: make run")
    with step("deploying template.yaml again"):
        _deploy(Place(place.folder, record["port"]), record["endpoint"])
    return 0


def main(arguments: list[str]) -> int:
    """The command line."""
    verb = arguments[0] if arguments else "run"
    folder = Path(os.environ.get("HUES_LOCAL") or ROOT / ".local")
    try:
        place = Place(folder, int(os.environ.get("PORT") or "8080"))
        if verb in ("run", "up"):
            return _begin(place, verb)
        if verb == "with":
            return inside(place, arguments[1:])
        verbs = {"down": _end, "reset": _reset, "status": _status, "deploy": _redeploy}
        if verb in verbs:
            return verbs[verb](place)
        say(__doc__ or "")
        return 2
    except (Refused, NotStarted, NotDeployed, ValueError) as fault:
        print(f"✗ {fault}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
