"""Starting and stopping the city: `python -m infra.local.city run|up|down|reset|status`.

Order: emulator, deployment of `template.yaml`, snapshot or seed, edge, warm functions. Each part is
a process in a session of its own, named in `.local/run.json`; stopping ends whole process groups,
so that no function worker is left behind.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from infra.local.deploy import ROOT, deploy
from infra.local.preflight import port_fault

REGION = "ap-southeast-1"
ACCOUNT = "000000000000"
STAGE = "local"
START_S, DRAIN_S, STOP_S = 60, 10, 300
WARM = (
    "/v1/reports?limit=1",
    "/v1/categories",
    "/v1/statistics/reports",
    "/_sandbox/people",
    "/_sandbox/outbox",
    "/open311/v2/services.json",
)


class Place:
    """Where one city keeps its things; tests use another folder beside the demo city's."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.logs = folder / "logs"
        self.state = folder / "state"
        self.record = folder / "run.json"

    @property
    def address(self) -> str:
        """Where people reach the city."""
        return f"http://127.0.0.1:{self.port}"

    def secret(self) -> str:
        """Signs tokens and media ids; made once and kept beside the data."""
        held = self.folder / "secret"
        if not held.exists():
            held.parent.mkdir(parents=True, exist_ok=True)
            held.touch(mode=0o600)
            held.write_text(secrets.token_hex(32))
        return held.read_text()


def say(words: str) -> None:
    """A line of progress."""
    print(words, flush=True)


def environment(place: Place, endpoint: str) -> dict[str, str]:
    """What a process needs to act like a function of this stack."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "PYTHONPATH": f"{ROOT / 'layers/city/python'}{os.pathsep}{ROOT}",
        "STAGE": STAGE,
        "TABLE_PREFIX": f"hues-{STAGE}-",
        "QUEUE_PREFIX": f"hues-{STAGE}-",
        "BUS_NAME": f"hues-{STAGE}",
        "UPLOADS_BUCKET": f"hues-{STAGE}-uploads-{ACCOUNT}",
        "MEDIA_BUCKET": f"hues-{STAGE}-media-{ACCOUNT}",
        "PUBLIC_BASE_URL": place.address,
        "UPLOAD_BASE_URL": place.address,
        "TOKEN_SECRET": place.secret(),
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(url: str, timeout: float = 30) -> str:
    """The body of a GET."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310 - our own loopback
        return str(answer.read().decode())


def running(place: Place) -> dict[str, Any] | None:
    """The record of a city that is up, or None."""
    if not place.record.exists():
        return None
    record: dict[str, Any] = json.loads(place.record.read_text())
    return record if _alive(record["emulator"]) else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _spawn(place: Place, name: str, module: str, more: dict[str, str], *args: str) -> int:
    place.logs.mkdir(parents=True, exist_ok=True)
    with (place.logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", module, *args],
            cwd=ROOT,
            env={**os.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return process.pid


def _until(url: str, pid: int, what: str, place: Place) -> None:
    started = time.monotonic()
    while time.monotonic() - started < START_S:
        if not _alive(pid):
            break
        try:
            fetch(url, timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"✗ {what} did not start; its log: {place.logs}")


def start(place: Place) -> dict[str, Any]:
    """Start everything; returns the record. A part that fails takes the others down with it."""
    fault = port_fault(place.port)
    if fault:
        raise SystemExit(f"✗ {fault}")
    started = time.monotonic()
    emulator_port = free_port()
    endpoint = f"http://127.0.0.1:{emulator_port}"
    more = environment(place, endpoint)
    record: dict[str, Any] = {"port": place.port, "endpoint": endpoint}
    place.folder.mkdir(parents=True, exist_ok=True)
    try:
        say("• local cloud (a sandbox: a killed machine may lose the last three minutes)")
        # Function workers inherit this environment: that is how they find the layer's code.
        record["emulator"] = _spawn(
            place, "emulator", "infra.local.emulator", more,
            "--port", str(emulator_port), "--state", str(place.state),
        )
        place.record.write_text(json.dumps(record))
        _until(f"{endpoint}/_ministack/health", record["emulator"], "the local cloud", place)
        say("• deploying template.yaml")
        os.environ.update(more)
        record |= deploy(endpoint, REGION, {
            "Stage": STAGE,
            "TokenSecret": place.secret(),
            "PublicBaseUrl": place.address,
            "UploadBaseUrl": place.address,
            "Open311Key": "sandbox-open311",
        })
        _data(place, endpoint, more)
        say("• edge")
        record["edge"] = _spawn(place, "edge", "infra.local.edge", {
            **more,
            "EDGE_API": record["api"],
            "EDGE_OBJECTS": endpoint,
            "EDGE_BUCKETS": f"{more['UPLOADS_BUCKET']},{more['MEDIA_BUCKET']}",
            "EDGE_SITE": str(ROOT / "frontend/build"),
            "EDGE_PORT": str(place.port),
        })
        place.record.write_text(json.dumps(record))
        _until(f"{place.address}/healthz", record["edge"], "the edge", place)
        say("• warming functions")
        for path in WARM:
            try:
                fetch(place.address + path, timeout=60)
            except OSError as error:
                say(f"  {path}: {error}")
    except BaseException:
        stop(place, drain=False)
        raise
    say(f"• up in {time.monotonic() - started:.1f} s")
    return record


def _data(place: Place, endpoint: str, more: dict[str, str]) -> None:
    if (place.state / "snapshot.pickle").exists():
        say(f"• data of the last run: {fetch(f'{endpoint}/_hues/load', timeout=600)}")
    say("• demo city")
    done = subprocess.run(
        [sys.executable, "-m", "infra.seed.load"], cwd=ROOT, env={**os.environ, **more}, check=False
    )
    if done.returncode:
        raise SystemExit("✗ the demo city could not be loaded")


def _settled(record: dict[str, Any]) -> bool:
    """Whether no queue has anything left to do."""
    try:
        status = json.loads(fetch(f"{record['api']}/v1/ops/status", timeout=10))
    except (OSError, ValueError, KeyError):
        return True
    return all(not q["visible"] and not q["in_flight"] for q in status["queues"])


def stop(place: Place, *, drain: bool = True) -> None:
    """Stop everything that `start` started, snapshot first."""
    if not place.record.exists():
        return
    record: dict[str, Any] = json.loads(place.record.read_text())
    _end(record.get("edge"), 5)
    if drain and _alive(record["emulator"]):
        deadline = time.monotonic() + DRAIN_S
        while time.monotonic() < deadline and not _settled(record):
            time.sleep(0.3)
    _end(record.get("emulator"), STOP_S)
    place.record.unlink(missing_ok=True)


def _end(pid: int | None, patience_s: float) -> None:
    """Ask a process to end and wait; then end what is left of its group."""
    if not pid:
        return
    try:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and _running(pid):
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _running(pid: int) -> bool:
    """Like `_alive`, and collects the process if it is our own child."""
    try:
        done, _ = os.waitpid(pid, os.WNOHANG)
        if done:
            return False
    except ChildProcessError:
        pass
    return _alive(pid)


def banner(place: Place) -> None:
    """The address, some accounts, the logs."""
    listed = json.loads((ROOT / "infra/seed/data/people.json").read_text("utf-8"))
    shown: dict[str, dict[str, Any]] = {}
    for person in listed:
        shown.setdefault(person["roles"][-1], person)
    say("")
    say(f"  Hue-S          {place.address}")
    say(f"  API            {place.address}/docs   {place.address}/openapi.json")
    say(f"  Open311        {place.address}/open311/v2/discovery.json")
    say(f"  Sign-in codes  {place.address}/dev/outbox")
    say(f"  Logs           {place.logs}")
    say("  Demo accounts")
    for role, person in shown.items():
        unit = f" ({person['unit']})" if person["unit"] else ""
        say(f"    {person['phone']}  {role:20} {person['name']}{unit}")
    say(f"    … all {len(listed)}: {place.address}/_sandbox/people")


def main(arguments: list[str]) -> int:
    """The command line."""
    verb = arguments[0] if arguments else "run"
    folder = Path(os.environ.get("HUES_LOCAL", ROOT / ".local"))
    place = Place(folder, int(os.environ.get("PORT", "8080")))
    if verb == "down":
        if not place.record.exists():
            say("nothing is running")
        stop(place)
        return 0
    if verb == "reset":
        stop(place, drain=False)
        shutil.rmtree(place.folder, ignore_errors=True)
        say("data cleared")
        return 0
    record = running(place)
    if verb == "status":
        say(json.dumps(record) if record else "nothing is running")
        return 0 if record else 1
    if record:
        say(f"the city is up already; stop it with: make down\nready {record and place.address}")
        return 0
    start(place)
    banner(place)
    say(f"ready {place.address}")
    if verb == "run":
        say("Ctrl-C stops the city.")
        _wait_for_interrupt(place)
    return 0


def _wait_for_interrupt(place: Place) -> None:
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        while running(place):
            time.sleep(0.5)
        say("✗ the local cloud ended by itself; see the logs")
    except KeyboardInterrupt:
        say("\nstopping …")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not tear the snapshot
        stop(place)
        say("stopped")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
