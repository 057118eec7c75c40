"""Small films for tests: made here, as files, as HLS and over a server that misbehaves on order."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
WIDTH, HEIGHT, FPS = 320, 180, 10


def street(second: float, *, noise: int = 2) -> Picture:
    """A street with a car that drives; a sensor's noise, so that it is never frozen."""
    picture: Picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    cv2.rectangle(picture, (0, 0), (WIDTH, 50), (200, 160, 120), -1)
    for x in range(0, WIDTH, 40):
        cv2.rectangle(picture, (x, 20), (x + 25, 50), (60, 60 + x // 4, 80), -1)
        cv2.line(picture, (x, 120), (x + 20, 120), (255, 255, 255), 2)
    left = int(second * 60) % (WIDTH + 60) - 60
    cv2.rectangle(picture, (left, 90), (left + 50, 115), (30, 20, 60), -1)
    if noise:
        shaken = np.random.default_rng(int(second * 1000)).integers(
            -noise, noise + 1, picture.shape
        )
        picture = np.clip(picture.astype(int) + shaken, 0, 255).astype(np.uint8)
    return picture


def film(
    path: Path,
    seconds: float = 4,
    draw: Callable[[float], Picture] = street,
    *,
    fps: int = FPS,
    gop: int = FPS,
    options: dict[str, str] | None = None,
    form: str | None = None,
    preset: str = "ultrafast",
) -> Path:
    """H.264 into a file, or into HLS when the name ends in .m3u8."""
    with av.open(str(path), "w", format=form, options=options or {}) as out:
        stream: Any = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = gop
        stream.options = {"preset": preset, "crf": "20", "sc_threshold": "0"}
        for n in range(round(seconds * fps)):
            picture = av.VideoFrame.from_ndarray(draw(n / fps), format="bgr24")
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def playlist(folder: Path, seconds: float = 4, **more: Any) -> Path:
    """A finished HLS stream of one-second segments."""
    options = {"hls_time": "1", "hls_list_size": "0", "hls_playlist_type": "vod"}
    return film(folder / "live.m3u8", seconds, options=options, form="hls", **more)


@dataclass
class Manners:
    """How the server behaves: status to answer with, or where in a file to stop talking."""

    status: int = 0
    stall: threading.Event = field(default_factory=threading.Event)
    stall_after: int | None = None
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, Manners]]:
    """A web server over a folder."""
    manners = Manners()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(folder))

        def do_GET(self) -> None:
            manners.asked.append(self.path)
            if manners.status:
                self.send_error(manners.status)
                return
            if not urlsplit(self.path).path.endswith((".ts", ".mp4")):
                super().do_GET()
                return
            data = (folder / urlsplit(self.path).path.lstrip("/")).read_bytes()
            asked = self.headers.get("Range")
            begin = int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(data) - begin))
            self.send_header("Accept-Ranges", "bytes")
            if asked:
                self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(data[begin : manners.stall_after])
            if manners.stall_after is not None:
                self.wfile.flush()
                manners.stall.wait(20)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", manners
    finally:
        manners.stall.set()
        server.shutdown()
        server.server_close()
