"""What the city owns inside the emulator, and how it survives a stop.

The only file that knows ministack's insides; `EXPECTED` is the version it was read against.

A snapshot is a file of pickled frames, written by a forked child: the child is a frozen copy of
one moment, so transactions are never torn and the city never waits for the disk. Frames are small,
so that writing a million items needs no second copy of them in memory. Nothing but data is kept:
functions, rules and routes are deployed anew from `template.yaml` at every start, and the snapshot
is put back by name.
"""

import gc
import json
import logging
import logging.handlers
import os
import pickle
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

EXPECTED = "1.5.33"
SNAPSHOT = "snapshot.pickle"
FRAME_ITEMS = 2_000
OUR_BUCKET = "hues-deployment"  # code and template, made anew by each deployment
LOG_BYTES, LOG_FILES = 64 * 1024 * 1024, 3
STREAMS_KEPT = 500  # log streams per function in the emulator: it makes one per invocation


_END = pickle.dumps(("end", "hue-s snapshot 1"), protocol=5)


class WrongEmulator(Exception):
    """Another version of ministack than the one this file knows."""


def check_version() -> None:
    """Raises `WrongEmulator` unless the emulator is the known one."""
    found = version("ministack")
    if found != EXPECTED:
        raise WrongEmulator(
            f"infra/local/memory.py was written against ministack {EXPECTED} and this is {found}: "
            "run its tests against the new version, then change EXPECTED"
        )


class Memory:
    """The tables' items, the queues' messages and the buckets' objects of a running emulator."""

    def __init__(self, folder: Path) -> None:
        import ministack.services.dynamodb as dynamodb
        import ministack.services.s3 as s3
        import ministack.services.sqs as sqs

        self._tables, self._queues, self._buckets = dynamodb._tables, sqs._queues, s3._buckets
        self._replaced: Callable[[dict[str, Any]], None] = dynamodb._items_replaced
        self._queues_lock = sqs._queues_lock
        self.path = folder / SNAPSHOT
        folder.mkdir(parents=True, exist_ok=True)
        for half in folder.glob("*.half"):  # of writers that died
            half.unlink()

    def fork_and_write(self) -> int:
        """Let a child write the snapshot of this very moment; returns its process id."""
        child = os.fork()
        if child:
            return child
        try:
            gc.disable()  # a collection would touch, and so copy, every page we share
            self._write()
            os._exit(0)
        except BaseException:
            logging.getLogger("memory").exception("the snapshot was not written")
            os._exit(1)

    def _write(self) -> None:
        half = self.path.with_suffix(f".{os.getpid()}.half")
        try:
            with half.open("wb") as out:
                half.chmod(0o600)
                for frame in self._frames():
                    pickle.dump(frame, out, protocol=5)
                out.write(_END)
                out.flush()
                os.fsync(out.fileno())
            half.replace(self.path)
        except BaseException:
            half.unlink(missing_ok=True)
            raise

    def _frames(self) -> Iterator[tuple[Any, ...]]:
        yield ("begin", EXPECTED, time.time())
        for (_, _, name), table in self._tables.all_items():
            held: list[tuple[str, Any]] = []
            count = 0
            for pk, rows in table["items"].items():
                held.append((pk, rows))
                count += len(rows)
                if count >= FRAME_ITEMS:
                    yield ("items", name, held)
                    held, count = [], 0
            if held:
                yield ("items", name, held)
        for (_, _, url), queue in self._queues.all_items():
            if queue["messages"]:
                yield ("messages", _name(url), [_at_rest(m) for m in queue["messages"]])
        for (_, bucket), content in self._buckets._data.items():
            if bucket != OUR_BUCKET:
                for key, held_object in content["objects"].items():
                    yield ("object", bucket, key, held_object)

    def load(self) -> dict[str, Any]:
        """Put the snapshot into the freshly made tables, queues and buckets of the same names.

        Returns counts, and the names of those that no longer exist and were left out.

        Raises:
            ValueError: this is no whole snapshot; it was put aside, and nothing was loaded.
        """
        counts = {"items": 0, "messages": 0, "objects": 0}
        gone: set[str] = set()
        if not self.path.exists():
            return {**counts, "gone": []}
        if not _whole(self.path):
            aside = self.path.with_suffix(".unreadable")
            self.path.replace(aside)
            raise ValueError(f"the snapshot cannot be read and was put aside as {aside}")
        tables = {name: table for (_, _, name), table in self._tables.all_items()}
        queues = {_name(url): queue for (_, _, url), queue in self._queues.all_items()}
        buckets = {name: bucket for (_, name), bucket in self._buckets._data.items()}
        waiting: list[tuple[str, list[Any]]] = []
        gc.disable()  # millions of new objects, none of them garbage
        try:
            with self.path.open("rb") as held:
                for frame in _read(held):
                    if frame[0] == "items" and frame[1] in tables:
                        for pk, rows in frame[2]:
                            tables[frame[1]]["items"].setdefault(pk, {}).update(rows)
                            counts["items"] += len(rows)
                    elif frame[0] == "messages" and frame[1] in queues:
                        waiting.append((frame[1], frame[2]))
                    elif frame[0] == "object" and frame[1] in buckets:
                        buckets[frame[1]]["objects"][frame[2]] = frame[3]
                        counts["objects"] += 1
                    elif frame[0] != "begin":
                        gone.add(frame[1])
        finally:
            gc.enable()
        for table in tables.values():
            self._replaced(table)
        with self._queues_lock:  # messages last: their consumers need the tables
            for name, messages in waiting:
                queues[name]["messages"].extend(messages)
                counts["messages"] += len(messages)
        _wake_consumers()
        gc.freeze()  # what was loaded lives long: no collection need look at it again
        return {**counts, "gone": sorted(gone)}

    def pending(self) -> int:
        """Messages that wait or are being worked on, without dead letters."""
        with self._queues_lock:
            return sum(
                len(queue["messages"])
                for (_, _, url), queue in self._queues.all_items()
                if not url.endswith("-dlq")
            )


def _whole(path: Path) -> bool:
    """Whether a file ends as a snapshot ends."""
    with path.open("rb") as held:
        held.seek(max(0, path.stat().st_size - len(_END)))
        return held.read() == _END


def _read(held: BinaryIO) -> Iterator[tuple[Any, ...]]:
    while True:
        frame = pickle.load(held)  # noqa: S301 - our own file, in our own private folder
        if frame[0] == "end":
            return
        yield frame


def _name(queue_url: str) -> str:
    return queue_url.rsplit("/", 1)[-1]


def _at_rest(message: dict[str, Any]) -> dict[str, Any]:
    """A message as if nobody were working on it: whoever was is gone after a restart."""
    if message["receive_count"] == 0:
        return message  # never taken; a delay still holds
    return {**message, "visible_at": 0, "receipt_handle": None}


def _wake_consumers() -> None:
    from ministack.core.concurrency import esm_wake

    esm_wake.set()


def keep_logs(file: Path) -> None:
    """Write what functions print to a file as well, one JSON line each, and keep the emulator's own
    copy short: it makes a log stream per invocation and never lets go of one."""
    from ministack.services import cloudwatch_logs, lambda_svc

    file.parent.mkdir(parents=True, exist_ok=True)
    journal = logging.getLogger("functions")
    journal.propagate = False
    journal.setLevel(logging.INFO)
    journal.addHandler(
        logging.handlers.RotatingFileHandler(
            file, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
        )
    )
    emit = lambda_svc._emit_lambda_logs

    def keep(
        func: dict[str, Any], request_id: str, log_text: str, error: bool, ms: int, **more: Any
    ) -> None:
        name = (func.get("config") or func).get("FunctionName", "unknown")
        for line in (log_text or "").splitlines():
            journal.info(line if line.startswith("{") else _plain(name, request_id, line))
        emit(func, request_id, log_text, error, ms, **more)
        group = cloudwatch_logs._log_groups.get(f"/aws/lambda/{name}")
        if group and len(group["streams"]) > 2 * STREAMS_KEPT:
            for stream in list(group["streams"])[:-STREAMS_KEPT]:
                group["streams"].pop(stream, None)

    lambda_svc._emit_lambda_logs = keep


def _plain(function: str, request_id: str, line: str) -> str:
    """A line that is not JSON (a traceback, a warning), made readable beside the others."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S+0000", time.gmtime())
    said = {"level": "PRINT", "timestamp": moment, "function": function, "request": request_id}
    return json.dumps({**said, "message": line}, ensure_ascii=False)


def end_workers() -> None:
    """End the functions' processes and remove their working folders."""
    from ministack.core import lambda_runtime

    lambda_runtime.reset()
