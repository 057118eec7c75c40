"""Opening a source and reading it: RTSP, HLS, files and objects of the evidence bucket, by PyAV.

FFmpeg is told which protocols a source may use, so that a playlist on somebody's server cannot make
a worker read its own files. A password in an address is never part of an error's words.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import av
import av.error
from av.codec.hwaccel import HWAccel

OPEN_S, READ_S = 10.0, 10.0
MOST_FAULTS = 50  # packets in a row that no decoder takes
REFUSED = (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError, av.error.HTTPNotFoundError)

Kind = Literal["rtsp", "http", "file", "object"]
# What of each kind FFmpeg may open from within it.
PROTOCOLS: dict[Kind, str] = {
    "rtsp": "rtsp,rtsps,rtp,udp,tcp,tls",
    "http": "http,https,httpproxy,tcp,tls,crypto,data",
    "file": "file",
    "object": "http,https,tcp,tls",
}
_SECRET = re.compile(r"//[^/@\s]*@")


class SourceFault(Exception):
    """A source cannot be read now; `refused` says that trying again is of little use."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(_SECRET.sub("//***@", why)[:300])
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Reading:
    """How sources are read. `hardware` is a device of FFmpeg's (`cuda`, `vaapi`, `qsv`) or None.

    `sign` makes an address for an object of the evidence bucket; `folder` holds the only files that
    `file:` may name.
    """

    hardware: str | None = None
    open_s: float = OPEN_S
    read_s: float = READ_S
    folder: Path | None = None
    sign: Callable[[str], str] | None = None
    options: dict[str, str] = field(default_factory=dict)


def kind_of(source: str) -> Kind:
    """What a configured source is.

    Raises:
        SourceFault: its scheme is none that a worker opens.
    """
    scheme, colon, _ = source.partition(":")
    if not colon or "/" in scheme:
        return "object"
    kinds: dict[str, Kind] = {
        "rtsp": "rtsp", "rtsps": "rtsp", "http": "http", "https": "http", "file": "file",
    }  # fmt: skip
    if scheme.lower() not in kinds:
        raise SourceFault(f"a worker opens no {scheme}: source", refused=True)
    return kinds[scheme.lower()]


def _address(source: str, kind: Kind, reading: Reading) -> str:
    if kind == "object":
        if reading.sign is None:
            raise SourceFault("no bucket is configured for recorded sources", refused=True)
        return reading.sign(source)
    if kind == "file":
        named = source.removeprefix("file:").removeprefix("//")
        folder = reading.folder.resolve() if reading.folder else None
        path = folder and (folder / named).resolve()  # a name, or a path that must lead into it
        if folder is None or path is None or not path.is_relative_to(folder):
            raise SourceFault("file: sources lie in the worker's own folder only", refused=True)
        return str(path)
    return source


@dataclass(slots=True)
class Stream:
    """An opened source: its container and its first video stream."""

    container: Any
    video: Any
    kind: Kind
    time_base: float  # seconds of a tick
    key_frames: bool = False
    faults: int = 0
    _in_a_row: int = 0
    _sparing: bool = False

    @property
    def hardware(self) -> bool:
        """Whether an accelerator decodes."""
        return bool(getattr(self.video.codec_context, "is_hwaccel", False))

    def packets(self) -> Iterator[Any]:
        """Encoded pictures until the end; the last one is empty and flushes the decoder.

        Raises:
            SourceFault: the source broke off or fell silent.
        """
        try:
            yield from self.container.demux(self.video)
        except (av.error.FFmpegError, OSError) as fault:
            raise _told(fault) from None

    def pictures(self, packet: Any, *, spare: bool = False) -> list[Any]:
        """The decoded pictures that a packet completes; a broken packet gives none.

        A `spare` packet's picture is left out where no other picture is made from it.

        Raises:
            SourceFault: too many packets in a row were broken.
        """
        if spare is not self._sparing and not self.key_frames:
            self.video.codec_context.skip_frame = "NONREF" if spare else "DEFAULT"
            self._sparing = spare
        try:
            decoded = packet.decode()
        except (av.error.InvalidDataError, av.error.PatchWelcomeError) as fault:
            self.faults += 1
            self._in_a_row += 1
            if self._in_a_row >= MOST_FAULTS:
                raise SourceFault("nothing in the stream can be decoded") from fault
            return []
        except av.error.FFmpegError as fault:
            raise _told(fault) from None
        if decoded:
            self._in_a_row = 0
        return list(decoded)

    def rewind(self) -> None:
        """Back to the first picture of a file."""
        self.container.seek(self.video.start_time or 0, stream=self.video)

    def close(self) -> None:
        """Let go of the source; never raises."""
        with suppress(av.error.FFmpegError, OSError):
            self.container.close()


def open_stream(source: str, reading: Reading, *, key_frames: bool = False) -> Stream:
    """Open a source.

    Raises:
        SourceFault: it is not there, refuses, or has no video.
    """
    kind = kind_of(source)
    # Nobody needs the average frame rate, and a camera at one frame a second takes ten to tell it.
    options = {"protocol_whitelist": PROTOCOLS[kind], "fpsprobesize": "0", **reading.options}
    if kind == "rtsp":
        options |= {"rtsp_transport": "tcp", "rtsp_flags": "prefer_tcp"}
    try:
        container = av.open(
            _address(source, kind, reading),
            options=options,
            timeout=(reading.open_s, reading.read_s),
            hwaccel=_hardware(reading.hardware),
        )
    except REFUSED as fault:
        raise SourceFault(type(fault).__name__, refused=True) from None
    except (av.error.FFmpegError, OSError, ValueError) as fault:
        raise _told(fault) from None
    if not container.streams.video:
        container.close()
        raise SourceFault("there is no video in it", refused=True)
    video = container.streams.video[0]
    video.codec_context.thread_count = 1  # a worker has many cameras, so a thread each is enough
    if key_frames:
        video.codec_context.skip_frame = "NONKEY"
    return Stream(container, video, kind, float(video.time_base or 0), key_frames)


def _hardware(device: str | None) -> HWAccel | None:
    """An accelerator for decoding, or None for software where there is none."""
    if device is None or not accelerates(device):
        return None
    return HWAccel(device_type=device, allow_software_fallback=True)


@cache
def accelerates(device: str) -> bool:
    """Whether a device decodes H.264 here: tried once, on one picture made for it."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream: Any = out.add_stream("libx264", rate=1)
        stream.width, stream.height, stream.pix_fmt = 256, 256, "yuv420p"
        grey = av.VideoFrame(256, 256, "yuv420p")
        out.mux(stream.encode(grey) + stream.encode(None))
    file.seek(0)
    try:
        accelerator = HWAccel(device_type=device, allow_software_fallback=False)
        with av.open(file, "r", hwaccel=accelerator) as container:
            return bool(next(container.decode(video=0)).width)
    except (av.error.FFmpegError, OSError, ValueError, NotImplementedError, RuntimeError):
        return False


def _told(fault: Exception) -> SourceFault:
    """FFmpeg's words without the address, which may hold a password."""
    words = getattr(fault, "strerror", None) or type(fault).__name__
    if isinstance(fault, av.error.ExitError):
        words = "silent for too long"
    return SourceFault(str(words))
