"""Live cameras over HTTP: everybody sees the same film, each from another place in it."""

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.fleet.lamp import FPS


@dataclass
class Streams:
    """Serves `/<phase>.ts`, from now on and in real time; frame `n` is shown at `began + n`."""

    pieces: Sequence[bytes]
    began: float = field(default_factory=time.time)
    port: int = 0
    opened: int = 0
    _ready: threading.Event = field(default_factory=threading.Event)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def _run(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self._serve())
        self._loop.run_until_complete(asyncio.sleep(0.1))  # those that were cancelled end
        self._loop.close()

    def stop(self) -> None:
        """Serve no more."""
        if self._loop and self._thread:
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(10)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._camera, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _camera(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            phase = int(asked.split()[1].strip("/").removesuffix(".ts"))
            self.opened += 1
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n"
            )
            n = int((time.time() - self.began) * FPS)
            while n + phase < len(self.pieces):
                writer.write(self.pieces[n + phase])
                await writer.drain()
                n += 1
                await asyncio.sleep(max(0.0, self.began + n / FPS - time.time()))
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # its reader was killed
        finally:
            writer.close()
