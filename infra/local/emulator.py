"""The cloud emulator (ministack) in a process of its own, with memory that survives a stop.

    python -m infra.local.emulator --port 4566 --state .local/state

ministack's own persistence loses event wiring and is slow for big tables, so this wrapper keeps
what the city owns: table items, queue messages and objects. Everything else (functions, rules,
routes) is deployed anew from `template.yaml` at every start, and then the snapshot is put back
by name.

A snapshot is taken by forking on the event loop between two requests: the child is a frozen copy,
so that transactions are never torn and the city never waits. `/_hues/save` and `/_hues/load` are
the two control addresses; everything listens on loopback only.
"""

import argparse
import asyncio
import os
import pickle
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

EXPECTED = "1.5.33"
SAVE_EVERY_S = 180
SNAPSHOT = "snapshot.pickle"

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


def _quiet_environment(port: int) -> None:
    """ministack reads its settings when it is imported."""
    os.environ.update(
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        MINISTACK_REGION=os.environ.get("AWS_DEFAULT_REGION", "ap-southeast-1"),
        IOT_MTLS_ENABLED="0",
        PERSIST_STATE="0",
        LOG_LEVEL=os.environ.get("EMULATOR_LOG_LEVEL", "WARNING"),
    )


class Memory:
    """What the city owns, inside the emulator. The only place that knows ministack's insides."""

    def __init__(self, folder: Path) -> None:
        import ministack.services.dynamodb as dynamodb
        import ministack.services.s3 as s3
        import ministack.services.sqs as sqs

        self._tables, self._queues, self._buckets = dynamodb._tables, sqs._queues, s3._buckets
        self._path = folder / SNAPSHOT
        folder.mkdir(parents=True, exist_ok=True)

    def _collect(self) -> dict[str, Any]:
        tables = {
            name: {pk: dict(rows) for pk, rows in table["items"].items() if rows}
            for (_, _, name), table in self._tables.all_items()
        }
        queues = {
            url.rsplit("/", 1)[-1]: [_at_rest(message) for message in queue["messages"]]
            for (_, _, url), queue in self._queues.all_items()
        }
        buckets = {
            name: dict(bucket["objects"])
            for (_, name), bucket in self._buckets._data.items()
            if not name.startswith("hues-deployment")
        }
        return {"version": EXPECTED, "tables": tables, "queues": queues, "buckets": buckets}

    def write(self) -> None:
        """Write the snapshot; a half-written one never takes the place of a whole one."""
        half = self._path.with_suffix(".half")
        with half.open("wb") as out:
            pickle.dump(self._collect(), out, protocol=pickle.HIGHEST_PROTOCOL)
        half.replace(self._path)

    def fork_and_write(self) -> int:
        """Let a child write the snapshot of this very moment; returns its process id."""
        child = os.fork()
        if child:
            return child
        try:
            self.write()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the child must never return into the server
            os._exit(1)

    def load(self) -> dict[str, int]:
        """Put the snapshot into the freshly made tables, queues and buckets of the same names."""
        counts = {"items": 0, "messages": 0, "objects": 0, "skipped": 0}
        if not self._path.exists():
            return counts
        with self._path.open("rb") as held:
            snapshot = pickle.load(held)  # noqa: S301 - our own file, in our own folder
        tables = {name: table for (_, _, name), table in self._tables.all_items()}
        for name, items in snapshot["tables"].items():
            if name not in tables:
                counts["skipped"] += 1
                continue
            for pk, rows in items.items():
                tables[name]["items"].setdefault(pk, {}).update(rows)
                counts["items"] += len(rows)
            tables[name]["ItemCount"] = sum(len(r) for r in tables[name]["items"].values())
        queues = {url.rsplit("/", 1)[-1]: queue for (_, _, url), queue in self._queues.all_items()}
        for name, messages in snapshot["queues"].items():
            if name in queues:
                queues[name]["messages"].extend(messages)
                counts["messages"] += len(messages)
        buckets = {name: bucket for (_, name), bucket in self._buckets._data.items()}
        for name, objects in snapshot["buckets"].items():
            if name in buckets:
                buckets[name]["objects"].update(objects)
                counts["objects"] += len(objects)
        return counts


def _at_rest(message: dict[str, Any]) -> dict[str, Any]:
    """A message as if nobody were working on it: whoever was is gone after a restart."""
    return {**message, "visible_at": 0, "receipt_handle": None}


class Control:
    """The emulator's web application with our two addresses in front."""

    def __init__(self, inner: Any, memory: Memory) -> None:
        self._inner = inner
        self._memory = memory
        self._child = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path in ("/_hues/save", "/_hues/load"):
            body = str(self.save() if path.endswith("save") else self._memory.load())
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body.encode()})
            return
        await self._inner(scope, receive, send)

    def save(self) -> str:
        """Start a snapshot unless one is being written."""
        if self._child:
            done, _ = os.waitpid(self._child, os.WNOHANG)
            if not done:
                return "still writing"
        self._child = self._memory.fork_and_write()
        return "writing"


async def _serve(port: int, folder: Path) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    memory = Memory(folder)
    control = Control(app, memory)
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)

    async def save_often() -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            control.save()

    saver = asyncio.create_task(save_often())

    async def until_told() -> None:
        await stopping.wait()
        saver.cancel()
        started = time.monotonic()
        memory.write()  # before the server goes: nothing can change between here and the end
        print(f"snapshot written in {time.monotonic() - started:.1f} s", flush=True)

    await serve(control, config, shutdown_trigger=until_told)  # type: ignore[arg-type]


def main() -> None:
    """Run the emulator until it is told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    given = parser.parse_args()
    from importlib.metadata import version

    if version("ministack") != EXPECTED:
        sys.exit(f"infra/local/emulator.py knows ministack {EXPECTED}, not {version('ministack')}")
    _quiet_environment(given.port)
    asyncio.run(_serve(given.port, given.state))
    os._exit(0)  # worker threads of the emulator would otherwise hold the process


if __name__ == "__main__":
    main()
