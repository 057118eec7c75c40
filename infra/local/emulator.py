"""The cloud emulator (ministack) in a process of its own, with a memory that survives a stop.

    python -m infra.local.emulator --port 4566 --folder .local

It listens on loopback only. Control addresses stand before ministack's own: `POST /_hues/save`
writes a snapshot and answers when it is on disk, `POST /_hues/load` puts the last one back into the
tables, queues and buckets that were deployed since, `GET /_hues/pending` counts waiting messages. A
snapshot is also written every three minutes when something changed, and when the process is told
to stop.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from infra.local.memory import Memory, WrongEmulator, check_version, end_workers, keep_logs
from infra.local.serving import serve
from infra.local.shortcuts import Answer, remember_expressions, remember_rules, shortcut
from infra.local.workers import quicken

SAVE_EVERY_S = float(os.environ.get("HUES_SAVE_EVERY_S", "180"))
SAVE_SHARE = 0.1  # of the time at most: a city that takes long to write is written less often
_READS = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "List", "Describe", "Head")

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


def _environment(port: int, folder: Path) -> None:
    """ministack reads its settings when it is imported."""
    scratch = folder / "tmp"  # function code is unpacked here; a killed emulator leaves it behind
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    os.environ.update(
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        MINISTACK_REGION=os.environ.get("AWS_DEFAULT_REGION", "ap-southeast-1"),
        IOT_MTLS_ENABLED="0",  # its listener takes all interfaces
        SFTP_ENABLED="0",
        PERSIST_STATE="0",  # loses the wiring between queues and functions
        LOG_LEVEL=os.environ.get("EMULATOR_LOG_LEVEL", "WARNING"),
        TMPDIR=str(scratch.resolve()),
    )


def changes(scope: Scope) -> bool:
    """Whether a request may change what the city owns; reads need no new snapshot."""
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return False
    return not _reads(dict(scope["headers"]).get(b"x-amz-target", b"").decode("latin-1"))


def _reads(target: str) -> bool:
    return target.rsplit(".", 1)[-1].startswith(_READS)


class Control:
    """The emulator's web application with our addresses in front."""

    def __init__(self, inner: Any, memory: Memory) -> None:
        self._inner = inner
        self._short = shortcut()
        self._memory = memory
        self._writing = asyncio.Lock()
        self._child = 0
        self._changed = False
        self._loaded = False  # until then the city is empty, and must not replace what was kept
        self._seconds = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "http" and scope.get("path", "").startswith("/_hues/"):
            await self._answer(scope, send)
            return
        if not self._changed and changes(scope):
            self._changed = True
        await self._inner(scope, receive, send)

    async def short(self, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """A call of tables, queues or the bus; None for every other."""
        if not self._changed and not _reads(headers.get("x-amz-target", "")):
            self._changed = True
        return await self._short(headers, body)

    async def _answer(self, scope: Scope, send: Send) -> None:
        act: dict[tuple[str, str], Callable[[], Awaitable[dict[str, Any]]]] = {
            ("POST", "/_hues/save"): self.save,
            ("POST", "/_hues/load"): self._load,
            ("GET", "/_hues/pending"): self._pending,
        }
        found = act.get((scope["method"], scope["path"]))
        status, body = 404, {"error": " or ".join(" ".join(pair) for pair in act)}
        if found:
            try:
                status, body = 200, await found()
            except (ValueError, OSError) as error:
                status, body = 500, {"error": str(error)}
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    async def save(self) -> dict[str, Any]:
        """Write a snapshot of this moment; returns when it is on disk.

        Raises:
            OSError: it could not be written, or the last one was not loaded yet; the one before
                it is untouched.
        """
        if not self._loaded:
            raise OSError("nothing was loaded yet, so nothing is written")
        async with self._writing:
            started = time.monotonic()
            self._changed = False
            self._child = self._memory.fork_and_write()
            pause = time.monotonic() - started
            _, status = await asyncio.to_thread(os.waitpid, self._child, 0)
            self._child = 0
            self._seconds = time.monotonic() - started
            if status:
                self._changed = True
                raise OSError("the snapshot was not written; see emulator.log")
        size = self._memory.path.stat().st_size
        return {"bytes": size, "seconds": round(self._seconds, 2), "pause_s": round(pause, 3)}

    async def _load(self) -> dict[str, Any]:
        if self._loaded:
            raise ValueError("the snapshot was loaded already")
        self._loaded = True
        return self._memory.load()

    async def _pending(self) -> dict[str, Any]:
        return {"messages": self._memory.pending()}

    async def save_often(self) -> None:
        """Every three minutes, if something changed, and never more than a share of the time."""
        while True:
            await asyncio.sleep(max(SAVE_EVERY_S, self._seconds / SAVE_SHARE))
            if self._changed:
                try:
                    await self.save()
                except OSError as error:
                    print(error, flush=True)


async def _serve(port: int, folder: Path) -> None:
    from ministack.app import app

    control = Control(app, Memory(folder / "state"))
    keep_logs(folder / "logs" / "functions.log")
    quicken()
    remember_expressions()
    remember_rules()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    saver = asyncio.create_task(control.save_often())
    try:
        await serve(control, port, stopping.wait, control.short)
    finally:
        try:  # after one in progress, if any
            print(f"snapshot: {await control.save()}", flush=True)
        except OSError as error:
            print(error, flush=True)
        saver.cancel()


def main() -> None:
    """Run the emulator until it is told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    try:
        check_version()
    except WrongEmulator as wrong:
        sys.exit(str(wrong))
    _environment(given.port, given.folder)
    try:
        asyncio.run(_serve(given.port, given.folder))
    finally:
        end_workers()
        sys.stdout.flush()
        os._exit(0)  # worker threads of the emulator would otherwise hold the process


if __name__ == "__main__":
    main()
