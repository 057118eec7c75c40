"""A camera that speaks RTSP 1.0 (RFC 2326) with H.264 over RTP (RFC 6184), interleaved in TCP.

As much of it as a client needs: OPTIONS, DESCRIBE, SETUP, PLAY; packets one by one or as FU-A.
"""

import base64
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import av
from cameras_films import FPS, HEIGHT, WIDTH, street

CLOCK = 90_000
LARGEST = 1_200  # bytes of a packet; larger pictures go in pieces
IDR, SPS, PPS = 5, 7, 8


def access_units(seconds: float) -> list[list[bytes]]:
    """NAL units of each picture."""
    coder: Any = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    coder.framerate, coder.gop_size = FPS, FPS
    coder.options = {"preset": "ultrafast", "tune": "zerolatency"}
    made = []
    for n in range(round(seconds * FPS)):
        for packet in coder.encode(av.VideoFrame.from_ndarray(street(n / FPS), format="bgr24")):
            units = bytes(packet).replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
            made.append([unit for unit in units if unit])
    return made


@dataclass
class Behaviour:
    """Faults on order. `shown` counts pictures that were sent."""

    refuse: int = 0  # an RTSP status for DESCRIBE
    stall_after: int | None = None
    hang_up_after: int | None = None
    slower: float = 0.0  # the camera's clock loses this share
    shown: int = 0
    requests: list[str] = field(default_factory=list)


class _Camera(socketserver.StreamRequestHandler):
    units: list[list[bytes]]
    behaviour: Behaviour

    def handle(self) -> None:
        with suppress(OSError):
            while request := self._request():
                if not self._answer(*request):
                    return

    def _request(self) -> tuple[str, str] | None:
        lines: list[str] = []
        while (line := self.rfile.readline().decode("latin-1").strip()) or not lines:
            if not line:
                return None
            lines.append(line)
        cseq = next(x.split(":")[1].strip() for x in lines if x.lower().startswith("cseq"))
        self.behaviour.requests.append(lines[0])
        return lines[0].split()[0], cseq

    def _answer(self, verb: str, cseq: str) -> bool:
        body, more = "", ""
        if verb == "DESCRIBE" and self.behaviour.refuse:
            self._say(f"RTSP/1.0 {self.behaviour.refuse} No\r\nCSeq: {cseq}\r\n\r\n")
            return True
        if verb == "OPTIONS":
            more = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif verb == "DESCRIBE":
            body = self._sdp()
            more = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        elif verb == "SETUP":
            more = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 7\r\n"
        elif verb == "PLAY":
            more = "Session: 7\r\nRange: npt=0.000-\r\n"
        self._say(f"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{more}\r\n{body}")
        if verb == "PLAY":
            self._play()
            return False
        return verb != "TEARDOWN"

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode("latin-1"))

    def _sdp(self) -> str:
        sets = [unit for unit in self.units[0] if unit[0] & 31 in (SPS, PPS)]
        coded = ",".join(base64.b64encode(unit).decode() for unit in sets)
        return (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
            "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
            f"a=fmtp:96 packetization-mode=1; sprop-parameter-sets={coded}\r\na=control:track1\r\n"
        )

    def _play(self) -> None:
        began, self._sequence = time.monotonic(), 0
        told = self.behaviour
        for n, units in enumerate(self.units):
            if told.hang_up_after == n:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if told.stall_after == n:
                time.sleep(8)
                return
            stamp = int(n / FPS * CLOCK * (1 - told.slower)) + 4_000_000_000  # wraps soon
            for place, unit in enumerate(units):
                self._send_unit(unit, stamp % 2**32, place == len(units) - 1)
            told.shown += 1
            time.sleep(max(0.0, began + (n + 1) / FPS - time.monotonic()))

    def _send_unit(self, unit: bytes, stamp: int, last: bool) -> None:
        if len(unit) <= LARGEST:
            self._packet(unit, stamp, last)
            return
        head, rest = unit[0], unit[1:]
        pieces = [rest[n : n + LARGEST] for n in range(0, len(rest), LARGEST)]
        for n, piece in enumerate(pieces):
            begins, ends = n == 0, n == len(pieces) - 1
            indicator = (head & 0xE0) | 28
            header = (begins << 7) | (ends << 6) | (head & 31)
            self._packet(bytes([indicator, header]) + piece, stamp, last and ends)

    def _packet(self, payload: bytes, stamp: int, marker: bool) -> None:
        rtp = struct.pack(">BBHII", 0x80, (marker << 7) | 96, self._sequence % 65536, stamp, 42)
        self._sequence += 1
        data = rtp + payload
        self.wfile.write(struct.pack(">cBH", b"$", 0, len(data)) + data)


@contextmanager
def camera(seconds: float, behaviour: Behaviour | None = None) -> Iterator[tuple[str, Behaviour]]:
    """A camera on loopback: its address and how it behaves."""
    told = behaviour or Behaviour()
    handler = type("Camera", (_Camera,), {"units": access_units(seconds), "behaviour": told})

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"rtsp://user:hush@127.0.0.1:{server.server_address[1]}/live", told
        finally:
            server.shutdown()
